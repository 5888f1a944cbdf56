//! What the columns and the target of the data mean, as it crosses the boundary: JSON text. Readers ignore unknown keys.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::PluginError;
use crate::manifest::Task;

/// The meaning of the calibration data, in [`Calibration::schema`](crate::data::Calibration::schema).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// What is predicted.
    pub task: Task,
    /// The class labels in the order of the score columns. Empty for regression.
    #[serde(default)]
    pub classes: Vec<String>,
    /// The features' names in column order.
    pub feature_names: Vec<String>,
    /// The columns whose values are codes of categories rather than quantities, ascending.
    #[serde(default)]
    pub categorical: Vec<usize>,
    /// The label of each code, by column index, where labels are known.
    #[serde(default)]
    pub categories: BTreeMap<usize, Vec<String>>,
}

/// What a learner says of the model it opened, in [`Learner::info`](crate::kind::Learner::info).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearnerInfo {
    /// What is predicted.
    pub task: Task,
    /// Number of columns that it wants.
    pub n_features: usize,
    /// Number of scores a row: the number of classes, or 1 for regression.
    pub n_outputs: usize,
    /// The class labels in the order of the score columns. Empty for regression.
    #[serde(default)]
    pub classes: Vec<String>,
    /// The features' names in column order. Empty where the model does not name them.
    #[serde(default)]
    pub feature_names: Vec<String>,
    /// The labels of a categorical feature's codes 0, 1, …, by the feature's name.
    #[serde(default)]
    pub categories: BTreeMap<String, Vec<String>>,
}

impl Schema {
    /// Reads the schema that came with calibration data.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`](crate::ErrorCode::InvalidInput) if the text is not a schema.
    pub fn from_json(text: &str) -> Result<Self, PluginError> {
        serde_json::from_str(text)
            .map_err(|error| PluginError::invalid_input(format!("the schema cannot be read: {error}")))
    }
}
