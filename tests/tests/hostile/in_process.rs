//! What a bundle does while it is called in the host's own process: what can be survived there is, and what cannot is found
//! out by the next host.

use ce_host::Host;
use ce_host::config::Placement;
use ce_host::isolation::log::Taint;
use ce_host::plugin_api::manifest::Kind;

use crate::places::of_hostile;
use crate::risk::{self, Fate};
use crate::verdict::End::Words;
use crate::verdict::{case, each};

fn taints(host: &Host) -> Vec<Taint> {
    let entry = host.catalog().registry().entry(Kind::Interval, "test.interval.hostile").unwrap();
    entry.log.as_ref().unwrap().taints()
}

#[test]
fn panics_and_the_systems_refusals_are_errors() {
    let cases = [
        case("panics", "fit", "plugin.panicked", Words, "asked to panic in fit"),
        case("panics", "answer", "plugin.panicked", Words, "asked to panic in answer"),
        case("panics", "step", "plugin.panicked", Words, "asked to panic in step"),
        case("asks_for_ever", "fit", "plugin.invalid_output", Words, "asked for 65 rounds, the limit is 64"),
    ];
    each(&cases, |case| drop(case.check(&of_hostile(""), Placement::InProcess)));
}

/// Files and environment are the host's, and so the bundle's.
#[test]
fn what_a_worker_is_refused_is_done() {
    let cases =
        [("reads_a_file", true, "untouched\n"), ("writes_a_file", true, "here I was\n"), ("removes_a_file", false, "")];
    each(&cases, |&(how, is_left, text)| {
        let places = of_hostile("");
        // Once: a file that is gone cannot be removed again.
        let case = case(how, "fit", "", Words, "");
        drop(case.check_harmless(&places, Placement::InProcess));
        assert_eq!(places.trace().exists(), is_left, "{how}");
        assert!(!is_left || std::fs::read_to_string(places.trace()).unwrap() == text, "{how}");
    });
    let environment = case("reads_the_environment", "answer", "plugin.failed", Words, "found [");
    drop(environment.check(&of_hostile(""), Placement::InProcess));
    // Nobody reads the name of a further column as text.
    let name = case("names_without_text", "step", "", Words, "");
    drop(name.check_harmless(&of_hostile(""), Placement::InProcess));
}

#[test]
fn an_overrun_is_an_error_and_a_taint() {
    let places = of_hostile("deadlines = { answer = 1.0 }");
    let case = case("takes_long", "answer", "plugin.deadline", Words, "the deadline is 1.000 s");
    let host = case.check(&places, Placement::InProcess);
    let taints = taints(&host);
    assert_eq!((taints[0].code, taints[0].call.as_str()), ("overrun", "answer"), "{taints:?}");
}

#[test]
fn rounding_is_put_back_and_a_taint() {
    let case = case("rounds_upward", "answered", "", Words, "");
    let host = case.check_harmless(&of_hostile(""), Placement::InProcess);
    if cfg!(target_arch = "x86_64") {
        let taints = taints(&host);
        assert_eq!((taints[0].code, taints[0].call.as_str()), ("float_state", "answer"), "{taints:?}");
    }
}

#[test]
fn what_has_the_hosts_rights_does_what_the_host_may() {
    // The host is a child of the test: it answers as if nothing had happened, and cannot know that something did.
    for how in ["well", "prints", "moves_house", "leaves_a_thread", "rounds_upward"] {
        risk::check(&of_hostile(""), "test-hostile", how, "answer", Fate::Lives);
    }
}

#[test]
fn the_next_host_knows_of_whom_the_last_one_died() {
    let cases = [
        ("crashes", "answer", Fate::Signal(libc::SIGSEGV)),
        ("crashes", "fit", Fate::Signal(libc::SIGSEGV)),
        ("crashes", "drop", Fate::Signal(libc::SIGSEGV)),
        ("aborts", "answer", Fate::Signal(libc::SIGABRT)),
        ("panics_twice", "answer", Fate::Signal(libc::SIGABRT)),
        ("overflows", "answer", Fate::Signal(libc::SIGABRT)),
        ("exits_0", "answer", Fate::Exits(0)),
        ("exits_3", "answer", Fate::Exits(3)),
        ("kills_itself", "answer", Fate::Signal(libc::SIGKILL)),
        ("says_and_loops", "answer", Fate::Hangs),
    ];
    each(&cases, |&(how, place, fate)| risk::check(&of_hostile(""), "test-hostile", how, place, fate));
}
