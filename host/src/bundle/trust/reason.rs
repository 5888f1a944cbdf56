//! Why a file may or may not be mapped. It never decides, it only tells.

use std::fmt;
use std::path::PathBuf;

use semver::Version;
use serde::Serialize;

use super::claim::Claim;
use super::policy::Subject;
use crate::bundle::digest::Digest;
use crate::bundle::platform::Platform;
use crate::bundle::side::SideFault;
use crate::config::Sourced;

/// What trust rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// `CE_TRUST_PLUGIN`, for this process.
    Environment,
    /// A digest given by the program that embeds the host, for this process.
    Call,
    /// A pin in `ce.lock` and a listing in `ce.toml`.
    Lock,
}

impl Basis {
    /// The basis as telemetry writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Call => "call",
            Self::Lock => "lock",
        }
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A file that must not be mapped.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// What the file claims to be.
    pub claim: Claim,
    /// Why it is refused: the first reason in the order of [`Reason`].
    pub reason: Reason,
}

/// Why a file must not be mapped, in the order in which the reasons are looked for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// It, its name or one of its identifiers is denied. Nothing beats that.
    Denied(Sourced<Subject>),
    /// It is no shared library.
    NotALibrary,
    /// It carries no manifest.
    NoManifest,
    /// The manifest's format is of a version that this host does not know.
    SchemaVersion(String),
    /// The manifest is wrong.
    Manifest(String),
    /// It is for another platform.
    Platform {
        /// The platform of this host.
        host: Platform,
        /// The platform of the file.
        found: Platform,
    },
    /// It was compiled against another version of the boundary.
    PluginApi {
        /// The version of this host.
        host: Version,
        /// The version of the bundle.
        found: Version,
    },
    /// It has no entry point.
    NoRegister,
    /// It needs libraries that are not the system's and do not lie beside it.
    NeedsLibrary(Vec<String>),
    /// A library beside it cannot be pinned.
    SideFile {
        /// The name that is needed.
        name: String,
        /// What is wrong with the library.
        fault: SideFault,
    },
    /// The system would look for libraries where the bundle says, and it has none of its own.
    Runpath(Vec<String>),
    /// It claims an identifier that is compiled into this host.
    BuiltInIdentifier(String),
    /// It claims an identifier that `ce.lock` gives to another bundle.
    IdentifierOwned {
        /// The identifier.
        identifier: String,
        /// The name of the bundle that owns it.
        owner: String,
    },
    /// Another version of the bundle is pinned.
    Version {
        /// The pinned version.
        pinned: Version,
        /// The version of the file.
        found: Version,
    },
    /// Other bytes are pinned for the bundle on this platform.
    Digest {
        /// The pinned digest.
        pinned: Digest,
        /// The digest of the file.
        found: Digest,
    },
    /// Other bytes are pinned for a library beside it.
    SideFileDigest {
        /// The name of the library.
        name: String,
        /// The pinned digest.
        pinned: Digest,
        /// The digest of the file.
        found: Digest,
    },
    /// One of its identifiers is listed, but no bytes are pinned for the bundle on this platform.
    Unpinned {
        /// The identifier that is listed.
        identifier: String,
        /// The platform of this host.
        platform: Platform,
    },
    /// None of its identifiers is listed.
    Unlisted,
    /// It is granted something that another file claims too.
    Ambiguous {
        /// The identifier, or the bundle's name.
        name: String,
        /// The other files.
        rivals: Vec<(PathBuf, Digest)>,
    },
    /// It is granted for this process, and a library beside it is neither pinned nor granted.
    SideFileUnpinned {
        /// The name of the library.
        name: String,
        /// The digest of the file.
        found: Digest,
    },
    /// Its bytes were not kept, since nothing spoke for them when they were read.
    NotKept,
}

impl Reason {
    /// A name for the reason that does not change between versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Denied(_) => "trust.denied",
            Self::NotALibrary => "trust.not_a_library",
            Self::NoManifest => "trust.no_manifest",
            Self::SchemaVersion(_) => "trust.schema_version",
            Self::Manifest(_) => "trust.manifest",
            Self::Platform { .. } => "trust.platform",
            Self::PluginApi { .. } => "trust.plugin_api",
            Self::NoRegister => "trust.no_register",
            Self::NeedsLibrary(_) => "trust.needs_library",
            Self::SideFile { .. } => "trust.side_file",
            Self::Runpath(_) => "trust.runpath",
            Self::BuiltInIdentifier(_) => "trust.built_in_identifier",
            Self::IdentifierOwned { .. } => "trust.identifier_owned",
            Self::Version { .. } => "trust.version",
            Self::Digest { .. } => "trust.digest",
            Self::SideFileDigest { .. } => "trust.side_file_digest",
            Self::Unpinned { .. } => "trust.unpinned",
            Self::Unlisted => "trust.unlisted",
            Self::Ambiguous { .. } => "trust.ambiguous",
            Self::SideFileUnpinned { .. } => "trust.side_file_unpinned",
            Self::NotKept => "trust.not_kept",
        }
    }
}

