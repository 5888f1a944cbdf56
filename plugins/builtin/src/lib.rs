//! The plugins that are compiled into the host. They register through the same function that a third party writes, and the
//! host treats them no better.

pub mod explanation;
pub mod interval;
pub mod learner;
pub mod plot;

use ce_plugin_api::{PluginError, Registrar};

/// The manifest of the built-in plugins: what `export_bundle!` would embed if they were a library.
pub const MANIFEST: &str = include_str!("../bundle.json");

/// Registers the built-in plugins.
///
/// # Errors
/// None; the type is that of every bundle's `register`.
pub fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.learner("core.learner.portable", learner::Portable);
    registrar.interval("core.interval.legacy", interval::Legacy);
    registrar.explanation("core.explanation.factual", explanation::Factual);
    registrar.explanation("core.explanation.alternative", explanation::Alternative);
    registrar.plot_builder("core.plot.plot_spec.default", plot::DefaultBuilder);
    registrar.plot_renderer("core.plot.plot_spec.default", plot::DefaultRenderer);
    registrar.plot_builder("core.plot.legacy", plot::LegacyBuilder);
    registrar.plot_renderer("core.plot.legacy", plot::LegacyRenderer);
    Ok(())
}

/// What the mathematics refused, as it crosses the boundary.
fn refused(error: ce_core::Error) -> PluginError {
    PluginError::invalid_input(error.to_string())
}
