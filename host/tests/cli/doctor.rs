//! `ce doctor` where nothing is installed, where the installation is broken, and of files that are no bundles.

use std::fs;

use serde_json::Value;

use crate::support::{Ran, User};

/// The least of a sandbox is asked for, so that the answer does not depend on the kernel of whoever runs the tests.
const HELD_BY_LITTLE: &str = "[isolation]\nmin_sandbox = \"none\"\n";

fn document(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap()
}

fn codes(findings: &Value, severity: &str) -> Vec<String> {
    let findings = findings.as_array().unwrap().iter().filter(|finding| finding["severity"] == severity);
    findings.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_empty_installation_is_in_order_and_stays_as_it_is() {
    let user = User::new().config(HELD_BY_LITTLE);
    let ran = user.run(["doctor"]).ok();
    assert!(ran.out.starts_with("installation\n"), "{}", ran.out);
    assert!(ran.out.contains("no fault: 0 faults, "), "{}", ran.out);
    assert!(ran.err.is_empty());
    let document = document(&user.run(["doctor", "--json"]).ok());
    assert_eq!(document["schema_version"], "1.1.0");
    assert_eq!(document["n_faults"], 0);
    assert_eq!(document["bundles"], Value::Array(vec![]));
    let fine = codes(&document["installation"], "fine");
    for code in ["config", "lock", "plugins_dir", "state_dir", "cache_dir", "worker", "quarantine"] {
        assert!(fine.contains(&format!("doctor.{code}")), "{fine:?}");
    }
    assert!(!user.path("../.local").exists(), "looking makes nothing");
}

#[test]
fn a_configuration_that_cannot_be_read_is_an_answer() {
    let ran = User::new().config("[plugins]\ntrusted = 3\n").run(["doctor", "--json"]);
    assert_eq!(ran.status, 1, "{ran:#?}");
    assert!(ran.err.starts_with("error[doctor.fault]: "), "{}", ran.err);
    let document = document(&ran);
    assert_eq!(codes(&document["installation"], "fault"), ["doctor.config"]);
    let finding = &document["installation"][0];
    assert!(finding["reason"].as_str().unwrap().starts_with("config."), "{finding}");
    assert!(finding["cause"].as_str().unwrap().contains("ce.toml:2"), "{finding}");
}

#[test]
fn a_plugins_directory_that_is_named_and_gone_is_a_fault() {
    let ran = User::new().config(HELD_BY_LITTLE).run(["doctor", "--json", "--plugins-dir", "gone"]);
    assert_eq!(ran.status, 1);
    let faults = codes(&document(&ran)["installation"], "fault");
    assert_eq!(faults, ["doctor.plugins_dir", "doctor.plugins_dir"], "the directory, and that nothing can be judged");
}

#[test]
fn a_file_is_looked_at_by_its_path_wherever_it_lies_also_beside_a_broken_configuration() {
    for user in [User::new(), User::new().config("[plugins]\ntrusted = 3\n")] {
        user.write("text.so", "no library");
        let ran = user.run(["doctor", "text.so", "--json"]);
        assert_eq!(ran.status, 1);
        let document = document(&ran);
        let bundle = &document["bundles"][0];
        assert_eq!(bundle["path"], "text.so");
        assert_eq!(codes(&bundle["findings"], "fault"), ["doctor.library"]);
        assert_eq!(bundle["findings"][0]["reason"], "inspect.not_a_library");
    }
}

#[test]
fn every_file_of_the_plugins_directories_is_looked_at() {
    let user = User::new();
    user.write("plugins/a.so", "no library");
    fs::write(user.path("plugins/b.so"), b"\x7fELF\x02\x01\x01").unwrap();
    let ran = user.run(["doctor", "--json", "--plugins-dir", "plugins"]);
    assert_eq!(ran.status, 1);
    let document = document(&ran);
    let paths = document["bundles"].as_array().unwrap().iter().map(|bundle| bundle["path"].as_str().unwrap());
    let names: Vec<&str> = paths.map(|path| path.rsplit('/').next().unwrap()).collect();
    assert_eq!(names, ["a.so", "b.so"]);
}

#[test]
fn what_is_not_there_cannot_be_asked_about() {
    let user = User::new();
    user.run(["doctor", "gone.so"]).fails(2, "inspect.open", &["gone.so"]);
    user.run(["doctor", "some.plugin"]).fails(2, "doctor.unknown", &["some.plugin", "ce list"]);
    let ran = user.run(["doctor", "core.explanation.factual"]).ok();
    assert!(ran.out.contains("compiled into this host"), "{}", ran.out);
}
