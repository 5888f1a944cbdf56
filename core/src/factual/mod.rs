//! Factual explanations: how far each feature's value has moved the prediction. They never call a model: a grid plans
//! the values to ask about, and here the answers become rules.
//!
//! Löfström et al. 2024 (10.1016/j.eswa.2024.123154); for regression Löfström et al. 2025
//! (10.1007/s10994-024-06642-8).

use crate::bins::{Condition, FeatureBins};
use crate::grid::{Answered, Answers, Grid, Instance};
use crate::{Error, Interval, Weight};

/// One rule of a factual explanation. It never holds its own text: the host writes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FactualRule {
    /// The feature that the rule is about.
    pub feature: u32,
    /// What is true of the instance's value.
    pub condition: Condition,
    /// How much the value moves the prediction.
    pub weight: Weight,
    /// The instance's own calibrated prediction, the same for each of its rules.
    pub prediction: Interval,
    /// The mean prediction over the other bins: what the model would say without the value.
    pub alternative: Interval,
}

/// Appends the rules of instance `x`, ascending by feature, and returns how many there are.
///
/// * `grid`: fitted with [`FACTUAL_DEPTH`](crate::discretizer::FACTUAL_DEPTH)
/// * `base`: the calibrated prediction of the instance itself
/// * `answers`: `[grid.n_asked(x)]`, about the planned rows in their order
///
/// A feature's alternative is the mean over its other bins or categories, each bin counting once however many values of
/// it were asked about and however many calibration rows it holds. A feature without another bin has no alternative and
/// no rule, nor has one whose alternative equals the base (see [`Weight::if_moved`]).
///
/// # Errors
/// [`Error::Shape`] if a length is not as described, [`Error::NotFinite`] if a prediction is NaN or infinite,
/// [`Error::Invalid`] if a bound is NaN, or infinite on the wrong side; nothing is appended then.
pub fn rules(
    grid: &Grid,
    x: &[f64],
    base: Interval,
    answers: Answers<'_>,
    rules: &mut Vec<FactualRule>,
) -> Result<usize, Error> {
    rules_of(grid.instance(x)?, base, answers, rules)
}

/// [`rules`] of an instance that may leave features out; `answers` are `[instance.n_asked()]`.
///
/// # Errors
/// As for [`rules`].
pub fn rules_of(
    instance: Instance<'_>,
    base: Interval,
    answers: Answers<'_>,
    rules: &mut Vec<FactualRule>,
) -> Result<usize, Error> {
    let before = rules.len();
    for answered in instance.answered(base, answers)? {
        let Some((alternative, condition)) = without_value(answered) else { continue };
        if let Some(weight) = Weight::if_moved(base, alternative) {
            rules.push(FactualRule { feature: answered.feature, condition, weight, prediction: base, alternative });
        }
    }
    Ok(rules.len() - before)
}

/// The mean over the other bins of a feature, and the condition of its own bin; `None` if there is no other bin.
fn without_value(answered: Answered<'_>) -> Option<(Interval, Condition)> {
    let Answered { bins, value, first, second, .. } = answered;
    match bins {
        FeatureBins::Numeric(bins) => {
            let sides = [first.mean(), second.mean()];
            Some((Interval::mean(sides.into_iter().flatten())?, bins.condition(bins.bin_of(value))))
        }
        FeatureBins::Categorical(_) => {
            Some((Interval::mean(first.iter().chain(second.iter()))?, Condition::Equal(value)))
        }
        FeatureBins::Ignored(_) => None,
    }
}

#[cfg(test)]
mod tests;
