//! `ce install` and `ce uninstall`: which files lie in the plugins directory. They never touch trust.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use semver::Version;

use super::{EditError, has_library_ending};
use crate::bundle::digest::Digest;
use crate::bundle::inspect::Inspected;
use crate::bundle::lock::{Lock, write};
use crate::bundle::trust::{Claim, Judge};
use crate::config::nearest;

/// A bundle that lies in the plugins directory now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The file in the plugins directory.
    pub path: PathBuf,
    /// Whether it was there already with the same bytes; nothing was written then.
    pub is_old: bool,
    /// The bundle's name.
    pub name: String,
    /// The bundle's version.
    pub version: Version,
    /// The digest of the file.
    pub digest: Digest,
    /// The bundle's identifiers, sorted.
    pub identifiers: Vec<String>,
}

/// A bundle whose file is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uninstalled {
    /// The file that was removed.
    pub path: PathBuf,
    /// The digest of the file.
    pub digest: Digest,
    /// Whether the bundle is still pinned: the same bytes would be trusted again. `ce untrust` ends that.
    pub is_still_pinned: bool,
}

impl Installed {
    /// What to hand to `ce trust`, so that nobody else's bytes are meant: `ID@sha256:…`.
    #[must_use]
    pub fn target(&self) -> String {
        let identifier = self.identifiers.first().map(|identifier| format!("{identifier}@"));
        format!("{}{}", identifier.unwrap_or_default(), self.digest)
    }
}

/// Copies a bundle into a directory, which is made when there is none, under the name of its file. What is written are
/// the bytes that were looked at.
///
/// # Errors
/// [`EditError::Unusable`] if it is denied, of no use on this host, or claims what belongs to another;
/// [`EditError::FileExists`] if another file has its name; [`EditError::FileName`]; the system's.
pub fn install(inspected: &Inspected, dir: &Path, judge: &Judge) -> Result<Installed, EditError> {
    place(&Claim::from(inspected), inspected.bytes(), dir, judge)
}

/// `bytes` are those that the claim was read from.
pub(super) fn place(claim: &Claim, bytes: &[u8], dir: &Path, judge: &Judge) -> Result<Installed, EditError> {
    if let Some(refused) = judge.unusable(claim) {
        return Err(EditError::Unusable(Box::new(refused)));
    }
    let announced = claim.announced().expect("a claim without a manifest is unusable");
    let file_name = library_name(&claim.path).ok_or_else(|| EditError::FileName { path: claim.path.clone() })?;
    let path = dir.join(file_name);
    let is_old = match write::create(&path, bytes) {
        Ok(()) => false,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let found = digest_of(&path)?;
            if found != claim.digest {
                let name = announced.name.clone();
                return Err(EditError::FileExists { path, found, new: claim.digest, name });
            }
            true
        }
        Err(error) => return Err(EditError::io(&path, error)),
    };
    Ok(Installed {
        path,
        is_old,
        name: announced.name.clone(),
        version: announced.version.clone(),
        digest: claim.digest,
        identifiers: announced.identifiers.iter().cloned().collect(),
    })
}

/// Removes the file of a bundle. `candidates` are the files in the plugins directories.
///
/// # Errors
/// [`EditError::Unknown`] or [`EditError::IsIdentifier`] if no file has that name in its manifest,
/// [`EditError::SeveralFiles`] if several have, [`EditError::Changed`] if the file is another one by now; the system's.
pub fn uninstall(name: &str, candidates: &[Claim], lock: &Lock) -> Result<Uninstalled, EditError> {
    let found: Vec<&Claim> = candidates.iter().filter(|claim| claim.name() == Some(name)).collect();
    let claim = match found.as_slice() {
        [claim] => *claim,
        [] => {
            let owner = candidates.iter().find(|claim| claim.claims(name)).and_then(Claim::name);
            if let Some(owner) = owner {
                return Err(EditError::IsIdentifier { identifier: name.to_owned(), name: owner.to_owned() });
            }
            let known = candidates.iter().filter_map(Claim::name);
            let nearest = nearest(name, known).map(str::to_owned);
            return Err(EditError::Unknown { wanted: name.to_owned(), nearest });
        }
        several => {
            let paths = several.iter().map(|claim| claim.path.clone()).collect();
            return Err(EditError::SeveralFiles { name: name.to_owned(), paths });
        }
    };
    if digest_of(&claim.path)? != claim.digest {
        return Err(EditError::Changed { path: claim.path.clone() });
    }
    fs::remove_file(&claim.path).map_err(|error| EditError::io(&claim.path, error))?;
    let is_still_pinned = lock.entry(name).is_some();
    Ok(Uninstalled { path: claim.path.clone(), digest: claim.digest, is_still_pinned })
}

/// The name of a file, if a search of the plugins directory would find it again.
fn library_name(path: &Path) -> Option<&OsStr> {
    let is_hidden = |name: &OsStr| name.as_encoded_bytes().starts_with(b".");
    path.file_name().filter(|name| !is_hidden(name) && has_library_ending(Path::new(name)))
}

fn digest_of(path: &Path) -> Result<Digest, EditError> {
    let bytes = fs::read(path).map_err(|error| EditError::io(path, error))?;
    Ok(Digest::of(&bytes))
}
