//! Holds a worker before any code of a bundle is in it: limits, no files, no network, a short list of system calls; but for
//! what was granted.
//! It never loads a bundle, and never claims a level that it did not reach.
//!
//! The worker calls [`hold`], hands the listener over to the host, tells it level and gaps, and calls [`Held::seal`].
//! The host reads refused calls from a [`Watch`] over that listener, and kills.
//!
//! Three filters are stacked, and of their answers the strictest counts:
//!
//! * *named*: calls that no honest bundle makes (a process, a socket, a file for writing, a signal to others). The
//!   calling thread stops in the kernel, the host learns the name. No signal handler is involved, so none can hide it.
//! * *allowed*: everything that is not on the list gets `ENOSYS`, as on a kernel that lacks it.
//! * *tolerated*: what honest libraries try and can do without gets `EPERM`, and so do bad arguments of allowed calls.

mod calls;
mod error;
mod filters;
mod limits;
mod process;
pub(super) mod raw;
mod ruleset;
mod watch;

#[cfg(test)]
mod tests;

use std::os::fd::OwnedFd;

pub(crate) use error::SandboxError;
pub(crate) use limits::Limits;
pub(crate) use watch::Watch;

use filters::{Filters, Named, Sealing};

use super::level::Level;

/// What a worker may do beyond computing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grants {
    /// Open files for reading, whatever the host's user may read. Among them are libraries, which can be mapped: with this
    /// grant more code may run than was judged.
    pub(crate) read_files: bool,
    /// Make sockets of TCP and UDP, and connect them. No other socket, and nothing that waits for connections.
    pub(crate) network: bool,
}

/// A process that is held but for the last two filters, which [`Held::seal`] installs.
///
/// In between it can still send the listener to the host, which the filters forbid.
#[derive(Debug)]
#[must_use = "a process is held only once it is sealed"]
pub(crate) struct Held {
    /// The level from the sealing on. Sealing either succeeds or is an error, so it may be told before.
    pub(crate) level: Level,
    /// What falls short of this sandbox on the newest kernel and C library, in words. Also at [`Level::Full`] there may be
    /// something.
    pub(crate) missing: Vec<String>,
    /// Where the host learns of refused calls. It must not stay open in this process: who holds it can answer itself.
    /// `None`: refused calls end the process with `SIGSYS`, and nobody learns their name.
    pub(crate) listener: Option<OwnedFd>,
    /// `None` where the first filter could not be installed: the others let through what that one stops.
    sealing: Option<Sealing>,
}

/// Holds this process, in the only thread that it has, as far as the kernel can.
///
/// `host` is the process id of the host, as this process sees it (0 if it is in another namespace). What the kernel
/// cannot do is told in [`Held::missing`], and lowers the level. On an error the process is half held: it must end.
///
/// # Errors
/// `Threads` and `Uncounted` if there is more than one thread, or nobody can tell; `Orphaned` if `host` is not the
/// parent (any longer).
pub(crate) fn hold(limits: &Limits, grants: &Grants, host: u32) -> Result<Held, SandboxError> {
    process::assert_alone()?;
    process::end_with(host)?;
    let mut missing = Vec::new();
    // Both write or need what is out of reach once files are: /proc is one of them.
    process::be_first_out_of_memory(&mut missing);
    let is_limited = limits::apply(limits, &mut missing);
    let privileges = process::give_up_privileges(&mut missing);
    let is_without_files = ruleset::restrict(*grants, &mut missing);

    let filters = Filters::compile(*grants, &mut missing);
    let named = filters.as_ref().map_or(Named::Missing, |filters| filters.name_refused(&mut missing));
    let (listener, is_filtered, is_named) = match named {
        Named::Told(listener) => (Some(listener), true, true),
        Named::Killed => (None, true, false),
        Named::Missing => (None, false, false),
    };
    let is_whole = privileges.is_whole && is_limited && is_without_files && is_named;
    let level = match (privileges.gains_nothing && is_filtered, is_whole) {
        (true, true) => Level::Full,
        (true, false) => Level::Partial,
        (false, _) => Level::None,
    };
    let sealing = if is_filtered { filters.map(Filters::into_sealing) } else { None };
    Ok(Held { level, missing, listener, sealing })
}

impl Held {
    /// Closes the listener if it is still here, and installs the last two filters. From here on a bundle may come.
    ///
    /// # Errors
    /// `Seal` if the kernel takes one of the filters and not the other: the process must end.
    pub(crate) fn seal(self) -> Result<(), SandboxError> {
        drop(self.listener);
        self.sealing.map_or(Ok(()), Sealing::install)
    }
}
