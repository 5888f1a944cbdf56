//! `core.explanation.fast`: one rule per feature, weighed by asking the feature's own calibrator about the unchanged
//! instance. It edits no row.

use ce_core::Interval;
use ce_core::fast::rule_weight;
use ce_plugin_api::data::{Answers, Calibration, Condition, Edits, Operator, QuestionsBuf, RuleBuilder};
use ce_plugin_api::kind::{Batch, Explainer, ExplanationPlugin, Next};
use ce_plugin_api::options::Options;
use ce_plugin_api::{ErrorCode, PluginError};
use serde::{Deserialize, Serialize};

use crate::{constant_columns, corrupt};

/// The plugin.
pub(crate) struct Fast;

#[derive(Deserialize)]
struct FastOptions {
    features_to_ignore: Vec<usize>,
}

/// The features that are weighed, ascending.
#[derive(Serialize, Deserialize)]
pub(crate) struct FastExplainer {
    features: Vec<u32>,
}

impl ExplanationPlugin for Fast {
    type Explainer = FastExplainer;

    fn prepare(
        &self,
        calibration: Calibration<'_>,
        _calibrated: Answers<'_>,
        options: &str,
    ) -> Result<FastExplainer, PluginError> {
        let ignored = Options::<FastOptions>::from_json(options)?.plugin.features_to_ignore;
        let n_features = calibration.x.n_cols;
        if let Some(unknown) = ignored.iter().find(|&&feature| feature >= n_features) {
            let message = format!("features_to_ignore names column {unknown}, there are {n_features} columns");
            return Err(PluginError::new(ErrorCode::InvalidOption, message));
        }
        let is_constant = constant_columns(calibration.x);
        let weighed = |feature: &usize| !is_constant[*feature] && !ignored.contains(feature);
        Ok(FastExplainer { features: (0..n_features).filter(weighed).map(|feature| feature as u32).collect() })
    }

    fn restore(&self, saved: &[u8], _options: &str) -> Result<FastExplainer, PluginError> {
        postcard::from_bytes(saved).map_err(corrupt)
    }
}

impl Explainer for FastExplainer {
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        Ok(if batch.round == 0 { self.ask(batch) } else { Next::Done(self.weigh(batch).finish()) })
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        postcard::to_allocvec(self).map_err(|error| PluginError::new(ErrorCode::Internal, error.to_string()))
    }
}

impl FastExplainer {
    fn ask(&self, batch: Batch<'_>) -> Next {
        let n_instances = batch.x.n_rows as u32;
        let row = (0..n_instances).flat_map(|instance| self.features.iter().map(move |_| instance)).collect();
        let feature = (0..n_instances).flat_map(|_| self.features.iter().copied()).collect();
        let questions = QuestionsBuf { row, feature, ..QuestionsBuf::default() };
        Next::Ask { edits: Edits::default(), questions, state: Vec::new() }
    }

    fn weigh(&self, batch: Batch<'_>) -> RuleBuilder {
        let mut rules = RuleBuilder::new();
        let mut answers = (0..).map(|question_idx| triple(batch.answers, question_idx));
        for instance in 0..batch.x.n_rows {
            let base = triple(batch.base, instance);
            for (&feature, of_feature) in self.features.iter().zip(&mut answers) {
                let Some(weight) = rule_weight(base, of_feature) else { continue };
                let condition = Condition { feature, operator: Operator::Any, low: f64::NAN, high: f64::NAN };
                // Unlike a factual rule, a fast rule speaks of what the feature's own calibrator says.
                let prediction = (of_feature.predict, of_feature.low, of_feature.high);
                rules.push(&[condition], (weight.weight, weight.low, weight.high), prediction);
            }
            rules.end_instance();
        }
        rules
    }
}

fn triple(answers: Answers<'_>, idx: usize) -> Interval {
    Interval { predict: answers.predict[idx], low: answers.low[idx], high: answers.high[idx] }
}
