//! The grid that explanations are made over, fitted to the calibration set as the task and the options say. It asks nothing.

use ce_core::Matrix as CoreMatrix;
use ce_core::discretizer::Labels;
use ce_core::grid::Grid;
use ce_plugin_api::data::{Answers, Calibration};
use ce_plugin_api::manifest::Task;
use ce_plugin_api::schema::Schema;
use ce_plugin_api::{ErrorCode, PluginError};
use serde::Deserialize;

use super::over_grid::Rounds;
use crate::refused;

/// The options of both plugins.
#[derive(Debug, Deserialize)]
pub(super) struct GridOptions {
    condition_source: ConditionSource,
    pub(super) sample_percentiles: Vec<f64>,
    features_to_ignore: Vec<usize>,
    #[serde(flatten)]
    pub(super) rounds: Rounds,
}

/// What the cut points separate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ConditionSource {
    Prediction,
    Observed,
}

/// Cuts every feature of the calibration set, by classes or by values as its task is.
pub(super) fn grid(
    calibration: Calibration<'_>,
    calibrated: Answers<'_>,
    options: &GridOptions,
    max_depth: usize,
) -> Result<Grid, PluginError> {
    let n_features = calibration.x.n_cols;
    if let Some(unknown) = options.features_to_ignore.iter().find(|&&feature| feature >= n_features) {
        let message = format!("features_to_ignore names column {unknown}, there are {n_features} columns");
        return Err(PluginError::new(ErrorCode::InvalidOption, message));
    }
    let schema = Schema::from_json(calibration.schema.as_str())?;
    let x = CoreMatrix::new(calibration.x.as_slice(), calibration.x.n_rows, calibration.x.n_cols).map_err(refused)?;
    let fit = |labels: Labels<'_>| {
        let (ignored, percentiles) = (&options.features_to_ignore, &options.sample_percentiles);
        Grid::fit(x, labels, max_depth, &schema.categorical, ignored, percentiles).map_err(refused)
    };
    match schema.task {
        Task::Regression => fit(Labels::Values(match options.condition_source {
            ConditionSource::Observed => calibration.y.as_slice(),
            ConditionSource::Prediction => calibrated.predict.as_slice(),
        })),
        Task::Classification => {
            let n_classes = schema.classes.len();
            if n_classes < 2 {
                return Err(PluginError::unsupported(format!(
                    "rules explain two classes or more, the model has {n_classes}"
                )));
            }
            let labels = classes(options.condition_source, calibration, calibrated, n_classes);
            fit(Labels::Classes { labels: &labels, n_classes })
        }
        other => {
            Err(PluginError::unsupported(format!("rules explain classification and regression, the task is {other}")))
        }
    }
}

/// The class of each calibration row: as observed, or the likeliest after calibration.
fn classes(
    source: ConditionSource,
    calibration: Calibration<'_>,
    calibrated: Answers<'_>,
    n_classes: usize,
) -> Vec<u32> {
    match source {
        ConditionSource::Observed => calibration.y.iter().map(|&y| y as u32).collect(),
        // Of two classes the answers speak of class 1, whichever is the likelier.
        ConditionSource::Prediction if n_classes == 2 => {
            calibrated.predict.iter().map(|&p| u32::from(p >= 0.5)).collect()
        }
        ConditionSource::Prediction => calibrated.class.to_vec(),
    }
}
