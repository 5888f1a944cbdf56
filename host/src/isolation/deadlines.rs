//! How long each call of a plugin may take. It never measures one.

use std::time::Duration;

use super::settings::{Deadline, IsolationSettings};
use crate::explain::fault::Call;

/// The deadlines of calls to plugins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadlines {
    fit: Duration,
    answer: Duration,
    step: Duration,
}

impl Deadlines {
    /// How long a call may take.
    pub(crate) fn of(&self, call: Call) -> Duration {
        match call {
            Call::Fit | Call::Prepare | Call::Restore | Call::Save | Call::Open => self.fit,
            Call::Answer | Call::Predict | Call::Info => self.answer,
            Call::Step | Call::Build | Call::Render => self.step,
        }
    }
}

impl From<&IsolationSettings> for Deadlines {
    fn from(settings: &IsolationSettings) -> Self {
        let limit = |deadline| settings.deadline(deadline).value;
        Self { fit: limit(Deadline::Fit), answer: limit(Deadline::Answer), step: limit(Deadline::Step) }
    }
}
