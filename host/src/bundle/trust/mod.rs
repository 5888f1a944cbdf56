//! Manifest, digest and policy become `Trusted` or `Refused`. This is the only place that makes a `Trusted`, and it
//! never maps a file or reads one again: what was judged is carried on.

mod claim;
mod policy;
mod reason;
mod verdict;

use std::collections::BTreeSet;
use std::sync::Arc;

use ce_plugin_api::manifest::Manifest;
use semver::Version;

pub use claim::{Announced, Claim, ManifestFault, SideClaim};
pub use policy::{Idle, Policy, PolicyError, Subject};
pub use reason::{Basis, Reason, Refused};
pub use verdict::{Duplicate, Standing, Verdict};

use super::digest::Digest;
use super::inspect::Inspected;
use super::load::image::Image;
use super::lock::Lock;
use super::platform::Platform;
use super::side::SideFile;
use crate::config::Sourced;

/// Decides which files may be mapped.
#[derive(Clone, Debug)]
pub struct Judge {
    policy: Policy,
    lock: Lock,
    built_ins: BTreeSet<String>,
    host: Host,
}

/// What a bundle must fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The platform of this host.
    pub platform: Platform,
    /// The version of the boundary that this host speaks.
    pub plugin_api: Version,
}

/// Bytes that may be mapped, and why. Made by [`Judge::judge`] only.
#[derive(Debug)]
pub struct Trusted {
    inspected: Inspected,
    standing: Standing,
    image: Arc<Image>,
    side_files: Vec<SideFile>,
}

/// What became of every file that was judged.
#[derive(Debug, Default)]
pub struct Judgement {
    /// The bundles to load, in the order of the files.
    pub trusted: Vec<Trusted>,
    /// The files that must not be mapped, in their order.
    pub refused: Vec<Refused>,
    /// Files with the bytes of an earlier file, which stands for them all.
    pub duplicates: Vec<Duplicate>,
}

impl Judge {
    /// A judge for this host. `built_ins` are the identifiers of plugins and styles that are compiled in, and the
    /// names of the bundles they come from: see [`names_of`].
    #[must_use]
    pub fn new(policy: Policy, lock: Lock, built_ins: BTreeSet<String>) -> Self {
        Self { policy, lock, built_ins, host: Host::current() }
    }

    /// The same judge for another host.
    #[must_use]
    pub fn with_host(self, host: Host) -> Self {
        Self { host, ..self }
    }

    /// The same judge with another lock.
    #[must_use]
    pub fn with_lock(self, lock: Lock) -> Self {
        Self { lock, ..self }
    }

    /// Judges all files together, since two files may claim the same. Give all candidates at once: a file that is
    /// judged alone can contradict only the lock and the built-ins.
    #[must_use]
    pub fn judge(&self, files: Vec<Inspected>) -> Judgement {
        let claims: Vec<Claim> = files.iter().map(Claim::from).collect();
        let mut judgement = Judgement::default();
        let verdicts = self.verdicts(&claims);
        for ((inspected, claim), verdict) in files.into_iter().zip(claims).zip(verdicts) {
            match verdict {
                Verdict::Trusted(standing) => match inspected.images() {
                    Some((image, side_files)) => {
                        judgement.trusted.push(Trusted { inspected, standing, image, side_files });
                    }
                    None => judgement.refused.push(Refused { claim, reason: Reason::NotKept }),
                },
                Verdict::Refused(refused) => judgement.refused.push(*refused),
                Verdict::Duplicate(duplicate) => judgement.duplicates.push(duplicate),
            }
        }
        judgement
    }

    /// The same file, with its bytes only if it may come to be trusted: nothing else needs the memory and the open files.
    #[must_use]
    pub fn keep(&self, inspected: Inspected) -> Inspected {
        let claim = Claim::from(&inspected);
        let may_stand = verdict::is_pinned(self, &claim) || self.policy.may_grant(&claim);
        if may_stand { inspected } else { inspected.without_bytes() }
    }

    /// The digest that is pinned for a library beside a bundle, by its name.
    #[must_use]
    pub fn pinned_side_file(&self, claim: &Claim, name: &str) -> Option<Digest> {
        verdict::pinned_side_file(self, claim, name)
    }

