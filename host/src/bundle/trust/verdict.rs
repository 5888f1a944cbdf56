//! The rules themselves, over claims. They never see bytes.
//!
//! 1. What is denied, of no use here, or claims what a built-in or another pinned bundle owns, is refused.
//! 2. What differs from its pin is refused, whoever grants it.
//!    So is a bundle whose own libraries differ from theirs.
//! 3. What is pinned and listed, or granted for this process, stands; everything else is refused.
//! 4. Of those that stand no two may claim the same name or identifier.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ce_plugin_api::manifest::api_is_supported;

use super::claim::{Announced, Claim, ManifestFault, SideClaim};
use super::reason::{Basis, Reason, Refused};
use super::{Digest, Judge};
use crate::bundle::lock::Entry;
use crate::bundle::side::SideFault;

/// What is decided about one file.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It may be mapped.
    Trusted(Standing),
    /// It must not be mapped.
    Refused(Box<Refused>),
    /// An earlier file has the same bytes and stands for it.
    Duplicate(Duplicate),
}

/// Why a bundle may be mapped, and which of its identifiers may be routed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    basis: Basis,
    identifiers: BTreeMap<String, Option<Basis>>,
}

/// A file with the bytes of an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The file.
    pub path: PathBuf,
    /// The earlier file, which was judged for both.
    pub of: PathBuf,
    /// The digest of both.
    pub digest: Digest,
}

impl Standing {
    /// What the trust in the bundle rests on.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// What the trust in one identifier rests on; `None` if it is not the bundle's, or an unlisted sibling, which is
    /// loaded with the bundle and never routed to.
    #[must_use]
    pub fn basis_of(&self, identifier: &str) -> Option<Basis> {
        self.identifiers.get(identifier).copied().flatten()
    }

    /// Whether an identifier may be routed to.
    #[must_use]
    pub fn is_routable(&self, identifier: &str) -> bool {
        self.basis_of(identifier).is_some()
    }

    /// The identifiers that may be routed to, sorted.
    pub fn routable(&self) -> impl Iterator<Item = &str> {
        self.identifiers.iter().filter(|(_, basis)| basis.is_some()).map(|(identifier, _)| identifier.as_str())
    }

    /// The identifiers that are loaded and never routed to, sorted.
    pub fn unlisted(&self) -> impl Iterator<Item = &str> {
        self.identifiers.iter().filter(|(_, basis)| basis.is_none()).map(|(identifier, _)| identifier.as_str())
    }
}

pub(super) fn all(judge: &Judge, claims: &[Claim]) -> Vec<Verdict> {
    let mut first_of: BTreeMap<Digest, usize> = BTreeMap::new();
    for (claim_idx, claim) in claims.iter().enumerate() {
        first_of.entry(claim.digest).or_insert(claim_idx);
    }
    let mut decided: BTreeMap<usize, Result<Standing, Reason>> = BTreeMap::new();
    for &claim_idx in first_of.values() {
        decided.insert(claim_idx, alone(judge, &claims[claim_idx], claims));
    }
    for (claim_idx, reason) in contradictions(claims, &decided) {
        decided.insert(claim_idx, Err(reason));
    }
    let verdict = |(claim_idx, claim): (usize, &Claim)| match decided.remove(&claim_idx) {
        Some(Ok(standing)) => Verdict::Trusted(standing),
        Some(Err(reason)) => Verdict::Refused(Box::new(Refused { claim: claim.clone(), reason })),
        None => Verdict::Duplicate(Duplicate {
            path: claim.path.clone(),
            of: claims[first_of[&claim.digest]].path.clone(),
            digest: claim.digest,
        }),
    };
    claims.iter().enumerate().map(verdict).collect()
}

/// Rules 1 to 3 for one claim. The others matter only for a grant that names no digest.
fn alone(judge: &Judge, claim: &Claim, claims: &[Claim]) -> Result<Standing, Reason> {
    let refusal = unusable(judge, claim).or_else(|| differs_from_pin(judge, claim));
    match (refusal, claim.announced()) {
        (None, Some(announced)) => {
            let standing = standing(judge, claim, announced, claims)?;
            side_file_unpinned(judge, claim).map_or(Ok(standing), Err)
        }
        (Some(reason), _) => Err(reason),
        (None, None) => unreachable!("`unusable` refuses a claim without a manifest"),
    }
}

/// Rule 1.
pub(super) fn unusable(judge: &Judge, claim: &Claim) -> Option<Reason> {
    if let Some(denial) = judge.policy.denial_of(claim) {
        return Some(Reason::Denied(denial.clone()));
    }
    unfit(judge, claim).or_else(|| owned_by_another(judge, claim))
}

