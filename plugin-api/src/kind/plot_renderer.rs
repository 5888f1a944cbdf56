//! Plot renderers: a description of a plot becomes a picture.

use abi_stable::sabi_trait;
use abi_stable::std_types::{RResult, RStr, RVec};

use super::{Outcome, handle};
use crate::PluginError;
use crate::guard::{Held, guard};

/// Draws plots. Implemented by an author.
pub trait PlotRenderer: Send + Sync + 'static {
    /// Draws a PlotSpec (JSON) in a format such as `svg`. `options` is an [`Options`](crate::options::Options) as JSON.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorCode::Unsupported) for a format that it does not write.
    fn render(&self, spec: &str, format: &str, options: &str) -> Result<Vec<u8>, PluginError>;
}

/// [`PlotRenderer`] as it crosses the boundary.
#[sabi_trait]
pub trait PlotRendererAbi: Send + Sync {
    /// Draws a description.
    #[sabi(last_prefix_field)]
    fn render(&self, spec: RStr<'_>, format: RStr<'_>, options: RStr<'_>) -> Outcome<RVec<u8>>;
}

handle! {
    /// A plot renderer, as a host holds it.
    PlotRendererHandle, PlotRendererAbi_TO, PlotRendererAdapter, PlotRenderer
}

impl PlotRendererHandle {
    /// Draws a description.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn render(&self, spec: &str, format: &str, options: &str) -> Result<Vec<u8>, PluginError> {
        self.object
            .render(RStr::from_str(spec), RStr::from_str(format), RStr::from_str(options))
            .into_result()
            .map(RVec::into_vec)
    }
}

struct PlotRendererAdapter<P>(Held<P>);

impl<P: PlotRenderer> PlotRendererAbi for PlotRendererAdapter<P> {
    fn render(&self, spec: RStr<'_>, format: RStr<'_>, options: RStr<'_>) -> Outcome<RVec<u8>> {
        RResult::from(guard(|| self.0.render(spec.as_str(), format.as_str(), options.as_str()).map(RVec::from)))
    }
}
