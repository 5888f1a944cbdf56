//! Growth: the 2 x 3 matrix of hosts and bundles. The boundary grows in a copy of the workspace, as `docs/ABI.md` says that
//! it may; bundles of before and after, and one of a boundary that broke its promise, meet the hosts of before and after.

mod later;
mod text;

use std::path::{Path, PathBuf};
use std::process::Command;

use ce_tests::{bundle_path, program_path};
use serde_json::Value;

/// What the host `program` says of each bundle, and whether any constructor or `register` of `newer` ran.
fn admit(program: &Path, bundles: &[&Path]) -> (Vec<Value>, bool) {
    let trace = tempfile::tempdir().unwrap();
    let trace = trace.path().join("trace");
    let output = Command::new(program).args(bundles).env("BUNDLE_CONSTRUCTOR_WRITES", &trace).output().unwrap();
    assert!(
        output.status.success(),
        "the host ended with {}:\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = String::from_utf8(output.stdout).unwrap();
    (lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), trace.exists())
}

fn codes(outcomes: &[Value]) -> Vec<&str> {
    outcomes.iter().map(|outcome| outcome["code"].as_str().unwrap()).collect()
}

fn old_host() -> PathBuf {
    program_path("admit")
}

fn old_bundle() -> PathBuf {
    bundle_path("shifted")
}

#[test]
fn an_old_bundle_runs_on_a_new_host_and_the_default_body_answers() {
    let (outcomes, _) = admit(&later::built().host, &[&old_bundle()]);
    assert_eq!(codes(&outcomes), ["ok"], "{outcomes:?}");
    assert_eq!(outcomes[0]["plugin_api"], "1.1.0");
    assert_eq!(outcomes[0]["predict"], 0.75);
    assert_eq!(outcomes[0]["described"], "appended later, with this default body");
}

#[test]
fn a_new_bundle_runs_on_a_new_host_with_its_method_and_its_kind() {
    let (outcomes, ran) = admit(&later::built().host, &[&later::built().newer]);
    assert_eq!(codes(&outcomes), ["ok"], "{outcomes:?}");
    assert_eq!(outcomes[0]["plugin_api"], "1.2.0");
    assert_eq!(outcomes[0]["described"], "a newer calibrator");
    assert_eq!(
        outcomes[0]["registered"],
        serde_json::json!(["interval newer.interval.described", "probe newer.probe.echo"])
    );
    assert_eq!(outcomes[0]["probed"], "probed this");
    assert!(ran, "the trace that must be missing elsewhere is missing here too");
}

#[test]
fn an_old_bundle_runs_on_an_old_host() {
    let (outcomes, _) = admit(&old_host(), &[&old_bundle()]);
    assert_eq!(codes(&outcomes), ["ok"], "{outcomes:?}");
    assert_eq!(outcomes[0]["predict"], 0.75);
}

#[test]
fn a_new_bundle_on_an_old_host_is_refused_before_anything_of_it_runs() {
    let (outcomes, ran) = admit(&old_host(), &[&later::built().newer]);
    let code = outcomes[0]["code"].as_str().unwrap();
    // Whichever comes first: the manifest names a kind that the old host does not know, and an API that it does not speak.
    assert!(["trust.plugin_api", "trust.manifest"].contains(&code), "{outcomes:?}");
    assert!(!ran, "a constructor or `register` of the new bundle ran");

    let (outcomes, ran) = admit(&old_host(), &[&later::built().newer_without_kind]);
    assert_eq!(codes(&outcomes), ["trust.plugin_api"], "{outcomes:?}");
    let message = outcomes[0]["message"].as_str().unwrap();
    assert!(message.contains("ce-plugin-api 1.2.0, this host speaks 1.1.0"), "{message}");
    assert!(!ran, "a constructor or `register` of the new bundle ran");
}

#[test]
fn a_changed_struct_is_refused_by_both_hosts_with_its_first_difference_in_one_line() {
    for host in [old_host(), later::built().host.clone()] {
        let (outcomes, _) = admit(&host, &[&later::built().changed]);
        assert_eq!(codes(&outcomes), ["load.layout"], "{outcomes:?}");
        let message = outcomes[0]["message"].as_str().unwrap();
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(message.contains("`Matrix`"), "the first difference does not name what changed: {message}");
        assert!(message.contains("test-shifted"), "{message}");
    }
}

/// abi_stable's own tables are shared by the process: after an old bundle they made a later one's check compare with the
/// old one's shorter tables.
#[test]
fn bundles_of_both_ages_load_into_one_process_in_any_order() {
    let (old, newer, second) = (old_bundle(), later::built().newer.clone(), bundle_path("second"));
    let orders = [[&old, &newer, &second], [&second, &newer, &old], [&newer, &old, &second], [&old, &second, &newer]];
    for order in orders {
        let (outcomes, _) = admit(&later::built().host, &order.map(PathBuf::as_path));
        assert_eq!(codes(&outcomes), ["ok"; 3], "{order:?}: {outcomes:?}");
    }
}

#[test]
fn a_changed_bundle_does_not_spoil_the_check_of_later_ones() {
    let (old, changed) = (old_bundle(), later::built().changed.clone());
    for host in [old_host(), later::built().host.clone()] {
        let (outcomes, _) = admit(&host, &[&changed, &bundle_path("second"), &changed, &old]);
        // The changed bundle and the old one have one name, so that the second of them is judged as its rival.
        assert_eq!(codes(&outcomes)[..2], ["load.layout", "ok"], "{outcomes:?}");
        assert_eq!(outcomes[2]["code"], "load.layout");
    }
}
