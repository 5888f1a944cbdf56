//! The faults of bundles: they panic, or hand back what no host may take.

use ce_host::config::Slot;
use ce_host::plugin_api::manifest::{Kind, Mode};
use ce_host::{CalibrationSet, Host};
use ce_tests::bundle_path;
use serde_json::json;

use super::{Culprit, Fault, check_faults, expected, explain, fault, of, small_explainer};
use crate::case::trusting;

const fn how(how: &'static str, call: &'static str, place: &'static str, says: &'static str) -> Fault {
    fault(("how", how), call, place, says)
}

const fn panics(place: &'static str, call: &'static str, says: &'static str) -> Fault {
    fault(("where", place), call, "", says)
}

#[test]
fn what_an_interval_plugin_may_not_hand_back_is_named() {
    let places = trusting(&bundle_path("misbehaves"));
    let faults = [
        how("asks_for_ever", "fit", "", "asked for 65 rounds, the limit is 64"),
        how("edits_unknown_row", "fit", "", "named row 60, of which there are 60"),
        how("edits_unknown_feature", "fit", "calibration row 0", "named feature 3, of which there are 3"),
        how("edits_nan", "fit", "calibration row 0", "answered NaN for an edited value, which must be finite"),
        how("edits_of_two_lengths", "fit", "", "returned 2 entries for edits.value, expected 1"),
        how("edits_descending", "fit", "", "returned 1 entries for edits covered by edits.end, expected 2"),
        how("answers_nan", "answer", "calibration row 59", "left the prediction unanswered (NaN)"),
        how("answers_nan_bound", "answer", "calibration row 59", "left the upper bound unanswered (NaN)"),
        how("answers_nothing", "answer", "calibration row 59", "left the prediction unanswered (NaN)"),
        how("answers_infinite", "answer", "calibration row 59", "answered inf for the prediction, which must lie in"),
        how(
            "answers_unordered",
            "answer",
            "calibration row 59",
            "answered the lower bound 0.8 above the prediction 0.5",
        ),
        how("answers_two", "answer", "calibration row 59", "answered 2 for the prediction, which must lie in [0, 1]"),
        how("answers_other_class", "answer", "calibration row 59", "named class 7, of which there are 2"),
    ];
    let culprit = Culprit {
        kind: Kind::Interval,
        identifier: "test.interval.misbehaves",
        bundle: "test-misbehaves",
        code: "plugin.invalid_output",
    };
    check_faults(of(&places), culprit, &faults, |host| small_explainer(host).build().unwrap());
    assert_eq!(faults.len() + 1, choices("misbehaves", culprit.identifier, "how"), "every choice but `well`");
}

#[test]
fn what_an_explanation_plugin_may_not_hand_back_is_named() {
    let places = trusting(&bundle_path("misbehaves"));
    let faults = [
        how("asks_for_ever", "step", "", "asked for 65 rounds, the limit is 64"),
        how("edits_unknown_row", "step", "", "named row 20, of which there are 20"),
        how("edits_unknown_feature", "step", "instance 0", "named feature 3, of which there are 3"),
        how("edits_nan", "step", "instance 0", "answered NaN for an edited value, which must be finite"),
        how("edits_of_two_lengths", "step", "", "returned 2 entries for edits.value, expected 1"),
        how("edits_descending", "step", "", "returned 1 entries for edits covered by edits.end, expected 2"),
        how("asks_unknown_row", "step", "", "named row 20, of which there are 20"),
        how("asks_unknown_class", "step", "", "named class 9, of which there are 2"),
        how("asks_unknown_feature", "step", "", "named feature 3, of which there are 3"),
        how("asks_of_two_lengths", "step", "", "returned 3 entries for questions.class, expected 1"),
        how("rules_of_unknown_feature", "step", "instance 19", "named feature 3, of which there are 3"),
        how("rules_of_unknown_operator", "step", "instance 19", "named operator 99, of which there are 6"),
        how("rules_without_number", "step", "instance 19", "left a condition's number unanswered (NaN)"),
        how("rules_of_two_lengths", "step", "", "returned 19 entries for rules.weight_low, expected 20"),
        how("rules_for_too_few", "step", "", "returned 19 entries for rules.instance_end, expected 20"),
        how("rules_descending", "step", "", "returned 0 entries for rules.condition_end, expected 20"),
        how("rules_nan", "step", "instance 19", "left a rule's weight unanswered (NaN)"),
        how("rules_unordered", "step", "instance 19", "answered weight_low 0.3 above weight_high -0.3"),
    ];
    let culprit = Culprit {
        kind: Kind::Explanation,
        identifier: "test.explanation.misbehaves",
        bundle: "test-misbehaves",
        code: "plugin.invalid_output",
    };
    check_faults(of(&places), culprit, &faults, |host| small_explainer(host).build().unwrap());
    assert_eq!(faults.len() + 1, choices("misbehaves", culprit.identifier, "how"), "every choice but `well`");
}

