//! The boundary between a host of calibrated-explanations plugins and the bundles that it loads.
//!
//! A *bundle* is a shared library that carries a [manifest], readable without running it, and one entry point,
//! `register`. Both are written by [`export_bundle!`]. A plugin is a pure function of what it is handed: it never calls
//! the host. Where it needs more, it *asks*: [`IntervalPlugin::fit`](kind::IntervalPlugin::fit) and
//! [`Explainer::step`](kind::Explainer::step) return either a question or a result, the host finds the answers and calls
//! again.
//!
//! | to write | implement | and register it with |
//! |---|---|---|
//! | a learner | [`kind::LearnerPlugin`], [`kind::Learner`] | [`Registrar::learner`] |
//! | an interval calibrator | [`kind::IntervalPlugin`], [`kind::Calibrator`] | [`Registrar::interval`] |
//! | an explanation | [`kind::ExplanationPlugin`], [`kind::Explainer`] | [`Registrar::explanation`] |
//! | a plot builder | [`kind::PlotBuilder`] | [`Registrar::plot_builder`] |
//! | a plot renderer | [`kind::PlotRenderer`] | [`Registrar::plot_renderer`] |
//!
//! Everything `#[repr(C)]` here is frozen: `docs/ABI.md` says how the boundary grows all the same.
#![deny(missing_docs)]

pub mod data;
pub mod error;
pub mod kind;
pub mod manifest;
pub mod options;
pub mod schema;
pub mod section;

mod export;
mod guard;
mod registrar;

pub use error::{ErrorCode, PluginError};
pub use export::BundleModuleRef;
pub use registrar::{Register, Registrar, RegistrarHandle, RegistrarSink};

/// Text that crosses the boundary. Its bytes come from the other side: check them before relying on UTF-8.
pub use abi_stable::std_types::{RString, RVec};

/// The version of this boundary, which `export_bundle!` writes beside the manifest: a host takes a bundle when its own
/// version satisfies `^` of the bundle's.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What `export_bundle!` expands to. Not for other use: it may change with any version.
#[doc(hidden)]
pub mod __private {
    pub use crate::export::{BundleModuleRef, Header, header, module_of, module_result, register_guarded};
    pub use crate::section::{encode, encoded_len};
    pub use abi_stable::library::RootModuleResult;
    pub use abi_stable::std_types::RResult;
}
