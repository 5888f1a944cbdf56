//! What became of a worker, or of a call that ran too long. Both go through the handles of plugins as an error with a code
//! that no plugin can use, and come out again where faults are told. It never decides what is done about it.

use std::fmt;
use std::time::Duration;

use ce_plugin_api::{ErrorCode, PluginError};
use serde::{Deserialize, Serialize};

/// The code of an error that carries a [`WorkerFault`]. Codes below 1000 that are no [`ErrorCode`] belong to the host.
const CARRIER: u32 = 900;

/// The codes that a plugin's error may have: those of the boundary, and the author's own.
fn is_a_plugins(code: u32) -> bool {
    code <= ErrorCode::Panicked as u32 || code >= 1000
}

/// A worker ended, or a call was not made or not let finish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerFault {
    /// What it comes down to.
    pub reason: WorkerReason,
    /// The signal that ended the process, by its name.
    pub signal: Option<String>,
    /// The status that the process ended with by itself.
    pub status: Option<i32>,
    /// The system call that was refused.
    pub syscall: Option<String>,
    /// Further words: what was asked for too long, which rule was broken.
    pub detail: String,
    /// The last lines that the bundle wrote to its standard output and error, made fit for a terminal.
    pub output: Vec<String>,
}

/// Why a call in a worker has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorkerReason {
    /// A signal ended the process.
    Crashed,
    /// The process ended by itself.
    Exited,
    /// A deadline passed, and the process was killed.
    Deadline,
    /// It made a system call that no bundle may make, and was killed.
    RefusedSyscall,
    /// It asked for more memory than it may have, and said so before it ended.
    OutOfMemory,
    /// Something else than the host killed it: somebody, or the system for want of memory.
    KilledBySystem,
    /// What it sent is no reply, or it closed its channel.
    Protocol,
    /// The worker that held the object is gone, and the object cannot be had again.
    Lost,
    /// There is no worker, and none is started now.
    Unavailable,
    /// In the host's own process a call took longer than its deadline.
    Overrun,
}

impl WorkerFault {
    pub(crate) fn new(reason: WorkerReason, detail: impl Into<String>) -> Self {
        Self { reason, signal: None, status: None, syscall: None, detail: detail.into(), output: Vec::new() }
    }

    pub(crate) fn overrun(took: Duration, limit: Duration) -> Self {
        let detail = format!(
            "it took {:.3} s, the deadline is {:.3} s; a call in the host's own process cannot be stopped before it returns",
            took.as_secs_f64(),
            limit.as_secs_f64()
        );
        Self::new(WorkerReason::Overrun, detail)
    }

    /// A code that does not change, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.reason {
            WorkerReason::Crashed => "worker.crashed",
            WorkerReason::Exited => "worker.exited",
            WorkerReason::Deadline => "worker.deadline",
            WorkerReason::RefusedSyscall => "worker.refused_syscall",
            WorkerReason::OutOfMemory => "worker.out_of_memory",
            WorkerReason::KilledBySystem => "worker.killed_by_system",
            WorkerReason::Protocol => "worker.protocol",
            WorkerReason::Lost => "worker.lost",
            WorkerReason::Unavailable => "worker.unavailable",
            WorkerReason::Overrun => "plugin.deadline",
        }
    }

    /// The last line that it wrote, but for what Rust adds to every panic.
    fn last_words(&self) -> Option<&String> {
        let says_something = |line: &&String| !line.starts_with("note: ") && !line.starts_with("stack backtrace:");
        self.output.iter().rev().find(says_something)
    }

    /// What the host's user can do about it; none where that is said already.
    fn remedy(&self) -> Option<&'static str> {
        match self.reason {
            WorkerReason::Crashed | WorkerReason::Exited | WorkerReason::Protocol => {
                Some("tell its author; `ce quarantine list` shows until when the bundle is held back")
            }
            WorkerReason::Deadline => Some(
                "if it may take longer, raise the limit under [isolation.deadlines] of ce.toml, then `ce quarantine release`",
            ),
            WorkerReason::RefusedSyscall => Some(
                "if it should, its manifest must ask and you must grant: [isolation.permissions] of ce.toml; `ce show` prints both",
            ),
            WorkerReason::OutOfMemory => {
                Some("if it needs more, raise `memory_mib` under [isolation] of ce.toml, then `ce quarantine release`")
            }
            WorkerReason::Overrun => {
                Some("if it may take longer, raise the limit under [isolation.deadlines] of ce.toml")
            }
            WorkerReason::KilledBySystem | WorkerReason::Lost | WorkerReason::Unavailable => None,
        }
    }

    /// Whether the bundle is to blame, so that it counts towards its quarantine.
    #[cfg(target_os = "linux")]
    pub(crate) fn is_the_bundles(&self) -> bool {
        match self.reason {
            WorkerReason::Crashed
            | WorkerReason::Exited
            | WorkerReason::Deadline
            | WorkerReason::RefusedSyscall
            | WorkerReason::OutOfMemory
            | WorkerReason::Protocol => true,
            WorkerReason::KilledBySystem | WorkerReason::Lost | WorkerReason::Unavailable | WorkerReason::Overrun => {
                false
            }
        }
    }
}