/// What this host could not map or call.
fn unfit(judge: &Judge, claim: &Claim) -> Option<Reason> {
    if !claim.is_shared_library {
        return Some(Reason::NotALibrary);
    }
    let announced = match &claim.manifest {
        Ok(announced) => announced,
        Err(ManifestFault::Missing) => return Some(Reason::NoManifest),
        Err(ManifestFault::SchemaVersion(detail)) => return Some(Reason::SchemaVersion(detail.clone())),
        Err(ManifestFault::PluginApi(found)) => {
            return Some(Reason::PluginApi { host: judge.host.plugin_api.clone(), found: found.clone() });
        }
        Err(ManifestFault::Invalid(detail)) => return Some(Reason::Manifest(detail.clone())),
    };
    let host = &judge.host;
    if claim.platform != host.platform {
        return Some(Reason::Platform { host: host.platform.clone(), found: claim.platform.clone() });
    }
    if !api_is_supported(&announced.plugin_api, &host.plugin_api) {
        let found = announced.plugin_api.clone();
        return Some(Reason::PluginApi { host: host.plugin_api.clone(), found });
    }
    if !claim.exports_register {
        return Some(Reason::NoRegister);
    }
    cannot_be_mapped_alone(claim)
}

/// What it needs besides itself and cannot be given. With libraries of its own a search path does no harm: all that it and
/// they need is mapped before it, so that nothing is searched for.
fn cannot_be_mapped_alone(claim: &Claim) -> Option<Reason> {
    let is_found = |name: &&String| claim.side_files.iter().any(|side| side.name == **name);
    let mut missing: Vec<String> = claim.needed.iter().filter(|name| !is_found(name)).cloned().collect();
    let is_missing = |side: &&SideClaim| side.found == Err(SideFault::Missing);
    missing.extend(claim.side_files.iter().filter(is_missing).map(|side| side.name.clone()));
    if !missing.is_empty() {
        return Some(Reason::NeedsLibrary(missing));
    }
    let faulty = claim.side_files.iter().find_map(|side| Some((&side.name, side.found.as_ref().err()?)));
    if let Some((name, fault)) = faulty {
        return Some(Reason::SideFile { name: name.clone(), fault: fault.clone() });
    }
    let is_idle = claim.needed.is_empty() && !claim.runpath.is_empty();
    is_idle.then(|| Reason::Runpath(claim.runpath.clone()))
}

/// A bundle that claims a built-in's identifier, or goes by a built-in bundle's name, or claims what the lock gives to
/// another bundle.
fn owned_by_another(judge: &Judge, claim: &Claim) -> Option<Reason> {
    let announced = claim.announced()?;
    let mut names = announced.identifiers.iter().chain([&announced.name]);
    if let Some(name) = names.find(|name| judge.built_ins.contains(*name)) {
        return Some(Reason::BuiltInIdentifier(name.clone()));
    }
    for (owner, entry) in judge.lock.bundles().filter(|(owner, _)| *owner != announced.name) {
        if let Some(identifier) = announced.identifiers.intersection(&entry.identifiers).next() {
            return Some(Reason::IdentifierOwned { identifier: identifier.clone(), owner: owner.to_owned() });
        }
    }
    None
}

/// Rule 2. The digest comes first: a rebuilt bundle is told by it, whatever it says about its version.
pub(super) fn differs_from_pin(judge: &Judge, claim: &Claim) -> Option<Reason> {
    let announced = claim.announced()?;
    let entry = judge.lock.entry(&announced.name)?;
    match entry.digests.get(&claim.platform) {
        Some(pinned) if *pinned == claim.digest => side_file_differs(entry, claim),
        Some(&pinned) => Some(Reason::Digest { pinned, found: claim.digest }),
        None if entry.version == announced.version => None,
        None => Some(Reason::Version { pinned: entry.version.clone(), found: announced.version.clone() }),
    }
}

/// What is pinned of the libraries beside it: only for the bytes of the bundle that are pinned.
fn side_file_differs(entry: &Entry, claim: &Claim) -> Option<Reason> {
    let pinned = entry.side_files.get(&claim.platform)?;
    claim.side_digests().find_map(|(name, found)| match pinned.get(name) {
        Some(&pinned) if pinned != found => Some(Reason::SideFileDigest { name: name.to_owned(), pinned, found }),
        _ => None,
    })
}

/// The pinned digest of a library beside it.
pub(super) fn pinned_side_file(judge: &Judge, claim: &Claim, name: &str) -> Option<Digest> {
    let entry = judge.lock.entry(claim.name()?).filter(|_| is_pinned(judge, claim))?;
    entry.side_files.get(&claim.platform)?.get(name).copied()
}

fn side_file_unpinned(judge: &Judge, claim: &Claim) -> Option<Reason> {
    let speaks_for =
        |name, found| pinned_side_file(judge, claim, name) == Some(found) || judge.policy.grants_bytes(found);
    let (name, found) = claim.side_digests().find(|(name, found)| !speaks_for(name, *found))?;
    Some(Reason::SideFileUnpinned { name: name.to_owned(), found })
}

