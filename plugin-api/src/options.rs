//! What a plugin is told beside the data: JSON text. Readers ignore unknown keys under `host`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::manifest::Mode;
use crate::{ErrorCode, PluginError};

/// The `options` argument of every call: `{"host": {…}, "plugin": {…}}`.
///
/// `plugin` holds the options that the plugin's manifest announces, each present: the value that a user gave and that the
/// host checked against the manifest, or the default.
///
/// ```
/// use ce_plugin_api::options::Options;
///
/// #[derive(serde::Deserialize)]
/// struct Mine { scale_factor: usize }
///
/// let text = r#"{"host": {"seed": 42, "threads": 1}, "plugin": {"scale_factor": 5}}"#;
/// let options = Options::<Mine>::from_json(text)?;
/// assert_eq!((options.host.seed, options.plugin.scale_factor), (42, 5));
/// # Ok::<(), ce_plugin_api::PluginError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options<T> {
    /// What the host says to every plugin alike.
    pub host: HostOptions,
    /// The plugin's own options.
    pub plugin: T,
}

/// What the host says to every plugin alike. The list grows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostOptions {
    /// The seed of everything random.
    pub seed: u64,
    /// The threads that a call may start beside its own. No result depends on it.
    pub threads: usize,
    /// For explanation plugins: how predictions are explained. Interval plugins are not told, since one calibrator serves
    /// predictions and several modes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// For `fit`: whether questions will carry a feature. A calibrator that nobody will ask per feature need not prepare
    /// for it.
    #[serde(default)]
    pub feature_questions: bool,
}

impl<T: DeserializeOwned> Options<T> {
    /// Reads the argument of a call.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidOption`] if it is not of that form, with line and column.
    pub fn from_json(text: &str) -> Result<Self, PluginError> {
        serde_json::from_str(text)
            .map_err(|error| PluginError::new(ErrorCode::InvalidOption, format!("the options cannot be read: {error}")))
    }
}
