//! Calls that no honest bundle makes: the host is told the name, and ends the worker. It never lists what a library tries
//! and can do without.

use super::{Argument, Call, granted, tolerated};
use crate::isolation::sandbox::Grants;

/// `[("socket", libc::SYS_socket)]` from `numbers![SYS_socket]`.
macro_rules! numbers {
    ($($number:ident),* $(,)?) => { [$((stringify!($number).split_at("SYS_".len()).1, libc::$number)),*] };
}

/// The calls, for a process with this number.
pub(in super::super) fn calls(own_pid: u32, grants: Grants) -> Vec<Call> {
    let freed = granted::calls(grants);
    let always = ALWAYS.iter().chain(ALWAYS_HERE).map(|&(_, number)| Call::always(number));
    always.filter(|call| !freed.contains(&call.number)).chain(sometimes(own_pid, grants)).collect()
}

/// The calls that are named whatever their arguments, where nothing is granted.
#[cfg(test)]
pub(in super::super) fn always() -> impl Iterator<Item = (&'static str, i64)> {
    ALWAYS.iter().chain(ALWAYS_HERE).copied()
}

/// The name of a call of this list.
pub(in super::super) fn name(number: i64) -> Option<&'static str> {
    let listed = ALWAYS.iter().chain(ALWAYS_HERE).chain(SOMETIMES);
    listed.into_iter().find(|&&(_, listed)| listed == number).map(|&(name, _)| name)
}

type Listed = (&'static str, i64);

const ALWAYS: &[Listed] = &numbers![
    // Another program.
    SYS_execve,
    SYS_execveat,
    // The network, and other processes of this machine.
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_shmget,
    SYS_shmat,
    SYS_msgget,
    SYS_semget,
    SYS_mq_open,
    // Other processes: their memory, descriptors, signals.
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_process_madvise,
    SYS_pidfd_open,
    SYS_pidfd_getfd,
    SYS_pidfd_send_signal,
    SYS_tkill,
    SYS_kcmp,
    SYS_move_pages,
    SYS_migrate_pages,
    // Files: made, removed, renamed, resized, changed, reached without a name.
    SYS_truncate,
    SYS_ftruncate,
    SYS_fallocate,
    SYS_unlinkat,
    SYS_renameat2,
    SYS_linkat,
    SYS_symlinkat,
    SYS_mkdirat,
    SYS_mknodat,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_fchownat,
    SYS_utimensat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_fremovexattr,
    SYS_name_to_handle_at,
    SYS_open_by_handle_at,
    // The tree of files.
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_open_tree,
    SYS_move_mount,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_unshare,
    SYS_setns,
    // Doors of the kernel beside the system calls, and memory that no limit counts.
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_memfd_create,
    SYS_memfd_secret,
    // Who the process is.
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_setfsuid,
    SYS_setfsgid,
    SYS_setgroups,
    SYS_capset,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    // The machine.
    SYS_kexec_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    SYS_syslog,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
];

/// Calls that newer architectures no longer have.
#[cfg(target_arch = "x86_64")]
const ALWAYS_HERE: &[Listed] = &numbers![
    SYS_fork,
    SYS_vfork,
    SYS_creat,
    SYS_unlink,
    SYS_rename,
    SYS_renameat,
    SYS_link,
    SYS_symlink,
    SYS_mkdir,
    SYS_rmdir,
    SYS_mknod,
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
    SYS_kexec_file_load,
];
#[cfg(not(target_arch = "x86_64"))]
const ALWAYS_HERE: &[Listed] = &[];

#[cfg(target_arch = "x86_64")]
const SOMETIMES: &[Listed] = &numbers![
    SYS_clone,
    SYS_socket,
    SYS_openat,
    SYS_kill,
    SYS_tgkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_open
];
#[cfg(not(target_arch = "x86_64"))]
const SOMETIMES: &[Listed] =
    &numbers![SYS_clone, SYS_socket, SYS_openat, SYS_kill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo];

fn sometimes(own_pid: u32, grants: Grants) -> impl Iterator<Item = Call> {
    SOMETIMES.iter().map(move |&(name, number)| match name {
        "clone" => Call::when(number, another_process()),
        "socket" => Call { number, when: socket(grants) },
        "openat" => Call::when(number, for_writing(2)),
        "open" => Call::when(number, for_writing(1)),
        "kill" | "rt_sigqueueinfo" => Call::when(number, signal(own_pid, 1)),
        _ => Call::when(number, signal(own_pid, 2)),
    })
}

/// Signals to others. `abort` sends one to its own process. `SIGKILL` to itself looks as if the system or somebody else had
/// ended the worker, and would clear the bundle of the blame.
fn signal(own_pid: u32, idx: u8) -> [Argument; 2] {
    [Argument::is_not(0, own_pid), Argument::is(idx, libc::SIGKILL.cast_unsigned())]
}

/// Sockets that are no network of one's own choosing: all but those that are tolerated; with the network granted, all but
/// TCP and UDP. Raw sockets and packets would see what is sent to others, and each further family or protocol is one more
/// part of the kernel within reach.
fn socket(grants: Grants) -> Vec<Vec<Argument>> {
    let elsewhere = || Argument::none_of(0, &tolerated::FAMILIES);
    if !grants.network {
        return vec![elsewhere()];
    }
    let and = |mut also: Vec<Argument>| {
        also.extend(elsewhere());
        also
    };
    // The type is the lowest four bits: here neither 1 (`SOCK_STREAM`) nor 2 (`SOCK_DGRAM`).
    let types = [Argument::has(1, 0b0100), Argument::has(1, 0b1000)].into_iter();
    let types = types.chain([0, libc::SOCK_RAW].map(|value| Argument::bits(1, 0b1111, value)));
    let families = [libc::AF_INET, libc::AF_INET6].map(i32::cast_unsigned);
    // 0 for the usual one of the type.
    let protocols = [0, libc::IPPROTO_TCP, libc::IPPROTO_UDP].map(i32::cast_unsigned);
    let others = [Argument::none_of(0, &families), Argument::none_of(2, &protocols)];
    types.map(|of_type| vec![of_type]).chain(others).map(and).collect()
}

/// Flags of `clone` that make no thread, or a thread with another view of the system.
fn another_process() -> Vec<Argument> {
    let views = [
        libc::CLONE_NEWNS,
        libc::CLONE_NEWCGROUP,
        libc::CLONE_NEWUTS,
        libc::CLONE_NEWIPC,
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWNET,
    ];
    let views = views.map(|view| Argument::has(0, view));
    [Argument::lacks(0, libc::CLONE_THREAD)].into_iter().chain(views).collect()
}

/// Flags of `open` that can change a file, or make one.
fn for_writing(idx: u8) -> Vec<Argument> {
    let mode = |value| Argument::bits(idx, libc::O_ACCMODE, value);
    // The fourth of the two bits of the mode is for commands to devices, and needs the right to write.
    let modes = [libc::O_WRONLY, libc::O_RDWR, libc::O_ACCMODE].map(mode);
    let flags = [libc::O_CREAT, libc::O_TRUNC].map(|flag| Argument::has(idx, flag));
    modes.into_iter().chain(flags).collect()
}
