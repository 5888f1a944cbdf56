//! Why there is no worker with a bundle in it. It says what to do about it.

use std::path::PathBuf;
use std::sync::Arc;

use super::fault::{WorkerFault, WorkerReason};
use super::level::Level;

/// Why there is no worker with the bundle in it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No program is known that could be one.
    #[error(
        "third-party bundles run in a worker process, and no program for it is known; install `ce` beside this program, or \
         name it with `worker` in [isolation] of ce.toml or HostBuilder::worker, or call ce_host::worker_main() first in \
         main"
    )]
    NoWorker,
    /// The program cannot be started, or is no worker.
    #[error("`{}` cannot be used as a worker: {why}; name the program `ce` of this version", program.display())]
    Program {
        /// The program.
        program: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The system cannot hold a worker as far as the settings ask.
    #[error(
        "its worker would be held at level {level}, the least that is allowed is {least} ({}); allow less with \
         `min_sandbox = \"{level}\"` in [isolation] of ce.toml if you trust the bundle so far",
        missing.join("; ")
    )]
    Sandbox {
        /// What can be reached.
        level: Level,
        /// What is asked for.
        least: Level,
        /// What is missing, in words.
        missing: Vec<String>,
    },
    /// The bundle cannot be loaded.
    #[error("{message}")]
    Load {
        /// The code that it would have in the host's own process.
        code: &'static str,
        /// What is wrong.
        message: String,
        /// All of it, where that takes many lines.
        details: Option<String>,
    },
    /// The worker ended.
    #[error("while it was registered, {0}")]
    Ended(Arc<WorkerFault>),
}

impl StartError {
    /// A code that does not change, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoWorker => "isolation.no_worker",
            Self::Program { .. } => "isolation.worker",
            Self::Sandbox { .. } => "isolation.sandbox",
            Self::Load { code, .. } => code,
            Self::Ended(how) => how.code(),
        }
    }

    /// What the bundle is to blame for, which counts towards its quarantine.
    #[cfg(target_os = "linux")]
    pub(crate) fn incident(&self) -> Option<&Arc<WorkerFault>> {
        match self {
            Self::Ended(how) if how.is_the_bundles() => Some(how),
            _ => None,
        }
    }
}

/// A worker that is not started now, as the fault of the call that needs it.
impl From<&StartError> for WorkerFault {
    fn from(error: &StartError) -> Self {
        match error {
            StartError::Ended(how) => WorkerFault::clone(how),
            other => Self::new(WorkerReason::Unavailable, other.to_string()),
        }
    }
}
