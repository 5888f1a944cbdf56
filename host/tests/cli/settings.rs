//! Configuration that is wrong: an error with its place, whatever the command, and nothing is done.

use crate::support::{Ran, User};

/// Every command that reads the configuration.
fn everywhere(user: &User) -> Vec<Ran> {
    let library = user.write("plugins/none.so", "");
    let library = library.to_str().unwrap();
    let mut all = vec![user.ask("explain", &["--mode", "factual", "--output", "f.json"])];
    all.push(user.ask("predict", &["--output", "f.json"]));
    for arguments in [
        &["list"][..],
        &["show", "plot_spec.default"],
        &["uninstall", "fast"],
        &["trust", "a.b"],
        &["untrust", "a.b"],
        &["deny", "a.b"],
        &["register", library],
    ] {
        all.push(user.run(arguments));
    }
    assert!(!user.files().contains(&"f.json".to_owned()));
    all
}

#[test]
fn a_malformed_ce_toml_stops_every_command() {
    for ran in everywhere(&User::new().config("[plots]\nstyle = \n")) {
        ran.fails(2, "config.syntax", &["ce.toml:2:9"]);
    }
}

#[test]
fn an_unknown_key_or_section_stops_every_command() {
    for ran in everywhere(&User::new().config("[intervals]\ndefualt = 'a'\n")) {
        ran.fails(2, "config.unknown_key", &["ce.toml:2:1", "`defualt`", "did you mean `default`?"]);
    }
    for ran in everywhere(&User::new().config("[interval]\n")) {
        ran.fails(2, "config.unknown_section", &["ce.toml:1:2", "did you mean `intervals`?"]);
    }
}

#[test]
fn an_unknown_variable_stops_every_command() {
    for ran in everywhere(&User::new().var("CE_INTERVALL_PLUGIN", "core.interval.legacy")) {
        ran.fails(2, "config.unknown_variable", &["`CE_INTERVALL_PLUGIN`", "did you mean `CE_INTERVAL_PLUGIN`?"]);
    }
}

#[test]
fn a_projects_ce_toml_that_grants_is_an_error_and_grants_nothing() {
    for (text, key) in [
        ("[plugins]\ntrusted = ['a.b']\n", "plugins.trusted"),
        ("[plugins]\ndirs = ['here']\n", "plugins.dirs"),
        ("[intervals]\ndefault_fallbacks = ['a.b']\n", "intervals.default_fallbacks"),
    ] {
        let user = User::new();
        user.write("ce.toml", text);
        for ran in everywhere(&user) {
            ran.fails(2, "config.project_forbidden", &["ce.toml:2:1", key, "user's own ce.toml"]);
        }
    }
}

#[test]
fn a_named_file_or_directory_must_be_there() {
    let user = User::new();
    user.run(["list", "--config", "absent.toml"]).fails(2, "config.file_missing", &["--config", "absent.toml"]);
    user.run(["list", "--plugins-dir", "absent"]).fails(2, "discover.not_found", &["absent", "the call"]);
    let user = user.var("CE_PLUGINS_DIR", "absent");
    user.run(["list"]).fails(2, "discover.not_found", &["absent", "CE_PLUGINS_DIR"]);
}

#[test]
fn arguments_that_make_no_sense_exit_with_2() {
    let user = User::new();
    for arguments in [
        &[][..],
        &["explode"],
        &["list", "nothing"],
        &["explain", "--mode", "slow"],
        &["predict"],
        &["telemetry"],
        &["trust"],
    ] {
        let ran = user.run(arguments);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{ran:#?}");
        let is_told = ran.err.starts_with("error[usage]: ") || ran.err.contains("Usage: ce");
        assert!(is_told, "{ran:#?}");
    }
    for option in ["a.b.c", "c=1"] {
        let ran = user.ask("predict", &["--option", option]);
        assert_eq!(ran.status, 2);
        assert!(ran.err.contains("expected ID.KEY=VALUE"), "{ran:#?}");
    }
    for (flag, value, words) in [
        ("--threads", "0", "expected at least 1"),
        ("--threads", "-1", "expected at least 1"),
        ("--threads", "many", "expected at least 1"),
        ("--chunk-rows", "0", "expected at least 1"),
        ("--seed", "-1", "expected a whole number from 0"),
        ("--batch-id", "", "--batch-id"),
    ] {
        user.ask("predict", &[flag, value]).fails(2, "usage", &[words]);
    }
}

#[test]
fn help_and_version_are_data() {
    let user = User::new();
    assert!(user.run(["--help"]).ok().out.contains("Exit status"));
    assert!(user.run(["explain", "--help"]).ok().out.contains("--condition-source"));
    assert!(user.run(["--version"]).ok().out.starts_with("ce "));
}

#[test]
fn a_denial_that_matches_nothing_is_told_with_the_nearest_name() {
    let user = User::new().var("CE_DENY_PLUGIN", "core.interval.legaci");
    let words = "`core.interval.legaci` from CE_DENY_PLUGIN matches no plugin and no bundle here; did you mean \
                 `core.interval.legacy`?";
    let listed = user.run(["list"]).ok();
    assert!(listed.out.contains(words), "{}", listed.out);
    let explained = user.ask("explain", &["--mode", "factual"]).ok();
    assert!(explained.err.contains(words), "{}", explained.err);
}
