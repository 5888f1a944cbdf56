//! Where a plugin ran, how far it was held there, and how what ran it ended. It never holds a row of the data, but for what
//! a bundle itself wrote to its standard output and error before its worker ended.

use schemars::JsonSchema;
use serde::Serialize;

/// Where the bundle of a plugin ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Isolation {
    /// `process` (a worker) or `in-process`.
    pub mode: String,
    /// Who said so: `call`, `config:…` or `default`.
    pub named_by: String,
    /// What was named: `compiled_in`, `no_workers`, `bundle`, `identifier` or `default`.
    pub because: String,
    /// How far its worker is held: `full`, `partial` or `none`; null in the host's own process, where nothing holds it.
    pub sandbox: Option<String>,
    /// What falls short of the whole sandbox, in words.
    pub missing: Vec<String>,
    /// What it may do beyond computing, of `read_files` and `network`; empty in the host's own process, where it may do all
    /// that the host may.
    pub permissions: Vec<String>,
    /// How often its worker was started again since the bundle was loaded.
    pub restarts: u32,
    /// How workers of it ended since the bundle was loaded; the first ones.
    pub ends: Vec<WorkerEnd>,
    /// What it did in the host's own process that could not be prevented there.
    pub taints: Vec<Taint>,
}

/// How a worker ended, or why a call was not let finish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkerEnd {
    /// A code that does not change: `worker.crashed`, `worker.deadline`, …
    pub code: String,
    /// In words.
    pub message: String,
    /// The signal that ended the process; null if none did.
    pub signal: Option<String>,
    /// The status that the process ended with by itself; null if it did not.
    pub exit_status: Option<i32>,
    /// The system call that was refused; null if none was.
    pub syscall: Option<String>,
    /// The last lines that the bundle wrote to its standard output and error.
    pub output: Vec<String>,
}

/// Something that a bundle did in the host's own process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Taint {
    /// `overrun` or `float_state`.
    pub code: String,
    /// The call.
    pub call: String,
    /// In words.
    pub detail: String,
}
