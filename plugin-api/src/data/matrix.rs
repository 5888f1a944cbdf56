//! Numbers in rows and columns.

use abi_stable::StableAbi;
use abi_stable::std_types::{RSlice, RSliceMut, RStr, RString, RVec};

/// A dense matrix of float64, `[n_rows, n_cols]`, row-major.
#[repr(C)]
#[derive(StableAbi, Clone, Copy, Debug)]
pub struct Matrix<'a> {
    /// `n_rows * n_cols` values, row after row.
    pub data: RSlice<'a, f64>,
    /// Number of rows.
    pub n_rows: usize,
    /// Number of columns.
    pub n_cols: usize,
}

impl<'a> Matrix<'a> {
    /// A view of `data` as rows of `n_cols` values. `None` if the length does not fit.
    #[must_use]
    pub fn new(data: &'a [f64], n_rows: usize, n_cols: usize) -> Option<Self> {
        (n_rows.checked_mul(n_cols) == Some(data.len())).then(|| Self {
            data: RSlice::from_slice(data),
            n_rows,
            n_cols,
        })
    }

    /// The matrix without rows.
    #[must_use]
    pub fn empty(n_cols: usize) -> Self {
        Self { data: RSlice::EMPTY, n_rows: 0, n_cols }
    }

    /// All values, row after row.
    #[must_use]
    pub fn as_slice(&self) -> &'a [f64] {
        self.data.as_slice()
    }

    /// One row, `[n_cols]`.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, row_idx: usize) -> &'a [f64] {
        &self.as_slice()[row_idx * self.n_cols..][..self.n_cols]
    }
}

/// A named column beside the data that everyone knows, such as `difficulty`.
#[repr(C)]
#[derive(StableAbi, Clone, Copy, Debug)]
pub struct Column<'a> {
    /// What the values are. Names with a dot belong to whoever owns the part before it.
    pub name: RStr<'a>,
    /// Values per entry.
    pub width: usize,
    /// `n * width` values, entry after entry; NaN where one is missing.
    pub values: RSlice<'a, f64>,
}

impl<'a> Column<'a> {
    /// A column of `width` values per entry.
    #[must_use]
    pub fn new(name: &'a str, width: usize, values: &'a [f64]) -> Self {
        Self { name: RStr::from_str(name), width, values: RSlice::from_slice(values) }
    }
}

/// The column of that name, if it is there.
#[must_use]
pub fn find<'a>(columns: &[Column<'a>], name: &str) -> Option<Column<'a>> {
    columns.iter().find(|column| column.name.as_str() == name).copied()
}

/// A column to be filled in by a plugin: owned by the host, filled with NaN before the call.
#[repr(C)]
#[derive(StableAbi, Debug)]
pub struct ColumnMut<'a> {
    /// What is asked for.
    pub name: RStr<'a>,
    /// Values per entry.
    pub width: usize,
    /// `n * width` values, entry after entry.
    pub values: RSliceMut<'a, f64>,
}

/// A column that a plugin returns.
#[repr(C)]
#[derive(StableAbi, Clone, Debug, Default, PartialEq)]
pub struct ColumnBuf {
    /// What the values are.
    pub name: RString,
    /// Values per entry.
    pub width: usize,
    /// `n * width` values, entry after entry; NaN where one is missing.
    pub values: RVec<f64>,
}

impl ColumnBuf {
    /// The column to be filled in.
    pub fn view_mut(&mut self) -> ColumnMut<'_> {
        ColumnMut {
            name: RStr::from_str(self.name.as_str()),
            width: self.width,
            values: RSliceMut::from_mut_slice(self.values.as_mut_slice()),
        }
    }

    /// The column as it is handed on.
    #[must_use]
    pub fn view(&self) -> Column<'_> {
        Column { name: self.name.as_rstr(), width: self.width, values: self.values.as_rslice() }
    }
}
