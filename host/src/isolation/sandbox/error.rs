//! Why a process is not held. It never stands for what a kernel lacks: that is a level and a list.

use std::io;

/// Why a process is not held. It must not load a bundle, and end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SandboxError {
    /// Filters hold the calling thread and those that it starts later, not those that run already.
    #[error(
        "the worker has {found} threads, it can be held with 1 only: call `worker_main` before anything starts a thread"
    )]
    Threads {
        /// The threads found.
        found: usize,
    },
    /// Nobody can tell how many threads there are.
    #[error("cannot count the threads of the worker ({reason}), it can be held with 1 only: mount /proc")]
    Uncounted {
        /// What the system said.
        reason: io::Error,
    },
    /// The process would outlive its host.
    #[error("the parent of the worker is process {found}, expected its host {expected}: the host has ended")]
    Orphaned {
        /// The host.
        expected: u32,
        /// The parent found, 0 if it cannot be seen.
        found: u32,
    },
    /// The signal that ends the worker with its host cannot be asked for.
    #[error("the worker cannot be made to end with its host: {reason}")]
    Bound {
        /// What the system said.
        reason: io::Error,
    },
    /// A filter was refused after others were taken.
    #[error("the kernel took the first filter of system calls and refuses the next: {reason}")]
    Seal {
        /// What the system said.
        reason: String,
    },
}
