//! Claims about limits: each ends a worker in its own way, and the end can be told from others.

use super::{NOTHING, ended, said};
use crate::isolation::actor::Holding;
use crate::isolation::fault::WorkerReason;

#[test]
fn a_worker_that_takes_all_memory_says_so_and_ends() {
    let end = ended(NOTHING, "allocate", "");
    assert_eq!((end.reason, end.signal.as_deref()), (WorkerReason::OutOfMemory, Some("SIGABRT")), "{end:?}");
    assert_eq!(end.output[0], format!("memory allocation of {} bytes failed", 16 << 20));
}

#[test]
fn a_worker_that_computes_for_ever_ends() {
    let end = ended(Holding { cpu_seconds: Some(1), ..NOTHING }, "compute", "");
    assert_eq!((end.reason, end.signal.as_deref()), (WorkerReason::Crashed, Some("SIGXCPU")), "{end:?}");
    assert_eq!(end.detail, "it used the 1 s of computing that it may");
}

#[test]
fn who_ignores_the_warning_is_not_cleared() {
    let end = ended(Holding { cpu_seconds: Some(1), ..NOTHING }, "compute on", "");
    assert_eq!((end.reason, end.signal.as_deref()), (WorkerReason::Crashed, Some("SIGKILL")), "{end:?}");
}

#[test]
fn nothing_of_a_worker_is_dumped() {
    assert_eq!(said(NOTHING, "core", ""), ["0"]);
}

#[test]
fn the_limit_of_files_does_not_end_who_prints() {
    // More than a pipe takes: it is emptied meanwhile.
    let lines = said(NOTHING, "print", "20000");
    assert_eq!(lines.last().unwrap(), "line 19999");
}
