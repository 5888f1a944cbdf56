//! The instances to explain, checked once, here. It never scores them.

use ce_core::analysis::reject::Policy;
use ce_plugin_api::data::Matrix;
use ce_plugin_api::schema::Schema;

use super::asked::{Asked, Ignored};
use super::calibration::{CalibrationSet, check_finite};
use super::error::InputError;
use super::mondrian::Mondrian;
use super::percentiles::Percentiles;
use super::quantity::{AskedEvent, Quantity};
use super::refine::Refinement;
use super::reject::Rejection;
use super::threshold::Threshold;
use crate::bundle::Digest;

/// The instances to explain, what is known about them, and what is asked of them.
#[derive(Clone, Debug)]
pub struct Instances<'a> {
    pub(super) x: Matrix<'a>,
    pub(super) ids: Option<Vec<String>>,
    pub(super) batch_id: Option<String>,
    pub(super) file: Option<Digest>,
    pub(super) mondrian: Option<Vec<String>>,
    pub(super) row_numbers: Option<Vec<usize>>,
    percentiles: Option<Percentiles>,
    threshold: Option<Threshold>,
    thresholds: Option<Vec<Threshold>>,
    class: Option<String>,
    ignored: Vec<usize>,
    ignored_of_each: Option<Vec<Vec<usize>>>,
    pub(super) refinement: Refinement,
    pub(super) rejection: Option<Rejection>,
    pub(super) targets: Option<Vec<f64>>,
}

impl<'a> Instances<'a> {
    /// Rows to explain, `[n, n_features]`.
    #[must_use]
    pub fn new(x: Matrix<'a>) -> Self {
        Self {
            x,
            ids: None,
            batch_id: None,
            file: None,
            mondrian: None,
            row_numbers: None,
            percentiles: None,
            threshold: None,
            thresholds: None,
            class: None,
            ignored: Vec::new(),
            ignored_of_each: None,
            refinement: Refinement::default(),
            rejection: None,
            targets: None,
        }
    }

    /// Names the instances, one name per row.
    #[must_use]
    pub fn ids(self, ids: Vec<String>) -> Self {
        Self { ids: Some(ids), ..self }
    }

    /// Names the batch in telemetry.
    #[must_use]
    pub fn batch_id(self, batch_id: impl Into<String>) -> Self {
        Self { batch_id: Some(batch_id.into()), ..self }
    }

    /// The digest of the file that the rows were read from, for telemetry.
    #[must_use]
    pub fn file_digest(self, digest: Digest) -> Self {
        Self { file: Some(digest), ..self }
    }

    /// The percentiles that bound a regression's prediction, 5 and 95 unless given.
    #[must_use]
    pub fn percentiles(self, percentiles: Percentiles) -> Self {
        Self { percentiles: Some(percentiles), ..self }
    }

    /// Asks a regression for the probability of an event in place of the target's value.
    #[must_use]
    pub fn threshold(self, threshold: Threshold) -> Self {
        Self { threshold: Some(threshold), ..self }
    }

    /// Asks a regression for the probability of an event of its own for each row, one per row.
    #[must_use]
    pub fn thresholds(self, thresholds: Vec<Threshold>) -> Self {
        Self { thresholds: Some(thresholds), ..self }
    }

    /// The class whose probability is explained, by its label. Without it each row's own: class 1 of two, the likeliest of
    /// more.
    #[must_use]
    pub fn class(self, label: impl Into<String>) -> Self {
        Self { class: Some(label.into()), ..self }
    }

    /// Columns that get no rule and are not asked about, in every row.
    #[must_use]
    pub fn ignore(self, columns: Vec<usize>) -> Self {
        Self { ignored: columns, ..self }
    }

    /// Further columns that get no rule in one row, a list per row.
    #[must_use]
    pub fn ignore_in_each(self, columns: Vec<Vec<usize>>) -> Self {
        Self { ignored_of_each: Some(columns), ..self }
    }

    /// Gives each row its Mondrian category, one label per row, as the calibration rows have theirs.
    #[must_use]
    pub fn mondrian_categories(self, labels: Vec<String>) -> Self {
        Self { mondrian: Some(labels), ..self }
    }

    /// Which rules stay in the report, and in which order. A finished report can be refined too:
    /// [`Explanations::refined`](crate::Explanations::refined).
    #[must_use]
    pub fn refine(self, refinement: Refinement) -> Self {
        Self { refinement, ..self }
    }

    /// Asks which predictions to reject, since no single answer can be given. For classes, and for one event of all rows.
    #[must_use]
    pub fn reject(self, rejection: Rejection) -> Self {
        // A policy of `none` asks for nothing.
        Self { rejection: Some(rejection).filter(|rejection| rejection.policy != Policy::None), ..self }
    }

