//! The instances to explain, checked once, here. It never scores them.

use ce_plugin_api::data::Matrix;
use ce_plugin_api::schema::Schema;

use super::calibration::{CalibrationSet, check_finite};
use super::error::InputError;
use super::mondrian::Mondrian;
use super::percentiles::Percentiles;
use super::quantity::Quantity;
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
}

/// What is asked of the instances of a batch, after a check against model and calibration set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) quantity: Quantity,
    /// The code of each instance's Mondrian category; empty where calibration is not Mondrian.
    pub(crate) category: Vec<u32>,
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

    /// Gives each row its Mondrian category, one label per row, as the calibration rows have theirs.
    #[must_use]
    pub fn mondrian_categories(self, labels: Vec<String>) -> Self {
        Self { mondrian: Some(labels), ..self }
    }

    /// The numbers by which reports and errors name the rows, where these are part of something larger; 0, 1, … unless
    /// given. One per row.
    #[must_use]
    pub fn row_numbers(self, numbers: Vec<usize>) -> Self {
        Self { row_numbers: Some(numbers), ..self }
    }

    /// The number of a row.
    pub(super) fn number(&self, row_idx: usize) -> usize {
        self.row_numbers.as_ref().and_then(|numbers| numbers.get(row_idx)).map_or(row_idx, |number| *number)
    }

    /// Checks the rows against what the model and the calibration set know.
    pub(super) fn check(&self, schema: &Schema, seen: &Seen, mondrian: Option<&Mondrian>) -> Result<Asked, InputError> {
        let quantity = Quantity::asked(schema.task, self.percentiles, self.threshold)?;
        self.check_rows(schema, seen).map_err(|error| self.numbered(error))?;
        Ok(Asked { quantity, category: self.categories(mondrian)? })
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
