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
    /// The bundle's own libraries, which lie beside it now.
    pub side_files: Vec<PathBuf>,
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
    /// The bundle's own libraries that were removed with it.
    pub side_files: Vec<PathBuf>,
    /// Those that were left, since another bundle needs them, or since they are other files by now.
    pub left: Vec<PathBuf>,
}

impl Installed {
    /// What to hand to `ce trust`, so that nobody else's bytes are meant: `ID@sha256:…`.
    #[must_use]
    pub fn target(&self) -> String {
        let identifier = self.identifiers.first().map(|identifier| format!("{identifier}@"));
        format!("{}{}", identifier.unwrap_or_default(), self.digest)
    }
}

/// Copies a bundle and its own libraries into a directory, which is made when there is none, under the names of their files.
/// What is written are the bytes that were looked at.
///
/// # Errors
/// [`EditError::Unusable`] if it is denied, of no use on this host, or claims what belongs to another;
/// [`EditError::FileExists`] if another file has its name, [`EditError::SideFileExists`] if one has a library's;
/// [`EditError::FileName`]; the system's.
pub fn install(inspected: &Inspected, dir: &Path, judge: &Judge) -> Result<Installed, EditError> {
    let unread = |cause| EditError::io(inspected.path(), cause);
    let claim = Claim::from(inspected);
    // Before anything is read back: what is of no use has no libraries either.
    if let Some(refused) = judge.unusable(&claim) {
        return Err(EditError::Unusable(Box::new(refused)));
    }
    let bytes = inspected.bytes().map_err(unread)?;
    let mut side_files = Vec::new();
    for side in inspected.side_files() {
        let path = dir.join(side.name());
        let (Some(digest), Some(file)) = (side.digest(), side.kept()) else { continue };
        side_files.push(Side { path, digest, bytes: file.image.bytes().map_err(unread)? });
    }
    place(&claim, &bytes, &side_files, dir, judge)
}

/// A library to be written beside its bundle.
pub(super) struct Side {
    path: PathBuf,
    digest: Digest,
    bytes: Vec<u8>,
}

/// `bytes` are those that the claim was read from.
pub(super) fn place(
    claim: &Claim,
    bytes: &[u8],
    side_files: &[Side],
    dir: &Path,
    judge: &Judge,
) -> Result<Installed, EditError> {
    if let Some(refused) = judge.unusable(claim) {
        return Err(EditError::Unusable(Box::new(refused)));
    }
    let announced = claim.announced().expect("a claim without a manifest is unusable");
    let file_name = library_name(&claim.path).ok_or_else(|| EditError::FileName { path: claim.path.clone() })?;
    let path = dir.join(file_name);
    // All is looked at before anything is written, and the bundle, which is nothing without them, is written last.
    for side in side_files {
        match digest_of(&side.path) {
            Ok(found) if found != side.digest => return Err(side_file_exists(side, found, &announced.name)),
            _ => {}
        }
    }
    if let Ok(found) = digest_of(&path)
        && found != claim.digest
    {
        return Err(EditError::FileExists { path, found, new: claim.digest, name: announced.name.clone() });
    }
    for side in side_files {
        if let Written::Other(found) = written(&side.path, &side.bytes, side.digest)? {
            return Err(side_file_exists(side, found, &announced.name));
        }
    }
    let is_old = match written(&path, bytes, claim.digest)? {
        Written::New => false,
        Written::Same => true,
        Written::Other(found) => {
            return Err(EditError::FileExists { path, found, new: claim.digest, name: announced.name.clone() });
        }
    };
    Ok(Installed {
        path,
        is_old,
        name: announced.name.clone(),
        version: announced.version.clone(),
        digest: claim.digest,
        identifiers: announced.identifiers.iter().cloned().collect(),
        side_files: side_files.iter().map(|side| side.path.clone()).collect(),
    })
}

enum Written {
    New,
    Same,
    Other(Digest),
}

/// Writes a file, unless there is one: what is there is left alone.
fn written(path: &Path, bytes: &[u8], digest: Digest) -> Result<Written, EditError> {
    match write::create(path, bytes) {
        Ok(()) => Ok(Written::New),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match digest_of(path)? {
            found if found == digest => Ok(Written::Same),
            found => Ok(Written::Other(found)),
        },
        Err(error) => Err(EditError::io(path, error)),
    }
}

fn side_file_exists(side: &Side, found: Digest, name: &str) -> EditError {
    EditError::SideFileExists { path: side.path.clone(), found, new: side.digest, name: name.to_owned() }
}

/// Removes the file of a bundle, and its own libraries that nothing else needs: neither another bundle of that directory nor
/// another bundle's pin. `candidates` are the files in the plugins directories.
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
    let (mut side_files, mut left) = (Vec::new(), Vec::new());
    let dir = claim.path.parent().unwrap_or(Path::new(""));
    let others: Vec<&Claim> = candidates.iter().filter(|other| other.path != claim.path).collect();
    for (file_name, digest) in claim.side_digests() {
        let path = dir.join(file_name);
        let is_needed =
            is_needed(file_name, digest, dir, &others) || is_pinned_elsewhere(file_name, digest, name, lock);
        if !is_needed && digest_of(&path).is_ok_and(|found| found == digest) && fs::remove_file(&path).is_ok() {
            side_files.push(path);
        } else {
            left.push(path);
        }
    }
    Ok(Uninstalled { path: claim.path.clone(), digest: claim.digest, is_still_pinned, side_files, left })
}

/// Whether another bundle of the directory needs a library.
fn is_needed(file_name: &str, digest: Digest, dir: &Path, others: &[&Claim]) -> bool {
    let lies_there = |other: &&&Claim| other.path.parent() == Some(dir);
    others.iter().filter(lies_there).any(|other| other.side_digests().any(|side| side == (file_name, digest)))
}

/// Whether a library is pinned for another bundle.
fn is_pinned_elsewhere(file_name: &str, digest: Digest, name: &str, lock: &Lock) -> bool {
    let others = lock.bundles().filter(|(other, _)| *other != name);
    let mut pinned = others.flat_map(|(_, entry)| entry.side_files.values());
    pinned.any(|files| files.get(file_name) == Some(&digest))
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
