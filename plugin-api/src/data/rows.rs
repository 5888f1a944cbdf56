//! Rows as a base matrix plus edits: a perturbed row costs a few numbers, not a copy.

use abi_stable::StableAbi;
use abi_stable::std_types::{RSlice, RVec};

use super::{Matrix, position};

/// `base.n_rows` rows as they are, then one row per entry of `row`: base row `row[j]` with the edits `end[j-1]..end[j]`
/// (from 0 for the first) written over it, in order. Edit `e` writes `value[e]` into column `feature[e]`.
///
/// With `skip_base` the base rows are there only to be edited: the rows asked about are the edited ones alone. So no row
/// meets a model twice. Calibrators are always handed the base rows too.
///
/// The host hands out only rows whose indices are in range.
#[repr(C)]
#[derive(StableAbi, Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// The unedited rows, which come first.
    pub base: Matrix<'a>,
    /// The base row of each edited row.
    pub row: RSlice<'a, u32>,
    /// Where the edits of each edited row end; ascending, the last equals `feature.len()`.
    pub end: RSlice<'a, u32>,
    /// The column of each edit.
    pub feature: RSlice<'a, u32>,
    /// The value of each edit.
    pub value: RSlice<'a, f64>,
    /// 1 if the unedited rows are not asked about, else 0. An integer, since not every language has the same truth.
    pub skip_base: u8,
}

impl<'a> Rows<'a> {
    /// The rows of `base` and nothing else.
    #[must_use]
    pub fn dense(base: Matrix<'a>) -> Self {
        Self {
            base,
            row: RSlice::EMPTY,
            end: RSlice::EMPTY,
            feature: RSlice::EMPTY,
            value: RSlice::EMPTY,
            skip_base: 0,
        }
    }

    /// The rows of `base`, then the rows that `edits` make of them.
    #[must_use]
    pub fn edited(base: Matrix<'a>, edits: &'a Edits) -> Self {
        Self {
            base,
            row: edits.row.as_rslice(),
            end: edits.end.as_rslice(),
            feature: edits.feature.as_rslice(),
            value: edits.value.as_rslice(),
            skip_base: 0,
        }
    }

    /// The same rows without the unedited ones.
    #[must_use]
    pub fn without_base(self) -> Self {
        Self { skip_base: 1, ..self }
    }

    /// Number of unedited rows asked about: all of the base, or none.
    #[must_use]
    pub fn n_base(&self) -> usize {
        if self.skip_base == 0 { self.base.n_rows } else { 0 }
    }

    /// Number of rows asked about, unedited ones first.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_base() + self.row.len()
    }

    /// Number of edited rows.
    #[must_use]
    pub fn n_edited(&self) -> usize {
        self.row.len()
    }

    /// The base row of the `edited_idx`-th edited row, the features of its edits and their values.
    ///
    /// # Panics
    /// If there is no such edited row.
    #[must_use]
    pub fn edits(&self, edited_idx: usize) -> (usize, &'a [u32], &'a [f64]) {
        let end = self.end.as_slice();
        let start = if edited_idx == 0 { 0 } else { end[edited_idx - 1] as usize };
        let range = start..end[edited_idx] as usize;
        (
            self.row.as_slice()[edited_idx] as usize,
            &self.feature.as_slice()[range.clone()],
            &self.value.as_slice()[range],
        )
    }

    /// Writes row `row_idx` of those asked about into `out`, `[n_cols]`.
    ///
    /// # Panics
    /// If there is no such row, or `out` has another length.
    pub fn write_row(&self, row_idx: usize, out: &mut [f64]) {
        let Some(edited_idx) = row_idx.checked_sub(self.n_base()) else {
            out.copy_from_slice(self.base.row(row_idx));
            return;
        };
        let (base_row, features, values) = self.edits(edited_idx);
        out.copy_from_slice(self.base.row(base_row));
        for (&feature, &value) in features.iter().zip(values) {
            out[feature as usize] = value;
        }
    }
}

/// Edited rows that a plugin asks about; the layout is that of [`Rows`].
#[repr(C)]
#[derive(StableAbi, Clone, Debug, Default, PartialEq)]
pub struct Edits {
    /// The base row of each edited row.
    pub row: RVec<u32>,
    /// Where the edits of each edited row end.
    pub end: RVec<u32>,
    /// The column of each edit.
    pub feature: RVec<u32>,
    /// The value of each edit.
    pub value: RVec<f64>,
}

impl Edits {
    /// Room for `n_rows` edited rows of one edit each.
    #[must_use]
    pub fn with_capacity(n_rows: usize) -> Self {
        Self {
            row: RVec::with_capacity(n_rows),
            end: RVec::with_capacity(n_rows),
            feature: RVec::with_capacity(n_rows),
            value: RVec::with_capacity(n_rows),
        }
    }

    /// Appends base row `row` with `value` in column `feature`.
    ///
    /// # Panics
    /// From 2^32 edits on: ask in several rounds.
    pub fn push(&mut self, row: u32, feature: u32, value: f64) {
        self.row.push(row);
        self.feature.push(feature);
        self.value.push(value);
        self.end.push(position(self.feature.len()));
    }

    /// Appends base row `row` with several columns written over.
    pub fn push_many(&mut self, row: u32, edits: impl IntoIterator<Item = (u32, f64)>) {
        self.row.push(row);
        for (feature, value) in edits {
            self.feature.push(feature);
            self.value.push(value);
        }
        self.end.push(position(self.feature.len()));
    }

    /// Number of edited rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.row.len()
    }

    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.row.is_empty()
    }
}
