//! Where the user's files lie. It never creates a file or a directory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::origin::{Origin, Sourced};
use super::{Call, ConfigError, Environment, environment};

/// The user's base directories, from `XDG_*` and the home directory; on Windows from `APPDATA` and `LOCALAPPDATA`
/// where no `XDG_*` is set.
///
/// A relative `XDG_*` value is ignored, as the XDG specification demands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaseDirs {
    home: Option<PathBuf>,
    config: Option<PathBuf>,
    data: Option<PathBuf>,
    state: Option<PathBuf>,
    cache: Option<PathBuf>,
}

impl BaseDirs {
    pub(super) fn from_vars(vars: &BTreeMap<OsString, OsString>) -> Self {
        let absolute =
            |name: &str| vars.get(&OsString::from(name)).map(PathBuf::from).filter(|path| path.is_absolute());
        let windows = |name: &str| if cfg!(windows) { absolute(name) } else { None };
        Self {
            home: absolute("HOME").or_else(|| windows("USERPROFILE")),
            config: absolute("XDG_CONFIG_HOME").or_else(|| windows("APPDATA")),
            data: absolute("XDG_DATA_HOME").or_else(|| windows("APPDATA")),
            state: absolute("XDG_STATE_HOME").or_else(|| windows("LOCALAPPDATA")),
            cache: absolute("XDG_CACHE_HOME").or_else(|| windows("LOCALAPPDATA")),
        }
    }

    pub(super) fn set_home_if_unknown(&mut self, home: Option<PathBuf>) {
        if self.home.is_none() {
            self.home = home.filter(|path| path.is_absolute());
        }
    }

    /// The home directory, where a search for a project's `ce.toml` stops.
    #[must_use]
    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    fn ours(&self, named: Option<&PathBuf>, below_home: &str) -> Option<PathBuf> {
        let base = named.cloned().or_else(|| self.home.as_ref().map(|home| home.join(below_home)));
        base.map(|base| base.join("ce"))
    }
}

/// The files and directories of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    config_file: Option<Sourced<PathBuf>>,
    usual_config_file: Option<PathBuf>,
    data: Option<PathBuf>,
    state: Option<PathBuf>,
    cache: Option<PathBuf>,
}

impl Places {
    /// Finds the places: `--config`, then `CE_CONFIG`, then `ce/ce.toml` in the user's configuration directory.
    /// Relative paths start at `working_dir`.
    pub(crate) fn find(call: &Call, environment: &Environment, working_dir: &Path) -> Self {
        let base = &environment.base;
        let named = call.config.as_ref().map(|path| Sourced::new(working_dir.join(path), Origin::Call)).or_else(|| {
            let path = environment.config.as_ref()?;
            Some(Sourced::new(working_dir.join(path), Origin::Environment(environment::CONFIG)))
        });
        let usual = base.ours(base.config.as_ref(), ".config").map(|directory| directory.join("ce.toml"));
        Self {
            config_file: named.or_else(|| Some(Sourced::new(usual.clone()?, Origin::Default))),
            usual_config_file: usual,
            data: base.ours(base.data.as_ref(), ".local/share"),
            state: base.ours(base.state.as_ref(), ".local/state"),
            cache: base.ours(base.cache.as_ref(), ".cache"),
        }
    }

    /// The user's `ce.toml`, and who named it. It need not exist where nobody named it.
    ///
    /// # Errors
    /// [`ConfigError::NoHome`] if nobody named one and there is no home directory.
    pub fn config_file(&self) -> Result<&Sourced<PathBuf>, ConfigError> {
        let missing = ConfigError::NoHome { what: "the user's ce.toml", variable: environment::CONFIG };
        self.config_file.as_ref().ok_or(missing)
    }

    /// The user's `ce.toml` in its usual place, whether it is read or another one was named.
    pub(super) fn usual_config_file(&self) -> Option<&Path> {
        self.usual_config_file.as_deref()
    }

    /// The lock, beside the user's `ce.toml`.
    ///
    /// # Errors
    /// Those of [`Places::config_file`].
    pub fn lock_file(&self) -> Result<PathBuf, ConfigError> {
        Ok(self.config_file()?.value.with_file_name("ce.lock"))
    }

    /// Where bundles are kept when no directory was named.
    ///
    /// # Errors
    /// [`ConfigError::NoHome`] if there is no home directory.
    pub fn plugins_dir(&self) -> Result<PathBuf, ConfigError> {
        below(self.data.as_deref(), "the plugins directory", environment::DIRS).map(|data| data.join("plugins"))
    }

    /// Where the audit log and the quarantine are kept.
    ///
    /// # Errors
    /// [`ConfigError::NoHome`] if there is no home directory.
    pub fn state_dir(&self) -> Result<PathBuf, ConfigError> {
        below(self.state.as_deref(), "the state directory", "XDG_STATE_HOME")
    }

    /// Where caches are kept.
    ///
    /// # Errors
    /// [`ConfigError::NoHome`] if there is no home directory.
    pub fn cache_dir(&self) -> Result<PathBuf, ConfigError> {
        below(self.cache.as_deref(), "the cache directory", "XDG_CACHE_HOME")
    }
}

fn below(directory: Option<&Path>, what: &'static str, variable: &'static str) -> Result<PathBuf, ConfigError> {
    directory.map(Path::to_owned).ok_or(ConfigError::NoHome { what, variable })
}
