//! The snapshot of what was made from finished results later: a copy that tells of that. It never changes the first one.

use super::{Outcome, every_instance, hex, rules, uncertainty};
use crate::explain::report::Chosen;
use crate::explain::{Explanations, Predictions};
use crate::telemetry::Shared;
use crate::telemetry::snapshot::{Level, Snapshot};

impl Explanations {
    /// A report made from another: its snapshot is a copy that tells of this one.
    pub(in crate::explain) fn with_telemetry_of(mut self, other: &Self) -> Self {
        let retold = other.telemetry.as_ref().map(|known| Snapshot {
            refinements: self.refinements.iter().map(Into::into).collect(),
            ..retold(known.copy(), Outcome::Explained(&self))
        });
        self.telemetry = retold.map(Shared::new);
        self
    }
}

impl Predictions {
    /// Predictions made from others: their snapshot is a copy that tells of these.
    pub(in crate::explain) fn with_telemetry_of(mut self, other: &Self) -> Self {
        // Who made them stands in the snapshot already.
        let chosen = Chosen::default();
        let retold = other.telemetry.as_ref().map(|known| retold(known.copy(), Outcome::Predicted(&self, &chosen)));
        self.telemetry = retold.map(Shared::new);
        self
    }
}

/// The snapshot of a batch, telling of what was made from its outcome later.
fn retold(known: Snapshot, outcome: Outcome<'_>) -> Snapshot {
    let first = match outcome {
        Outcome::Explained(explanations) => explanations.get(0),
        Outcome::Predicted(..) => None,
    };
    Snapshot {
        uncertainty: uncertainty(outcome),
        rules: first.map_or_else(Vec::new, rules),
        output_sha256: Some(hex(outcome.digest())),
        instances: if known.level == Level::Full { every_instance(Some(outcome)) } else { Vec::new() },
        ..known
    }
}
