//! `ce register`: what a bundle announced beside what it registered, or why it was not admitted.

use ce_tests::{bundle_path, fast_bundle};

use crate::support::User;
use crate::text;

#[test]
fn a_trusted_bundle_is_admitted() {
    let user = User::new();
    user.run(["trust", text(&fast_bundle())]).ok();
    let ran = user.run(["register", text(&fast_bundle())]).ok();
    assert!(ran.out.starts_with("registered `fast-explanations` 0.1.0 (trusted, basis: lock, sha256:"), "{}", ran.out);
    let row = ran.out.lines().find(|line| line.contains("core.interval.fast")).unwrap();
    let cells: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(cells, ["interval", "core.interval.fast", "interval", "core.interval.fast", "yes"]);
}

#[test]
fn what_is_not_trusted_is_not_admitted() {
    let user = User::new();
    let ran = user.run(["register", text(&fast_bundle())]);
    ran.fails(1, "trust.unlisted", &["fast-explanations", "ce trust core.explanation.fast"]);
    user.write("text.so", "no library");
    user.run(["register", "text.so"]).fails(2, "inspect.not_a_library", &["text.so"]);
    user.run(["register", "absent.so"]).fails(2, "inspect.open", &["absent.so"]);
}

#[test]
fn what_registers_something_else_than_it_announced_is_not_admitted() {
    for (name, code, words) in [
        ("unannounced", "load.differs", &["test-unannounced", "does not announce"][..]),
        ("missing", "load.differs", &["did not register"]),
        ("twice", "load.differs", &["twice"]),
        ("panics_register", "load.register", &["register() failed"]),
        ("refuses_register", "load.register", &["register() failed"]),
    ] {
        let user = User::new();
        let library = bundle_path(name);
        user.run(["trust", text(&library)]).ok();
        user.run(["register", text(&library)]).fails(1, code, words);
    }
}

#[test]
fn a_trusted_bundle_that_cannot_be_loaded_is_told_of_and_ends_no_run() {
    let user = User::new();
    user.run(["install", text(&bundle_path("unannounced"))]).ok();
    user.run(["trust", "test.interval.announced"]).ok();
    let ran = user.ask("explain", &["--mode", "factual", "--output", "f.json"]).ok();
    assert!(ran.err.contains("warning[load.differs]: bundle `test-unannounced`"), "{}", ran.err);
    let ran = user.ask("explain", &["--mode", "factual", "--interval-plugin", "test.interval.announced"]);
    assert_eq!(ran.status, 1);
    assert!(ran.err.contains("error[load.differs]"), "{}", ran.err);
}
