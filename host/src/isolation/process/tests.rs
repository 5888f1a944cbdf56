//! How a process's end is told, and that nothing of it is left. The processes are not held here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::Process;
use crate::isolation::actor::{PATIENCE, Part, end_of};
use crate::isolation::channel::Silence;
use crate::isolation::fault::WorkerReason;

fn start(act: &str, argument: &str) -> Arc<Process> {
    Part::new(act, argument).start().0
}

#[test]
fn an_end_of_its_own_is_told_by_its_status() {
    for status in [0, 3] {
        let end = Part::new("exit", &status.to_string()).play();
        assert_eq!((end.reason, end.status, end.signal.as_deref()), (WorkerReason::Exited, Some(status), None));
    }
}

#[test]
fn an_end_by_a_signal_is_told_by_its_name() {
    for (signal, reason) in [
        ("SIGSEGV", WorkerReason::Crashed),
        ("SIGABRT", WorkerReason::Crashed),
        ("SIGKILL", WorkerReason::KilledBySystem),
    ] {
        let end = Part::new("kill itself", signal).play();
        assert_eq!((end.reason, end.status, end.signal.as_deref()), (reason, None, Some(signal)));
    }
}

#[test]
fn a_deadline_that_passed_is_told_with_the_call() {
    let process = start("compute", "");
    let (end, is_own) = process.silent(Silence::TimedOut, "answer", Duration::from_millis(1500));
    assert_eq!((end.reason, is_own), (WorkerReason::Deadline, true));
    assert_eq!(end.detail, "`answer` took longer than 1.5 s");
    assert_eq!(process.end(), Some(end));
}

#[test]
fn who_is_dismissed_is_not_to_blame() {
    let process = start("compute", "");
    process.dismiss();
    assert_eq!(end_of(&process).reason, WorkerReason::Lost);
    // It is buried: what has its number now is let alone.
    process.dismiss();
}

#[test]
fn who_closes_its_channel_and_lives_on_is_killed() {
    let process = start("close", "");
    let silence = process.control.receive(&mut [0; 16], Instant::now() + PATIENCE, process.pidfd(), false).unwrap_err();
    let (end, is_own) = process.silent(silence, "answer", PATIENCE);
    assert_eq!((end.reason, is_own), (WorkerReason::Protocol, true));
    assert_eq!(end.detail, "it closed its channel, and lived on");
}

#[test]
fn the_last_lines_are_kept_of_however_many() {
    let end = Part::new("print", "100000").play();
    assert_eq!((end.output[0].as_str(), end.output.len()), ("line 99980", 20));
    assert_eq!(end.output[19], "line 99999");
}

#[test]
fn what_a_process_started_ends_with_it() {
    let process = start("leave a process", "");
    let (_, left) = process.control.receive_files(&mut [0; 16], Instant::now() + PATIENCE, process.pidfd()).unwrap();
    process.control.send(b"end").unwrap();
    assert_eq!(end_of(&process).reason, WorkerReason::Exited);
    let mut polled = [PollFd::new(&left[0], PollFlags::IN)];
    assert_eq!(poll(&mut polled, Some(&Timespec { tv_sec: 30, tv_nsec: 0 })), Ok(1));
}

#[test]
fn a_program_that_is_not_there_is_an_error() {
    let error = Process::start(std::path::Path::new("/nowhere/at/all")).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}
