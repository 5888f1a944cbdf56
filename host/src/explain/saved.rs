//! What was fitted and prepared, to be put back later. The bytes are the plugins' own; it never reads them.

use ce_plugin_api::manifest::{Mode, PluginInfo};
use serde::{Deserialize, Serialize};

use super::fault::{Call, PluginFault};
use super::fitted::{FittedEntry, Prepared};

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
