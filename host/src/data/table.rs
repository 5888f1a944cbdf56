//! A rectangle of text with named columns, each row knowing its line in the file. It never interprets a cell.

use super::{DataError, Place, Role};
use crate::config::nearest;

/// A file's columns and rows as text: at least one column and one row, names that are unique and not empty, as many
/// fields in each row as there are columns.
///
/// Cells lie in one piece of memory, row by row; rows and columns count from 0, lines from 1.
#[derive(Clone, Debug)]
pub struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    /// All cells, one after the other without anything in between.
    pub(super) text: String,
    /// `[n_rows * n_columns]`, where in `text` each cell ends.
    pub(super) ends: Vec<u32>,
    /// `[n_rows]`, the line that each row begins in.
    pub(super) lines: Vec<u32>,
}

impl Table {
    /// The file's name, as messages show it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names of the columns in the order of the file, `[n_columns]`.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Number of rows, without the header; at least 1, and a `u32` holds it.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.lines.len()
    }

    /// The position of a column.
    #[must_use]
    pub fn column_idx(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|name| name == column)
    }

    /// The text of a cell, as the file has it but for its quotes.
    ///
    /// # Panics
    /// If there is no such row or column.
    #[must_use]
    pub fn cell(&self, row_idx: usize, column_idx: usize) -> &str {
        assert!(column_idx < self.columns.len(), "column {column_idx} of {}", self.columns.len());
        let cell_idx = row_idx * self.columns.len() + column_idx;
        let start = cell_idx.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..self.ends[cell_idx] as usize]
    }

    /// The line of the file that a row begins in, from 1. A quoted cell may hold line breaks, so a row may have several.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn line(&self, row_idx: usize) -> u32 {
        self.lines[row_idx]
    }

    /// All texts of a column that is no feature, such as the identifiers, `[n_rows]`.
    ///
    /// # Errors
    /// [`DataError::MissingRole`] if the file has no such column.
    pub fn texts(&self, role: Role, column: &str) -> Result<Vec<&str>, DataError> {
        let column_idx = self.role_idx(role, column)?;
        Ok((0..self.n_rows()).map(|row_idx| self.cell(row_idx, column_idx)).collect())
    }

    /// The finite numbers of a column that is no feature, such as each row's threshold, `[n_rows]`.
    ///
    /// # Errors
    /// [`DataError::MissingRole`] if the file has no such column; [`DataError::NotNumber`], [`DataError::MissingValue`] or
    /// [`DataError::NotFinite`] for the first row that has no finite number.
    pub fn finite_numbers(&self, role: Role, column: &str) -> Result<Vec<f64>, DataError> {
        let column_idx = self.role_idx(role, column)?;
        (0..self.n_rows()).map(|row_idx| self.number(row_idx, column_idx)).collect()
    }

    /// The position of a column that has a role, or an error that says what the column is for.
    pub(super) fn role_idx(&self, role: Role, column: &str) -> Result<usize, DataError> {
        self.column_idx(column).ok_or_else(|| DataError::MissingRole {
            file: self.name.clone(),
            role,
            column: column.to_owned(),
            nearest: nearest(column, self.columns.iter().map(String::as_str)).map(str::to_owned),
        })
    }

    /// Where a cell stands, for a message.
    pub(super) fn place(&self, row_idx: usize, column_idx: usize) -> Place {
        Place {
            file: self.name.clone(),
            line: self.lines[row_idx],
            row_idx: u32::try_from(row_idx).expect("rows are limited when a table is read"),
            column: self.columns[column_idx].clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Role;
    use super::Table;

    #[test]
    fn cells_and_lines_are_found_by_row_and_column() {
        let table = Table::from_csv_slice("t.csv", b"a,b\n1,\"x\ny\"\n,ab\n").unwrap();
        assert_eq!((table.name(), table.n_rows()), ("t.csv", 2));
        assert_eq!([table.cell(0, 0), table.cell(0, 1), table.cell(1, 0), table.cell(1, 1)], ["1", "x\ny", "", "ab"]);
        assert_eq!([table.line(0), table.line(1)], [2, 4]);
        assert_eq!(table.column_idx("b"), Some(1));
        assert_eq!(table.texts(Role::Identifier, "b").unwrap(), ["x\ny", "ab"]);
    }

    #[test]
    fn an_absent_column_is_an_error_with_its_role_and_the_nearest_name() {
        let error =
            Table::from_csv_slice("t.csv", b"name,b\nx,1\n").unwrap().texts(Role::Identifier, "nam").unwrap_err();
        assert_eq!(error.code(), "data.missing_identifier");
        assert_eq!(
            error.to_string(),
            "t.csv has no column `nam`, the identifier (--id-column), did you mean `name`?: correct the name or add the column"
        );
    }
}
