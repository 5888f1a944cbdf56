//! What is told of bundles that misbehaved, and to whom they belong.

use ce_tests::bundle_path;
use serde_json::{Value, json};

use crate::support::{Ran, User};
use crate::{configure, text};

const HOSTILE: &str = "test.interval.hostile";

/// A user who trusts the hostile bundle, which runs there by default.
fn user(placement: &str) -> User {
    let user = User::new();
    user.run(["install", text(&bundle_path("hostile"))]).ok();
    user.run(["trust", HOSTILE]).ok();
    configure(&user, &format!("[isolation]\ndefault = \"{placement}\""));
    user
}

/// Has the bundle do something while it is fitted.
fn ask(user: &User, how: &str) -> Ran {
    let deed = [format!("{HOSTILE}.how={how}"), format!("{HOSTILE}.where=fit")];
    user.ask("predict", &["--interval-plugin", HOSTILE, "--option", &deed[0], "--option", &deed[1]])
}

fn entries(user: &User) -> Vec<Value> {
    let document: Value = serde_json::from_str(&user.run(["quarantine", "list", "--json"]).ok().out).unwrap();
    document["entries"].as_array().unwrap().clone()
}

#[cfg(target_os = "linux")]
#[test]
fn a_bundle_that_is_held_back_is_named_by_a_plugin_that_it_announces() {
    let user = user("process");
    ask(&user, "aborts").fails(1, "worker.crashed", &["SIGABRT"]);
    let shown = user.run(["quarantine", "show", HOSTILE]).ok().out;
    assert!(shown.starts_with("test-hostile\n  state      held\n"), "{shown}");
    assert_eq!(shown, user.run(["quarantine", "show", "test-hostile"]).ok().out);
    for command in ["show", "release"] {
        user.run(["quarantine", command, "test.interval.other"]).fails(
            1,
            "quarantine.unknown",
            &["test.interval.other"],
        );
    }
    let released = user.run(["quarantine", "release", HOSTILE]).ok().out;
    assert!(released.starts_with("released `test-hostile` (sha256:"), "{released}");
    assert_eq!(user.run(["quarantine", "list"]).ok().out, "nothing is in quarantine\n");
    user.run(["quarantine", "release", HOSTILE]).fails(1, "quarantine.unknown", &[HOSTILE]);
}

#[cfg(unix)]
#[test]
fn a_host_that_died_is_counted_by_who_looks_first() {
    let user = user("in-process");
    for (count, state) in [(1, "suspected"), (2, "held")] {
        let died = ask(&user, "exits_3");
        assert_eq!((died.out.as_str(), died.status), ("", 3), "{died:?}");
        let [entry] = entries(&user).try_into().unwrap();
        assert_eq!((&entry["state"], &entry["suspected"]), (&json!(state), &json!(count)), "{entry}");
        assert_eq!(entry["bundle"], "test-hostile");
        assert_eq!(entries(&user), [entry], "who looks again counts nothing");
    }
    let listed = user.run(["quarantine", "list"]).ok().out;
    assert!(listed.contains("died_in_process"), "{listed}");
    ask(&user, "exits_3").fails(1, "quarantine.held", &[]);
}
