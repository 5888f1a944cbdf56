//! A checked matrix with the meaning of its columns. Only an `Expectation` builds one.

use std::collections::BTreeMap;

use super::DataWarning;

/// The features of a file: finite numbers in the model's column order, text as codes of categories.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    pub(super) x: Vec<f64>,
    pub(super) names: Vec<String>,
    pub(super) categorical: Vec<usize>,
    pub(super) categories: BTreeMap<usize, Vec<String>>,
    pub(super) encoded: Vec<usize>,
    pub(super) warnings: Vec<DataWarning>,
}

impl Features {
    /// The values, `[n_rows, n_features]`, row by row, all finite.
    #[must_use]
    pub fn x(&self) -> &[f64] {
        &self.x
    }

    /// One row, `[n_features]`.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, row_idx: usize) -> &[f64] {
        &self.x[row_idx * self.names.len()..][..self.names.len()]
    }

    /// Number of rows, at least 1.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.x.len() / self.names.len()
    }

    /// Number of features, at least 1.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.names.len()
    }

    /// Names of the features, `[n_features]`.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The columns whose values are codes of categories, ascending.
    #[must_use]
    pub fn categorical(&self) -> &[usize] {
        &self.categorical
    }

    /// The labels of the codes 0, 1, 2, … of each text column and each column of codes that was given labels, by column
    /// index.
    ///
    /// Another column that was declared categorical and holds numbers is in [`categorical`](Self::categorical) only: its
    /// codes are the numbers themselves. A code beyond the labels stands for itself too.
    #[must_use]
    pub fn categories(&self) -> &BTreeMap<usize, Vec<String>> {
        &self.categories
    }

    /// The columns that hold text in the files and were encoded, ascending.
    #[must_use]
    pub fn encoded(&self) -> &[usize] {
        &self.encoded
    }

    /// These rows followed by those of another file of the same expectation.
    #[must_use]
    pub fn followed_by(&self, more: &Self) -> Self {
        Self { x: [&self.x[..], &more.x].concat(), ..self.clone() }
    }

    /// A category of a feature as messages and rules show it: its label, or the number.
    pub(super) fn shown(&self, feature: usize, code: f64) -> String {
        // What is no position, such as 2.5, has no label; the cast alone would find one.
        let position = (code >= 0.0 && code.fract() == 0.0).then_some(code as usize);
        let label = self.categories.get(&feature).zip(position).and_then(|(labels, position)| labels.get(position));
        label.cloned().unwrap_or_else(|| format!("{code:?}"))
    }

    /// What was decided that nobody asked for by name; the same for every file of one expectation.
    #[must_use]
    pub fn warnings(&self) -> &[DataWarning] {
        &self.warnings
    }

    /// The values, `[n_rows, n_features]`, row by row.
    #[must_use]
    pub fn into_x(self) -> Vec<f64> {
        self.x
    }
}
