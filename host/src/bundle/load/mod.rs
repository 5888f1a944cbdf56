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
#[cfg(target_os = "linux")]
pub(crate) mod remote;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use ce_plugin_api::manifest::{Manifest, PluginInfo};
use ce_plugin_api::{PluginError, Registrar};

use self::library::Library;
use super::registration::{Difference, Registration};
use super::registry::Plugin;
use super::source::Source;
use super::trust::{Standing, Trusted, names_of};

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
    /// What it registered is not what it announced.
    #[error("it {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; it "))]
    Differs(Vec<Difference>),
}

impl LoadError {
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
        }
    }

    /// All that there is to say, where that takes many lines.
    #[must_use]
    pub fn details(&self) -> Option<&str> {
        match self {
            Self::Layout { all, .. } => Some(all),
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

/// Maps and registers a trusted bundle.
///
/// # Errors
/// [`LoadError`] at the first step that fails. Code of the bundle runs from the mapping on, so what fails later has run.
pub fn load(trusted: Trusted) -> Result<Loaded, LoadError> {
    let fail =
        |cause| LoadError { bundle: trusted.manifest().bundle.name.clone(), path: trusted.path().to_owned(), cause };
    let library = Library::of(&trusted).map_err(fail)?;
    let mut registration = Registration::default();
    library.register(&mut registration).map_err(fail)?;
    let plugins =
        registration.against(trusted.manifest()).map_err(|differences| fail(LoadCause::Differs(differences)))?;
    Ok(Loaded {
        source: Arc::new(Source::library(&trusted)),
        manifest: trusted.manifest().clone(),
        plugins,
        standing: Some(trusted.standing().clone()),
    })
}

/// Registers a bundle that is part of the program, through the same function that a library exports.
///
/// # Errors
/// What its `register` returned, or how it differs from the manifest.
pub fn linked(manifest: Manifest, source: Source, register: ce_plugin_api::Register) -> Result<Loaded, LoadCause> {
    let mut registration = Registration::default();
    register(&mut Registrar::to(&mut registration)).map_err(LoadCause::Register)?;
    let plugins = registration.against(&manifest).map_err(LoadCause::Differs)?;
    Ok(Loaded { source: Arc::new(source), manifest, plugins, standing: None })
}