pub(super) fn is_pinned(judge: &Judge, claim: &Claim) -> bool {
    let entry = claim.name().and_then(|name| judge.lock.entry(name));
    entry.is_some_and(|entry| entry.digests.get(&claim.platform) == Some(&claim.digest))
}

/// Rule 3.
fn standing(judge: &Judge, claim: &Claim, announced: &Announced, claims: &[Claim]) -> Result<Standing, Reason> {
    let policy = &judge.policy;
    let is_pinned = is_pinned(judge, claim);
    let listed = announced.identifiers.iter().find(|identifier| policy.lists(identifier));
    let whole = policy.grant_of_digest(claim);
    let mut granted = BTreeMap::new();
    for identifier in &announced.identifiers {
        let mut basis = whole.max(policy.grant_of_pinned(identifier, claim));
        if let Some(by_name) = policy.grant_of_name(identifier).filter(|_| basis.is_none()) {
            match rivals(claim, contenders(judge, identifier, claims)) {
                rivals if rivals.is_empty() => basis = Some(by_name),
                rivals => return Err(Reason::Ambiguous { name: identifier.clone(), rivals }),
            }
        }
        granted.insert(identifier.clone(), basis);
    }
    let by_lock = (is_pinned && listed.is_some()).then_some(Basis::Lock);
    let Some(basis) = by_lock.max(granted.values().copied().max().flatten()) else {
        let unpinned = |identifier: &String| Reason::Unpinned {
            identifier: identifier.clone(),
            platform: judge.host.platform.clone(),
        };
        return Err(listed.map_or(Reason::Unlisted, unpinned));
    };
    // The code runs now, so what is listed may be routed to, on the basis that the code runs on.
    let routable = |(identifier, grant): (String, Option<Basis>)| {
        let basis = if policy.lists(&identifier) { Some(basis) } else { grant };
        (identifier, basis)
    };
    Ok(Standing { basis, identifiers: granted.into_iter().map(routable).collect() })
}

/// The distinct bytes that claim an identifier and that neither the platform, a denial, a built-in nor another bundle's
/// pin rules out. A file that could not be loaded for other reasons still counts: which of the two was meant is for
/// people to say. One for another platform does not, so that builds for several can share a directory.
pub(super) fn claimants<'a>(judge: &Judge, identifier: &str, claims: &'a [Claim]) -> Vec<&'a Claim> {
    let mut found: Vec<&Claim> = Vec::new();
    for claim in claims.iter().filter(|claim| claim.claims(identifier)) {
        let is_known = found.iter().any(|known| known.digest == claim.digest);
        let is_ruled_out = claim.platform != judge.host.platform
            || judge.policy.denial_of(claim).is_some()
            || owned_by_another(judge, claim).is_some();
        if !is_known && !is_ruled_out {
            found.push(claim);
        }
    }
    found
}

/// The claimants that the bundle's own pin does not rule out either.
fn contenders<'a>(judge: &Judge, identifier: &str, claims: &'a [Claim]) -> Vec<&'a Claim> {
    let mut found = claimants(judge, identifier, claims);
    found.retain(|claim| differs_from_pin(judge, claim).is_none());
    found
}

/// Rule 4: who must give way among those that stand. Against the lock, a grant gives way; otherwise both do.
fn contradictions(claims: &[Claim], decided: &BTreeMap<usize, Result<Standing, Reason>>) -> Vec<(usize, Reason)> {
    let standing: Vec<(&Claim, usize, Basis)> = decided
        .iter()
        .filter_map(|(claim_idx, decision)| Some((&claims[*claim_idx], *claim_idx, decision.as_ref().ok()?.basis)))
        .collect();
    let mut refused = Vec::new();
    for &(claim, claim_idx, basis) in &standing {
        let rivals = standing.iter().filter(|(rival, _, rival_basis)| {
            let gives_way = basis != Basis::Lock || *rival_basis == Basis::Lock;
            rival.digest != claim.digest && gives_way && shared_name(claim, rival).is_some()
        });
        let rivals: Vec<&Claim> = rivals.map(|(rival, _, _)| *rival).collect();
        if let Some(name) = rivals.first().and_then(|rival| shared_name(claim, rival)) {
            let reason = Reason::Ambiguous { name: name.to_owned(), rivals: self::rivals(claim, rivals.clone()) };
            refused.push((claim_idx, reason));
        }
    }
    refused
}

fn rivals(claim: &Claim, contenders: Vec<&Claim>) -> Vec<(PathBuf, Digest)> {
    let rivals = contenders.into_iter().filter(|rival| rival.digest != claim.digest);
    rivals.map(|rival| (rival.path.clone(), rival.digest)).collect()
}

/// An identifier that both claim, or the name that both bundles go by.
fn shared_name<'a>(left: &'a Claim, right: &Claim) -> Option<&'a str> {
    let shared = left.identifiers().find(|identifier| right.claims(identifier));
    shared.or_else(|| left.name().filter(|name| right.name() == Some(name)))
}
