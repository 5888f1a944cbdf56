//! What a bundle does while it is let in: constructors, symbols and layouts, in a worker and in the host's own process.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ce_host::bundle::load::{LoadCause, LoadError};
use ce_host::config::{Placement, Slot};
use ce_host::isolation::error::StartError;
use ce_host::{Error, Host};
use ce_tests::{Scratch, bundle_path, c_bundle};

use crate::case::small;
use crate::patched::{Patch, patched};
use crate::places::{Places, by_built_in, by_second, by_second_alone, explainer, numbers, places};
use crate::risk::{self, Fate};
use crate::verdict::End::{self, Refused, Signal, Status, Words};
use crate::verdict::each;

/// What the libraries in C announce.
pub(crate) const MANIFEST: &str = r#"{
    "schema_version": "1.0.0",
    "bundle": { "name": "hostile-c", "version": "0.1.0", "provider": "ce-tests", "license": "MIT" },
    "plugins": [{ "kind": "interval", "identifier": "hostile.interval.c", "version": "0.1.0",
                  "tasks": ["classification"], "capabilities": ["interval:classification"] }]
}"#;
const C: &str = "hostile.interval.c";
const RUST: &str = "test.interval.hostile";

/// The library in places with a good one beside it.
fn beside_second(library: &Path) -> Places {
    places(&[library.to_owned(), bundle_path("second")], "")
}

/// The same with little time to register.
fn in_a_hurry(library: &Path) -> Places {
    places(&[library.to_owned(), bundle_path("second")], "deadlines = { registration = 3 }")
}

/// A library of `tests/hostile/NAME.c`.
fn in_c(scratch: &Scratch, name: &str) -> PathBuf {
    c_bundle(&scratch.path(""), name, MANIFEST, &["-pthread"])
}

/// What a host says of the one bundle that it could not let in. It takes the fallback, and serves the good bundle.
fn failure(places: &Places, identifier: &str, placement: Placement) -> Arc<LoadError> {
    let builder = places.host(placement).choose(Slot::Interval, identifier);
    let host = builder.fallbacks(Slot::Interval, vec!["core.interval.legacy".to_owned()]).build().unwrap();
    let [error] = host.catalog().failed() else { panic!("{identifier}: {:?}", host.catalog().failed()) };
    let instances = small::instances();
    let explanations = explainer(&host).build().unwrap().explain_factual(small::x(&instances)).unwrap();
    assert!(numbers(&explanations) == by_built_in(), "the fallback after {error}");
    let told = explanations.telemetry().unwrap();
    let selection = told.selection.iter().find(|selection| selection.slot == Slot::Interval.to_string()).unwrap();
    let [skipped] = selection.skipped.as_slice() else { panic!("{:?}", selection.skipped) };
    assert_eq!((skipped.identifier.as_str(), skipped.code.as_str()), (identifier, error.code()));
    assert!(by_second(&host) == by_second_alone(), "another bundle after {error}");
    Arc::clone(error)
}

#[track_caller]
fn assert_end(error: &LoadError, code: &str, end: End, says: &str) {
    assert_eq!(error.code(), code, "{error}");
    assert!(error.to_string().contains(says), "{error}");
    let LoadCause::Worker(StartError::Ended(fault)) = &error.cause else {
        return assert_eq!(end, Words, "{error}");
    };
    let found = (fault.signal.as_deref(), fault.status, fault.syscall.as_deref());
    let expected = match end {
        Words => found,
        Signal(signal) | End::Wrote(signal, _) => (Some(signal), None, None),
        Status(status) => (None, Some(status), None),
        Refused(syscall) => (None, None, Some(syscall)),
    };
    assert_eq!(found, expected, "{error}");
}

