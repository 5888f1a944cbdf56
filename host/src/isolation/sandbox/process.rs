//! What a worker is as a process: alone, bound to its host, first to go, without privileges. It never looks at a file
//! but for its own in /proc.

use std::io;

use rustix::process::{DumpableBehavior, Signal, getppid, set_dumpable_behavior, set_parent_process_death_signal};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities, set_no_new_privs};

use super::error::SandboxError;

/// # Errors
/// `Threads` or `Uncounted`: filters hold the calling thread only.
pub(super) fn assert_alone() -> Result<(), SandboxError> {
    let threads = std::fs::read_dir("/proc/self/task").map_err(|reason| SandboxError::Uncounted { reason })?;
    match threads.count() {
        1 => Ok(()),
        found => Err(SandboxError::Threads { found }),
    }
}

/// Ends this process when the thread that started it ends.
///
/// # Errors
/// `Orphaned` if that happened before; `Bound` if the kernel refuses.
pub(super) fn end_with(host: u32) -> Result<(), SandboxError> {
    set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| SandboxError::Bound { reason: error.into() })?;
    // Looked at after the signal was asked for: a parent that ended before it sends none.
    let found = getppid().map_or(0, |parent| parent.as_raw_nonzero().get().unsigned_abs());
    if found == host { Ok(()) } else { Err(SandboxError::Orphaned { expected: host, found }) }
}

/// When memory runs out, the kernel takes a worker before its host.
pub(super) fn be_first_out_of_memory(missing: &mut Vec<String>) {
    if let Err(error) = std::fs::write("/proc/self/oom_score_adj", "1000") {
        missing.push(format!("to be ended first when the system runs out of memory: {error}"));
    }
}

/// What became of a process's privileges.
pub(super) struct Privileges {
    /// It cannot gain any: what filters rest on.
    pub(super) gains_nothing: bool,
    /// Nor has it kept any, and nobody attaches to it.
    pub(super) is_whole: bool,
}

/// No new privileges, no capabilities, nobody who attaches. What does not hold joins `missing`.
pub(super) fn give_up_privileges(missing: &mut Vec<String>) -> Privileges {
    let nothing = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    // A host that runs as root would hand its rights on.
    let is_bare = tell("no capabilities", set_capabilities(None, nothing), missing);
    let is_closed = tell("no core dump, no debugger", set_dumpable_behavior(DumpableBehavior::NotDumpable), missing);
    let gains_nothing = tell("no new privileges", set_no_new_privs(true), missing);
    Privileges { gains_nothing, is_whole: is_bare && is_closed && gains_nothing }
}

fn tell(what: &str, result: rustix::io::Result<()>, missing: &mut Vec<String>) -> bool {
    if let Err(error) = result {
        missing.push(format!("{what}: {}", io::Error::from(error)));
    }
    result.is_ok()
}
