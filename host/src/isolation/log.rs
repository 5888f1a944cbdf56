//! What happened to a bundle while it was used: how often its worker was started again, and what it did that no bundle
//! should. Telemetry reads it. It never decides what is done about anything.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use super::fault::WorkerFault;

/// Entries of one kind that are kept: a bundle that fails all the time says nothing new.
const KEPT_MAX: usize = 32;

/// What happened to one bundle, from its loading on.
#[derive(Debug, Default)]
pub struct Log {
    n_starts: AtomicU32,
    /// 0 while there is none.
    worker: AtomicU32,
    ends: Mutex<Vec<WorkerFault>>,
    taints: Mutex<Vec<Taint>>,
}

/// Something that a bundle did in the host's own process, which could not be held there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taint {
    /// `overrun`: a call took longer than its deadline. `float_state`: a call left the thread computing in another way,
    /// which was put back.
    pub code: &'static str,
    /// The call.
    pub call: String,
    /// In words.
    pub detail: String,
}

impl Log {
    /// How often its worker was started again.
    #[must_use]
    pub fn restarts(&self) -> u32 {
        self.n_starts.load(Ordering::Relaxed).saturating_sub(1)
    }

    /// The number of the process of its worker, the newest one; none in the host's own process.
    #[must_use]
    pub fn worker(&self) -> Option<u32> {
        Some(self.worker.load(Ordering::Relaxed)).filter(|id| *id != 0)
    }

    /// How its workers ended, other than by the host's wish; the first ones.
    #[must_use]
    pub fn ends(&self) -> Vec<WorkerFault> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What it did in the host's own process; of each code and call the first.
    #[must_use]
    pub fn taints(&self) -> Vec<Taint> {
        self.taints.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    #[cfg(any(target_os = "linux", test))]
    pub(crate) fn started(&self, worker: u32) {
        self.n_starts.fetch_add(1, Ordering::Relaxed);
        self.worker.store(worker, Ordering::Relaxed);
    }

    #[cfg(any(target_os = "linux", test))]
    pub(crate) fn ended(&self, how: &WorkerFault) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        if ends.len() < KEPT_MAX {
            ends.push(how.clone());
        }
    }

    pub(crate) fn taint(&self, taint: Taint) {
        let mut taints = self.taints.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = |known: &Taint| (known.code, &known.call) == (taint.code, &taint.call);
        if taints.len() < KEPT_MAX && !taints.iter().any(is_known) {
            taints.push(taint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isolation::fault::WorkerReason;

    #[test]
    fn the_first_start_is_no_restart_and_each_taint_is_told_once() {
        let log = Log::default();
        assert_eq!((log.restarts(), log.worker()), (0, None));
        log.started(7);
        assert_eq!((log.restarts(), log.worker()), (0, Some(7)));
        log.started(8);
        assert_eq!((log.restarts(), log.worker()), (1, Some(8)));
        for detail in ["2 s", "3 s"] {
            log.taint(Taint { code: "overrun", call: "step".to_owned(), detail: detail.to_owned() });
        }
        assert_eq!(log.taints().len(), 1);
        (0..2 * KEPT_MAX).for_each(|_| log.ended(&WorkerFault::new(WorkerReason::Crashed, "")));
        assert_eq!(log.ends().len(), KEPT_MAX);
    }
}
