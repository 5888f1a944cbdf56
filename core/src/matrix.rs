//! A borrowed row-major matrix. It never owns or copies its numbers.

use crate::Error;

/// A dense `[n_rows, n_cols]` matrix of float64, row-major.
///
/// NaN and infinities are allowed here; each algorithm says what it does with them.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    data: &'a [f64],
    n_rows: usize,
    n_cols: usize,
}

impl<'a> Matrix<'a> {
    /// Views `data` as `n_rows` rows of `n_cols` values.
    ///
    /// # Errors
    /// [`Error::Shape`] if `data.len()` is not `n_rows * n_cols`.
    pub fn new(data: &'a [f64], n_rows: usize, n_cols: usize) -> Result<Self, Error> {
        match n_rows.checked_mul(n_cols) {
            Some(len) if len == data.len() => Ok(Self { data, n_rows, n_cols }),
            _ => Err(Error::Shape { what: "matrix", expected: n_rows.saturating_mul(n_cols), found: data.len() }),
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of columns.
    #[must_use]
    pub fn n_cols(&self) -> usize {
        self.n_cols
    }

    /// All values, row after row.
    #[must_use]
    pub fn data(&self) -> &'a [f64] {
        self.data
    }

    /// One row, `[n_cols]`.
    ///
    /// # Panics
    /// If `row_idx >= n_rows`: a bug of the caller.
    #[must_use]
    pub fn row(&self, row_idx: usize) -> &'a [f64] {
        &self.data[row_idx * self.n_cols..][..self.n_cols]
    }

    /// One column, copied, `[n_rows]`.
    ///
    /// # Panics
    /// If `col_idx >= n_cols`: a bug of the caller.
    #[must_use]
    pub fn column(&self, col_idx: usize) -> Vec<f64> {
        assert!(col_idx < self.n_cols, "column {col_idx} of a matrix of {} columns", self.n_cols);
        (0..self.n_rows).map(|row_idx| self.data[row_idx * self.n_cols + col_idx]).collect()
    }
}
