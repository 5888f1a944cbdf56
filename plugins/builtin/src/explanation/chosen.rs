//! Which explainer a plugin's options call for: over a grid, or guarded. It never explains by itself.

use ce_core::guard::Kind;
use ce_plugin_api::PluginError;
use ce_plugin_api::data::{Answers, Calibration};
use ce_plugin_api::kind::{Batch, Explainer, Next};

use super::guarded::{self, GuardedExplainer};
use super::over_grid::{GridExplainer, Reading};

/// The first byte of what is saved: which of the two follows.
const OVER_GRID: u8 = 0;
const GUARDED: u8 = 1;

/// The explainer behind factual and alternative rules.
#[derive(Clone, Debug)]
pub enum RuleExplainer {
    /// Every bin counts.
    OverGrid(Box<GridExplainer>),
    /// Only bins that look like the calibration data count.
    Guarded(Box<GuardedExplainer>),
}

impl RuleExplainer {
    /// The explainer that the options call for. Both are of the same kind; only one over a grid is read by `reading`.
    pub(super) fn fit(
        calibration: Calibration<'_>,
        calibrated: Answers<'_>,
        options: &str,
        reading: Reading,
        kind: Kind,
    ) -> Result<Self, PluginError> {
        if guarded::is_asked_for(options)? {
            let explainer = GuardedExplainer::fit(calibration, calibrated, options, kind)?;
            return Ok(Self::Guarded(Box::new(explainer)));
        }
        let explainer = GridExplainer::fit(calibration, calibrated, options, reading)?;
        Ok(Self::OverGrid(Box::new(explainer)))
    }

    /// The explainer that was saved.
    pub(super) fn restore(saved: &[u8], reading: Reading, kind: Kind) -> Result<Self, PluginError> {
        match saved.split_first() {
            Some((&OVER_GRID, saved)) => Ok(Self::OverGrid(Box::new(GridExplainer::restore(saved, reading)?))),
            Some((&GUARDED, saved)) => Ok(Self::Guarded(Box::new(GuardedExplainer::restore(saved, kind)?))),
            Some((other, _)) => {
                Err(PluginError::corrupt(format!("the saved explainer is of kind {other}, expected 0 or 1")))
            }
            None => Err(PluginError::corrupt("the saved explainer is empty".to_owned())),
        }
    }
}

impl Explainer for RuleExplainer {
    fn step(&self, batch: Batch<'_>) -> Result<Next, PluginError> {
        match self {
            Self::OverGrid(explainer) => explainer.step(batch),
            Self::Guarded(explainer) => explainer.step(batch),
        }
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        let (kind, saved) = match self {
            Self::OverGrid(explainer) => (OVER_GRID, explainer.save()?),
            Self::Guarded(explainer) => (GUARDED, explainer.save()?),
        };
        let mut bytes = Vec::with_capacity(1 + saved.len());
        bytes.push(kind);
        bytes.extend(saved);
        Ok(bytes)
    }
}