#[test]
fn panics_while_explaining_are_named_and_passed_over() {
    let places = trusting(&bundle_path("panics"));
    let interval = Culprit {
        kind: Kind::Interval,
        identifier: "test.interval.panics",
        bundle: "test-panics",
        code: "plugin.panicked",
    };
    let faults = [
        panics("fit", "fit", "asked to panic in fit"),
        panics("answer", "answer", "asked to panic in answer"),
        panics("payload", "answer", "a panic without a message"),
    ];
    check_faults(of(&places), interval, &faults, |host| small_explainer(host).build().unwrap());
    let explanation = Culprit { kind: Kind::Explanation, identifier: "test.explanation.panics", ..interval };
    let faults = [
        panics("prepare", "prepare", "asked to panic in prepare"),
        panics("step", "step", "asked to panic in step"),
        panics("payload", "step", "a panic without a message"),
    ];
    check_faults(of(&places), explanation, &faults, |host| small_explainer(host).build().unwrap());
}

/// A host whose every explanation is made by the plugins that panic, at `place` in the plugin of `kind`.
fn panicking(places: &crate::case::Trusting, kind: &str, place: &str) -> Host {
    let builder = places.host().choose(Slot::Interval, "test.interval.panics");
    let builder = builder.choose(Slot::ExplanationFactual, "test.explanation.panics");
    builder.option(format!("test.{kind}.panics"), "where", json!(place)).build().unwrap()
}

#[test]
fn panics_in_save_restore_and_drop_are_stopped() {
    let places = trusting(&bundle_path("panics"));
    let expected = expected();
    let lives = |host: &Host| {
        let builder = small_explainer(host).interval_plugin("core.interval.legacy");
        let next = builder.choose(Slot::ExplanationFactual, "core.explanation.factual").build().unwrap();
        assert!(explain(&next).unwrap() == expected);
    };
    let mut n_stopped = 0;
    for kind in ["interval", "explanation"] {
        let host = panicking(&places, kind, "save");
        let explainer = small_explainer(&host).build().unwrap();
        let error = explainer.save(Mode::Factual).unwrap_err();
        assert_eq!(error.code(), "plugin.panicked");
        let named = format!("{kind} `test.{kind}.panics` of bundle `test-panics`, `save`: panicked");
        assert!(error.to_string().starts_with(&named), "{error}");
        explain(&explainer).unwrap();
        lives(&host);

        let host = panicking(&places, kind, "restore");
        let explainer = small_explainer(&host).build().unwrap();
        let saved = explainer.save(Mode::Factual).unwrap();
        let error = explainer.restore(&saved).unwrap_err();
        assert_eq!(error.code(), "plugin.panicked");
        let named = format!("{kind} `test.{kind}.panics` of bundle `test-panics`, `restore`: panicked");
        assert!(error.to_string().starts_with(&named), "{error}");
        explain(&explainer).unwrap();
        lives(&host);

        let host = panicking(&places, kind, "drop");
        let explainer = small_explainer(&host).build().unwrap();
        explain(&explainer).unwrap();
        drop(explainer);
        lives(&host);
        n_stopped += 3;
    }
    assert_eq!(n_stopped, 6);
}

