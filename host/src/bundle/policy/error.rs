//! Why an edit was not made. Nothing was written then, unless the error is the system's.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use crate::bundle::digest::Digest;
use crate::bundle::lock::LockError;
use crate::bundle::trust::Refused;
use crate::config::{ConfigError, Location};

/// Why an edit was not made.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum EditError {
    /// A text that points at nothing.
    #[error("expected ID, ID@sha256:…, sha256:… or the path of a library, but {found}")]
    Target {
        /// What is wrong with it.
        found: String,
    },
    /// No bundle is what was asked for.
    #[error("no bundle found is `{wanted}`{}: `ce list` shows what was found; name another directory with --plugins-dir, or the file by its path", meant(nearest.as_deref()))]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// The identifier or name that was probably meant.
        nearest: Option<String>,
    },
    /// The name of a bundle, where an identifier is wanted.
    #[error("`{name}` is the name of a bundle: expected one of its identifiers, which are {}: ce trust {}", identifiers.join(", "), identifiers.first().map_or("ID", String::as_str))]
    IsBundle {
        /// The bundle.
        name: String,
        /// Its identifiers, sorted.
        identifiers: Vec<String>,
    },
    /// An identifier, where the name of a bundle is wanted.
    #[error("`{identifier}` is a plugin of the bundle `{name}`: ce uninstall {name}")]
    IsIdentifier {
        /// The identifier.
        identifier: String,
        /// The bundle that claims it.
        name: String,
    },
    /// Several bundles claim what was asked for.
    #[error("`{wanted}` is claimed by different bytes; name the ones you mean:{}", lines(choices))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// What to write instead, and the file that it stands for.
        choices: Vec<(String, PathBuf)>,
    },
    /// The bundle cannot be used, so there is nothing to trust or install.
    #[error("nothing was changed: {0}")]
    Unusable(Box<Refused>),
    /// Other bytes are pinned.
    #[error("nothing was changed: {0}")]
    OtherPinned(Box<Refused>),
    /// `--only` without an identifier.
    #[error("`--only` lists one identifier: expected ID or ID@sha256:…, found a path or a digest alone")]
    OnlyWantsIdentifier,
    /// Something was taken back that was never given.
    #[error("`{identifier}` is not listed in [plugins] trusted of {}{}", path.display(), meant(nearest.as_deref()))]
    NotTrusted {
        /// What was asked for.
        identifier: String,
        /// The file that lists what is trusted.
        path: PathBuf,
        /// The identifier that was probably meant.
        nearest: Option<String>,
    },
    /// Another file has the name of the one to install.
    #[error("{} is there with other bytes ({found}), the new file's are {new}: run `ce uninstall {name}` first, or rename the new file", path.display())]
    FileExists {
        /// The file in the way.
        path: PathBuf,
        /// Its digest.
        found: Digest,
        /// The digest of the new file.
        new: Digest,
        /// The name of the new file's bundle.
        name: String,
    },
    /// Another file has the name of a library of the bundle to install.
    #[error("{} is there with other bytes ({found}), the library of `{name}` has {new}: it belongs to another bundle; keep `{name}` in a directory of its own, and name that under [plugins] dirs", path.display())]
    SideFileExists {
        /// The file in the way.
        path: PathBuf,
        /// Its digest.
        found: Digest,
        /// The digest of the new file.
        new: Digest,
        /// The name of the bundle that brings it.
        name: String,
    },
    /// The name of the file to install is not the name of a library, so it would not be found again.
    #[error("{} would not be found again: expected a name that ends in .so, .dll or .dylib; rename the file", path.display())]
    FileName {
        /// The file.
        path: PathBuf,
    },
    /// Several files belong to the bundle to uninstall.
    #[error("the bundle `{name}` has several files; remove the ones you mean:{}", paths.iter().map(|path| format!("\n  {}", path.display())).collect::<String>())]
    SeveralFiles {
        /// The bundle.
        name: String,
        /// Its files.
        paths: Vec<PathBuf>,
    },
    /// The file to uninstall changed since it was looked at.
    #[error("{} changed since it was looked at: try again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The entry of `ce.toml` cannot be edited.
    #[error("{at}: {message}: correct the file first")]
    Shape {
        /// Where.
        at: Location,
        /// What is in the way.
        message: String,
    },
    /// `ce.toml` is not in order.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// `ce.lock` is not in order.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The system refused.
    #[error("{}: {cause}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        #[source]
        cause: Arc<io::Error>,
    },
}

impl EditError {
    /// A name for the error that does not change between versions. For a bundle that cannot be used it is the reason's,
    /// such as `trust.platform`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Target { .. } => "policy.target",
            Self::Unknown { .. } => "policy.unknown",
            Self::IsBundle { .. } => "policy.is_bundle",
            Self::IsIdentifier { .. } => "policy.is_identifier",
            Self::Ambiguous { .. } => "policy.ambiguous",
            Self::Unusable(refused) | Self::OtherPinned(refused) => refused.code(),
            Self::OnlyWantsIdentifier => "policy.only_wants_identifier",
            Self::NotTrusted { .. } => "policy.not_trusted",
            Self::FileExists { .. } => "policy.file_exists",
            Self::SideFileExists { .. } => "policy.side_file_exists",
            Self::FileName { .. } => "policy.file_name",
            Self::SeveralFiles { .. } => "policy.several_files",
            Self::Changed { .. } => "policy.changed",
            Self::Shape { .. } => "policy.shape",
            Self::Config(error) => error.code(),
            Self::Lock(error) => error.code(),
            Self::Io { .. } => "policy.io",
        }
    }
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(", did you mean `{name}`?")).unwrap_or_default()
}

fn lines(choices: &[(String, PathBuf)]) -> String {
    choices.iter().map(|(choice, path)| format!("\n  {choice}  ({})", path.display())).collect()
}
