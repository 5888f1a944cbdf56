//! JSON text into a tree, with the limits on everything and no key twice. It never looks at what a key means.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::problem::{Fault, Problem, Report, quoted};

/// The longest manifest, in bytes.
pub const MANIFEST_BYTES_MAX: usize = 1 << 20;

/// The longest text in a manifest, keys included, in bytes.
pub const TEXT_BYTES_MAX: usize = 4096;

/// The most entries of a list or an object in a manifest: so also the most plugins.
pub const ENTRIES_MAX: usize = 256;

/// Reads one JSON document. Duplicate keys and broken limits go to the report; the first of two equal keys stays.
pub(super) fn read(text: &str, report: &Report) -> Result<Value, Problem> {
    if text.len() > MANIFEST_BYTES_MAX {
        let message =
            format!("expected at most {MANIFEST_BYTES_MAX} bytes, found {}: move long texts elsewhere", text.len());
        return Err(Fault::new("manifest.too_large", message).at(""));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let tree = Node { place: &Place::Root, report }.deserialize(&mut deserializer);
    tree.and_then(|value| deserializer.end().map(|()| value)).map_err(|error| syntax(&error))
}

fn syntax(error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    // serde_json appends the position, which has a field of its own here.
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    let place = format!("line {}, column {}", error.line(), error.column());
    Fault::new("manifest.syntax", format!("expected a JSON document, found an error in it: {reason}")).at(place)
}

/// A JSON path, written out only when something is wrong there: a long key above a long list would else be copied for
/// every element.
enum Place<'a> {
    Root,
    Key(&'a Place<'a>, &'a str),
    Index(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(Self::Root, key) => f.write_str(&path_key(key)),
            Self::Key(parent, key) => write!(f, "{parent}.{}", path_key(key)),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// A key as it stands in a JSON path.
pub(super) fn path_key(key: &str) -> String {
    let is_plain = key.len() <= 64 && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if is_plain && !key.is_empty() { key.to_owned() } else { quoted(key) }
}

struct Node<'a> {
    place: &'a Place<'a>,
    report: &'a Report,
}

impl Node<'_> {
    fn problem(&self, code: &'static str, message: String) {
        self.report.problem(Fault::new(code, message).at(self.place.to_string()));
    }

    fn check_text(&self, text: &str) {
        if text.len() > TEXT_BYTES_MAX {
            let message =
                format!("expected a text of at most {TEXT_BYTES_MAX} bytes, found {}: shorten it", text.len());
            self.problem("manifest.limit", message);
        }
        if let Some(found) = text.chars().find(|c| is_unprintable(*c)) {
            let code = u32::from(found);
            let message = format!("expected printable text on one line, found the character U+{code:04X}: remove it");
            self.problem("manifest.text", message);
        }
    }

    fn check_entries(&self, n_entries: usize) {
        if n_entries > ENTRIES_MAX {
            self.problem(
                "manifest.limit",
                format!("expected at most {ENTRIES_MAX} entries, found {n_entries}: split it"),
            );
        }
    }
}

/// Control characters, and those that reorder the text around them: names are read by people who decide on trust.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.check_text(text);
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        let mut n_entries = 0;
        while let Some(value) =
            access.next_element_seed(Node { place: &Place::Index(self.place, n_entries), report: self.report })?
        {
            n_entries += 1;
            // Beyond the limit the text is still read, so that a syntax error is found, but nothing is kept.
            if n_entries <= ENTRIES_MAX {
                list.push(value);
            }
        }
        self.check_entries(n_entries);
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        let mut n_entries = 0;
        while let Some(key) = access.next_key::<String>()? {
            n_entries += 1;
            let place = Place::Key(self.place, &key);
            let node = Node { place: &place, report: self.report };
            node.check_text(&key);
            if map.contains_key(&key) {
                let message = "expected every key once, found this one again: remove one of them".to_owned();
                node.problem("manifest.duplicate_key", message);
                access.next_value_seed(node)?;
                continue;
            }
            let value = access.next_value_seed(node)?;
            if n_entries <= ENTRIES_MAX {
                map.insert(key, value);
            }
        }
        self.check_entries(n_entries);
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<(&'static str, String)> {
        let report = Report::default();
        match read(text, &report) {
            Err(problem) => vec![(problem.code, problem.place)],
            Ok(_) => match report.finish() {
                Ok(_) => Vec::new(),
                Err(problems) => problems.into_iter().map(|p| (p.code, p.place)).collect(),
            },
        }
    }

    #[test]
    fn a_syntax_error_has_its_line_and_column() {
        assert_eq!(problems("{\n  \"a\": 1,\n  \"b\" 2\n}"), [("manifest.syntax", "line 3, column 7".to_owned())]);
        assert_eq!(problems("")[0].0, "manifest.syntax");
        assert_eq!(problems("{} {}")[0].0, "manifest.syntax");
    }

    #[test]
    fn a_key_that_stands_twice_is_found_at_any_depth_and_the_first_stays() {
        assert_eq!(problems(r#"{"a": [{"b": 1, "b": 2}]}"#), [("manifest.duplicate_key", "a[0].b".to_owned())]);
        let report = Report::default();
        assert_eq!(read(r#"{"a": 1, "a": 2}"#, &report).unwrap()["a"], 1);
    }

    #[test]
    fn there_is_a_limit_on_everything() {
        let long = "x".repeat(TEXT_BYTES_MAX + 1);
        assert_eq!(problems(&format!(r#"{{"a": ["{long}"]}}"#)), [("manifest.limit", "a[0]".to_owned())]);
        assert_eq!(
            problems(&format!("[{}]", vec!["1"; ENTRIES_MAX + 1].join(","))),
            [("manifest.limit", String::new())]
        );
        assert!(problems(&format!("[{}]", vec!["1"; ENTRIES_MAX].join(","))).is_empty());
        let keys: Vec<String> = (0..=ENTRIES_MAX).map(|n| format!("\"{n}\": 1")).collect();
        assert_eq!(problems(&format!("{{{}}}", keys.join(",")))[0].0, "manifest.limit");
        assert_eq!(problems(&" ".repeat(MANIFEST_BYTES_MAX + 1))[0].0, "manifest.too_large");
        assert_eq!(problems(&"[".repeat(100_000))[0].0, "manifest.syntax");
    }

    #[test]
    fn texts_that_cannot_be_read_on_a_terminal_are_refused() {
        assert_eq!(problems(r#"{"a": "\u001b[2J"}"#), [("manifest.text", "a".to_owned())]);
        assert_eq!(problems(r#"{"a": "two\nlines"}"#)[0].0, "manifest.text");
        assert_eq!(problems(r#"{"\u202e": 1}"#)[0], ("manifest.text", r"`\u{202e}`".to_owned()));
        assert!(problems(r#"{"a": "Universität Örebro — 東京"}"#).is_empty());
    }
}
