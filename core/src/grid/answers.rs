//! What the calibrator said about the planned rows. It never asks.

use std::ops::Range;

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

impl<'a> Answers<'a> {
    /// Checks the lengths, that predictions are finite, and that a bound that is not is open on its own side.
    pub(crate) fn check(&self, expected: usize) -> Result<(), Error> {
        check::length("answered predictions", expected, self.predict.len())?;
        check::length("answered lower bounds", expected, self.low.len())?;
        check::length("answered upper bounds", expected, self.high.len())?;
        check::finite("answered predictions", self.predict)?;
        self.low.iter().zip(self.high).try_for_each(|(&low, &high)| check_bounds("answered bounds", low, high))
    }

    /// The answers `range`, which is within them.
    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        Self { predict: &self.predict[range.clone()], low: &self.low[range.clone()], high: &self.high[range] }
    }

    /// Every answer by itself, in order.
    pub(crate) fn iter(self) -> impl Iterator<Item = Interval> + 'a {
        let bounds = self.low.iter().zip(self.high);
        self.predict.iter().zip(bounds).map(|(&predict, (&low, &high))| Interval { predict, low, high })
    }

    /// Their mean; `None` if there are none.
    pub(crate) fn mean(self) -> Option<Interval> {
        Interval::mean(self.iter())
    }
}

/// Bounds that are no numbers are open, each on its own side: sums of them never meet infinities of both signs.
pub(super) fn check_bounds(what: &'static str, low: f64, high: f64) -> Result<(), Error> {
    let sound = low < f64::INFINITY && high > f64::NEG_INFINITY;
    check::rule(what, sound, || format!("reach from {low} to {high}, expected numbers, or -inf to inf"))
}
