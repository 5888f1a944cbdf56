//! Rows described as a base matrix plus edits. Nothing is materialised here.

use crate::{Error, Matrix};

/// `base.n_rows()` rows as they are, then one row per entry of `row`: base row `row[j]` with the edits
/// `end[j - 1]..end[j]` (from 0 for the first) written over it, in order.
///
/// Edit `e` writes `value[e]` into column `feature[e]`. A perturbed row so costs a few numbers, not a copy of the row, and
/// a model may skip the work that does not depend on the edited features. [`Rows::without_base`] leaves the base rows out of
/// what is asked: they are there only to be edited.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    base: Matrix<'a>,
    row: &'a [u32],
    end: &'a [u32],
    feature: &'a [u32],
    value: &'a [f64],
    skip_base: bool,
}

impl<'a> Rows<'a> {
    /// The rows of `base` and nothing else.
    #[must_use]
    pub fn dense(base: Matrix<'a>) -> Self {
        Self { base, row: &[], end: &[], feature: &[], value: &[], skip_base: false }
    }

    /// Rows with edits; see the type for the layout.
    ///
    /// # Errors
    /// [`Error::Shape`] if the lengths disagree or `end` descends, [`Error::OutOfRange`] if a row or a feature lies outside `base`.
    pub fn edited(
        base: Matrix<'a>,
        row: &'a [u32],
        end: &'a [u32],
        feature: &'a [u32],
        value: &'a [f64],
    ) -> Result<Self, Error> {
        if end.len() != row.len() {
            return Err(Error::Shape { what: "edit ends", expected: row.len(), found: end.len() });
        }
        if value.len() != feature.len() {
            return Err(Error::Shape { what: "edit values", expected: feature.len(), found: value.len() });
        }
        let last = end.last().map_or(0, |&end| end as usize);
        if last != feature.len() || !end.is_sorted() {
            return Err(Error::Shape { what: "edits covered by their ends", expected: feature.len(), found: last });
        }
        if let Some(&found) = row.iter().find(|&&row| row as usize >= base.n_rows()) {
            return Err(Error::OutOfRange { what: "edited row", found: found as usize, limit: base.n_rows() });
        }
        if let Some(&found) = feature.iter().find(|&&feature| feature as usize >= base.n_cols()) {
            return Err(Error::OutOfRange { what: "edited feature", found: found as usize, limit: base.n_cols() });
        }
        Ok(Self { base, row, end, feature, value, skip_base: false })
    }

    /// The same rows without the unedited ones.
    #[must_use]
    pub fn without_base(self) -> Self {
        Self { skip_base: true, ..self }
    }

    /// Number of unedited rows asked about: all of the base, or none.
    #[must_use]
    pub fn n_base(&self) -> usize {
        if self.skip_base { 0 } else { self.base.n_rows() }
    }

    /// The unedited rows, which come first unless they are left out.
    #[must_use]
    pub fn base(&self) -> Matrix<'a> {
        self.base
    }

    /// Number of rows asked about.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_base() + self.row.len()
    }

    /// Number of edited rows.
    #[must_use]
    pub fn n_edited(&self) -> usize {
        self.row.len()
    }

    /// The base row of each edited row, `[n_edited]`.
    pub(crate) fn edited_base_rows(&self) -> &'a [u32] {
        self.row
    }

    /// The base row of the `edited_idx`-th edited row, and its edits as (features, values).
    ///
    /// # Panics
    /// If `edited_idx >= n_edited()`: a bug of the caller.
    #[must_use]
    pub fn edits(&self, edited_idx: usize) -> (usize, &'a [u32], &'a [f64]) {
        let start = if edited_idx == 0 { 0 } else { self.end[edited_idx - 1] as usize };
        let end = self.end[edited_idx] as usize;
        (self.row[edited_idx] as usize, &self.feature[start..end], &self.value[start..end])
    }
}
