//! Where the bundles of third parties run, within which limits and with which permissions, as people said it. It never looks
//! at a file, asks the system or starts a worker.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use ce_plugin_api::manifest::{Manifest, Permission};

use super::level::Level;
use super::placement::{Because, Decision, Mixed, Placement, PlacementError};
use crate::bundle::trust::{Idle, names_of};
use crate::config::{Origin, Sourced, nearest};

/// Whether bundles can run in workers on this system.
pub const WORKERS_EXIST: bool = cfg!(all(target_os = "linux", not(feature = "private-copy")));

/// What stands under `[isolation]` beside the names of bundles and identifiers. No bundle can be called so.
pub const RESERVED: [&str; 7] =
    ["default", "worker", "min_sandbox", "memory_mib", "cpu_seconds", "deadlines", "permissions"];

/// The key, and the name of a call, that stands for every bundle that is not named.
pub(crate) const DEFAULT: &str = "default";

/// The memory of a worker where nobody said anything, in MiB.
const MEMORY_MIB: u64 = 4096;

/// A kind of call that must end in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deadline {
    /// Looking at a library without running it.
    Scan,
    /// Mapping it and its `register`.
    Registration,
    /// `fit`, `prepare`, `restore` and `save`, and opening a model.
    Fit,
    /// `answer` and `predict`.
    Answer,
    /// `step`, and building or drawing a plot.
    Step,
}

impl Deadline {
    /// Every kind of call.
    pub const ALL: [Self; 5] = [Self::Scan, Self::Registration, Self::Fit, Self::Answer, Self::Step];

    /// The key under `[isolation.deadlines]`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Registration => "registration",
            Self::Fit => "fit",
            Self::Answer => "answer",
            Self::Step => "step",
        }
    }

    /// The kind of call of that key, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deadline| deadline.as_str() == name)
    }

    /// How long such a call may take where nobody said anything.
    #[must_use]
    pub fn usual(self) -> Duration {
        Duration::from_secs(match self {
            Self::Scan | Self::Registration => 10,
            Self::Fit => 600,
            Self::Answer | Self::Step => 60,
        })
    }
}

/// Everything that was said about where bundles run, each value with its origin.
///
/// The order of precedence is call, the user's `ce.toml`, default. Neither the environment nor a project's `ce.toml` says
/// anything here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsolationSettings {
    /// Where a bundle runs that nobody named.
    pub default: Sourced<Placement>,
    /// The program that workers are made of, where somebody named one.
    pub worker: Option<Sourced<PathBuf>>,
    /// The least level of the sandbox at which a bundle is let into a worker.
    pub min_sandbox: Sourced<Level>,
    /// The memory that a worker may have, in MiB.
    pub memory_mib: Sourced<u64>,
    /// The seconds of processor time that a worker may use; none for as many as it takes.
    pub cpu_seconds: Option<Sourced<u64>>,
    /// What was granted to bundles, by their names.
    pub permissions: BTreeMap<String, Sourced<Vec<Permission>>>,
    deadlines: [Sourced<Duration>; Deadline::ALL.len()],
    /// By the name of a bundle or identifier, the stronger source first: the call, then the user's file.
    named: [BTreeMap<String, Sourced<Placement>>; 2],
}

impl Default for IsolationSettings {
    fn default() -> Self {
        Self {
            default: by_default(Placement::Process),
            worker: None,
            min_sandbox: by_default(Level::Full),
            memory_mib: by_default(MEMORY_MIB),
            cpu_seconds: None,
            permissions: BTreeMap::new(),
            deadlines: Deadline::ALL.map(|deadline| by_default(deadline.usual())),
            named: Default::default(),
        }
    }
}

fn by_default<T>(value: T) -> Sourced<T> {
    Sourced::new(value, Origin::Default)
}

