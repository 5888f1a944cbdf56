//! What a held process can do and cannot, seen from outside: each claim starts an actor, which is held and tries. It never
//! holds the process of the tests.

mod calls;
mod files;
mod network;
mod resources;

use std::io::Write;
use std::sync::Arc;

use super::Level;
use crate::isolation::actor::{Holding, PATIENCE, Part, Told, end_of};
use crate::isolation::fault::{WorkerFault, WorkerReason};
use crate::isolation::process::Process;

const NOTHING: Holding = Holding { cpu_seconds: None, read_files: false, network: false };
const READ_FILES: Holding = Holding { read_files: true, ..NOTHING };
const NETWORK: Holding = Holding { network: true, ..NOTHING };

/// The version of Landlock that this kernel has, 0 for none.
fn landlock_version() -> i64 {
    #![allow(unsafe_code)]
    let nothing = std::ptr::null::<u8>();
    // SAFETY: with this flag (`LANDLOCK_CREATE_RULESET_VERSION`) the kernel answers a number, and reads nothing.
    unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, nothing, 0, 1) }.max(0)
}

/// Whether the kernel refuses files; otherwise it is told that a claim was not tested.
fn refuses_files() -> bool {
    let has = landlock_version() > 0;
    if !has {
        writeln!(std::io::stderr(), "not tested: this kernel has no Landlock, or it is switched off").unwrap();
    }
    has
}

fn start(how: Holding, act: &str, argument: &str) -> Arc<Process> {
    let (process, told) = Part::new(act, argument).held(how).start();
    let Told { level, missing } = told.unwrap();
    let best = if landlock_version() > 0 { Level::Full } else { Level::Partial };
    assert_eq!(Level::parse(&level), Some(best), "missing: {missing:?}");
    process
}

/// What an actor prints that ends by itself.
#[track_caller]
fn said(how: Holding, act: &str, argument: &str) -> Vec<String> {
    let end = end_of(&start(how, act, argument));
    assert_eq!((end.reason, end.status), (WorkerReason::Exited, Some(0)), "{act} {argument}: {end:?}");
    end.output.clone()
}

/// The call that ends an actor.
#[track_caller]
fn refused(how: Holding, act: &str, argument: &str) -> String {
    let end = end_of(&start(how, act, argument));
    assert_eq!((end.reason, end.output.len()), (WorkerReason::RefusedSyscall, 0), "{act} {argument}: {end:?}");
    end.syscall.clone().unwrap()
}

fn ended(how: Holding, act: &str, argument: &str) -> Arc<WorkerFault> {
    end_of(&start(how, act, argument))
}

/// What is printed for an error.
fn errno(number: i32) -> [String; 1] {
    [format!("errno {number}")]
}

const DONE: [&str; 1] = ["done"];

#[test]
fn the_kernel_says_itself_that_nothing_is_left_to_gain() {
    let process = start(NOTHING, "wait", "");
    // It may still be sealing itself: the last filter is there when it says so.
    let until = std::time::Instant::now() + PATIENCE;
    let status = loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.unwrap_or_default().trim().to_owned()
        };
        let nothing = "0000000000000000";
        let is_held = field("NoNewPrivs") == "1" && field("Seccomp") == "2";
        let is_whole = ["CapInh", "CapPrm", "CapEff", "CapAmb"].iter().all(|name| field(name) == nothing);
        let n_filters = field("Seccomp_filters");
        // The kernel of before 5.9 does not count them.
        if is_held && is_whole && (n_filters == "3" || n_filters.is_empty()) || std::time::Instant::now() > until {
            break (is_held, is_whole, n_filters);
        }
        std::thread::yield_now();
    };
    assert!(status.0 && status.1 && (status.2 == "3" || status.2.is_empty()), "{status:?}");
    process.dismiss();
}

#[test]
fn the_environment_is_empty() {
    assert_eq!(said(NOTHING, "environment", ""), ["0"]);
}

#[test]
fn a_worker_ends_with_its_host() {
    let (host, _) = Part::new("start another", "").start();
    let mut packet = [0; 16];
    let until = std::time::Instant::now() + PATIENCE;
    let (_, worker) = host.control.receive_files(&mut packet, until, host.pidfd()).unwrap();
    // Killed, it can take nothing with it by itself, and the worker is in a group of its own.
    host.dismiss();
    let mut polled = [rustix::event::PollFd::new(&worker[0], rustix::event::PollFlags::IN)];
    let patience = rustix::event::Timespec { tv_sec: 30, tv_nsec: 0 };
    assert_eq!(rustix::event::poll(&mut polled, Some(&patience)), Ok(1));
}
