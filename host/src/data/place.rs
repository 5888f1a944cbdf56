//! Where a cell stands in a file. It never says what is wrong there.

use std::fmt;

use super::quote::Quoted;

/// Where a cell stands, shown as `file:line: row 3, column`; lines count from 1, rows from 0 as `index` does in the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line that the row begins in, from 1.
    pub line: u32,
    /// The row without the header, from 0.
    pub row_idx: u32,
    /// The column's name.
    pub column: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: row {}, column {}", self.file, self.line, self.row_idx, Quoted(&self.column))
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_place_names_file_line_row_and_column() {
        let place = Place { file: "cal.csv".to_owned(), line: 14, row_idx: 12, column: "mean\tarea".to_owned() };
        assert_eq!(place.to_string(), "cal.csv:14: row 12, column `mean\\tarea`");
    }
}
