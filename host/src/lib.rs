//! The host of calibrated-explanations plugins: it turns files into capabilities, and requests into reports that say where
//! they came from.
//!
//! The modules stand in the order of the flow. Configuration knows where each value came from; a bundle is inspected,
//! judged, loaded and registered; a request is routed, calibrated, run and validated; a report is drawn, and telemetry
//! tells what happened. [`Host`] is the front door.
#![deny(missing_docs)]

pub mod config;

pub mod bundle;

pub mod explain;

pub mod plot;

pub mod telemetry;

pub mod data;

pub mod cli;

pub mod isolation;

pub mod quarantine;

#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;

mod error;
mod host;
mod memory;

pub use error::Error;
pub use explain::{
    CalibrationSet, ConditionSource, ExplainError, Explainer, ExplainerBuilder, Explanation, Explanations, InputError,
    Instances, Metrics, Model, Percentiles, PluginFault, Predictions, Ranking, Refinement, Rejection, Rejections, Rule,
    Threshold, Warning,
};
pub use host::{Host, HostBuilder, Registered};
pub use isolation::worker_main;

/// Filters, rankings, rejection and metrics: pure functions over finished results.
pub use ce_core::analysis;
/// The boundary: views of data, the traits of learners, kinds and modes.
pub use ce_plugin_api as plugin_api;
