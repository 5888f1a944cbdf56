//! A learner that tells how long, how often and about how many rows it was asked. It changes no score.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ce_host::plugin_api::PluginError;
use ce_host::plugin_api::data::{Matrix, Rows};
use ce_host::plugin_api::kind::{Learner, LearnerHandle};
use ce_host::plugin_api::schema::LearnerInfo;

use crate::clock::thread_cpu;

/// What a model has cost since the process began.
#[derive(Debug, Default)]
pub(crate) struct Cost {
    cpu_ns: AtomicU64,
    calls: AtomicU64,
    rows: AtomicU64,
}

/// The cost at a moment, or between two.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    pub(crate) cpu_s: f64,
    pub(crate) calls: u64,
    pub(crate) rows: u64,
}

impl Cost {
    pub(crate) fn so_far(&self) -> Spent {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Spent { cpu_s: read(&self.cpu_ns) as f64 / 1e9, calls: read(&self.calls), rows: read(&self.rows) }
    }

    fn count(&self, rows: usize, cpu: Duration) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
        self.cpu_ns.fetch_add(cpu.as_nanos() as u64, Ordering::Relaxed);
    }
}

impl Spent {
    pub(crate) fn since(self, before: Self) -> Self {
        Self { cpu_s: self.cpu_s - before.cpu_s, calls: self.calls - before.calls, rows: self.rows - before.rows }
    }
}

/// The learner itself behind a watch. Edited rows are handed on as edits.
pub(crate) struct Timed {
    pub(crate) learner: LearnerHandle,
    pub(crate) info: LearnerInfo,
    pub(crate) cost: Arc<Cost>,
}

impl Learner for Timed {
    fn info(&self) -> LearnerInfo {
        self.info.clone()
    }

    fn predict(&self, x: Matrix<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        self.predict_edited(Rows::dense(x), scores)
    }

    fn predict_edited(&self, rows: Rows<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        let start = thread_cpu();
        let outcome = self.learner.predict(rows, scores);
        self.cost.count(rows.n_rows(), thread_cpu().saturating_sub(start));
        outcome
    }
}
