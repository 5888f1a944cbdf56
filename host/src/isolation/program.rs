//! Which program workers are made of. It never starts one.

use std::fmt;
use std::path::PathBuf;

use super::error::StartError;
use super::settings::IsolationSettings;
use crate::config::Origin;

/// The program that a worker is started from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) found: Found,
}

/// How it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Somebody named it. Whether it is there, and a worker, is told when it is started.
    Named(Origin),
    /// It is the running program, which said that it can be one.
    Itself,
    /// It lies beside the running program.
    Beside,
}

/// The program that somebody named, else this very program where it said that it can be one, else `ce` beside it.
///
/// # Errors
/// [`StartError::NoWorker`] if there is none.
pub(crate) fn find(settings: &IsolationSettings) -> Result<Program, StartError> {
    if let Some(named) = &settings.worker {
        return Ok(Program { path: named.value.clone(), found: Found::Named(named.origin.clone()) });
    }
    if this_program_can() {
        // The kernel's own name for the running program: a build that replaced its file since would speak for another.
        return Ok(Program { path: PathBuf::from("/proc/self/exe"), found: Found::Itself });
    }
    let own = std::env::current_exe().map_err(|_| StartError::NoWorker)?;
    let beside = own.with_file_name(format!("ce{}", std::env::consts::EXE_SUFFIX));
    let is_there = beside.is_file();
    is_there.then_some(Program { path: beside, found: Found::Beside }).ok_or(StartError::NoWorker)
}

#[cfg(target_os = "linux")]
use super::worker::this_program_can;

#[cfg(not(target_os = "linux"))]
fn this_program_can() -> bool {
    false
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(origin) => write!(f, "named by {origin}"),
            Self::Itself => f.write_str("the running program"),
            Self::Beside => f.write_str("beside this program"),
        }
    }
}
