//! Calls that computing needs: memory, threads, time, and the descriptors that the worker was given. What is not here, and not
//! named, the kernel "does not have". It never lists a call that opens a way out by its name alone.

use super::Call;

/// The calls, whatever their arguments: bad ones are refused by the other lists.
pub(in super::super) fn calls() -> impl Iterator<Item = Call> {
    ALLOWED.iter().chain(ALLOWED_HERE).map(|&number| Call::always(number))
}

#[rustfmt::skip]
const ALLOWED: &[i64] = &[
    // Descriptors.
    libc::SYS_read, libc::SYS_write, libc::SYS_readv, libc::SYS_writev, libc::SYS_pread64, libc::SYS_close,
    libc::SYS_lseek, libc::SYS_fstat, libc::SYS_fcntl, libc::SYS_ioctl, libc::SYS_ppoll, libc::SYS_pselect6,
    // Only for reading: the others are named. The loader maps a library in this way.
    libc::SYS_openat, libc::SYS_newfstatat, libc::SYS_getcwd,
    // The lanes: messages to the host, and descriptors from it.
    libc::SYS_sendto, libc::SYS_recvfrom, libc::SYS_recvmsg,
    // Memory.
    libc::SYS_mmap, libc::SYS_munmap, libc::SYS_mremap, libc::SYS_mprotect, libc::SYS_madvise, libc::SYS_brk,
    // Threads. `clone3` hides its flags from filters; libraries fall back to `clone`.
    libc::SYS_clone, libc::SYS_set_robust_list, libc::SYS_rseq, libc::SYS_futex, libc::SYS_membarrier,
    libc::SYS_sched_yield, libc::SYS_sched_getaffinity, libc::SYS_getcpu, libc::SYS_exit, libc::SYS_exit_group,
    // Signals to itself: `abort` and `raise`.
    libc::SYS_rt_sigaction, libc::SYS_rt_sigprocmask, libc::SYS_rt_sigreturn, libc::SYS_sigaltstack, libc::SYS_tgkill,
    libc::SYS_kill,
    // Time. `restart_syscall` goes on with a sleep that a signal interrupted.
    libc::SYS_clock_gettime, libc::SYS_clock_getres, libc::SYS_gettimeofday, libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep, libc::SYS_restart_syscall,
    // What the process and the machine are.
    libc::SYS_getpid, libc::SYS_gettid, libc::SYS_getppid, libc::SYS_getuid, libc::SYS_geteuid, libc::SYS_getgid,
    libc::SYS_getegid, libc::SYS_getrusage, libc::SYS_times, libc::SYS_uname, libc::SYS_sysinfo, libc::SYS_prlimit64,
    libc::SYS_getrandom, libc::SYS_prctl,
    // For the filter that comes last, and refuses it from then on.
    libc::SYS_seccomp,
];

/// Calls that newer architectures no longer have.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
const ALLOWED_HERE: &[i64] = &[
    libc::SYS_open, libc::SYS_poll, libc::SYS_select, libc::SYS_time, libc::SYS_getrlimit,
    // Asks for wide registers, without which numerical libraries take another path than in the host's own process.
    libc::SYS_arch_prctl,
];
#[cfg(not(target_arch = "x86_64"))]
const ALLOWED_HERE: &[i64] = &[];
