//! How hard each row is to predict, as the calling program says: a model of one value, asked beside the model that is
//! explained. It never reads a difficulty: calibrators do.

use ce_plugin_api::data::{Column, Rows};
use ce_plugin_api::manifest::Task;
use ce_plugin_api::schema::Schema;

use super::error::InputError;
use super::fault::{PluginFault, Violation};
use super::model::Model;

/// The further column that calibrators are told difficulties in.
const COLUMN: &str = "difficulty";

/// How hard rows are to predict.
#[derive(Debug)]
pub(crate) struct Difficulty {
    model: Model,
    /// The task of the model that is explained.
    task: Task,
}

impl Difficulty {
    /// Takes a model of one value over the features of the model that is explained.
    pub(crate) fn new(model: Model, schema: &Schema) -> Result<Self, InputError> {
        let n_features = schema.feature_names.len();
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
        let labels_of = |name: &String| {
            let feature = schema.feature_names.iter().position(|known| known == name)?;
            schema.categories.get(&feature)
        };
        // The same code would stand for another category.
        let differs = |(name, labels): &(&String, &Vec<String>)| labels_of(name).is_some_and(|known| known != *labels);
        if let Some((name, labels)) = info.categories.iter().find(differs) {
            return Err(InputError::Setting {
                what: "the list of categories in the model of difficulty",
                found: format!("{} for `{name}`", labels.join(", ")),
                expected: "those of the calibration set, in its order",
            });
        }
        Ok(Self { model, task: schema.task })
    }

    pub(crate) fn model(&self) -> &Model {
        &self.model
    }

    /// Appends the difficulty of each row: above 0 for a regression, whose residuals are divided by it, and from 0 to 1 for
    /// classes, whose scores are drawn towards one half by it.
    pub(crate) fn rate(&self, rows: Rows<'_>, difficulties: &mut Vec<f64>) -> Result<(), PluginFault> {
        let known = difficulties.len();
        difficulties.resize(known + rows.n_rows(), f64::NAN);
        let fresh = &mut difficulties[known..];
        self.model.predict(rows, fresh)?;
        let (what, low, high) = match self.task {
            Task::Classification => ("the difficulty of a row of a classification", 0.0, 1.0),
            _ => ("the difficulty of a row of a regression", f64::MIN_POSITIVE, f64::MAX),
        };
        match fresh.iter().position(|difficulty| !(low..=high).contains(difficulty)) {
            Some(row_idx) => {
                let value = fresh[row_idx];
                Err(self.model.violated(rows, row_idx, Violation::OutOfRange { what, value, low, high }))
            }
            None => Ok(()),
        }
    }
}

/// The column of some rows' difficulties; none where nobody says how hard rows are.
pub(crate) fn column(difficulties: &[f64]) -> Option<Column<'_>> {
    (!difficulties.is_empty()).then(|| all(difficulties))
}

/// The column of some rows' difficulties, of none too.
pub(crate) fn all(difficulties: &[f64]) -> Column<'_> {
    Column::new(COLUMN, 1, difficulties)
}

/// Whether a further column is that of difficulties.
pub(crate) fn is_column(name: &str) -> bool {
    name == COLUMN
}
