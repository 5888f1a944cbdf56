//! Alternative explanations: what the prediction would be, were one feature's value another. They never call a model:
//! a grid plans the values to ask about, and here the answers become rules.
//!
//! Löfström et al. 2024 (10.1016/j.eswa.2024.123154), where they are called counterfactual.

use crate::bins::{Condition, FeatureBins, NumericBins};
use crate::grid::{Answered, Answers, Grid, Instance};
use crate::{Error, Interval, Weight};

/// One rule of an alternative explanation. It never holds its own text: the host writes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlternativeRule {
    /// The feature that the rule is about.
    pub feature: u32,
    /// What would be true of the value, and is not.
    pub condition: Condition,
    /// How much the prediction would move.
    pub weight: Weight,
    /// What the prediction would be.
    pub prediction: Interval,
}

/// Appends the rules of instance `x`, ascending by feature, and returns how many there are.
///
/// * `grid`: fitted with [`ALTERNATIVE_DEPTH`](crate::discretizer::ALTERNATIVE_DEPTH)
/// * `base`: the calibrated prediction of the instance itself
/// * `answers`: `[grid.n_asked(x)]`, about the planned rows in their order
///
/// A numeric feature has up to two rules: below its own bin, then above it, each with the mean over the values of that
/// side. A categorical feature has one for each other category of the calibration data, ascending by code. A side or
/// category whose prediction equals the base gives no rule (see [`Weight::if_moved`]); the other side keeps its own.
///
/// ```
/// use ce_core::bins::Condition;
/// use ce_core::discretizer::{ALTERNATIVE_DEPTH, Labels};
/// use ce_core::grid::{Answers, Grid};
/// use ce_core::{Interval, Matrix, alternative};
///
/// let x_cal = Matrix::new(&[1.0, 2.0, 3.0, 4.0], 4, 1)?;
/// let grid = Grid::fit(x_cal, Labels::Values(&[0.0, 0.0, 9.0, 9.0]), ALTERNATIVE_DEPTH, &[], &[], &[50.0])?;
/// let base = Interval { predict: 9.0, low: 8.0, high: 10.0 };
/// let answers = Answers { predict: &[1.0], low: &[0.0], high: &[2.0] };
/// let mut rules = Vec::new();
/// alternative::rules(&grid, &[4.0], base, answers, &mut rules)?;
/// assert_eq!(rules[0].condition, Condition::Below(2.5));
/// assert_eq!((rules[0].weight.weight, rules[0].weight.low, rules[0].weight.high), (-8.0, -9.0, -7.0));
/// # Ok::<(), ce_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] if a length is not as described, [`Error::NotFinite`] if a prediction is NaN or infinite,
/// [`Error::Invalid`] if a bound is NaN, or infinite on the wrong side; nothing is appended then.
pub fn rules(
    grid: &Grid,
    x: &[f64],
    base: Interval,
    answers: Answers<'_>,
    rules: &mut Vec<AlternativeRule>,
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
    rules: &mut Vec<AlternativeRule>,
) -> Result<usize, Error> {
    let before = rules.len();
    for answered in instance.answered(base, answers)? {
        let feature = answered.feature;
        let mut push = |(condition, prediction)| {
            if let Some(weight) = Weight::of_alternative(base, prediction) {
                rules.push(AlternativeRule { feature, condition, weight, prediction });
            }
        };
        match answered.bins {
            FeatureBins::Numeric(bins) => sides(bins, answered).into_iter().flatten().for_each(&mut push),
            FeatureBins::Categorical(_) => categories(answered).for_each(&mut push),
            FeatureBins::Ignored(_) => {}
        }
    }
    Ok(rules.len() - before)
}

/// Below and above the instance's own bin, where calibration values lie there.
fn sides(bins: &NumericBins, answered: Answered<'_>) -> [Option<(Condition, Interval)>; 2] {
    let (below, above) = bins.beyond(bins.bin_of(answered.value));
    [below.zip(answered.first.mean()), above.zip(answered.second.mean())]
}

/// Every other category with its own answer.
fn categories(answered: Answered<'_>) -> impl Iterator<Item = (Condition, Interval)> + '_ {
    let Answered { others, first, second, .. } = answered;
    let categories = others.first.iter().chain(others.second).map(|&category| Condition::Equal(category));
    categories.zip(first.iter().chain(second.iter()))
}

#[cfg(test)]
mod tests;
