//! `ce.lock`: which bytes are pinned for which bundle, and which identifiers each bundle owns. It never says that a
//! bundle may be used: that takes a listing in `ce.toml` too.

mod parse;
pub(in crate::bundle) mod write;

pub(crate) use write::{make_directory, make_private_directory};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use semver::Version;
use thiserror::Error;

use super::digest::Digest;
use super::platform::Platform;
use crate::config::{ConfigError, Location, check_not_everybodys};

/// The newest version of the format that this host writes: the one that has side files.
pub const SCHEMA_VERSION: Version = Version::new(1, 1, 0);

/// The version of a lock without side files, which older hosts can change too.
const WITHOUT_SIDE_FILES: Version = Version::new(1, 0, 0);

/// Thousands of bundles; more is no lock.
const BYTES_MAX: u64 = 4 << 20;

/// The pins of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    schema_version: Version,
    bundles: BTreeMap<String, Entry>,
}

/// What is pinned of one bundle: one version of it, side by side for several platforms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The bundle's version.
    pub version: Version,
    /// Every identifier of a plugin or style that the bundle claims. No other bundle may claim one of them.
    pub identifiers: BTreeSet<String>,
    /// The digest by platform, such as `x86_64-linux`.
    pub digests: BTreeMap<Platform, Digest>,
    /// The digests of its own libraries by their names, by platform. Only platforms that have some are there.
    pub side_files: BTreeMap<Platform, BTreeMap<String, Digest>>,
}

/// One bundle on one platform, to be pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The bundle's name.
    pub name: String,
    /// The bundle's version.
    pub version: Version,
    /// Every identifier of a plugin or style that the bundle claims.
    pub identifiers: BTreeSet<String>,
    /// The platform that the file is for.
    pub platform: Platform,
    /// The digest of the file.
    pub digest: Digest,
    /// The digests of its own libraries, by their names.
    pub side_files: BTreeMap<String, Digest>,
}

