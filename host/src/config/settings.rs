//! Every source laid over the next, each value with its origin. It never applies hints and defaults of routing: those
//! need the registry.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use super::file::ConfigFile;
use super::isolation;
use super::origin::{Origin, Sourced};
use super::places::Places;
use super::project::check_not_everybodys;
use super::slot::{Slot, TelemetryLevel};
use super::{ConfigError, Environment, IsolationSettings, Placement, environment, is_name, project};

/// What the caller asks for: the flags of `ce`, or the methods of the library.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The user's `ce.toml` in place of `CE_CONFIG` and the usual place. It must exist.
    pub config: Option<PathBuf>,
    /// Directories with bundles, searched before all others.
    pub plugins_dirs: Vec<PathBuf>,
    /// Identifiers by slot.
    pub choices: BTreeMap<Slot, String>,
    /// Fallbacks by slot, in order. An empty list permits none, whatever the environment and `ce.toml` say.
    pub fallbacks: BTreeMap<Slot, Vec<String>>,
    /// Option values, by identifier and option.
    pub options: BTreeMap<String, BTreeMap<String, Json>>,
    /// The telemetry level.
    pub telemetry: Option<TelemetryLevel>,
    /// Where bundles run, by the name of a bundle or an identifier; `default` stands for every bundle that is not named.
    pub isolation: BTreeMap<String, Placement>,
    /// The program that workers are made of.
    pub worker: Option<PathBuf>,
}

/// What was asked for in one slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The identifier, if anybody asked for one.
    pub requested: Option<Sourced<String>>,
    /// What may be taken instead, in order, if anybody configured it.
    pub fallbacks: Option<Sourced<Vec<String>>>,
}

/// The values of one plugin's options.
pub type OptionValues = BTreeMap<String, Sourced<Json>>;

/// Where bundles are looked for and what is said about their trust, not yet parsed: see `bundle::policy::Policy`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PluginSettings {
    /// The directories, in the order in which they are searched. One of origin [`Origin::Default`] need not exist,
    /// the others must.
    pub dirs: Vec<Sourced<PathBuf>>,
    /// Identifiers listed in `[plugins] trusted`.
    pub trusted: Vec<Sourced<String>>,
    /// Entries of `CE_TRUST_PLUGIN`: `ID`, `ID@sha256:…` or `sha256:…`.
    pub trusted_now: Vec<Sourced<String>>,
    /// Entries of every `denied` and of `CE_DENY_PLUGIN`: an identifier, the name of a bundle or `sha256:…`.
    pub denied: Vec<Sourced<String>>,
    /// `[plugins] allow_writable`: whether files are taken that others than the user and root can write to or own.
    pub allow_writable: bool,
}

/// The configuration of one host.
///
/// The order of precedence is call, environment, the project's `ce.toml`, the user's `ce.toml`. A project's file is
/// nearer to the work than the user's, so its identifiers win; but it can grant nothing: fallbacks, options, trust and
/// directories are the user's. Denials of all sources add up. Of the two files' telemetry levels the higher one
/// counts, and call and environment stand above both. Where bundles run is said by the call and the user's file alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    choices: BTreeMap<Slot, Choice>,
    options: BTreeMap<String, OptionValues>,
    telemetry: Option<Sourced<TelemetryLevel>>,
    plugins: PluginSettings,
    isolation: IsolationSettings,
    places: Places,
    project_file: Option<PathBuf>,
}

impl Settings {
    /// Reads the files and lays the sources over one another. Relative paths start at `working_dir`; a path in
    /// `[plugins] dirs` starts at its `ce.toml`.
    ///
    /// # Errors
    /// [`ConfigError`] for a file that is missing though named, unreadable, malformed or says what it may not.
    pub fn resolve(call: &Call, environment: &Environment, working_dir: &Path) -> Result<Self, ConfigError> {
        check_names(call)?;
        let places = Places::find(call, environment, working_dir);
        let user = match places.config_file() {
            Ok(place) => Some(Layer { config: read_user(place)?, path: place.value.clone() }),
            Err(_) => None,
        };
        let user_paths = user.as_ref().map(|layer| layer.path.as_path()).into_iter().chain(places.usual_config_file());
        let project = project::load(working_dir, environment.base.home(), user_paths)?;
        let project = project.map(|(path, config)| Layer { config, path });
        let user = user.unwrap_or_default();

        Ok(Self {
            choices: choices(call, environment, project.as_ref(), &user),
            options: options(call, &user),
            telemetry: telemetry(call, environment, project.as_ref(), &user)?,
            plugins: PluginSettings {
                dirs: dirs(call, environment, &user, &places, working_dir),
                trusted: user.config.trusted.iter().flat_map(|placed| user.own(&placed.value)).collect(),
                trusted_now: sourced(&environment.trusted, &Origin::Environment(environment::TRUST)),
                denied: denied(environment, project.as_ref(), &user),
                allow_writable: user.config.allow_writable.as_ref().is_some_and(|placed| placed.value),
            },
            isolation: isolation::laid_over(call, user.config.isolation.as_ref(), &user.path, working_dir),
            places,
            project_file: project.map(|layer| layer.path),
        })
    }

