//! Matrices, rows and columns as bytes. It never looks into them.

use ce_plugin_api::data::{Column, ColumnBuf, ColumnMut, Edits, Matrix, Rows};
use serde::{Deserialize, Serialize};

/// [`Matrix`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Table {
    data: Vec<f64>,
    n_rows: u64,
    n_cols: u64,
}

/// [`Column`], [`ColumnMut`] and [`ColumnBuf`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Named {
    name: String,
    width: u64,
    pub(super) values: Vec<f64>,
}

/// [`Rows`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RowSet {
    base: Table,
    row: Vec<u32>,
    end: Vec<u32>,
    feature: Vec<u32>,
    value: Vec<f64>,
    skip_base: u8,
}

/// [`Edits`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EditSet {
    row: Vec<u32>,
    end: Vec<u32>,
    feature: Vec<u32>,
    value: Vec<f64>,
}

impl From<Matrix<'_>> for Table {
    fn from(matrix: Matrix<'_>) -> Self {
        let Matrix { data, n_rows, n_cols } = matrix;
        Self { data: data.to_vec(), n_rows: n_rows as u64, n_cols: n_cols as u64 }
    }
}

impl Table {
    pub(crate) fn view(&self) -> Matrix<'_> {
        Matrix { data: self.data.as_slice().into(), n_rows: self.n_rows as usize, n_cols: self.n_cols as usize }
    }
}

impl From<&Column<'_>> for Named {
    fn from(column: &Column<'_>) -> Self {
        let Column { name, width, values } = *column;
        Self { name: name.as_str().to_owned(), width: width as u64, values: values.to_vec() }
    }
}

impl From<&ColumnMut<'_>> for Named {
    fn from(column: &ColumnMut<'_>) -> Self {
        let ColumnMut { name, width, values } = column;
        Self { name: name.as_str().to_owned(), width: *width as u64, values: values.to_vec() }
    }
}

impl From<ColumnBuf> for Named {
    fn from(column: ColumnBuf) -> Self {
        let ColumnBuf { name, width, values } = column;
        Self { name: name.into_string(), width: width as u64, values: values.into_vec() }
    }
}

impl From<Named> for ColumnBuf {
    fn from(named: Named) -> Self {
        Self { name: named.name.into(), width: named.width as usize, values: named.values.into() }
    }
}

impl Named {
    pub(super) fn view(&self) -> Column<'_> {
        Column::new(&self.name, self.width as usize, &self.values)
    }

    pub(super) fn view_mut(&mut self) -> ColumnMut<'_> {
        ColumnMut {
            name: self.name.as_str().into(),
            width: self.width as usize,
            values: self.values.as_mut_slice().into(),
        }
    }
}

pub(super) fn named(columns: &[Column<'_>]) -> Vec<Named> {
    columns.iter().map(Named::from).collect()
}

pub(super) fn bufs<T: Into<U>, U>(columns: impl IntoIterator<Item = T>) -> Vec<U> {
    columns.into_iter().map(Into::into).collect()
}

pub(super) fn views(columns: &[Named]) -> Vec<Column<'_>> {
    columns.iter().map(Named::view).collect()
}

impl From<Rows<'_>> for RowSet {
    fn from(rows: Rows<'_>) -> Self {
        let Rows { base, row, end, feature, value, skip_base } = rows;
        Self {
            base: base.into(),
            row: row.to_vec(),
            end: end.to_vec(),
            feature: feature.to_vec(),
            value: value.to_vec(),
            skip_base,
        }
    }
}

impl RowSet {
    pub(crate) fn view(&self) -> Rows<'_> {
        Rows {
            base: self.base.view(),
            row: self.row.as_slice().into(),
            end: self.end.as_slice().into(),
            feature: self.feature.as_slice().into(),
            value: self.value.as_slice().into(),
            skip_base: self.skip_base,
        }
    }
}

impl From<Edits> for EditSet {
    fn from(edits: Edits) -> Self {
        let Edits { row, end, feature, value } = edits;
        Self { row: row.into_vec(), end: end.into_vec(), feature: feature.into_vec(), value: value.into_vec() }
    }
}

impl From<EditSet> for Edits {
    fn from(edits: EditSet) -> Self {
        let EditSet { row, end, feature, value } = edits;
        Self { row: row.into(), end: end.into(), feature: feature.into(), value: value.into() }
    }
}
