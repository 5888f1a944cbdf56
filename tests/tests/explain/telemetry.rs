//! Telemetry is strict JSON that its schema describes to the last key, holds no row of the data, and changes no number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use ce_host::config::{Slot, TelemetryLevel};
use ce_host::plugin_api::manifest::Mode;
use ce_host::telemetry::{Snapshot, schema};
use ce_host::{CalibrationSet, HostBuilder};
use ce_tests::{Scratch, bundle_path, fast_bundle};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::case::{explanations_file, predictions_file, small, trusting};
use crate::cells::CELLS;
use crate::faults::picky;

const LEVELS: [TelemetryLevel; 2] = [TelemetryLevel::Summary, TelemetryLevel::Full];

/// Two instances, of which the second is the one at which the picky plugins go wrong.
fn instances() -> Vec<f64> {
    small::instances()[3 * (picky::MARKED - 1)..][..6].to_vec()
}

/// Snapshots of every sort, by what they tell of.
fn snapshots() -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    let mut add = |what: &str, level: TelemetryLevel, snapshot: Option<Snapshot>| {
        let known = all.insert(format!("{what}, {level}"), serde_json::to_value(snapshot.unwrap()).unwrap());
        assert_eq!(known, None);
    };
    let (fast, panics) = (trusting(&fast_bundle()), trusting(&bundle_path("panics")));
    let scratch = Scratch::new();
    let instances = instances();
    let x = small::x(&instances);
    let explainer = |builder: HostBuilder, level| {
        let host = builder.telemetry(level).build().unwrap();
        host.explainer(small::model(), small::calibration()).threads(1).build().unwrap()
    };
    for level in LEVELS {
        let of_fast = explainer(fast.host().choose(Slot::Interval, "core.interval.fast"), level);
        for mode in [Mode::Factual, Mode::Alternative, Mode::Fast] {
            let explanations = of_fast.explain(mode, x).unwrap();
            add(mode.as_str(), level, explanations.telemetry());
            of_fast.plot(&explanations, 1, "svg").unwrap();
            add(&format!("{mode} after plotting"), level, explanations.telemetry());
        }
        add("predict", level, of_fast.predict(x).unwrap().telemetry());
        add("no instance", level, of_fast.explain_factual(small::x(&[])).unwrap().telemetry());
        of_fast.explain_factual(small::x(&[f64::NAN, 0.0, 0.0])).unwrap_err();
        add("wrong input", level, of_fast.runtime_telemetry());
        let unknown = explainer(scratch.host().choose(Slot::ExplanationAlternative, "no.such"), level);
        unknown.explain_alternative(x).unwrap_err();
        add("no such plugin", level, unknown.runtime_telemetry());
        for cell in &CELLS {
            let rows = cell.rows_to_explain();
            let host = scratch.host().telemetry(level).build().unwrap();
            let explainer = host.explainer(cell.model(), cell.calibration()).threads(1).build().unwrap();
            for &ask in cell.asks {
                let explanations = explainer.explain_alternative(cell.batch(&rows, ask)).unwrap();
                add(&format!("{}, {ask:?}", cell.name), level, explanations.telemetry());
            }
        }

        let failing = || {
            let builder = panics.host().choose(Slot::Interval, "test.interval.panics");
            builder.option("test.interval.panics", "where", json!("fit"))
        };
        let failed = explainer(failing(), level);
        failed.explain_factual(x).unwrap_err();
        add("failed", level, failed.runtime_telemetry());
        failed.predict(x).unwrap_err();
        add("failed predictions", level, failed.runtime_telemetry());
        let fallbacks = vec!["no.such".to_owned(), "core.interval.legacy".to_owned()];
        let builder = failing().fallbacks(Slot::Interval, fallbacks).choose(Slot::PlotStyle, "test.panics");
        let fallen = explainer(builder, level);
        let explanations = fallen.explain_factual(x).unwrap();
        fallen.plot(&explanations, 0, "svg").unwrap();
        add("fallbacks", level, explanations.telemetry());

        let builder = scratch.host().linked(picky::MANIFEST, picky::register);
        let builder = builder.choose(Slot::ExplanationFactual, "test.explanation.picky");
        let unbounded = explainer(builder.option("test.explanation.picky", "how", json!("unbounded")), level);
        add("unbounded", level, unbounded.explain_factual(x).unwrap().telemetry());
        add("categories", level, categories(level));
    }
    all
}

/// A report on a model with a categorical feature of 3 and one of 60 categories.
fn categories(level: TelemetryLevel) -> Option<Snapshot> {
    let x: Vec<f64> = (0..120).flat_map(|row| [f64::from(row % 3), f64::from(row % 60), f64::from(row)]).collect();
    let y = (0..120).map(|row| f64::from(row % 5 > 2)).collect();
    let labels = |n: usize| (0..n).map(|code| format!("label {code}")).collect::<Vec<_>>();
    let set = CalibrationSet::new(x, y, 3).unwrap().categorical(vec![0, 1]);
    let set = set.categories(BTreeMap::from([(0, labels(3)), (1, labels(60))]));
    let host = Scratch::new().host().telemetry(level).build().unwrap();
    let explainer = host.explainer(small::model(), set).threads(1).build().unwrap();
    let snapshot = explainer.explain_factual(small::x(&[1.0, 59.0, 7.5])).unwrap().telemetry().unwrap();
    let mappings = &snapshot.preprocessor.mapping_snapshot;
    assert_eq!(mappings.iter().map(|m| (m.n_categories, m.categories.len())).collect::<Vec<_>>(), [(3, 3), (60, 0)]);
    Some(snapshot)
}

