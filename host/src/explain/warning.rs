//! What the caller should know about a report beside its numbers. Warnings never stop anything, and change no number.

use std::fmt;

use super::calibration::CalibrationSet;
use super::percentiles::Percentiles;
use super::quantity::Quantity;

/// Rows below which a calibration set, or a Mondrian category of it, is called small: the default percentiles have no finite
/// bounds then, and the two probabilities of Venn-Abers lie far apart.
const ROWS_MIN: usize = 19;

/// Something that the caller should know about a report.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// The percentiles lie beyond what the calibration rows can tell: a bound is infinite.
    TooFewForPercentiles {
        /// The Mondrian category that has too few rows, where calibration is Mondrian.
        category: Option<String>,
        /// The rows there are.
        found: usize,
        /// The rows that it takes.
        needed: u64,
        /// What was asked for.
        percentiles: Percentiles,
    },
    /// The calibration set has few rows.
    FewRows {
        /// The rows there are.
        found: usize,
    },
    /// A Mondrian category is calibrated with few rows.
    SmallCategory {
        /// The category.
        category: String,
        /// The rows there are.
        found: usize,
    },
}

impl Warning {
    /// A code that does not change, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooFewForPercentiles { .. } => "calibration.too_few_for_percentiles",
            Self::FewRows { .. } => "calibration.few_rows",
            Self::SmallCategory { .. } => "calibration.small_category",
        }
    }

    /// What there is to say about a calibration set of which a quantity is asked.
    pub(crate) fn about(set: &CalibrationSet, quantity: &Quantity) -> Vec<Self> {
        let parts = match set.mondrian() {
            Some(mondrian) => mondrian.sizes().map(|(label, found)| (Some(label), found)).collect(),
            None => vec![(None, set.n_rows())],
        };
        let warning = |(category, found): (Option<&str>, usize)| {
            let category = category.map(str::to_owned);
            match quantity {
                Quantity::Value(percentiles) if (found as u64) < percentiles.rows_needed() => {
                    let (needed, percentiles) = (percentiles.rows_needed(), *percentiles);
                    Some(Self::TooFewForPercentiles { category, found, needed, percentiles })
                }
                _ if found >= ROWS_MIN => None,
                _ => match category {
                    Some(category) => Some(Self::SmallCategory { category, found }),
                    // Of values the percentiles say by themselves how many rows they take.
                    None => quantity.is_probability().then_some(Self::FewRows { found }),
                },
            }
        };
        parts.into_iter().filter_map(warning).collect()
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFewForPercentiles { category, found, needed, percentiles } => {
                match category {
                    Some(category) => write!(f, "the Mondrian category `{category}` has {found} calibration rows")?,
                    None => write!(f, "there are {found} calibration rows")?,
                }
                let (low, high) = (percentiles.low(), percentiles.high());
                write!(f, ", the percentiles {low},{high} take {needed}: a bound is infinite; ")?;
                f.write_str("calibrate with more rows, or ask for percentiles nearer to 50")
            }
            Self::FewRows { found } => write!(
                f,
                "there are only {found} calibration rows, so intervals are wide and rest on little: calibrate with more rows"
            ),
            Self::SmallCategory { category, found } => write!(
                f,
                "the Mondrian category `{category}` has few calibration rows ({found}), so its intervals are wide and rest \
                 on little: merge it with another, or calibrate with more rows"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(n_rows: usize) -> CalibrationSet {
        let y = (0..n_rows).map(|row_idx| row_idx as f64).collect();
        CalibrationSet::new(vec![0.0; n_rows], y, 1).unwrap()
    }

    #[test]
    fn too_few_rows_name_the_number_needed() {
        let quantity = Quantity::Value(Percentiles::default());
        assert_eq!(Warning::about(&set(19), &quantity), []);
        let warnings = Warning::about(&set(18), &quantity);
        assert_eq!(
            warnings[0].to_string(),
            "there are 18 calibration rows, the percentiles 5,95 take 19: a bound is infinite; calibrate with more rows, \
             or ask for percentiles nearer to 50"
        );
    }

    #[test]
    fn a_small_set_is_named_whatever_is_asked() {
        let event = Quantity::Event(crate::Threshold::at_most(1.0).unwrap());
        for quantity in [Quantity::Class, event] {
            assert_eq!(Warning::about(&set(5), &quantity), [Warning::FewRows { found: 5 }]);
            assert_eq!(Warning::about(&set(19), &quantity), []);
        }
    }

    #[test]
    fn a_small_category_is_named() {
        let labels = (0..40).map(|row_idx| if row_idx < 37 { "a" } else { "b" }.to_owned()).collect();
        let set = set(40).mondrian_categories(labels);
        let warnings = Warning::about(&set, &Quantity::Class);
        assert!(matches!(&warnings[..], [Warning::SmallCategory { category, found: 3 }] if category == "b"));
        let warnings = Warning::about(&set, &Quantity::Value(Percentiles::default()));
        assert!(matches!(&warnings[..], [Warning::TooFewForPercentiles { category: Some(_), found: 3, .. }]));
    }
}
