//! `core.plot.plot_spec.default` and `core.plot.legacy` at the boundary: builders and renderers behind their traits. It draws
//! nothing itself.

use ce_plugin_api::PluginError;
use ce_plugin_api::kind::{PlotBuilder, PlotRenderer};
use ce_plugin_api::options::Options;

use super::{PlotError, builder, legacy, renderer};

/// The builder of the default style.
#[derive(Clone, Copy, Debug)]
pub struct DefaultBuilder;

/// The renderer of the default style.
#[derive(Clone, Copy, Debug)]
pub struct DefaultRenderer;

/// The builder of the style `legacy`.
#[derive(Clone, Copy, Debug)]
pub struct LegacyBuilder;

/// The renderer of the style `legacy`.
#[derive(Clone, Copy, Debug)]
pub struct LegacyRenderer;

impl PlotBuilder for DefaultBuilder {
    fn build(&self, explanations: &str, intent: &str) -> Result<String, PluginError> {
        builder::build(explanations, intent).map_err(refused)
    }
}

impl PlotRenderer for DefaultRenderer {
    fn render(&self, spec: &str, format: &str, options: &str) -> Result<Vec<u8>, PluginError> {
        renderer::render(spec, format, &own(options)?).map_err(refused)
    }
}

impl PlotBuilder for LegacyBuilder {
    fn build(&self, explanations: &str, intent: &str) -> Result<String, PluginError> {
        legacy::builder::build(explanations, intent).map_err(refused)
    }
}

impl PlotRenderer for LegacyRenderer {
    fn render(&self, spec: &str, format: &str, options: &str) -> Result<Vec<u8>, PluginError> {
        legacy::renderer::render(spec, format, &own(options)?).map_err(refused)
    }
}

/// The renderer's own options, out of the envelope that also carries the host's.
fn own(options: &str) -> Result<String, PluginError> {
    Ok(Options::<serde_json::Value>::from_json(options)?.plugin.to_string())
}

fn refused(error: PlotError) -> PluginError {
    PluginError::invalid_input(error.to_string())
}
