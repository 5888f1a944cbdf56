//! What was fitted and prepared, to be put back later. The bytes are the plugins' own; it never reads them.

use ce_plugin_api::manifest::{Mode, PluginInfo};
use serde::{Deserialize, Serialize};

use super::fault::{Call, PluginFault};
use super::fitted::{FittedEntry, Prepared};
use crate::bundle::registry::Entry;

/// A fitted calibrator and a prepared explainer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    pub(crate) mode: Mode,
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

/// It was saved by another plugin, or another version of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was saved by `{saved}`, but `{routed}` is routed to: fit again, or ask for the same plugin")]
pub struct SavedError {
    saved: String,
    routed: String,
}

impl SavedError {
    /// A code that does not change, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "saved.other_plugin"
    }
}

impl Saved {
    pub(crate) fn of(mode: Mode, fitted: &FittedEntry, prepared: &Prepared) -> Result<Self, PluginFault> {
        let save = |error, identity: &super::calibrate::Identity| identity.failed(Call::Save, error);
        let interval = fitted.calibrator.save().map_err(|error| save(error, &fitted.identity))?;
        let explanation = prepared.explainer.save().map_err(|error| save(error, &prepared.identity))?;
        Ok(Self {
            mode,
            interval: SavedPart::new(&fitted.info, interval),
            explanation: SavedPart::new(&prepared.info, explanation),
        })
    }

    pub(crate) fn check(
        &self,
        explanation: &Entry,
        interval: Option<&std::sync::Arc<Entry>>,
    ) -> Result<(), SavedError> {
        self.explanation.check(&explanation.info)?;
        interval.map_or(Ok(()), |interval| self.interval.check(&interval.info))
    }
}

impl SavedPart {
    fn new(info: &PluginInfo, bytes: Vec<u8>) -> Self {
        Self { identifier: info.identifier.clone(), version: info.version.to_string(), bytes }
    }

    fn check(&self, info: &PluginInfo) -> Result<(), SavedError> {
        let saved = format!("{} {}", self.identifier, self.version);
        let routed = format!("{} {}", info.identifier, info.version);
        if saved == routed { Ok(()) } else { Err(SavedError { saved, routed }) }
    }
}
