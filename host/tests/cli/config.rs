//! `ce config`: what counts and who says so, and which file grants.

use std::fs;

use serde_json::{Value, json};

use crate::support::User;

fn document(user: &User, arguments: &[&str]) -> Value {
    serde_json::from_str(&user.run(arguments).ok().out).unwrap()
}

fn setting<'a>(document: &'a Value, key: &str) -> (&'a Value, &'a str) {
    let settings = document["settings"].as_array().unwrap();
    let setting = settings.iter().find(|setting| setting["key"] == key).unwrap_or_else(|| panic!("no `{key}`"));
    (&setting["value"], setting["named_by"].as_str().unwrap())
}

fn home(user: &User) -> std::path::PathBuf {
    user.path("").parent().unwrap().to_owned()
}

#[test]
fn the_file_that_grants_is_printed_whether_it_is_there_or_not() {
    let user = User::new();
    let usual = home(&user).join(".config/ce/ce.toml");
    let ran = user.run(["config", "path"]).ok();
    assert_eq!(ran.out, format!("{}\n", usual.display()));
    assert!(ran.err.contains("there is no such file yet; `ce trust` makes it"), "{}", ran.err);
    assert!(!usual.exists());
    let user = user.config("");
    let ran = user.run(["config", "path"]).ok();
    assert_eq!((ran.out, ran.err), (format!("{}\n", usual.display()), String::new()));
}

#[test]
fn the_file_that_grants_is_the_one_that_was_named() {
    let user = User::new();
    let ran = user.run(["config", "path", "--config", "other.toml"]).ok();
    assert_eq!(ran.out, format!("{}\n", home(&user).canonicalize().unwrap().join("work/other.toml").display()));
    assert!(ran.err.contains("other commands refuse to run while the call names it"), "{}", ran.err);
    let user = User::new().var("CE_CONFIG", "/nowhere/ce.toml");
    let ran = user.run(["config", "path"]).ok();
    assert_eq!(ran.out, "/nowhere/ce.toml\n");
    assert!(ran.err.contains("CE_CONFIG names it"), "{}", ran.err);
}

#[test]
fn the_path_is_told_also_of_a_file_that_is_malformed() {
    let user = User::new().config("[isolation\n");
    assert!(user.run(["config", "path"]).ok().out.ends_with("/.config/ce/ce.toml\n"));
    for arguments in [&["config"][..], &["config", "show"], &["config", "--json"], &["quarantine", "list"]] {
        user.run(arguments).fails(2, "config.syntax", &["ce.toml:1:11"]);
    }
}

#[test]
fn what_nobody_set_is_shown_with_its_default() {
    let user = User::new();
    let document = document(&user, &["config", "--json"]);
    assert_eq!((&document["schema_version"], &document["project_file"]), (&json!("1.1.0"), &Value::Null));
    let file = &document["user_file"];
    assert_eq!((&file["named_by"], &file["exists"]), (&json!("default"), &json!(false)));
    for (key, value) in [
        ("isolation.default", json!("process")),
        ("isolation.min_sandbox", json!("full")),
        ("isolation.memory_mib", json!(4096)),
        ("isolation.deadlines.fit", json!(600)),
        ("telemetry.level", json!("off")),
    ] {
        assert_eq!(setting(&document, key), (&value, "default"), "{key}");
    }
}

#[test]
fn every_value_is_shown_with_who_gave_it() {
    let config = "[isolation]\n'core.interval.fast' = 'in-process'\nworker = 'ce'\nmemory_mib = 512\n\
                  deadlines.step = 0.5\npermissions.a-bundle = ['network']\n[plugins]\ndenied = ['a.b']\n";
    let user = User::new().config(config).var("CE_PLOT_STYLE", "legacy");
    user.write("ce.toml", "[telemetry]\nlevel = 'full'\n");
    let document = document(&user, &["config", "show", "--json", "--plugins-dir", "bundles"]);
    let file = document["user_file"]["path"].as_str().unwrap().to_owned();
    let by_user = format!("config:{file}");
    let worker = std::path::Path::new(&file).with_file_name("ce");
    for (key, value) in [
        ("isolation.\"core.interval.fast\"", json!("in-process")),
        ("isolation.worker", json!(worker)),
        ("isolation.memory_mib", json!(512)),
        ("isolation.deadlines.step", json!(0.5)),
        ("isolation.permissions.\"a-bundle\"", json!(["network"])),
        ("plugins.denied", json!("a.b")),
    ] {
        assert_eq!(setting(&document, key), (&value, by_user.as_str()), "{key}");
    }
    assert_eq!(setting(&document, "plots.style"), (&json!("legacy"), "env:CE_PLOT_STYLE"));
    assert_eq!(setting(&document, "plugins.dirs").1, "call");
    let (level, named_by) = setting(&document, "telemetry.level");
    assert_eq!((level, named_by.starts_with("project:")), (&json!("full"), true));
    assert!(document["project_file"].as_str().unwrap().ends_with("work/ce.toml"));

    let text = user.run(["config", "show"]).ok().out;
    assert_eq!(text, user.run(["config"]).ok().out);
    let line = text.lines().find(|line| line.starts_with("isolation.\"core.interval.fast\"")).unwrap();
    assert!(line.contains("  in-process  ") && line.ends_with(&by_user), "{line}");
    assert!(text.starts_with(&format!("your ce.toml       {file}\n")), "{text}");
}

#[test]
fn a_project_that_speaks_of_isolation_is_refused_with_the_place() {
    let user = User::new();
    let project = user.write("ce.toml", "\n[isolation]\ndefault = 'process'\n");
    let place = format!("{}:2:2: `isolation`", project.canonicalize().unwrap().display());
    for arguments in [&["config"][..], &["list"], &["quarantine", "list"]] {
        user.run(arguments).fails(2, "config.project_forbidden", &[&place, "move it there or remove it"]);
    }
    fs::remove_file(project).unwrap();
    user.run(["config"]).ok();
}

#[test]
fn without_a_home_there_is_no_file_that_grants() {
    let user = User::new();
    let run = |arguments: &[&str]| {
        let output = user.command(arguments).env("HOME", "").output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    // Where the system knows the user's home by another way, that one counts.
    let (status, out, err) = run(&["config", "path"]);
    assert!(
        status == Some(0) && out.ends_with("ce.toml\n") || status == Some(2) && err.contains("config.no_home"),
        "{err}"
    );
}
