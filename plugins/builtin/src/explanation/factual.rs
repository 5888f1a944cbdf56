//! `core.explanation.factual`: why the prediction is what it is. One ask: every row that lies in another bin of one
//! feature. It never looks at the answers by itself: the core weighs them.

use ce_core::discretizer::FACTUAL_DEPTH;
use ce_core::factual;
use ce_core::grid::Grid;
use ce_plugin_api::PluginError;
use ce_plugin_api::data::{Answers, Calibration};
use ce_plugin_api::kind::{Batch, Explainer, ExplanationPlugin, Next};

use super::over_grid;

/// The plugin. It serves classes and values; a rule carries the prediction of the instance itself.
#[derive(Clone, Copy, Debug)]
pub struct Factual;

/// The bins of every feature.
#[derive(Clone, Debug)]
pub struct FactualExplainer(Grid);

impl ExplanationPlugin for Factual {
    type Explainer = FactualExplainer;

    fn prepare(
        &self,
        calibration: Calibration<'_>,
        calibrated: Answers<'_>,
        options: &str,
    ) -> Result<FactualExplainer, PluginError> {
        over_grid::fit(calibration, calibrated, options, FACTUAL_DEPTH).map(FactualExplainer)
    }

    fn restore(&self, saved: &[u8], _options: &str) -> Result<FactualExplainer, PluginError> {
        over_grid::restore(saved).map(FactualExplainer)
    }
}

impl Explainer for FactualExplainer {
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        if batch.round == 0 {
            return over_grid::ask(&self.0, batch);
        }
        over_grid::read(&self.0, batch, factual::rules, |rule, rules| {
            over_grid::push(rules, rule.feature, rule.condition, rule.weight, rule.prediction);
        })
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        over_grid::save(&self.0)
    }
}
