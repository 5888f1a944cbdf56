//! `ce trust`: pins the bytes of a bundle and lists its identifiers. It never trusts what could not be used.

use std::collections::BTreeMap;
use std::path::Path;

use semver::Version;

use super::{EditError, Files, Target, list};
use crate::bundle::digest::Digest;
use crate::bundle::lock::Pin;
use crate::bundle::platform::Platform;
use crate::bundle::trust::{Claim, Judge, Subject};
use crate::config::nearest;

/// What to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustRequest {
    /// The bundle, by one of its identifiers, its digest or its path.
    pub target: Target,
    /// Whether to take these bytes in place of others that are pinned.
    pub upgrade: bool,
    /// Whether to list only the identifier that was named, not its siblings.
    pub only: bool,
}

/// What `ce trust` came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustOutcome {
    /// The bundle was pinned, listed or both.
    Trusted,
    /// Other bytes were pinned and have been replaced.
    Upgraded {
        /// The version that was pinned.
        from_version: Version,
        /// The digest that was pinned for this platform, if one was.
        from_digest: Option<Digest>,
    },
    /// All of it was there; nothing was written.
    AlreadyTrusted,
}

/// A bundle that is trusted now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedNow {
    /// What was done.
    pub outcome: TrustOutcome,
    /// The bundle's name.
    pub name: String,
    /// The bundle's version.
    pub version: Version,
    /// The pinned digest.
    pub digest: Digest,
    /// The platform that it is pinned for.
    pub platform: Platform,
    /// The identifiers that were listed just now, sorted.
    pub listed: Vec<String>,
    /// The bundle's identifiers that are not listed: loaded, never routed to.
    pub unlisted: Vec<String>,
    /// The bundle's own libraries, which are pinned with it, by name.
    pub side_files: BTreeMap<String, Digest>,
}

/// Trusts a bundle out of `candidates`, which are all files that were found, and the one named by its path.
///
/// `judge` says what is denied, built in and usable; the pins are read anew. Trusting what is trusted is no error.
///
/// # Errors
/// [`EditError`] if nothing or several different bytes are what was asked for, if they could not be used, if others are
/// pinned and this is no upgrade, or if a file cannot be read or written.
pub fn trust(
    request: &TrustRequest,
    candidates: &[Claim],
    judge: &Judge,
    files: &Files,
) -> Result<TrustedNow, EditError> {
    let mut edit = files.open()?;
    let judge = judge.clone().with_lock(edit.lock.clone());
    let claim = select(request, candidates, &judge)?;
    if let Some(refused) = judge.unusable(claim) {
        return Err(EditError::Unusable(Box::new(refused)));
    }
    let other = judge.differs_from_pin(claim);
    if let Some(refused) = other.clone().filter(|_| !request.upgrade) {
        return Err(EditError::OtherPinned(Box::new(refused)));
    }

    let announced = claim.announced().expect("a claim without a manifest is unusable");
    let before = edit.list("trusted")?;
    let wanted = wanted(request, claim)?;
    let listed: Vec<String> = wanted.into_iter().filter(|identifier| !before.contains(identifier)).collect();
    let old = edit.lock.entry(&announced.name).cloned();
    let side_files: BTreeMap<String, Digest> =
        claim.side_digests().map(|(name, digest)| (name.to_owned(), digest)).collect();
    let is_pinned = old.as_ref().is_some_and(|entry| {
        let pinned = entry.side_files.get(&claim.platform);
        entry.digests.get(&claim.platform) == Some(&claim.digest)
            && pinned.map_or(side_files.is_empty(), |pinned| *pinned == side_files)
    });
    let outcome = match (old, other) {
        (Some(old), Some(_)) => {
            TrustOutcome::Upgraded { from_digest: old.digests.get(&claim.platform).copied(), from_version: old.version }
        }
        _ if is_pinned && listed.is_empty() => TrustOutcome::AlreadyTrusted,
        _ => TrustOutcome::Trusted,
    };

    // The text is made before anything is written: what cannot be listed must not be pinned.
    let text = list::add(&edit.text, "trusted", &listed, &files.config)?;
    if !is_pinned {
        edit.lock.pin(Pin {
            name: announced.name.clone(),
            version: announced.version.clone(),
            identifiers: announced.identifiers.clone(),
            platform: claim.platform.clone(),
            digest: claim.digest,
            side_files: side_files.clone(),
        });
        edit.write_lock()?;
    }
    edit.write_config(text)?;
    let after = edit.list("trusted")?;
    Ok(TrustedNow {
        outcome,
        name: announced.name.clone(),
        version: announced.version.clone(),
        digest: claim.digest,
        platform: claim.platform.clone(),
        listed,
        side_files,
        unlisted: announced.identifiers.iter().filter(|identifier| !after.contains(identifier)).cloned().collect(),
    })
}