impl IsolationSettings {
    /// Where a bundle runs, by its name and the identifiers of its plugins and plot styles.
    ///
    /// What the call says of the bundle counts before what the user's `ce.toml` says of it, and either before a default.
    /// Within one of them the bundle's own name counts before identifiers. One identifier takes the whole bundle with it:
    /// its code is in the process anyway. A name without a dot is a bundle's, never a plot style's: else a bundle could name
    /// a style like another bundle, and take what that one was granted.
    ///
    /// Where there are no workers, every bundle is in the host's process.
    ///
    /// # Errors
    /// [`PlacementError::Mixed`] if identifiers of the bundle are told to run in different places, and
    /// [`PlacementError::Reserved`] for a bundle that is called like a word of `[isolation]`.
    pub fn placement_of<'a>(
        &self,
        bundle: &str,
        identifiers: impl IntoIterator<Item = &'a str>,
    ) -> Result<Decision, PlacementError> {
        if RESERVED.contains(&bundle) {
            return Err(PlacementError::Reserved { bundle: bundle.to_owned() });
        }
        if !WORKERS_EXIST {
            return Ok(Decision::without_workers());
        }
        self.decide(bundle, identifiers)
    }

    /// The same by what a manifest announces.
    ///
    /// # Errors
    /// Those of [`IsolationSettings::placement_of`].
    pub fn placement_by(&self, manifest: &Manifest) -> Result<Decision, PlacementError> {
        let names = names_of(manifest);
        self.placement_of(&manifest.bundle.name, names.iter().map(String::as_str))
    }

    /// The decision of a system that has workers.
    fn decide<'a>(
        &self,
        bundle: &str,
        identifiers: impl IntoIterator<Item = &'a str>,
    ) -> Result<Decision, PlacementError> {
        let identifiers: BTreeSet<&str> = identifiers.into_iter().filter(|name| is_identifier(name)).collect();
        for named in &self.named {
            if let Some(said) = named.get(bundle) {
                return Ok(Decision::said(said, Because::Bundle));
            }
            let said = identifiers.iter().filter_map(|name| Some((*name, named.get(*name)?)));
            let (in_process, held): (Vec<_>, Vec<_>) = said.partition(|(_, said)| said.value == Placement::InProcess);
            match (in_process.first(), held.first()) {
                (Some(&(in_process, free)), Some(&(held, kept))) => {
                    return Err(PlacementError::Mixed(Box::new(Mixed {
                        bundle: bundle.to_owned(),
                        in_process: Sourced::new(in_process.to_owned(), free.origin.clone()),
                        process: Sourced::new(held.to_owned(), kept.origin.clone()),
                    })));
                }
                (Some((name, said)), None) | (None, Some((name, said))) => {
                    return Ok(Decision::said(said, Because::Identifier((*name).to_owned())));
                }
                (None, None) => {}
            }
        }
        Ok(Decision::said(&self.default, Because::Default))
    }

    /// What a bundle may do beyond computing: what its manifest asks for, and what was granted to its name.
    #[must_use]
    pub fn permissions_of(&self, bundle: &str, asked: &[Permission]) -> Permissions {
        Permissions { asked: asked.to_vec(), granted: self.permissions.get(bundle).cloned() }
    }

    /// How long a call may take.
    #[must_use]
    pub fn deadline(&self, of: Deadline) -> &Sourced<Duration> {
        &self.deadlines[of as usize]
    }

    /// Every bundle and identifier that was named, with what counts: the call's word before the file's.
    #[must_use]
    pub fn named(&self) -> BTreeMap<&str, &Sourced<Placement>> {
        let weaker_first = self.named.iter().rev().flatten();
        weaker_first.map(|(name, said)| (name.as_str(), said)).collect()
    }

    /// What names nothing of `known`, the names of bundles and identifiers that there are: most likely a slip of the pen.
    #[must_use]
    pub fn idle(&self, known: &BTreeSet<&str>) -> Vec<Idle> {
        let placed = self.named().into_iter().map(|(name, said)| ("isolation", name, &said.origin));
        let granted =
            self.permissions.iter().map(|(name, said)| ("isolation.permissions", name.as_str(), &said.origin));
        let idle = placed.chain(granted).filter(|(_, name, _)| !known.contains(name));
        idle.map(|(section, name, origin)| {
            let words = if section == "isolation" { &RESERVED[..] } else { &[] };
            let meant = nearest(name, known.iter().chain(words).copied());
            let entry = format!("{section}.\"{name}\"");
            Idle { entry, origin: origin.clone(), nearest: meant.map(str::to_owned) }
        })
        .collect()
    }

    /// Sets a deadline.
    pub(crate) fn set_deadline(&mut self, of: Deadline, limit: Sourced<Duration>) {
        self.deadlines[of as usize] = limit;
    }

    /// Names bundles and identifiers, on the word of the call and of the user's file.
    pub(crate) fn set_named(
        &mut self,
        called: BTreeMap<String, Sourced<Placement>>,
        configured: BTreeMap<String, Sourced<Placement>>,
    ) {
        self.named = [called, configured];
    }
}

/// Whether a name of `[isolation]` is an identifier; else it is the name of a bundle, which has no dot.
pub(crate) fn is_identifier(name: &str) -> bool {
    name.contains('.')
}

/// What a bundle may do beyond computing. In the host's process it may do all that the host may, whatever stands here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// What its manifest asks for.
    pub asked: Vec<Permission>,
    /// What was granted to its name; none where nobody spoke of it.
    pub granted: Option<Sourced<Vec<Permission>>>,
}

impl Permissions {
    /// Whether a worker gives it: it takes both, the asking and the grant.
    #[must_use]
    pub fn allows(&self, permission: Permission) -> bool {
        self.asked.contains(&permission) && self.grants().contains(&permission)
    }

    /// What a worker gives, in the order of [`Permission::ALL`].
    #[must_use]
    pub fn effective(&self) -> Vec<Permission> {
        Permission::ALL.iter().copied().filter(|permission| self.allows(*permission)).collect()
    }

    /// What was granted, asked for or not.
    #[must_use]
    pub fn grants(&self) -> &[Permission] {
        self.granted.as_ref().map_or(&[], |granted| &granted.value)
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
