//! What was done with the data that nobody asked for by name. Warnings never stop anything.

use std::fmt;

use super::quote::{List, Quoted};

/// Something that the caller should know about the data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataWarning {
    /// A text column without categories in the model: it was encoded in sorted order, and the model may have been
    /// fitted with another.
    SortedCategories {
        /// The column.
        column: String,
        /// The categories that the calibration file has, in the order of their codes.
        categories: Vec<String>,
    },
}

impl DataWarning {
    /// A name for the warning that does not change between versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::SortedCategories { .. } => "data.sorted_categories",
        }
    }
}

impl fmt::Display for DataWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SortedCategories { column, categories } => write!(
                f,
                "column {} holds text and the model names no categories for it: encoded as 0, 1, 2, … in sorted order ({}); \
                 if the model was fitted with another order, its answers are wrong: name them under `categories` in the model",
                Quoted(column),
                List(categories)
            ),
        }
    }
}
