//! Calls that are refused with `EPERM`, and nobody is told: honest libraries try them and can do without. Among them are bad
//! arguments of allowed calls. It never ends a worker.

use super::{Argument, Call};

/// The calls, for a process with this number and nothing granted. `with_newfstatat`: see [`needs_newfstatat`].
pub(in super::super) fn calls(own_pid: u32, with_newfstatat: bool) -> Vec<Call> {
    let metadata = if with_newfstatat {
        Call::when(libc::SYS_newfstatat, [Argument::lacks(3, libc::AT_EMPTY_PATH)])
    } else {
        Call::always(libc::SYS_newfstatat)
    };
    let always = ALWAYS.iter().chain(ALWAYS_HERE).map(|&number| Call::always(number));
    let bad = memory().into_iter().chain(descriptors()).chain([sockets()]).chain(itself(own_pid)).chain(registers());
    always.chain(bad).chain([metadata]).collect()
}

/// The calls that are refused whatever their arguments, where nothing is granted.
#[cfg(test)]
pub(in super::super) fn always() -> impl Iterator<Item = i64> {
    ALWAYS.iter().chain(ALWAYS_HERE).copied()
}

/// Whether this C library asks for the metadata of an open file by `newfstatat` with an empty path.
///
/// A filter sees that the path *may* be empty, not that it is: where the call is needed, metadata can be read by name.
pub(in super::super) fn needs_newfstatat(glibc: Option<(u32, u32)>) -> bool {
    glibc.is_some_and(|version| ((2, 33)..(2, 39)).contains(&version))
}

/// Memory that no limit counts (stacks that grow, memory shared without a file, huge pages, what may not be swapped), and
/// for root: pages that are taken out of service.
fn memory() -> [Call; 3] {
    let shared = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
    let flags = [shared, libc::MAP_GROWSDOWN, libc::MAP_HUGETLB, libc::MAP_LOCKED];
    let protections = [libc::PROT_GROWSDOWN, libc::PROT_GROWSUP];
    let advice = [libc::MADV_HWPOISON, libc::MADV_SOFT_OFFLINE];
    [
        Call::when(libc::SYS_mmap, flags.map(|flag| Argument::has(3, flag))),
        Call::when(libc::SYS_mprotect, protections.map(|flag| Argument::has(2, flag))),
        Call::when(libc::SYS_madvise, advice.map(|advice| Argument::is(2, advice.cast_unsigned()))),
    ]
}

/// What can be done with descriptors beside reading and writing: most of it makes the kernel send signals, with the rights
/// of who opened them.
fn descriptors() -> Vec<Call> {
    let commands = [
        libc::F_GETFD,
        libc::F_SETFD,
        libc::F_GETFL,
        libc::F_SETFL,
        libc::F_DUPFD,
        libc::F_DUPFD_CLOEXEC,
        // The worker asks whether what it is about to map is sealed.
        libc::F_GET_SEALS,
    ];
    let other_command = Argument::none_of(1, &commands.map(i32::cast_unsigned));
    let signals = vec![Argument::is(1, libc::F_SETFL.cast_unsigned()), Argument::has(2, libc::O_ASYNC)];
    let calls = [
        Call { number: libc::SYS_fcntl, when: vec![other_command, signals] },
        // The same for sockets and devices: here `FIOASYNC` is the one that makes signals.
        Call::unless(libc::SYS_ioctl, 1, &IOCTLS),
        // To another than the other end.
        Call::when(libc::SYS_sendto, [Argument::is_not_null(4)]),
        // Landlock lets files be named without being opened, and metadata can be read from that.
        Call::when(libc::SYS_openat, [Argument::has(2, libc::O_PATH)]),
    ];
    #[cfg(target_arch = "x86_64")]
    let open = [Call::when(libc::SYS_open, [Argument::has(1, libc::O_PATH)])];
    #[cfg(not(target_arch = "x86_64"))]
    let open = [];
    calls.into_iter().chain(open).collect()
}