    /// The targets that turned out, one per row: the index of the class, or the value. Predictions then say how well they
    /// fit; no other number depends on it.
    #[must_use]
    pub fn targets(self, targets: Vec<f64>) -> Self {
        Self { targets: Some(targets), ..self }
    }

    /// The numbers by which reports and errors name the rows, where these are part of something larger; 0, 1, … unless
    /// given. One per row.
    #[must_use]
    pub fn row_numbers(self, numbers: Vec<usize>) -> Self {
        Self { row_numbers: Some(numbers), ..self }
    }

    /// That there is nothing to measure predictions by, which explanations are not.
    pub(super) fn check_no_targets(&self) -> Result<(), InputError> {
        let Some(targets) = &self.targets else { return Ok(()) };
        Err(InputError::Setting {
            what: "the targets of rows to explain",
            found: format!("{} of them", targets.len()),
            expected: "none: predictions are measured by them",
        })
    }

    /// The number of a row.
    pub(super) fn number(&self, row_idx: usize) -> usize {
        self.row_numbers.as_ref().and_then(|numbers| numbers.get(row_idx)).map_or(row_idx, |number| *number)
    }

    /// The label of the class that the caller wants explained.
    pub(super) fn asked_class(&self) -> Option<&str> {
        self.class.as_deref()
    }

    /// Every column that is ignored in some row, ascending.
    pub(super) fn all_ignored(&self) -> Vec<u32> {
        let of_each = self.ignored_of_each.iter().flatten().flatten();
        let mut columns: Vec<u32> = self.ignored.iter().chain(of_each).map(|&column| column as u32).collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// Checks the rows against what the model and the calibration set know.
    pub(super) fn check(&self, schema: &Schema, seen: &Seen, mondrian: Option<&Mondrian>) -> Result<Asked, InputError> {
        let quantity = Quantity::asked(schema.task, self.percentiles, self.event()?)?;
        self.check_rows(schema, seen).map_err(|error| self.numbered(error))?;
        let (class, ignored) = (self.class_of(schema)?, self.ignored(schema.feature_names.len())?);
        let asked = Asked { quantity, category: self.categories(mondrian)?, class, ignored };
        self.rejection.as_ref().map_or(Ok(()), |rejection| rejection.check(&asked, schema.classes.len()))?;
        self.check_targets(schema)?;
        Ok(asked)
    }

    /// The targets that turned out are classes of the model, or finite.
    fn check_targets(&self, schema: &Schema) -> Result<(), InputError> {
        let Some(targets) = &self.targets else { return Ok(()) };
        self.check_length("the number of targets", targets.len())?;
        check_finite("the targets", targets, 1).map_err(|error| self.numbered(error))?;
        let n_classes = schema.classes.len();
        let is_class = |target: f64| target >= 0.0 && target.fract() == 0.0 && target < n_classes as f64;
        match targets.iter().position(|&target| n_classes > 0 && !is_class(target)) {
            Some(row_idx) => {
                let value = targets[row_idx];
                Err(InputError::NoSuchClassAsked { row_idx: self.number(row_idx), value, n_classes })
            }
            None => Ok(()),
        }
    }

    /// The event that is asked about, of all rows or of each.
    fn event(&self) -> Result<Option<AskedEvent<'_>>, InputError> {
        match (self.threshold, &self.thresholds) {
            (Some(threshold), Some(_)) => Err(InputError::Setting {
                what: "the request",
                found: format!("for the event {threshold} and for an event of each row"),
                expected: "either of them",
            }),
            (_, Some(thresholds)) => {
                self.check_length("the number of thresholds", thresholds.len())?;
                Ok(Some(AskedEvent::OfEach(thresholds)))
            }
            (threshold, None) => Ok(threshold.map(AskedEvent::OfAll)),
        }
    }

    /// The index of the class that the caller wants explained.
    fn class_of(&self, schema: &Schema) -> Result<Option<u32>, InputError> {
        let Some(label) = &self.class else { return Ok(None) };
        let known = schema.classes.iter().position(|class| class == label);
        match known {
            Some(class) => Ok(Some(class as u32)),
            None if schema.classes.is_empty() => {
                Err(InputError::OnRegression { what: "a class", found: label.clone() })
            }
            None => Err(InputError::UnknownClass { class: label.clone(), known: listed(&schema.classes) }),
        }
    }

