//! Texts cleaned, measured and broken into lines. It measures without a font: wide rather than exact.

const ELLIPSIS: &str = "…";

/// Where a text is held fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plot) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub(in crate::plot) struct Style {
    pub(in crate::plot) size: f64,
    pub(in crate::plot) bold: bool,
    pub(in crate::plot) fill: &'static str,
    pub(in crate::plot) anchor: Anchor,
}

/// One line of a broken text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plot) struct Line {
    pub(in crate::plot) text: String,
    /// What stood between this line and the next: a space, a line break, or nothing where a word was cut.
    pub(in crate::plot) gap_after: &'static str,
}

impl Style {
    pub(in crate::plot) fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(in crate::plot) fn line_height(&self) -> f64 {
        (self.size * 1.3).round()
    }

    /// The baseline of a line whose top is given: digits and capitals stand in the middle of the line.
    pub(in crate::plot) fn baseline(&self, top: f64) -> f64 {
        top + self.line_height() / 2.0 + self.size * 0.36
    }

    /// The width of one line in pixels.
    pub(in crate::plot) fn width(&self, text: &str) -> f64 {
        let em: f64 = text.chars().map(em_width).sum();
        em * self.size * if self.bold { 1.1 } else { 1.0 }
    }
}

/// The width of the widest line in pixels, broken only where the text itself breaks.
pub(in crate::plot) fn natural_width(text: &str, style: &Style) -> f64 {
    clean(text).split('\n').map(|line| style.width(line)).fold(0.0, f64::max)
}

/// The text in lines of at most this width, broken at spaces, and inside a word only where it alone is too wide.
pub(in crate::plot) fn wrap(text: &str, style: &Style, width_max: f64) -> Vec<Line> {
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

/// The text in lines as [`wrap`] has them, at most so many: the last one ends in `…` where text is left out.
///
/// `n_lines_max` is at least 1. The whole text belongs where a program or a reader of the description finds it.
pub(in crate::plot) fn wrap_at_most(text: &str, style: &Style, width_max: f64, n_lines_max: usize) -> Vec<Line> {
    let mut lines = wrap(text, style, width_max);
    if lines.len() <= n_lines_max {
        return lines;
    }
    lines.truncate(n_lines_max.max(1));
    if let Some(last) = lines.last_mut() {
        while style.width(&last.text) + style.width(ELLIPSIS) > width_max && last.text.pop().is_some() {}
        last.text.push_str(ELLIPSIS);
        last.gap_after = "";
    }
    lines
}

/// One line of text within this width. What is too much is cut out of the middle: a rule is told by its name in front and
/// by its number at the end.
pub(in crate::plot) fn shorten(text: &str, style: &Style, width_max: f64) -> String {
    let text = one_line(text);
    if style.width(&text) <= width_max {
        return text;
    }
    let room = (width_max - style.width(ELLIPSIS)).max(0.0) / 2.0;
    let within = |characters: &mut dyn Iterator<Item = char>| {
        let mut width = 0.0;
        let mut taken = Vec::new();
        for character in characters {
            width += style.width(character.encode_utf8(&mut [0; 4]));
            if width > room {
                break;
            }
            taken.push(character);
        }
        taken
    };
    let head: String = within(&mut text.chars()).into_iter().collect();
    let tail: String = within(&mut text.chars().rev()).into_iter().rev().collect();
    format!("{}{ELLIPSIS}{}", head.trim_end(), tail.trim_start())
}

/// The text without control characters and without the marks that reorder what is read; line breaks become `\n`.
pub(in crate::plot) fn clean(text: &str) -> String {
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
pub(in crate::plot) fn one_line(text: &str) -> String {
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
        'M' | 'W' | '@' | '%' | '…' => 1.0,
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

    const BODY: Style = Style { size: 13.0, bold: false, fill: "#000000", anchor: Anchor::Start };

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn wrapping_loses_nothing() {
        let long = format!("a  b {} c\nd & \ne", "x".repeat(200));
        let lines = wrap(&long, &BODY, 120.0);
        assert!(lines.iter().all(|line| BODY.width(&line.text) <= 120.0));
        let joined: String = lines.iter().flat_map(|line| [line.text.as_str(), line.gap_after]).collect();
        assert_eq!(joined, long);
    }

    #[test]
    fn lines_break_at_spaces() {
        let lines = wrap("worst fractal dimension <= 0.09", &BODY, 120.0);
        assert_eq!(texts(&lines), ["worst fractal", "dimension <=", "0.09"]);
        assert_eq!(texts(&wrap("", &BODY, 120.0)), [""]);
    }

    #[test]
    fn what_is_too_long_is_cut_with_a_mark() {
        let long = format!("{} <= 0.09", "long name ".repeat(60));
        let lines = wrap_at_most(&long, &BODY, 120.0, 3);
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| BODY.width(&line.text) <= 120.0));
        assert!(lines[2].text.ends_with('…'));
        assert_eq!(wrap_at_most("short", &BODY, 120.0, 3), wrap("short", &BODY, 120.0));

        let short = shorten(&long, &BODY, 160.0);
        assert!(short.starts_with("long") && short.contains('…') && short.ends_with("<= 0.09"), "{short}");
        assert!(BODY.width(&short) <= 160.0);
        assert_eq!(shorten("short", &BODY, 120.0), "short");
        assert_eq!(shorten("name", &BODY, 0.0), "…");
    }

    #[test]
    fn control_and_reordering_characters_are_dropped() {
        assert_eq!(clean("a\u{0}b\u{1b}[1m\u{202e}c\r\nd\te"), "ab[1mc\nd e");
    }
}
