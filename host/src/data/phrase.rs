//! Pieces of messages that several errors share. It never says what is wrong.

use std::fmt;

use super::error::MissingColumn;
use super::quote::Quoted;

/// Suggestions are looked for, and names shown, up to this many.
pub(super) const COLUMNS_SHOWN: usize = 10;

/// The missing columns, each with the one that was perhaps meant.
pub(super) struct ListMissing<'a>(pub(super) &'a [MissingColumn]);

impl fmt::Display for ListMissing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (idx, column) in self.0.iter().take(COLUMNS_SHOWN).enumerate() {
            write!(f, "{}{}", if idx == 0 { "" } else { ", " }, Quoted(&column.name))?;
            if let Some(nearest) = &column.nearest {
                write!(f, " (found {})", Quoted(nearest))?;
            }
        }
        match self.0.len().saturating_sub(COLUMNS_SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// A cell without a value.
pub(super) struct Absent<'a>(pub(super) &'a str);

impl fmt::Display for Absent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("an empty cell") } else { write!(f, "{}", Quoted(self.0)) }
    }
}

pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", plural(count))
}

pub(super) fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// What stands behind a name that does not exist.
pub(super) fn meant(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(", did you mean {}?", Quoted(name))).unwrap_or_default()
}