    /// The features that get no rule.
    fn ignored(&self, n_features: usize) -> Result<Ignored, InputError> {
        if let Some(of_each) = &self.ignored_of_each {
            self.check_length("the number of lists of ignored columns", of_each.len())?;
        }
        let ascending = |columns: &Vec<usize>| {
            if let Some(&column) = columns.iter().find(|&&column| column >= n_features) {
                return Err(InputError::NoSuchIgnored { column, n_features });
            }
            let mut columns: Vec<u32> = columns.iter().map(|&column| column as u32).collect();
            columns.sort_unstable();
            columns.dedup();
            Ok(columns)
        };
        let of_each = self.ignored_of_each.iter().flatten().map(ascending).collect::<Result<Vec<_>, _>>()?;
        let has_any = of_each.iter().any(|columns| !columns.is_empty());
        Ok(Ignored { of_all: ascending(&self.ignored)?, of_each: if has_any { of_each } else { Vec::new() } })
    }

    /// The code of each row's Mondrian category.
    fn categories(&self, mondrian: Option<&Mondrian>) -> Result<Vec<u32>, InputError> {
        let (labels, mondrian) = match (&self.mondrian, mondrian) {
            (None, None) => return Ok(Vec::new()),
            (None, Some(_)) => return Err(InputError::NoMondrianCategories),
            (Some(_), None) => return Err(InputError::MondrianCategoriesUnknown),
            (Some(labels), Some(mondrian)) => (labels, mondrian),
        };
        self.check_length("the number of Mondrian categories", labels.len())?;
        let code = |(row_idx, label): (usize, &String)| {
            mondrian.code(label).ok_or_else(|| InputError::UnseenMondrianCategory {
                row_idx: self.number(row_idx),
                category: label.clone(),
                known: listed(mondrian.labels()),
            })
        };
        labels.iter().enumerate().map(code).collect()
    }

    fn check_length(&self, what: &'static str, found: usize) -> Result<(), InputError> {
        if found == self.x.n_rows {
            return Ok(());
        }
        let found = format!("{found} for {} rows", self.x.n_rows);
        Err(InputError::Setting { what, found, expected: "one per row" })
    }

    /// The error with the caller's number of the row.
    fn numbered(&self, error: InputError) -> InputError {
        match error {
            InputError::NotFinite { what, row_idx, column, value } => {
                InputError::NotFinite { what, row_idx: self.number(row_idx), column, value }
            }
            InputError::UnseenCategory { row_idx, feature, value } => {
                InputError::UnseenCategory { row_idx: self.number(row_idx), feature, value }
            }
            other => other,
        }
    }

    fn check_rows(&self, schema: &Schema, seen: &Seen) -> Result<(), InputError> {
        let x = self.x;
        if x.n_cols != schema.feature_names.len() {
            let (expected, found) = (schema.feature_names.len(), x.n_cols);
            return Err(InputError::Features { what: "the data", expected, found });
        }
        check_finite("the data", x.as_slice(), x.n_cols)?;
        let lengths = [
            ("the number of instance names", self.ids.as_ref().map(Vec::len)),
            ("the number of row numbers", self.row_numbers.as_ref().map(Vec::len)),
        ];
        for (what, found) in lengths {
            found.map_or(Ok(()), |found| self.check_length(what, found))?;
        }
        for (column, seen) in &seen.columns {
            for row_idx in 0..x.n_rows {
                let value = x.row(row_idx)[*column];
                if seen.binary_search(&value.to_bits()).is_err() {
                    let label = schema.categories.get(column).and_then(|labels| labels.get(value as usize));
                    let value = label.map_or_else(|| format!("{value:?}"), |label| format!("`{label}`"));
                    let feature = schema.feature_names[*column].clone();
                    return Err(InputError::UnseenCategory { row_idx, feature, value });
                }
            }
        }
        Ok(())
    }
}

/// Some labels, joined by commas; of very many the first.
fn listed(labels: &[String]) -> String {
    const SHOWN: usize = 10;
    let more = if labels.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", labels[..labels.len().min(SHOWN)].join(", "))
}

/// The values that occur in each categorical column of a calibration set.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Column and values, as sorted bits.
    columns: Vec<(usize, Vec<u64>)>,
}

impl Seen {
    pub(super) fn of(set: &CalibrationSet, categorical: &[usize]) -> Self {
        let x = set.x();
        let values = |&column: &usize| {
            let mut bits: Vec<u64> = (0..x.n_rows).map(|row_idx| x.row(row_idx)[column].to_bits()).collect();
            bits.sort_unstable();
            bits.dedup();
            (column, bits)
        };
        Self { columns: categorical.iter().map(values).collect() }
    }
}

impl<'a> From<Matrix<'a>> for Instances<'a> {
    fn from(x: Matrix<'a>) -> Self {
        Self::new(x)
    }
}
