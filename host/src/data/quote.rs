//! Text from a file as a message may show it: on one line, short, without control characters. It never changes the text
//! itself.

use std::fmt::{self, Write as _};
use std::path::Path;

/// Shows a text between backticks, shortened, with everything that could move the cursor or hide in a line escaped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quoted<'a>(pub(super) &'a str);

/// Shows the first of many texts, each [`Quoted`], and how many there are beside.
#[derive(Clone, Copy, Debug)]
pub(super) struct List<'a, T>(pub(super) &'a [T]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('`')?;
        for letter in self.0.chars().take(LETTERS_MAX) {
            write_escaped(f, letter)?;
        }
        f.write_str(if self.0.chars().nth(LETTERS_MAX).is_some() { "…`" } else { "`" })
    }
}

impl<T: AsRef<str>> fmt::Display for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (idx, text) in self.0.iter().take(ENTRIES_MAX).enumerate() {
            f.write_str(if idx == 0 { "" } else { ", " })?;
            write!(f, "{}", Quoted(text.as_ref()))?;
        }
        match self.0.len() {
            0 => f.write_str("none"),
            len if len > ENTRIES_MAX => write!(f, " and {} more", len - ENTRIES_MAX),
            _ => Ok(()),
        }
    }
}

/// A file's name as messages show it. Not shortened: its end is what tells files apart.
pub(super) fn file_name(path: &Path) -> String {
    escaped(&path.to_string_lossy())
}

/// A text with everything that could move the cursor or hide in a line escaped.
pub(super) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        // Writing to a string cannot fail.
        let _ = write_escaped(&mut shown, letter);
    }
    shown
}

/// Quotes and backslashes stay as they are: `d'Ivoire` is easier to find in the file than `d\'Ivoire`.
fn write_escaped(out: &mut impl fmt::Write, letter: char) -> fmt::Result {
    match letter {
        '\'' | '"' | '\\' => out.write_char(letter),
        _ => write!(out, "{}", letter.escape_debug()),
    }
}

const LETTERS_MAX: usize = 60;
const ENTRIES_MAX: usize = 10;

#[cfg(test)]
mod tests {
    use super::{List, Quoted, escaped};

    #[test]
    fn control_and_direction_characters_are_escaped_and_letters_are_not() {
        assert_eq!(Quoted("d'Ivoire \"é\"").to_string(), "`d'Ivoire \"é\"`");
        assert_eq!(Quoted("\u{1b}[2J\r\n\u{202e}").to_string(), "`\\u{1b}[2J\\r\\n\\u{202e}`");
        assert_eq!(escaped("a\u{7}b\u{9b}"), "a\\u{7}b\\u{9b}");
    }

    #[test]
    fn long_texts_and_long_lists_are_cut_and_say_so() {
        assert_eq!(Quoted(&"ä".repeat(1000)).to_string(), format!("`{}…`", "ä".repeat(60)));
        assert_eq!(Quoted(&"a".repeat(60)).to_string(), format!("`{}`", "a".repeat(60)));
        let many: Vec<String> = (0..13).map(|idx| idx.to_string()).collect();
        assert!(List(&many).to_string().ends_with("`8`, `9` and 3 more"));
        assert_eq!(List(&many[..2]).to_string(), "`0`, `1`");
        assert_eq!(List::<String>(&[]).to_string(), "none");
    }
}
