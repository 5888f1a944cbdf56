//! What one file claims to be, as plain values. It never says whether the claim holds.

use std::collections::BTreeSet;
use std::path::PathBuf;

use ce_plugin_api::manifest::Manifest;
use ce_plugin_api::section::SectionError;
use semver::Version;

use crate::bundle::digest::Digest;
use crate::bundle::inspect::{Inspected, ManifestError};
use crate::bundle::platform::Platform;
use crate::bundle::side::{SideFault, SideFound};

/// One file that was found, and everything about it that trust rests on. Only the digest is a fact about its bytes
/// that nobody can forge; the rest is what those bytes say.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// The file.
    pub path: PathBuf,
    /// The digest of its bytes.
    pub digest: Digest,
    /// The platform it is for, such as `x86_64-linux`.
    pub platform: Platform,
    /// Whether it is a shared library: not a program or an object file.
    pub is_shared_library: bool,
    /// Whether it exports `register`.
    pub exports_register: bool,
    /// Libraries that the system would map with it and that do not belong to the system.
    pub needed: Vec<String>,
    /// Directories that the system would search for them (`RPATH`, `RUNPATH`, `LC_RPATH`).
    pub runpath: Vec<String>,
    /// What lies beside it under the names that it needs, and under those that they need, in the order of mapping.
    pub side_files: Vec<SideClaim>,
    /// What its manifest announces.
    pub manifest: Result<Announced, ManifestFault>,
}

/// What lies beside a bundle under a name that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideClaim {
    /// The name.
    pub name: String,
    /// The digest of the library's bytes, or why it cannot be pinned.
    pub found: Result<Digest, SideFault>,
}

/// What a manifest announces, as far as trust is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// The bundle's name.
    pub name: String,
    /// The bundle's version.
    pub version: Version,
    /// The version of the boundary that it was compiled against.
    pub plugin_api: Version,
    /// The identifiers of all its plugins and styles, of whatever kind.
    pub identifiers: BTreeSet<String>,
}

/// Why there is no manifest to go by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManifestFault {
    /// The file carries none.
    Missing,
    /// The format is of a version that this host does not know.
    SchemaVersion(String),
    /// It cannot be understood, and the bundle is for a version of the boundary that this host does not speak.
    PluginApi(Version),
    /// It is there and wrong.
    Invalid(String),
}

impl Claim {
    /// What the manifest announces, if there is a good one.
    #[must_use]
    pub fn announced(&self) -> Option<&Announced> {
        self.manifest.as_ref().ok()
    }

    /// The bundle's name, if there is a good manifest.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.announced().map(|announced| announced.name.as_str())
    }

    /// The claimed identifiers, sorted; none without a good manifest.
    pub fn identifiers(&self) -> impl Iterator<Item = &str> {
        self.announced().into_iter().flat_map(|announced| announced.identifiers.iter().map(String::as_str))
    }

    /// The digests of its side files, by name, as far as they are in order.
    pub fn side_digests(&self) -> impl Iterator<Item = (&str, Digest)> {
        let of = |side: &'_ SideClaim| side.found.as_ref().ok().copied();
        self.side_files.iter().filter_map(move |side| Some((side.name.as_str(), of(side)?)))
    }

    /// Whether an identifier is claimed.
    #[must_use]
    pub fn claims(&self, identifier: &str) -> bool {
        self.announced().is_some_and(|announced| announced.identifiers.contains(identifier))
    }
}

impl From<&Manifest> for Announced {
    fn from(manifest: &Manifest) -> Self {
        let plugins = manifest.plugins.iter().map(|plugin| plugin.identifier.clone());
        let styles = manifest.plot_styles.iter().map(|style| style.identifier.clone());
        Self {
            name: manifest.bundle.name.clone(),
            version: manifest.bundle.version.clone(),
            plugin_api: manifest.plugin_api.clone(),
            identifiers: plugins.chain(styles).collect(),
        }
    }
}

impl From<&Inspected> for Claim {
    fn from(inspected: &Inspected) -> Self {
        let facts = inspected.facts();
        Self {
            path: inspected.path().to_owned(),
            digest: inspected.digest(),
            platform: facts.platform.clone(),
            is_shared_library: facts.is_shared_library,
            exports_register: facts.exports_register,
            needed: facts.needed_foreign.clone(),
            runpath: facts.search_paths.clone(),
            side_files: inspected.side_files().iter().map(SideClaim::from).collect(),
            manifest: inspected.manifest().map(Announced::from).map_err(ManifestFault::from),
        }
    }
}

impl From<&SideFound> for SideClaim {
    fn from(found: &SideFound) -> Self {
        let digest = found.digest().filter(|_| found.fault().is_none());
        let fault = || found.fault().cloned().unwrap_or(SideFault::Missing);
        Self { name: found.name().to_owned(), found: digest.ok_or_else(fault) }
    }
}

impl From<&ManifestError> for ManifestFault {
    fn from(error: &ManifestError) -> Self {
        match error {
            ManifestError::NoSection { .. } => Self::Missing,
            ManifestError::Section(SectionError::Format(_)) => Self::SchemaVersion(error.to_string()),
            ManifestError::Problems(problems) if problems.code() == "manifest.schema_version" => {
                Self::SchemaVersion(error.to_string())
            }
            ManifestError::PluginApi { found } => Self::PluginApi(found.clone()),
            _ => Self::Invalid(error.to_string()),
        }
    }
}
