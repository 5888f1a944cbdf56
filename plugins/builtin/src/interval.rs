//! `core.interval.legacy`: Venn-Abers for classes, a conformal predictive system for percentiles, and both for events. It
//! ignores features: FAST has a calibrator of its own.

use ce_core::calibrator::{
    Batch, CalibrationSet, Calibrator as CoreCalibrator, Columns, Options as CoreOptions, Query, Series,
};
use ce_core::difficulty::{Estimator, Source};
use ce_core::{Error as CoreError, Matrix as CoreMatrix};
use ce_plugin_api::data::{AnswersMut, Asked, Calibration, Column, Matrix, Question, Questions, Rows, find};
use ce_plugin_api::kind::{Calibrator, Fit, IntervalPlugin};
use ce_plugin_api::manifest::Task;
use ce_plugin_api::options::Options;
use ce_plugin_api::schema::Schema;
use ce_plugin_api::{ErrorCode, PluginError};
use serde::{Deserialize, Serialize};

use crate::refused;

/// The plugin.
#[derive(Clone, Copy, Debug)]
pub struct Legacy;

/// A calibrator of classes or values, Mondrian or not, and where it has the difficulties of rows from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LegacyCalibrator {
    calibrator: CoreCalibrator,
    difficulty: Source,
}

impl IntervalPlugin for Legacy {
    type Calibrator = LegacyCalibrator;

    fn fit(
        &self,
        calibration: Calibration<'_>,
        _asked: Asked<'_>,
        options: &str,
    ) -> Result<Fit<LegacyCalibrator>, PluginError> {
        let Options { host, plugin } = Options::<CoreOptions>::from_json(options)?;
        let is_classification = match Schema::from_json(calibration.schema.as_str())?.task {
            Task::Classification => true,
            Task::Regression => false,
            other => return Err(PluginError::unsupported(format!("core.interval.legacy does not calibrate {other}"))),
        };
        let x = core_matrix(calibration.x)?;
        let (scores, targets) = (core_matrix(calibration.scores)?, calibration.y.as_slice());
        let given = difficulty_column(calibration.extra.as_slice())?;
        let difficulty = Source::new(plugin.estimated(), given, |parameters| match is_classification {
            true => Estimator::fit_classes(x, targets, scores, parameters),
            false => Estimator::fit_values(x, targets, scores.data(), parameters),
        })
        .map_err(refused)?;
        let write = |row_idx: usize, row: &mut [f64]| row.copy_from_slice(x.row(row_idx));
        let difficulties = difficulty.of_rows((x.n_rows(), x.n_cols()), given, write).map_err(refused)?;
        let set = CalibrationSet {
            scores,
            targets,
            categories: calibration.category.as_slice(),
            difficulties: &difficulties,
            seed: host.seed,
        };
        let fit = if is_classification { CoreCalibrator::fit_classes } else { CoreCalibrator::fit_values };
        let fitted = fit(&set).map_err(refused)?;
        let calibrator = fitted.with_summary(plugin.summary).with_normalization(plugin.normalization);
        Ok(Fit::Done(LegacyCalibrator { calibrator, difficulty }))
    }

    fn restore(&self, saved: &[u8], _options: &str) -> Result<LegacyCalibrator, PluginError> {
        let restored: LegacyCalibrator =
            postcard::from_bytes(saved).map_err(|error| PluginError::corrupt(error.to_string()))?;
        if restored.calibrator.has_difficulty() == restored.difficulty.is_none() {
            return Err(PluginError::corrupt("the saved calibrator and its difficulties do not belong together"));
        }
        Ok(restored)
    }
}

impl Calibrator for LegacyCalibrator {
    fn answer(
        &self,
        rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        mut answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        let batch = Batch::new(questions.percentiles.as_slice(), !questions.threshold_high.is_empty());
        let batch = batch.map_err(|error| refused(error).at_instance(0))?;
        let given = difficulty_column(questions.extra.as_slice())?;
        if given.is_none()
            && answers.probability.is_empty()
            && let Some((series, class)) =
                self.series(batch, questions).map_err(|error| refused(error).at_instance(0))?
        {
            let AnswersMut { predict, low, high, .. } = &mut answers;
            let into = Columns { predict: predict.as_mut_slice(), low: low.as_mut_slice(), high: high.as_mut_slice() };
            series.answer(core_matrix(scores)?, questions.row.as_slice(), into).map_err(refused)?;
            if let Some(class) = class {
                answers.class.as_mut_slice().fill(class);
            }
            return Ok(());
        }
        let mut asker = self.calibrator.asker();
        let shape = (rows.n_rows(), rows.base.n_cols);
        let mut difficulties = self.difficulty.of_batch(shape, questions.len(), given).map_err(refused)?;
        // None, unless the probability of every class is asked for.
        let n_probabilities = answers.probability.len() / questions.len().max(1);
        for (question_idx, question) in questions.iter().enumerate() {
            let event = event(questions, question_idx);
            let probability = &mut answers.probability[n_probabilities * question_idx..][..n_probabilities];
            let answer = difficulties
                .of(question_idx, question.row, |row| rows.write_row(question.row, row))
                .and_then(|difficulty| {
                    let sought = batch.sought(question.class, event)?;
                    let scores = scores.row(question.row);
                    asker.answer(&Query { scores, category: question.category, difficulty, sought }, probability)
                })
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

impl LegacyCalibrator {
    /// What answers all questions at once, if they differ in their row alone, and the class that its answers are of; none
    /// where they have to be asked one by one.
    fn series(&self, batch: Batch, questions: Questions<'_>) -> Result<Option<(Series<'_>, Option<u32>)>, CoreError> {
        let Questions { class, category, threshold_low, threshold_high, .. } = questions;
        let are_alike = category.len() <= 1 && threshold_low.len() <= 1 && threshold_high.len() <= 1;
        let first = questions.iter().next().filter(|_| are_alike && class.windows(2).all(|pair| pair[0] == pair[1]));
        let Some(Question { class, category, .. }) = first else { return Ok(None) };
        let series = self.calibrator.series(category, batch.sought(class, event(questions, 0))?)?;
        let is_classifier = self.calibrator.n_classes() > 0;
        Ok(series.map(|series| (series, is_classifier.then_some(1))))
    }
}

/// The event that a question is about, if it is about one.
fn event(questions: Questions<'_>, question_idx: usize) -> Option<(f64, f64)> {
    let high = Questions::number_at(questions.threshold_high, question_idx)?;
    let low = Questions::number_at(questions.threshold_low, question_idx);
    Some((low.unwrap_or(f64::NEG_INFINITY), high))
}

fn core_matrix(matrix: Matrix<'_>) -> Result<CoreMatrix<'_>, PluginError> {
    CoreMatrix::new(matrix.data.as_slice(), matrix.n_rows, matrix.n_cols).map_err(refused)
}

/// The difficulties that a caller gives, if there are any.
fn difficulty_column<'a>(columns: &[Column<'a>]) -> Result<Option<&'a [f64]>, PluginError> {
    match find(columns, "difficulty") {
        Some(column) if column.width != 1 => {
            let message = format!("the column `difficulty` has {} values per row, expected 1", column.width);
            Err(PluginError::invalid_input(message))
        }
        column => Ok(column.map(|column| column.values.as_slice())),
    }
}

#[cfg(test)]
mod tests;
