//! Conjunctions: rules of two or three conditions that are true together. They never call a model: a round plans the rows
//! to ask about, and here the answers become rules.
//!
//! A round joins each rule of one condition with the most important rules of one condition less than sought. Its rows are
//! the Cartesian product of the values that stand for each condition; the prediction of the conjunction is their mean.

use serde::{Deserialize, Serialize};

use crate::alternative::AlternativeRule;
use crate::factual::FactualRule;
use crate::grid::{Answers, Instance, check_base};
use crate::{Error, Interval, Weight, check};

mod combine;
mod part;

use combine::combinations;
pub use part::{Part, Side};

/// The most conditions that a rule may have.
pub const SIZE_MAX: usize = 3;

/// The most rows that one conjunction may ask about: what keeps a product of long lists of values in bounds.
pub const ROWS_MAX: usize = 4096;

/// A rule of one condition or more, as conjunctions are made of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Its conditions, no two about one feature. In a conjunction the one that was joined last comes first.
    pub parts: Vec<Part>,
    /// Of one condition, that of the factual or alternative rule. Of a conjunction, how much the prediction gains in the
    /// step from the instance to its rows: the sign of an alternative, in a factual explanation too.
    pub weight: Weight,
    /// Of a conjunction, the mean over its rows.
    pub prediction: Interval,
}

/// Which conjunctions a round looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    /// How many conditions they have, 2 to [`SIZE_MAX`]. The rules of fewer must have been found before.
    pub size: usize,
    /// How many of the rules found so far, the most important ones, are joined with each rule of one condition; fewer than
    /// 2 counts as 2.
    pub n_top: usize,
}

impl From<&FactualRule> for Rule {
    fn from(rule: &FactualRule) -> Self {
        let parts = vec![Part { feature: rule.feature, side: Side::Own }];
        Self { parts, weight: rule.weight, prediction: rule.prediction }
    }
}

impl From<&AlternativeRule> for Rule {
    fn from(rule: &AlternativeRule) -> Self {
        let parts = vec![Part { feature: rule.feature, side: Side::of_alternative(rule.condition) }];
        Self { parts, weight: rule.weight, prediction: rule.prediction }
    }
}

/// Hands each row that the round asks about to `ask`, as the columns and values to write into the instance, and returns
/// how many there are. Equal rows are handed on each, since the mean counts each.
///
/// * `instance`: the one that the rules are about, with the same features left out
/// * `found`: its rules so far: those of one condition as the factual or alternative explanation orders them, then what
///   [`rules`] has appended
///
/// What is joined, and in what order: each rule of one condition, in order, with each of the `n_top` last rules by
/// ascending importance that has one condition less than sought. Importance is the absolute weight, then the width of its
/// interval, then the place in `found`; a NaN counts as 0. There is one conjunction for each set of features, the first that
/// is met: where a feature has several alternatives, the others with the same features are passed over.
///
/// The rows of a conjunction ascend by the values of its last condition first.
///
/// # Errors
/// [`Error::Invalid`] if the size is not 2 or 3, a rule does not fit the grid, or a conjunction has more than
/// [`ROWS_MAX`] rows; [`Error::OutOfRange`] if a rule names a feature that does not exist. Some rows may have been handed
/// on then.
pub fn plan(
    instance: Instance<'_>,
    found: &[Rule],
    search: Search,
    mut ask: impl FnMut(&[(u32, f64)]),
) -> Result<usize, Error> {
    let mut n_asked = 0;
    let mut row = Vec::with_capacity(SIZE_MAX);
    for parts in combinations(found, search)? {
        let values = part::values(instance, &parts)?;
        let n_rows = part::n_rows(&values)?;
        for row_idx in 0..n_rows {
            row.clear();
            let mut rest = row_idx;
            for (part, values) in parts.iter().zip(&values).rev() {
                row.push((part.feature, values[rest % values.len()]));
                rest /= values.len();
            }
            row.reverse();
            ask(&row);
        }
        n_asked += n_rows;
    }
    Ok(n_asked)
}

/// How many rows [`plan`] hands on.
///
/// # Errors
/// As for [`plan`].
pub fn n_asked(instance: Instance<'_>, found: &[Rule], search: Search) -> Result<usize, Error> {
    Ok(planned(instance, found, search)?.iter().map(|(_, n_rows)| n_rows).sum())
}

/// Appends the conjunctions of the round to `found`, and returns how many there are.
///
/// * `instance`, `found`, `search`: those that the round was planned with
/// * `base`: the calibrated prediction of the instance itself
/// * `answers`: about the planned rows in their order
///
/// Unlike a single rule, a conjunction whose prediction equals the base is kept, as published: it says that its conditions
/// hold the prediction where it is.
///
/// # Errors
/// As for [`plan`]; [`Error::Shape`] if a length is not that of the plan, [`Error::NotFinite`] if a prediction is NaN or
/// infinite, [`Error::Invalid`] if a bound is NaN, or infinite on the wrong side. Nothing is appended then.
pub fn rules(
    instance: Instance<'_>,
    base: Interval,
    answers: Answers<'_>,
    search: Search,
    found: &mut Vec<Rule>,
) -> Result<usize, Error> {
    check_base(base)?;
    let planned = planned(instance, found, search)?;
    answers.check(planned.iter().map(|(_, n_rows)| n_rows).sum())?;
    let before = found.len();
    let mut start = 0;
    for (parts, n_rows) in planned {
        let end = start + n_rows;
        let mean = answers.part(start..end).mean();
        start = end;
        // Every condition has a value, and so every conjunction a row.
        let Some(prediction) = mean else { continue };
        found.push(Rule { parts, weight: Weight::gained(base, prediction), prediction });
    }
    Ok(found.len() - before)
}

/// Checks that a conjunction of `size` conditions, each with `n_values` values, stays within [`ROWS_MAX`].
///
/// # Errors
/// [`Error::Invalid`] if it does not.
pub fn check_rows(size: usize, n_values: usize) -> Result<(), Error> {
    part::product(std::iter::repeat_n(n_values, size)).map(|_| ())
}

/// The conditions of each conjunction of the round, and how many rows it asks about.
fn planned(instance: Instance<'_>, found: &[Rule], search: Search) -> Result<Vec<(Vec<Part>, usize)>, Error> {
    let with_rows = |parts: Vec<Part>| {
        let n_rows = part::n_rows(&part::values(instance, &parts)?)?;
        Ok((parts, n_rows))
    };
    combinations(found, search)?.into_iter().map(with_rows).collect()
}

fn check_size(size: usize) -> Result<(), Error> {
    let why = || format!("has {size} conditions, expected 2 to {SIZE_MAX}");
    check::rule("conjunction", (2..=SIZE_MAX).contains(&size), why)
}

#[cfg(test)]
mod tests;