#[test]
fn constructors_in_c_in_a_worker() {
    let scratch = Scratch::new();
    let cases = [
        ("well", "load.no_symbol", Words, "library header"),
        ("crashes", "worker.crashed", Signal("SIGSEGV"), "while it was registered, its worker crashed (SIGSEGV)"),
        ("loops", "worker.deadline", Words, "`register` took longer than 3 s"),
        ("forks", "worker.refused_syscall", Refused("clone"), "clone"),
        ("exits", "worker.exited", Status(0), "it ended its worker with status 0"),
        ("writes", "worker.refused_syscall", Refused("openat"), "openat"),
        ("connects", "worker.refused_syscall", Refused("socket"), "socket"),
        ("leaves_a_thread", "load.no_symbol", Words, "library header"),
        ("speaks", "worker.protocol", Words, "its first reply is none"),
        ("closes_all", "worker.exited", Status(1), "it ended its worker with status 1"),
        ("static_tls", "load.map", Words, "static TLS"),
        ("stops_signals", "load.no_symbol", Words, "library header"),
    ];
    each(&cases, |&(name, code, end, says)| {
        let library = in_c(&scratch, name);
        let places = if code == "worker.deadline" { in_a_hurry(&library) } else { beside_second(&library) };
        let error = failure(&places, C, Placement::Process);
        assert_end(&error, code, end, says);
        if code.starts_with("worker.") {
            assert_eq!(failure(&places, C, Placement::Process).code(), "quarantine.held", "{name}");
        }
    });
    assert!(!Path::new("/hostile-was-here").exists());
}

#[test]
fn a_forged_refusal_is_the_bundles_word_and_paints_nothing() {
    let scratch = Scratch::new();
    let places = beside_second(&in_c(&scratch, "forges_refusal"));
    let error = failure(&places, C, Placement::Process);
    assert_end(&error, "load.layout", Words, "\u{fffd}[31mred");
    assert_eq!(error.cause.details(), Some("\u{fffd}[2J\nclean"));
}

#[test]
fn constructors_in_c_in_the_hosts_process() {
    let scratch = Scratch::new();
    let cases = [
        ("well", Fate::Refused("load.no_symbol")),
        ("crashes", Fate::Signal(libc::SIGSEGV)),
        ("loops", Fate::Hangs),
        ("forks", Fate::Refused("load.no_symbol")),
        ("exits", Fate::Exits(0)),
        ("writes", Fate::Refused("load.no_symbol")),
        ("leaves_a_thread", Fate::Refused("load.no_symbol")),
        ("static_tls", Fate::Refused("load.map")),
        ("stops_signals", Fate::Refused("load.no_symbol")),
    ];
    each(&cases, |&(name, fate)| {
        let places = beside_second(&in_c(&scratch, name));
        risk::check(&places, "hostile-c", "well", "answer", fate);
        // It had the host's rights, and used them.
        assert_eq!(places.scratch.path("written").exists(), name == "writes");
    });
}

#[test]
fn constructors_in_rust() {
    let scratch = Scratch::new();
    let cases = [
        ("panics", "worker.crashed", Signal("SIGABRT"), "its worker crashed", Some(Fate::Signal(libc::SIGABRT))),
        ("overflows", "worker.crashed", Signal("SIGABRT"), "stack overflow", Some(Fate::Signal(libc::SIGABRT))),
        ("hoards", "worker.out_of_memory", Signal("SIGABRT"), "it may have", None),
        ("sleeps", "worker.deadline", Words, "`register` took longer than 3 s", None),
        ("kills_its_host", "worker.refused_syscall", Refused("kill"), "kill", None),
    ];
    each(&cases, |&(how, code, end, says, fate)| {
        let library = patched(&scratch, &[Patch::Constructor(how)]);
        let places = if code == "worker.deadline" { in_a_hurry(&library) } else { beside_second(&library) };
        assert_end(&failure(&places, RUST, Placement::Process), code, end, says);
        if let Some(fate) = fate {
            risk::check(&beside_second(&library), "test-hostile", "well", "answer", fate);
        }
    });
}

