//! `core.interval.legacy`: Venn-Abers for classes, a conformal predictive system for percentiles, and both for events. It
//! ignores features: FAST has a calibrator of its own.

use ce_core::Matrix as CoreMatrix;
use ce_core::calibrator::{CalibrationSet, Calibrator as CoreCalibrator, Query, Sought};
use ce_plugin_api::data::{AnswersMut, Asked, Calibration, Matrix, Questions, Rows};
use ce_plugin_api::kind::{Calibrator, Fit, IntervalPlugin};
use ce_plugin_api::manifest::Task;
use ce_plugin_api::options::Options;
use ce_plugin_api::schema::Schema;
use ce_plugin_api::{ErrorCode, PluginError};
use serde::Deserialize;

use crate::refused;

/// The plugin.
#[derive(Clone, Copy, Debug)]
pub struct Legacy;

/// A calibrator of classes or values, Mondrian or not.
#[derive(Clone, Debug, PartialEq)]
pub struct LegacyCalibrator(CoreCalibrator);

/// It has no options of its own.
#[derive(Deserialize)]
struct NoOptions {}

impl IntervalPlugin for Legacy {
    type Calibrator = LegacyCalibrator;

    fn fit(
        &self,
        calibration: Calibration<'_>,
        _asked: Asked<'_>,
        options: &str,
    ) -> Result<Fit<LegacyCalibrator>, PluginError> {
        let Matrix { n_rows, n_cols, .. } = calibration.scores;
        let set = CalibrationSet {
            scores: CoreMatrix::new(calibration.scores.as_slice(), n_rows, n_cols).map_err(refused)?,
            targets: calibration.y.as_slice(),
            categories: calibration.category.as_slice(),
            seed: Options::<NoOptions>::from_json(options)?.host.seed,
        };
        let fitted = match Schema::from_json(calibration.schema.as_str())?.task {
            Task::Classification => CoreCalibrator::fit_classes(&set),
            Task::Regression => CoreCalibrator::fit_values(&set),
            other => return Err(PluginError::unsupported(format!("core.interval.legacy does not calibrate {other}"))),
        };
        fitted.map(|fitted| Fit::Done(LegacyCalibrator(fitted))).map_err(refused)
    }

    fn restore(&self, saved: &[u8], _options: &str) -> Result<LegacyCalibrator, PluginError> {
        postcard::from_bytes(saved).map(LegacyCalibrator).map_err(|error| PluginError::corrupt(error.to_string()))
    }
}

impl Calibrator for LegacyCalibrator {
    fn answer(
        &self,
        _rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        mut answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        let mut asker = self.0.asker();
        // None, unless the probability of every class is asked for.
        let n_probabilities = answers.probability.len() / questions.len().max(1);
        for (question_idx, question) in questions.iter().enumerate() {
            let event = Questions::number_at(questions.threshold_high, question_idx).map(|high| {
                let low = Questions::number_at(questions.threshold_low, question_idx);
                (low.unwrap_or(f64::NEG_INFINITY), high)
            });
            let probability = &mut answers.probability[n_probabilities * question_idx..][..n_probabilities];
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
        postcard::to_allocvec(&self.0).map_err(|error| PluginError::new(ErrorCode::Internal, error.to_string()))
    }
}

#[cfg(test)]
mod tests;
