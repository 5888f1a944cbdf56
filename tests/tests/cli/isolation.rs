//! What `ce show` and `ce list` tell of where a bundle runs, and what to write where.

use ce_tests::fast_bundle;
use serde_json::{Value, json};

use crate::support::User;
use crate::{configure, text};

const FAST: &str = "core.interval.fast";

/// A user who trusts the FAST bundle, and says this under `[isolation]`.
fn user(isolation: &str) -> User {
    let user = User::new();
    user.run(["install", text(&fast_bundle())]).ok();
    user.run(["trust", FAST]).ok();
    configure(&user, &format!("[isolation]\n{isolation}"));
    user
}

fn config(user: &User) -> std::path::PathBuf {
    user.run(["config", "path"]).ok().out.trim_end().into()
}

fn shown(user: &User, fact: &str) -> Option<String> {
    let out = user.run(["show", FAST]).ok().out;
    let line = out.lines().find_map(|line| line.trim_start().strip_prefix(fact)?.strip_prefix("  "))?;
    Some(line.trim_start().to_owned())
}

fn document(user: &User) -> Value {
    let document: Value = serde_json::from_str(&user.run(["show", FAST, "--json"]).ok().out).unwrap();
    document["items"][0].clone()
}

fn listed(user: &User) -> String {
    let out = user.run(["list", "intervals"]).ok().out;
    out.lines().find(|line| line.contains(FAST)).unwrap().to_owned()
}

#[cfg(target_os = "linux")]
#[test]
fn a_bundle_that_nobody_named_is_held_and_the_line_that_lets_it_in_is_told() {
    let user = user("");
    assert_eq!(shown(&user, "isolation").unwrap(), "process, by default");
    let line = shown(&user, "in-process").unwrap();
    let file = config(&user);
    let told = format!("only with \"fast-explanations\" = \"in-process\" under [isolation] in {}", file.display());
    assert!(line.starts_with(&told), "{line}");
    assert_eq!(shown(&user, "asks for").unwrap(), "nothing beyond computing");
    let document = document(&user);
    let isolation = &document["isolation"];
    assert_eq!((&isolation["mode"], &isolation["named_by"]), (&json!("process"), &json!("default")));
    assert_eq!(document["permissions"], json!({"asked": [], "granted": [], "granted_by": null}));
    assert!(!listed(&user).contains("in-process"));

    // What it says can be written as it stands.
    configure(&user, "\"fast-explanations\" = \"in-process\"");
    assert_eq!(shown(&user, "isolation").unwrap(), format!("in-process, by the bundle's name in {}", file.display()));
    assert_eq!(shown(&user, "in-process"), None);
}

#[cfg(target_os = "linux")]
#[test]
fn a_bundle_that_is_let_in_is_marked_and_told_with_who_said_so() {
    let user = user("'core.explanation.fast' = 'in-process'");
    let told = shown(&user, "isolation").unwrap();
    assert!(told.starts_with("in-process, by `core.explanation.fast` in "), "{told}");
    assert!(told.ends_with("which takes the whole bundle along"), "{told}");
    assert_eq!(shown(&user, "granted").unwrap(), "all that the host may, since it runs in the host's process");
    assert!(listed(&user).contains("fast-explanations 0.1.0, in-process"), "{}", listed(&user));
    let isolation = document(&user)["isolation"].clone();
    assert_eq!(
        (&isolation["because"], &isolation["identifier"]),
        (&json!("identifier"), &json!("core.explanation.fast"))
    );
    assert!(isolation["named_by"].as_str().unwrap().starts_with("config:"));
}

#[cfg(target_os = "linux")]
#[test]
fn identifiers_in_different_places_are_told_with_the_code() {
    let user = user("'core.explanation.fast' = 'in-process'\n'core.interval.fast' = 'process'");
    let told = shown(&user, "isolation").unwrap();
    assert!(told.starts_with("isolation.mixed: the bundle `fast-explanations` runs in one place"), "{told}");
    let isolation = document(&user)["isolation"].clone();
    assert_eq!((&isolation["mode"], &isolation["problem"]["code"]), (&Value::Null, &json!("isolation.mixed")));
    assert!(listed(&user).contains(", isolation.mixed"), "{}", listed(&user));
}

#[test]
fn permissions_that_nobody_asked_for_and_names_that_match_nothing_are_told() {
    let user = user("'core.interval.fsat' = 'process'\npermissions.fast-explanations = ['network']");
    if cfg!(target_os = "linux") {
        let note = shown(&user, "note").unwrap();
        assert_eq!(note, "granted without being asked for, and not given: network");
        assert!(shown(&user, "granted").unwrap().starts_with("network (by "));
    }
    assert_eq!(document(&user)["permissions"]["granted"], json!(["network"]));
    let out = user.run(["list"]).ok().out;
    let idle = "`isolation.\"core.interval.fsat\"` from ";
    let line = out.lines().find(|line| line.contains(idle)).unwrap_or_else(|| panic!("{out}"));
    assert!(line.ends_with("did you mean `core.interval.fast`?"), "{line}");
}

#[test]
fn what_is_built_in_runs_where_it_is_compiled_in() {
    let user = User::new();
    let shown: Value = serde_json::from_str(&user.run(["show", "core.interval.legacy", "--json"]).ok().out).unwrap();
    assert_eq!((&shown["items"][0]["isolation"], &shown["items"][0]["permissions"]), (&Value::Null, &Value::Null));
}