/// What was expected and what was found.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(denial) => write!(f, "`{}` is denied by {}", denial.value, denial.origin),
            Self::NotALibrary => f.write_str("it is no shared library"),
            Self::NoManifest => f.write_str("it carries no manifest"),
            Self::SchemaVersion(detail) => write!(f, "its manifest is of an unknown version: {detail}"),
            Self::Manifest(detail) => write!(f, "its manifest is wrong: {detail}"),
            Self::Platform { host, found } => write!(f, "it is for {found}, this host is {host}"),
            Self::PluginApi { host, found } => {
                write!(f, "it was compiled against ce-plugin-api {found}, this host speaks {host}")
            }
            Self::NoRegister => f.write_str("it exports no `register`"),
            Self::NeedsLibrary(needed) => {
                write!(f, "it needs libraries that are not the system's and do not lie beside it: {}", quoted(needed))
            }
            Self::SideFile { name, fault } => write!(f, "its library `{}` {fault}", name.escape_debug()),
            Self::Runpath(paths) => {
                write!(f, "it makes the system search for libraries in {}, and has none of its own", quoted(paths))
            }
            Self::BuiltInIdentifier(identifier) => write!(f, "it claims `{identifier}`, which is built into this host"),
            Self::IdentifierOwned { identifier, owner } => {
                write!(f, "it claims `{identifier}`, which belongs to the trusted bundle `{owner}`")
            }
            Self::Version { pinned, found } => write!(f, "version {pinned} is pinned, the file is version {found}"),
            Self::Digest { pinned, found } => write!(f, "the pinned digest is {pinned}, the file's is {found}"),
            Self::SideFileDigest { name, pinned, found } => {
                write!(f, "the pinned digest of its library `{name}` is {pinned}, the file's is {found}")
            }
            Self::SideFileUnpinned { name, found } => {
                write!(f, "its library `{name}` ({found}) is not pinned with it")
            }
            Self::NotKept => f.write_str("nothing spoke for its bytes when they were read, so they were not kept"),
            Self::Unpinned { identifier, platform } => {
                write!(
                    f,
                    "`{identifier}` is listed as trusted, but ce.lock pins no bytes of this bundle for {platform}"
                )
            }
            Self::Unlisted => f.write_str("none of its identifiers is listed as trusted"),
            Self::Ambiguous { name, rivals } => {
                let rivals: Vec<_> =
                    rivals.iter().map(|(path, digest)| format!("{} ({digest})", path.display())).collect();
                write!(f, "`{name}` is claimed by other bytes too: {}", rivals.join(", "))
            }
        }
    }
}

impl Refused {
    /// The reason's code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.reason.code()
    }

    /// What to do about it, where there is something to do: the command, or what to change.
    #[must_use]
    pub fn remedy(&self) -> String {
        self.remedy_for(self.claim.identifiers().next().unwrap_or("ID"))
    }

    /// What to do about it for somebody who wants one of its identifiers.
    #[must_use]
    pub fn remedy_for(&self, identifier: &str) -> String {
        match &self.reason {
            Reason::Denied(denial) => format!("to allow it, remove `{}` from {}", denial.value, denial.origin),
            Reason::NotALibrary | Reason::NoManifest => {
                "build it as a `cdylib` with `export_bundle!`, or remove the file".to_owned()
            }
            Reason::SchemaVersion(_) => "use a newer version of this host, or an older one of the bundle".to_owned(),
            Reason::Manifest(_) => "correct bundle.json and build the bundle again".to_owned(),
            Reason::Platform { host, .. } => format!("get the bundle for {host}"),
            Reason::PluginApi { host, .. } => format!("rebuild it against ce-plugin-api {host}"),
            Reason::NoRegister => "build it with `export_bundle!`".to_owned(),
            Reason::NeedsLibrary(_) => "put these libraries beside it, or link them statically".to_owned(),
            Reason::SideFile { fault, .. } => fault.remedy().to_owned(),
            Reason::Runpath(_) => "link it without -rpath".to_owned(),
            Reason::BuiltInIdentifier(_) => "choose identifiers of its own for the bundle".to_owned(),
            Reason::IdentifierOwned { identifier, owner } => {
                format!("remove the file, or give up `{owner}` first: ce untrust {identifier}")
            }
            Reason::Version { .. } | Reason::Digest { .. } | Reason::SideFileDigest { .. } => {
                // By its path: the identifier alone would mean the pinned bytes, if they are there too.
                format!(
                    "if the new bytes are meant to replace the old: ce trust {} --upgrade",
                    self.claim.path.display()
                )
            }
            Reason::SideFileUnpinned { found, .. } => {
                format!("ce trust {identifier}, or for this process grant {found} too")
            }
            Reason::NotKept => "look at the plugins directories again".to_owned(),
            Reason::Unpinned { identifier, .. } => format!("ce trust {identifier}"),
            Reason::Unlisted => format!("ce trust {identifier}"),
            Reason::Ambiguous { name, .. } if self.claim.claims(name) => {
                format!("name the bytes: {name}@{}", self.claim.digest)
            }
            Reason::Ambiguous { .. } => "keep only one of the files".to_owned(),
        }
    }
}

/// The file, the reason and the remedy.
impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.claim.path.display())?;
        if let Some(name) = self.claim.name() {
            write!(f, " (bundle `{name}`)")?;
        }
        write!(f, ": {}: {}", self.reason, self.remedy())
    }
}

impl std::error::Error for Refused {}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Pinned(name, digest) => write!(f, "{name}@{digest}"),
            Self::Digest(digest) => write!(f, "{digest}"),
        }
    }
}

/// Names out of a foreign file, which must not write to anybody's terminal.
fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{}`", name.escape_debug())).collect::<Vec<_>>().join(", ")
}
