//! Where a bundle runs, and what is told where it cannot run there: never in the host's process in silence.

use std::process::Command;

use ce_host::Host;
use ce_host::config::{Placement, Slot};
use ce_host::plugin_api::manifest::{Kind, Mode};
use ce_tests::{Scratch, fast_bundle, program_path};

use super::assert_placed;
use crate::case::Case;

fn says(scratch: &Scratch, text: &str) {
    std::fs::write(scratch.config(), format!("[plugins]\ntrusted = [\"core.interval.fast\"]\n{text}")).unwrap();
}

fn fast_is(host: &Host, placement: Placement) {
    assert_placed(host, Kind::Interval, "core.interval.fast", placement);
    assert_placed(host, Kind::Explanation, "core.explanation.fast", placement);
}

#[test]
fn a_bundle_runs_in_a_worker_unless_its_user_grants_the_process() {
    let scratch = Scratch::with_trusted(&[fast_bundle()]);
    fast_is(&scratch.held_host().build().unwrap(), Placement::Process);
    for granted in [r#""core.interval.fast" = "in-process""#, r#"fast-explanations = "in-process""#] {
        says(&scratch, &format!("[isolation]\n{granted}\n"));
        fast_is(&scratch.held_host().build().unwrap(), Placement::InProcess);
    }
    says(&scratch, "[isolation]\ndefault = \"in-process\"\n\"core.interval.fast\" = \"process\"\n");
    fast_is(&scratch.held_host().build().unwrap(), Placement::Process);
    let called = scratch.held_host().isolation("core.interval.fast", Placement::InProcess);
    fast_is(&called.build().unwrap(), Placement::InProcess);
}

/// What a request for the FAST calibrator ends with.
fn refused(host: &Host) -> (String, String) {
    assert!(host.catalog().registry().entry(Kind::Interval, "core.interval.fast").is_none());
    let case = Case::breast_cancer();
    let error = case.explainer(host).build().unwrap().explain(Mode::Factual, case.x()).unwrap_err();
    let failed = host.catalog().failed();
    assert_eq!(failed.len(), 1);
    assert!(error.to_string().contains(&failed[0].to_string()), "{error}");
    (failed[0].code().to_owned(), error.to_string())
}

#[test]
fn without_a_program_for_workers_nothing_runs_and_the_remedy_is_told() {
    let scratch = Scratch::with_trusted(&[fast_bundle()]);
    let chosen = || scratch.unplaced_host().choose(Slot::Interval, "core.interval.fast");
    let (code, message) = refused(&chosen().build().unwrap());
    assert_eq!(code, "isolation.no_worker");
    for remedy in ["install `ce`", "`worker` in [isolation]", "HostBuilder::worker", "ce_host::worker_main()"] {
        assert!(message.contains(remedy), "{message}");
    }
    let (code, message) = refused(&chosen().worker(scratch.path("gone")).build().unwrap());
    assert_eq!(code, "isolation.worker");
    assert!(message.contains("gone` cannot be used as a worker"), "{message}");
    // A program that is there, and is none: it ends without a word.
    let (code, message) = refused(&chosen().worker("/bin/true").build().unwrap());
    assert_eq!(code, "isolation.worker");
    assert!(message.contains("name the program `ce` of this version"), "{message}");
}

#[test]
fn a_bundle_whose_identifiers_are_told_to_be_in_two_places_is_in_none() {
    let scratch = Scratch::with_trusted(&[fast_bundle()]);
    let mixed = "\"core.interval.fast\" = \"in-process\"\n\"core.explanation.fast\" = \"process\"\n";
    says(&scratch, &format!("[isolation]\n{mixed}"));
    let (code, message) = refused(&scratch.held_host().choose(Slot::Interval, "core.interval.fast").build().unwrap());
    assert_eq!(code, "isolation.mixed");
    assert!(message.contains("name the bundle instead"), "{message}");
}

#[test]
fn a_program_that_embeds_the_host_is_its_own_worker() {
    let scratch = Scratch::with_trusted(&[fast_bundle()]);
    let output = Command::new(program_path("embed"))
        .args([scratch.config(), scratch.plugins_dir()])
        .env_clear()
        .env("XDG_STATE_HOME", scratch.path("state"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "core.interval.fast: process, sandbox full\n", "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn looking_at_a_bundle_has_a_deadline_too() {
    let scratch = Scratch::with_trusted(&[fast_bundle()]);
    says(&scratch, "[isolation.deadlines]\nscan = 0.000000001\n");
    let host = scratch.held_host().build().unwrap();
    let codes: Vec<&str> = host.catalog().unreadable().iter().map(|error| error.code()).collect();
    assert_eq!(codes, ["inspect.deadline"]);
    assert!(host.catalog().unreadable()[0].to_string().contains("raise `scan` under [isolation.deadlines]"));
}

/// A program may be started with open files, or open some without saying that they are for itself alone.
#[test]
fn a_worker_inherits_no_descriptor() {
    let scratch = Scratch::with_trusted(&[fast_bundle()]);
    let secret = scratch.path("secret");
    std::fs::write(&secret, "not for bundles").unwrap();
    let open = std::fs::File::open(&secret).unwrap();
    rustix::io::fcntl_setfd(&open, rustix::io::FdFlags::empty()).unwrap();

    let host = scratch.held_host().build().unwrap();
    let entry = host.catalog().registry().entry(Kind::Interval, "core.interval.fast").unwrap();
    let worker = entry.log.as_ref().unwrap().worker().unwrap();
    let Ok(list) = std::fs::read_dir(format!("/proc/{worker}/fd")) else {
        assert!(!rustix::process::geteuid().is_root(), "root can look into a worker");
        return;
    };
    let open_there: Vec<_> = list.map(|entry| std::fs::read_link(entry.unwrap().path()).unwrap()).collect();
    assert!(!open_there.contains(&secret), "{open_there:?}");
    // Standard input, output and error, the channel, its own mappings, and the sealed file of the bundle.
    assert_eq!(open_there.len(), 6, "{open_there:?}");
    drop(open);
}
