//! The kinds of plugins, a file each. Every file holds both sides: the traits that an author implements, the trait that
//! crosses the boundary, the adapter between them that stops panics, and the handle through which a host calls.
//!
//! Objects are `Send + Sync`, and the host owns the threads: any method of any object may be called any number of times
//! and on several threads at once, and the rounds of several fits may interleave on one plugin object. What a call is lent
//! dies when it returns. An object is never handed to another bundle.
//!
//! Every trait with the attribute `sabi_trait` is frozen: what stands up to `last_prefix_field` never changes, not even the
//! name of a parameter, and the attribute never moves. A new method comes after it and has a default body.

// What abi_stable's macros expand to: `impl` blocks inside constants, and the raw pointers behind each vtable. They are
// reviewed there, not here.
#![allow(non_local_definitions, unsafe_code)]

mod explanation;
mod interval;
mod learner;
mod plot_builder;
mod plot_renderer;

pub use explanation::{
    Batch, Explainer, ExplainerAbi, ExplainerAbi_TO, ExplainerHandle, ExplanationAbi, ExplanationAbi_TO,
    ExplanationHandle, ExplanationPlugin, Next, Step,
};
pub use interval::{
    Calibrator, CalibratorAbi, CalibratorAbi_TO, CalibratorHandle, Fit, FitStep, Fitting, IntervalAbi, IntervalAbi_TO,
    IntervalHandle, IntervalPlugin,
};
pub use learner::{
    Learner, LearnerAbi, LearnerAbi_TO, LearnerHandle, LearnerPlugin, LearnerPluginAbi, LearnerPluginAbi_TO,
    LearnerPluginHandle,
};
pub use plot_builder::{PlotBuilder, PlotBuilderAbi, PlotBuilderAbi_TO, PlotBuilderHandle};
pub use plot_renderer::{PlotRenderer, PlotRendererAbi, PlotRendererAbi_TO, PlotRendererHandle};

use abi_stable::std_types::RResult;

use crate::PluginError;

/// What a call across the boundary returns.
pub type Outcome<T> = RResult<T, PluginError>;

/// The methods that every handle has: made from an author's object, behind the guard.
macro_rules! handle {
    ($(#[$doc:meta])* $handle:ident, $object:ident, $adapter:ident, $author:path) => {
        $(#[$doc])*
        #[repr(transparent)]
        #[derive(abi_stable::StableAbi)]
        pub struct $handle {
            object: $object<'static, abi_stable::std_types::RBox<()>>,
        }

        impl $handle {
            /// Wraps an author's object for the boundary.
            pub fn new<P: $author>(plugin: P) -> Self {
                let held = $adapter(crate::guard::Held::new(plugin));
                Self { object: $object::from_value(held, abi_stable::sabi_trait::TD_Opaque) }
            }
        }

        impl std::fmt::Debug for $handle {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($handle)).finish_non_exhaustive()
            }
        }
    };
}
use handle;
