//! Plot builders: an explanation becomes a description of a plot.

use abi_stable::sabi_trait;
use abi_stable::std_types::{RResult, RStr, RString};

use super::{Outcome, handle};
use crate::PluginError;
use crate::guard::{Held, guard};

/// Describes plots. Implemented by an author.
pub trait PlotBuilder: Send + Sync + 'static {
    /// Builds a description. Both arguments and the result are JSON: `explanations` in the format of explanation files and
    /// with no more instances than are to be drawn, `intent` says which explanation and which style are wanted
    /// (`{"index", "style", …}`), the result is a PlotSpec. Non-finite numbers are `"inf"`, `"-inf"` and null.
    ///
    /// # Errors
    /// If the explanation cannot be drawn.
    fn build(&self, explanations: &str, intent: &str) -> Result<String, PluginError>;
}

/// [`PlotBuilder`] as it crosses the boundary.
#[sabi_trait]
pub trait PlotBuilderAbi: Send + Sync {
    /// Builds a description.
    #[sabi(last_prefix_field)]
    fn build(&self, explanations: RStr<'_>, intent: RStr<'_>) -> Outcome<RString>;
}

handle! {
    /// A plot builder, as a host holds it.
    PlotBuilderHandle, PlotBuilderAbi_TO, PlotBuilderAdapter, PlotBuilder
}

impl PlotBuilderHandle {
    /// Builds a description.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn build(&self, explanations: &str, intent: &str) -> Result<String, PluginError> {
        self.object.build(RStr::from_str(explanations), RStr::from_str(intent)).into_result().and_then(utf8)
    }
}

/// Foreign text, checked: the type alone does not make it UTF-8.
fn utf8(text: RString) -> Result<String, PluginError> {
    String::from_utf8(text.as_bytes().to_vec())
        .map_err(|error| PluginError::corrupt(format!("the description of the plot is not UTF-8: {error}")))
}

struct PlotBuilderAdapter<P>(Held<P>);

impl<P: PlotBuilder> PlotBuilderAbi for PlotBuilderAdapter<P> {
    fn build(&self, explanations: RStr<'_>, intent: RStr<'_>) -> Outcome<RString> {
        RResult::from(guard(|| self.0.build(explanations.as_str(), intent.as_str()).map(RString::from)))
    }
}
