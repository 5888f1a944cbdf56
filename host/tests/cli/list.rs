//! `ce list` where nothing is installed, and where what lies in the plugins directory is no bundle.

use serde_json::Value;

use crate::support::User;

fn document(user: &User, arguments: &[&str]) -> Value {
    let ran = user.run([&["list", "--json"], arguments].concat()).ok();
    serde_json::from_str(&ran.out).unwrap()
}

fn identifiers(document: &Value) -> Vec<&str> {
    document["items"].as_array().unwrap().iter().map(|item| item["identifier"].as_str().unwrap()).collect()
}

#[test]
fn the_built_ins_are_always_there() {
    let ran = User::new().run(["list"]).ok();
    let mut lines = ran.out.lines();
    assert_eq!(
        lines.next().unwrap().split_whitespace().collect::<Vec<_>>().join(" "),
        "KIND IDENTIFIER VERSION STATUS BUNDLE SERVES"
    );
    for line in lines {
        assert!(line.contains("  built-in  "), "{line}");
        assert_eq!(line, line.trim_end());
    }
    assert!(ran.err.is_empty());
    assert_eq!(ran.out, User::new().run(["list", "all"]).ok().out);
    assert!(!ran.out.contains('\u{1b}'), "no colour");
}

#[test]
fn each_group_is_listed_alone() {
    let user = User::new();
    for (group, kind, expected) in [
        ("explanations", "explanation", &["core.explanation.factual"][..]),
        ("intervals", "interval", &["core.interval.legacy"]),
        ("learners", "learner", &["core.learner.portable"]),
        ("plot-builders", "plot-builder", &["core.plot.plot_spec.default"]),
        ("plot-renderers", "plot-renderer", &["core.plot.plot_spec.default"]),
        ("plots", "plot-style", &["plot_spec.default", "plot_spec.default.factual"]),
    ] {
        let document = document(&user, &[group]);
        let found = identifiers(&document);
        assert!(expected.iter().all(|identifier| found.contains(identifier)), "{group}: {found:?}");
        assert!(document["items"].as_array().unwrap().iter().all(|item| item["kind"] == kind), "{document}");
    }
}

#[test]
fn the_document_says_what_each_thing_is() {
    let document = document(&User::new(), &["explanations"]);
    assert_eq!(document["schema_version"], "1.1.0");
    assert_eq!(document["directories"][0]["named_by"], "default");
    let items = document["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["identifier"] == "core.explanation.factual").unwrap();
    assert_eq!(
        (&item["status"], &item["basis"], &item["reason"]),
        (&"built-in".into(), &"compiled_in".into(), &Value::Null)
    );
    assert_eq!((&item["bundle"], &item["modes"][0]), (&"builtin".into(), &"factual".into()));
}

#[test]
fn what_is_no_library_is_told_and_not_trusted() {
    let user = User::new();
    user.write("plugins/text.so", "not a library");
    user.write("plugins/readme.txt", "not looked at");
    let ran = user.run(["list", "--plugins-dir", "plugins"]).ok();
    assert!(ran.out.contains("\nno libraries:\n"), "{}", ran.out);
    assert!(ran.out.contains("text.so") && !ran.out.contains("readme"), "{}", ran.out);
    assert!(!user.run(["list", "--plugins-dir", "plugins", "--trusted-only"]).ok().out.contains("text.so"));
    let document = document(&user, &["--plugins-dir", "plugins"]);
    assert_eq!(document["directories"][0]["named_by"], "call");
    assert!(document["unreadable"][0]["path"].as_str().unwrap().ends_with("text.so"));
}

#[test]
fn a_denied_built_in_is_listed_as_such_and_missed_by_those_who_need_it() {
    let user = User::new().var("CE_DENY_PLUGIN", "core.interval.legacy");
    let ran = user.run(["list"]).ok();
    let line = ran.out.lines().find(|line| line.contains("core.interval.legacy")).unwrap();
    assert!(line.contains("  denied  "), "{line}");
    let warning = "explanation core.explanation.factual: wants the calibrator `core.interval.legacy`, which is denied by CE_DENY_PLUGIN\n";
    assert!(ran.out.contains(warning), "{}", ran.out);
    let document = document(&user, &["--trusted-only"]);
    assert!(!identifiers(&document).contains(&"core.interval.legacy"));
}
