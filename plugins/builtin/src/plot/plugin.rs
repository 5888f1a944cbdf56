//! `core.plot.plot_spec.default` at the boundary: builder and renderer behind their traits. It draws nothing itself.

use ce_plugin_api::PluginError;
use ce_plugin_api::kind::{PlotBuilder, PlotRenderer};
use ce_plugin_api::options::Options;

use super::{PlotError, builder, renderer};

/// The builder.
#[derive(Clone, Copy, Debug)]
pub struct DefaultBuilder;

/// The renderer.
#[derive(Clone, Copy, Debug)]
pub struct DefaultRenderer;

impl PlotBuilder for DefaultBuilder {
    fn build(&self, explanations: &str, intent: &str) -> Result<String, PluginError> {
        builder::build(explanations, intent).map_err(refused)
    }
}

impl PlotRenderer for DefaultRenderer {
    fn render(&self, spec: &str, format: &str, options: &str) -> Result<Vec<u8>, PluginError> {
        let own = Options::<serde_json::Value>::from_json(options)?.plugin.to_string();
        renderer::render(spec, format, &own).map_err(refused)
    }
}

fn refused(error: PlotError) -> PluginError {
    PluginError::invalid_input(error.to_string())
}
