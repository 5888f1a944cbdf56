//! What factual and alternative explanations have in common: a grid fitted on the calibration set, one round of asking,
//! and answers handed on instance by instance. It never decides what becomes a rule.

use ce_core::bins::Condition as CoreCondition;
use ce_core::discretizer::Labels;
use ce_core::grid::{Answers as CoreAnswers, Grid};
use ce_core::{Error, Interval, Matrix as CoreMatrix, Weight};
use ce_plugin_api::data::{Answers, Calibration, Condition, Edits, Operator, QuestionsBuf, RuleBuilder};
use ce_plugin_api::kind::{Batch, Explainer, Next};
use ce_plugin_api::manifest::Task;
use ce_plugin_api::options::Options;
use ce_plugin_api::schema::Schema;
use ce_plugin_api::{ErrorCode, PluginError};
use serde::Deserialize;

use crate::refused;

/// The options of both plugins.
#[derive(Debug, Deserialize)]
struct GridOptions {
    condition_source: ConditionSource,
    sample_percentiles: Vec<f64>,
    features_to_ignore: Vec<usize>,
}

/// What the cut points separate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ConditionSource {
    Prediction,
    Observed,
}

/// Writes the rules of one instance: the grid, the instance, its prediction, and the answers to what was asked about it.
type Write = fn(&Grid, &[f64], Interval, CoreAnswers<'_>, &mut RuleBuilder) -> Result<(), Error>;

/// The bins of every feature, and how answers become rules.
#[derive(Clone, Debug)]
pub struct GridExplainer {
    grid: Grid,
    write: Write,
}

impl GridExplainer {
    /// An explainer over the calibration set's grid.
    pub(super) fn fit(
        calibration: Calibration<'_>,
        calibrated: Answers<'_>,
        options: &str,
        max_depth: usize,
        write: Write,
    ) -> Result<Self, PluginError> {
        fit(calibration, calibrated, options, max_depth).map(|grid| Self { grid, write })
    }

    /// The explainer over a saved grid.
    pub(super) fn restore(saved: &[u8], write: Write) -> Result<Self, PluginError> {
        let grid = postcard::from_bytes(saved).map_err(|error| PluginError::corrupt(error.to_string()))?;
        Ok(Self { grid, write })
    }
}

impl Explainer for GridExplainer {
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        if batch.round == 0 { ask(&self.grid, batch) } else { read(&self.grid, batch, self.write) }
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        postcard::to_allocvec(&self.grid).map_err(|error| PluginError::new(ErrorCode::Internal, error.to_string()))
    }
}

/// Cuts every feature of the calibration set, by classes or by values as its task is.
fn fit(
    calibration: Calibration<'_>,
    calibrated: Answers<'_>,
    options: &str,
    max_depth: usize,
) -> Result<Grid, PluginError> {
    let options = Options::<GridOptions>::from_json(options)?.plugin;
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

/// Asks about every row that the grid plans for the instances, in their order.
fn ask(grid: &Grid, batch: Batch<'_>) -> Result<Next, PluginError> {
    let (mut features, mut values) = (Vec::new(), Vec::new());
    let mut edits = Edits::default();
    for instance in 0..batch.x.n_rows {
        let n_asked = grid
            .plan(batch.x.row(instance), &mut features, &mut values)
            .map_err(|error| refused(error).at_instance(instance))?;
        edits.row.resize(edits.row.len() + n_asked, instance as u32);
    }
    let n_edits = edits.row.len() as u32;
    edits.end = (1..=n_edits).collect();
    edits.feature = features.into();
    edits.value = values.into();
    let first = batch.x.n_rows as u32;
    let questions = QuestionsBuf { row: (first..first + n_edits).collect(), ..QuestionsBuf::default() };
    Ok(Next::Ask { edits, questions, state: Vec::new() })
}

/// Reads the rules of every instance off the answers.
fn read(grid: &Grid, batch: Batch<'_>, write: Write) -> Result<Next, PluginError> {
    let mut builder = RuleBuilder::new();
    let mut start = 0;
    for instance in 0..batch.x.n_rows {
        let x = batch.x.row(instance);
        let base = Interval {
            predict: batch.base.predict[instance],
            low: batch.base.low[instance],
            high: batch.base.high[instance],
        };
        let end = start + grid.n_asked(x).map_err(|error| refused(error).at_instance(instance))?;
        let of_instance = CoreAnswers {
            predict: &batch.answers.predict.as_slice()[start..end],
            low: &batch.answers.low.as_slice()[start..end],
            high: &batch.answers.high.as_slice()[start..end],
        };
        start = end;
        write(grid, x, base, of_instance, &mut builder).map_err(|error| refused(error).at_instance(instance))?;
        builder.end_instance();
    }
    Ok(Next::Done(builder.finish()))
}

/// Writes a rule of one condition.
pub(super) fn push(
    rules: &mut RuleBuilder,
    feature: u32,
    condition: CoreCondition,
    weight: Weight,
    prediction: Interval,
) {
    let (operator, low, high) = match condition {
        CoreCondition::AtMost(high) => (Operator::AtMost, f64::NAN, high),
        CoreCondition::Above(low) => (Operator::Above, low, f64::NAN),
        CoreCondition::Within(low, high) => (Operator::Within, low, high),
        CoreCondition::Equal(value) => (Operator::Equal, value, f64::NAN),
        CoreCondition::Below(high) => (Operator::Below, f64::NAN, high),
    };
    let condition = Condition { feature, operator, low, high };
    let prediction = (prediction.predict, prediction.low, prediction.high);
    rules.push(&[condition], (weight.weight, weight.low, weight.high), prediction);
}
