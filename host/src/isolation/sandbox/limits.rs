//! The resource limits of a worker. They are only ever lowered, never raised, and the bundle cannot change them.
//!
//! There is none for processes: `RLIMIT_NPROC` counts everything that the user runs anywhere, threads too, so what it leaves
//! depends on others. The filters refuse processes; threads are held by the memory of their stacks.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The stack of the main thread. It is not counted as data, so it needs a limit of its own.
const STACK_BYTES: u64 = 8 << 20;
/// Addresses beyond the memory: lanes of shared memory, reserved heaps. Reading from mapped, unwritten memory is not
/// counted as data, but fills page tables: a terabyte of addresses costs 2 GiB at most.
const ADDRESS_BYTES: u64 = 1 << 40;

/// What a worker may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Memory that the worker writes to and shares with nobody, in bytes.
    pub(crate) memory_bytes: u64,
    /// Descriptors that it opens: each number is below this.
    pub(crate) files: u64,
    /// Seconds of computing over the worker's whole life; `None` for as long as it lives.
    pub(crate) cpu_seconds: Option<u64>,
}

/// Sets them all; what cannot be set joins `missing`. Returns whether everything holds.
pub(super) fn apply(limits: &Limits, missing: &mut Vec<String>) -> bool {
    let address_bytes = limits.memory_bytes.saturating_add(ADDRESS_BYTES);
    let mut all = vec![
        ("memory", Resource::Data, limits.memory_bytes, limits.memory_bytes),
        ("addresses", Resource::As, address_bytes, address_bytes),
        ("stack", Resource::Stack, STACK_BYTES, STACK_BYTES),
        ("core dumps", Resource::Core, 0, 0),
        // Of files that can be written to: the end is SIGXFSZ. Pipes, and memory that is mapped, are no such files.
        ("size of files", Resource::Fsize, 0, 0),
        ("open files", Resource::Nofile, limits.files, limits.files),
    ];
    if let Some(seconds) = limits.cpu_seconds {
        // SIGXCPU first, which tells this end from others, and SIGKILL if the bundle ignores it.
        all.push(("computing time", Resource::Cpu, seconds, seconds.saturating_add(1)));
    }
    let mut is_whole = true;
    for (what, resource, soft, hard) in all {
        if let Err(error) = lower(resource, soft, hard) {
            missing.push(format!("limit of {what}: {error}"));
            is_whole = false;
        }
    }
    is_whole
}

fn lower(resource: Resource, soft: u64, hard: u64) -> rustix::io::Result<()> {
    // What somebody limited further already stays: an unprivileged process may not raise it.
    let ceiling = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    setrlimit(resource, Rlimit { current: Some(soft.min(ceiling)), maximum: Some(hard.min(ceiling)) })
}
