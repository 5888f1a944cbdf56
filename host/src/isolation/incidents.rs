//! What a worker's end means for its bundle: it is written down, and a bundle that keeps killing its workers is not started
//! again for a while.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::fault::{WorkerFault, WorkerReason};
use crate::bundle::Digest;
use crate::quarantine::{Entry, Incident, Quarantine, State};

/// Ends of workers that a running host puts up with before it waits as long as the quarantine says.
const PATIENCE: u32 = 2;

/// Kills by somebody else that a running host puts up with, and how long it waits after the last one.
const KILLS_MAX: u32 = 8;
const REST: Duration = Duration::from_secs(60);

/// The incidents of one bundle.
#[derive(Debug)]
pub(crate) struct Incidents {
    quarantine: Quarantine,
    digest: Digest,
    bundle: String,
    path: PathBuf,
    last: Mutex<Option<Entry>>,
    /// How often somebody else killed its worker, and when last.
    killed: Mutex<(u32, Option<Instant>)>,
}

impl Incidents {
    pub(crate) fn new(quarantine: Quarantine, digest: Digest, bundle: String, path: PathBuf) -> Self {
        Self { quarantine, digest, bundle, path, last: Mutex::default(), killed: Mutex::default() }
    }

    /// Records how a worker ended, if that was the bundle's doing. What cannot be written is kept in memory, so that this
    /// host at least remembers.
    pub(crate) fn record(&self, how: &WorkerFault) {
        if how.reason == WorkerReason::KilledBySystem {
            let mut killed = self.killed.lock().unwrap_or_else(PoisonError::into_inner);
            let is_again = killed.1.is_some_and(|last| last.elapsed() < REST);
            *killed = (if is_again { killed.0 + 1 } else { 1 }, Some(Instant::now()));
        }
        if !how.is_the_bundles() {
            return;
        }
        let detail = how.to_string();
        let incident = Incident {
            digest: self.digest,
            bundle: &self.bundle,
            path: &self.path,
            reason: how.code(),
            detail: &detail,
        };
        let entry = self.quarantine.record(&incident).ok().or_else(|| {
            // The file could not take it; this process remembers it.
            self.quarantine.remembered(&self.digest)
        });
        if let Some(entry) = entry {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(entry);
        }
    }

    /// Why the bundle gets no further worker now, if so.
    pub(crate) fn forbids_restart(&self) -> Option<String> {
        let (n_killed, last) = *self.killed.lock().unwrap_or_else(PoisonError::into_inner);
        if n_killed > KILLS_MAX && last.is_some_and(|last| last.elapsed() < REST) {
            return Some(format!(
                "its worker was killed {n_killed} times, and not by the host: look for whoever does so, or for want of memory \
                 in the system's log"
            ));
        }
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = last.as_ref()?;
        (entry.count > PATIENCE && entry.state(SystemTime::now()) == State::Held)
            .then(|| format!("{}; remedy: {}", entry.why(), entry.remedy()))
    }
}
