//! What a worker's end means for its bundle: it is written down, and a bundle that keeps killing its workers is not started
//! again for a while.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::fault::WorkerFault;
use crate::bundle::Digest;
use crate::quarantine::{Entry, Incident, Quarantine, State};

/// Ends of workers that a running host puts up with before it waits as long as the quarantine says.
const PATIENCE: u32 = 2;

/// The incidents of one bundle.
#[derive(Debug)]
pub(crate) struct Incidents {
    quarantine: Quarantine,
    digest: Digest,
    bundle: String,
    path: PathBuf,
    last: Mutex<Option<Entry>>,
}

impl Incidents {
    pub(crate) fn new(quarantine: Quarantine, digest: Digest, bundle: String, path: PathBuf) -> Self {
        Self { quarantine, digest, bundle, path, last: Mutex::default() }
    }

    /// Records how a worker ended, if that was the bundle's doing. What cannot be written is kept in memory, so that this
    /// host at least remembers.
    pub(crate) fn record(&self, how: &WorkerFault) {
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
            self.quarantine.read().ok()?.held(&self.digest).cloned()
        });
        if let Some(entry) = entry {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(entry);
        }
    }

    /// Why the bundle gets no further worker now, if so.
    pub(crate) fn forbids_restart(&self) -> Option<String> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = last.as_ref()?;
        (entry.count > PATIENCE && entry.state(SystemTime::now()) == State::Held)
            .then(|| format!("{}; remedy: {}", entry.why(), entry.remedy()))
    }
}
