//! `core.interval.fast`: the ordinary Venn-Abers calibrator, and one per feature whose calibration column was noised. It
//! asks for the scores of all noised rows at once, and only where questions will carry a feature.

use ce_core::Matrix as CoreMatrix;
use ce_core::fast::noised_columns;
use ce_core::venn_abers::VennAbers;
use ce_plugin_api::data::{AnswersMut, Asked, Calibration, Edits, Matrix, Questions, Rows};
use ce_plugin_api::kind::{Calibrator, Fit, IntervalPlugin};
use ce_plugin_api::options::Options;
use ce_plugin_api::schema::Schema;
use ce_plugin_api::{ErrorCode, PluginError};
use serde::{Deserialize, Serialize};

use crate::{constant_columns, corrupt, refused};

/// The plugin.
pub(crate) struct Fast;

#[derive(Deserialize)]
struct FastOptions {
    scale_factor: usize,
    severity: f64,
}

/// The ordinary calibrator of P(class 1), and those of the features; none for constant ones.
#[derive(Serialize, Deserialize)]
pub(crate) struct FastCalibrator {
    ordinary: VennAbers,
    features: Vec<Option<VennAbers>>,
}

impl IntervalPlugin for Fast {
    type Calibrator = FastCalibrator;

    fn fit(
        &self,
        calibration: Calibration<'_>,
        asked: Asked<'_>,
        options: &str,
    ) -> Result<Fit<FastCalibrator>, PluginError> {
        let n_classes = calibration.scores.n_cols;
        if n_classes != 2 {
            let message = format!("core.interval.fast calibrates two classes, the model has {n_classes}");
            return Err(PluginError::unsupported(message));
        }
        let options = Options::<FastOptions>::from_json(options)?;
        if options.host.feature_questions && asked.round == 0 {
            return Ok(Fit::Ask { edits: noised_rows(calibration, &options)?, state: Vec::new() });
        }
        let labels: Vec<bool> = calibration.y.iter().map(|&y| y == 1.0).collect();
        let ordinary = VennAbers::fit(&positive(calibration.scores.as_slice()), &labels).map_err(refused)?;
        let mut features = Vec::new();
        if options.host.feature_questions {
            let tiled = labels.repeat(options.plugin.scale_factor);
            let mut blocks = asked.scores.as_slice().chunks_exact(2 * tiled.len());
            for is_constant in constant_columns(calibration.x) {
                let block = if is_constant { None } else { blocks.next() };
                let fitted = block.map(|scores| VennAbers::fit(&positive(scores), &tiled).map_err(refused));
                features.push(fitted.transpose()?);
            }
        }
        Ok(Fit::Done(FastCalibrator { ordinary, features }))
    }

    fn restore(&self, saved: &[u8], _options: &str) -> Result<FastCalibrator, PluginError> {
        postcard::from_bytes(saved).map_err(corrupt)
    }
}

impl Calibrator for FastCalibrator {
    fn answer(
        &self,
        _rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        mut answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        for (question_idx, question) in questions.iter().enumerate() {
            let calibrator = self.of(question.feature).map_err(|error| error.at_instance(question_idx))?;
            let interval = calibrator.interval(scores.row(question.row)[1]);
            answers.set_of_two(question_idx, question.class, interval.predict, interval.low, interval.high);
        }
        Ok(())
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        postcard::to_allocvec(self).map_err(|error| PluginError::new(ErrorCode::Internal, error.to_string()))
    }
}

impl FastCalibrator {
    fn of(&self, feature: Option<u32>) -> Result<&VennAbers, PluginError> {
        let Some(feature) = feature else { return Ok(&self.ordinary) };
        match self.features.get(feature as usize) {
            Some(Some(calibrator)) => Ok(calibrator),
            Some(None) => Err(PluginError::invalid_input(format!(
                "feature {feature} is constant in the calibration set, so it has no calibrator"
            ))),
            None => Err(PluginError::invalid_input(format!(
                "there is no calibrator for feature {feature}: this one was fitted without feature_questions"
            ))),
        }
    }
}

/// For each feature that is not constant, the tiled calibration set with that column noised: one edit a row.
fn noised_rows(calibration: Calibration<'_>, options: &Options<FastOptions>) -> Result<Edits, PluginError> {
    let x = calibration.x;
    let categorical = Schema::from_json(calibration.schema.as_str())?.categorical;
    let FastOptions { scale_factor, severity } = options.plugin;
    let is_constant = constant_columns(x);
    let matrix = CoreMatrix::new(x.as_slice(), x.n_rows, x.n_cols).map_err(refused)?;
    // Constant features draw too: the stream of random numbers is that of the Python package.
    let columns = noised_columns(matrix, &categorical, scale_factor, severity, options.host.seed).map_err(refused)?;
    let mut edits = Edits::with_capacity(x.n_rows * scale_factor * is_constant.iter().filter(|c| !**c).count());
    for (feature, column) in columns.enumerate() {
        if is_constant[feature] {
            continue;
        }
        for (tiled_idx, value) in column.into_iter().enumerate() {
            edits.push((tiled_idx % x.n_rows) as u32, feature as u32, value);
        }
    }
    Ok(edits)
}

/// The scores of class 1 out of `[n, 2]`.
fn positive(scores: &[f64]) -> Vec<f64> {
    scores.iter().skip(1).step_by(2).copied().collect()
}