/// Commands to any descriptor: how many bytes can be read, whether reading waits, whether another program keeps it.
const IOCTLS: [u32; 4] = [FIONREAD, FIONBIO, FIOCLEX, FIONCLEX];
// They have the same numbers on every processor that the filters are written for, and another type in every C library.
const FIONREAD: u32 = 0x541b;
const FIONBIO: u32 = 0x5421;
const FIOCLEX: u32 = 0x5451;
const FIONCLEX: u32 = 0x5450;

/// Sockets that a C library asks for by itself, and can do without: to the cache of names (every question for a user or a
/// host), and to the kernel's list of interfaces (every question for a host). Also with the network granted: behind sockets
/// of this machine stand services that start programs, which is more than a network.
fn sockets() -> Call {
    Call::when(libc::SYS_socket, FAMILIES.map(|family| Argument::is(0, family)))
}

/// The families of those sockets.
pub(super) const FAMILIES: [u32; 2] = [libc::AF_UNIX as u32, libc::AF_NETLINK as u32];

/// Where a thread keeps what, but for the tiles of the processor: `ARCH_GET_XCOMP_SUPP`, `ARCH_GET_XCOMP_PERM` and
/// `ARCH_REQ_XCOMP_PERM`, which are in no C library.
fn registers() -> Vec<Call> {
    #[cfg(target_arch = "x86_64")]
    return vec![Call::unless(libc::SYS_arch_prctl, 0, &[0x1021, 0x1022, 0x1023])];
    #[cfg(not(target_arch = "x86_64"))]
    return Vec::new();
}

/// Changing what the process is, or looking at others.
fn itself(own_pid: u32) -> [Call; 2] {
    // Names of threads and of memory: glibc and Rust give them.
    let options = [libc::PR_SET_NAME, libc::PR_GET_NAME, libc::PR_SET_VMA];
    let options = options.map(i32::cast_unsigned);
    let others = vec![Argument::is_not(0, 0), Argument::is_not(0, own_pid)];
    [
        Call::unless(libc::SYS_prctl, 0, &options),
        Call { number: libc::SYS_prlimit64, when: vec![vec![Argument::is_not_null(2)], others] },
    ]
}

#[rustfmt::skip]
const ALWAYS: &[i64] = &[
    // Descriptors on their way out: a socket in its own queue would outlive the process.
    libc::SYS_sendmsg, libc::SYS_sendmmsg, libc::SYS_socketpair, libc::SYS_shutdown, libc::SYS_getsockopt, libc::SYS_setsockopt,
    libc::SYS_getsockname, libc::SYS_getpeername,
    // The sandbox itself.
    libc::SYS_seccomp, libc::SYS_setrlimit, libc::SYS_landlock_create_ruleset, libc::SYS_landlock_add_rule,
    libc::SYS_landlock_restrict_self,
    // Where and when it runs.
    libc::SYS_sched_setaffinity, libc::SYS_sched_setscheduler, libc::SYS_sched_setparam, libc::SYS_sched_setattr,
    libc::SYS_setpriority, libc::SYS_ioprio_set, libc::SYS_personality, libc::SYS_setpgid, libc::SYS_setsid,
    libc::SYS_mbind, libc::SYS_set_mempolicy, libc::SYS_setitimer, libc::SYS_timer_create,
    libc::SYS_mlock, libc::SYS_mlock2, libc::SYS_mlockall, libc::SYS_munlock, libc::SYS_munlockall,
    // What is told of files by name, or of directories.
    libc::SYS_faccessat, libc::SYS_faccessat2, libc::SYS_readlinkat, libc::SYS_statfs,
    libc::SYS_getxattr, libc::SYS_lgetxattr, libc::SYS_listxattr, libc::SYS_llistxattr, libc::SYS_getdents64,
    libc::SYS_chdir, libc::SYS_fchdir, libc::SYS_umask, libc::SYS_inotify_init1, libc::SYS_flock, libc::SYS_sync,
];

/// Calls that newer architectures no longer have.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
const ALWAYS_HERE: &[i64] = &[
    libc::SYS_stat, libc::SYS_lstat, libc::SYS_access, libc::SYS_readlink, libc::SYS_getdents, libc::SYS_inotify_init,
    libc::SYS_alarm,
];
#[cfg(not(target_arch = "x86_64"))]
const ALWAYS_HERE: &[i64] = &[];
