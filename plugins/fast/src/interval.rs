//! `core.interval.fast`: the ordinary calibrator, and one per feature whose calibration column was noised. It asks for the
//! scores of all noised rows at once, and only where questions will carry a feature.

use ce_core::Matrix as CoreMatrix;
use ce_core::calibrator::{Asker, CalibrationSet, Calibrator as CoreCalibrator, Query, Sought};
use ce_core::fast::noised_columns;
use ce_plugin_api::data::{AnswersMut, Asked, Calibration, Edits, Matrix, Questions, Rows};
use ce_plugin_api::kind::{Calibrator, Fit, IntervalPlugin};
use ce_plugin_api::manifest::Task;
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

/// The ordinary calibrator, and those of the features; none for constant ones.
#[derive(Serialize, Deserialize)]
pub(crate) struct FastCalibrator {
    ordinary: CoreCalibrator,
    features: Vec<Option<CoreCalibrator>>,
}

impl IntervalPlugin for Fast {
    type Calibrator = FastCalibrator;

    fn fit(
        &self,
        calibration: Calibration<'_>,
        asked: Asked<'_>,
        options: &str,
    ) -> Result<Fit<FastCalibrator>, PluginError> {
        let options = Options::<FastOptions>::from_json(options)?;
        let schema = Schema::from_json(calibration.schema.as_str())?;
        if options.host.feature_questions && asked.round == 0 {
            return Ok(Fit::Ask { edits: noised_rows(calibration, &schema, &options)?, state: Vec::new() });
        }
        let tiled_once = Tiled::new(calibration, schema.task, options.host.seed, 1);
        let ordinary = tiled_once.fit(calibration.scores.as_slice())?;
        let features = if options.host.feature_questions {
            let tiled = Tiled::new(calibration, schema.task, options.host.seed, options.plugin.scale_factor);
            tiled.fit_features(&constant_columns(calibration.x), asked.scores)?
        } else {
            Vec::new()
        };
        Ok(Fit::Done(FastCalibrator { ordinary, features }))
    }

    fn restore(&self, saved: &[u8], _options: &str) -> Result<FastCalibrator, PluginError> {
        postcard::from_bytes(saved).map_err(corrupt)
    }
}

/// The calibration set without its scores, repeated as a whole.
struct Tiled {
    task: Task,
    seed: u64,
    n_outputs: usize,
    targets: Vec<f64>,
    categories: Vec<u32>,
}

impl Tiled {
    fn new(calibration: Calibration<'_>, task: Task, seed: u64, scale_factor: usize) -> Self {
        Self {
            task,
            seed,
            n_outputs: calibration.scores.n_cols,
            targets: calibration.y.repeat(scale_factor),
            categories: calibration.category.repeat(scale_factor),
        }
    }

    fn fit(&self, scores: &[f64]) -> Result<CoreCalibrator, PluginError> {
        let set = CalibrationSet {
            scores: CoreMatrix::new(scores, self.targets.len(), self.n_outputs).map_err(refused)?,
            targets: &self.targets,
            categories: &self.categories,
            seed: self.seed,
        };
        match self.task {
            Task::Classification => CoreCalibrator::fit_classes(&set).map_err(refused),
            Task::Regression => CoreCalibrator::fit_values(&set).map_err(refused),
            other => Err(PluginError::unsupported(format!("core.interval.fast does not calibrate {other}"))),
        }
    }

    /// One calibrator per feature that is not constant, from the scores of the rows that were asked for, in their order.
    fn fit_features(
        &self,
        is_constant: &[bool],
        scores: Matrix<'_>,
    ) -> Result<Vec<Option<CoreCalibrator>>, PluginError> {
        let n_noised = is_constant.iter().filter(|constant| !**constant).count();
        let (expected, found) = (n_noised * self.targets.len() * self.n_outputs, scores.data.len());
        if expected != found {
            let message =
                format!("expected {expected} scores of noised rows, found {found}: answer what was asked for");
            return Err(PluginError::invalid_input(message));
        }
        let mut blocks = scores.as_slice().chunks_exact(self.targets.len() * self.n_outputs);
        let fitted = |constant: &bool| {
            let block = if *constant { None } else { blocks.next() };
            block.map(|scores| self.fit(scores)).transpose()
        };
        is_constant.iter().map(fitted).collect()
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
        let mut askers = Askers::new(self);
        // None, unless the probability of every class is asked for.
        let n_probabilities = answers.probability.len() / questions.len().max(1);
        for (question_idx, question) in questions.iter().enumerate() {
            let event = Questions::number_at(questions.threshold_high, question_idx).map(|high| {
                let low = Questions::number_at(questions.threshold_low, question_idx);
                (low.unwrap_or(f64::NEG_INFINITY), high)
            });
            let probability = &mut answers.probability[n_probabilities * question_idx..][..n_probabilities];
            let asker = askers.of(question.feature).map_err(|error| error.at_instance(question_idx))?;
            let answer = Sought::from_parts(question.class, questions.percentiles.as_slice(), event)
                .map(|sought| Query { scores: scores.row(question.row), category: question.category, sought })
                .and_then(|query| asker.answer(&query, probability))
                .map_err(|error| refused(error).at_instance(question_idx))?;
            answers.set(question_idx, answer.interval.predict, answer.interval.low, answer.interval.high);
            if let Some(class) = answer.class {
                answers.class[question_idx] = class;
            }
        }
        Ok(())
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        postcard::to_allocvec(self).map_err(|error| PluginError::new(ErrorCode::Internal, error.to_string()))
    }
}

/// The askers of one call: the ordinary one, and each feature's from its first question on.
struct Askers<'a> {
    calibrator: &'a FastCalibrator,
    ordinary: Asker<'a>,
    features: Vec<Option<Asker<'a>>>,
}

impl<'a> Askers<'a> {
    fn new(calibrator: &'a FastCalibrator) -> Self {
        let features = calibrator.features.iter().map(|_| None).collect();
        Self { calibrator, ordinary: calibrator.ordinary.asker(), features }
    }

    fn of(&mut self, feature: Option<u32>) -> Result<&mut Asker<'a>, PluginError> {
        let Some(feature) = feature else { return Ok(&mut self.ordinary) };
        let feature_idx = feature as usize;
        let (Some(calibrator), Some(asker)) =
            (self.calibrator.features.get(feature_idx), self.features.get_mut(feature_idx))
        else {
            return Err(PluginError::invalid_input(format!(
                "there is no calibrator for feature {feature}: this one was fitted without feature_questions"
            )));
        };
        let Some(calibrator) = calibrator else {
            return Err(PluginError::invalid_input(format!(
                "feature {feature} is constant in the calibration set, so it has no calibrator"
            )));
        };
        Ok(asker.get_or_insert_with(|| calibrator.asker()))
    }
}

/// For each feature that is not constant, the tiled calibration set with that column noised: one edit a row.
fn noised_rows(
    calibration: Calibration<'_>,
    schema: &Schema,
    options: &Options<FastOptions>,
) -> Result<Edits, PluginError> {
    let x = calibration.x;
    let FastOptions { scale_factor, severity } = options.plugin;
    let is_constant = constant_columns(x);
    let matrix = CoreMatrix::new(x.as_slice(), x.n_rows, x.n_cols).map_err(refused)?;
    // Constant features draw too: the stream of random numbers is that of the Python package.
    let columns =
        noised_columns(matrix, &schema.categorical, scale_factor, severity, options.host.seed).map_err(refused)?;
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

#[cfg(test)]
mod tests;
