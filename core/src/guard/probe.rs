//! Tests the rows that differ from one instance in a single feature. It never tests differently by what it tested before.

use super::axis::Axis;
use super::neighbours::Guard;
use crate::{Error, check};

/// Room for testing many instances, made by [`Guard::probe`]: `n_features * n_rows` numbers.
#[derive(Debug)]
pub struct Probe<'a> {
    guard: &'a Guard,
    /// For each feature the squared distances of all rows in the other features, `[n_features, n_rows]`.
    others: Vec<f64>,
    /// `[n_rows]`
    sums: Vec<f64>,
    nearest: Vec<f64>,
}

/// One instance, ready to be tested with another value in one of its features.
///
/// How far every calibration row lies in all features but one is summed up once, for each feature; a test adds the one
/// that is left. Distances are only added, none is taken away, so that nothing cancels, and the p-value of a row depends
/// on the instance, the feature and the value alone. The sum may differ from that of [`Guard::p_value`] in its last bits,
/// which the guard's tolerance makes up for.
#[derive(Debug)]
pub struct Probed<'p> {
    guard: &'p Guard,
    others: &'p [f64],
    sums: &'p mut [f64],
    nearest: &'p mut [f64],
}

impl<'a> Probe<'a> {
    pub(super) fn new(guard: &'a Guard) -> Self {
        // A guard that accepts everything needs no room.
        let n_rows = if guard.is_saturated() { 0 } else { guard.n_rows() };
        Self {
            guard,
            others: vec![0.0; guard.n_features() * n_rows],
            sums: vec![0.0; n_rows],
            nearest: vec![0.0; guard.n_nearest()],
        }
    }

    /// Turns to an instance, `[n_features]`.
    ///
    /// # Errors
    /// [`Error::Shape`] if `x` is not `[n_features]`.
    pub fn at(&mut self, x: &[f64]) -> Result<Probed<'_>, Error> {
        check::length("instance", self.guard.n_features(), x.len())?;
        let Self { guard, others, sums, nearest } = self;
        if !sums.is_empty() {
            sum_others(guard.axes(), x, others, sums);
        }
        Ok(Probed { guard, others, sums, nearest })
    }
}

impl Probed<'_> {
    /// The p-value of the instance with `value` in column `feature`; see [`Guard::p_value`].
    ///
    /// # Errors
    /// [`Error::OutOfRange`] if there is no such feature.
    pub fn p_value(&mut self, feature: usize, value: f64) -> Result<f64, Error> {
        check::below("guarded feature", self.guard.n_features(), &[feature])?;
        let n_rows = self.sums.len();
        self.sums.copy_from_slice(&self.others[feature * n_rows..][..n_rows]);
        self.guard.axes()[feature].add(value, self.sums);
        Ok(self.guard.p_value_among(self.sums, self.nearest))
    }
}

/// Writes into `others`, `[n_features, n_rows]`, what the features before and after each one add up to.
fn sum_others(axes: &[Axis], x: &[f64], others: &mut [f64], sums: &mut [f64]) {
    sums.fill(0.0);
    for ((axis, &value), others) in axes.iter().zip(x).zip(others.chunks_exact_mut(sums.len())) {
        others.copy_from_slice(sums);
        axis.add(value, sums);
    }
    sums.fill(0.0);
    for ((axis, &value), others) in axes.iter().zip(x).zip(others.chunks_exact_mut(sums.len())).rev() {
        others.iter_mut().zip(&*sums).for_each(|(others, after)| *others += after);
        axis.add(value, sums);
    }
}
