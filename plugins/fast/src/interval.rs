//! `core.interval.fast`: the ordinary calibrator, and one per feature whose calibration column was noised. It asks for the
//! scores of all noised rows at once, and only where questions will carry a feature.

use ce_core::Matrix as CoreMatrix;
use ce_core::calibrator::{Asker, Batch, CalibrationSet, Calibrator as CoreCalibrator, Options as CoreOptions, Query};
use ce_core::difficulty::{Estimator, Source};
use ce_core::fast::{Noise, Shape, noised_columns};
use ce_plugin_api::data::{AnswersMut, Asked, Calibration, Column, Edits, Matrix, Questions, Rows, find};
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
    #[serde(default)]
    noise: Shape,
    #[serde(flatten)]
    core: CoreOptions,
}

/// The ordinary calibrator, and those of the features; none for constant ones.
#[derive(Serialize, Deserialize)]
pub(crate) struct FastCalibrator {
    ordinary: CoreCalibrator,
    features: Vec<Option<CoreCalibrator>>,
    /// Where all of them have the difficulties of rows from.
    difficulty: Source,
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
        let x = core_matrix(calibration.x)?;
        let given = difficulty_column(calibration.extra.as_slice())?;
        let difficulty = source(calibration, schema.task, options.plugin.core, given)?;
        let write = |row_idx: usize, row: &mut [f64]| row.copy_from_slice(x.row(row_idx));
        let difficulties = difficulty.of_rows((x.n_rows(), x.n_cols()), given, write).map_err(refused)?;
        let tiled_once = Tiled::new(calibration, schema.task, &options, 1);
        let ordinary = tiled_once.fit(calibration.scores.as_slice(), &difficulties)?;
        let features = if options.host.feature_questions {
            let tiled = Tiled::new(calibration, schema.task, &options, options.plugin.scale_factor);
            let difficulties = match difficulty {
                Source::None => Vec::new(),
                _ => of_noised_rows(&difficulty, x, &noised_rows(calibration, &schema, &options)?, asked)?,
            };
            tiled.fit_features(&constant_columns(calibration.x), asked.scores, &difficulties)?
        } else {
            Vec::new()
        };
        Ok(Fit::Done(FastCalibrator { ordinary, features, difficulty }.sharing_memory()))
    }

    fn restore(&self, saved: &[u8], _options: &str) -> Result<FastCalibrator, PluginError> {
        let restored: FastCalibrator = postcard::from_bytes(saved).map_err(corrupt)?;
        let calibrators = std::iter::once(&restored.ordinary).chain(restored.features.iter().flatten());
        let needs_none = restored.difficulty.is_none();
        if calibrators.into_iter().any(|calibrator| calibrator.has_difficulty() == needs_none) {
            return Err(PluginError::corrupt("the saved calibrators and their difficulties do not belong together"));
        }
        Ok(restored.sharing_memory())
    }
}

impl FastCalibrator {
    /// Its calibrators remember the events of all, not each as many as one by itself.
    fn sharing_memory(self) -> Self {
        let n_calibrators = 1 + self.features.len();
        let share = |calibrator: CoreCalibrator| calibrator.sharing_memory(n_calibrators);
        let features = self.features.into_iter().map(|calibrator| calibrator.map(share)).collect();
        Self { ordinary: share(self.ordinary), features, difficulty: self.difficulty }
    }
}

/// Where difficulties come from; an estimator is fitted to the calibration set as it is, without noise.
fn source(
    calibration: Calibration<'_>,
    task: Task,
    options: CoreOptions,
    given: Option<&[f64]>,
) -> Result<Source, PluginError> {
    let (x, scores) = (core_matrix(calibration.x)?, core_matrix(calibration.scores)?);
    let targets = calibration.y.as_slice();
    Source::new(options.estimated(), given, |parameters| match task {
        Task::Classification => Estimator::fit_classes(x, targets, scores, parameters),
        _ => Estimator::fit_values(x, targets, scores.data(), parameters),
    })
    .map_err(refused)
}

/// The difficulties of the noised rows, in the order in which they were asked for.
fn of_noised_rows(
    difficulty: &Source,
    x: CoreMatrix<'_>,
    edits: &Edits,
    asked: Asked<'_>,
) -> Result<Vec<f64>, PluginError> {
    let write = |edit_idx: usize, row: &mut [f64]| {
        row.copy_from_slice(x.row(edits.row[edit_idx] as usize));
        row[edits.feature[edit_idx] as usize] = edits.value[edit_idx];
    };
    // Where every column is constant nothing is asked for, and nothing told.
    if edits.is_empty() {
        return Ok(Vec::new());
    }
    let given = difficulty_column(asked.extra.as_slice())?;
    difficulty.of_rows((edits.len(), x.n_cols()), given, write).map_err(refused)
}

