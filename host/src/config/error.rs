//! What can be wrong with the configuration: the place, what was found there, and what to do. It never gives advice
//! that would widen trust.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

/// A place in a file, shown as `path:line:column`, both counted from 1 and columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub path: Arc<Path>,
    /// The line, from 1.
    pub line: u32,
    /// The character in the line, from 1.
    pub column: u32,
}

impl Location {
    /// The place of a byte in a text; the end of the text if it is shorter.
    pub(crate) fn of(path: &Path, text: &str, byte: usize) -> Self {
        let end = (0..=byte.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        let before = &text[..end];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let from_one = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
        let line = from_one(before.matches('\n').count());
        Self { path: path.into(), line, column: from_one(before[line_start..].chars().count()) }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

/// Why the configuration could not be taken as it is.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A `CE_*` variable that means nothing: a typo would otherwise be a silent default.
    #[error("the environment variable `{name}` is not known{}: correct or unset it", meant(nearest.as_deref()))]
    UnknownVariable {
        /// The variable.
        name: String,
        /// The variable that was probably meant.
        nearest: Option<String>,
    },
    /// A variable whose value is no text.
    #[error("the environment variable `{name}` is not valid UTF-8: write it in UTF-8 or unset it")]
    NotUtf8 {
        /// The variable, with what is no text replaced.
        name: String,
    },
    /// A list with nothing between two separators.
    #[error("{place} has an empty entry: remove the extra separator")]
    EmptyEntry {
        /// The variable or the place in a file.
        place: String,
    },
    /// A text that cannot name a plugin, style or bundle.
    #[error("{place} wants {expected}, found `{}`: correct the entry", found.escape_debug())]
    InvalidName {
        /// The variable or the place in a file.
        place: String,
        /// What is written there.
        expected: &'static str,
        /// What was found.
        found: String,
    },
    /// A telemetry level that does not exist.
    #[error("{place} wants `off`, `summary` or `full`, found `{}`", found.escape_debug())]
    TelemetryLevel {
        /// The variable or the place in a file.
        place: String,
        /// What was found.
        found: String,
    },
    /// A `ce.toml` that was named does not exist.
    #[error("{named_by} names {}, which does not exist: correct the path, or create the file", path.display())]
    FileMissing {
        /// The file.
        path: PathBuf,
        /// `--config` or `CE_CONFIG`.
        named_by: &'static str,
    },
    /// A `ce.toml` that cannot be read.
    #[error("{} cannot be read: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        cause: Arc<io::Error>,
    },
    /// A `ce.toml` that is no configuration by its size.
    #[error("{} has more than {bytes_max} bytes, which no ce.toml needs: check that it is the right file", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        bytes_max: u64,
    },
    /// A `ce.toml` that is no TOML.
    #[error("{at}: malformed TOML: {message}")]
    Syntax {
        /// Where it stops being TOML.
        at: Location,
        /// What the parser found.
        message: String,
    },
    /// A section that means nothing.
    #[error("{at}: the section `{}` is not known{}: known are {SECTIONS}", shown(name), meant(nearest.as_deref()))]
    UnknownSection {
        /// Where it stands.
        at: Location,
        /// The section.
        name: String,
        /// The section that was probably meant.
        nearest: Option<String>,
    },
    /// A key that means nothing.
    #[error(
        "{at}: the key `{}` is not known in [{}]{}: known are {known}",
        shown(name), shown(section), meant(nearest.as_deref())
    )]
    UnknownKey {
        /// Where it stands.
        at: Location,
        /// The section that it stands in.
        section: String,
        /// The key.
        name: String,
        /// The key that was probably meant.
        nearest: Option<String>,
        /// Every key of the section.
        known: Box<str>,
    },
    /// A value of another type.
    #[error("{at}: `{}` wants {expected}, found {found}", shown(key))]
    WrongType {
        /// Where the value stands.
        at: Location,
        /// Section and key.
        key: String,
        /// The type that it must have.
        expected: &'static str,
        /// The type that it has.
        found: String,
    },
    /// A value of the right type that means nothing, or too much.
    #[error(
        "{at}: `{}` wants {expected}, found {found}{}: correct the value",
        shown(key), meant(nearest.as_deref())
    )]
    InvalidValue {
        /// Where the value stands.
        at: Location,
        /// Section and key.
        key: String,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
        /// The value that was probably meant.
        nearest: Option<String>,
    },
    /// A key that only the user's own file may have, found in a project's.
    #[error("{at}: `{key}` {why} and counts only in the user's own ce.toml: move it there or remove it")]
    ProjectForbidden {
        /// Where it stands.
        at: Location,
        /// Section and key.
        key: String,
        /// What the key would do.
        why: &'static str,
    },
    /// A project's file that asks for less telemetry than the user does.
    #[error(
        "{at}: a project may raise telemetry but not lower it: the user's ce.toml says `{user}`, this file `{project}`; remove the key"
    )]
    ProjectTelemetry {
        /// Where it stands.
        at: Location,
        /// The user's level.
        user: &'static str,
        /// The project's level.
        project: &'static str,
    },
    /// A project's file that belongs to somebody else.
    #[error("{} belongs to user {owner}, expected {user} (you) or root: check its contents, then `chown` or remove it, or work elsewhere", path.display())]
    ProjectOwner {
        /// The file.
        path: PathBuf,
        /// The user it belongs to.
        owner: u32,
        /// The user who runs this program.
        user: u32,
    },
    /// A project's file that anybody can change.
    #[error("{} can be written by everybody: check its contents, then `chmod o-w` it, or remove it", path.display())]
    ProjectWorldWritable {
        /// The file.
        path: PathBuf,
    },
    /// A file that grants trust and that anybody can change.
    #[error("{} grants trust and can be written by everybody: check its contents, then `chmod o-w` it", path.display())]
    WorldWritable {
        /// The file.
        path: PathBuf,
    },
    /// There is no home directory to look for the user's files in.
    #[error("{what} has no place: no home directory is known; set HOME or {variable}")]
    NoHome {
        /// What was looked for.
        what: &'static str,
        /// The variable that would name a place.
        variable: &'static str,
    },
}

