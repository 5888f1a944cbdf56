//! Where snapshots go. A sink is told once per batch, on the thread that explained it, and cannot change the run.

use super::Snapshot;

/// Takes snapshots. A sink that panics ends the call that it is told about: it is the embedding program's own code.
pub trait Sink: Send + Sync {
    /// Takes the snapshot of one batch. It is the sink's own: nothing else sees what is done to it.
    fn record(&self, snapshot: Snapshot);
}

impl<F: Fn(Snapshot) + Send + Sync> Sink for F {
    fn record(&self, snapshot: Snapshot) {
        self(snapshot);
    }
}
