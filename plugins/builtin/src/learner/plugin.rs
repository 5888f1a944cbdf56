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
            Task::Regression => manifest::Task::Regression,
        };
        let classes = match (self.task(), self.classes()) {
            (Task::Regression, _) => Vec::new(),
            (Task::Classification, Some(labels)) => labels.to_vec(),
            // A file may leave its labels out: the classes are then called by their index.
            (Task::Classification, None) => (0..self.n_outputs()).map(|class| class.to_string()).collect(),
        };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn info(document: &str) -> LearnerInfo {
        Portable.open(document.as_bytes(), "{}").unwrap().info()
    }

    #[test]
    fn a_regression_has_one_output_and_no_classes() {
        let info = info(
            r#"{"format": "ce-model/1", "task": "regression", "feature_names": ["age"],
                "model": {"type": "linear", "coef": [2.0], "intercept": 0.0}}"#,
        );
        assert_eq!((info.task, info.n_features, info.n_outputs), (manifest::Task::Regression, 1, 1));
        assert_eq!((info.classes, info.feature_names), (vec![], vec!["age".to_owned()]));
    }

    #[test]
    fn classes_without_labels_are_called_by_their_index() {
        let info = info(
            r#"{"format": "ce-model/1", "task": "classification",
                "model": {"type": "softmax", "coef": [[2.0], [1.0], [0.0]], "intercept": [0, 0, 0]}}"#,
        );
        assert_eq!((info.task, info.n_outputs), (manifest::Task::Classification, 3));
        assert_eq!(info.classes, ["0", "1", "2"]);
    }
}
