//! What can be wrong with a file of data: the place, what was expected and found there, and what to do.

use std::io;
use std::sync::Arc;

use thiserror::Error;

use super::phrase::{Absent, ListMissing, counted, meant, plural};
use super::quote::{List, Quoted};
use super::{LabelsError, Place, Role};

/// A column that a file should have, and the one that was perhaps meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingColumn {
    /// The column.
    pub name: String,
    /// An extra column with nearly the same name; looked for among the first few missing columns only.
    pub nearest: Option<String>,
}

/// Why a file could not become a matrix.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// The file cannot be read.
    #[error("{file} cannot be read: {cause}")]
    Unreadable {
        /// The file.
        file: String,
        /// The system's reason.
        #[source]
        cause: Arc<io::Error>,
    },
    /// More of something than a table may have.
    #[error(
        "{file}:{line}: more than {max} {what}, the most that a table may have: split or shorten the file, and check for a stray quote"
    )]
    TooLarge {
        /// The file.
        file: String,
        /// The line where the limit was passed; 1 for the file as a whole.
        line: u32,
        /// What there is too much of, with its unit.
        what: &'static str,
        /// The limit.
        max: usize,
    },
    /// Not text in UTF-8.
    #[error("{file}:{line}: not valid UTF-8 (byte {byte} of the file): save the file as CSV in UTF-8")]
    NotUtf8 {
        /// The file.
        file: String,
        /// The line of the first byte that is not.
        line: u32,
        /// That byte's position in the file, from 0.
        byte: usize,
    },
    /// Nothing in the file.
    #[error("{file} is empty: expected a header line with the names of the columns, then at least one row")]
    Empty {
        /// The file.
        file: String,
    },
    /// A header and nothing else.
    #[error("{file} has a header and no rows: expected at least one row")]
    NoRows {
        /// The file.
        file: String,
    },
    /// Data where the header should be.
    #[error("{file}:{line}: expected a header with the names of the columns, found numbers only: add a header line")]
    NoHeader {
        /// The file.
        file: String,
        /// The line of the header.
        line: u32,
    },
    /// A header that was probably written with another separator.
    #[error("{file}:{line}: expected columns separated by commas, found one column whose name holds `{}`: separate the fields by commas", found.escape_debug())]
    Separator {
        /// The file.
        file: String,
        /// The line of the header.
        line: u32,
        /// The other separator.
        found: char,
    },
    /// A column without a name.
    #[error(
        "{file}:{line}: column {column_idx} (from 0) has no name: name it, or write the file without it (in pandas, `index=False`)"
    )]
    UnnamedColumn {
        /// The file.
        file: String,
        /// The line of the header.
        line: u32,
        /// The position of the column, from 0.
        column_idx: usize,
    },
    /// Two columns of one name.
    #[error(
        "{file}:{line}: columns {first_idx} and {second_idx} (from 0) have the same name {}: rename or remove one",
        Quoted(name)
    )]
    DuplicateColumn {
        /// The file.
        file: String,
        /// The line of the header.
        line: u32,
        /// The name.
        name: String,
        /// The position of the first, from 0.
        first_idx: usize,
        /// The position of the second, from 0.
        second_idx: usize,
    },
    /// A blank line before the last row.
    #[error("{file}:{line}: blank line: remove it, or write `\"\"` where a lone field is meant to be empty")]
    BlankLine {
        /// The file.
        file: String,
        /// The line.
        line: u32,
    },
    /// A quoted field that does not end.
    #[error(
        "{file}:{line}: a quoted field in the record that begins here does not end: close the quote, or write `\"\"` for a quote within a field"
    )]
    UnclosedQuote {
        /// The file.
        file: String,
        /// The line that the row begins in.
        line: u32,
    },
    /// A quoted field that goes on after its closing quote.
    #[error(
        "{file}:{line}: text follows a closing quote, expected a comma or the end of the line: write `\"\"` for a quote within a quoted field"
    )]
    StrayQuote {
        /// The file.
        file: String,
        /// The line that the row begins in.
        line: u32,
    },
    /// A row with more or fewer fields than the header.
    #[error("{file}:{line}: row {row_idx} has {}, expected {expected} as in the header: check its commas and quotes", counted(*found, "field"))]
    RaggedRow {
        /// The file.
        file: String,
        /// The line that the row begins in.
        line: u32,
        /// The row, from 0.
        row_idx: u32,
        /// Number of columns of the header.
        expected: usize,
        /// Number of fields of the row.
        found: usize,
    },
    /// Features that the file has no column for.
    #[error("{file} lacks the column{} {}: add or rename them", plural(missing.len()), ListMissing(missing))]
    MissingColumns {
        /// The file.
        file: String,
        /// All of them, in the order of the features.
        missing: Vec<MissingColumn>,
    },
    /// Columns that are neither features nor anything else.
    #[error(
        "{file} has the extra column{} {}: remove them, or name them in `--ignore-columns`",
        plural(extra.len()),
        List(extra)
    )]
    ExtraColumns {
        /// The file.
        file: String,
        /// All of them, in the order of the file.
        extra: Vec<String>,
    },
    /// A model without names, and a file with another number of columns.
    #[error("{file} has {} beside {others}, expected {expected}, as many as the model has features: add the missing, or name those that are no features in `--ignore-columns`", counted(*found, "column"))]
    FeatureCount {
        /// The file.
        file: String,
        /// Number of features of the model; 1 if the model does not say.
        expected: usize,
        /// Number of columns that could be features.
        found: usize,
        /// The columns that are not.
        others: String,
    },
    /// A column that has a role has to be in the file and is not.
    #[error("{file} has no column {}, {role}{}: correct the name or add the column", Quoted(column), meant(nearest.as_deref()))]
    MissingRole {
        /// The file.
        file: String,
        /// What the column is for.
        role: Role,
        /// The column.
        column: String,
        /// The column that was probably meant.
        nearest: Option<String>,
    },
    /// A feature of the model was given a role.
    #[error("{} is a feature of the model and cannot be {role}: name another column", Quoted(column))]
    RoleIsFeature {
        /// The role.
        role: Role,
        /// The column.
        column: String,
    },
    /// The target was given a second role.
    #[error("{} is both the target (--target) and {role}: name it once", Quoted(column))]
    TwoRoles {
        /// The column.
        column: String,
        /// The second role.
        role: Role,
    },
    /// An option or the model names a feature that does not exist.
    #[error("{named_by} names {}, which is no feature{}: correct or remove the name", Quoted(column), meant(nearest.as_deref()))]
    UnknownFeature {
        /// The option, or the key of the model.
        named_by: &'static str,
        /// The column.
        column: String,
        /// The feature that was probably meant.
        nearest: Option<String>,
    },
    /// A cell names a feature that does not exist.
    #[error("{at}: names {}, which is no feature{}: name features of the model, separated by `;`", Quoted(text), meant(nearest.as_deref()))]
    UnknownFeatureInCell {
        /// The cell.
        at: Place,
        /// The name.
        text: String,
        /// The feature that was probably meant.
        nearest: Option<String>,
    },
    /// An option names a column that does not exist.
    #[error("{option} names {}, which is in no file{}: correct or remove the name", Quoted(column), meant(nearest.as_deref()))]
    UnknownColumn {
        /// The option.
        option: &'static str,
        /// The column.
        column: String,
        /// The column that was probably meant.
        nearest: Option<String>,
    },
    /// Text where a number should be.
    #[error(
        "{at}: expected a number such as 1.5, found {}: correct the cell, or remove or impute the row",
        Quoted(text)
    )]
    NotNumber {
        /// The cell.
        at: Place,
        /// What it says.
        text: String,
    },
    /// No value.
    #[error("{at}: expected a value, found {}: remove or impute the row, the method needs all values", Absent(text))]
    MissingValue {
        /// The cell.
        at: Place,
        /// What it says, such as nothing or `NA`.
        text: String,
    },
    /// An infinite number.
    #[error(
        "{at}: expected a finite number, found {}: remove or impute the row, the method needs finite values",
        Quoted(text)
    )]
    NotFinite {
        /// The cell.
        at: Place,
        /// What it says.
        text: String,
    },
    /// A category without a code.
    #[error(
        "{at}: expected a known category, found {} (known: {}): correct the cell or remove the row",
        Quoted(text),
        List(known)
    )]
    UnknownCategory {
        /// The cell.
        at: Place,
        /// What it says.
        text: String,
        /// The categories of the model, or of the calibration file where the model names none.
        known: Arc<[String]>,
    },
    /// A category that no calibration row has.
    #[error(
        "{at}: expected a category that some calibration row has, found {} (known: {}): remove the row, or calibrate with such rows",
        Quoted(text),
        List(known)
    )]
    UnseenCategory {
        /// The cell.
        at: Place,
        /// What it says.
        text: String,
        /// The categories of the calibration rows.
        known: Arc<[String]>,
    },
    /// A Mondrian category that no calibration row has.
    #[error(
        "{at}: expected a Mondrian category that some calibration row has, found {} (known: {}): correct the cell, remove the row, or calibrate with such rows",
        Quoted(text),
        List(known)
    )]
    UnseenMondrianCategory {
        /// The cell.
        at: Place,
        /// What it says.
        text: String,
        /// The Mondrian categories of the calibration rows.
        known: Arc<[String]>,
    },
    /// A number where the code of a category should be.
    #[error(
        "{at}: expected the code of a category (a whole number from 0, since --categorical-labels names the feature), found {}: correct the cell, or take the feature out of the labels",
        Quoted(text)
    )]
    NotCode {
        /// The cell.
        at: Place,
        /// What it says.
        text: String,
    },
    /// The labels of categories.
    #[error(transparent)]
    CategoryLabels(#[from] LabelsError),
    /// A class that the model does not have.
    #[error(
        "{at}: expected a class of the model, found {} (classes: {}): correct the cell or remove the row",
        Quoted(text),
        List(known)
    )]
    UnknownClass {
        /// The cell.
        at: Place,
        /// What it says.
        text: String,
        /// The classes of the model.
        known: Arc<[String]>,
    },
    /// A row was asked for that the file does not have.
    #[error("--rows names row {row_idx}, and {file} has {}: name rows from 0 to {}", counted(*n_rows, "row"), n_rows - 1)]
    NoSuchRow {
        /// The file.
        file: String,
        /// The row, from 0.
        row_idx: usize,
        /// Number of rows of the file, at least 1.
        n_rows: usize,
    },
    /// Too little to calibrate with.
    #[error("{file} has {found} row, calibration needs at least 2: add rows that the model was not trained on")]
    TooFewRows {
        /// The file.
        file: String,
        /// Number of rows.
        found: usize,
    },
}