    /// What was asked for in a slot.
    #[must_use]
    pub fn choice(&self, slot: Slot) -> Choice {
        self.choices.get(&slot).cloned().unwrap_or_default()
    }

    /// The option values for a plugin, by option.
    #[must_use]
    pub fn options(&self, identifier: &str) -> Option<&OptionValues> {
        self.options.get(identifier)
    }

    /// Every identifier that options are given for, so that options for a plugin that does not exist can be refused.
    pub fn identifiers_with_options(&self) -> impl Iterator<Item = &str> {
        self.options.keys().map(String::as_str)
    }

    /// The telemetry level; `None` where nobody asked, which means off.
    #[must_use]
    pub fn telemetry(&self) -> Option<&Sourced<TelemetryLevel>> {
        self.telemetry.as_ref()
    }

    /// Where bundles are looked for and what is said about their trust.
    #[must_use]
    pub fn plugins(&self) -> &PluginSettings {
        &self.plugins
    }

    /// Where bundles run, and what holds them there.
    #[must_use]
    pub fn isolation(&self) -> &IsolationSettings {
        &self.isolation
    }

    /// The user's files and directories.
    #[must_use]
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// The project's `ce.toml` that was read, if there is one.
    #[must_use]
    pub fn project_file(&self) -> Option<&Path> {
        self.project_file.as_deref()
    }
}

/// One `ce.toml` and its path. Without a file: nothing said, at an empty path.
#[derive(Default)]
struct Layer {
    path: PathBuf,
    config: ConfigFile,
}

impl Layer {
    fn user_origin(&self) -> Origin {
        Origin::UserConfig { path: self.path.clone() }
    }

    fn project_origin(&self) -> Origin {
        Origin::ProjectConfig { path: self.path.clone() }
    }

    fn own(&self, entries: &[String]) -> Vec<Sourced<String>> {
        sourced(entries, &self.user_origin())
    }
}

fn sourced(entries: &[String], origin: &Origin) -> Vec<Sourced<String>> {
    entries.iter().map(|entry| Sourced::new(entry.clone(), origin.clone())).collect()
}

/// A file that nobody named need not exist.
fn read_user(place: &Sourced<PathBuf>) -> Result<ConfigFile, ConfigError> {
    let path = &place.value;
    let named_by = match place.origin {
        Origin::Call => Some("--config"),
        Origin::Environment(variable) => Some(variable),
        _ => None,
    };
    match (File::open(path), named_by) {
        (Ok(file), _) => {
            check_not_everybodys(&file, path)?;
            ConfigFile::read(file, path)
        }
        (Err(error), None) if error.kind() == io::ErrorKind::NotFound => Ok(ConfigFile::default()),
        (Err(error), Some(named_by)) if error.kind() == io::ErrorKind::NotFound => {
            Err(ConfigError::FileMissing { path: path.clone(), named_by })
        }
        (Err(error), _) => Err(ConfigError::Unreadable { path: path.clone(), cause: Arc::new(error) }),
    }
}

fn check_names(call: &Call) -> Result<(), ConfigError> {
    let choices = call.choices.values();
    let mut names = choices.chain(call.fallbacks.values().flatten()).chain(call.options.keys());
    let invalid = |name: &String, expected| {
        Err(ConfigError::InvalidName { place: "the call".to_owned(), expected, found: name.clone() })
    };
    if let Some(name) = names.find(|name| !is_name(name)) {
        return invalid(name, "the identifier of a plugin or style");
    }
    match call.isolation.keys().find(|name| !isolation::can_be_placed(name)) {
        Some(name) => invalid(name, "the name of a bundle, an identifier with a dot, or `default`"),
        None => Ok(()),
    }
}

