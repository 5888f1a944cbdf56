//! `core.explanation.factual`: why the prediction is what it is. It asks about every row that lies in another bin of one
//! feature. It never looks at the answers by itself: the core weighs them.

use ce_core::conjunction::Rule;
use ce_core::discretizer::FACTUAL_DEPTH;
use ce_core::grid::{Answers, Instance};
use ce_core::guard::Kind;
use ce_core::{Error, Interval, factual};
use ce_plugin_api::PluginError;
use ce_plugin_api::data::{Answers as Calibrated, Calibration};
use ce_plugin_api::kind::ExplanationPlugin;

use super::chosen::RuleExplainer;
use super::over_grid::{self, Reading};
use super::rule_columns::RuleColumns;

/// The plugin. It serves classes and values; a rule carries the prediction of the instance itself.
#[derive(Clone, Copy, Debug)]
pub struct Factual;

impl ExplanationPlugin for Factual {
    type Explainer = RuleExplainer;

    fn prepare(
        &self,
        calibration: Calibration<'_>,
        calibrated: Calibrated<'_>,
        options: &str,
    ) -> Result<RuleExplainer, PluginError> {
        RuleExplainer::fit(calibration, calibrated, options, READING, Kind::Factual)
    }

    fn restore(&self, saved: &[u8], _options: &str) -> Result<RuleExplainer, PluginError> {
        RuleExplainer::restore(saved, READING, Kind::Factual)
    }
}

const READING: Reading = Reading { max_depth: FACTUAL_DEPTH, write, collect };

/// Writes the rules of one instance.
fn write(instance: Instance<'_>, base: Interval, answers: Answers<'_>, rules: &mut RuleColumns) -> Result<(), Error> {
    let mut found = Vec::with_capacity(instance.n_features());
    factual::rules_of(instance, base, answers, &mut found)?;
    for rule in found {
        over_grid::push(rules, rule.feature, rule.condition, rule.weight, rule.prediction);
    }
    Ok(())
}

/// The same rules, to make conjunctions of.
fn collect(instance: Instance<'_>, base: Interval, answers: Answers<'_>) -> Result<Vec<Rule>, Error> {
    let mut found = Vec::new();
    factual::rules_of(instance, base, answers, &mut found)?;
    Ok(found.iter().map(Rule::from).collect())
}
