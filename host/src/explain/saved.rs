//! What was fitted and prepared, to be put back later. The bytes are the plugins' own; it never reads them.

use ce_plugin_api::data::Matrix;
use ce_plugin_api::manifest::{Kind, Mode, PluginInfo};
use serde::{Deserialize, Serialize};

use super::asked::{Asked, Ignored};
use super::fault::{Call, PluginFault};
use super::fitted::{FittedEntry, Prepared};
use super::{ExplainError, Explainer, Instances};

/// A fitted calibrator and a prepared explainer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    pub(crate) mode: Mode,
    /// Names the model, the calibration set, the options and the plugins that it was fitted with.
    fingerprint: String,
    pub(crate) interval: SavedPart,
    pub(crate) explanation: SavedPart,
}

/// What one plugin saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedPart {
    identifier: String,
    version: String,
    pub(crate) bytes: Vec<u8>,
}

/// What was saved does not fit the explainer that it is put into.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SavedError {
    /// It was saved by another plugin, or another version of it.
    #[error("it was saved by `{saved}`, but `{routed}` is routed to: fit again, or ask for the same plugin")]
    OtherPlugin {
        /// The plugin that saved it, with its version.
        saved: String,
        /// The plugin that is routed to, with its version.
        routed: String,
    },
    /// It was fitted with something else.
    #[error("it was fitted with another model, calibration set, seed or other options: fit again")]
    OtherProblem,
}

impl SavedError {
    /// A code that does not change, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherPlugin { .. } => "saved.other_plugin",
            Self::OtherProblem => "saved.other_problem",
        }
    }
}

impl Explainer {
    /// Saves what was fitted and prepared for a mode, fitting it first if that was not done yet.
    ///
    /// # Errors
    /// As for [`Explainer::explain_factual`]; also if a plugin cannot save.
    pub fn save(&self, mode: Mode) -> Result<Saved, ExplainError> {
        let plan = self.plan(mode)?;
        let candidate = &plan.candidates[0];
        let interval = &candidate.interval.usable[0];
        let (fitted, prepared) = self.prepared(mode, candidate, interval)?;
        let plugins = [(&prepared.info, prepared.options.as_str()), (&fitted.info, fitted.options.as_str())];
        Saved::of(mode, self.fingerprint(mode, &plugins), &fitted, &prepared).map_err(ExplainError::from)
    }

    /// Puts back what was saved for the same model, calibration set, options and plugins, so that nothing is fitted again.
    ///
    /// # Errors
    /// [`ExplainError`] if it was saved by other plugins than those routed to or fitted with something else, or a plugin
    /// cannot restore it.
    pub fn restore(&self, saved: &Saved) -> Result<(), ExplainError> {
        let plan = self.plan(saved.mode)?;
        let candidate = &plan.candidates[0];
        let context = self.context(saved.mode, candidate);
        let interval = &candidate.interval.usable[0];
        let entry = self.catalog.usable(Kind::Interval, interval);
        let interval = &entry.map_err(|_| ExplainError::gone(Kind::Interval, interval))?.info;
        let explanation = &candidate.entry.info;
        let (of_explanation, of_interval) = (context.text(explanation)?, context.text(interval)?);
        let plugins = [(explanation, of_explanation.as_str()), (interval, of_interval.as_str())];
        saved.check(&self.fingerprint(saved.mode, &plugins), explanation, interval)?;
        self.fits.restore(&context, candidate, saved)
    }

    /// Names what was fitted: the request for no rows.
    fn fingerprint(&self, mode: Mode, plugins: &[(&PluginInfo, &str)]) -> String {
        let no_rows = Instances::new(Matrix::empty(self.schema.feature_names.len()));
        let (quantity, ignored) = (self.problem.quantity.clone(), Ignored::default());
        let nothing = Asked { quantity, category: Vec::new(), class: None, ignored };
        self.digests.run_id(Some(mode), plugins, &self.problem.schema, &nothing, &no_rows)
    }
}

impl Saved {
    pub(crate) fn of(
        mode: Mode,
        fingerprint: String,
        fitted: &FittedEntry,
        prepared: &Prepared,
    ) -> Result<Self, PluginFault> {
        let save = |error, identity: &super::calibrate::Identity| identity.failed(Call::Save, error);
        let interval = fitted.calibrator.save().map_err(|error| save(error, &fitted.identity))?;
        let explanation = prepared.explainer.save().map_err(|error| save(error, &prepared.identity))?;
        Ok(Self {
            mode,
            fingerprint,
            interval: SavedPart::new(&fitted.info, interval),
            explanation: SavedPart::new(&prepared.info, explanation),
        })
    }

    pub(crate) fn check(
        &self,
        fingerprint: &str,
        explanation: &PluginInfo,
        interval: &PluginInfo,
    ) -> Result<(), SavedError> {
        self.explanation.check(explanation)?;
        self.interval.check(interval)?;
        if self.fingerprint == fingerprint { Ok(()) } else { Err(SavedError::OtherProblem) }
    }
}

impl SavedPart {
    fn new(info: &PluginInfo, bytes: Vec<u8>) -> Self {
        Self { identifier: info.identifier.clone(), version: info.version.to_string(), bytes }
    }

    fn check(&self, info: &PluginInfo) -> Result<(), SavedError> {
        let saved = format!("{} {}", self.identifier, self.version);
        let routed = format!("{} {}", info.identifier, info.version);
        if saved == routed { Ok(()) } else { Err(SavedError::OtherPlugin { saved, routed }) }
    }
}