impl Lock {
    /// Reads a lock. A lock that does not exist pins nothing.
    ///
    /// # Errors
    /// [`LockError`] if the file cannot be read, or those of [`Lock::parse`].
    pub fn read(path: &Path) -> Result<Self, LockError> {
        let unreadable = |cause: io::Error| LockError::Unreadable { path: path.to_owned(), cause: Arc::new(cause) };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(error)),
        };
        check_not_everybodys(&file, path)?;
        let mut text = String::new();
        file.take(BYTES_MAX + 1).read_to_string(&mut text).map_err(unreadable)?;
        if text.len() as u64 > BYTES_MAX {
            let cause = format!("it has more than {BYTES_MAX} bytes");
            return Err(unreadable(io::Error::new(io::ErrorKind::FileTooLarge, cause)));
        }
        Self::parse(&text, path)
    }

    /// Reads the text of a lock; `path` is for errors. Keys that this host does not know are ignored: a newer minor
    /// version of the format may have written them.
    ///
    /// # Errors
    /// [`LockError`] for malformed TOML, a format of another major version, a value that is no version, digest or name,
    /// and an identifier that two bundles own.
    pub fn parse(text: &str, path: &Path) -> Result<Self, LockError> {
        parse::parse(text, path)
    }

    /// The lock as TOML: sorted, so that the same pins are always the same bytes.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = format!(
            "# Written by `ce trust` and `ce untrust`. Pins alone permit nothing: see [plugins] trusted in ce.toml.\n\
             schema_version = \"{}\"\n",
            self.written_version()
        );
        // Names, also of files, identifiers, platforms, versions and digests consist of letters that need no escape: see `parse`.
        let mut line = |line: std::fmt::Arguments<'_>| {
            text.write_fmt(line).and_then(|()| text.write_char('\n')).expect("a String takes every text");
        };
        for (name, entry) in &self.bundles {
            line(format_args!("\n[bundles.\"{name}\"]"));
            line(format_args!("version = \"{}\"", entry.version));
            line(format_args!("identifiers = ["));
            for identifier in &entry.identifiers {
                line(format_args!("    \"{identifier}\","));
            }
            line(format_args!("]"));
            line(format_args!("\n[bundles.\"{name}\".digests]"));
            for (platform, digest) in &entry.digests {
                line(format_args!("\"{platform}\" = \"{digest}\""));
            }
            for (platform, side_files) in &entry.side_files {
                line(format_args!("\n[bundles.\"{name}\".side_files.\"{platform}\"]"));
                for (file_name, digest) in side_files {
                    line(format_args!("\"{file_name}\" = \"{digest}\""));
                }
            }
        }
        text
    }

    /// The oldest version that can say what this lock says.
    fn written_version(&self) -> Version {
        let has_side_files = self.bundles.values().any(|entry| !entry.side_files.is_empty());
        if has_side_files || self.schema_version > SCHEMA_VERSION {
            self.schema_version.clone()
        } else {
            WITHOUT_SIDE_FILES
        }
    }

    /// Writes the lock at once or not at all. Hold [`write::Exclusive`] from reading to writing.
    ///
    /// # Errors
    /// [`LockError::Newer`] if a newer host wrote the lock, since what this one does not know would be lost;
    /// [`LockError::Unwritable`].
    pub(in crate::bundle) fn write(&self, path: &Path) -> Result<(), LockError> {
        if self.schema_version > SCHEMA_VERSION {
            return Err(LockError::Newer { path: path.to_owned(), found: self.schema_version.clone() });
        }
        write::replace(path, self.to_toml().as_bytes())
            .map_err(|cause| LockError::Unwritable { path: path.to_owned(), cause: Arc::new(cause) })
    }

    /// What is pinned for a bundle.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.bundles.get(name)
    }

    /// Every pinned bundle, by name.
    pub fn bundles(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.bundles.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// The bundle that owns an identifier.
    #[must_use]
    pub fn owner(&self, identifier: &str) -> Option<&str> {
        self.bundles().find(|(_, entry)| entry.identifiers.contains(identifier)).map(|(name, _)| name)
    }

    /// Pins a bundle. Another version replaces all that was pinned of it, for every platform; of the same version
    /// only this platform is replaced, and the identifiers of the platforms add up.
    pub fn pin(&mut self, pin: Pin) {
        let fresh = || Entry {
            version: pin.version.clone(),
            identifiers: BTreeSet::new(),
            digests: BTreeMap::new(),
            side_files: BTreeMap::new(),
        };
        let entry = self.bundles.entry(pin.name).or_insert_with(fresh);
        let is_alone = entry.digests.keys().all(|platform| *platform == pin.platform);
        if entry.version != pin.version || is_alone {
            *entry = fresh();
        }
        entry.identifiers.extend(pin.identifiers);
        entry.side_files.remove(&pin.platform);
        if !pin.side_files.is_empty() {
            entry.side_files.insert(pin.platform.clone(), pin.side_files);
        }
        entry.digests.insert(pin.platform, pin.digest);
    }

    /// Takes back all pins of a bundle.
    pub fn unpin(&mut self, name: &str) -> Option<Entry> {
        self.bundles.remove(name)
    }
}

/// A lock that pins nothing.
impl Default for Lock {
    fn default() -> Self {
        Self { schema_version: SCHEMA_VERSION, bundles: BTreeMap::new() }
    }
}

/// Why a lock could not be read or written.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum LockError {
    /// The file is there and cannot be read.
    #[error("{} cannot be read: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        cause: Arc<io::Error>,
    },
    /// Everybody may write to the file.
    #[error(transparent)]
    Everybodys(#[from] ConfigError),
    /// The file cannot be written.
    #[error("{} cannot be written: {cause}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        cause: Arc<io::Error>,
    },
    /// The text is no lock.
    #[error("{at}: {message}: restore ce.lock from a backup, or remove it and trust the bundles anew")]
    Malformed {
        /// Where.
        at: Location,
        /// What was expected and what was found.
        message: String,
    },
    /// The format is of another major version.
    #[error("{at}: expected a lock of version ^{SCHEMA_VERSION}, found {found}: use the version of ce that wrote it")]
    SchemaVersion {
        /// Where.
        at: Location,
        /// The version found.
        found: Version,
    },
    /// A newer host wrote the lock, and this one would lose what it does not know.
    #[error("{} is of version {found}, this host writes {SCHEMA_VERSION}: change it with the newer version of ce", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: Version,
    },
}

impl LockError {
    /// A name for the error that does not change between versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "lock.unreadable",
            Self::Everybodys(error) => error.code(),
            Self::Unwritable { .. } => "lock.unwritable",
            Self::Malformed { .. } => "lock.malformed",
            Self::SchemaVersion { .. } => "lock.schema_version",
            Self::Newer { .. } => "lock.newer",
        }
    }
}

#[cfg(test)]
mod tests;
