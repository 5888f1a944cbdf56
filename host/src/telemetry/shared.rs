//! One snapshot in several hands: the report's, and the explainer's as its latest. What is handed out is a copy.

use std::sync::{Arc, Mutex, PoisonError};

use super::Snapshot;

/// A snapshot that may still change, as when something is drawn after the batch.
#[derive(Clone, Debug)]
pub(crate) struct Shared(Arc<Mutex<Snapshot>>);

impl Shared {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        Self(Arc::new(Mutex::new(snapshot)))
    }

    /// The snapshot as it is now.
    pub(crate) fn copy(&self) -> Snapshot {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the snapshot for all who hold it.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Snapshot)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
