//! Which commands run a bundle's code. The fixture's constructor writes a file, so that mapping it cannot be hidden.

use ce_tests::bundle_path;

use crate::support::User;
use crate::text;

const CONSTRUCTOR: &str = "test.interval.constructor";

/// Bundles run in the host's process: in a worker the constructor could write nothing, and whether it ran would be hidden.
fn user() -> User {
    User::new().config("[isolation]\ndefault = \"in-process\"\n")
}

/// Whether a command left the constructor's file.
fn maps(user: &User, arguments: &[&str], status: i32) -> bool {
    let trace = user.path("trace");
    let output = user.command(arguments).env("BUNDLE_CONSTRUCTOR_WRITES", &trace).output().unwrap();
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let is_mapped = trace.exists();
    if is_mapped {
        std::fs::remove_file(trace).unwrap();
    }
    is_mapped
}

#[test]
fn only_explain_predict_and_register_run_a_trusted_bundle() {
    let user = user();
    let library = bundle_path("constructor");
    let library = text(&library);
    for (arguments, status) in [
        (&["install", library][..], 0),
        (&["list"], 0),
        (&["show", CONSTRUCTOR], 0),
        (&["doctor", CONSTRUCTOR], 0),
        (&["doctor", library], 0),
        (&["trust", CONSTRUCTOR], 0),
        (&["list", "--json"], 0),
        (&["list", "intervals", "--trusted-only"], 0),
        (&["show", CONSTRUCTOR, "--json"], 0),
        (&["telemetry", "schema"], 0),
    ] {
        assert!(!maps(&user, arguments, status), "{arguments:?}");
    }
    let inputs = crate::support::Inputs::default();
    let [explain, predict] = ["explain", "predict"].map(|command| inputs.arguments(command));
    let explain: Vec<&str> = explain.iter().map(String::as_str).chain(["--mode", "factual"]).collect();
    let predict: Vec<&str> = predict.iter().map(String::as_str).collect();
    for arguments in [&explain[..], &predict, &["register", library]] {
        assert!(maps(&user, arguments, 0), "{arguments:?}: a trusted bundle is loaded");
    }
    for arguments in
        [&["deny", CONSTRUCTOR][..], &["untrust", CONSTRUCTOR], &["list"], &["uninstall", "test-constructor"]]
    {
        assert!(!maps(&user, arguments, 0), "{arguments:?}");
    }
}

#[test]
fn nothing_runs_a_bundle_that_is_not_trusted() {
    let user = user();
    let library = bundle_path("constructor");
    assert!(!maps(&user, &["install", text(&library)], 0));
    assert!(!maps(&user, &["register", text(&library)], 1));
    let arguments = crate::support::Inputs::default().arguments("explain");
    let asked: Vec<&str> = arguments.iter().map(String::as_str).chain(["--mode", "factual"]).collect();
    assert!(!maps(&user, &asked, 0));
    let asked = [&asked[..], &["--interval-plugin", CONSTRUCTOR]].concat();
    assert!(!maps(&user, &asked, 1));
}

#[test]
fn register_maps_no_other_bundle() {
    let user = user();
    let library = bundle_path("constructor");
    user.run(["install", text(&library)]).ok();
    user.run(["trust", CONSTRUCTOR]).ok();
    let other = bundle_path("second");
    let ran = user.run(["trust", text(&other)]).ok();
    assert!(ran.out.starts_with("trusted "), "{}", ran.out);
    assert!(!maps(&user, &["register", text(&other)], 0));
}

#[test]
fn in_a_worker_a_constructor_sees_neither_the_environment_nor_files() {
    let user = User::new();
    let library = bundle_path("constructor");
    user.run(["install", text(&library)]).ok();
    user.run(["trust", CONSTRUCTOR]).ok();
    let registered = user.run(["register", text(&library)]).ok();
    assert!(registered.out.contains("runs process, by default; sandbox: full, may: nothing beyond computing"));
    assert!(!maps(&user, &["register", text(&library)], 0));
}
