//! The built-in plugins as a bundle of a third party, under identifiers that nobody else claims. It adds nothing to them.

use ce_builtin::{explanation, interval, learner, plot};
use ce_plugin_api::kind::PlotBuilder;
use ce_plugin_api::{PluginError, Registrar};

ce_plugin_api::export_bundle!("built_in.json", register);

fn register(registrar: &mut Registrar<'_>) -> Result<(), PluginError> {
    registrar.learner("test.core.learner.portable", learner::Portable);
    registrar.interval("test.core.interval.legacy", interval::Legacy);
    registrar.explanation("test.core.explanation.factual", explanation::Factual);
    registrar.explanation("test.core.explanation.alternative", explanation::Alternative);
    registrar.plot_builder("test.core.plot.plot_spec.default", Styled(plot::DefaultBuilder));
    registrar.plot_renderer("test.core.plot.plot_spec.default", plot::DefaultRenderer);
    registrar.plot_builder("test.core.plot.legacy", Styled(plot::LegacyBuilder));
    registrar.plot_renderer("test.core.plot.legacy", plot::LegacyRenderer);
    Ok(())
}

/// A builder that is asked for a style that the built-in builder knows: it refuses others, ours among them.
struct Styled<B>(B);

impl<B: PlotBuilder> PlotBuilder for Styled<B> {
    fn build(&self, explanations: &str, intent: &str) -> Result<String, PluginError> {
        let known = intent.replace("test.plot_spec", "plot_spec").replace("test.legacy", "legacy");
        assert_ne!(known, intent, "the intent names the style");
        self.0.build(explanations, &known)
    }
}
