//! Claims about system calls: which are named, which answer an error, and which ways around there are none.

use super::{NOTHING, ended, errno, refused, said};
use crate::isolation::fault::WorkerReason;
use crate::isolation::sandbox::calls::{named, tolerated};

/// A call with its arguments, as the actor takes it.
fn call(number: i64, arguments: &[i64]) -> String {
    [&[number], arguments].concat().iter().map(i64::to_string).collect::<Vec<_>>().join(" ")
}

/// The errors that calls are answered with.
#[track_caller]
fn answers(calls: &[String]) -> Vec<i32> {
    let said = said(NOTHING, "calls", &calls.join(","));
    said[0].split(' ').map(|number| number.parse().unwrap()).collect()
}

#[test]
fn every_call_on_the_list_is_named() {
    for (name, number) in named::always() {
        assert_eq!(refused(NOTHING, "calls", &call(number, &[])), name);
    }
}

#[test]
fn every_call_that_is_tolerated_answers_that_it_is_not_permitted() {
    // In parts: what an actor says is cut.
    for part in tolerated::always().collect::<Vec<_>>().chunks(20) {
        let calls: Vec<String> = part.iter().map(|&number| call(number, &[])).collect();
        assert_eq!(answers(&calls), vec![libc::EPERM; part.len()]);
    }
}

#[test]
fn processes_are_named() {
    // The C library forks by `clone`, and starts a program by `clone` or `vfork`.
    assert_eq!(refused(NOTHING, "fork", ""), "clone");
    let starting = refused(NOTHING, "run", "/bin/true");
    assert!(["clone", "vfork", "fork"].contains(&starting.as_str()), "{starting}");
    // Flags that only the lower half can hold, hidden behind an upper half.
    assert_eq!(refused(NOTHING, "calls", &call(libc::SYS_clone, &[i64::from(libc::SIGCHLD) | 1 << 48])), "clone");
    let thread = i64::from(libc::CLONE_THREAD | libc::CLONE_VM | libc::CLONE_SIGHAND);
    let elsewhere = thread | i64::from(libc::CLONE_NEWUSER);
    assert_eq!(refused(NOTHING, "calls", &call(libc::SYS_clone, &[elsewhere])), "clone");
}

#[test]
fn signals_reach_nobody_else() {
    assert_eq!(refused(NOTHING, "kill parent", ""), "kill");
    for everybody in [0, -1] {
        assert_eq!(refused(NOTHING, "calls", &call(libc::SYS_kill, &[everybody, 0])), "kill");
    }
    let end = ended(NOTHING, "kill itself", "SIGABRT");
    assert_eq!((end.reason, end.signal.as_deref()), (WorkerReason::Crashed, Some("SIGABRT")));
    // It would look as if somebody else had done it.
    assert_eq!(refused(NOTHING, "kill itself", "SIGKILL"), "kill");
}

#[test]
fn sockets_are_named_but_for_those_that_libraries_try() {
    assert_eq!(refused(NOTHING, "connect", "127.0.0.1:9"), "socket");
    assert_eq!(refused(NOTHING, "send", "127.0.0.1:9"), "socket");
    assert_eq!(said(NOTHING, "connect here", "/run/nscd/socket"), errno(libc::EPERM));
    let of = |family: i32| call(libc::SYS_socket, &[family.into(), libc::SOCK_RAW.into(), 0]);
    assert_eq!(answers(&[of(libc::AF_NETLINK)]), [libc::EPERM]);
    assert_eq!(refused(NOTHING, "calls", &of(libc::AF_PACKET)), "socket");
}

#[test]
fn what_no_list_has_the_kernel_has_not() {
    let mut unknown = vec![
        call(libc::SYS_clone3, &[]),
        // Its flags are in memory, where no filter sees them.
        call(libc::SYS_openat2, &[]),
        call(libc::SYS_process_mrelease, &[]),
        call(libc::SYS_futex_waitv, &[]),
        call(libc::SYS_dup, &[0]),
        call(libc::SYS_pipe2, &[]),
        call(100_000, &[]),
    ];
    // The same calls by the numbers of another table: `getpid` and `execve`.
    if cfg!(target_arch = "x86_64") {
        unknown.extend([call(0x4000_0000 | 39, &[]), call(0x4000_0000 | 520, &[])]);
    }
    assert_eq!(answers(&unknown), vec![libc::ENOSYS; unknown.len()]);
}

#[test]
fn bad_arguments_are_not_permitted() {
    let memory = |flags: i32| call(libc::SYS_mmap, &[0, 4096, libc::PROT_READ.into(), flags.into(), -1, 0]);
    let private = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let bad = [
        memory(libc::MAP_SHARED | libc::MAP_ANONYMOUS),
        memory(private | libc::MAP_GROWSDOWN),
        memory(private | libc::MAP_HUGETLB),
        call(libc::SYS_prctl, &[libc::PR_SET_DUMPABLE.into(), 1]),
        call(libc::SYS_prctl, &[libc::PR_SET_PDEATHSIG.into(), 0]),
        call(libc::SYS_prctl, &[libc::PR_SET_SECCOMP.into(), 2]),
        // The kernel reads the lower half of an option only, and so does the filter.
        call(libc::SYS_prctl, &[i64::from(libc::PR_SET_DUMPABLE) | 1 << 40, 1]),
        call(libc::SYS_prlimit64, &[0, 0, 4096]),
        call(libc::SYS_prlimit64, &[1, 0, 0]),
        call(libc::SYS_fcntl, &[1, libc::F_SETOWN.into(), 1]),
        call(libc::SYS_fcntl, &[1, libc::F_SETFL.into(), libc::O_ASYNC.into()]),
        // `TIOCSTI`, which types into a terminal.
        call(libc::SYS_ioctl, &[1, 0x5412]),
        call(libc::SYS_sendto, &[1, 0, 0, 0, 4096, 16]),
        call(libc::SYS_openat, &[libc::AT_FDCWD.into(), 0, libc::O_PATH.into()]),
    ];
    assert_eq!(answers(&bad), vec![libc::EPERM; bad.len()]);
}

#[test]
fn good_arguments_are() {
    let page = |flags: i32| call(libc::SYS_mmap, &[0, 4096, libc::PROT_READ.into(), flags.into(), -1, 0]);
    let good = [
        page(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS),
        call(libc::SYS_getpid, &[]),
        call(libc::SYS_prlimit64, &[0, libc::RLIMIT_CORE.into(), 0]),
        call(libc::SYS_fcntl, &[1, libc::F_GETFL.into()]),
        call(libc::SYS_sched_yield, &[]),
    ];
    assert_eq!(answers(&good), vec![0; good.len()]);
}

#[test]
fn a_program_of_32_bits_ends() {
    if cfg!(target_arch = "x86_64") {
        let end = ended(NOTHING, "call of 32 bits", "");
        // `SIGSEGV` where the kernel knows no such calls at all.
        let signal = end.signal.as_deref().unwrap();
        assert!(["SIGSYS", "SIGSEGV"].contains(&signal) && end.output.is_empty(), "{end:?}");
    }
}

#[test]
fn threads_compute() {
    assert_eq!(said(NOTHING, "threads", ""), [(0..8000_u64).sum::<u64>().to_string()]);
}
