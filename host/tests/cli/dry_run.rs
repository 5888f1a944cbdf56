//! `--dry-run`: what would be chosen and why, and nothing else.

use crate::small::{ask, classifier};
use crate::support::User;

#[test]
fn it_tells_every_slot_with_who_asked_and_writes_nothing() {
    let user = User::new().var("CE_INTERVAL_PLUGIN", "core.interval.legacy");
    let inputs = classifier(&user);
    let before = user.files();
    let ran = ask(&user, &inputs, "explain", &["--dry-run"]).ok();
    assert_eq!(ran.err, "");
    assert_eq!(
        ran.out,
        "would explain 6 rows in mode factual: classification with 2 features, calibrated by 60 rows\n\
         asked of each row: the probability of a class\n\
         \n\
         explanations.factual: core.explanation.factual\n\
         \x20 asked for: core.explanation.factual, by the default\n\
         \x20 chain: core.explanation.factual\n\
         \n\
         intervals.default: core.interval.legacy\n\
         \x20 asked for: core.interval.legacy, by CE_INTERVAL_PLUGIN\n\
         \x20 chain: core.interval.legacy\n\
         \n\
         plots.style: plot_spec.default\n\
         \x20 asked for: plot_spec.default, by a hint of `core.explanation.factual`\n\
         \x20 chain: plot_spec.default, then legacy\n\
         \n\
         nothing was fitted and nothing was written\n"
    );
    assert_eq!(user.files(), before);
}

#[test]
fn it_tells_what_would_be_passed_over_and_why() {
    let user = User::new()
        .var("CE_INTERVAL_PLUGIN", "third.interval.absent")
        .var("CE_INTERVAL_PLUGIN_FALLBACKS", "core.interval.legacy")
        .var("CE_TELEMETRY", "summary");
    let inputs = classifier(&user);
    let ran = ask(&user, &inputs, "predict", &["--dry-run", "--rows", "1"]).ok();
    assert_eq!(ran.err, "", "telemetry is written nowhere, as --dry-run says");
    assert!(ran.out.starts_with("would predict 1 row: "), "{}", ran.out);
    let expected = "intervals.default: core.interval.legacy\n  \
                    asked for: third.interval.absent, by CE_INTERVAL_PLUGIN\n  \
                    chain: third.interval.absent, then core.interval.legacy\n  \
                    passed over: third.interval.absent: nothing of that name is installed [route.unknown]";
    assert!(ran.out.contains(expected), "{}", ran.out);
}

#[test]
fn it_fails_as_the_run_would() {
    let user = User::new();
    let inputs = classifier(&user);
    for command in ["explain", "predict"] {
        let more = ["--dry-run", "--interval-plugin", "core.interval.legasy"];
        ask(&user, &inputs, command, &more).fails(1, "route.unknown", &["did you mean `core.interval.legacy`?"]);
        ask(&user, &inputs, command, &["--dry-run", "--rows", "9"]).fails(2, "data.no_such_row", &[]);
    }
}

#[test]
fn it_takes_no_flag_that_names_a_file_to_write() {
    let user = User::new();
    let inputs = classifier(&user);
    let before = user.files();
    for flag in ["--output", "--telemetry", "--plot"] {
        let words = ["cannot be used with", "--dry-run", flag];
        ask(&user, &inputs, "explain", &["--dry-run", flag, "x"]).fails(2, "usage", &words);
    }
    assert_eq!(user.files(), before);
}
