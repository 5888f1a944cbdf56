//! How a bundle hands its plugins over. A new kind is a new method at the end: bundles that do not know it are untouched.

// What abi_stable's macros expand to: `impl` blocks inside constants, and the raw pointers behind each vtable. They are
// reviewed there, not here.
#![allow(non_local_definitions, unsafe_code)]

use abi_stable::sabi_trait;
use abi_stable::sabi_types::RMut;
use abi_stable::std_types::RString;

use crate::PluginError;
use crate::kind::{
    ExplanationHandle, ExplanationPlugin, IntervalHandle, IntervalPlugin, LearnerPlugin, LearnerPluginHandle,
    PlotBuilder, PlotBuilderHandle, PlotRenderer, PlotRendererHandle,
};

/// What a bundle's author writes: called once, after the bundle was trusted and loaded.
pub type Register = fn(&mut Registrar<'_>) -> Result<(), PluginError>;

/// Takes plugins, one method per kind. Implemented by the host.
#[sabi_trait]
pub trait RegistrarSink {
    /// Takes a learner plugin.
    fn learner(&mut self, identifier: RString, plugin: LearnerPluginHandle);
    /// Takes an interval plugin.
    fn interval(&mut self, identifier: RString, plugin: IntervalHandle);
    /// Takes an explanation plugin.
    fn explanation(&mut self, identifier: RString, plugin: ExplanationHandle);
    /// Takes a plot builder.
    fn plot_builder(&mut self, identifier: RString, plugin: PlotBuilderHandle);
    /// Takes a plot renderer.
    #[sabi(last_prefix_field)]
    fn plot_renderer(&mut self, identifier: RString, plugin: PlotRendererHandle);
}

/// The host's registrar as it crosses the boundary.
pub type RegistrarHandle<'a> = RegistrarSink_TO<'a, RMut<'a, ()>>;

/// The host's registrar as an author uses it. What is registered must be what the manifest announces, no more, no less.
pub struct Registrar<'a> {
    handle: RegistrarHandle<'a>,
}

impl<'a> Registrar<'a> {
    /// Wraps the registrar that `register` was handed.
    #[must_use]
    pub fn new(handle: RegistrarHandle<'a>) -> Self {
        Self { handle }
    }

    /// Hands plugins to `sink`, in the same process and without a library: how the built-in plugins are registered.
    pub fn to(sink: &'a mut (impl RegistrarSink + 'a)) -> Self {
        Self { handle: RegistrarSink_TO::from_ptr(RMut::new(sink), abi_stable::sabi_trait::TD_Opaque) }
    }

    /// The registrar as it crosses the boundary.
    #[must_use]
    pub fn into_handle(self) -> RegistrarHandle<'a> {
        self.handle
    }

    /// Registers a learner plugin.
    pub fn learner(&mut self, identifier: &str, plugin: impl LearnerPlugin) {
        self.handle.learner(identifier.into(), LearnerPluginHandle::new(plugin));
    }

    /// Registers an interval plugin.
    pub fn interval(&mut self, identifier: &str, plugin: impl IntervalPlugin) {
        self.handle.interval(identifier.into(), IntervalHandle::new(plugin));
    }

    /// Registers an explanation plugin.
    pub fn explanation(&mut self, identifier: &str, plugin: impl ExplanationPlugin) {
        self.handle.explanation(identifier.into(), ExplanationHandle::new(plugin));
    }

    /// Registers a plot builder.
    pub fn plot_builder(&mut self, identifier: &str, plugin: impl PlotBuilder) {
        self.handle.plot_builder(identifier.into(), PlotBuilderHandle::new(plugin));
    }

    /// Registers a plot renderer.
    pub fn plot_renderer(&mut self, identifier: &str, plugin: impl PlotRenderer) {
        self.handle.plot_renderer(identifier.into(), PlotRendererHandle::new(plugin));
    }
}

impl std::fmt::Debug for Registrar<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registrar").finish_non_exhaustive()
    }
}
