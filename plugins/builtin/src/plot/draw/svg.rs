//! Writes SVG elements. Every text goes through the one escape here; nothing else in the renderer writes markup.

use std::fmt::{Display, Write};

use super::text::{Anchor, Line, Style};

/// The markup so far, and the elements still open.
#[derive(Default)]
pub(in crate::plot) struct Svg {
    markup: String,
    open: Vec<&'static str>,
}

/// One element's name and attributes.
pub(in crate::plot) struct Element {
    name: &'static str,
    attributes: String,
}

impl Element {
    pub(in crate::plot) fn new(name: &'static str) -> Self {
        Self { name, attributes: String::new() }
    }

    pub(in crate::plot) fn attr(mut self, key: &str, value: impl Display) -> Self {
        let value = escape(&value.to_string());
        // Writing to a String cannot fail.
        let _ = write!(self.attributes, " {key}=\"{value}\"");
        self
    }

    /// A position or length, to a hundredth of a pixel.
    pub(in crate::plot) fn px(self, key: &str, value: f64) -> Self {
        let rounded = (value * 100.0).round() / 100.0 + 0.0;
        self.attr(key, rounded)
    }

    /// A number in full precision, for programs.
    pub(in crate::plot) fn data(self, key: &str, value: f64) -> Self {
        self.attr(key, format_args!("{value:?}"))
    }
}

impl Svg {
    pub(in crate::plot) fn open(&mut self, element: Element) {
        self.indent();
        let _ = writeln!(self.markup, "<{}{}>", element.name, element.attributes);
        self.open.push(element.name);
    }

    pub(in crate::plot) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            let _ = writeln!(self.markup, "</{name}>");
        }
    }

    pub(in crate::plot) fn leaf(&mut self, element: Element) {
        self.indent();
        let _ = writeln!(self.markup, "<{}{}/>", element.name, element.attributes);
    }

    /// An element that holds only text.
    pub(in crate::plot) fn content(&mut self, element: Element, text: &str) {
        self.indent();
        let _ = writeln!(self.markup, "<{0}{1}>{2}</{0}>", element.name, element.attributes, escape(text));
    }

    /// Lines of text in one element, the first one's top at `top`. Returns the bottom of the last.
    ///
    /// What the lines were broken at stays between them, at the end that the anchor leaves free, so that the element's
    /// text content is the whole text.
    pub(in crate::plot) fn lines(&mut self, x: f64, top: f64, style: &Style, lines: &[Line], class: &str) -> f64 {
        let anchor = match style.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let mut text = Element::new("text").attr("class", class).px("x", x).px("y", style.baseline(top));
        text = text.attr("text-anchor", anchor).px("font-size", style.size).attr("fill", style.fill);
        if style.bold {
            text = text.attr("font-weight", "bold");
        }
        let mut content = String::new();
        for (position, line) in lines.iter().enumerate() {
            let (before, after) = match style.anchor {
                Anchor::Start => ("", line.gap_after),
                Anchor::Middle | Anchor::End if position > 0 => (lines[position - 1].gap_after, ""),
                _ => ("", ""),
            };
            let shown = format!("{before}{}{after}", escape(&line.text));
            if lines.len() == 1 {
                content = shown;
            } else {
                let y = Element::new("tspan")
                    .px("x", x)
                    .px("y", style.baseline(top + style.line_height() * position as f64));
                let _ = write!(content, "<tspan{}>{shown}</tspan>", y.attributes);
            }
        }
        self.indent();
        let _ = writeln!(self.markup, "<text{}>{content}</text>", text.attributes);
        top + style.line_height() * lines.len() as f64
    }

    /// Everything that another writer has written.
    pub(in crate::plot) fn append(&mut self, other: Self) {
        self.markup.push_str(&other.markup);
    }

    pub(in crate::plot) fn into_text(self) -> String {
        self.markup
    }

    fn indent(&mut self) {
        for _ in &self.open {
            self.markup.push(' ');
        }
    }
}

/// Text as it may stand between tags and in double quotes. What XML forbids altogether is dropped.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_texts_is_only_text() {
        assert_eq!(escape("a < b & \"c\" > d\u{0}\u{1b}é"), "a &lt; b &amp; &quot;c&quot; &gt; dé");
        let element =
            Element::new("g").attr("data-rule", "\"><script>").px("x", -0.001).data("data-weight", f64::INFINITY);
        assert_eq!(element.attributes, " data-rule=\"&quot;&gt;&lt;script&gt;\" x=\"0\" data-weight=\"inf\"");
    }
}
