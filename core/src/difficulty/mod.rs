//! How difficult a row is, and what a calibrator makes of it. It never looks at what is asked about the row.
//!
//! A regression divides residuals by the difficulty σ, so that intervals are wide where the model is often wrong. A
//! classification pulls the probabilities of a row towards 0.5 by its difficulty δ before they are calibrated.

mod neighbours;
mod source;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::neighbours::{Estimator, Parameters, Scratch};
pub use self::source::{OfBatch, Source};
use crate::{Error, check};

/// What nearest neighbours tell about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// How far away they are: the sum of their distances.
    Distance,
    /// How much their targets differ: the standard deviation of the values. Of classes, the root of half the chance that
    /// two of them, drawn with replacement, differ in class; for two classes that is the standard deviation of 0 and 1.
    StandardDeviation,
    /// How wrong the model was there: the mean of the absolute residuals; for classes a residual is 1 less the score of the
    /// row's class.
    AbsoluteResiduals,
}

/// The exponent of the easiest rows is one more than this.
const SHARPENING: f64 = 5.0;

/// A probability p of one against the rest, moved by the row's difficulty δ; it grows with p.
///
/// With k = 1 + 5 · (1 - δ), p and 1 - p become p^k and (1 - p)^k where 1 - p < 0.5, and 1 - (1 - p)^k and 1 - p^k
/// elsewhere. Each is mixed with 0.5 in the proportion 1 - δ to δ, and p's is divided by the sum of both. So δ = 1 makes
/// everything 0.5. As in the package that this project follows the two sides are not mirror images: easy rows are moved
/// towards 1 above 0.5, and towards 0.5 below.
///
/// * `probability`: in `[0, 1]`, or NaN, which stays NaN
/// * `difficulty`: in `[0, 1]`
///
/// # More than two classes
///
/// Each class is treated as class 1 of two, itself against the rest. The package decides by the probability of class 0 for
/// all of them.
#[must_use]
pub fn scaled(probability: f64, difficulty: f64) -> f64 {
    let ease = 1.0 - difficulty;
    let exponent = 1.0 + SHARPENING * ease;
    let other = 1.0 - probability;
    let drawn = |p: f64| if other < 0.5 { p.powf(exponent) } else { 1.0 - (1.0 - p).powf(exponent) };
    let mixed = |p: f64| ease * drawn(p) + difficulty * 0.5;
    let (one, other) = (mixed(probability), mixed(other));
    one / (other + one)
}

/// Refuses the first difficulty by which residuals cannot be divided.
pub(crate) fn check_of_values(difficulties: &[f64]) -> Result<(), Error> {
    check_each(
        difficulties,
        is_of_value,
        "a finite number above 0, as a larger difficulty_beta or more neighbours give",
    )
}

/// Refuses the first difficulty by which probabilities cannot be scaled.
pub(crate) fn check_of_classes(difficulties: &[f64]) -> Result<(), Error> {
    check_each(difficulties, is_of_class, "a number from 0 to 1, as all are of a classification")
}

pub(crate) fn is_of_value(difficulty: f64) -> bool {
    difficulty > 0.0 && difficulty.is_finite()
}

pub(crate) fn is_of_class(difficulty: f64) -> bool {
    (0.0..=1.0).contains(&difficulty)
}

fn check_each(difficulties: &[f64], is_sound: fn(f64) -> bool, expected: &str) -> Result<(), Error> {
    let unsound = difficulties.iter().position(|difficulty| !is_sound(*difficulty));
    check::rule("difficulty", unsound.is_none(), || {
        let row_idx = unsound.unwrap_or_default();
        format!("is {} at row {row_idx}, expected {expected}", difficulties[row_idx])
    })
}
