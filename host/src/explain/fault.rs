//! What a plugin did wrong while it ran. It names the plugin, the instance and the value.

use std::fmt;

use ce_plugin_api::manifest::Kind;
use ce_plugin_api::{ErrorCode, PluginError};

pub use super::violation::Violation;
use crate::isolation::fault::{self, WorkerFault};

/// A plugin failed, or handed back what cannot be right.
#[derive(Clone, Debug, PartialEq)]
pub struct PluginFault {
    /// The plugin's kind.
    pub kind: Kind,
    /// The plugin's identifier.
    pub identifier: String,
    /// The bundle that it came with.
    pub bundle: String,
    /// What it was asked to do.
    pub call: Call,
    /// The instance of the batch, where the fault is about one; the calibration row if it came up while fitting.
    pub instance: Option<usize>,
    /// Whether it came up while fitting, before any batch.
    pub in_calibration: bool,
    /// What happened.
    pub cause: Cause,
}

/// The calls that a host makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// A learner opens a model.
    Open,
    /// A learner describes its model.
    Info,
    /// A learner scores rows.
    Predict,
    /// An interval plugin fits a calibrator.
    Fit,
    /// A calibrator answers.
    Answer,
    /// An explanation plugin prepares an explainer.
    Prepare,
    /// An explainer makes a step.
    Step,
    /// Something fitted is saved.
    Save,
    /// Something saved is restored.
    Restore,
    /// A plot builder builds.
    Build,
    /// A plot renderer renders.
    Render,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// The plugin returned an error, or panicked.
    Failed(PluginError),
    /// The plugin returned something that breaks a rule of the boundary.
    Violation(Violation),
    /// The call did not end as a call: its worker ended, or it ran too long.
    Worker(WorkerFault),
}

impl Cause {
    /// How a worker ended, or which call overran, if that is what happened.
    #[must_use]
    pub fn worker(&self) -> Option<&WorkerFault> {
        match self {
            Self::Worker(fault) => Some(fault),
            Self::Failed(_) | Self::Violation(_) => None,
        }
    }
}

/// What stands behind an error: its worker's end, or the plugin's own word.
impl From<PluginError> for Cause {
    fn from(error: PluginError) -> Self {
        fault::carried(&error).map_or_else(|| Self::Failed(error), Self::Worker)
    }
}

impl PluginFault {
    /// The same fault, while fitting: its instance is a calibration row.
    pub(crate) fn while_fitting(self) -> Self {
        Self { in_calibration: true, ..self }
    }

    /// A code that does not change, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.cause {
            Cause::Failed(error) if error.code == ErrorCode::Panicked as u32 => "plugin.panicked",
            Cause::Failed(_) => "plugin.failed",
            Cause::Violation(_) => "plugin.invalid_output",
            Cause::Worker(fault) => fault.code(),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Info => "info",
            Self::Predict => "predict",
            Self::Fit => "fit",
            Self::Answer => "answer",
            Self::Prepare => "prepare",
            Self::Step => "step",
            Self::Save => "save",
            Self::Restore => "restore",
            Self::Build => "build",
            Self::Render => "render",
        })
    }
}

impl fmt::Display for PluginFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}` of bundle `{}`, `{}`", self.kind, self.identifier, self.bundle, self.call)?;
        if let Some(instance) = self.instance {
            write!(f, ", {} {instance}", if self.in_calibration { "calibration row" } else { "instance" })?;
        }
        match &self.cause {
            Cause::Failed(error) => write!(f, ": {}", error.text()),
            Cause::Violation(violation) => write!(f, ": {violation}"),
            Cause::Worker(fault) => write!(f, ": {fault}"),
        }
    }
}

impl std::error::Error for PluginFault {}
