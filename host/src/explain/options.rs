//! The options that a plugin is handed: its defaults, then `ce.toml`, then the call. It never passes on an option that the
//! plugin's manifest does not announce.

use std::collections::BTreeMap;

use ce_plugin_api::manifest::{Kind, Mode, PluginInfo, check_options};
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

/// Option values of this explainer alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct OptionOverrides {
    /// By plugin.
    pub(crate) by_plugin: BTreeMap<String, BTreeMap<String, Value>>,
    /// For whatever explanation plugin and interval calibrator is chosen.
    pub(crate) of_explanation: BTreeMap<String, Value>,
    pub(crate) of_interval: BTreeMap<String, Value>,
}

impl OptionOverrides {
    /// The values for one plugin; those for whatever is chosen come last, and so prevail.
    fn of(&self, info: &PluginInfo) -> impl Iterator<Item = (&String, &Value)> {
        let of_kind = match info.kind {
            Kind::Explanation => Some(&self.of_explanation),
            Kind::Interval => Some(&self.of_interval),
            _ => None,
        };
        self.by_plugin.get(&info.identifier).into_iter().chain(of_kind).flatten()
    }
}

/// Where the options of plugins come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OptionSources<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) overrides: &'a OptionOverrides,
    pub(crate) seed: u64,
}

impl OptionSources<'_> {
    /// The options of a plugin and who gave each.
    pub(crate) fn given(&self, info: &PluginInfo) -> Result<BTreeMap<String, Given>, OptionError> {
        let mut given = effective(info, self.settings)?;
        let own = self.overrides.of(info).map(|(option, value)| (option.clone(), value.clone(), Origin::Call));
        lay_over(info, &mut given, own)?;
        Ok(given)
    }

    /// Whether an explanation plugin asks calibrators per feature though its mode is not fast: it then has the option
    /// `fast_filter`, and a number above 0 for it.
    pub(crate) fn asks_per_feature(&self, info: &PluginInfo) -> bool {
        // An option that is wrong is told of where it is handed over.
        let given = self.given(info).unwrap_or_default();
        given.get("fast_filter").and_then(|given| given.value.as_f64()).is_some_and(|n_kept| n_kept > 0.0)
    }

    /// The text that crosses the boundary. One calibrator serves several modes, so it is told none: else it would be told
    /// that of whichever call came first.
    pub(crate) fn text(
        &self,
        info: &PluginInfo,
        mode: Option<Mode>,
        feature_questions: bool,
    ) -> Result<String, OptionError> {
        let plugin: Map<String, Value> =
            self.given(info)?.into_iter().map(|(option, given)| (option, given.value)).collect();
        let mode = mode.filter(|_| info.kind != Kind::Interval);
        let host = HostOptions { seed: self.seed, threads: 1, mode, feature_questions };
        Ok(to_text(&host, &plugin))
    }
}
