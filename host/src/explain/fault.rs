//! What a plugin did wrong while it ran. It names the plugin, the instance and the value.

use std::fmt;

use ce_plugin_api::manifest::Kind;
use ce_plugin_api::{ErrorCode, PluginError};

use super::exact::exact;
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

/// What a plugin may not hand back.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Violation {
    /// A number that must be there is NaN.
    #[error("left {what} unanswered (NaN)")]
    Unanswered {
        /// The number's name.
        what: &'static str,
    },
    /// A number that must be finite is not.
    #[error("answered {} for {what}, which must be finite", exact(*value))]
    NotFinite {
        /// The number's name.
        what: &'static str,
        /// The number.
        value: f64,
    },
    /// A number lies outside of its range.
    #[error("answered {} for {what}, which must lie in [{low}, {high}]", exact(*value))]
    OutOfRange {
        /// The number's name.
        what: &'static str,
        /// The number.
        value: f64,
        /// The least that is allowed.
        low: f64,
        /// The most that is allowed.
        high: f64,
    },
    /// A lower number is above a higher one.
    #[error("answered {low_name} {} above {high_name} {}", exact(*low), exact(*high))]
    Unordered {
        /// The name of what must be lower.
        low_name: &'static str,
        /// Its value.
        low: f64,
        /// The name of what must be higher.
        high_name: &'static str,
        /// Its value.
        high: f64,
    },
    /// An index points outside of what it indexes.
    #[error("named {what} {found}, of which there are {limit}")]
    NoSuch {
        /// What the index is of.
        what: &'static str,
        /// The index.
        found: usize,
        /// How many there are.
        limit: usize,
    },
    /// Lengths that must agree do not.
    #[error("returned {found} entries for {what}, expected {expected}")]
    Length {
        /// What the entries are.
        what: &'static str,
        /// The length that the rest calls for.
        expected: usize,
        /// The length found.
        found: usize,
    },
    /// An answer about another class than the one asked about.
    #[error("answered for class {found}, asked was class {asked}")]
    OtherClass {
        /// The class asked about.
        asked: u32,
        /// The class answered for.
        found: u32,
    },
    /// Something that no host grants.
    #[error("asked for {found} {what}, the limit is {limit}")]
    TooMuch {
        /// What it asked for.
        what: &'static str,
        /// How much.
        found: usize,
        /// How much a host grants.
        limit: usize,
    },
    /// A description that contradicts itself or the data.
    #[error("{0}")]
    Contradiction(String),
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
