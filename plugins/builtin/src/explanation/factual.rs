//! `core.explanation.factual`: why the prediction is what it is. One ask: every row that lies in another bin of one
//! feature. It never looks at the answers by itself: the core weighs them.

use ce_core::discretizer::FACTUAL_DEPTH;
use ce_core::grid::{Answers, Grid};
use ce_core::{Error, Interval, factual};
use ce_plugin_api::PluginError;
use ce_plugin_api::data::{Answers as Calibrated, Calibration, RuleBuilder};
use ce_plugin_api::kind::ExplanationPlugin;

use super::over_grid::{self, GridExplainer};

/// The plugin. It serves classes and values; a rule carries the prediction of the instance itself.
#[derive(Clone, Copy, Debug)]
pub struct Factual;

impl ExplanationPlugin for Factual {
    type Explainer = GridExplainer;

    fn prepare(
        &self,
        calibration: Calibration<'_>,
        calibrated: Calibrated<'_>,
        options: &str,
    ) -> Result<GridExplainer, PluginError> {
        GridExplainer::fit(calibration, calibrated, options, FACTUAL_DEPTH, write)
    }

    fn restore(&self, saved: &[u8], _options: &str) -> Result<GridExplainer, PluginError> {
        GridExplainer::restore(saved, write)
    }
}

/// Writes the rules of one instance.
fn write(grid: &Grid, x: &[f64], base: Interval, answers: Answers<'_>, rules: &mut RuleBuilder) -> Result<(), Error> {
    let mut found = Vec::with_capacity(x.len());
    factual::rules(grid, x, base, answers, &mut found)?;
    for rule in found {
        over_grid::push(rules, rule.feature, rule.condition, rule.weight, rule.prediction);
    }
    Ok(())
}
