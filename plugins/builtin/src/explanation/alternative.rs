//! `core.explanation.alternative`: what the prediction would be, were one feature's value another. One ask, that of the
//! factual explanation over a finer grid. It filters and ranks nothing.

use ce_core::discretizer::ALTERNATIVE_DEPTH;
use ce_core::grid::{Answers, Grid};
use ce_core::{Error, Interval, alternative};
use ce_plugin_api::PluginError;
use ce_plugin_api::data::{Answers as Calibrated, Calibration, RuleBuilder};
use ce_plugin_api::kind::ExplanationPlugin;

use super::over_grid::{self, GridExplainer};

/// The plugin. It serves classes and values; a rule carries the prediction that its condition would bring about.
#[derive(Clone, Copy, Debug)]
pub struct Alternative;

impl ExplanationPlugin for Alternative {
    type Explainer = GridExplainer;

    fn prepare(
        &self,
        calibration: Calibration<'_>,
        calibrated: Calibrated<'_>,
        options: &str,
    ) -> Result<GridExplainer, PluginError> {
        GridExplainer::fit(calibration, calibrated, options, ALTERNATIVE_DEPTH, write)
    }

    fn restore(&self, saved: &[u8], _options: &str) -> Result<GridExplainer, PluginError> {
        GridExplainer::restore(saved, write)
    }
}

/// Writes the rules of one instance.
fn write(grid: &Grid, x: &[f64], base: Interval, answers: Answers<'_>, rules: &mut RuleBuilder) -> Result<(), Error> {
    let mut found = Vec::with_capacity(x.len());
    alternative::rules(grid, x, base, answers, &mut found)?;
    for rule in found {
        over_grid::push(rules, rule.feature, rule.condition, rule.weight, rule.prediction);
    }
    Ok(())
}
