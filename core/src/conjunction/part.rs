//! One condition of a rule, and the values that stand for it. It never invents a value: those are the grid's or the
//! instance's.

use serde::{Deserialize, Serialize};

use super::ROWS_MAX;
use crate::bins::{Condition, FeatureBins};
use crate::grid::Instance;
use crate::{Error, check};

/// A condition by its place around the instance's value: the grid and the instance tell the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The feature.
    pub feature: u32,
    /// Where the condition lies.
    pub side: Side,
}

/// Where a condition lies, seen from the instance's value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Side {
    /// The instance's own bin or category: a factual condition.
    Own,
    /// Below the own bin.
    Below,
    /// Above the own bin.
    Above,
    /// Another category.
    Category(f64),
}

impl Side {
    /// The side of an alternative's condition.
    pub(super) fn of_alternative(condition: Condition) -> Self {
        match condition {
            Condition::Below(_) => Self::Below,
            Condition::Above(_) => Self::Above,
            Condition::Equal(category) => Self::Category(category),
            // No alternative has these: they are true of a bin.
            Condition::AtMost(_) | Condition::Within(..) => Self::Own,
        }
    }
}

impl Part {
    /// The condition in numbers.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] if there is no such feature, [`Error::Invalid`] if it is left out or ignored, or has nothing on
    /// this side.
    pub fn condition(&self, instance: Instance<'_>) -> Result<Condition, Error> {
        self.stands_for(instance).map(|(condition, _)| condition)
    }

    /// The condition in numbers and the values that stand for it, at least one: the covered samples of an own bin, or the
    /// instance's own value where no calibration value lies in it; the samples of the other side; the category.
    fn stands_for<'a>(&self, instance: Instance<'a>) -> Result<(Condition, &'a [f64]), Error> {
        let (bins, value) = instance.cell(self.feature)?;
        let found = match (bins, self.side) {
            (FeatureBins::Numeric(bins), side) => {
                let bin = bins.bin_of(*value);
                let (others, (below, above)) = (bins.others(bin), bins.beyond(bin));
                match side {
                    Side::Own if bins.covered(bin).is_empty() => {
                        Some((bins.condition(bin), std::slice::from_ref(value)))
                    }
                    Side::Own => Some((bins.condition(bin), bins.covered(bin))),
                    Side::Below => below.map(|condition| (condition, others.first)),
                    Side::Above => above.map(|condition| (condition, others.second)),
                    Side::Category(_) => None,
                }
            }
            (FeatureBins::Categorical(_), Side::Own) => Some((Condition::Equal(*value), std::slice::from_ref(value))),
            (FeatureBins::Categorical(categories), Side::Category(code)) => {
                let all = categories.values();
                let place = all.iter().position(|&category| category == code);
                place.map(|place| (Condition::Equal(all[place]), &all[place..=place]))
            }
            (FeatureBins::Categorical(_), Side::Below | Side::Above) | (FeatureBins::Ignored(_), _) => None,
        };
        found.filter(|(_, values)| !values.is_empty()).ok_or_else(|| Error::Invalid {
            what: "condition of a rule",
            why: format!("feature {} has nothing at {:?}", self.feature, self.side),
        })
    }
}

/// The values that stand for each condition of a conjunction.
pub(super) fn values<'a>(instance: Instance<'a>, parts: &[Part]) -> Result<Vec<&'a [f64]>, Error> {
    parts.iter().map(|part| part.stands_for(instance).map(|(_, values)| values)).collect()
}

/// How many rows a conjunction of these values has.
pub(super) fn n_rows(values: &[&[f64]]) -> Result<usize, Error> {
    product(values.iter().map(|values| values.len()))
}

/// The product of the lengths, which must not exceed [`ROWS_MAX`].
pub(super) fn product(lengths: impl Iterator<Item = usize>) -> Result<usize, Error> {
    let n_rows = lengths.fold(1, usize::saturating_mul);
    let why = || format!("asks about {n_rows} rows, at most {ROWS_MAX} are allowed: sample at fewer percentiles");
    check::rule("conjunction", n_rows <= ROWS_MAX, why)?;
    Ok(n_rows)
}
