//! Where a plugin came from: what telemetry and `ce show` tell about it. It never decides anything.

use std::path::PathBuf;

use ce_plugin_api::manifest::{Manifest, Permission};
use semver::Version;

use super::digest::Digest;
use super::trust::{Basis, Trusted};
use crate::isolation::level::Level;
use crate::isolation::placement::{Decision, Placement};
use crate::isolation::settings::Permissions;

/// A bundle as the origin of its plugins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The bundle's name.
    pub name: String,
    /// The bundle's version.
    pub version: Version,
    /// The version of the boundary that it was compiled against.
    pub plugin_api: Version,
    /// The version of its manifest's format.
    pub schema_version: Version,
    /// Compiled in, or a library that was trusted.
    pub origin: SourceOrigin,
    /// Where its code runs, and why there.
    pub isolation: Decision,
    /// What it may do beyond computing: asked for by its manifest and granted by the user. Empty in the host's process,
    /// where it may do all that the host may.
    pub permissions: Vec<Permission>,
    /// Its own libraries, by name and the digest of the bytes that were judged, in the order of mapping.
    pub side_files: Vec<(String, Digest)>,
    /// What holds its worker; none in the host's process.
    pub sandbox: Option<Sandbox>,
}

/// What holds a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sandbox {
    /// How far.
    pub level: Level,
    /// What falls short of the whole sandbox, in words.
    pub missing: Vec<String>,
}

/// How a bundle's code came into the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceOrigin {
    /// Compiled into the host. Its prefix does not make it so: this does.
    BuiltIn,
    /// Compiled into the program that embeds the host, which registered it itself.
    Linked,
    /// Mapped from a file.
    Library {
        /// Where the file was.
        path: PathBuf,
        /// The digest of the bytes that were judged and mapped.
        digest: Digest,
        /// What the trust in them rests on.
        basis: Basis,
    },
}

impl Source {
    /// A bundle that is part of the program.
    #[must_use]
    pub fn linked(manifest: &Manifest, origin: SourceOrigin) -> Self {
        Self {
            name: manifest.bundle.name.clone(),
            version: manifest.bundle.version.clone(),
            plugin_api: manifest.plugin_api.clone(),
            schema_version: manifest.schema_version.clone(),
            origin,
            isolation: Decision::compiled_in(),
            permissions: Vec::new(),
            side_files: Vec::new(),
            sandbox: None,
        }
    }

    /// A bundle that was trusted, in the process that maps it.
    #[must_use]
    pub fn library(trusted: &Trusted) -> Self {
        let origin = SourceOrigin::Library {
            path: trusted.path().to_owned(),
            digest: trusted.digest(),
            basis: trusted.standing().basis(),
        };
        let side_files = trusted.side_files().iter().map(|file| (file.name.clone(), file.digest)).collect();
        Self { isolation: Decision::by_call(), side_files, ..Self::linked(trusted.manifest(), origin) }
    }

    /// The same bundle in its place, with what it is permitted there.
    pub(crate) fn placed(self, isolation: Decision, permissions: &Permissions, sandbox: Option<Sandbox>) -> Self {
        let permissions = match isolation.placement {
            Placement::Process => permissions.effective(),
            Placement::InProcess => Vec::new(),
        };
        Self { isolation, permissions, sandbox, ..self }
    }

    /// The digest of the library; none for what is compiled in.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        match &self.origin {
            SourceOrigin::Library { digest, .. } => Some(*digest),
            SourceOrigin::BuiltIn | SourceOrigin::Linked => None,
        }
    }

    /// The verdict and its basis, as telemetry writes them.
    #[must_use]
    pub fn trust(&self) -> (&'static str, &'static str) {
        match &self.origin {
            SourceOrigin::BuiltIn => ("built_in", "compiled_in"),
            SourceOrigin::Linked => ("linked", "call"),
            SourceOrigin::Library { basis, .. } => ("trusted", basis.as_str()),
        }
    }
}
