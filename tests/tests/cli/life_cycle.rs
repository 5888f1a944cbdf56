//! A bundle's life: installed, refused, trusted, used, replaced, taken back, denied, removed. Each step says what it did and
//! what comes next.

use std::fs;
use std::path::PathBuf;

use ce_tests::fast_bundle;

use crate::support::User;
use crate::text;

const FAST: &str = "core.interval.fast";

/// A user who installed the FAST bundle, and the file.
fn installed() -> (User, PathBuf) {
    let user = User::new();
    let ran = user.run(["install", text(&fast_bundle())]).ok();
    let path = ran.out.lines().next().unwrap().rsplit(": ").next().unwrap();
    (user, path.into())
}

/// The status of an identifier in `ce list`.
fn status(user: &User, identifier: &str) -> String {
    let document: serde_json::Value = serde_json::from_str(&user.run(["list", "--json"]).ok().out).unwrap();
    let items = document["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["identifier"] == identifier);
    item.map_or("absent".into(), |item| match item["reason"].as_str() {
        Some(reason) => format!("{} {reason}", item["status"].as_str().unwrap()),
        None => item["status"].as_str().unwrap().to_owned(),
    })
}

#[test]
fn each_step_says_what_comes_next() {
    let user = User::new();
    assert_eq!(status(&user, FAST), "absent");
    let ran = user.run(["install", text(&fast_bundle())]).ok();
    assert!(ran.out.starts_with("installed `fast-explanations` 0.1.0 (sha256:"), "{}", ran.out);
    let next = ran.out.lines().nth(1).unwrap().strip_prefix("to trust it: ce ").unwrap().to_owned();
    assert!(user.run(["install", text(&fast_bundle())]).ok().out.contains(" is installed already: "));

    assert_eq!(status(&user, FAST), "refused trust.unlisted");
    let ran = user.run(["list"]).ok();
    assert!(ran.out.contains("\n    trust.unlisted: none of its identifiers is listed as trusted\n"), "{}", ran.out);
    assert!(ran.out.contains("\n    remedy: ce trust core.explanation.fast\n"), "{}", ran.out);
    user.ask("explain", &["--mode", "fast"]).fails(1, "trust.unlisted", &["core.explanation.fast", "remedy: ce trust"]);

    let ran = user.run(next.split(' ')).ok();
    assert!(ran.out.starts_with("trusted `fast-explanations` 0.1.0 (sha256:"), "{}", ran.out);
    assert!(
        ran.out.contains("listed: core.explanation.fast, core.interval.fast; to see them: ce list all\n"),
        "{}",
        ran.out
    );
    assert!(user.run(["trust", FAST]).ok().out.contains(" is trusted already\n"));
    assert_eq!(status(&user, FAST), "trusted");
    assert!(user.ask("explain", &["--mode", "fast"]).ok().out.starts_with("instance 0: "));

    let ran = user.run(["untrust", "core.explanation.fast"]).ok();
    assert!(
        ran.out.contains("the bundle `fast-explanations` still runs, since these are listed: core.interval.fast\n")
    );
    assert_eq!(status(&user, "core.explanation.fast"), "unlisted trust.unlisted");
    let ran = user.run(["untrust", FAST]).ok();
    assert!(ran.out.contains("`fast-explanations` is no longer pinned"), "{}", ran.out);
    assert_eq!(status(&user, FAST), "refused trust.unlisted");
    user.run(["untrust", FAST]).fails(1, "policy.not_trusted", &[FAST]);

    let ran = user.run(["deny", FAST]).ok();
    assert!(ran.out.contains("denied `core.interval.fast`; to allow it again, remove it from "), "{}", ran.out);
    assert!(ran.out.contains("refused from now on: "), "{}", ran.out);
    assert!(user.run(["deny", FAST]).ok().out.contains("is denied already"));
    user.run(["trust", FAST]).fails(1, "trust.denied", &["nothing was changed", "is denied by"]);
    user.ask("explain", &["--mode", "fast"]).fails(1, "trust.denied", &["is denied by"]);

    let ran = user.run(["uninstall", "fast-explanations"]).ok();
    assert!(ran.out.starts_with("removed `fast-explanations` (sha256:"), "{}", ran.out);
    assert_eq!(status(&user, FAST), "absent");
    user.run(["uninstall", "fast-explanations"]).fails(1, "policy.unknown", &["fast-explanations"]);
}

#[test]
fn other_bytes_are_refused_until_they_are_accepted() {
    let (user, path) = installed();
    user.run(["trust", FAST]).ok();
    let mut bytes = fs::read(&path).unwrap();
    bytes.push(0);
    fs::write(&path, bytes).unwrap();
    assert_eq!(status(&user, FAST), "refused trust.digest");
    let ran = user.run(["show", FAST]).ok();
    assert!(ran.out.contains("the pinned digest is sha256:"), "{}", ran.out);
    let remedy = ran.out.lines().find(|line| line.trim_start().starts_with("remedy ")).unwrap();
    let (_, remedy) = remedy.split_once(": ce ").expect("the remedy is a command");
    assert!(remedy.ends_with(" --upgrade"), "{remedy}");
    // The user trusts the bundle, so even a run that does without it tells that it is not used.
    let ran = user.ask("explain", &["--mode", "factual", "--output", "f.json"]).ok();
    assert!(ran.err.contains("warning[trust.digest]: not used: "), "{}", ran.err);
    user.run(["trust", FAST]).fails(1, "trust.digest", &["nothing was changed", "--upgrade"]);
    assert_eq!(status(&user, FAST), "refused trust.digest");
    let ran = user.run(remedy.split(' ')).ok();
    assert!(ran.out.contains(" in place of 0.1.0 (sha256:"), "{}", ran.out);
    assert_eq!(status(&user, FAST), "trusted");
}

#[test]
fn one_identifier_alone_may_be_listed() {
    let (user, _) = installed();
    let ran = user.run(["trust", FAST, "--only"]).ok();
    assert!(ran.out.contains("loaded with the bundle and never chosen: core.explanation.fast\n"), "{}", ran.out);
    assert_eq!(status(&user, FAST), "trusted");
    assert_eq!(status(&user, "core.explanation.fast"), "unlisted trust.unlisted");
    let ran = user.ask("explain", &["--mode", "fast"]);
    ran.fails(1, "trust.unlisted", &["this one is not listed", "remedy: ce trust core.explanation.fast"]);
    user.ask("explain", &["--mode", "factual", "--interval-plugin", FAST]).ok();
}

#[test]
fn comments_in_ce_toml_stay() {
    let text = "# mine\n[plugins]\ntrusted = [\n  'a.b', # kept\n]\n\n[plots]\nstyle = 'plot_spec.default' # also\n";
    let user = User::new();
    let path = user.write("own/ce.toml", text);
    let flags = ["--config", path.to_str().unwrap(), "--plugins-dir", "plugins"];
    let run = |arguments: &[&str]| user.run(arguments.iter().chain(&flags)).ok();
    run(&["install", crate::text(&fast_bundle())]);
    run(&["trust", FAST, "--only"]);
    run(&["deny", "c.d"]);
    let edited = fs::read_to_string(&path).unwrap();
    for kept in ["# mine\n", "'a.b', # kept\n", "style = 'plot_spec.default' # also\n", FAST, "c.d"] {
        assert!(edited.contains(kept), "{kept}: {edited}");
    }
    assert!(path.with_file_name("ce.lock").exists());
    run(&["untrust", FAST]);
    assert!(!fs::read_to_string(&path).unwrap().contains(FAST));
}

#[test]
fn a_library_is_trusted_by_its_path_wherever_it_lies() {
    let user = User::new();
    let ran = user.run(["trust", text(&fast_bundle())]).ok();
    assert!(ran.out.starts_with("trusted `fast-explanations`"), "{}", ran.out);
    assert_eq!(status(&user, FAST), "absent", "trusted, but in no plugins directory");
    assert!(user.run(["register", text(&fast_bundle())]).ok().out.starts_with("registered `fast-explanations`"));
}

#[test]
fn what_cannot_be_asked_exits_with_2_and_changes_nothing() {
    let user = User::new();
    user.write("text.so", "no library");
    user.run(["install", "text.so", "--plugins-dir", "new"]).fails(2, "inspect.not_a_library", &["text.so"]);
    user.run(["install", "absent.so"]).fails(2, "inspect.open", &["absent.so"]);
    user.run(["trust", "no name"]).fails(2, "policy.target", &["expected ID"]);
    user.run(["trust", text(&fast_bundle()), "--only"]).fails(2, "policy.only_wants_identifier", &[]);
    user.run(["deny", "a.b@sha256:00"]).fails(2, "policy.target", &[]);
    user.run(["trust", "core.interval.fats"]).fails(1, "policy.unknown", &["`core.interval.fats`", "ce list"]);
    assert_eq!(user.files(), ["text.so"]);
}

#[test]
fn a_denial_that_concerns_nothing_is_made_and_told() {
    let user = User::new();
    let ran = user.run(["deny", "core.interval.fats"]).ok();
    assert!(ran.err.contains("warning[policy.nothing_denied]"), "{}", ran.err);
    assert!(user.run(["deny", "core.interval.legacy"]).ok().err.is_empty(), "a built-in is known");
    assert_eq!(status(&user, "core.interval.legacy"), "denied trust.denied");
}

#[test]
fn a_bundle_that_could_not_be_used_is_not_installed() {
    let user = User::new();
    let builtin = ce_tests::bundle_path("claims_builtin");
    let ran = user.run(["install", text(&builtin), "--plugins-dir", "new"]);
    ran.fails(1, "trust.built_in_identifier", &["nothing was changed"]);
    assert!(user.files().is_empty(), "the directory is not made either");
}

#[test]
fn a_name_of_the_wrong_sort_is_answered_with_the_right_one() {
    let (user, path) = installed();
    let words = ["plugin of the bundle `fast-explanations`", "ce uninstall fast-explanations"];
    user.run(["uninstall", FAST]).fails(1, "policy.is_identifier", &words);
    let words = ["name of a bundle", FAST, "ce trust core.explanation.fast"];
    user.run(["trust", "fast-explanations"]).fails(1, "policy.is_bundle", &words);
    for name in ["fast-explanations", FAST] {
        let words = ["expected the path of a library", &format!("ce register {}", text(&path))];
        user.run(["register", name]).fails(2, "inspect.open", &words);
    }
    let ran = user.run(["trust", "core.interval.legacy"]).ok();
    assert_eq!(ran.out, "`core.interval.legacy` is built in and needs no trust\n");
    let user = user.var("CE_DENY_PLUGIN", "core.interval.legacy");
    user.run(["trust", "core.interval.legacy"]).fails(1, "trust.denied", &["built in and denied by CE_DENY_PLUGIN"]);
}

#[test]
fn a_denied_bundle_is_not_said_to_run() {
    for denied in ["fast-explanations", FAST, "core.explanation.fast"] {
        let (user, _) = installed();
        user.run(["trust", FAST]).ok();
        user.run(["deny", denied]).ok();
        let ran = user.run(["untrust", FAST]).ok();
        assert!(!ran.out.contains("still runs"), "{}", ran.out);
        assert!(ran.out.contains(&format!("does not run, since `{denied}` is denied by ")), "{}", ran.out);
    }
}

#[test]
fn an_installed_copy_that_is_refused_by_the_new_pin_is_told_of() {
    let (user, path) = installed();
    user.run(["trust", FAST]).ok();
    let mut bytes = fs::read(&path).unwrap();
    bytes.push(0);
    let new = user.path("libnew.so");
    fs::write(&new, bytes).unwrap();
    let ran = user.run(["trust", text(&new), "--upgrade"]).ok();
    let told = ran.out.lines().last().unwrap();
    for word in [text(&path), "refused now", "ce uninstall fast-explanations", &format!("ce install {}", text(&new))] {
        assert!(told.contains(word), "{word}: {}", ran.out);
    }
    assert_eq!(status(&user, FAST), "refused trust.digest");
    user.run(["uninstall", "fast-explanations"]).ok();
    let ran = user.run(["install", text(&new)]).ok();
    assert!(ran.out.ends_with("it is trusted already (basis: lock)\n"), "{}", ran.out);
    assert_eq!(status(&user, FAST), "trusted");
    assert!(!user.run(["trust", text(&new)]).ok().out.contains("refused now"));
}

#[test]
fn a_refusal_is_told_once() {
    let (user, path) = installed();
    user.run(["trust", FAST]).ok();
    let mut bytes = fs::read(&path).unwrap();
    bytes.push(0);
    fs::write(&path, bytes).unwrap();
    let ran = user.ask("explain", &["--mode", "fast"]).fails(1, "trust.digest", &["the pinned digest is"]);
    assert!(!ran.err.contains("warning["), "{}", ran.err);
    let ran = user.ask("predict", &["--interval-plugin", "third.interval.absent"]).fails(1, "route.unknown", &[]);
    assert!(ran.err.contains("warning[trust.digest]"), "{}", ran.err);
}

#[test]
fn an_option_that_a_flag_gave_is_refused_with_the_flag() {
    let user = User::new();
    user.run(["install", text(&ce_tests::bundle_path("panics"))]).ok();
    user.run(["trust", "test.interval.panics"]).ok();
    let ran = user.ask("predict", &["--interval-plugin", "test.interval.panics", "--summary", "mean"]);
    ran.fails(2, "option.invalid", &["test.interval.panics", "(`summary` is what --summary gives)"]);
}
