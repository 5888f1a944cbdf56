//! Calls that a grant takes off the lists of what is named and what is tolerated, and what of them stays refused. It never
//! frees a call by which files are changed, programs started or connections awaited.

use super::{Argument, Call};
use crate::isolation::sandbox::Grants;

/// The calls that are let through, whatever the other lists say of them.
pub(in super::super) fn calls(grants: Grants) -> Vec<i64> {
    let files: [&[i64]; 2] = if grants.read_files { [READING, READING_HERE] } else { [&[], &[]] };
    let network: [&[i64]; 2] = if grants.network { [TALKING, TALKING_HERE] } else { [&[], &[]] };
    files.into_iter().chain(network).flatten().copied().collect()
}

/// Bad arguments of those calls, which are tolerated.
pub(in super::super) fn tolerated(grants: Grants) -> Option<Call> {
    // Programs that run in the kernel at every packet.
    let programs =
        [libc::SO_ATTACH_FILTER, libc::SO_ATTACH_BPF, libc::SO_ATTACH_REUSEPORT_CBPF, libc::SO_ATTACH_REUSEPORT_EBPF];
    let of_socket = Argument::is(1, libc::SOL_SOCKET.cast_unsigned());
    let when = programs.map(|option| vec![of_socket, Argument::is(2, option.cast_unsigned())]);
    grants.network.then(|| Call { number: libc::SYS_setsockopt, when: when.to_vec() })
}

// Opening itself is on the list of everybody, since the loader opens what it maps: Landlock says which files. `openat2` has its
// flags in memory, where no filter sees them, and stays unknown; so does `O_PATH`, which names a file without opening it.
#[rustfmt::skip]
const READING: &[i64] = &[
    // What is told of files by name.
    libc::SYS_newfstatat, libc::SYS_statx, libc::SYS_faccessat, libc::SYS_faccessat2, libc::SYS_readlinkat,
    libc::SYS_statfs, libc::SYS_fstatfs,
    // Directories.
    libc::SYS_getdents64,
    // Files.
    libc::SYS_preadv, libc::SYS_preadv2, libc::SYS_fadvise64,
];

/// Calls that newer architectures no longer have.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
const READING_HERE: &[i64] = &[
    libc::SYS_stat, libc::SYS_lstat, libc::SYS_access, libc::SYS_readlink, libc::SYS_getdents,
];
#[cfg(not(target_arch = "x86_64"))]
const READING_HERE: &[i64] = &[];

// `listen` and `accept` stay named: a worker that serves strangers is no plugin. A host is looked up by its name only where
// files can be read as well: /etc/resolv.conf and /etc/hosts say whom to ask.
#[rustfmt::skip]
const TALKING: &[i64] = &[
    // The standard library of Rust has no UDP socket that is not bound. Of TCP Landlock refuses it.
    libc::SYS_connect, libc::SYS_bind,
    libc::SYS_sendto, libc::SYS_sendmsg, libc::SYS_sendmmsg, libc::SYS_recvmmsg, libc::SYS_shutdown,
    libc::SYS_getsockopt, libc::SYS_setsockopt, libc::SYS_getsockname, libc::SYS_getpeername,
    // What libraries wait with for several connections, and wake the thread that waits.
    libc::SYS_epoll_create1, libc::SYS_epoll_ctl, libc::SYS_epoll_pwait, libc::SYS_epoll_pwait2, libc::SYS_eventfd2,
    libc::SYS_timerfd_create, libc::SYS_timerfd_settime, libc::SYS_timerfd_gettime, libc::SYS_pipe2,
];

/// Calls that newer architectures no longer have.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
const TALKING_HERE: &[i64] = &[
    libc::SYS_epoll_create, libc::SYS_epoll_wait, libc::SYS_eventfd, libc::SYS_pipe,
];
#[cfg(not(target_arch = "x86_64"))]
const TALKING_HERE: &[i64] = &[];
