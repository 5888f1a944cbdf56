//! A trusted bundle goes where it is to run: into a worker, or into this process, where it is watched. It decides neither
//! whether a bundle is trusted nor where it runs: judge and settings did.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use super::{LoadCause, LoadError, Loaded, into_this_process};
use crate::bundle::digest::Digest;
use crate::bundle::registration::Registration;
use crate::bundle::registry::Plugin;
use crate::bundle::source::{Sandbox, Source};
use crate::bundle::trust::Trusted;
use crate::config::{IsolationSettings, Placement};
use crate::isolation::deadlines::Deadlines;
use crate::isolation::log::Log;
use crate::isolation::watched::{self, Watch};
use crate::quarantine::{Entries, Entry, Mark, Quarantine, QuarantineError};

/// What bundles are placed by: the user's word, and what is known of their past.
#[derive(Debug)]
pub(crate) struct Placing<'a> {
    isolation: &'a IsolationSettings,
    quarantine: Quarantine,
    /// Read once, when the first bundle is placed: a host without bundles asks nobody.
    past: OnceLock<Past>,
    /// The names and files of the bundles that were found.
    known: BTreeMap<Digest, (String, PathBuf)>,
}

/// What the quarantine held when loading began, and which bundles were found to have taken a host down.
#[derive(Debug)]
struct Past {
    held: Result<Entries, QuarantineError>,
    suspects: Vec<Entry>,
}

/// Plugins with what there is to say about where they are.
struct Placed {
    plugins: Vec<(String, Plugin)>,
    sandbox: Option<Sandbox>,
}

impl<'a> Placing<'a> {
    pub(crate) fn new(
        isolation: &'a IsolationSettings,
        quarantine: Quarantine,
        known: BTreeMap<Digest, (String, PathBuf)>,
    ) -> Self {
        Self { isolation, quarantine, past: OnceLock::new(), known }
    }

    /// Bundles within whose calls a host of this user died since the last start.
    pub(crate) fn into_suspects(self) -> Vec<Entry> {
        self.past.into_inner().map(|past| past.suspects).unwrap_or_default()
    }

    /// Maps and registers a trusted bundle where it is to run.
    ///
    /// # Errors
    /// [`LoadError`] at the first step that fails.
    pub(crate) fn load(&self, trusted: Trusted) -> Result<Loaded, LoadError> {
        let fail = |cause| LoadError::of(&trusted, cause);
        let manifest = trusted.manifest().clone();
        let decision = self.isolation.placement_by(&manifest).map_err(|error| fail(LoadCause::Placement(error)))?;
        self.check_past(&trusted.digest()).map_err(fail)?;
        let log = Arc::new(Log::default());
        let placed = match decision.placement {
            Placement::InProcess => self.in_process(&trusted, &log),
            Placement::Process => self.in_worker(&trusted, &log),
        };
        let placed = placed.map_err(fail)?;
        let plugins = Registration::of(placed.plugins).against(&manifest);
        let plugins = plugins.map_err(|differences| fail(LoadCause::Differs(differences)))?;
        let permissions = self.isolation.permissions_of(&manifest.bundle.name, &manifest.permissions);
        Ok(Loaded {
            source: Arc::new(Source::library(&trusted).placed(decision, &permissions, placed.sandbox)),
            manifest,
            plugins,
            standing: Some(trusted.standing().clone()),
            log: Some(log),
        })
    }

    /// What is held back is not loaded; what nobody can read holds everything back.
    fn check_past(&self, digest: &Digest) -> Result<(), LoadCause> {
        let past = self.past.get_or_init(|| {
            let counted = self.quarantine.count_deaths(|digest| self.known.get(digest).cloned());
            let (suspects, uncounted) = match counted {
                Ok(suspects) => (suspects, None),
                Err(error) => (Vec::new(), Some(error)),
            };
            Past { held: uncounted.map_or_else(|| self.quarantine.read(), Err), suspects }
        });
        let held = past.held.as_ref().map_err(|error| LoadCause::Quarantine(error.clone()))?;
        match held.held(digest) {
            Some(entry) => Err(LoadCause::Held { why: entry.why(), remedy: entry.remedy() }),
            None => Ok(()),
        }
    }

    fn in_process(&self, trusted: &Trusted, log: &Arc<Log>) -> Result<Placed, LoadCause> {
        let journal = self.quarantine.journal().map_err(LoadCause::Quarantine)?;
        let mark = Mark::from(trusted.digest());
        let registered = into_this_process(trusted, |call| journal.enter(mark, call))?;
        let watch = Watch { journal, mark, deadlines: Deadlines::from(self.isolation), log: Arc::clone(log) };
        Ok(Placed { plugins: watched::plugins(registered, &Arc::new(watch)), sandbox: None })
    }

    #[cfg(target_os = "linux")]
    fn in_worker(&self, trusted: &Trusted, log: &Arc<Log>) -> Result<Placed, LoadCause> {
        use crate::isolation::held::HeldBundle;
        use crate::isolation::incidents::Incidents;
        use crate::isolation::settings::Deadline;
        use crate::isolation::start::Plan;
        use crate::isolation::{program, proxy};
        use ce_plugin_api::manifest::Permission;

        let settings = self.isolation;
        let manifest = trusted.manifest();
        let permissions = settings.permissions_of(&manifest.bundle.name, &manifest.permissions);
        let plan = Plan {
            program: program::find(settings).map_err(LoadCause::Worker)?.path,
            least: settings.min_sandbox.value,
            memory_bytes: settings.memory_mib.value << 20,
            cpu_seconds: settings.cpu_seconds.as_ref().map(|seconds| seconds.value),
            may_read_files: permissions.allows(Permission::ReadFiles),
            may_use_network: permissions.allows(Permission::Network),
            needed: trusted.needed_of_system(),
            side_files: trusted.side_files().iter().map(|file| file.name.clone()).collect(),
            registration: settings.deadline(Deadline::Registration).value,
        };
        let side_files = trusted.side_files().iter().map(|file| Arc::clone(&file.image));
        let files = side_files.chain([Arc::clone(trusted.image())]).collect();
        let (name, path) = (manifest.bundle.name.clone(), trusted.path().to_owned());
        let incidents = Incidents::new(self.quarantine.clone(), trusted.digest(), name, path);
        let started = HeldBundle::start(plan, Deadlines::from(settings), files, incidents, Arc::clone(log));
        let held = started.map_err(LoadCause::Worker)?;
        let sandbox = Sandbox { level: held.level(), missing: held.missing().to_vec() };
        Ok(Placed { plugins: proxy::plugins(&held), sandbox: Some(sandbox) })
    }

    /// Where there are no workers, nothing is placed in one.
    #[cfg(not(target_os = "linux"))]
    fn in_worker(&self, trusted: &Trusted, log: &Arc<Log>) -> Result<Placed, LoadCause> {
        self.in_process(trusted, log)
    }
}
