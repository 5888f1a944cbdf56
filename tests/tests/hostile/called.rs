//! What a bundle does while it is called in a worker.

use ce_host::config::Placement;

use crate::places::of_hostile;
use crate::verdict::End::{Refused, Signal, Status, Words, Wrote};
use crate::verdict::{Case, case, each, ends};

/// Checks each case in places of its own; what is the bundle's doing holds it back from the next host.
fn check(isolation: &str, cases: &[Case]) {
    each(cases, |case| {
        let places = of_hostile(isolation);
        case.check(&places, Placement::Process);
        assert_eq!(std::fs::read_to_string(places.trace()).unwrap(), "untouched\n", "{case:?}");
        if case.code.starts_with("worker.") {
            let next = case.host(&places, Placement::Process).build().unwrap();
            let failed: Vec<_> = next.catalog().failed().iter().map(|error| error.code()).collect();
            assert_eq!(failed, ["quarantine.held"], "{case:?}");
        }
    });
}

#[test]
fn ends_of_a_worker_are_told_apart() {
    check(
        "",
        &[
            case("crashes", "answer", "worker.crashed", Signal("SIGSEGV"), "its worker crashed (SIGSEGV)"),
            case("aborts", "fit", "worker.crashed", Signal("SIGABRT"), "its worker crashed (SIGABRT)"),
            case("panics_twice", "answer", "worker.crashed", Signal("SIGABRT"), "its worker crashed"),
            case("overflows", "answer", "worker.crashed", Signal("SIGABRT"), "stack overflow"),
            case("exits_0", "answer", "worker.exited", Status(0), "it ended its worker with status 0"),
            case("exits_3", "step", "worker.exited", Status(3), "it ended its worker with status 3"),
            case("hoards", "answer", "worker.out_of_memory", Signal("SIGABRT"), "ran out of the memory"),
            case("asks_for_a_billion", "fit", "worker.out_of_memory", Signal("SIGABRT"), "ran out of the memory"),
            case("says_and_aborts", "answer", "worker.crashed", Wrote("SIGABRT", "[31mlast words"), "it wrote last"),
        ],
    );
}

#[test]
fn calls_that_no_bundle_may_make_are_named() {
    let refused = |how, place, syscall| {
        case(how, place, "worker.refused_syscall", Refused(syscall), "killed for a system call that is refused")
    };
    check(
        "",
        &[
            refused("forks", "answer", "clone"),
            refused("forks_for_ever", "answer", "clone"),
            refused("starts_a_program", "answer", "clone"),
            refused("connects", "fit", "socket"),
            refused("writes_a_file", "answer", "openat"),
            refused("removes_a_file", "answer", "unlink"),
            refused("attaches", "step", "ptrace"),
            refused("maps_uncounted", "answer", "memfd_create"),
            refused("asks_in_a_ring", "answer", "io_uring_setup"),
            refused("kills_its_host", "answer", "kill"),
            refused("kills_itself", "answer", "kill"),
        ],
    );
}

#[test]
fn what_does_not_come_back_is_killed_at_its_deadline() {
    let late = |how, place| case(how, place, "worker.deadline", Words, "its worker was killed at the deadline");
    check(
        "deadlines = { answer = 1.0 }",
        &[late("loops", "answer"), late("sleeps", "answer"), late("stops", "answer"), late("takes_long", "answer")],
    );
    check("deadlines = { fit = 1.5 }", &[late("loops", "fit"), late("loops", "prepare"), late("loops", "save")]);
    check("deadlines = { step = 1.0 }", &[late("sleeps", "step")]);
}

#[test]
fn computing_time_ends_whoever_ignores_its_signal() {
    check(
        "cpu_seconds = 1",
        &[
            case("loops", "answer", "worker.crashed", Signal("SIGXCPU"), "the 1 s of computing"),
            case("ignores_the_clock", "answer", "worker.crashed", Signal("SIGKILL"), "the 1 s of computing"),
        ],
    );
}

#[test]
fn a_loop_in_drop_ends_at_the_deadline_and_in_the_log() {
    let places = of_hostile("deadlines = { answer = 1.0 }");
    let case = case("loops", "drop", "", Words, "");
    let host = case.check_harmless(&places, Placement::Process);
    let ends = ends(&host);
    assert!(!ends.is_empty() && ends.iter().all(|end| end.code() == "worker.deadline"), "{ends:?}");
    assert!(ends[0].detail.contains("`drop` took longer than"), "{ends:?}");
}

#[test]
fn panics_are_caught_in_the_worker() {
    check(
        "",
        &[
            case("panics", "fit", "plugin.panicked", Words, "asked to panic in fit"),
            case("panics", "answer", "plugin.panicked", Words, "asked to panic in answer"),
            case("panics", "step", "plugin.panicked", Words, "asked to panic in step"),
            case("hoards_threads", "answer", "plugin.panicked", Words, "failed to spawn thread"),
            case("reads_a_file", "answer", "plugin.failed", Words, "Permission denied"),
        ],
    );
}

#[test]
fn what_is_refused_without_a_word_does_no_harm() {
    let harmless = [
        "raises_itself",
        "reads_the_environment",
        "closes_standard",
        "prints",
        "rounds_upward",
        "moves_house",
        "leaves_a_thread",
    ];
    each(&harmless, |how| {
        let places = of_hostile("");
        let host = case(how, "answered", "", Words, "").check_harmless(&places, Placement::Process);
        assert!(ends(&host).is_empty(), "{how}: {:?}", ends(&host));
    });
}
