//! What the caller should know about a report beside its numbers. Warnings never stop anything, and change no number.

use std::fmt;

use ce_core::analysis::reject::Confidence;

use super::asked::Asked;
use super::calibration::CalibrationSet;
use super::exact::exact;
use super::percentiles::Percentiles;
use super::quantity::Quantity;
use super::reject::Rejection;
use super::report::shown;

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
    /// Classes of the model have no calibration row: they cannot be calibrated.
    ClassMissing {
        /// Their labels, in the order of the model.
        classes: Vec<String>,
    },
    /// At this confidence no answer can be ruled out, whatever it is: every prediction is rejected as ambiguous.
    TooFewForConfidence {
        /// The Mondrian category that has too few rows, the smallest of those that instances have, where calibration is
        /// Mondrian.
        category: Option<String>,
        /// The rows there are.
        found: usize,
        /// The rows that it takes.
        needed: u64,
        /// What was asked for.
        confidence: Confidence,
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
            Self::ClassMissing { .. } => "calibration.class_missing",
            Self::TooFewForConfidence { .. } => "calibration.too_few_for_confidence",
        }
    }

    /// What there is to say about a calibration set of which this is asked.
    ///
    /// * `classes` — those of the model, in its order; none for a regression
    pub(crate) fn about(
        set: &CalibrationSet,
        classes: &[String],
        asked: &Asked,
        rejection: Option<&Rejection>,
    ) -> Vec<Self> {
        let mut warnings = Self::about_sizes(set, &asked.quantity);
        warnings.extend(Self::about_classes(set, classes));
        warnings.extend(rejection.into_iter().flat_map(|rejection| Self::about_confidences(set, asked, rejection)));
        warnings
    }

    fn about_classes(set: &CalibrationSet, classes: &[String]) -> Option<Self> {
        let mut is_missing = vec![true; classes.len()];
        let mut n_missing = classes.len();
        for &y in set.y() {
            // Most sets have a row of each class near their beginning.
            if n_missing == 0 {
                return None;
            }
            // A calibration target of a classifier is the index of a class.
            if let Some(is_missing) = is_missing.get_mut(y as usize).filter(|is_missing| **is_missing) {
                *is_missing = false;
                n_missing -= 1;
            }
        }
        let missing = classes.iter().zip(is_missing).filter(|(_, is_missing)| *is_missing);
        let classes: Vec<String> = missing.map(|(class, _)| class.clone()).collect();
        (!classes.is_empty()).then_some(Self::ClassMissing { classes })
    }

    fn about_confidences(set: &CalibrationSet, asked: &Asked, rejection: &Rejection) -> Vec<Self> {
        let smallest = match set.mondrian() {
            Some(mondrian) => {
                let sizes: Vec<(&str, usize)> = mondrian.sizes().collect();
                let of_instances = asked.category.iter().filter_map(|&code| sizes.get(code as usize));
                of_instances.min_by_key(|(_, found)| *found).map(|&(label, found)| (Some(label.to_owned()), found))
            }
            None => Some((None, set.n_rows())),
        };
        let Some((category, found)) = smallest else { return Vec::new() };
        let too_few = rejection.confidences.iter().filter(|confidence| !can_rule_out(found as u64, **confidence));
        let warning = |&confidence: &Confidence| {
            let needed = rows_to_rule_out(confidence);
            Self::TooFewForConfidence { category: category.clone(), found, needed, confidence }
        };
        too_few.map(warning).collect()
    }

    fn about_sizes(set: &CalibrationSet, quantity: &Quantity) -> Vec<Self> {
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

/// Whether the strangest of answers is ruled out by so many calibration rows: its p-value is `1 / (n + 1)`.
fn can_rule_out(n_rows: u64, confidence: Confidence) -> bool {
    1.0 / (n_rows as f64 + 1.0) < confidence.significance()
}

/// The fewest rows that rule anything out.
fn rows_to_rule_out(confidence: Confidence) -> u64 {
    let about = (1.0 / confidence.significance() - 1.0).floor().max(1.0) as u64;
    // Rounding decides at the edge, as it does about the rows themselves; beyond float64's whole numbers it cannot.
    let near = about.saturating_sub(1).max(1)..=about.saturating_add(2);
    near.into_iter().find(|&n_rows| can_rule_out(n_rows, confidence)).unwrap_or(about)
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFewForPercentiles { category, found, needed, percentiles } => {
                match category {
                    Some(category) => write!(f, "the Mondrian category `{category}` has {found} calibration rows")?,
                    None => write!(f, "there are {found} calibration rows")?,
                }
                let (low, high) = (exact(percentiles.low()), exact(percentiles.high()));
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
            Self::ClassMissing { classes } => {
                let names: Vec<String> =
                    classes.iter().take(10).map(|class| format!("`{}`", shown::name(class))).collect();
                let more = if classes.len() > names.len() { ", …" } else { "" };
                let (of, them) = if classes.len() == 1 { ("class", "its") } else { ("classes", "their") };
                let names = names.join(", ");
                write!(f, "no calibration row is of the {of} {names}{more}, which cannot be calibrated: {them} ")?;
                f.write_str("probability is always 0; calibrate with rows of every class")
            }
            Self::TooFewForConfidence { category, found, needed, confidence } => {
                match category {
                    Some(category) => write!(f, "the Mondrian category `{category}` has {found} calibration rows")?,
                    None => write!(f, "there are {found} calibration rows")?,
                }
                let confidence = confidence.get();
                write!(f, ", to rule out any answer at the confidence {confidence} takes {needed}: ")?;
                f.write_str(
                    "every row is rejected as ambiguous; calibrate with more rows, or ask for a lower confidence",
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(quantity: Quantity) -> Asked {
        Asked { quantity, category: Vec::new(), class: None, ignored: Default::default() }
    }

    fn about(set: &CalibrationSet, quantity: &Quantity) -> Vec<Warning> {
        Warning::about(set, &[], &asked(quantity.clone()), None)
    }

    #[test]
    fn classes_without_a_calibration_row_are_named() {
        let classes = ["a", "b", "c", "d"].map(str::to_owned);
        let of = |y: &[f64]| {
            let y: Vec<f64> = y.iter().cycle().take(40).copied().collect();
            let set = CalibrationSet::new(vec![0.0; 40], y, 1).unwrap();
            Warning::about(&set, &classes, &asked(Quantity::Class), None)
        };
        assert_eq!(of(&[0.0, 1.0, 2.0, 3.0]), []);
        let missing = |classes: &[&str]| {
            [Warning::ClassMissing { classes: classes.iter().map(|class| (*class).to_owned()).collect() }]
        };
        assert_eq!(of(&[0.0, 1.0, 2.0]), missing(&["d"]));
        let warnings = of(&[0.0, 2.0]);
        assert_eq!(warnings, missing(&["b", "d"]));
        let words =
            "no calibration row is of the classes `b`, `d`, which cannot be calibrated: their probability is always 0";
        assert!(warnings[0].to_string().starts_with(words), "{}", warnings[0]);
        assert_eq!(warnings[0].code(), "calibration.class_missing");
    }

    #[test]
    fn a_confidence_names_the_rows_that_it_takes() {
        for (confidence, needed) in [(0.5, 2), (0.75, 4), (0.9, 10), (0.999, 1000)] {
            let confidence = Confidence::new(confidence).unwrap();
            let needed = rows_to_rule_out(confidence).abs_diff(needed);
            // Whether the edge itself is enough hangs on the rounding of 1 - confidence, here as for the rows.
            assert!(needed <= 1, "{confidence:?}: {}", rows_to_rule_out(confidence));
            let fewest = rows_to_rule_out(confidence);
            assert!(can_rule_out(fewest, confidence) && !can_rule_out(fewest - 1, confidence));
        }
        let rejection = Rejection {
            confidences: [0.9, 0.99].map(|confidence| Confidence::new(confidence).unwrap()).to_vec(),
            ..Rejection::default()
        };
        let warnings = Warning::about(&set(30), &[], &asked(Quantity::Class), Some(&rejection));
        assert_eq!(warnings[0].code(), "calibration.too_few_for_confidence");
        assert_eq!(warnings.len(), 1);
        assert!(
            warnings[0]
                .to_string()
                .starts_with("there are 30 calibration rows, to rule out any answer at the confidence 0.99")
        );
        let labels = (0..40).map(|row_idx| if row_idx < 37 { "a" } else { "b" }.to_owned()).collect();
        let set = set(40).mondrian_categories(labels);
        let of = |category| Warning::about(&set, &[], &Asked { category, ..asked(Quantity::Class) }, Some(&rejection));
        let of = |category| of(category).into_iter().filter(|warning| warning.code().ends_with("confidence")).count();
        assert_eq!((of(vec![0, 0]), of(vec![0, 1]), of(vec![])), (1, 2, 0), "of the categories that instances have");
    }

    fn set(n_rows: usize) -> CalibrationSet {
        let y = (0..n_rows).map(|row_idx| row_idx as f64).collect();
        CalibrationSet::new(vec![0.0; n_rows], y, 1).unwrap()
    }

    #[test]
    fn too_few_rows_name_the_number_needed() {
        let quantity = Quantity::Value(Percentiles::default());
        assert_eq!(about(&set(19), &quantity), []);
        let warnings = about(&set(18), &quantity);
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
            assert_eq!(about(&set(5), &quantity), [Warning::FewRows { found: 5 }]);
            assert_eq!(about(&set(19), &quantity), []);
        }
    }

    #[test]
    fn a_small_category_is_named() {
        let labels = (0..40).map(|row_idx| if row_idx < 37 { "a" } else { "b" }.to_owned()).collect();
        let set = set(40).mondrian_categories(labels);
        let warnings = about(&set, &Quantity::Class);
        assert!(matches!(&warnings[..], [Warning::SmallCategory { category, found: 3 }] if category == "b"));
        let warnings = about(&set, &Quantity::Value(Percentiles::default()));
        assert!(matches!(&warnings[..], [Warning::TooFewForPercentiles { category: Some(_), found: 3, .. }]));
    }
}
