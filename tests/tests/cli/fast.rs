//! The FAST bundle on the breast-cancer data, chosen by every route.

use std::fs;

use ce_tests::fast_bundle;
use serde_json::Value;

use crate::support::User;
use crate::text;

const FAST: &str = "core.interval.fast";

fn with_fast(user: User) -> User {
    user.run(["install", text(&fast_bundle())]).ok();
    user.run(["trust", FAST]).ok();
    user
}

fn told(user: &User, mode: &str, more: &[&str]) -> Value {
    let outputs = ["--mode", mode, "--output", "f.json", "--telemetry", "t.json"];
    user.ask("explain", &[&outputs[..], more].concat()).ok();
    serde_json::from_str(&fs::read_to_string(user.path("t.json")).unwrap()).unwrap()
}

fn selection<'a>(told: &'a Value, slot: &str) -> &'a Value {
    told["selection"].as_array().unwrap().iter().find(|selection| selection["slot"] == slot).unwrap()
}

#[test]
fn two_variables_choose_calibrator_and_style_in_both_modes() {
    let user = User::new().var("CE_INTERVAL_PLUGIN", FAST).var("CE_PLOT_STYLE", "plot_spec.default.factual");
    let user = with_fast(user);
    for mode in ["factual", "fast", "factual"] {
        let told = told(&user, mode, &["--plot", mode]);
        assert_eq!(told["interval_source"], FAST, "{mode}");
        assert_eq!(told["proba_source"], FAST, "{mode}");
        assert_eq!(told["plot_source"], "plot_spec.default.factual", "{mode}");
        assert_eq!(told["plot_fallbacks"][0], "plot_spec.default.factual", "{mode}");
        assert_eq!(fs::read_dir(user.path(mode)).unwrap().count(), 100, "{mode}");
    }
}

#[test]
fn the_flag_belongs_to_the_mode_that_is_asked_for() {
    let user = with_fast(User::new());
    let told_fast = told(&user, "fast", &["--interval-plugin", FAST]);
    assert_eq!(selection(&told_fast, "intervals.fast")["requested_by"], "call");
    let told_factual = told(&user, "factual", &["--interval-plugin", FAST]);
    assert_eq!(selection(&told_factual, "intervals.default")["requested_by"], "call");
    assert_eq!(told_factual["interval_source"], FAST);
    let ran = user.ask("explain", &["--mode", "fast", "--interval-plugin", "core.interval.legacy"]);
    ran.fails(1, "route.not_fast", &["core.interval.fast"]);
}

#[test]
fn the_bundle_is_told_with_its_digest_and_the_basis_of_trust() {
    let user = with_fast(User::new());
    let told = told(&user, "fast", &["--option", "core.interval.fast.scale_factor=3"]);
    let plugin = told["plugins"].as_array().unwrap().iter().find(|plugin| plugin["identifier"] == FAST).unwrap();
    assert_eq!((&plugin["trust"], &plugin["basis"]), (&"trusted".into(), &"lock".into()));
    let digest = ce_host::bundle::Digest::of(&fs::read(fast_bundle()).unwrap()).to_string();
    assert_eq!(plugin["sha256"].as_str().unwrap().trim_start_matches("sha256:"), digest.trim_start_matches("sha256:"));
    let options = told["options"].as_array().unwrap();
    let option = options.iter().find(|option| option["option"] == "scale_factor").unwrap();
    assert_eq!((&option["value"], &option["given_by"]), (&3.into(), &"call".into()));
}

#[test]
fn trust_for_one_process_needs_no_lock() {
    let digest = ce_host::bundle::Digest::of(&fs::read(fast_bundle()).unwrap()).to_string();
    let user = User::new().var("CE_TRUST_PLUGIN", &digest);
    user.run(["install", text(&fast_bundle())]).ok();
    let told = told(&user, "fast", &[]);
    let plugin = told["plugins"].as_array().unwrap().iter().find(|plugin| plugin["identifier"] == FAST).unwrap();
    assert_eq!(plugin["basis"], "environment");
    assert!(user.run(["list"]).ok().out.contains("  trusted (environment)  "));
}

#[test]
fn a_plugin_that_fails_is_passed_over_aloud_where_a_fallback_was_configured() {
    let user = User::new()
        .var("CE_INTERVAL_PLUGIN", "test.interval.panics")
        .var("CE_INTERVAL_PLUGIN_FALLBACKS", "core.interval.legacy");
    user.run(["install", text(&ce_tests::bundle_path("panics"))]).ok();
    user.run(["trust", "test.interval.panics"]).ok();
    let panics = ["--option", "test.interval.panics.where=fit"];
    let told = told(&user, "factual", &panics);
    assert_eq!(told["interval_source"], "core.interval.legacy");
    assert_eq!(selection(&told, "intervals.default")["fallback_used"], true);
    for (command, more) in [("explain", &["--mode", "factual"][..]), ("predict", &[])] {
        let ran = user.ask(command, &[more, &panics, &["--output", "again.json"]].concat()).ok();
        assert!(ran.err.contains("a fallback was taken: "), "{command}: {}", ran.err);
        assert!(ran.err.contains("test.interval.panics"), "{command}: {}", ran.err);
    }
}

#[test]
fn a_plugin_that_fails_without_a_fallback_ends_the_run_and_leaves_telemetry_alone() {
    let user = User::new();
    user.run(["install", text(&ce_tests::bundle_path("panics"))]).ok();
    user.run(["trust", "test.interval.panics"]).ok();
    let asked = ["--mode", "factual", "--interval-plugin", "test.interval.panics", "--plot", "plots"];
    let more = ["--option", "test.interval.panics.where=answer", "--output", "f.json", "--telemetry", "t.json"];
    let ran = user.ask("explain", &[&asked[..], &more].concat());
    assert_eq!((ran.status, ran.out.as_str()), (1, ""), "{ran:#?}");
    assert!(ran.err.contains("test.interval.panics") && ran.err.contains("test-panics"), "{}", ran.err);
    assert_eq!(user.files(), ["t.json"]);
    let told: Value = serde_json::from_str(&fs::read_to_string(user.path("t.json")).unwrap()).unwrap();
    assert_eq!(told["status"], "failed");
}

#[test]
fn a_style_that_fails_is_passed_over_aloud_and_one_that_was_the_last_ends_the_run() {
    let user = User::new();
    user.run(["install", text(&ce_tests::bundle_path("panics"))]).ok();
    user.run(["trust", "test.interval.panics"]).ok();
    let asked = ["--mode", "factual", "--output", "f.json", "--plot", "plots", "--plot-style", "test.panics"];
    let ran = user.ask("explain", &asked).ok();
    assert_eq!(
        ran.err.matches("plot style `test.panics` was passed over for `plot_spec.default`").count(),
        1,
        "{}",
        ran.err
    );

    fs::remove_dir_all(user.path("plots")).unwrap();
    fs::remove_file(user.path("f.json")).unwrap();
    let user = user.var("CE_DENY_PLUGIN", "plot_spec.default,legacy");
    let ran = user.ask("explain", &[&asked[..], &["--telemetry", "t.json"]].concat());
    assert_eq!((ran.status, ran.out.as_str()), (1, ""), "{ran:#?}");
    assert!(ran.err.contains("no plot style worked"), "{}", ran.err);
    assert_eq!(user.files(), ["t.json"], "nothing is left of output and plots");
    let told: Value = serde_json::from_str(&fs::read_to_string(user.path("t.json")).unwrap()).unwrap();
    assert_eq!((&told["status"], &told["output_sha256"]), (&"failed".into(), &Value::Null));
}
