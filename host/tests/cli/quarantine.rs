//! `ce quarantine`: what is held back and why, and letting it go.

use std::fs;
use std::path::{Path, PathBuf};

use ce_host::bundle::Digest;
use ce_host::quarantine::{Incident, Quarantine};
use serde_json::{Value, json};

use crate::support::User;

fn file(user: &User) -> PathBuf {
    user.path("").parent().unwrap().join(".local/state/ce/quarantine.json")
}

fn digest(bytes: &[u8]) -> String {
    Digest::of(bytes).to_string()
}

/// Records an incident of the bundle with these bytes.
fn record(user: &User, bytes: &[u8], bundle: &str) {
    let incident = Incident {
        digest: Digest::of(bytes),
        bundle,
        path: Path::new("/plugins/a.so"),
        reason: "worker.crashed",
        detail: "signal 11 within `fit`",
    };
    Quarantine::at(file(user)).record(&incident).unwrap();
}

fn write(user: &User, text: &str) {
    fs::create_dir_all(file(user).parent().unwrap()).unwrap();
    fs::write(file(user), text).unwrap();
}

fn entries(user: &User, arguments: &[&str]) -> Vec<Value> {
    let ran = user.run([&["quarantine"], arguments, &["--json"]].concat()).ok();
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["schema_version"], "1.1.0");
    assert_eq!(document["file"], json!(file(user)));
    document["entries"].as_array().unwrap().clone()
}

#[test]
fn nothing_is_held_where_nothing_happened_and_asking_makes_no_file() {
    let user = User::new();
    assert_eq!(user.run(["quarantine", "list"]).ok().out, "nothing is in quarantine\n");
    assert!(entries(&user, &["list"]).is_empty());
    assert!(!file(&user).exists());
}

#[test]
fn what_is_held_is_listed_with_reason_count_and_end() {
    let user = User::new();
    record(&user, b"a", "a-bundle");
    record(&user, b"a", "a-bundle");
    let out = user.run(["quarantine", "list"]).ok().out;
    let [head, line] = out.lines().collect::<Vec<_>>().try_into().unwrap();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(head), ["BUNDLE", "DIGEST", "STATE", "UNTIL", "COUNT", "REASON"]);
    let words = words(line);
    assert_eq!(
        (&words[0][..], &words[2][..], &words[4..]),
        ("a-bundle", "held", &["2".into(), "worker.crashed".into()][..])
    );
    assert!(digest(b"a").starts_with(&words[1]) && words[3].ends_with('Z'), "{line}");
    assert_eq!(
        user.run(["quarantine", "show", &words[1]]).ok().out,
        user.run(["quarantine", "show", "a-bundle"]).ok().out
    );

    let [entry] = entries(&user, &["list"]).try_into().unwrap();
    assert_eq!((&entry["state"], &entry["count"], &entry["suspected"]), (&json!("held"), &json!(2), &json!(0)));
    assert_eq!((&entry["digest"], &entry["bundle"]), (&json!(digest(b"a")), &json!("a-bundle")));
    assert_eq!(entry["until"].as_str().unwrap(), words[3]);
}

#[test]
fn all_that_is_known_is_shown_with_the_remedy() {
    let user = User::new();
    record(&user, b"a", "a-bundle");
    record(&user, b"b", "b-bundle");
    let out = user.run(["quarantine", "show", "a-bundle"]).ok().out;
    assert!(out.starts_with("a-bundle\n  state      held\n"), "{out}");
    let release = format!("run `ce quarantine release {}`", digest(b"a"));
    for word in ["signal 11 within `fit`", "/plugins/a.so", &release, "(this one is 0.1.0)", &digest(b"a")] {
        assert!(out.contains(word), "`{word}`: {out}");
    }
    assert!(!out.contains("b-bundle"));
    let [entry] = entries(&user, &["show", &digest(b"b")[..15]]).try_into().unwrap();
    assert_eq!(entry["bundle"], "b-bundle");
}

#[test]
fn a_bundle_is_released_and_said_so() {
    let user = User::new();
    record(&user, b"a", "a-bundle");
    record(&user, b"b", "b-bundle");
    let ran = user.run(["quarantine", "release", "a-bundle"]).ok();
    assert_eq!(ran.out, format!("released `a-bundle` ({})\n", digest(b"a")));
    user.run(["quarantine", "release", "a-bundle"]).fails(1, "quarantine.unknown", &["did you mean `b-bundle`?"]);
    assert_eq!(entries(&user, &["list"]).len(), 1);
    assert_eq!(
        user.run(["quarantine", "release", "--all"]).ok().out,
        format!("released `b-bundle` ({})\n", digest(b"b"))
    );
    assert_eq!(user.run(["quarantine", "release", "--all"]).ok().out, "nothing is in quarantine\n");
}