/// What such constructors leave behind does not reach the numbers of anybody.
#[test]
fn constructors_that_leave_something_behind() {
    let scratch = Scratch::new();
    each(&["leaves_a_thread", "rounds_upward", "moves_house", "prints", "closes_standard"], |how| {
        let library = patched(&scratch, &[Patch::Constructor(how)]);
        let places = beside_second(&library);
        let host = places.host(Placement::Process).build().unwrap();
        let asked = explainer(&host).interval_plugin(RUST).build().unwrap();
        let instances = small::instances();
        let explanations = asked.explain_factual(small::x(&instances)).unwrap();
        assert!(numbers(&explanations) == by_second_alone(), "{how}");
        assert!(by_second(&host) == by_second_alone(), "{how}: another bundle");
        if *how != "closes_standard" {
            risk::check(&beside_second(&library), "test-hostile", "well", "answer", Fate::Lives);
        }
    });
}

#[test]
fn another_layout_or_header_is_refused_in_both_places() {
    let scratch = Scratch::new();
    let cases = [
        (Patch::Field, "load.layout", "has the field `"),
        (Patch::Header, "load.header", "its library header is of another"),
    ];
    each(&cases, |&(patch, code, says)| {
        let places = beside_second(&patched(&scratch, &[patch]));
        for placement in [Placement::Process, Placement::InProcess] {
            let error = failure(&places, RUST, placement);
            assert_end(&error, code, Words, says);
        }
        let details = failure(&places, RUST, Placement::Process).cause.details().map_or(0, str::len);
        assert_eq!(details > 1000, code == "load.layout", "{details} bytes of details");
    });
}

#[test]
fn what_is_registered_must_be_what_was_announced_in_both_places() {
    let cases = [
        ("unannounced", "load.differs", "which its manifest does not announce"),
        ("missing", "load.differs", "and did not register it"),
        ("twice", "load.differs", "registered interval `test.interval.twice` twice"),
        ("panics_register", "load.register", "asked to panic in register"),
        ("refuses_register", "load.register", "licence"),
    ];
    each(&cases, |&(name, code, says)| {
        for placement in [Placement::Process, Placement::InProcess] {
            let places = beside_second(&bundle_path(name));
            let mut host = places.host(placement).build().unwrap();
            let [error] = host.catalog().failed() else { panic!("{name}: {:?}", host.catalog().failed()) };
            assert_end(error, code, Words, says);
            // Asked for by name it is the same, and the good one is let in all the same.
            let Err(Error::Load(again)) = host.register(&bundle_path(name)) else { panic!("{name} got in") };
            assert_end(&again, code, Words, says);
            assert!(by_second(&host) == by_second_alone(), "{name}: another bundle");
        }
    });
}

#[test]
fn a_file_that_is_swapped_while_it_is_loaded_changes_nothing() {
    let hostile = bundle_path("hostile");
    for placement in [Placement::Process, Placement::InProcess] {
        let places = places(&[bundle_path("second")], "");
        let (_, survey) = places.host(placement).survey().unwrap();
        let path = places.scratch.plugins_dir().join(bundle_path("second").file_name().unwrap());
        std::fs::remove_file(&path).unwrap();
        std::fs::copy(&hostile, &path).unwrap();
        let catalog = survey.load();
        assert!(catalog.failed().is_empty(), "{:?}", catalog.failed());
        assert!(catalog.registry().holds("second.interval.plain") && !catalog.registry().holds(RUST));
    }
    // The other way round: what lies there now is not what was trusted.
    let places = places(&[bundle_path("second")], "");
    std::fs::copy(&hostile, places.scratch.plugins_dir().join(bundle_path("second").file_name().unwrap())).unwrap();
    let host: Host = places.host(Placement::Process).build().unwrap();
    assert_eq!(host.catalog().missing(RUST).unwrap().code, "trust.unlisted");
}
