//! `core.explanation.alternative`: what the prediction would be, were one feature's value another. It asks what the
//! factual explanation asks, over a finer grid. It filters and ranks nothing.

use ce_core::conjunction::Rule;
use ce_core::discretizer::ALTERNATIVE_DEPTH;
use ce_core::grid::{Answers, Instance};
use ce_core::guard::Kind;
use ce_core::{Error, Interval, alternative};
use ce_plugin_api::PluginError;
use ce_plugin_api::data::{Answers as Calibrated, Calibration};
use ce_plugin_api::kind::ExplanationPlugin;

use super::chosen::RuleExplainer;
use super::over_grid::{self, Reading};
use super::rule_columns::RuleColumns;

/// The plugin. It serves classes and values; a rule carries the prediction that its condition would bring about.
#[derive(Clone, Copy, Debug)]
pub struct Alternative;

impl ExplanationPlugin for Alternative {
    type Explainer = RuleExplainer;

    fn prepare(
        &self,
        calibration: Calibration<'_>,
        calibrated: Calibrated<'_>,
        options: &str,
    ) -> Result<RuleExplainer, PluginError> {
        RuleExplainer::fit(calibration, calibrated, options, READING, Kind::Alternative)
    }

    fn restore(&self, saved: &[u8], _options: &str) -> Result<RuleExplainer, PluginError> {
        RuleExplainer::restore(saved, READING, Kind::Alternative)
    }
}

const READING: Reading = Reading { max_depth: ALTERNATIVE_DEPTH, write, collect };

/// Writes the rules of one instance.
fn write(instance: Instance<'_>, base: Interval, answers: Answers<'_>, rules: &mut RuleColumns) -> Result<(), Error> {
    let mut found = Vec::with_capacity(instance.n_features());
    alternative::rules_of(instance, base, answers, &mut found)?;
    for rule in found {
        over_grid::push(rules, rule.feature, rule.condition, rule.weight, rule.prediction);
    }
    Ok(())
}

/// The same rules, to make conjunctions of.
fn collect(instance: Instance<'_>, base: Interval, answers: Answers<'_>) -> Result<Vec<Rule>, Error> {
    let mut found = Vec::new();
    alternative::rules_of(instance, base, answers, &mut found)?;
    Ok(found.iter().map(Rule::from).collect())
}
