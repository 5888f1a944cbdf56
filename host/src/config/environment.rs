//! The environment, parsed once at the door. It never reads the process's environment except in `from_process`.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::places::BaseDirs;
use super::read::list_entries;
use super::slot::{Slot, TelemetryLevel};
use super::{ConfigError, is_name, nearest};

/// Names plugins to trust in this process.
pub(crate) const TRUST: &str = "CE_TRUST_PLUGIN";
/// Names plugins, bundles and digests that must not be used.
pub(crate) const DENY: &str = "CE_DENY_PLUGIN";
/// A path list of directories with bundles.
pub(crate) const DIRS: &str = "CE_PLUGINS_DIR";
/// The user's `ce.toml`.
pub(crate) const CONFIG: &str = "CE_CONFIG";
/// The telemetry level.
pub(crate) const TELEMETRY: &str = "CE_TELEMETRY";

/// What the environment says: every `CE_*` variable, and where the user's directories are.
///
/// An empty value counts as unset, so that `CE_PLOT_STYLE= ce explain …` switches a variable off. A `CE_*` variable
/// that this host does not know is an error, never ignored.
///
/// ```
/// use ce_host::config::Environment;
///
/// let error = Environment::from_vars([("CE_INTERVALL_PLUGIN", "x")]).unwrap_err();
/// assert_eq!(error.code(), "config.unknown_variable");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Environment {
    pub(super) choices: BTreeMap<Slot, String>,
    pub(super) fallbacks: BTreeMap<Slot, Vec<String>>,
    pub(super) trusted: Vec<String>,
    pub(super) denied: Vec<String>,
    pub(super) dirs: Vec<PathBuf>,
    pub(super) config: Option<PathBuf>,
    pub(super) telemetry: Option<TelemetryLevel>,
    pub(super) base: BaseDirs,
}

impl Environment {
    /// Reads the environment of this process. Where it names no home directory, the system is asked.
    ///
    /// # Errors
    /// Those of [`Environment::from_vars`].
    pub fn from_process() -> Result<Self, ConfigError> {
        let mut environment = Self::from_vars(std::env::vars_os())?;
        environment.base.set_home_if_unknown(etcetera::home_dir().ok());
        Ok(environment)
    }

    /// Reads pairs of names and values; of a name given twice the last value counts.
    ///
    /// # Errors
    /// [`ConfigError`] for an unknown `CE_*` variable, a value that is no UTF-8 (paths may be anything), an empty
    /// entry in a list, a text that cannot be a name, and an unknown telemetry level.
    pub fn from_vars<K, V>(vars: impl IntoIterator<Item = (K, V)>) -> Result<Self, ConfigError>
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let vars: BTreeMap<OsString, OsString> =
            vars.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let mut environment = Self { base: BaseDirs::from_vars(&vars), ..Self::default() };
        for (name, value) in &vars {
            if !name.as_encoded_bytes().starts_with(b"CE_") {
                continue;
            }
            let name = name.to_str().ok_or_else(|| not_utf8(name))?;
            let known = known(name).ok_or_else(|| unknown(name))?;
            if !value.is_empty() {
                environment.set(known, value)?;
            }
        }
        Ok(environment)
    }

    fn set(&mut self, known: Known, value: &OsStr) -> Result<(), ConfigError> {
        let text = |name: &str| value.to_str().ok_or_else(|| not_utf8(OsStr::new(name)));
        match known {
            Known::Choice(slot) => {
                let name = text(slot.variable())?.trim();
                check_name(slot.variable(), name)?;
                self.choices.insert(slot, name.to_owned());
            }
            Known::Fallbacks(slot) => {
                let names = list_entries(slot.fallbacks_variable(), text(slot.fallbacks_variable())?)?;
                names.iter().try_for_each(|name| check_name(slot.fallbacks_variable(), name))?;
                self.fallbacks.insert(slot, names);
            }
            Known::Trust => self.trusted = list_entries(TRUST, text(TRUST)?)?,
            Known::Deny => self.denied = list_entries(DENY, text(DENY)?)?,
            Known::Dirs => self.dirs = path_list(value)?,
            Known::Config => self.config = Some(PathBuf::from(value)),
            Known::Telemetry => {
                let found = text(TELEMETRY)?;
                let level = TelemetryLevel::from_name(found).ok_or_else(|| ConfigError::TelemetryLevel {
                    place: TELEMETRY.to_owned(),
                    found: found.to_owned(),
                })?;
                self.telemetry = Some(level);
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Known {
    Choice(Slot),
    Fallbacks(Slot),
    Trust,
    Deny,
    Dirs,
    Config,
    Telemetry,
}

/// Every variable that means something.
fn table() -> impl Iterator<Item = (&'static str, Known)> {
    let slots = Slot::ALL
        .into_iter()
        .flat_map(|slot| [(slot.variable(), Known::Choice(slot)), (slot.fallbacks_variable(), Known::Fallbacks(slot))]);
    slots.chain([
        (TRUST, Known::Trust),
        (DENY, Known::Deny),
        (DIRS, Known::Dirs),
        (CONFIG, Known::Config),
        (TELEMETRY, Known::Telemetry),
    ])
}

fn known(name: &str) -> Option<Known> {
    table().find(|(variable, _)| *variable == name).map(|(_, known)| known)
}

fn unknown(name: &str) -> ConfigError {
    ConfigError::UnknownVariable {
        name: name.to_owned(),
        nearest: nearest(name, table().map(|(variable, _)| variable)).map(str::to_owned),
    }
}

fn not_utf8(name: &OsStr) -> ConfigError {
    ConfigError::NotUtf8 { name: name.to_string_lossy().into_owned() }
}

fn check_name(variable: &str, name: &str) -> Result<(), ConfigError> {
    if is_name(name) {
        return Ok(());
    }
    Err(ConfigError::InvalidName {
        place: variable.to_owned(),
        expected: "the identifier of a plugin or style",
        found: name.to_owned(),
    })
}

/// Splits a path list. An empty entry would stand for the working directory, which nobody means to trust.
fn path_list(value: &OsStr) -> Result<Vec<PathBuf>, ConfigError> {
    let paths: Vec<PathBuf> = std::env::split_paths(value).collect();
    if paths.iter().any(|path| path.as_os_str().is_empty()) {
        return Err(ConfigError::EmptyEntry { place: DIRS.to_owned() });
    }
    Ok(paths)
}
