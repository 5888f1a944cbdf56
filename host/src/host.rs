//! The front door: a configured host with its plugins.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ce_plugin_api::kind::LearnerPluginHandle;
use ce_plugin_api::manifest::{Kind, Manifest};
use ce_plugin_api::options::HostOptions;

use crate::bundle::load::{self, Loaded};
use crate::bundle::trust::Verdict;
use crate::bundle::{Catalog, Digest, Source, SourceOrigin, Survey};
use crate::config::{Call, Environment, Placement, Settings, Slot, TelemetryLevel};
use crate::error::Error;
use crate::explain::fault::{Call as PluginCall, Cause};
use crate::explain::{CalibrationSet, ExplainerBuilder, Model, PluginFault, options};
use crate::telemetry::Sink;

/// Configures a [`Host`].
#[derive(Default)]
pub struct HostBuilder {
    call: Call,
    environment: Option<Environment>,
    working_dir: Option<PathBuf>,
    digests: Vec<Digest>,
    linked: Vec<(String, ce_plugin_api::Register)>,
    sink: Option<Arc<dyn Sink>>,
}

/// A host with its plugins: built-in, linked, and loaded from the plugins directories.
///
/// Cloning is cheap, and clones share the plugins.
#[derive(Clone)]
pub struct Host {
    settings: Arc<Settings>,
    catalog: Arc<Catalog>,
    digests: Vec<Digest>,
    sink: Option<Arc<dyn Sink>>,
}

/// What became of one bundle that was registered by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The bundle.
    pub source: Source,
    /// What its manifest announces, as (kind, identifier).
    pub announced: Vec<(Kind, String)>,
    /// What its `register` handed over; equal to what was announced, or it would have been refused.
    pub registered: Vec<(Kind, String)>,
    /// Identifiers that may be routed to.
    pub routable: Vec<String>,
}