fn validator() -> Validator {
    jsonschema::validator_for(&schema()).unwrap()
}

#[test]
fn every_snapshot_is_strict_json_that_fulfils_the_schema() {
    let (validator, snapshots) = (validator(), snapshots());
    let mut keys = BTreeSet::new();
    for (what, snapshot) in &snapshots {
        let text = serde_json::to_string(snapshot).unwrap();
        // serde_json reads strict JSON alone: tokens such as NaN would end here.
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), *snapshot);
        let errors: Vec<String> = validator.iter_errors(snapshot).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{what}: {errors:#?}");
        keys.extend(snapshot.as_object().unwrap().keys().cloned());
        let is_full = what.ends_with("full");
        let failed = snapshot["status"] == "failed";
        let n_instances = snapshot["inputs"]["data"]["rows"].as_u64().unwrap() as usize;
        let expected = if is_full && !failed { n_instances } else { 0 };
        assert_eq!(snapshot["instances"].as_array().unwrap().len(), expected, "{what}");
    }
    assert_eq!(snapshots.len(), 64);
    assert_eq!(keys.len(), schema()["properties"].as_object().unwrap().len(), "every key is always there");
    assert_eq!(snapshots["unbounded, full"]["instances"][1]["rules"][0]["weight_uncertainty"]["low"], "-inf");
    let wanted = ["run_id", "error", "plot_source", "proba_source", "uncertainty", "output_sha256"];
    for key in wanted {
        let seen = snapshots.values().map(|snapshot| snapshot[key].is_null()).collect::<BTreeSet<_>>();
        assert_eq!(seen.len(), 2, "`{key}` was never null, or always");
    }
}

/// Where null is a value: what does not apply, and NaN.
const NULLABLE: [&str; 43] = [
    "isolation",
    "sandbox",
    "worker",
    "signal",
    "exit_status",
    "syscall",
    "explained_class",
    "reject",
    "difficulty",
    "pareto",
    "ranking",
    "ranking_weight",
    "top",
    "score_weight",
    "error_rate",
    "reject_rate",
    "ambiguity_rate",
    "novelty_rate",
    "run_id",
    "error",
    "mode",
    "interval_source",
    "proba_source",
    "explanation_source",
    "plot_source",
    "uncertainty",
    "threshold",
    "raw_percentiles",
    "confidence_level",
    "chosen",
    "version",
    "sha256",
    "rows",
    "output_sha256",
    "transformer_id",
    "class",
    "value",
    "low",
    "high",
    "calibrated_value",
    "lower_bound",
    "upper_bound",
    "legacy_interval",
];

/// Texts out of a list.
const LISTED: [&str; 4] = ["level", "status", "representation", "digest_of"];

/// Every place in a document: JSON pointers, with the nearest key.
fn places(value: &Value, pointer: &str, key: &str, all: &mut Vec<(String, String)>) {
    all.push((pointer.to_owned(), key.to_owned()));
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                places(value, &format!("{pointer}/{key}"), key, all);
            }
        }
        Value::Array(values) => {
            for (idx, value) in values.iter().enumerate() {
                places(value, &format!("{pointer}/{idx}"), key, all);
            }
        }
        _ => {}
    }
}

/// Values of another type than the one that stands there.
fn mistyped(value: &Value, key: &str, pointer: &str) -> Vec<Value> {
    // The value of an option is a boolean, a number, a text or a list of numbers, as the plugin has it.
    let is_setting = pointer.starts_with("/options/") && key == "value";
    let mut wrong = vec![json!({ "unknown": 1 }), json!([{}])];
    if is_setting {
        return if pointer.ends_with("/value") { [wrong, vec![Value::Null]].concat() } else { wrong };
    }
    if !value.is_boolean() {
        wrong.push(json!(true));
    }
    // Of the lists, those may be null as a whole that not every quantity has.
    let may_be_null = !value.is_array() || ["threshold", "raw_percentiles"].contains(&key);
    let is_nullable = NULLABLE.contains(&key) && may_be_null && pointer != "/model_calls/rows";
    if !is_nullable {
        wrong.push(Value::Null);
    }
    if LISTED.contains(&key) {
        wrong.push(json!("no such word"));
    }
    match value {
        Value::String(text) if text != "inf" && text != "-inf" => wrong.push(json!(7)),
        Value::Number(number) => {
            wrong.push(json!("7"));
            if number.is_u64() && !["value", "low", "high"].contains(&key) {
                wrong.extend([json!(1.5), json!(-1)]);
            }
        }
        Value::Bool(_) => wrong.extend([json!(0), json!("true")]),
        // A threshold is a number or a pair.
        Value::Array(_) if key == "threshold" => wrong.extend([json!([1.0]), json!([1.0, 2.0, 3.0]), json!("7")]),
        Value::Array(_) => wrong.extend([json!(7), json!("7")]),
        _ => {}
    }
    wrong
}

