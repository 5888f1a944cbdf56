//! The plugins that were loaded, frozen, by kind and identifier. It never loads, and never chooses.

use std::collections::BTreeMap;
use std::sync::Arc;

use ce_plugin_api::kind::{
    ExplanationHandle, IntervalHandle, LearnerPluginHandle, PlotBuilderHandle, PlotRendererHandle,
};
use ce_plugin_api::manifest::{Kind, PlotStyle, PluginInfo};

use super::source::Source;
use crate::isolation::log::Log;

/// A plugin of any kind.
#[derive(Debug)]
pub enum Plugin {
    /// Opens models.
    Learner(LearnerPluginHandle),
    /// Fits calibrators.
    Interval(IntervalHandle),
    /// Prepares explainers.
    Explanation(ExplanationHandle),
    /// Describes plots.
    PlotBuilder(PlotBuilderHandle),
    /// Draws plots.
    PlotRenderer(PlotRendererHandle),
}

impl Plugin {
    /// The plugin's kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Learner(_) => Kind::Learner,
            Self::Interval(_) => Kind::Interval,
            Self::Explanation(_) => Kind::Explanation,
            Self::PlotBuilder(_) => Kind::PlotBuilder,
            Self::PlotRenderer(_) => Kind::PlotRenderer,
        }
    }
}

/// A kind's handle, so that one look-up serves every kind.
pub trait Handle: Sized {
    /// The kind.
    const KIND: Kind;
    /// The handle, if the plugin is of that kind.
    fn of(plugin: &Plugin) -> Option<&Self>;
}

macro_rules! handles {
    ($($variant:ident($handle:ty)),+) => {$(
        impl Handle for $handle {
            const KIND: Kind = Kind::$variant;
            fn of(plugin: &Plugin) -> Option<&Self> {
                if let Plugin::$variant(handle) = plugin { Some(handle) } else { None }
            }
        }
    )+};
}
handles!(
    Learner(LearnerPluginHandle),
    Interval(IntervalHandle),
    Explanation(ExplanationHandle),
    PlotBuilder(PlotBuilderHandle),
    PlotRenderer(PlotRendererHandle)
);

/// A loaded plugin: what it said of itself, where it came from, and its handle.
#[derive(Debug)]
pub struct Entry {
    /// The announcement.
    pub info: PluginInfo,
    /// The bundle, or the host itself.
    pub source: Arc<Source>,
    /// Whether routing may choose it. A sibling that nobody listed is loaded with its bundle, but never routed to.
    pub routable: bool,
    /// What happened to its bundle since it was loaded; none for what is part of the program.
    pub log: Option<Arc<Log>>,
    plugin: Plugin,
}

impl Entry {
    /// Joins a plugin with its announcement.
    #[must_use]
    pub fn new(info: PluginInfo, source: Arc<Source>, routable: bool, plugin: Plugin) -> Self {
        Self { info, source, routable, log: None, plugin }
    }

    /// The same with the log of its bundle.
    #[must_use]
    pub fn with_log(self, log: Option<Arc<Log>>) -> Self {
        Self { log, ..self }
    }
}

/// A loaded plot style.
#[derive(Clone, Debug)]
pub struct StyleEntry {
    /// The announcement.
    pub style: PlotStyle,
    /// The bundle, or the host itself.
    pub source: Arc<Source>,
    /// Whether routing may choose it.
    pub routable: bool,
}

/// Every loaded plugin and plot style.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    entries: BTreeMap<(Kind, String), Arc<Entry>>,
    styles: BTreeMap<String, StyleEntry>,
}

impl Registry {
    /// Adds a plugin. The first of a kind and identifier stays: trust has seen to it that there is no second.
    pub fn add(&mut self, entry: Entry) {
        self.entries.entry((entry.plugin.kind(), entry.info.identifier.clone())).or_insert_with(|| Arc::new(entry));
    }

    /// Adds a plot style.
    pub fn add_style(&mut self, entry: StyleEntry) {
        self.styles.entry(entry.style.identifier.clone()).or_insert(entry);
    }

    /// The plugin of a kind and identifier.
    #[must_use]
    pub fn entry(&self, kind: Kind, identifier: &str) -> Option<&Arc<Entry>> {
        self.entries.get(&(kind, identifier.to_owned()))
    }

    /// The handle of a plugin whose kind the type says.
    #[must_use]
    pub fn handle<H: Handle>(&self, identifier: &str) -> Option<&H> {
        self.entry(H::KIND, identifier).and_then(|entry| H::of(&entry.plugin))
    }

    /// The plot style of that identifier.
    #[must_use]
    pub fn style(&self, identifier: &str) -> Option<&StyleEntry> {
        self.styles.get(identifier)
    }

    /// Whether any plugin or style has that identifier.
    #[must_use]
    pub fn holds(&self, identifier: &str) -> bool {
        self.styles.contains_key(identifier) || self.entries.keys().any(|(_, known)| known == identifier)
    }

    /// Every plugin, by kind and then by identifier.
    pub fn entries(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.entries.values()
    }

    /// Every plot style, by identifier.
    pub fn styles(&self) -> impl Iterator<Item = &StyleEntry> {
        self.styles.values()
    }
}
