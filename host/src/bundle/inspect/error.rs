//! Why a file is no library, or no bundle. It never decides, it only tells.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ce_plugin_api::manifest::Problems;
use ce_plugin_api::section::SectionError;
use semver::Version;

use super::FILE_BYTES_MAX;
use crate::bundle::platform::PlatformError;

/// Why a file cannot be looked at, or is no library.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// The file cannot be opened.
    #[error("expected to open `{}`, found that it cannot be: {source}; check the path and its permissions", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be read to its end.
    #[error("expected to read `{}` to its end, found that it cannot be: {source}; copy it again", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is a directory, a pipe, a socket or a device.
    #[error("expected a regular file at `{}`, found another kind of entry: name the library itself", path.display())]
    NotRegular {
        /// The path.
        path: PathBuf,
    },
    /// A link leads out of the plugins directory.
    #[error(
        "expected `{}` to stay in the plugins directory `{}`, found that it leads to `{}`: copy the library there (`ce \
         install`), or name its directory under [plugins] dirs",
        path.display(), dir.display(), found.display()
    )]
    Outside {
        /// The file.
        path: PathBuf,
        /// The plugins directory.
        dir: PathBuf,
        /// Where it leads.
        found: PathBuf,
    },
    /// Others than the user and root can change the file, or put another in its place.
    #[error(
        "`{}`: expected that only you and root can write to `{}`, found that {by} can: check the library, then `chmod \
         go-w` what is open{}",
        path.display(), what.display(), or_allow(*is_named)
    )]
    Writable {
        /// The file.
        path: PathBuf,
        /// The file, or the directory that it lies in.
        what: PathBuf,
        /// Who can write to it.
        by: Writers,
        /// Whether somebody named the file itself, so that no plugins directory is asked about.
        is_named: bool,
    },
    /// The file, or the directory that it lies in, belongs to somebody else.
    #[error(
        "`{}`: expected that `{}` belongs to you (user {user}) or root, found that it belongs to user {owner}: check the \
         library, then `chown` it or copy it (`ce install`){}",
        path.display(), what.display(), or_allow(false)
    )]
    Owner {
        /// The file.
        path: PathBuf,
        /// The file, or the directory that it lies in.
        what: PathBuf,
        /// The user it belongs to.
        owner: u32,
        /// The user who runs this program.
        user: u32,
    },
    /// The file is too large.
    #[error(
        "expected at most {FILE_BYTES_MAX} bytes in `{}`, found {n_bytes}: strip the library, and keep data beside it",
        path.display()
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size, in bytes.
        n_bytes: u64,
    },
    /// Looking at it took too long.
    #[error(
        "expected to look at `{}` within {} s, found that it took {:.3} s: move it to a faster place, or raise `scan` under \
         [isolation.deadlines] of ce.toml",
        path.display(), limit.as_secs_f64(), took.as_secs_f64()
    )]
    Deadline {
        /// The file.
        path: PathBuf,
        /// How long it took.
        took: Duration,
        /// How long it may take.
        limit: Duration,
    },
    /// Somebody writes to the file.
    #[error("expected `{}` to stay as it is, found that it changed while it was read: try again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The bytes are no library that can be understood.
    #[error("`{}`: {source}", path.display())]
    Platform {
        /// The file.
        path: PathBuf,
        /// What they are.
        source: PlatformError,
    },
}

/// Who can write where only the user and root should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writers {
    /// The members of its group.
    Group,
    /// Every user of this machine.
    Everybody,
}

impl fmt::Display for Writers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Group => "its group",
            Self::Everybody => "everybody",
        })
    }
}

/// The other way out, which only a plugins directory has.
fn or_allow(is_named: bool) -> &'static str {
    if is_named { "" } else { ", or write `allow_writable = true` under [plugins] of your own ce.toml" }
}

impl InspectError {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Open { path, .. }
            | Self::Read { path, .. }
            | Self::NotRegular { path }
            | Self::Outside { path, .. }
            | Self::Writable { path, .. }
            | Self::Owner { path, .. }
            | Self::TooLarge { path, .. }
            | Self::Deadline { path, .. }
            | Self::Changed { path }
            | Self::Platform { path, .. } => path,
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open { .. } => "inspect.open",
            Self::Read { .. } => "inspect.read",
            Self::NotRegular { .. } => "inspect.not_regular",
            Self::Outside { .. } => "inspect.outside",
            Self::Writable { .. } => "inspect.writable",
            Self::Owner { .. } => "inspect.owner",
            Self::TooLarge { .. } => "inspect.too_large",
            Self::Deadline { .. } => "inspect.deadline",
            Self::Changed { .. } => "inspect.changed",
            Self::Platform { source, .. } => source.code(),
        }
    }
}

/// Why a library has no manifest that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// There is no section for it.
    #[error("no `{section}` section: not a bundle; build it with ce-plugin-api's export_bundle!")]
    NoSection {
        /// The name that the section would have.
        section: &'static str,
    },
    /// There is more than one.
    #[error("expected one `{section}` section, found several: call export_bundle! in one crate of the bundle only")]
    SeveralSections {
        /// The name of the sections.
        section: &'static str,
    },
    /// The section lies outside the file.
    #[error("expected the `{section}` section within the file, found it beyond its end: copy or build it again")]
    OutsideFile {
        /// The name of the section.
        section: &'static str,
    },
    /// The section holds something else.
    #[error(transparent)]
    Section(#[from] SectionError),
    /// The manifest cannot be understood, and the bundle was compiled against a boundary that this host does not speak.
    #[error("compiled against ce-plugin-api {found}, this host speaks {}", ce_plugin_api::VERSION)]
    PluginApi {
        /// The version that it was compiled against.
        found: Version,
    },
    /// The manifest is wrong.
    #[error(transparent)]
    Problems(#[from] Problems),
}

impl ManifestError {
    /// The stable code; of several problems the first one's.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSection { .. } => "inspect.no_manifest",
            Self::SeveralSections { .. } => "inspect.several_manifests",
            Self::OutsideFile { .. } => "inspect.manifest_outside_file",
            Self::Section(error) => error.code(),
            Self::PluginApi { .. } => "bundle.plugin_api",
            Self::Problems(problems) => problems.code(),
        }
    }
}