impl fmt::Display for WorkerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            WorkerReason::Crashed => f.write_str("its worker crashed")?,
            WorkerReason::Exited => f.write_str("it ended its worker")?,
            WorkerReason::Deadline => f.write_str("its worker was killed at the deadline")?,
            WorkerReason::RefusedSyscall => f.write_str("its worker was killed for a system call that is refused")?,
            WorkerReason::OutOfMemory => f.write_str("its worker ran out of the memory that it may have")?,
            WorkerReason::KilledBySystem => f.write_str("its worker was killed, and not by the host")?,
            WorkerReason::Protocol => f.write_str("its worker broke the protocol")?,
            WorkerReason::Lost => f.write_str("what it had fitted is gone with its worker")?,
            WorkerReason::Unavailable => f.write_str("its worker is not started")?,
            WorkerReason::Overrun => f.write_str("it overran its deadline")?,
        }
        if let Some(syscall) = &self.syscall {
            write!(f, ": {syscall}")?;
        }
        if let Some(signal) = &self.signal {
            write!(f, " ({signal})")?;
        }
        if let Some(status) = self.status {
            write!(f, " with status {status}")?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        if let Some(line) = self.last_words() {
            write!(f, "; it wrote last: {line}")?;
        }
        self.remedy().map_or(Ok(()), |remedy| write!(f, "; remedy: {remedy}"))
    }
}

impl std::error::Error for WorkerFault {}

impl From<WorkerFault> for PluginError {
    fn from(fault: WorkerFault) -> Self {
        let text = serde_json::to_string(&fault).unwrap_or_else(|_| fault.to_string());
        Self { code: CARRIER, instance: Self::WHOLE_CALL, message: text.into() }
    }
}

/// The fault that an error carries, if it carries one.
pub(crate) fn carried(error: &PluginError) -> Option<WorkerFault> {
    if error.code != CARRIER {
        return None;
    }
    serde_json::from_slice(error.message.as_bytes()).ok()
}

/// The error of a bundle's own, which can carry nothing: a code that belongs to the host becomes an internal one.
pub(crate) fn of_a_bundle(error: PluginError) -> PluginError {
    if is_a_plugins(error.code) { error } else { PluginError { code: ErrorCode::Internal as u32, ..error } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_comes_out_as_it_went_in() {
        let mut fault = WorkerFault::new(WorkerReason::RefusedSyscall, "while it fitted");
        fault.syscall = Some("socket".to_owned());
        fault.output = vec!["connecting".to_owned()];
        assert_eq!(carried(&PluginError::from(fault.clone())), Some(fault));
    }

    #[test]
    fn a_bundle_cannot_forge_one() {
        let forged = PluginError::from(WorkerFault::new(WorkerReason::OutOfMemory, ""));
        assert_eq!(carried(&of_a_bundle(forged)), None);
        for code in [0, 7, 1000, u32::MAX] {
            let own = PluginError { code, ..PluginError::invalid_input("own") };
            assert_eq!(of_a_bundle(own.clone()), own);
        }
    }
}
