//! Texts cleaned, measured and broken into lines. It measures without a font: wide rather than exact.

use super::palette;

/// Where a text is held fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) size: f64,
    pub(super) bold: bool,
    pub(super) fill: &'static str,
    pub(super) anchor: Anchor,
}

/// One line of a broken text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
    /// What stood between this line and the next: a space, a line break, or nothing where a word was cut.
    pub(super) gap_after: &'static str,
}

impl Style {
    pub(super) const TITLE: Self = Self { size: 18.0, bold: true, fill: palette::INK, anchor: Anchor::Start };
    pub(super) const BODY: Self = Self { size: 13.0, bold: false, fill: palette::INK, anchor: Anchor::Start };
    pub(super) const HEADING: Self = Self { size: 12.0, bold: true, fill: palette::QUIET_INK, anchor: Anchor::Start };
    pub(super) const TICK: Self = Self { size: 11.0, bold: false, fill: palette::QUIET_INK, anchor: Anchor::Middle };
    pub(super) const NOTE: Self = Self { size: 12.0, bold: false, fill: palette::QUIET_INK, anchor: Anchor::Start };

    pub(super) fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(super) fn line_height(&self) -> f64 {
        (self.size * 1.3).round()
    }

    /// The baseline of a line whose top is given: digits and capitals stand in the middle of the line.
    pub(super) fn baseline(&self, top: f64) -> f64 {
        top + self.line_height() / 2.0 + self.size * 0.36
    }

    /// The width of one line in pixels.
    pub(super) fn width(&self, text: &str) -> f64 {
        let em: f64 = text.chars().map(em_width).sum();
        em * self.size * if self.bold { 1.1 } else { 1.0 }
    }
}

/// The width of the widest line in pixels, broken only where the text itself breaks.
pub(super) fn natural_width(text: &str, style: &Style) -> f64 {
    clean(text).split('\n').map(|line| style.width(line)).fold(0.0, f64::max)
}

/// The text in lines of at most this width, broken at spaces, and inside a word only where it alone is too wide.
pub(super) fn wrap(text: &str, style: &Style, width_max: f64) -> Vec<Line> {
    let mut lines = Vec::new();
    for paragraph in clean(text).split('\n') {
        let mut line = String::new();
        let mut line_width = 0.0;
        for (position, word) in paragraph.split(' ').enumerate() {
            let (space, word_width) = (style.width(" "), style.width(word));
            if position > 0 && line_width + space + word_width <= width_max {
                line.push(' ');
                line_width += space;
            } else if position > 0 {
                lines.push(Line { text: std::mem::take(&mut line), gap_after: " " });
                line_width = 0.0;
            }
            for character in word.chars() {
                let width = style.width(character.encode_utf8(&mut [0; 4]));
                if width > 0.0 && line_width + width > width_max && !line.is_empty() {
                    lines.push(Line { text: std::mem::take(&mut line), gap_after: "" });
                    line_width = 0.0;
                }
                line.push(character);
                line_width += width;
            }
        }
        lines.push(Line { text: line, gap_after: "\n" });
    }
    if let Some(last) = lines.last_mut() {
        last.gap_after = "";
    }
    lines
}

/// The text without control characters and without the marks that reorder what is read; line breaks become `\n`.
pub(super) fn clean(text: &str) -> String {
    let keep = |character| match character {
        '\t' => Some(' '),
        '\n' | '\u{2028}' | '\u{2029}' => Some('\n'),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => None,
        control if control.is_control() => None,
        other => Some(other),
    };
    text.chars().filter_map(keep).collect()
}

/// The cleaned text on one line.
pub(super) fn one_line(text: &str) -> String {
    clean(text).replace('\n', " ")
}

/// The advance of a character as a part of the font size, as wide as the widest of the usual sans-serif fonts has it.
fn em_width(character: char) -> f64 {
    match character {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' | '\u{20d0}'..='\u{20ff}' => 0.0,
        'i' | 'j' | 'l' | '\'' | '|' => 0.29,
        ' ' | ',' | '.' | ';' | ':' | '!' | 'I' | '/' | '\\' => 0.34,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '{' | '}' | '-' => 0.4,
        'm' => 0.98,
        'w' | '<' | '>' | '=' | '+' | '~' | '^' | '−' | '≤' | '≥' | '∞' => 0.84,
        'M' | 'W' | '@' | '%' => 1.0,
        'A'..='Z' | '&' | '#' => 0.75,
        '\u{21}'..='\u{7e}' => 0.64,
        '\u{a0}'..='\u{24f}' | '\u{400}'..='\u{4ff}' => 0.72,
        '\u{250}'..='\u{10ff}' => 0.7,
        _ => 1.05,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn wrapping_loses_nothing() {
        let long = format!("a  b {} c\nd & \ne", "x".repeat(200));
        let lines = wrap(&long, &Style::BODY, 120.0);
        assert!(lines.iter().all(|line| Style::BODY.width(&line.text) <= 120.0));
        let joined: String = lines.iter().flat_map(|line| [line.text.as_str(), line.gap_after]).collect();
        assert_eq!(joined, long);
    }

    #[test]
    fn lines_break_at_spaces() {
        let lines = wrap("worst fractal dimension <= 0.09", &Style::BODY, 120.0);
        assert_eq!(texts(&lines), ["worst fractal", "dimension <=", "0.09"]);
        assert_eq!(texts(&wrap("", &Style::BODY, 120.0)), [""]);
    }

    #[test]
    fn control_and_reordering_characters_are_dropped() {
        assert_eq!(clean("a\u{0}b\u{1b}[1m\u{202e}c\r\nd\te"), "ab[1mc\nd e");
    }
}
