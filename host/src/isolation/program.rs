//! Which program workers are made of. It never starts one.

use std::path::PathBuf;

use super::error::StartError;
use super::settings::IsolationSettings;
use super::worker;

/// The program that a worker is started from: the one that somebody named, else this very program where it said that it can
/// be one, else `ce` beside it.
///
/// # Errors
/// [`StartError::NoWorker`] if there is none. A program that is named and not there is told when it is started.
pub(crate) fn find(settings: &IsolationSettings) -> Result<PathBuf, StartError> {
    if let Some(named) = &settings.worker {
        return Ok(named.value.clone());
    }
    if worker::this_program_can() {
        // The kernel's own name for the running program: a build that replaced its file since would speak for another.
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    let own = std::env::current_exe().map_err(|_| StartError::NoWorker)?;
    let beside = own.parent().map(|dir| dir.join(format!("ce{}", std::env::consts::EXE_SUFFIX)));
    beside.filter(|program| program.is_file()).ok_or(StartError::NoWorker)
}
