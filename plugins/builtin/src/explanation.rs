//! `core.explanation.factual`: why the prediction is what it is. One ask: every row that lies in another bin of one feature.

use ce_core::bins::Condition as CoreCondition;
use ce_core::factual::{Answers as CoreAnswers, FactualGrid};
use ce_core::{Interval, Matrix as CoreMatrix};
use ce_plugin_api::data::{Answers, Calibration, Condition, Edits, Operator, QuestionsBuf, RuleBuilder};
use ce_plugin_api::kind::{Batch, Explainer, ExplanationPlugin, Next};
use ce_plugin_api::options::Options;
use ce_plugin_api::schema::Schema;
use ce_plugin_api::{ErrorCode, PluginError};
use serde::Deserialize;

use crate::refused;

/// The plugin.
#[derive(Clone, Copy, Debug)]
pub struct Factual;

/// The plugin's own options.
#[derive(Debug, Deserialize)]
struct FactualOptions {
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

/// The bins of every feature.
#[derive(Clone, Debug)]
pub struct FactualExplainer(FactualGrid);

impl ExplanationPlugin for Factual {
    type Explainer = FactualExplainer;

    fn prepare(
        &self,
        calibration: Calibration<'_>,
        calibrated: Answers<'_>,
        options: &str,
    ) -> Result<FactualExplainer, PluginError> {
        let options = Options::<FactualOptions>::from_json(options)?.plugin;
        let schema = Schema::from_json(calibration.schema.as_str())?;
        let n_classes = schema.classes.len();
        if n_classes != 2 {
            return Err(PluginError::unsupported(format!(
                "core.explanation.factual explains two classes, the model has {n_classes}"
            )));
        }
        let labels: Vec<u32> = match options.condition_source {
            ConditionSource::Observed => calibration.y.iter().map(|&y| y as u32).collect(),
            ConditionSource::Prediction => calibrated.predict.iter().map(|&p| u32::from(p >= 0.5)).collect(),
        };
        let x =
            CoreMatrix::new(calibration.x.as_slice(), calibration.x.n_rows, calibration.x.n_cols).map_err(refused)?;
        let ignored = &options.features_to_ignore;
        FactualGrid::fit(x, &labels, n_classes, &schema.categorical, ignored, &options.sample_percentiles)
            .map(FactualExplainer)
            .map_err(refused)
    }

    fn restore(&self, saved: &[u8], _options: &str) -> Result<FactualExplainer, PluginError> {
        postcard::from_bytes(saved).map(FactualExplainer).map_err(|error| PluginError::corrupt(error.to_string()))
    }
}

impl Explainer for FactualExplainer {
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        if batch.round == 0 { self.ask(batch) } else { self.explain(batch) }
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        postcard::to_allocvec(&self.0).map_err(|error| PluginError::new(ErrorCode::Internal, error.to_string()))
    }
}

impl FactualExplainer {
    fn ask(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        let (mut features, mut values) = (Vec::new(), Vec::new());
        let mut edits = Edits::default();
        for instance in 0..batch.x.n_rows {
            let n_asked = self.0.plan(batch.x.row(instance), &mut features, &mut values).map_err(refused)?;
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

    fn explain(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        let answers = batch.answers;
        let mut builder = RuleBuilder::new();
        let mut found = Vec::new();
        let mut start = 0;
        for instance in 0..batch.x.n_rows {
            let x = batch.x.row(instance);
            let base = Interval {
                predict: batch.base.predict[instance],
                low: batch.base.low[instance],
                high: batch.base.high[instance],
            };
            let asked = start..start + self.0.n_asked(x).map_err(refused)?;
            start = asked.end;
            let of_instance = CoreAnswers {
                predict: &answers.predict.as_slice()[asked.clone()],
                low: &answers.low.as_slice()[asked.clone()],
                high: &answers.high.as_slice()[asked],
            };
            found.clear();
            self.0.rules(x, base, of_instance, &mut found).map_err(|error| refused(error).at_instance(instance))?;
            for rule in &found {
                let weight = (rule.weight.weight, rule.weight.low, rule.weight.high);
                let prediction = (rule.prediction.predict, rule.prediction.low, rule.prediction.high);
                builder.push(&[condition(rule.feature, rule.condition)], weight, prediction);
            }
            builder.end_instance();
        }
        Ok(Next::Done(builder.finish()))
    }
}

fn condition(feature: u32, condition: CoreCondition) -> Condition {
    let (operator, low, high) = match condition {
        CoreCondition::AtMost(high) => (Operator::AtMost, f64::NAN, high),
        CoreCondition::Above(low) => (Operator::Above, low, f64::NAN),
        CoreCondition::Within(low, high) => (Operator::Within, low, high),
        CoreCondition::Equal(value) => (Operator::Equal, value, f64::NAN),
    };
    Condition { feature, operator, low, high }
}
