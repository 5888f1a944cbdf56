//! A trusted bundle becomes a loaded one: the very bytes that were judged are mapped, the boundary's layout is compared,
//! `register` is called, and what it registers is held against the manifest. It takes nothing that was not judged.
//!
//! A library is mapped once per process and stays: a thread-local with a destructor, or a pointer in somebody's hands,
//! would dangle otherwise. A second host of the process calls `register` of the same mapping again.

#[cfg_attr(all(target_os = "linux", not(feature = "private-copy")), path = "sealed.rs")]
#[cfg_attr(any(not(target_os = "linux"), feature = "private-copy"), path = "private.rs")]
pub(crate) mod image;
mod layout;
mod library;
#[cfg_attr(not(target_os = "linux"), path = "needless.rs")]
mod needed;
mod placed;
#[cfg(target_os = "linux")]
pub(crate) mod remote;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use ce_plugin_api::manifest::{Manifest, PluginInfo};
use ce_plugin_api::{PluginError, Registrar};

pub(crate) use self::placed::Placing;

use self::library::Library;
use super::registration::{Difference, Registration};
use super::registry::Plugin;
use super::source::Source;
use super::trust::{Standing, Trusted, names_of};
use crate::config::PlacementError;
use crate::isolation::error::StartError;
use crate::isolation::fault::WorkerFault;
use crate::isolation::log::Log;
use crate::isolation::state::ThreadState;
use crate::quarantine::{self, QuarantineError};

/// A bundle whose plugins can be called.
#[derive(Debug)]
pub struct Loaded {
    /// Where it came from.
    pub source: Arc<Source>,
    /// What it announced.
    pub manifest: Manifest,
    /// Each announced plugin with its handle, in the order of the manifest.
    pub plugins: Vec<(PluginInfo, Plugin)>,
    standing: Option<Standing>,
    /// What happens to it from now on; none for what is part of the program.
    pub log: Option<Arc<Log>>,
}

/// Why a trusted bundle could not be loaded.
#[derive(Debug, thiserror::Error)]
#[error("bundle `{bundle}` ({}) cannot be loaded: {cause}", path.display())]
pub struct LoadError {
    /// The bundle's name.
    pub bundle: String,
    /// Where the file was.
    pub path: PathBuf,
    /// Why.
    pub cause: LoadCause,
}

/// What went wrong while loading, in the order of the steps.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadCause {
    /// The judged bytes could not be put where the system maps them from.
    #[error("no private copy of its bytes can be made: {0}")]
    Image(#[source] io::Error),
    /// The system refused to map them.
    #[error("the system refuses to map it: {0}")]
    Map(String),
    /// What was mapped is not what was judged.
    #[error("the system mapped other bytes than those that were judged; stop, and look into it")]
    OtherBytes,
    /// A library of the bundle's own would not be the one that it gets.
    #[error(
        "another library in this process calls itself `{0}` already, and the bundle would get that one; run the bundle \
         in a worker, or link the library statically"
    )]
    SideFileTaken(String),
    /// The system's loader does not go by the name that a library gives itself.
    #[error(
        "the system's loader does not find `{0}` by the name that it calls itself, which takes glibc; link it statically"
    )]
    SideFileName(String),
    /// A symbol is missing.
    #[error("it does not export `{0}`: build it with export_bundle!")]
    NoSymbol(&'static str),
    /// It uses another version of abi_stable.
    #[error("its library header is of another abi_stable: rebuild it against ce-plugin-api {}", ce_plugin_api::VERSION)]
    Header,
    /// A type of the boundary is laid out differently.
    #[error(
        "its boundary differs from the host's: {first}; rebuild it against ce-plugin-api {}",
        ce_plugin_api::VERSION
    )]
    Layout {
        /// The first difference, in one line.
        first: String,
        /// All differences, over many lines.
        all: String,
    },
    /// `register` failed or panicked.
    #[error("its register() failed: {0}")]
    Register(PluginError),
    /// Nobody knows where it is to run.
    #[error("{0}")]
    Placement(PlacementError),
    /// Nobody knows whether it is held back.
    #[error("whether it is in quarantine cannot be known: {0}")]
    Quarantine(QuarantineError),
    /// It is in quarantine.
    #[error("it is in quarantine: {why}; remedy: {remedy}")]
    Held {
        /// Until when, and what for.
        why: String,
        /// What ends it.
        remedy: String,
    },
    /// There is no worker with it.
    #[error("{0}")]
    Worker(StartError),
    /// What it registered is not what it announced.
    #[error("it {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; it "))]
    Differs(Vec<Difference>),
}

