//! The edits behind `ce trust`, `untrust`, `deny`, `install` and `uninstall`. They never print, and never map a library.
//!
//! Each edit holds the directory of `ce.toml` and `ce.lock` for itself from reading to writing. What grants is written
//! last and what revokes is written first, so that a crash in between leaves less trust than was meant, never more.

mod error;
mod install;
pub(crate) mod list;
mod revoke;
mod trust;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use error::EditError;
pub use install::{Installed, Uninstalled, install, uninstall};
pub use revoke::{Denied, Untrusted, deny, untrust};
pub use trust::{TrustOutcome, TrustRequest, TrustedNow, trust};

use super::lock::Lock;
use super::lock::write::Exclusive;
use super::trust::Subject;
use crate::config::{ConfigError, Places};

/// The two files that trust is written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The user's `ce.toml`; made when there is none.
    pub config: PathBuf,
    /// `ce.lock` beside it; made when there is none.
    pub lock: PathBuf,
}

/// What a user points at: `ID`, `ID@sha256:…`, `sha256:…`, or a library by its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An identifier or a digest.
    Subject(Subject),
    /// A file.
    Path(PathBuf),
}

impl Files {
    /// The files of the user.
    ///
    /// # Errors
    /// If the user has no home directory and named no file.
    pub fn of(places: &Places) -> Result<Self, ConfigError> {
        Ok(Self { config: places.config_file()?.value.clone(), lock: places.lock_file()? })
    }

    /// Waits until nobody else edits the files, and reads them.
    fn open(&self) -> Result<Edit<'_>, EditError> {
        let exclusive = Exclusive::acquire(&self.config).map_err(|cause| EditError::io(&self.config, cause))?;
        let text = match std::fs::read_to_string(&self.config) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(EditError::io(&self.config, error)),
        };
        crate::config::check_text(&text, &self.config)?;
        Ok(Edit { files: self, text, lock: Lock::read(&self.lock)?, _exclusive: exclusive })
    }
}

/// The two files, as they are while nobody else edits them.
struct Edit<'a> {
    files: &'a Files,
    text: String,
    lock: Lock,
    _exclusive: Exclusive,
}

impl Edit<'_> {
    fn list(&self, key: &'static str) -> Result<Vec<String>, EditError> {
        list::read(&self.text, key, &self.files.config)
    }

    /// Writes `ce.toml`, if it changes.
    fn write_config(&mut self, text: String) -> Result<(), EditError> {
        if text != self.text {
            super::lock::write::replace(&self.files.config, text.as_bytes())
                .map_err(|cause| EditError::io(&self.files.config, cause))?;
            self.text = text;
        }
        Ok(())
    }

    fn write_lock(&self) -> Result<(), EditError> {
        Ok(self.lock.write(&self.files.lock)?)
    }
}

impl Target {
    /// Reads what was written on the command line. A text with a separator of directories, or with the ending of a
    /// library, is a path.
    ///
    /// # Errors
    /// [`EditError::Target`] if it is neither.
    pub fn parse(text: &str) -> Result<Self, EditError> {
        if has_library_ending(Path::new(text)) || text.contains(std::path::is_separator) {
            return Ok(Self::Path(PathBuf::from(text)));
        }
        Subject::parse(text).map(Self::Subject).map_err(|found| EditError::Target { found })
    }
}

fn has_library_ending(path: &Path) -> bool {
    let is_known =
        |ending: &std::ffi::OsStr| ["so", "dll", "dylib"].iter().any(|known| ending.eq_ignore_ascii_case(known));
    path.extension().is_some_and(is_known)
}

impl EditError {
    fn io(path: &Path, cause: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), cause: Arc::new(cause) }
    }
}

#[cfg(test)]
mod tests;
