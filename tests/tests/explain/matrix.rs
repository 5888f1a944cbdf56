//! The journey in every cell: three modes by every task, with Mondrian categories and categorical features, in every order
//! of calls, with the two variables of the journey set. Telemetry says what happened, and plots are drawn.

use std::collections::{BTreeMap, HashSet};

use ce_host::config::{Environment, TelemetryLevel};
use ce_host::plugin_api::manifest::Mode;
use ce_host::telemetry::Snapshot;
use ce_host::{Explainer, Explanations, Host};
use ce_tests::fast_bundle;
use serde_json::{Value, json};

use crate::case::{Trusting, explanations_file, predictions_file, trusting};
use crate::cells::{Ask, CELLS, Cell, N_INSTANCES, Target};

const STYLE: &str = "plot_spec.default.factual";

const ORDERS: [[Mode; 3]; 6] = {
    use Mode::{Alternative as A, Factual as F, Fast as Q};
    [[F, A, Q], [F, Q, A], [A, F, Q], [A, Q, F], [Q, F, A], [Q, A, F]]
};

fn journey() -> (Trusting, Host) {
    let places = trusting(&fast_bundle());
    let variables = [("CE_INTERVAL_PLUGIN", "core.interval.fast"), ("CE_PLOT_STYLE", STYLE)];
    let environment = Environment::from_vars(variables).unwrap();
    let host = places.host().environment(environment).telemetry(TelemetryLevel::Full).build().unwrap();
    (places, host)
}

/// What telemetry must say of a batch.
fn check_telemetry(snapshot: &Snapshot, cell: &Cell, ask: Ask, mode: Option<Mode>) {
    let place = format!("{}, {ask:?}, {mode:?}", cell.name);
    let is_value = cell.target == Target::Value && matches!(ask, Ask::Nothing | Ask::Percentiles(..));
    assert_eq!(snapshot.mode.as_deref(), mode.map(Mode::as_str), "{place}");
    assert_eq!(snapshot.task, if cell.target == Target::Value { "regression" } else { "classification" }, "{place}");
    assert_eq!(snapshot.interval_source.as_deref(), Some("core.interval.fast"), "{place}");
    assert_eq!(snapshot.proba_source.as_deref(), (!is_value).then_some("core.interval.fast"), "{place}");
    assert_eq!(snapshot.explanation_source, mode.map(|mode| format!("core.explanation.{mode}")), "{place}");
    assert_eq!(snapshot.instances.len(), N_INSTANCES, "{place}");
    assert!(snapshot.warnings.is_empty(), "{place}: {:?}", snapshot.warnings);

    let text = serde_json::to_string(snapshot).unwrap();
    let strict: Value = serde_json::from_str(&text).unwrap();
    let uncertainty = &strict["uncertainty"];
    let (representation, threshold, percentiles, confidence) = match (cell.target, ask) {
        (Target::Classes(_), _) => ("venn_abers", json!(null), json!(null), json!(null)),
        (_, Ask::Nothing) => ("percentile", json!(null), json!([0.05, 0.95]), json!(0.8999999999999999)),
        (_, Ask::Percentiles(..)) => ("percentile", json!(null), json!(["-inf", 0.9]), json!(0.9)),
        (_, Ask::AtMost(threshold)) => ("threshold", json!(threshold), json!(null), json!(null)),
        (_, Ask::Between(low, high)) => ("threshold", json!([low, high]), json!(null), json!(null)),
    };
    assert_eq!(uncertainty["representation"], representation, "{place}");
    assert_eq!(uncertainty["threshold"], threshold, "{place}");
    assert_eq!(uncertainty["raw_percentiles"], percentiles, "{place}");
    assert_eq!(uncertainty["confidence_level"], confidence, "{place}");
    assert_eq!(uncertainty["calibrated_value"], strict["instances"][0]["prediction"]["value"], "{place}");
}

/// A style that draws other modes is passed over for what it names itself, and telemetry says so.
fn check_plot(explainer: &Explainer, explanations: &Explanations, place: &str) {
    let plotted = explainer.plot(explanations, 3, "svg").unwrap();
    let drawn = if explanations.mode() == Mode::Alternative { "plot_spec.default" } else { STYLE };
    assert_eq!(plotted.style, drawn, "{place}");
    let svg = String::from_utf8(plotted.bytes).unwrap();
    assert!(svg.starts_with("<svg") && !svg.contains("NaN"), "{place}");
    let snapshot = explanations.telemetry().unwrap();
    assert_eq!(snapshot.plot_source.as_deref(), Some(drawn), "{place}");
    assert_eq!(snapshot.plot_fallbacks, [STYLE, "plot_spec.default", "legacy"], "{place}");
    let style = snapshot.selection.iter().find(|selection| selection.slot == "plots.style").unwrap();
    assert_eq!((style.requested.as_str(), style.requested_by.as_str()), (STYLE, "env:CE_PLOT_STYLE"), "{place}");
    assert_eq!(style.fallback_used, drawn != STYLE, "{place}");
    let codes: Vec<&str> = style.skipped.iter().map(|skipped| skipped.code.as_str()).collect();
    assert_eq!(codes, if drawn == STYLE { &[][..] } else { &["route.wrong_mode"][..] }, "{place}");
}

