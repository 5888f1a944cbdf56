//! Why a bundle does not load, or might not: findings with cause and remedy, out of bytes and facts. It runs nothing of a
//! bundle and maps nothing.

mod elf;
mod finding;
mod installation;
mod library;
mod linking;
mod loader;
mod worker;

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use ce_plugin_api::manifest::Manifest;

use semver::Version;

pub use self::finding::{Code, Finding, Severity};
pub(crate) use self::installation::{idle, installation, quarantine, survey_error};
pub(crate) use self::loader::Libraries;

use self::elf::Elf;
use super::digest::Digest;
use super::inspect::{InspectError, Inspected};
use super::trust::{Duplicate, Host, Reason, Refused, Verdict};
use crate::config::IsolationSettings;

/// A file that was looked at.
#[derive(Clone, Debug)]
pub struct Examined {
    /// The file.
    pub path: PathBuf,
    /// The bundle's name and version, if there is a good manifest.
    pub bundle: Option<(String, Version)>,
    /// The digest of its bytes, if it could be read and is a library.
    pub digest: Option<Digest>,
    /// What was found, in the order in which it was looked at.
    pub findings: Vec<Finding>,
}

impl Examined {
    /// A file that cannot be read or is no library.
    pub(crate) fn unreadable(error: &InspectError) -> Self {
        let path = error.path().to_owned();
        let findings = vec![library::unreadable(&place(&path), error)];
        Self { path, bundle: None, digest: None, findings }
    }
}

/// Looks at a file and at the libraries that it needs.
pub(crate) fn examine_file(path: &Path, host: &Host, libraries: &mut Libraries) -> Examined {
    let inspected = match Inspected::read(path) {
        Ok(inspected) => inspected,
        Err(error) => return Examined::unreadable(&error),
    };
    let Some(bytes) = loader::whole(path).filter(|bytes| Digest::of(bytes) == inspected.digest()) else {
        return Examined::unreadable(&InspectError::Changed { path: path.to_owned() });
    };
    let mut examined = examine(&inspected, &bytes, host, libraries);
    examined.findings.extend(std::fs::metadata(path).ok().map(|metadata| writable(&place(path), &metadata)));
    examined
}

/// Looks at a library that was read, `bytes`, and at the libraries that it needs.
pub(crate) fn examine(inspected: &Inspected, bytes: &[u8], host: &Host, libraries: &mut Libraries) -> Examined {
    let path = inspected.path();
    let place = place(path);
    let facts = inspected.facts();
    let mut findings = library::facts(&place, facts, host);
    findings.extend(library::manifest(&place, inspected, host));
    let elf = Elf::read(bytes);
    if let Some(elf) = &elf {
        findings.extend(linking::own(&place, elf));
    } else if !facts.search_paths.is_empty() {
        findings.push(library::search_paths(&place, &facts.search_paths));
    }
    match elf {
        // Which libraries another system has cannot be told from here.
        Some(elf) if facts.platform == host.platform && libraries.are_known() => {
            findings.extend(linking::needed(&place, path, &elf, libraries));
        }
        _ => findings.push(library::not_looked_for(&place)),
    }
    let bundle =
        inspected.manifest().ok().map(|manifest| (manifest.bundle.name.clone(), manifest.bundle.version.clone()));
    Examined { path: path.to_owned(), bundle, digest: Some(inspected.digest()), findings }
}

/// Where a trusted bundle runs, or why nobody knows.
pub(crate) fn placement(path: &Path, isolation: &IsolationSettings, manifest: &Manifest) -> Finding {
    match isolation.placement_by(manifest) {
        Ok(decision) => Finding::fine(Code::Worker, place(path), format_args!("runs {decision}")),
        Err(error) => {
            let remedy = "correct [isolation] in the ce.toml that `ce config path` prints";
            Finding::fault(Code::Worker, place(path), error.to_string(), remedy).told_as(error.code())
        }
    }
}

/// What the judge decides, where that adds to what the file itself tells.
pub(crate) fn verdict(path: &Path, verdict: &Verdict) -> Option<Finding> {
    let place = place(path);
    match verdict {
        Verdict::Trusted(standing) => {
            Some(Finding::fine(Code::Trust, place, format_args!("trusted, basis: {}", standing.basis())))
        }
        Verdict::Duplicate(Duplicate { of, .. }) => {
            let cause = format!("it has the bytes of {}, which stands for it", of.display());
            Some(Finding::warning(Code::Trust, place, cause, "keep one of the two"))
        }
        Verdict::Refused(refused) => refusal(&place, refused),
    }
}

fn refusal(place: &str, refused: &Refused) -> Option<Finding> {
    let told = match refused.reason {
        // The file tells this by itself, in more detail.
        Reason::NotALibrary
        | Reason::NoManifest
        | Reason::SchemaVersion(_)
        | Reason::Manifest(_)
        | Reason::Platform { .. }
        | Reason::PluginApi { .. }
        | Reason::NoRegister
        | Reason::Runpath(_) => return None,
        // Nothing is wrong with it.
        Reason::Unlisted | Reason::Unpinned { .. } => {
            Finding::warning(Code::Trust, place, &refused.reason, refused.remedy())
        }
        _ => Finding::fault(Code::Trust, place, &refused.reason, refused.remedy()),
    };
    Some(told.told_as(refused.code()))
}

/// Whether others than its owner may write to a file or directory.
fn writable(place: &str, metadata: &Metadata) -> Finding {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let (mode, what) = (metadata.mode(), if metadata.is_dir() { "directory" } else { "file" });
        let who = [(0o002, "everybody"), (0o020, "its group")].into_iter().find(|(bit, _)| mode & bit != 0);
        if let Some((_, who)) = who {
            let cause = format!("{who} may write to the {what} (mode {:04o})", mode & 0o7777);
            return Finding::warning(Code::Writable, place, cause, "take the right away: chmod go-w");
        }
        Finding::fine(Code::Writable, place, format_args!("mode {:04o}", mode & 0o7777))
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        Finding::fine(Code::Writable, place, "access lists are not read on this system")
    }
}

/// A path as findings name it: it may come from a stranger.
fn place(path: &Path) -> String {
    ce_plugin_api::error::printable(path.to_string_lossy().as_bytes(), usize::MAX)
}

#[cfg(test)]
mod tests;
