//! The journey: a bundle dropped into a plugins directory and two environment variables explain real data, whatever the
//! order of the calls, and telemetry says how.

use std::collections::{BTreeMap, HashSet};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

use ce_host::config::{Environment, Slot, TelemetryLevel};
use ce_host::explain::Instances;
use ce_host::plugin_api::manifest::Mode;
use ce_host::telemetry::Snapshot;
use ce_host::{ConditionSource, Explainer, Explanations, Host};
use ce_tests::{bundle_path, fast_bundle};
use serde_json::json;

use crate::case::{Case, Trusting, explanations_file, predictions_file, small, trusting};

const STYLE: &str = "plot_spec.default.factual";

/// A host with the FAST bundle trusted by its digest, and the two variables set.
fn journey() -> (Trusting, Host) {
    let places = trusting(&fast_bundle());
    let variables = [("CE_INTERVAL_PLUGIN", "core.interval.fast"), ("CE_PLOT_STYLE", STYLE)];
    let environment = Environment::from_vars(variables).unwrap();
    let host = places.host().environment(environment).telemetry(TelemetryLevel::Summary).build().unwrap();
    (places, host)
}

/// What telemetry must say of a batch before anything was drawn.
fn check_telemetry(snapshot: &Snapshot, mode: Mode, places: &Trusting) {
    assert_eq!(snapshot.status, ce_host::telemetry::snapshot::Status::Ok);
    assert_eq!(snapshot.mode.as_deref(), Some(mode.as_str()));
    assert_eq!(snapshot.interval_source.as_deref(), Some("core.interval.fast"), "mode {mode}");
    assert_eq!(snapshot.proba_source.as_deref(), Some("core.interval.fast"));
    assert_eq!(snapshot.explanation_source, Some(format!("core.explanation.{mode}")));
    assert_eq!(snapshot.plot_fallbacks, [STYLE, "plot_spec.default", "legacy"]);
    assert_eq!(snapshot.plot_source, None, "nothing was drawn yet");

    let interval = snapshot.selection.iter().find(|selection| selection.slot.starts_with("intervals.")).unwrap();
    let (slot, asked_by) = match mode {
        Mode::Fast => ("intervals.fast", "hint:core.explanation.fast"),
        _ => ("intervals.default", "env:CE_INTERVAL_PLUGIN"),
    };
    assert_eq!((interval.slot.as_str(), interval.requested_by.as_str()), (slot, asked_by));
    assert_eq!(interval.chosen.as_deref(), Some("core.interval.fast"));
    assert!(!interval.fallback_used && interval.skipped.is_empty());
    let style = snapshot.selection.iter().find(|selection| selection.slot == "plots.style").unwrap();
    assert_eq!((style.requested.as_str(), style.requested_by.as_str()), (STYLE, "env:CE_PLOT_STYLE"));

    let plugin = snapshot.plugins.iter().find(|plugin| plugin.identifier == "core.interval.fast").unwrap();
    let sha256 = places.digest().to_string().replace("sha256:", "");
    assert_eq!(plugin.sha256, Some(sha256));
    assert_eq!((plugin.bundle.as_str(), plugin.basis.as_str()), ("fast-explanations", "call"));
}

/// Explains in these modes, one after the other, and draws each first explanation.
fn explain_in(explainer: &Explainer, case: &Case, order: &[Mode], places: &Trusting) -> Vec<(&'static str, Vec<u8>)> {
    let explain = |&mode: &Mode| {
        let explanations = explainer.explain(mode, case.x()).unwrap();
        check_telemetry(&explanations.telemetry().unwrap(), mode, places);
        let plotted = explainer.plot(&explanations, 0, "svg").unwrap();
        assert_eq!(plotted.style, STYLE);
        assert!(plotted.bytes.starts_with(b"<svg") && plotted.skipped.is_empty());
        assert_eq!(explanations.telemetry().unwrap().plot_source.as_deref(), Some(STYLE));
        (mode.as_str(), explanations_file(&explanations))
    };
    order.iter().map(explain).collect()
}

#[test]
fn factual_and_fast_succeed_in_any_order_with_the_same_numbers() {
    let (case, (places, host)) = (Case::breast_cancer(), journey());
    let orders: [&[Mode]; 4] = [
        &[Mode::Factual, Mode::Fast],
        &[Mode::Fast, Mode::Factual],
        &[Mode::Fast, Mode::Fast, Mode::Factual],
        &[Mode::Factual, Mode::Factual, Mode::Fast, Mode::Factual],
    ];
    let mut files: BTreeMap<&str, HashSet<Vec<u8>>> = BTreeMap::new();
    let mut n_batches = 0;
    for order in orders {
        let explainer = case.explainer(&host).build().unwrap();
        // A calibrator that serves predictions and explanations may be fitted for either first.
        let predict = || ("predict", predictions_file(&explainer.predict(case.x()).unwrap()));
        let mut made = Vec::new();
        if order.len() % 2 == 0 {
            made.push(predict());
        }
        made.extend(explain_in(&explainer, case, order, &places));
        made.push(predict());
        n_batches += made.len();
        for (what, file) in made {
            files.entry(what).or_default().insert(file);
        }
    }
    assert_eq!(n_batches, 18);
    assert_eq!(files.keys().collect::<Vec<_>>(), [&"factual", &"fast", &"predict"]);
    assert!(files.values().all(|files| files.len() == 1), "some order of calls changed the numbers");
    let fast_host = trusting(&fast_bundle()).host().build().unwrap();
    let legacy = case.explainer(&fast_host).build().unwrap().explain_factual(case.x()).unwrap();
    assert_ne!(legacy.run_id(), first_run_id(&files["factual"]), "another calibrator is another request");
}