/// Explains one cell in one order of modes, each mode with all that can be asked, and predicts in between.
fn explain_in(cell: &Cell, host: &Host, order: &[Mode], files: &mut BTreeMap<String, HashSet<Vec<u8>>>) -> usize {
    let explainer = host.explainer(cell.model(), cell.calibration()).build().unwrap();
    let rows = cell.rows_to_explain();
    let mut n_batches = 0;
    for (turn, &mode) in order.iter().enumerate() {
        // What is asked goes round too, so that no order of questions is the only one that works.
        for ask_idx in 0..cell.asks.len() {
            let ask = cell.asks[(ask_idx + turn) % cell.asks.len()];
            let place = format!("{}, {ask:?}, {mode}", cell.name);
            let explanations = explainer.explain(mode, cell.batch(&rows, ask)).unwrap();
            check_telemetry(&explanations.telemetry().unwrap(), cell, ask, Some(mode));
            assert!(explanations.iter().any(|explanation| explanation.rules().len() > 0), "{place}: no rule at all");
            check_plot(&explainer, &explanations, &place);
            files.entry(place).or_default().insert(explanations_file(&explanations));
            let predictions = explainer.predict(cell.batch(&rows, ask)).unwrap();
            check_telemetry(&predictions.telemetry().unwrap(), cell, ask, None);
            files.entry(format!("{}, {ask:?}", cell.name)).or_default().insert(predictions_file(&predictions));
            for (instance, explanation) in explanations.iter().enumerate() {
                assert_eq!(predictions.get(instance), Some(explanation.prediction()), "{}", cell.name);
            }
            n_batches += 2;
        }
    }
    n_batches
}

#[test]
fn every_mode_explains_every_task_in_any_order_with_the_same_numbers() {
    let (_places, host) = journey();
    let mut files = BTreeMap::new();
    let mut n_batches = 0;
    for cell in &CELLS {
        for order in &ORDERS {
            n_batches += explain_in(cell, &host, order, &mut files);
        }
    }
    // Five cells ask one thing and three ask four, in three modes and predicted, in six orders.
    assert_eq!(n_batches, (5 + 3 * 4) * 3 * 2 * 6);
    assert_eq!(files.len(), (5 + 3 * 4) * 4);
    let changed: Vec<&String> = files.iter().filter(|(_, files)| files.len() > 1).map(|(place, _)| place).collect();
    assert!(changed.is_empty(), "some order of calls changed the numbers of {changed:?}");
}

#[test]
fn a_batch_of_n_is_n_batches_of_one_in_every_cell() {
    let (_places, host) = journey();
    let mut n_explanations = 0;
    for cell in &CELLS {
        let explainer = host.explainer(cell.model(), cell.calibration()).build().unwrap();
        let rows = cell.rows_to_explain();
        for mode in ORDERS[0] {
            for &ask in cell.asks {
                let together = explanations(&explainer.explain(mode, cell.batch(&rows, ask)).unwrap());
                for (instance, together) in together.iter().enumerate() {
                    let alone = cell.part(&rows, instance..instance + 1, ask);
                    let alone = explanations(&explainer.explain(mode, alone).unwrap());
                    assert_eq!(&alone[0], together, "{}, {ask:?}, {mode}, instance {instance}", cell.name);
                    n_explanations += 1;
                }
            }
        }
    }
    assert_eq!(n_explanations, (5 + 3 * 4) * 3 * N_INSTANCES);
}

/// The explanations of a file.
fn explanations(of: &Explanations) -> Vec<Value> {
    let file: Value = serde_json::from_slice(&explanations_file(of)).unwrap();
    file["explanations"].as_array().unwrap().clone()
}

#[test]
fn saved_and_restored_explains_the_same_in_every_cell() {
    let (_places, host) = journey();
    let mut n_restored = 0;
    for cell in &CELLS {
        let rows = cell.rows_to_explain();
        for mode in ORDERS[0] {
            let first = host.explainer(cell.model(), cell.calibration()).build().unwrap();
            let second = host.explainer(cell.model(), cell.calibration()).build().unwrap();
            second.restore(&first.save(mode).unwrap()).unwrap();
            for &ask in cell.asks {
                let explain = |explainer: &Explainer| explainer.explain(mode, cell.batch(&rows, ask)).unwrap();
                assert_eq!(explanations_file(&explain(&first)), explanations_file(&explain(&second)), "{}", cell.name);
                n_restored += 1;
            }
        }
    }
    assert_eq!(n_restored, (5 + 3 * 4) * 3);
}
