//! Where results go: whole or not at all, never over what is read, and never into a reader who left.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use crate::support::{Inputs, User, example};

#[test]
fn nothing_is_run_for_a_file_that_cannot_be_made() {
    let user = User::new();
    user.write("dir/x", "");
    for (more, code) in [
        (&["--output", "absent/f.json"][..], "output.no_directory"),
        (&["--plot", "absent/plots"], "output.no_directory"),
        (&["--output", ""], "usage"),
        (&["--telemetry", ""], "usage"),
        (&["--plot", ""], "usage"),
        (&["--output", "dir"], "output.unwritable"),
        (&["--output", "f.json", "--plot", "dir/x"], "output.unwritable"),
        (&["--output", "f.json", "--telemetry", "./f.json"], "output.same_file"),
        (&["--telemetry", "-"], "output.stdout_taken"),
        (&["--output", "-", "--telemetry", "-"], "output.stdout_taken"),
    ] {
        user.ask("explain", &[&["--mode", "factual"], more].concat()).fails(2, code, &[]);
        assert_eq!(user.files(), ["dir"]);
    }
}

#[test]
fn what_is_read_is_not_written() {
    let user = User::new();
    let text = fs::read_to_string(example("test.csv")).unwrap();
    let data = user.write("data.csv", &text);
    let arguments = Inputs { data, ..Inputs::default() }.arguments("predict");
    let more = ["--output", "data.csv"];
    user.run(arguments.iter().map(String::as_str).chain(more)).fails(2, "output.same_file", &["--data and --output"]);
    assert_eq!(fs::read_to_string(user.path("data.csv")).unwrap(), text);
}

#[test]
fn a_result_replaces_the_one_before_and_a_failure_does_not() {
    let user = User::new();
    user.write("p.json", "old");
    user.ask("predict", &["--output", "p.json", "--interval-plugin", "no.such"]).fails(1, "route.unknown", &[]);
    assert_eq!(fs::read_to_string(user.path("p.json")).unwrap(), "old");
    user.ask("predict", &["--output", "p.json"]).ok();
    assert!(fs::read_to_string(user.path("p.json")).unwrap().starts_with("{\"schema_version\""));
    assert_eq!(user.files(), ["p.json"]);
}

#[test]
fn telemetry_may_go_to_stdout_where_the_result_does_not() {
    let user = User::new();
    let ran = user.ask("predict", &["--output", "p.json", "--telemetry", "-"]).ok();
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["mode"], serde_json::Value::Null);
}

#[test]
fn a_reader_who_leaves_early_is_no_error() {
    let user = User::new();
    let arguments = Inputs::default().arguments("explain");
    let mut command = user.command(arguments.iter().map(String::as_str).chain(["--mode", "factual"]));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 8];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((&first, output.status.code()), (b"instance", Some(0)));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_and_a_device_is_not_replaced() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};

    let user = User::new();
    user.write("real.json", "old");
    std::os::unix::fs::symlink("real.json", user.path("link.json")).unwrap();
    fs::set_permissions(user.path("real.json"), fs::Permissions::from_mode(0o640)).unwrap();
    user.ask("predict", &["--output", "link.json"]).ok();
    assert!(fs::symlink_metadata(user.path("link.json")).unwrap().is_symlink());
    assert!(fs::read_to_string(user.path("real.json")).unwrap().starts_with("{\"schema_version\""));
    assert_eq!(fs::metadata(user.path("real.json")).unwrap().permissions().mode() & 0o777, 0o640);
    user.ask("predict", &["--output", "/dev/null"]).ok();
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

#[test]
fn flags_that_change_nothing_are_told_of() {
    let user = User::new();
    let idle = ["--mode", "factual", "--plot-style", "plot_spec.default", "--batch-id", "b"];
    let ran = user.ask("explain", &idle).ok();
    let notes: Vec<&str> = ran.err.lines().collect();
    assert!(notes.iter().all(|note| note.starts_with("note: ")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("--plot-style")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("--batch-id")), "{notes:?}");
    let ran = user.ask("explain", &[&idle[..], &["--plot", "plots", "--telemetry", "t.json"]].concat()).ok();
    assert!(!ran.err.contains("note: "), "{}", ran.err);
}
