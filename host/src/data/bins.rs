//! The Mondrian category of each row, from a column of both files. It never decides how a category is calibrated.

use std::sync::Arc;

use super::cell::Cell;
use super::{DataError, Labels, Role, Table};

/// The Mondrian categories that a column of the calibration file has.
///
/// A category may be any text. One that is written in another way, such as `1.0` for `1`, is the same if [`Labels`] say so.
#[derive(Clone, Debug)]
pub struct Bins {
    column: String,
    labels: Labels,
}

impl Bins {
    /// The categories of a column of the calibration file.
    ///
    /// # Errors
    /// [`DataError::MissingRole`] without the column; [`DataError::MissingValue`] for the first cell that is empty or such
    /// as `NA`.
    pub fn new(calibration: &Table, column: &str) -> Result<Self, DataError> {
        Self::of_all(&[calibration], column)
    }

    /// The categories of a column of several calibration files, as if their rows stood in one.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn of_all(calibration: &[&Table], column: &str) -> Result<Self, DataError> {
        let mut texts = Vec::new();
        for table in calibration {
            let column_idx = table.role_idx(Role::Bins, column)?;
            for row_idx in 0..table.n_rows() {
                texts.push(present(table, row_idx, column_idx)?);
            }
        }
        Ok(Self { column: column.to_owned(), labels: Labels::sorted(texts) })
    }

    /// The category of each row of a file, as the calibration file writes it, `[n_rows]`.
    ///
    /// # Errors
    /// As for [`new`](Self::new); [`DataError::UnseenMondrianCategory`] for the first row whose category no calibration row
    /// has.
    pub fn of(&self, table: &Table) -> Result<Vec<String>, DataError> {
        let column_idx = table.role_idx(Role::Bins, &self.column)?;
        (0..table.n_rows())
            .map(|row_idx| {
                let text = present(table, row_idx, column_idx)?;
                let code = self.labels.code(text).ok_or_else(|| DataError::UnseenMondrianCategory {
                    at: table.place(row_idx, column_idx),
                    text: text.to_owned(),
                    known: Arc::from(self.labels.texts()),
                })?;
                Ok(self.labels.texts()[code as usize].clone())
            })
            .collect()
    }
}

/// The text of a cell that says something.
fn present(table: &Table, row_idx: usize, column_idx: usize) -> Result<&str, DataError> {
    let text = table.cell(row_idx, column_idx);
    match Cell::read(text) {
        Cell::Missing => Err(DataError::MissingValue { at: table.place(row_idx, column_idx), text: text.to_owned() }),
        _ => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::Bins;
    use crate::data::{DataError, Table};

    fn of(calibration: &str, data: &str) -> Result<Vec<String>, DataError> {
        let table = |name, text: &str| Table::from_csv_slice(name, text.as_bytes()).unwrap();
        Bins::new(&table("cal.csv", calibration), "site")?.of(&table("new.csv", data))
    }

    #[test]
    fn categories_are_texts_of_any_kind_and_numbers_are_found_by_value() {
        let found = of("site\nnorth\n-2\n\"ü, x\"\n", "site\n-2.0\n\"ü, x\"\nnorth\n").unwrap();
        assert_eq!(found, ["-2", "ü, x", "north"]);
    }

    #[test]
    fn an_unseen_category_is_an_error_with_its_place_and_the_known_ones() {
        let error = of("site,x\nnorth,1\neast,2\n", "x,site\n1,east\n2,south\n").unwrap_err();
        assert_eq!(error.code(), "data.unseen_mondrian_category");
        assert_eq!(
            error.to_string(),
            "new.csv:3: row 1, column `site`: expected a Mondrian category that some calibration row has, found `south` \
             (known: `east`, `north`): correct the cell, remove the row, or calibrate with such rows"
        );
    }

    #[test]
    fn a_missing_category_is_an_error_in_either_file() {
        for cell in ["", "NA", " "] {
            let error = of(&format!("site,x\nnorth,1\n{cell},2\n"), "site\nnorth\n").unwrap_err();
            assert_eq!(error.code(), "data.missing_value");
            assert!(error.to_string().starts_with("cal.csv:3: row 1, column `site`: expected a value"), "{error}");
            let error = of("site,x\nnorth,1\n", &format!("x,site\n1,{cell}\n")).unwrap_err();
            assert!(error.to_string().starts_with("new.csv:2: row 0, column `site`: expected a value"), "{error}");
        }
    }

    #[test]
    fn several_calibration_files_are_as_one() {
        let table = |name, text: &str| Table::from_csv_slice(name, text.as_bytes()).unwrap();
        let (first, second) = (table("a.csv", "site\nnorth\n"), table("b.csv", "x,site\n1,east\n2,NA\n"));
        let error = Bins::of_all(&[&first, &second], "site").unwrap_err().to_string();
        assert!(error.starts_with("b.csv:3: row 1, column `site`"), "{error}");
        let second = table("b.csv", "x,site\n1,east\n");
        let bins = Bins::of_all(&[&first, &second], "site").unwrap();
        assert_eq!(bins.of(&table("new.csv", "site\neast\nnorth\n")).unwrap(), ["east", "north"]);
    }

    #[test]
    fn both_files_need_the_column() {
        let error = of("sites\nnorth\n", "site\nnorth\n").unwrap_err();
        assert_eq!(error.code(), "data.missing_bins");
        let error = of("site\nnorth\n", "sites\nnorth\n").unwrap_err().to_string();
        assert!(
            error.starts_with("new.csv has no column `site`, the Mondrian category (--bins), did you mean"),
            "{error}"
        );
    }
}
