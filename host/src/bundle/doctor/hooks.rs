//! What other modules know and the doctor asks: the program of workers, and what this kernel can hold one with. It starts
//! nothing and holds nothing.

use std::path::PathBuf;

use crate::config::{IsolationSettings, Level};

/// HOOK of the worker: the program that the host would take, and who named it; else what is wrong.
///
/// It goes the way of the host: the call, `[isolation] worker`, then `ce` beside this program.
pub(super) fn worker_program(settings: &IsolationSettings) -> Result<(PathBuf, String), String> {
    if let Some(named) = &settings.worker {
        let found = named.value.is_file().then(|| (named.value.clone(), format!("named by {}", named.origin)));
        return found.ok_or_else(|| format!("{} is named by {}, and is no file", named.value.display(), named.origin));
    }
    let own = std::env::current_exe().map_err(|error| format!("this program cannot find itself: {error}"))?;
    let beside = own.with_file_name(format!("ce{}", std::env::consts::EXE_SUFFIX));
    match beside.is_file() {
        true => Ok((beside, "beside this program".to_owned())),
        false => Err(format!("nobody named one, and there is no {}", beside.display())),
    }
}

/// HOOK of the sandbox: the level that a worker can reach on this kernel, and what is missing; none where nobody can tell
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