    /// What [`Judge::judge`] would decide, for `ce list` and the like: one verdict per claim, in their order.
    #[must_use]
    pub fn verdicts(&self, claims: &[Claim]) -> Vec<Verdict> {
        verdict::all(self, claims)
    }

    /// Who denies an identifier. Routing asks this for built-ins as well: nothing that is denied is ever routed.
    #[must_use]
    pub fn denial_of(&self, identifier: &str) -> Option<&Sourced<Subject>> {
        self.policy.denial_of_name(identifier)
    }

    /// Whether an identifier is denied.
    #[must_use]
    pub fn denies(&self, identifier: &str) -> bool {
        self.denial_of(identifier).is_some()
    }

    /// Entries of trust and deny lists that match neither these files nor what is built in.
    #[must_use]
    pub fn idle(&self, claims: &[&Claim]) -> Vec<Idle> {
        self.policy.idle(claims, &self.built_ins)
    }

    /// The pins that this judge goes by.
    #[must_use]
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// What a bundle must fit.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Why these bytes could not be used even if they were trusted: denied, of no use on this host, or claiming what
    /// belongs to a built-in or to another bundle.
    pub(super) fn unusable(&self, claim: &Claim) -> Option<Refused> {
        verdict::unusable(self, claim).map(|reason| Refused { claim: claim.clone(), reason })
    }

    /// Why these bytes are not the pinned ones, if others are.
    pub(super) fn differs_from_pin(&self, claim: &Claim) -> Option<Refused> {
        verdict::differs_from_pin(self, claim).map(|reason| Refused { claim: claim.clone(), reason })
    }

    /// Whether exactly these bytes are pinned for the bundle.
    pub(super) fn is_pinned(&self, claim: &Claim) -> bool {
        verdict::is_pinned(self, claim)
    }

    /// The distinct bytes that claim an identifier and that neither the platform, a denial, a built-in nor another
    /// bundle's pin rules out.
    pub(super) fn claimants<'a>(&self, identifier: &str, claims: &'a [Claim]) -> Vec<&'a Claim> {
        verdict::claimants(self, identifier, claims)
    }
}

impl Host {
    /// This host.
    #[must_use]
    pub fn current() -> Self {
        let plugin_api = Version::parse(ce_plugin_api::VERSION).expect("cargo checks a crate's own version");
        Self { platform: Platform::current(), plugin_api }
    }
}

impl Trusted {
    /// The file.
    #[must_use]
    pub fn inspected(&self) -> &Inspected {
        &self.inspected
    }

    /// What the bundle announces.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        self.inspected.manifest().expect("a file without a good manifest is refused")
    }

    /// Where the file was.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        self.inspected.path()
    }

    /// The digest of the bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.inspected.digest()
    }

    /// The bundle's own libraries, in the order in which they must be mapped, before it.
    #[must_use]
    pub fn side_files(&self) -> &[SideFile] {
        &self.side_files
    }

    /// The system's libraries that the bundle and its own libraries need, each once, in the order in which they are needed
    /// when the libraries are mapped in theirs. Mapped before, none of them is searched for where a bundle says.
    #[must_use]
    pub fn needed_of_system(&self) -> Vec<String> {
        let of_sides = self.inspected.side_files().iter().flat_map(|side| side.needed_of_system());
        let mut names: Vec<String> = Vec::new();
        for name in of_sides.chain(&self.inspected.facts().needed_system) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// The bytes to map.
    pub(crate) fn image(&self) -> &Arc<Image> {
        &self.image
    }

    /// Why it may be mapped, and which of its identifiers may be routed to.
    #[must_use]
    pub fn standing(&self) -> &Standing {
        &self.standing
    }
}

/// Every identifier of a manifest and the bundle's name: what a built-in bundle reserves.
#[must_use]
pub fn names_of(manifest: &Manifest) -> BTreeSet<String> {
    let announced = Announced::from(manifest);
    announced.identifiers.into_iter().chain([announced.name]).collect()
}

#[cfg(test)]
mod tests;
