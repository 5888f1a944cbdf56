//! What a bundle registers, held against what it announced. It never calls a plugin.

use ce_plugin_api::error::printable;
use ce_plugin_api::kind::{
    ExplanationHandle, IntervalHandle, LearnerPluginHandle, PlotBuilderHandle, PlotRendererHandle,
};
use ce_plugin_api::manifest::{Kind, Manifest, PluginInfo};
use ce_plugin_api::{RString, RegistrarSink};

use super::registry::Plugin;

/// Takes what a bundle registers, in order.
#[derive(Debug, Default)]
pub(crate) struct Registration {
    plugins: Vec<(String, Plugin)>,
}

/// A difference between what a bundle announced and what it registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// Registered, but not in the manifest.
    #[error("registered {kind} `{identifier}`, which its manifest does not announce")]
    Unannounced {
        /// The kind.
        kind: Kind,
        /// The identifier, shortened and without control characters.
        identifier: String,
    },
    /// In the manifest, but not registered.
    #[error("announced {kind} `{identifier}` in its manifest and did not register it")]
    Missing {
        /// The kind.
        kind: Kind,
        /// The identifier.
        identifier: String,
    },
    /// Registered more than once.
    #[error("registered {kind} `{identifier}` twice")]
    Twice {
        /// The kind.
        kind: Kind,
        /// The identifier.
        identifier: String,
    },
}

impl Registration {
    /// What was registered elsewhere, in order.
    pub(crate) fn of(plugins: Vec<(String, Plugin)>) -> Self {
        Self { plugins }
    }

    /// What was registered, in order.
    pub(crate) fn into_plugins(self) -> Vec<(String, Plugin)> {
        self.plugins
    }

    /// Pairs each announced plugin with the one registered for it.
    ///
    /// # Errors
    /// Every difference, in the order of registration and then of the manifest.
    pub(crate) fn against(self, manifest: &Manifest) -> Result<Vec<(PluginInfo, Plugin)>, Vec<Difference>> {
        let mut slots: Vec<(&PluginInfo, Option<Plugin>)> = manifest.plugins.iter().map(|info| (info, None)).collect();
        let mut differences = Vec::new();
        for (identifier, plugin) in self.plugins {
            let kind = plugin.kind();
            match slots.iter_mut().find(|(info, _)| info.kind == kind && info.identifier == identifier) {
                None => differences.push(Difference::Unannounced { kind, identifier }),
                Some((_, Some(_))) => differences.push(Difference::Twice { kind, identifier }),
                Some((_, slot)) => *slot = Some(plugin),
            }
        }
        let mut paired = Vec::with_capacity(slots.len());
        for (info, plugin) in slots {
            match plugin {
                Some(plugin) => paired.push((info.clone(), plugin)),
                None => {
                    differences.push(Difference::Missing { kind: info.kind, identifier: info.identifier.clone() });
                }
            }
        }
        if differences.is_empty() { Ok(paired) } else { Err(differences) }
    }

    fn take(&mut self, identifier: &RString, plugin: Plugin) {
        // An identifier of a manifest has at most 128 plain characters, so none is lost here.
        self.plugins.push((printable(identifier.as_bytes(), 128), plugin));
    }
}

impl RegistrarSink for Registration {
    fn learner(&mut self, identifier: RString, plugin: LearnerPluginHandle) {
        self.take(&identifier, Plugin::Learner(plugin));
    }

    fn interval(&mut self, identifier: RString, plugin: IntervalHandle) {
        self.take(&identifier, Plugin::Interval(plugin));
    }

    fn explanation(&mut self, identifier: RString, plugin: ExplanationHandle) {
        self.take(&identifier, Plugin::Explanation(plugin));
    }

    fn plot_builder(&mut self, identifier: RString, plugin: PlotBuilderHandle) {
        self.take(&identifier, Plugin::PlotBuilder(plugin));
    }

    fn plot_renderer(&mut self, identifier: RString, plugin: PlotRendererHandle) {
        self.take(&identifier, Plugin::PlotRenderer(plugin));
    }
}
