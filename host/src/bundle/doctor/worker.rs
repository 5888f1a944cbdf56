//! The program of workers, and what this kernel can hold one with. It starts nothing and holds nothing.

use std::path::PathBuf;

use crate::config::{IsolationSettings, Level};
use crate::isolation::program;

/// The program that the host would take for workers, and how it was found; else what is wrong.
pub(super) fn worker_program(settings: &IsolationSettings) -> Result<(PathBuf, String), String> {
    let program = program::find(settings).map_err(|error| error.to_string())?;
    match program.path.exists() {
        true => Ok((program.path, program.found.to_string())),
        false => Err(format!("{} is {}, and is not there", program.path.display(), program.found)),
    }
}

/// The level that a worker can reach on this kernel, and what is missing; none where nobody can tell
/// without starting one. A forecast, from what the kernel says of itself.
pub(super) fn sandbox_level() -> Option<(Level, Vec<String>)> {
    let actions = std::fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail").unwrap_or_default();
    let has = |action: &str| actions.split_whitespace().any(|found| found == action);
    if !(has("errno") && has("kill_process")) {
        return Some((Level::None, vec!["filters of system calls (seccomp)".to_owned()]));
    }
    let modules = std::fs::read_to_string("/sys/kernel/security/lsm").ok()?;
    let mut missing = Vec::new();
    if !modules.trim().split(',').any(|module| module == "landlock") {
        missing.push("files that cannot be opened (Landlock)".to_owned());
    }
    if !has("user_notif") {
        missing.push("refused calls told by name (seccomp user notification)".to_owned());
    }
    Some((if missing.is_empty() { Level::Full } else { Level::Partial }, missing))
}