impl LoadError {
    pub(super) fn of(trusted: &Trusted, cause: LoadCause) -> Self {
        Self { bundle: trusted.manifest().bundle.name.clone(), path: trusted.path().to_owned(), cause }
    }

    /// A code that does not change, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.cause.code()
    }
}

impl LoadCause {
    /// A code that does not change, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Image(_) => "load.image",
            Self::Map(_) => "load.map",
            Self::OtherBytes => "load.other_bytes",
            Self::SideFileTaken(_) => "load.side_file_taken",
            Self::SideFileName(_) => "load.side_file_name",
            Self::NoSymbol(_) => "load.no_symbol",
            Self::Header => "load.header",
            Self::Layout { .. } => "load.layout",
            Self::Register(_) => "load.register",
            Self::Differs(_) => "load.differs",
            Self::Placement(error) => error.code(),
            Self::Quarantine(error) => error.code(),
            Self::Held { .. } => quarantine::HELD,
            Self::Worker(error) => error.code(),
        }
    }

    /// The code of a cause in a worker, which sends it as text: one of those that are known here.
    #[cfg(target_os = "linux")]
    pub(crate) fn known_code(found: &str) -> &'static str {
        const CODES: [&str; 9] = [
            "load.image",
            "load.map",
            "load.other_bytes",
            "load.side_file_taken",
            "load.side_file_name",
            "load.no_symbol",
            "load.header",
            "load.layout",
            "load.register",
        ];
        CODES.into_iter().find(|code| *code == found).unwrap_or("isolation.worker")
    }

    /// How its worker ended, if that is why.
    #[must_use]
    pub fn worker_end(&self) -> Option<&Arc<WorkerFault>> {
        match self {
            Self::Worker(StartError::Ended(how)) => Some(how),
            _ => None,
        }
    }

    /// All that there is to say, where that takes many lines.
    #[must_use]
    pub fn details(&self) -> Option<&str> {
        match self {
            Self::Layout { all, .. } => Some(all),
            Self::Worker(StartError::Load { details, .. }) => details.as_deref(),
            _ => None,
        }
    }
}

impl Loaded {
    /// The identifiers of its plugins and styles, sorted, each once.
    pub fn identifiers(&self) -> impl Iterator<Item = String> {
        let mut names = names_of(&self.manifest);
        names.remove(&self.manifest.bundle.name);
        names.into_iter()
    }

    /// Whether an identifier of the bundle may be routed to.
    #[must_use]
    pub fn is_routable(&self, identifier: &str) -> bool {
        self.standing.as_ref().is_none_or(|standing| standing.is_routable(identifier))
    }
}

/// Maps and registers a trusted bundle in this process, whatever the settings say. Nothing watches its calls.
///
/// # Errors
/// [`LoadError`] at the first step that fails. Code of the bundle runs from the mapping on, so what fails later has run.
pub fn load(trusted: Trusted) -> Result<Loaded, LoadError> {
    let fail = |cause| LoadError::of(&trusted, cause);
    let registered = into_this_process(&trusted, |_| ()).map_err(fail)?;
    let plugins = Registration::of(registered)
        .against(trusted.manifest())
        .map_err(|differences| fail(LoadCause::Differs(differences)))?;
    Ok(Loaded {
        source: Arc::new(Source::library(&trusted)),
        manifest: trusted.manifest().clone(),
        plugins,
        standing: Some(trusted.standing().clone()),
        log: None,
    })
}

/// Maps and registers a bundle in this process. `entered` is asked for something to hold while foreign code runs.
fn into_this_process<G>(
    trusted: &Trusted,
    entered: impl Fn(quarantine::Call) -> G,
) -> Result<Vec<(String, Plugin)>, LoadCause> {
    let state = ThreadState::save();
    let mapping = entered(quarantine::Call::Load);
    let library = Library::of(trusted);
    drop(mapping);
    let mut registration = Registration::default();
    let registered = library.and_then(|library| {
        let _registering = entered(quarantine::Call::Register);
        library.register(&mut registration)
    });
    // A library that was built for speed changes how the thread computes, just by being mapped.
    state.restore();
    registered.map(|()| registration.into_plugins())
}

/// Registers a bundle that is part of the program, through the same function that a library exports.
///
/// # Errors
/// What its `register` returned, or how it differs from the manifest.
pub fn linked(manifest: Manifest, source: Source, register: ce_plugin_api::Register) -> Result<Loaded, LoadCause> {
    let mut registration = Registration::default();
    register(&mut Registrar::to(&mut registration)).map_err(LoadCause::Register)?;
    let plugins = registration.against(&manifest).map_err(LoadCause::Differs)?;
    Ok(Loaded { source: Arc::new(source), manifest, plugins, standing: None, log: None })
}