impl HostBuilder {
    /// Adds a directory with bundles, before those of environment and configuration.
    #[must_use]
    pub fn plugins_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.call.plugins_dirs.push(dir.into());
        self
    }

    /// The user's `ce.toml`, in place of `CE_CONFIG` and the usual place.
    #[must_use]
    pub fn config(mut self, path: impl Into<PathBuf>) -> Self {
        self.call.config = Some(path.into());
        self
    }

    /// Asks for an identifier in every explainer, above environment and configuration.
    #[must_use]
    pub fn choose(mut self, slot: Slot, identifier: impl Into<String>) -> Self {
        self.call.choices.insert(slot, identifier.into());
        self
    }

    /// What may be taken, in order, where the identifier that was asked for cannot be used or fails.
    #[must_use]
    pub fn fallbacks(mut self, slot: Slot, identifiers: Vec<String>) -> Self {
        self.call.fallbacks.insert(slot, identifiers);
        self
    }

    /// Gives a plugin an option.
    #[must_use]
    pub fn option(
        mut self,
        identifier: impl Into<String>,
        option: impl Into<String>,
        value: serde_json::Value,
    ) -> Self {
        self.call.options.entry(identifier.into()).or_default().insert(option.into(), value);
        self
    }

    /// How much telemetry is recorded.
    #[must_use]
    pub fn telemetry(mut self, level: TelemetryLevel) -> Self {
        self.call.telemetry = Some(level);
        self
    }

    /// Says where a bundle runs: one of that name, the one that has a plugin or plot style of that identifier, or with
    /// `default` every bundle that nobody named. It stands above `[isolation]` of the user's `ce.toml`; what is not said here
    /// is said there.
    #[must_use]
    pub fn isolation(mut self, name: impl Into<String>, placement: Placement) -> Self {
        self.call.isolation.insert(name.into(), placement);
        self
    }

    /// The program that workers are made of, such as an installed `ce`, above `[isolation] worker`.
    #[must_use]
    pub fn worker(mut self, path: impl Into<PathBuf>) -> Self {
        self.call.worker = Some(path.into());
        self
    }

    /// Where snapshots go, beside [`Explanations::telemetry`](crate::Explanations::telemetry).
    #[must_use]
    pub fn telemetry_sink(mut self, sink: impl Sink + 'static) -> Self {
        self.sink = Some(Arc::new(sink));
        self
    }

    /// Trusts the bundle of that digest in this process, listed and pinned or not. It beats neither a denial nor a pin that
    /// differs.
    #[must_use]
    pub fn trust_digest(mut self, digest: Digest) -> Self {
        self.digests.push(digest);
        self
    }

    /// Registers a bundle that is part of the calling program.
    #[must_use]
    pub fn linked(mut self, manifest: impl Into<String>, register: ce_plugin_api::Register) -> Self {
        self.linked.push((manifest.into(), register));
        self
    }

    /// The environment, in place of the process's own.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Where relative paths and the search for a project's `ce.toml` start, in place of the working directory.
    #[must_use]
    pub fn working_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.working_dir = Some(dir.into());
        self
    }

    /// Everything that was said so far, and nothing mapped yet.
    ///
    /// # Errors
    /// [`Error`] for environment and configuration.
    pub fn settings(&self) -> Result<Settings, Error> {
        let environment = match &self.environment {
            Some(environment) => environment.clone(),
            None => Environment::from_process()?,
        };
        let working_dir = match &self.working_dir {
            Some(dir) => dir.clone(),
            None => std::env::current_dir().map_err(Error::WorkingDir)?,
        };
        Ok(Settings::resolve(&self.call, &environment, &working_dir)?)
    }

    /// Looks at the plugins directories and judges what lies there. Nothing is mapped.
    ///
    /// # Errors
    /// [`Error`] for environment, configuration, lock, policy or a named directory that cannot be read.
    pub fn survey(&self) -> Result<(Settings, Survey), Error> {
        let settings = self.settings()?;
        let survey = Survey::of(&settings, &self.digests)?;
        Ok((settings, survey))
    }

    /// Admits one bundle by its path, as [`Host::register`] does, and maps no other.
    ///
    /// # Errors
    /// [`Error`] if it is refused or cannot be loaded.
    pub fn register(&self, path: &Path) -> Result<Registered, Error> {
        let loaded = admit(&self.settings()?, &self.digests, path)?;
        Ok(Registered::of(&loaded))
    }

    /// Loads what is trusted. A bundle that is refused or fails is no error here: it is one where it is asked for.
    ///
    /// The first host of a process has glibc keep what batches free, up to 64 MB for each of its heaps, unless the process
    /// said itself how much to keep (`mallopt`, `GLIBC_TUNABLES`). Else every batch would fault its memory in again.
    ///
    /// # Errors
    /// As for [`HostBuilder::survey`]; also a linked bundle that differs from its manifest, and options for a plugin that
    /// does not exist.
    pub fn build(self) -> Result<Host, Error> {
        crate::memory::keep_freed();
        let (settings, survey) = self.survey()?;
        let mut catalog = survey.load();
        for (manifest, register) in &self.linked {
            let linked = linked(manifest, *register)?;
            if let Some(identifier) = linked.identifiers().find(|identifier| catalog.registry().holds(identifier)) {
                return Err(Error::LinkedClaim { name: linked.source.name.clone(), identifier });
            }
            catalog.add(linked);
        }
        for identifier in settings.identifiers_with_options() {
            if let Some(missing) = catalog.missing(identifier).filter(|skip| skip.code == "route.unknown") {
                let nearest = catalog.nearest_plugin(identifier);
                let identifier = identifier.to_owned();
                return Err(Error::UnknownOptions { identifier, reason: missing.reason, nearest });
            }
            let infos: Vec<_> = catalog.infos(identifier).collect();
            let values = settings.options(identifier).into_iter().flatten();
            let values = values.map(|(name, given)| (name, &given.value, given.origin.clone()));
            options::check_unused(identifier, &infos, values).map_err(crate::ExplainError::from)?;
        }
        let (settings, catalog) = (Arc::new(settings), Arc::new(catalog));
        Ok(Host { settings, catalog, digests: self.digests, sink: self.sink })
    }
}