fn first_run_id(files: &HashSet<Vec<u8>>) -> String {
    let file: serde_json::Value = serde_json::from_slice(files.iter().next().unwrap()).unwrap();
    file["run_id"].as_str().unwrap().to_owned()
}

#[test]
fn factual_and_fast_interleave_on_several_threads() {
    let (case, (places, host)) = (Case::breast_cancer(), journey());
    let alone = case.explainer(&host).build().unwrap();
    let expected: BTreeMap<&str, Vec<u8>> =
        explain_in(&alone, case, &[Mode::Factual, Mode::Fast], &places).into_iter().collect();
    let shared = case.explainer(&host).build().unwrap();
    let start = Barrier::new(4);
    let n_same: usize = std::thread::scope(|scope| {
        let (shared, start, expected, places) = (&shared, &start, &expected, &places);
        let orders = [[Mode::Factual, Mode::Fast], [Mode::Fast, Mode::Factual]];
        let threads: Vec<_> = (0..4)
            .map(|thread_idx: usize| {
                scope.spawn(move || {
                    start.wait();
                    let files = explain_in(shared, case, &orders[thread_idx % 2], places);
                    files.iter().filter(|(mode, file)| expected[mode] == *file).count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(n_same, 8);
}

/// The difference that is representable exactly, so that it is seen exactly.
const SHIFT: f64 = 0.0625;

#[test]
fn shifted_answers_shift_the_output() {
    let case = Case::breast_cancer();
    let places = trusting(&bundle_path("shifted"));
    let explain = |shift: f64| {
        let builder = places.host().choose(Slot::Interval, "test.interval.shifted");
        let builder = builder.option("test.interval.shifted", "shift", json!(shift));
        let host = builder.telemetry(TelemetryLevel::Summary).build().unwrap();
        // Cut points that separate the predictions would move with them.
        let explainer = case.explainer(&host).condition_source(ConditionSource::Observed).build().unwrap();
        (explainer.explain_factual(case.x()).unwrap(), explainer.predict(case.x()).unwrap())
    };
    let ((plain, plain_predictions), (shifted, predictions)) = (explain(0.0), explain(SHIFT));
    let snapshot = shifted.telemetry().unwrap();
    assert_eq!(snapshot.interval_source.as_deref(), Some("test.interval.shifted"));
    let option = snapshot.options.iter().find(|option| option.option == "shift").unwrap();
    assert_eq!(option.value, ce_host::telemetry::snapshot::Setting::Number(SHIFT));

    // Answers are clamped to 1, so only those are compared that stay below it.
    let (mut n_predictions, mut n_rules) = (0, 0);
    for (instance, (plain, shifted)) in plain.iter().zip(shifted.iter()).enumerate() {
        let (before, after) = (plain.prediction(), shifted.prediction());
        assert_eq!(after.value, (before.value + SHIFT).min(1.0), "instance {instance}");
        assert_eq!(after.low, (before.low + SHIFT).min(1.0), "instance {instance}");
        assert_eq!(after.high, (before.high + SHIFT).min(1.0), "instance {instance}");
        assert_eq!(plain_predictions.get(instance).unwrap(), before);
        assert_eq!(predictions.get(instance).unwrap(), after);
        assert_eq!(predictions.probabilities(instance)[1], after.value);
        n_predictions += usize::from(after.value < 1.0);
        if before.high + SHIFT > 1.0 {
            continue;
        }
        for (before, after) in plain.rules().zip(shifted.rules()) {
            assert_eq!(before.text(), after.text());
            if before.prediction().high + SHIFT <= 1.0 {
                let moved = after.prediction().value - before.prediction().value;
                assert!((moved - SHIFT).abs() < 1e-12, "instance {instance}, {}: {moved}", before.text());
                n_rules += 1;
            }
        }
    }
    assert!(n_predictions >= 30, "{n_predictions} predictions only moved without being clamped");
    assert!(n_rules >= 100, "{n_rules} rules only were compared");
}

/// Small batches: an explainer with telemetry, and one more instance to each batch than to the one before.
fn small_explainer() -> (Trusting, Explainer) {
    let (places, host) = journey();
    let explainer = host.explainer(small::model(), small::calibration()).threads(1).build().unwrap();
    (places, explainer)
}

#[test]
fn runtime_telemetry_mirrors_the_latest_batch() {
    let (_places, explainer) = small_explainer();
    let instances = small::instances();
    assert_eq!(explainer.runtime_telemetry(), None, "no batch yet");
    let mut n_batches = 0;
    for mode in [Mode::Factual, Mode::Fast, Mode::Factual] {
        let explanations = explainer.explain(mode, small::x(&instances)).unwrap();
        assert_eq!(explainer.runtime_telemetry(), explanations.telemetry());
        explainer.plot(&explanations, 1, "svg").unwrap();
        let latest = explainer.runtime_telemetry().unwrap();
        assert_eq!(latest.plot_source.as_deref(), Some(STYLE));
        assert_eq!(Some(latest), explanations.telemetry());
        n_batches += 1;
    }
    let predictions = explainer.predict(small::x(&instances)).unwrap();
    assert_eq!(explainer.runtime_telemetry(), predictions.telemetry());
    assert_eq!(predictions.telemetry().unwrap().mode, None);
    assert_eq!(n_batches, 3);

    // A copy is the caller's own.
    let mut copy = explainer.runtime_telemetry().unwrap();
    copy.batch_id.clear();
    copy.plugins.clear();
    assert_eq!(explainer.runtime_telemetry(), predictions.telemetry());

    let error = explainer.explain_factual(small::x(&[1.0, f64::NAN, 2.0])).unwrap_err();
    let failed = explainer.runtime_telemetry().unwrap();
    assert_eq!(failed.error.unwrap().code, error.code());
}

#[test]
fn runtime_telemetry_may_be_read_while_batches_run() {
    let (_places, explainer) = small_explainer();
    let instances = small::instances();
    let is_done = AtomicBool::new(false);
    let names: Vec<String> = (0..60).map(|batch_idx| format!("batch {batch_idx}")).collect();
    let seen: Vec<Vec<Snapshot>> = std::thread::scope(|scope| {
        let (explainer, is_done) = (&explainer, &is_done);
        let read = move || {
            let mut seen: Vec<Snapshot> = Vec::new();
            loop {
                // Asked for before the last look, so that the last batch is always seen.
                let was_done = is_done.load(Ordering::SeqCst);
                seen.extend(explainer.runtime_telemetry().filter(|latest| seen.last() != Some(latest)));
                if was_done {
                    return seen;
                }
            }
        };
        let readers: Vec<_> = (0..3).map(|_| scope.spawn(read)).collect();
        for (batch_idx, name) in names.iter().enumerate() {
            let rows = &instances[..3 * (1 + batch_idx % 20)];
            let batch = Instances::new(small::x(rows)).batch_id(name);
            let mode = if batch_idx % 2 == 0 { Mode::Factual } else { Mode::Fast };
            let explanations = explainer.explain(mode, batch).unwrap();
            explainer.plot(&explanations, 0, "svg").unwrap();
        }
        is_done.store(true, Ordering::SeqCst);
        readers.into_iter().map(|reader| reader.join().unwrap()).collect()
    });
    for snapshots in &seen {
        assert!(!snapshots.is_empty());
        assert_eq!(snapshots.last().unwrap().batch_id, "batch 59");
        let mut latest = 0;
        for snapshot in snapshots {
            // Each is whole: its name, its mode and its rows belong together.
            let batch_idx = names.iter().position(|name| *name == snapshot.batch_id).unwrap();
            assert!(batch_idx >= latest, "an older batch came back");
            latest = batch_idx;
            let mode = if batch_idx % 2 == 0 { "factual" } else { "fast" };
            assert_eq!(snapshot.mode.as_deref(), Some(mode));
            assert_eq!(snapshot.inputs.data.rows, Some(1 + batch_idx as u64 % 20));
        }
    }
}

#[test]
fn batch_identifiers_are_the_callers_or_never_given_twice() {
    let (_places, explainer) = small_explainer();
    let instances = small::instances();
    let x = small::x(&instances);
    let given = explainer.explain_factual(Instances::new(x).batch_id("night run 7")).unwrap();
    assert_eq!(given.telemetry().unwrap().batch_id, "night run 7");
    let given = explainer.predict(Instances::new(x).batch_id("night run 8")).unwrap();
    assert_eq!(given.telemetry().unwrap().batch_id, "night run 8");

    let (explainer, x) = (&explainer, &x);
    let batch_id = |explanations: Explanations| explanations.telemetry().unwrap().batch_id;
    let made: Vec<String> = std::thread::scope(|scope| {
        let explain = move || (0..25).map(|_| batch_id(explainer.explain_factual(*x).unwrap())).collect::<Vec<_>>();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(explain)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(made.len(), 200);
    assert_eq!(made.iter().collect::<HashSet<_>>().len(), 200, "a batch identifier was given twice");

    let run_ids: HashSet<String> = (0..5).map(|_| explainer.explain_factual(*x).unwrap().run_id().to_owned()).collect();
    assert_eq!(run_ids.len(), 1, "the same request has the same name");
}