fn choices(call: &Call, environment: &Environment, project: Option<&Layer>, user: &Layer) -> BTreeMap<Slot, Choice> {
    let choice = |slot: Slot| {
        let in_file = |layer: &Layer, origin: Origin| {
            layer.config.choices.get(&slot).map(|placed| Sourced::new(placed.value.clone(), origin))
        };
        let requested = asked(&call.choices, slot, Origin::Call)
            .or_else(|| asked(&environment.choices, slot, Origin::Environment(slot.variable())))
            .or_else(|| project.and_then(|layer| in_file(layer, layer.project_origin())))
            .or_else(|| in_file(user, user.user_origin()));
        let fallbacks = asked(&call.fallbacks, slot, Origin::Call)
            .or_else(|| asked(&environment.fallbacks, slot, Origin::Environment(slot.fallbacks_variable())))
            .or_else(|| {
                let placed = user.config.fallbacks.get(&slot)?;
                Some(Sourced::new(placed.value.clone(), user.user_origin()))
            });
        (slot, Choice { requested, fallbacks })
    };
    Slot::ALL.into_iter().map(choice).collect()
}

fn asked<T: Clone>(values: &BTreeMap<Slot, T>, slot: Slot, origin: Origin) -> Option<Sourced<T>> {
    values.get(&slot).map(|value| Sourced::new(value.clone(), origin))
}

/// Options are laid over one another one by one: a call that sets one option leaves the user's others.
fn options(call: &Call, user: &Layer) -> BTreeMap<String, OptionValues> {
    let mut merged: BTreeMap<String, OptionValues> = BTreeMap::new();
    let of_user = user.config.options.iter().map(|(name, placed)| (name, &placed.value, user.user_origin()));
    let of_call = call.options.iter().map(|(name, values)| (name, values, Origin::Call));
    for (identifier, values, origin) in of_user.chain(of_call) {
        let options = merged.entry(identifier.clone()).or_default();
        for (option, value) in values {
            options.insert(option.clone(), Sourced::new(value.clone(), origin.clone()));
        }
    }
    merged
}

fn telemetry(
    call: &Call,
    environment: &Environment,
    project: Option<&Layer>,
    user: &Layer,
) -> Result<Option<Sourced<TelemetryLevel>>, ConfigError> {
    let of_user = user.config.telemetry.as_ref().map(|placed| placed.value);
    let of_project = project.and_then(|layer| layer.config.telemetry.as_ref().map(|placed| (layer, placed)));
    let mut in_files = of_user.map(|level| Sourced::new(level, user.user_origin()));
    if let Some((layer, placed)) = of_project {
        let least = of_user.unwrap_or_default();
        if placed.value < least {
            return Err(ConfigError::ProjectTelemetry {
                at: placed.at.clone(),
                user: least.as_str(),
                project: placed.value.as_str(),
            });
        }
        if placed.value > least || in_files.is_none() {
            in_files = Some(Sourced::new(placed.value, layer.project_origin()));
        }
    }
    let called = call.telemetry.map(|level| Sourced::new(level, Origin::Call));
    let in_environment = || {
        let origin = Origin::Environment(environment::TELEMETRY);
        environment.telemetry.map(|level| Sourced::new(level, origin))
    };
    Ok(called.or_else(in_environment).or(in_files))
}

fn dirs(
    call: &Call,
    environment: &Environment,
    user: &Layer,
    places: &Places,
    working_dir: &Path,
) -> Vec<Sourced<PathBuf>> {
    let beside_file = user.path.parent().unwrap_or(working_dir);
    let in_file = user.config.dirs.iter().flat_map(|placed| &placed.value);
    let called = call.plugins_dirs.iter().map(|dir| Sourced::new(working_dir.join(dir), Origin::Call));
    let in_environment =
        environment.dirs.iter().map(|dir| Sourced::new(working_dir.join(dir), Origin::Environment(environment::DIRS)));
    let in_file = in_file.map(|dir| Sourced::new(beside_file.join(dir), user.user_origin()));
    let named: Vec<_> = called.chain(in_environment).chain(in_file).collect();
    if !named.is_empty() {
        return named;
    }
    places.plugins_dir().ok().map(|dir| Sourced::new(dir, Origin::Default)).into_iter().collect()
}

fn denied(environment: &Environment, project: Option<&Layer>, user: &Layer) -> Vec<Sourced<String>> {
    let mut denied = sourced(&environment.denied, &Origin::Environment(environment::DENY));
    if let Some(layer) = project {
        denied.extend(sourced(&layer.config.denied, &layer.project_origin()));
    }
    denied.extend(user.own(&user.config.denied));
    denied
}
