//! The options that a plugin is handed: its defaults, then `ce.toml`, then the call. It never passes on an option that the
//! plugin's manifest does not announce.

use std::collections::BTreeMap;

use ce_plugin_api::manifest::{PluginInfo, check_options};
use ce_plugin_api::options::{HostOptions, Options};
use serde_json::{Map, Value};

use crate::config::{Origin, Settings};

/// An option that a plugin does not take, or a value that it does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("options of `{identifier}`{}: {message}", given_by(origin.as_ref()))]
pub struct OptionError {
    /// The plugin.
    pub identifier: String,
    /// Who gave it, where it is a single option.
    pub origin: Option<Origin>,
    /// The option, what was expected and what was found.
    pub message: String,
}

impl OptionError {
    /// A code that does not change, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "option.invalid"
    }
}

fn given_by(origin: Option<&Origin>) -> String {
    origin.map_or_else(String::new, |origin| format!(" from {origin}"))
}

/// An option's value and who gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The value.
    pub value: Value,
    /// Who gave it.
    pub origin: Origin,
}

/// The options of a plugin, each present: the defaults of its manifest with those of the settings over them.
///
/// # Errors
/// [`OptionError`] for an option that its manifest does not announce, or a value that does not fit.
pub fn effective(info: &PluginInfo, settings: &Settings) -> Result<BTreeMap<String, Given>, OptionError> {
    let defaults = info.options.iter();
    let mut options = defaults
        .map(|(name, spec)| (name.clone(), Given { value: spec.default.clone(), origin: Origin::Default }))
        .collect();
    let given = settings.options(&info.identifier).into_iter().flatten();
    lay_over(info, &mut options, given.map(|(name, given)| (name.clone(), given.value.clone(), given.origin.clone())))?;
    Ok(options)
}

/// Lays values over the options of a plugin.
///
/// # Errors
/// [`OptionError`] for an option that its manifest does not announce, or a value that does not fit.
pub fn lay_over(
    info: &PluginInfo,
    options: &mut BTreeMap<String, Given>,
    values: impl IntoIterator<Item = (String, Value, Origin)>,
) -> Result<(), OptionError> {
    for (name, value, origin) in values {
        let one = Map::from_iter([(name.clone(), value.clone())]);
        check_options(&info.options, &one).map_err(|problems| OptionError {
            identifier: info.identifier.clone(),
            origin: Some(origin.clone()),
            message: problems.to_string(),
        })?;
        options.insert(name, Given { value, origin });
    }
    Ok(())
}

/// Checks options for plugins that may take no part: what nobody reads would otherwise be misspelt in silence. An
/// identifier may stand for plugins of several kinds; one of them must take the option.
///
/// # Errors
/// [`OptionError`] for the first option that no plugin of that identifier takes.
pub fn check_unused<'a>(
    identifier: &str,
    infos: &[&PluginInfo],
    values: impl IntoIterator<Item = (&'a String, &'a Value, Origin)>,
) -> Result<(), OptionError> {
    for (name, value, origin) in values {
        let one = Map::from_iter([(name.clone(), value.clone())]);
        let problems: Vec<_> = infos.iter().filter_map(|info| check_options(&info.options, &one).err()).collect();
        if let (Some(problem), true) = (problems.first(), problems.len() == infos.len()) {
            let message = problem.to_string();
            return Err(OptionError { identifier: identifier.to_owned(), origin: Some(origin), message });
        }
    }
    Ok(())
}

/// The text that crosses the boundary.
#[must_use]
pub fn to_text(host: &HostOptions, plugin: &Map<String, Value>) -> String {
    let options = Options { host: host.clone(), plugin };
    serde_json::to_string(&options).unwrap_or_default()
}