/// The identifiers to list.
fn wanted(request: &TrustRequest, claim: &Claim) -> Result<Vec<String>, EditError> {
    match (&request.target, request.only) {
        (_, false) => Ok(claim.identifiers().map(str::to_owned).collect()),
        (Target::Subject(Subject::Name(identifier) | Subject::Pinned(identifier, _)), true) => {
            Ok(vec![identifier.clone()])
        }
        (_, true) => Err(EditError::OnlyWantsIdentifier),
    }
}

/// The one claim that was asked for. Of an identifier that different bytes claim, none is taken but the pinned one.
fn select<'a>(request: &TrustRequest, candidates: &'a [Claim], judge: &Judge) -> Result<&'a Claim, EditError> {
    let found = match &request.target {
        Target::Path(path) => candidates.iter().find(|claim| is_same_file(&claim.path, path)),
        Target::Subject(Subject::Digest(digest)) => candidates.iter().find(|claim| claim.digest == *digest),
        Target::Subject(Subject::Pinned(identifier, digest)) => {
            candidates.iter().find(|claim| claim.digest == *digest && claim.claims(identifier))
        }
        Target::Subject(Subject::Name(identifier)) => {
            return by_identifier(identifier, request.upgrade, candidates, judge);
        }
    };
    found.ok_or_else(|| unknown(&display(&request.target), candidates))
}

fn by_identifier<'a>(
    identifier: &str,
    upgrade: bool,
    candidates: &'a [Claim],
    judge: &Judge,
) -> Result<&'a Claim, EditError> {
    let claimants = judge.claimants(identifier, candidates);
    let pinned = claimants.iter().find(|claim| !upgrade && judge.is_pinned(claim));
    match (claimants.as_slice(), pinned) {
        ([only], _) | (_, Some(only)) => Ok(*only),
        // All who claim it are ruled out: the caller says why, rather than that there is none.
        ([], None) => {
            candidates.iter().find(|claim| claim.claims(identifier)).ok_or_else(|| unknown(identifier, candidates))
        }
        (several, None) => Err(EditError::Ambiguous {
            wanted: identifier.to_owned(),
            choices: several
                .iter()
                .map(|claim| (format!("{identifier}@{}", claim.digest), claim.path.clone()))
                .collect(),
        }),
    }
}

fn unknown(wanted: &str, candidates: &[Claim]) -> EditError {
    let name = wanted.split('@').next().unwrap_or(wanted);
    if let Some(bundle) = candidates.iter().find(|claim| claim.name() == Some(name)) {
        let identifiers = bundle.identifiers().map(str::to_owned).collect();
        return EditError::IsBundle { name: name.to_owned(), identifiers };
    }
    let known = candidates.iter().flat_map(Claim::identifiers);
    EditError::Unknown { wanted: wanted.to_owned(), nearest: nearest(name, known).map(str::to_owned) }
}

fn display(target: &Target) -> String {
    match target {
        Target::Path(path) => path.display().to_string(),
        Target::Subject(subject) => subject.to_string(),
    }
}

fn is_same_file(left: &Path, right: &Path) -> bool {
    left == right || matches!((left.canonicalize(), right.canonicalize()), (Ok(left), Ok(right)) if left == right)
}
