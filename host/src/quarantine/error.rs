//! Why the quarantine could not be asked or changed.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use semver::Version;
use thiserror::Error;

use super::document::SCHEMA_VERSION;
use crate::bundle::Digest;

/// Why the quarantine could not be asked or changed.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum QuarantineError {
    /// The file is there and cannot be read.
    #[error("{} cannot be read: {cause}; make it readable, or remove it, which releases every bundle", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        cause: Arc<io::Error>,
    },
    /// Everybody may write to the file, and so release a bundle.
    #[error("{} can be written by everybody: check its contents, then `chmod o-w` it", path.display())]
    Everybodys {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("{} cannot be written: {cause}; make its directory writable, or name another one in XDG_STATE_HOME", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        cause: Arc<io::Error>,
    },
    /// The text is no quarantine.
    #[error("{} is malformed: {message}; restore it from a backup, or run `ce quarantine release --all`, which starts an empty one", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What was expected and what was found, with the place.
        message: String,
    },
    /// The format is of another major version.
    #[error("{}: expected a quarantine of version ^{SCHEMA_VERSION}, found {found}: use the version of ce that wrote it", path.display())]
    SchemaVersion {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: Version,
    },
    /// A text that points at nothing.
    #[error(
        "expected sha256: and at least {n_digits_min} hexadecimal digits, or the name of a bundle, found `{found}`"
    )]
    Target {
        /// The text.
        found: String,
        /// How many digits are wanted.
        n_digits_min: usize,
    },
    /// Nothing in quarantine is what was asked for.
    #[error("nothing in quarantine is `{wanted}`{}: `ce quarantine list` shows what is", nearest.as_deref().map(|name| format!(", did you mean `{name}`?")).unwrap_or_default())]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// The name that was probably meant.
        nearest: Option<String>,
    },
    /// Several digests begin like that.
    #[error("`{wanted}` is the beginning of several digests; name the one you mean:{}", lines(choices))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// The digests, each with the name of its bundle.
        choices: Vec<(Digest, Option<String>)>,
    },
    /// The journals of running hosts cannot be kept or read.
    #[error("{} cannot be kept: {cause}; make its directory writable, or name another one in XDG_STATE_HOME", path.display())]
    Journal {
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        #[source]
        cause: Arc<io::Error>,
    },
}

impl QuarantineError {
    pub(super) fn journal(path: &Path, cause: io::Error) -> Self {
        Self::Journal { path: path.to_owned(), cause: Arc::new(cause) }
    }

    /// A name for the error that does not change between versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "quarantine.unreadable",
            Self::Everybodys { .. } => "quarantine.world_writable",
            Self::Unwritable { .. } => "quarantine.unwritable",
            Self::Malformed { .. } => "quarantine.malformed",
            Self::SchemaVersion { .. } => "quarantine.schema_version",
            Self::Target { .. } => "quarantine.target",
            Self::Unknown { .. } => "quarantine.unknown",
            Self::Ambiguous { .. } => "quarantine.ambiguous",
            Self::Journal { .. } => "quarantine.journal",
        }
    }
}

fn lines(choices: &[(Digest, Option<String>)]) -> String {
    let line = |(digest, bundle): &(Digest, Option<String>)| match bundle {
        Some(bundle) => format!("\n  {digest}  ({bundle})"),
        None => format!("\n  {digest}"),
    };
    choices.iter().map(line).collect()
}
