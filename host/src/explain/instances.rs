//! The instances to explain, checked once, here. It never scores them.

use ce_plugin_api::data::Matrix;
use ce_plugin_api::schema::Schema;

use super::calibration::{CalibrationSet, check_finite};
use super::error::InputError;
use crate::bundle::Digest;

/// The instances to explain, and what is known about them.
#[derive(Clone, Debug)]
pub struct Instances<'a> {
    pub(super) x: Matrix<'a>,
    pub(super) ids: Option<Vec<String>>,
    pub(super) batch_id: Option<String>,
    pub(super) file: Option<Digest>,
}

impl<'a> Instances<'a> {
    /// Rows to explain, `[n, n_features]`.
    #[must_use]
    pub fn new(x: Matrix<'a>) -> Self {
        Self { x, ids: None, batch_id: None, file: None }
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

    /// Checks the rows against what the model and the calibration set know.
    pub(super) fn check(&self, schema: &Schema, seen: &Seen) -> Result<(), InputError> {
        let x = self.x;
        if x.n_cols != schema.feature_names.len() {
            let (expected, found) = (schema.feature_names.len(), x.n_cols);
            return Err(InputError::Features { what: "the data", expected, found });
        }
        check_finite("the data", x.as_slice(), x.n_cols)?;
        if let Some(ids) = self.ids.as_ref().filter(|ids| ids.len() != x.n_rows) {
            let found = format!("{} for {} rows", ids.len(), x.n_rows);
            return Err(InputError::Setting { what: "the number of instance names", found, expected: "one per row" });
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