#[test]
fn what_names_nothing_is_answered_with_no() {
    let user = User::new();
    record(&user, b"a", "a-bundle");
    for command in ["show", "release"] {
        user.run(["quarantine", command, "zzz"]).fails(1, "quarantine.unknown", &["`ce quarantine list`"]);
        user.run(["quarantine", command, ""]).fails(1, "quarantine.unknown", &[]);
        user.run(["quarantine", command, "sha256:12"]).fails(
            2,
            "quarantine.target",
            &["at least 4 hexadecimal digits"],
        );
        user.run(["quarantine", command]).fails(2, "usage", &["BUNDLE"]);
    }
    user.run(["quarantine", "release", "a-bundle", "--all"]).fails(2, "usage", &["--all"]);
    user.run(["quarantine"]).status.eq(&2).then_some(()).unwrap();
    assert_eq!(entries(&user, &["list"]).len(), 1);
}

#[test]
fn a_file_that_is_no_quarantine_is_an_error_until_all_is_released() {
    let user = User::new();
    write(&user, "damaged");
    for arguments in [&["list"][..], &["list", "--json"], &["show", "a"], &["release", "a"]] {
        let ran = user.run([&["quarantine"], arguments].concat());
        ran.fails(2, "quarantine.malformed", &["quarantine.json", "`ce quarantine release --all`"]);
    }
    let ran = user.run(["quarantine", "release", "--all"]).ok();
    assert!(
        ran.out.contains("quarantine.json was malformed, and is empty now\nnothing is in quarantine\n"),
        "{}",
        ran.out
    );
    assert_eq!(user.run(["quarantine", "list"]).ok().out, "nothing is in quarantine\n");
    write(&user, r#"{"schema_version": "2.0.0"}"#);
    for arguments in [&["list"][..], &["release", "--all"]] {
        let ran = user.run([&["quarantine"], arguments].concat());
        ran.fails(2, "quarantine.schema_version", &["found 2.0.0", "use the version of ce that wrote it"]);
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_everybody_can_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let user = User::new();
    record(&user, b"a", "a-bundle");
    fs::set_permissions(file(&user), fs::Permissions::from_mode(0o666)).unwrap();
    for arguments in [&["list"][..], &["release", "--all"]] {
        user.run([&["quarantine"], arguments].concat()).fails(2, "quarantine.world_writable", &["chmod o-w"]);
    }
}

#[test]
fn what_other_hosts_held_and_what_is_suspected_are_told_apart() {
    let user = User::new();
    let time = "2026-01-31T12:00:00Z";
    let of_another_host =
        json!({"digest": digest(b"a"), "host_version": "0.0.9", "count": 1, "first": time, "last": time});
    let suspected =
        json!({"digest": digest(b"b"), "host_version": "0.1.0", "suspected": 1, "first": time, "last": time});
    write(&user, &json!({"schema_version": "1.0.0", "entries": [of_another_host, suspected]}).to_string());
    let mut states: Vec<String> =
        entries(&user, &["list"]).iter().map(|entry| entry["state"].as_str().unwrap().to_owned()).collect();
    states.sort();
    assert_eq!(states, ["other_host", "suspected"]);
    let out = user.run(["quarantine", "list"]).ok().out;
    assert!(out.contains("  host 0.0.9  ") && out.contains("  suspected   "), "{out}");
}

#[test]
fn text_of_strangers_cannot_move_the_cursor() {
    let user = User::new();
    let time = "2026-01-31T12:00:00Z";
    let evil = "a\u{1b}[2J\nb";
    let entry = json!({"digest": digest(b"a"), "host_version": evil, "bundle": evil, "reason": evil, "detail": evil,
                       "path": evil, "count": 1, "first": time, "last": time});
    write(&user, &json!({"schema_version": "1.0.0", "entries": [entry]}).to_string());
    for arguments in
        [&["quarantine", "list"][..], &["quarantine", "show", &digest(b"a")], &["quarantine", "release", "--all"]]
    {
        let out = user.run(arguments).ok().out;
        assert!(!out.contains('\u{1b}') && !out.contains("\nb"), "{out:?}");
    }
}
