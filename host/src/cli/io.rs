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

    /// Writes data.
    pub(crate) fn print(&mut self, text: fmt::Arguments<'_>) -> Result<(), Failure> {
        Ok(self.out.write_fmt(text)?)
    }

    /// Writes a document, indented.
    pub(crate) fn print_json(&mut self, document: &impl Serialize) -> Result<(), Failure> {
        serde_json::to_writer_pretty(&mut *self.out, document).map_err(io::Error::from)?;
        Ok(self.out.write_all(b"\n")?)
    }

    /// Says something. Where nobody can hear it, there is nobody to tell.
    pub(crate) fn say(&mut self, words: impl Display) {
        let _ = writeln!(self.err, "{words}");
    }

    /// Says what somebody should know though the command goes on.
    pub(crate) fn warn(&mut self, code: &str, words: impl Display) {
        self.say(format_args!("warning[{code}]: {words}"));
    }
}

/// A path as it may be shown on a terminal.
pub(crate) fn shown(path: &Path) -> String {
    printable(path.to_string_lossy().as_bytes(), usize::MAX)
}
