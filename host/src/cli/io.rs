//! Where a command writes: data to `out`, words to `err`. It never decides what is written.

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::path::Path;

use ce_plugin_api::error::printable;
use serde::Serialize;

use super::failure::Failure;

/// Stdout and stderr, or what stands for them in a test.
pub(crate) struct Io<'a> {
    pub(crate) out: &'a mut dyn Write,
    err: &'a mut dyn Write,
}

impl<'a> Io<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, err: &'a mut dyn Write) -> Self {
        Self { out, err }
    }

    /// Writes data for people. Names come out of foreign files, which must not write to anybody's terminal.
    pub(crate) fn print(&mut self, text: fmt::Arguments<'_>) -> Result<(), Failure> {
        Ok(self.out.write_all(harmless(text.to_string()).as_bytes())?)
    }

    /// Writes a document, indented.
    pub(crate) fn print_json(&mut self, document: &impl Serialize) -> Result<(), Failure> {
        serde_json::to_writer_pretty(&mut *self.out, document).map_err(io::Error::from)?;
        Ok(self.out.write_all(b"\n")?)
    }

    /// Says something. Where nobody can hear it, there is nobody to tell.
    pub(crate) fn say(&mut self, words: impl Display) {
        let _ = writeln!(self.err, "{}", harmless(words.to_string()));
    }

    /// Says what somebody should know though the command goes on.
    pub(crate) fn warn(&mut self, code: &str, words: impl Display) {
        self.say(format_args!("warning[{code}]: {words}"));
    }
}

/// The text without control characters but for the ends of lines.
fn harmless(text: String) -> String {
    let is_harmful = |letter: char| letter.is_control() && letter != '\n';
    if text.contains(is_harmful) { text.replace(is_harmful, "\u{fffd}") } else { text }
}

/// A path as it may be shown within a line.
pub(crate) fn shown(path: &Path) -> String {
    printable(path.to_string_lossy().as_bytes(), usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_out_of_foreign_files_cannot_move_the_cursor() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut io = Io::new(&mut out, &mut err);
        io.print(format_args!("a\u{1b}[2J\nb\r\n")).unwrap();
        io.warn("code", "\u{7}");
        assert_eq!(String::from_utf8(out).unwrap(), "a\u{fffd}[2J\nb\u{fffd}\n");
        assert_eq!(String::from_utf8(err).unwrap(), "warning[code]: \u{fffd}\n");
        assert_eq!(shown(Path::new("a\nb")), "a\u{fffd}b");
    }
}