/// The calibration set without its scores, repeated as a whole.
struct Tiled {
    task: Task,
    seed: u64,
    options: CoreOptions,
    n_outputs: usize,
    targets: Vec<f64>,
    categories: Vec<u32>,
}

impl Tiled {
    fn new(calibration: Calibration<'_>, task: Task, options: &Options<FastOptions>, scale_factor: usize) -> Self {
        Self {
            task,
            seed: options.host.seed,
            options: options.plugin.core,
            n_outputs: calibration.scores.n_cols,
            targets: calibration.y.repeat(scale_factor),
            categories: calibration.category.repeat(scale_factor),
        }
    }

    fn fit(&self, scores: &[f64], difficulties: &[f64]) -> Result<CoreCalibrator, PluginError> {
        let set = CalibrationSet {
            scores: CoreMatrix::new(scores, self.targets.len(), self.n_outputs).map_err(refused)?,
            targets: &self.targets,
            categories: &self.categories,
            difficulties,
            seed: self.seed,
        };
        let fitted = match self.task {
            Task::Classification => CoreCalibrator::fit_classes(&set).map_err(refused)?,
            Task::Regression => CoreCalibrator::fit_values(&set).map_err(refused)?,
            other => return Err(PluginError::unsupported(format!("core.interval.fast does not calibrate {other}"))),
        };
        Ok(fitted.with_summary(self.options.summary).with_normalization(self.options.normalization))
    }

    /// One calibrator per feature that is not constant, from the scores of the rows that were asked for, in their order, and
    /// their difficulties, or none.
    fn fit_features(
        &self,
        is_constant: &[bool],
        scores: Matrix<'_>,
        difficulties: &[f64],
    ) -> Result<Vec<Option<CoreCalibrator>>, PluginError> {
        let n_noised = is_constant.iter().filter(|constant| !**constant).count();
        let (expected, found) = (n_noised * self.targets.len() * self.n_outputs, scores.data.len());
        if expected != found {
            let message =
                format!("expected {expected} scores of noised rows, found {found}: answer what was asked for");
            return Err(PluginError::invalid_input(message));
        }
        let mut blocks = scores.as_slice().chunks_exact(self.targets.len() * self.n_outputs);
        let mut difficulties = difficulties.chunks_exact(self.targets.len());
        let fitted = |constant: &bool| {
            let block = if *constant { None } else { blocks.next() };
            // Asked for a block only together with one of scores: constant features have neither.
            block.map(|scores| self.fit(scores, difficulties.next().unwrap_or_default())).transpose()
        };
        is_constant.iter().map(fitted).collect()
    }
}

impl Calibrator for FastCalibrator {
    fn answer(
        &self,
        rows: Rows<'_>,
        scores: Matrix<'_>,
        questions: Questions<'_>,
        mut answers: AnswersMut<'_>,
    ) -> Result<(), PluginError> {
        let mut askers = Askers::new(self);
        let batch = Batch::new(questions.percentiles.as_slice(), !questions.threshold_high.is_empty());
        let batch = batch.map_err(|error| refused(error).at_instance(0))?;
        let given = difficulty_column(questions.extra.as_slice())?;
        let shape = (rows.n_rows(), rows.base.n_cols);
        let mut difficulties = self.difficulty.of_batch(shape, questions.len(), given).map_err(refused)?;
        // None, unless the probability of every class is asked for.
        let n_probabilities = answers.probability.len() / questions.len().max(1);
        for (question_idx, question) in questions.iter().enumerate() {
            let event = Questions::number_at(questions.threshold_high, question_idx).map(|high| {
                let low = Questions::number_at(questions.threshold_low, question_idx);
                (low.unwrap_or(f64::NEG_INFINITY), high)
            });
            let probability = &mut answers.probability[n_probabilities * question_idx..][..n_probabilities];
            let asker = askers.of(question.feature).map_err(|error| error.at_instance(question_idx))?;
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
    let FastOptions { scale_factor, severity, noise: shape, .. } = options.plugin;
    let noise = Noise { shape, severity };
    let is_constant = constant_columns(x);
    let matrix = core_matrix(x)?;
    // Constant features draw too: the stream of random numbers is that of the Python package.
    let columns =
        noised_columns(matrix, &schema.categorical, scale_factor, noise, options.host.seed).map_err(refused)?;
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
