//! How hard each row is to predict, as the calling program says: a model of one value, asked beside the model that is
//! explained. It never reads a difficulty: calibrators do.

use ce_plugin_api::data::{Column, Rows};
use ce_plugin_api::manifest::Task;

use super::error::InputError;
use super::fault::{PluginFault, Violation};
use super::model::Model;

/// The further column that calibrators are told difficulties in.
const COLUMN: &str = "difficulty";

/// How hard rows are to predict.
#[derive(Debug)]
pub(crate) struct Difficulty(Model);

impl Difficulty {
    /// Takes a model of one value over the same features.
    pub(crate) fn new(model: Model, n_features: usize) -> Result<Self, InputError> {
        let info = model.info();
        if info.task != Task::Regression {
            let found = format!("a model of {}", info.task);
            let expected = "a model of one value: a regression";
            return Err(InputError::Setting { what: "the difficulty", found, expected });
        }
        if info.n_features != n_features {
            let what = "the model of difficulty";
            return Err(InputError::Features { what, expected: n_features, found: info.n_features });
        }
        Ok(Self(model))
    }

    pub(crate) fn model(&self) -> &Model {
        &self.0
    }

    /// Appends the difficulty of each row, finite and not negative.
    pub(crate) fn rate(&self, rows: Rows<'_>, difficulties: &mut Vec<f64>) -> Result<(), PluginFault> {
        let known = difficulties.len();
        difficulties.resize(known + rows.n_rows(), f64::NAN);
        let fresh = &mut difficulties[known..];
        self.0.predict(rows, fresh)?;
        match fresh.iter().position(|difficulty| *difficulty < 0.0) {
            Some(row_idx) => {
                let (what, value) = ("the difficulty of a row", fresh[row_idx]);
                Err(self.0.violated(rows, row_idx, Violation::OutOfRange { what, value, low: 0.0, high: f64::MAX }))
            }
            None => Ok(()),
        }
    }
}

/// The column of some rows' difficulties; none where nobody says how hard rows are.
pub(crate) fn column(difficulties: &[f64]) -> Option<Column<'_>> {
    (!difficulties.is_empty()).then(|| Column::new(COLUMN, 1, difficulties))
}

/// Whether a further column is that of difficulties.
pub(crate) fn is_column(name: &str) -> bool {
    name == COLUMN
}