#[test]
fn panics_of_a_learner_are_named() {
    let places = trusting(&bundle_path("panics"));
    let at = |place: &str| places.host().option("test.learner.panics", "where", json!(place)).build().unwrap();
    let open = |host: &Host| host.open_model(b"anything", Some("test.learner.panics"));
    let start = |call: &str| format!("learner `test.learner.panics` of bundle `test-panics`, `{call}`: panicked");
    for place in ["open", "info"] {
        let error = open(&at(place)).unwrap_err();
        assert!(error.to_string().starts_with(&start(place)), "{error}");
        assert_eq!(error.code(), "plugin.panicked");
    }
    let set = CalibrationSet::new(vec![0.0, 1.0, 2.0], vec![0.0, 1.0, 1.0], 1).unwrap();
    for place in ["predict", "payload"] {
        let host = at(place);
        let error = host.explainer(open(&host).unwrap(), set.clone()).build().unwrap_err();
        assert!(error.to_string().starts_with(&start("predict")), "{error}");
        assert_eq!(error.code(), "plugin.panicked");
        assert!(explain(&small_explainer(&host).build().unwrap()).unwrap() == expected());
    }
    let host = at("drop");
    let explainer = host.explainer(open(&host).unwrap(), set).build().unwrap();
    explainer.predict(ce_host::plugin_api::data::Matrix::new(&[0.5], 1, 1).unwrap()).unwrap();
    drop(explainer);
    assert!(explain(&small_explainer(&host).build().unwrap()).unwrap() == expected());
}

#[test]
fn when_every_fallback_fails_each_is_named() {
    let places = trusting(&bundle_path("panics"));
    let builder = places.host().choose(Slot::ExplanationFactual, "test.explanation.panics");
    let builder = builder.option("test.explanation.panics", "where", json!("step"));
    let builder = builder.option("test.interval.panics", "where", json!("fit"));
    let builder = builder.choose(Slot::Interval, "test.interval.panics");
    let builder = builder.fallbacks(Slot::Interval, vec!["no.such".to_owned(), "core.interval.legacy".to_owned()]);
    let host = builder.telemetry(ce_host::config::TelemetryLevel::Summary).build().unwrap();
    let explainer = small_explainer(&host).build().unwrap();
    let error = explain(&explainer).unwrap_err();
    assert_eq!(error.code(), "plugin.panicked");
    for named in ["test.explanation.panics", "test.interval.panics", "asked to panic in step", "asked to panic in fit"]
    {
        assert!(error.to_string().contains(named), "{error}");
    }
    let told = explainer.runtime_telemetry().unwrap();
    let skipped: Vec<(&str, &str)> = told
        .selection
        .iter()
        .flat_map(|selection| &selection.skipped)
        .map(|skipped| (skipped.identifier.as_str(), skipped.code.as_str()))
        .collect();
    let expected = [
        ("test.explanation.panics", "plugin.panicked"),
        ("no.such", "route.unknown"),
        ("test.interval.panics", "plugin.panicked"),
    ];
    assert_eq!(skipped, expected);
}

/// How many values the manifest of a bundle allows for an option.
fn choices(bundle: &str, identifier: &str, option: &str) -> usize {
    let manifest = std::fs::read(ce_tests::workspace_root().join(format!("tests/bundles/{bundle}.json"))).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let plugins = manifest["plugins"].as_array().unwrap();
    let plugin = plugins.iter().find(|plugin| plugin["identifier"] == identifier).unwrap();
    plugin["options"][option]["choices"].as_array().unwrap().len()
}