#[test]
fn a_key_that_is_deleted_renamed_added_or_mistyped_makes_a_snapshot_invalid() {
    let validator = validator();
    let (mut n_keys, mut n_values) = (0, 0);
    for (what, snapshot) in snapshots() {
        let mut all = Vec::new();
        places(&snapshot, "", "", &mut all);
        for (pointer, key) in &all {
            let value = snapshot.pointer(pointer).unwrap();
            let refused = |changed: &Value, change: &str| {
                assert!(!validator.is_valid(changed), "{what}, {pointer}: {change} is still valid");
            };
            for wrong in mistyped(value, key, pointer) {
                let mut changed = snapshot.clone();
                *changed.pointer_mut(pointer).unwrap() = wrong.clone();
                refused(&changed, &format!("{wrong}"));
                n_values += 1;
            }
            let Some(entries) = value.as_object() else { continue };
            for key in entries.keys() {
                let mut changed = snapshot.clone();
                let removed = changed.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(key).unwrap();
                refused(&changed, &format!("without `{key}`"));
                changed.pointer_mut(pointer).unwrap()[format!("{key}s")] = removed;
                refused(&changed, &format!("with `{key}s` for `{key}`"));
                n_keys += 1;
            }
            let mut changed = snapshot.clone();
            changed.pointer_mut(pointer).unwrap()["unknown"] = json!(null);
            refused(&changed, "with another key");
        }
    }
    assert!(n_keys > 3_000 && n_values > 10_000, "{n_keys} keys and {n_values} values only");
}

#[test]
fn telemetry_changes_no_byte_and_is_told_once_per_batch() {
    let places = trusting(&fast_bundle());
    let instances = small::instances();
    let files = |level: TelemetryLevel| {
        let told = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&told);
        let builder = places.host().telemetry(level);
        let host = builder.telemetry_sink(move |snapshot: Snapshot| sink.lock().unwrap().push(snapshot)).build();
        let explainer = host.unwrap().explainer(small::model(), small::calibration()).build().unwrap();
        let mut files = Vec::new();
        for mode in [Mode::Factual, Mode::Fast] {
            let explanations = explainer.explain(mode, small::x(&instances)).unwrap();
            assert_eq!(explanations.telemetry().is_some(), level > TelemetryLevel::Off);
            files.push(explanations_file(&explanations));
        }
        let predictions = explainer.predict(small::x(&instances)).unwrap();
        assert_eq!(predictions.telemetry().is_some(), level > TelemetryLevel::Off);
        assert_eq!(explainer.runtime_telemetry(), predictions.telemetry());
        files.push(predictions_file(&predictions));
        let told = told.lock().unwrap().clone();
        (files, told)
    };
    let (expected, told) = files(TelemetryLevel::Off);
    assert_eq!((expected.len(), told.len()), (3, 0));
    for level in LEVELS {
        let (files, told) = files(level);
        assert!(files == expected, "telemetry {level} changed a file");
        assert_eq!(told.len(), 3);
        for (file, snapshot) in files.iter().zip(&told) {
            let digest = ce_host::bundle::Digest::of(file).to_string();
            assert_eq!(
                snapshot.output_sha256,
                Some(digest.replace("sha256:", "")),
                "the digest of the file as written"
            );
        }
    }
}

#[test]
fn no_row_of_the_data_stands_in_a_snapshot() {
    let places = trusting(&fast_bundle());
    let host = places.host().telemetry(TelemetryLevel::Full).build().unwrap();
    let explainer = host.explainer(small::model(), small::calibration()).threads(1).build().unwrap();
    // Values that nothing else has, so that each would be found.
    let row = [1.234_567_890_1, -2.345_678_901_2, 3.456_789_012_3];
    let mut n_texts = 0;
    for mode in [Mode::Factual, Mode::Fast] {
        let explanations = explainer.explain(mode, small::x(&row)).unwrap();
        let report = String::from_utf8(explanations_file(&explanations)).unwrap();
        explainer.plot(&explanations, 0, "svg").unwrap();
        let snapshot = serde_json::to_string(&explanations.telemetry().unwrap()).unwrap();
        for value in ["1.23", "2.34", "2.35", "3.45", "3.46"] {
            assert!(!snapshot.contains(&format!("\"{value}")), "{value} stands in the snapshot");
            assert!(!snapshot.contains(&format!("{value}4")) && !snapshot.contains(&format!("{value}6")));
            n_texts += usize::from(report.contains(value));
        }
    }
    assert!(n_texts >= 4, "the report itself names the values, which shows that the search finds them");
}
