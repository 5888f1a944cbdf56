//! `core.learner.portable` at the boundary: the portable model behind the learner's trait. It evaluates nothing itself.

use ce_core::{Matrix as CoreMatrix, Rows as CoreRows};
use ce_plugin_api::PluginError;
use ce_plugin_api::data::{Matrix, Rows};
use ce_plugin_api::kind::{Learner, LearnerPlugin};
use ce_plugin_api::manifest;
use ce_plugin_api::schema::LearnerInfo;

use super::{PortableModel, Task};
use crate::refused;

/// The plugin.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

impl LearnerPlugin for Portable {
    type Learner = PortableModel;

    fn open(&self, model: &[u8], _options: &str) -> Result<PortableModel, PluginError> {
        PortableModel::from_slice(model).map_err(|error| PluginError::invalid_input(error.to_string()))
    }
}

impl Learner for PortableModel {
    fn info(&self) -> LearnerInfo {
        let task = match self.task() {
            Task::Classification => manifest::Task::Classification,
        };
        // A file may leave its labels out: the classes are then called by their index.
        let classes = self
            .classes()
            .map_or_else(|| (0..self.n_outputs()).map(|class| class.to_string()).collect(), <[String]>::to_vec);
        LearnerInfo {
            task,
            n_features: self.n_features(),
            n_outputs: self.n_outputs(),
            classes,
            feature_names: self.feature_names().unwrap_or_default().to_vec(),
            categories: self.categories().clone(),
        }
    }

    fn predict(&self, x: Matrix<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        self.predict_edited(Rows::dense(x), scores)
    }

    fn predict_edited(&self, rows: Rows<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        let base = CoreMatrix::new(rows.base.as_slice(), rows.base.n_rows, rows.base.n_cols).map_err(refused)?;
        let edited = CoreRows::edited(
            base,
            rows.row.as_slice(),
            rows.end.as_slice(),
            rows.feature.as_slice(),
            rows.value.as_slice(),
        )
        .map_err(refused)?;
        let asked = if rows.n_base() == 0 { edited.without_base() } else { edited };
        PortableModel::predict(self, asked, scores).map_err(refused)
    }
}