impl ConfigError {
    /// A name for the error that does not change between versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownVariable { .. } => "config.unknown_variable",
            Self::NotUtf8 { .. } => "config.not_utf8",
            Self::EmptyEntry { .. } => "config.empty_entry",
            Self::InvalidName { .. } => "config.invalid_name",
            Self::TelemetryLevel { .. } => "config.telemetry_level",
            Self::FileMissing { .. } => "config.file_missing",
            Self::Unreadable { .. } => "config.unreadable",
            Self::TooLarge { .. } => "config.too_large",
            Self::Syntax { .. } => "config.syntax",
            Self::UnknownSection { .. } => "config.unknown_section",
            Self::UnknownKey { .. } => "config.unknown_key",
            Self::WrongType { .. } => "config.wrong_type",
            Self::InvalidValue { .. } => "config.invalid_value",
            Self::ProjectForbidden { .. } => "config.project_forbidden",
            Self::ProjectTelemetry { .. } => "config.project_telemetry",
            Self::ProjectOwner { .. } => "config.project_owner",
            Self::WorldWritable { .. } => "config.world_writable",
            Self::ProjectWorldWritable { .. } => "config.project_world_writable",
            Self::NoHome { .. } => "config.no_home",
        }
    }
}

const SECTIONS: &str = "explanations, intervals, plots, plugins, options, telemetry, isolation";

/// Text of a file, which may be a stranger's: short, on one line, and nothing in it moves the cursor. Quotes stay as they are,
/// since a key with a dot in it is quoted.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    for letter in text.chars().take(SHOWN_CHARS_MAX) {
        match letter {
            '\'' | '"' | '\\' => shown.push(letter),
            _ => shown.extend(letter.escape_debug()),
        }
    }
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

const SHOWN_CHARS_MAX: usize = 300;

fn meant(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(", did you mean `{name}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn names_of_a_file_are_short_and_cannot_move_the_cursor() {
        assert_eq!(shown("options.\"a.b\".\u{1b}[2J\u{9b}"), "options.\"a.b\".\\u{1b}[2J\\u{9b}");
        assert_eq!(shown(&"a".repeat(1000)), format!("{}…", "a".repeat(300)));
    }
}
