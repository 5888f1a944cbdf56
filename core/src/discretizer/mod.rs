//! Cut points of a numeric feature, by a small tree on that feature alone. It never bins anything, and never cuts a
//! categorical feature.
//!
//! The trees are those of scikit-learn, reproduced to the last bit where its own rounding does not decide: the float32
//! cast, the smallest gap and the choice among ties decide which cut comes out.

mod absolute_error;
mod entropy;
mod sum;
mod tree;

use crate::{Error, check, quantile};

/// The depth of the tree behind factual explanations: one cut.
pub const FACTUAL_DEPTH: usize = 1;

/// The depth of the tree behind alternative explanations: up to seven cuts.
pub const ALTERNATIVE_DEPTH: usize = 3;

/// What the cut points separate, one label per calibration row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Labels<'a> {
    /// Classes, for [`entropy_cuts`].
    Classes {
        /// `[n_cal]`, each below `n_classes`: the calibrated or the observed classes.
        labels: &'a [u32],
        /// How many classes there are.
        n_classes: usize,
    },
    /// `[n_cal]`, the calibrated medians or the observed targets, for [`absolute_error_cuts`].
    Values(&'a [f64]),
}

impl Labels<'_> {
    /// The cut points of the feature `x`, `[n_cal]`.
    ///
    /// # Errors
    /// Those of [`entropy_cuts`] and [`absolute_error_cuts`].
    pub fn cuts(&self, x: &[f64], max_depth: usize) -> Result<Vec<f64>, Error> {
        match *self {
            Self::Classes { labels, n_classes } => entropy_cuts(x, labels, n_classes, max_depth),
            Self::Values(values) => absolute_error_cuts(x, values, max_depth),
        }
    }

    /// Checks what can be checked without a feature.
    pub(crate) fn check(&self, n_rows: usize) -> Result<(), Error> {
        match *self {
            Self::Classes { labels, n_classes } => {
                check::length("labels", n_rows, labels.len())?;
                check::labels(labels, n_classes)
            }
            Self::Values(values) => check::length("labels", n_rows, values.len()),
        }
    }
}

/// The cut points of a feature: the thresholds of an entropy tree that predicts `labels` from it, strictly ascending.
///
/// * `x`: `[n_cal]`, the feature's column, within the range of float32
/// * `labels`: `[n_cal]`, each below `n_classes`: the calibrated predictions (the default) or the observed classes
/// * `max_depth`: [`FACTUAL_DEPTH`] or [`ALTERNATIVE_DEPTH`]; at most 2^max_depth - 1 cuts come out
///
/// Of exactly tied splits the lowest threshold wins. A tree without a split gives one cut, the median of `x`, so there
/// is always at least one. O(n log n) for the sort, then O(n · n_classes) per level.
///
/// # Errors
/// [`Error::Empty`] without rows, [`Error::Shape`] if the lengths differ, [`Error::NotFinite`] for the first value that
/// is NaN, infinite or beyond float32, [`Error::OutOfRange`] for a label that is not below `n_classes`.
pub fn entropy_cuts(x: &[f64], labels: &[u32], n_classes: usize, max_depth: usize) -> Result<Vec<f64>, Error> {
    check_column(x)?;
    check::length("labels", x.len(), labels.len())?;
    check::labels(labels, n_classes)?;
    let mut rows: Vec<(f32, u32)> = x.iter().map(|&value| value as f32).zip(labels.iter().copied()).collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (values, labels): (Vec<f32>, Vec<u32>) = rows.into_iter().unzip();
    let thresholds = tree::thresholds(&values, &entropy::Entropy { labels: &labels, n_classes }, max_depth);
    Ok(or_median(thresholds, x))
}

/// The cut points of a feature: the thresholds of a tree that predicts `labels` from it with the least absolute error
/// around the medians of its leaves, strictly ascending.
///
/// * `x`: `[n_cal]`, the feature's column, within the range of float32
/// * `labels`: `[n_cal]`, the calibrated medians (the default) or the observed targets; rows whose label is NaN or
///   infinite are left out
/// * `max_depth`: [`FACTUAL_DEPTH`] or [`ALTERNATIVE_DEPTH`]; at most 2^max_depth - 1 cuts come out
///
/// Of the splits whose error is within a part in 10^12 of the least, the lowest threshold wins, and a split that lowers
/// the error by no more than a part in 10^12 is none: scikit-learn leaves both to its rounding noise. A tree without a
/// split gives one cut, the median of all of `x`; so do labels so large that sums of them overflow. O(n log n) per level.
///
/// ```
/// use ce_core::discretizer::{FACTUAL_DEPTH, absolute_error_cuts};
///
/// let cuts = absolute_error_cuts(&[1.0, 2.0, 3.0, 4.0], &[10.0, 11.0, 30.0, 33.0], FACTUAL_DEPTH)?;
/// assert_eq!(cuts, [2.5]);
/// # Ok::<(), ce_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`] without rows, [`Error::Shape`] if the lengths differ, [`Error::NotFinite`] for the first value that
/// is NaN, infinite or beyond float32.
pub fn absolute_error_cuts(x: &[f64], labels: &[f64], max_depth: usize) -> Result<Vec<f64>, Error> {
    check_column(x)?;
    check::length("labels", x.len(), labels.len())?;
    let labelled = x.iter().zip(labels).filter(|(_, label)| label.is_finite());
    let mut rows: Vec<(f32, f64)> = labelled.map(|(&value, &label)| (value as f32, label)).collect();
    // By label too: the order in which rows come must not reach even the last bit of a sum.
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let (values, labels): (Vec<f32>, Vec<f64>) = rows.into_iter().unzip();
    let thresholds = tree::thresholds(&values, &absolute_error::AbsoluteError { labels: &labels }, max_depth);
    Ok(or_median(thresholds, x))
}

fn check_column(x: &[f64]) -> Result<(), Error> {
    check::not_empty("feature", x)?;
    match x.iter().position(|&value| !(value as f32).is_finite()) {
        None => Ok(()),
        Some(row_idx) => Err(Error::NotFinite { what: "feature, in float32,", row_idx, value: x[row_idx] }),
    }
}

/// The thresholds, or the median of `x` where there are none.
fn or_median(thresholds: Vec<f64>, x: &[f64]) -> Vec<f64> {
    if !thresholds.is_empty() {
        return thresholds;
    }
    let mut sorted = x.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    // Adding zero takes the sign from a negative zero, which would print.
    vec![quantile::median(&sorted) + 0.0]
}

#[cfg(test)]
mod tests;
