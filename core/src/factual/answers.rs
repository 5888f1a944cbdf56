//! What the calibrator said about the planned rows. It never asks.

use crate::{Error, Interval, check};

/// Calibrated answers about the rows that were planned, in the same order; three slices of one length.
#[derive(Clone, Copy, Debug)]
pub struct Answers<'a> {
    /// Point estimates, finite.
    pub predict: &'a [f64],
    /// Lower bounds, -∞ where there is none.
    pub low: &'a [f64],
    /// Upper bounds, +∞ where there is none.
    pub high: &'a [f64],
}

impl Answers<'_> {
    /// Checks the lengths, and that nothing is NaN.
    pub(super) fn check(&self, expected: usize) -> Result<(), Error> {
        check::length("answered predictions", expected, self.predict.len())?;
        check::length("answered lower bounds", expected, self.low.len())?;
        check::length("answered upper bounds", expected, self.high.len())?;
        check::finite("answered predictions", self.predict)?;
        let nan = self.low.iter().chain(self.high).any(|bound| bound.is_nan());
        check::rule("answered bounds", !nan, || "hold NaN".into())
    }

    /// The mean of the answers `start..end`; `None` if there are none.
    pub(super) fn mean(&self, start: usize, end: usize) -> Option<Interval> {
        Interval::mean((start..end).map(|idx| Interval {
            predict: self.predict[idx],
            low: self.low[idx],
            high: self.high[idx],
        }))
    }
}
