//! `core.explanation.alternative`: what the prediction would be, were one feature's value another. One ask, that of the
//! factual explanation over a finer grid. It filters and ranks nothing.

use ce_core::alternative;
use ce_core::discretizer::ALTERNATIVE_DEPTH;
use ce_core::grid::Grid;
use ce_plugin_api::PluginError;
use ce_plugin_api::data::{Answers, Calibration};
use ce_plugin_api::kind::{Batch, Explainer, ExplanationPlugin, Next};

use super::over_grid;

/// The plugin. It serves classes and values; a rule carries the prediction that its condition would bring about.
#[derive(Clone, Copy, Debug)]
pub struct Alternative;

/// The bins of every feature.
#[derive(Clone, Debug)]
pub struct AlternativeExplainer(Grid);

impl ExplanationPlugin for Alternative {
    type Explainer = AlternativeExplainer;

    fn prepare(
        &self,
        calibration: Calibration<'_>,
        calibrated: Answers<'_>,
        options: &str,
    ) -> Result<AlternativeExplainer, PluginError> {
        over_grid::fit(calibration, calibrated, options, ALTERNATIVE_DEPTH).map(AlternativeExplainer)
    }

    fn restore(&self, saved: &[u8], _options: &str) -> Result<AlternativeExplainer, PluginError> {
        over_grid::restore(saved).map(AlternativeExplainer)
    }
}

impl Explainer for AlternativeExplainer {
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        if batch.round == 0 {
            return over_grid::ask(&self.0, batch);
        }
        over_grid::read(&self.0, batch, alternative::rules, |rule, rules| {
            over_grid::push(rules, rule.feature, rule.condition, rule.weight, rule.prediction);
        })
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        over_grid::save(&self.0)
    }
}