impl Host {
    /// Configures a host.
    #[must_use]
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// Admits one bundle by its path, wherever it lies: inspected, judged, mapped, registered. Explainers that exist
    /// already do not see it.
    ///
    /// # Errors
    /// [`Error`] if it is refused or cannot be loaded; the host is then as it was.
    pub fn register(&mut self, path: &Path) -> Result<Registered, Error> {
        let loaded = admit(&self.settings, &self.digests, path)?;
        let registered = Registered::of(&loaded);
        let mut catalog = Catalog::clone(&self.catalog);
        catalog.add(loaded);
        self.catalog = Arc::new(catalog);
        Ok(registered)
    }

    /// Opens a model with a learner plugin. `identifier` chooses one; without it, the one that reads `format`.
    ///
    /// # Errors
    /// [`Error`] if there is no such learner, or it cannot read the model.
    pub fn open_model(&self, bytes: &[u8], learner: Option<&str>) -> Result<Model, Error> {
        let identifier = learner.unwrap_or("core.learner.portable");
        let unusable = |skip| Error::Learner(Box::new(skip));
        let entry = self.catalog.usable(Kind::Learner, identifier).map_err(unusable)?;
        let Some(plugin) = self.catalog.registry().handle::<LearnerPluginHandle>(identifier) else {
            return Err(Error::Explain(crate::ExplainError::gone(Kind::Learner, identifier)));
        };
        let given = options::effective(&entry.info, &self.settings).map_err(crate::ExplainError::from)?;
        let host = HostOptions { seed: 0, threads: 1, mode: None, feature_questions: false };
        let own = given.into_iter().map(|(option, given)| (option, given.value)).collect();
        let handle = plugin.open(bytes, &options::to_text(&host, &own)).map_err(|error| {
            crate::ExplainError::from(PluginFault {
                kind: Kind::Learner,
                identifier: identifier.to_owned(),
                bundle: entry.source.name.clone(),
                call: PluginCall::Open,
                instance: None,
                in_calibration: false,
                cause: Cause::from(error),
            })
        })?;
        Model::from_handle(handle, identifier, &entry.source.name, Some(Digest::of(bytes)))
            .map_err(|fault| Error::Explain(fault.into()))
    }

    /// Begins an explainer for a model and a calibration set.
    #[must_use]
    pub fn explainer(&self, model: Model, set: CalibrationSet) -> ExplainerBuilder {
        ExplainerBuilder::new(Arc::clone(&self.catalog), Arc::clone(&self.settings), self.sink.clone(), model, set)
    }

    /// The plugins, and why others are not among them.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The configuration.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

impl Registered {
    fn of(loaded: &Loaded) -> Self {
        let name = |info: &ce_plugin_api::manifest::PluginInfo| (info.kind, info.identifier.clone());
        Self {
            source: Source::clone(&loaded.source),
            announced: loaded.manifest.plugins.iter().map(name).collect(),
            registered: loaded.plugins.iter().map(|(info, plugin)| (plugin.kind(), info.identifier.clone())).collect(),
            routable: loaded.identifiers().filter(|identifier| loaded.is_routable(identifier)).collect(),
        }
    }
}

/// Judges one file among all that were found, and loads it.
fn admit(settings: &Settings, digests: &[Digest], path: &Path) -> Result<Loaded, Error> {
    let (survey, place) = Survey::of(settings, digests)?.with_file(path)?;
    if let Verdict::Refused(refused) = &survey.files()[place].verdict {
        return Err(Error::Refused(refused.clone()));
    }
    let not_admitted = || Error::NotAdmitted { path: path.to_owned() };
    Ok(survey.load_one(place).ok_or_else(not_admitted)??)
}

fn linked(manifest: &str, register: ce_plugin_api::Register) -> Result<Loaded, Error> {
    let (manifest, _) = Manifest::parse(manifest, ce_plugin_api::VERSION)?;
    let name = manifest.bundle.name.clone();
    let source = Source::linked(&manifest, SourceOrigin::Linked);
    load::linked(manifest, source, register).map_err(|cause| Error::Linked { name, cause })
}

impl std::fmt::Debug for HostBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostBuilder").field("call", &self.call).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("settings", &self.settings).finish_non_exhaustive()
    }
}
