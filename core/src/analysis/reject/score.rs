//! How strange an outcome is, given its calibrated probability. It never compares two outcomes.

use crate::{Error, Interval, check};

/// The share of the hinge in [`Score::Ensured`] by default.
pub const ENSURED_WEIGHT: f64 = 0.5;

/// A nonconformity score: the greater, the stranger the outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Score {
    /// One less the probability of the outcome.
    #[default]
    Hinge,
    /// `(1 - weight) * width + weight * hinge`, where the width is that of the probability's interval: a prediction that
    /// is uncertain of itself is stranger, whatever its outcome.
    Ensured {
        /// The share of the hinge, in `[0, 1]`; [`ENSURED_WEIGHT`] by default. 1 is [`Score::Hinge`].
        weight: f64,
    },
}

impl Score {
    /// Checks the weight.
    ///
    /// # Errors
    /// [`Error::Invalid`] for one outside `[0, 1]`.
    pub fn check(self) -> Result<(), Error> {
        match self {
            Self::Hinge => Ok(()),
            Self::Ensured { weight } => {
                check::rule("weight of the ensured score", (0.0..=1.0).contains(&weight), || {
                    format!("is {weight}, expected a number in [0, 1]")
                })
            }
        }
    }

    /// The scores of both outcomes: that the event did not happen, and that it did.
    pub(super) fn of(self, event: Interval) -> [f64; 2] {
        // The probability of the other outcome is rounded before it is taken from 1, as in the Python package: another
        // order of the two would break ties in another way.
        let hinge = [1.0 - (1.0 - event.predict), 1.0 - event.predict];
        match self {
            Self::Hinge => hinge,
            Self::Ensured { weight } => hinge.map(|hinge| (1.0 - weight) * (event.high - event.low) + weight * hinge),
        }
    }
}
