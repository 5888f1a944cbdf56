//! The host's whole way against the numbers of the Python package 1.0.2: model file, calibration set, learner, FAST bundle,
//! routing, the ask/answer loop, and the text of the rules.

mod compare;
mod fast;
mod golden;

use ce_host::plugin_api::manifest::Mode;
use ce_host::{Explainer, Instances, Percentiles, Predictions, Threshold};
use serde_json::Value;

use self::compare::{Compared, close};
use self::golden::Golden;

/// The modes, the keys of their explanations, and the discretizers behind their conditions.
const MODES: [(Mode, &str, Option<&str>); 3] = [
    (Mode::Factual, "factual", Some("factual_discretizer")),
    (Mode::Alternative, "alternatives", Some("alternative_discretizer")),
    (Mode::Fast, "fast", None),
];

/// Explains a golden case in one mode and compares.
fn explain(case: &Golden, explainer: &Explainer, mode_idx: usize, event: Option<&str>, compared: &mut Compared) {
    let (mode, key, discretizer) = MODES[mode_idx];
    let (instances, key) = match event {
        Some(event) => (case.instances().threshold(threshold(&case.input[event])), format!("{key}_{event}")),
        None => (case.instances(), key.to_owned()),
    };
    let ambiguous = discretizer.map_or_else(Vec::new, |discretizer| case.ambiguous(discretizer));
    let found = explainer.explain(mode, instances).unwrap();
    compare::explanations(&found, &case.explanations(&key), &ambiguous, compared);
}

/// A number, or an array of two.
fn threshold(value: &Value) -> Threshold {
    match value.as_array() {
        Some(ends) => Threshold::between(ends[0].as_f64().unwrap(), ends[1].as_f64().unwrap()).unwrap(),
        None => Threshold::at_most(value.as_f64().unwrap()).unwrap(),
    }
}

#[test]
fn explanations_are_those_of_the_package() {
    let mut compared = [Compared::default(); 3];
    for case in Golden::all() {
        let explainer = case.explainer();
        for (mode_idx, compared) in compared.iter_mut().enumerate() {
            explain(&case, &explainer, mode_idx, None, compared);
        }
    }
    let numbers = |rules: usize| rules * 6 + 144 * 3;
    let [factual, alternatives, fast] = compared;
    assert_eq!(
        factual,
        Compared { rules: 794, numbers: numbers(794), texts: 2 * 794, optional: 31, kept: 0, ambiguous: 0 }
    );
    assert_eq!(
        alternatives,
        Compared { rules: 1034, numbers: numbers(1034), texts: 1034 + 868, optional: 53, kept: 0, ambiguous: 213 }
    );
    assert_eq!(
        fast,
        Compared { rules: 923, numbers: numbers(923), texts: 923 + 779, optional: 0, kept: 0, ambiguous: 0 }
    );
}

#[test]
fn explanations_of_events_are_those_of_the_package() {
    let mut compared = [Compared::default(); 3];
    for case in Golden::all().filter(Golden::is_regression) {
        // One explainer answers for values and events in any order.
        let explainer = case.explainer();
        for event in ["threshold_scalar", "threshold_interval"] {
            for (mode_idx, compared) in compared.iter_mut().enumerate() {
                explain(&case, &explainer, mode_idx, Some(event), compared);
            }
        }
    }
    let numbers = |rules: usize| rules * 6 + 96 * 3;
    let [factual, alternatives, fast] = compared;
    assert_eq!(
        factual,
        Compared { rules: 398, numbers: numbers(398), texts: 2 * 398, optional: 25, kept: 0, ambiguous: 0 }
    );
    assert_eq!(
        alternatives,
        Compared { rules: 373, numbers: numbers(373), texts: 2 * 373, optional: 42, kept: 0, ambiguous: 256 }
    );
    assert_eq!(
        fast,
        Compared { rules: 718, numbers: numbers(718), texts: 2 * 718, optional: 0, kept: 1, ambiguous: 0 }
    );
}

#[test]
fn predicted_classes_are_those_of_the_package() {
    let mut n_numbers = 0;
    for case in Golden::all().filter(|case| !case.is_regression()) {
        let expected = &case.expected["predict_proba"];
        let predictions = case.explainer().predict(case.instances()).unwrap();
        for row_idx in 0..case.len() {
            let proba = expected["proba"][row_idx].as_array().unwrap();
            for (found, expected) in predictions.probabilities(row_idx).iter().zip(proba) {
                close(*found, expected);
            }
            let class = expected["predicted_class"][row_idx].as_u64().unwrap();
            assert_eq!(predictions.class(row_idx), Some(class.to_string().as_str()), "{}, row {row_idx}", case.name);
            let found = predictions.get(row_idx).unwrap();
            // Of two classes the bounds are those of class 1, of more those of the predicted class, within [0, 1].
            let bound = |key: &str| match expected[key][row_idx].as_array() {
                Some(bounds) => Value::from(bounds[class as usize].as_f64().unwrap().clamp(0.0, 1.0)),
                None => expected[key][row_idx].clone(),
            };
            close(found.value, &proba[if proba.len() == 2 { 1 } else { class as usize }]);
            close(found.low, &bound("low"));
            close(found.high, &bound("high"));
            n_numbers += proba.len() + 3;
        }
    }
    assert_eq!(n_numbers, 6 * 12 * 5 + 2 * 12 * 6);
}

/// Compares the predictions of a regression, and returns how many numbers that were.
fn compare_values(found: &Predictions, expected: &Value, predict: &str) -> usize {
    for row_idx in 0..found.len() {
        let found = found.get(row_idx).unwrap();
        close(found.value, &expected[predict][row_idx]);
        close(found.low, &expected["low"][row_idx]);
        close(found.high, &expected["high"][row_idx]);
    }
    found.len() * 3
}

#[test]
fn predicted_values_are_those_of_the_package_at_all_percentiles_and_thresholds() {
    let (mut n_values, mut n_events) = (0, 0);
    for case in Golden::all().filter(Golden::is_regression) {
        let explainer = case.explainer();
        let predict = |instances: Instances<'_>| explainer.predict(instances).unwrap();
        for (pair, expected) in case.expected["predict"].as_object().unwrap() {
            let percentiles: Vec<f64> = pair.split(',').map(|percentile| percentile.parse().unwrap()).collect();
            let percentiles = Percentiles::new(percentiles[0], percentiles[1]).unwrap();
            n_values += compare_values(&predict(case.instances().percentiles(percentiles)), expected, "predict");
        }
        for event in ["threshold_scalar", "threshold_interval"] {
            let found = predict(case.instances().threshold(threshold(&case.input[event])));
            n_events += compare_values(&found, &case.expected[event], "proba");
        }
    }
    assert_eq!((n_values, n_events), (4 * 4 * 12 * 3, 4 * 2 * 12 * 3));
}

#[test]
fn the_uncertainty_block_is_that_of_the_package() {
    let mut n_numbers = 0;
    for case in Golden::all() {
        let builder = case.builder(&golden::host()).telemetry(ce_host::config::TelemetryLevel::Summary);
        let explanations = builder.build().unwrap().explain_factual(case.instances()).unwrap();
        let found = serde_json::to_value(explanations.telemetry().unwrap().uncertainty.unwrap()).unwrap();
        let expected = case.expected["telemetry_row0_uncertainty"].as_object().unwrap();
        assert_eq!(found.as_object().unwrap().len(), expected.len(), "{}", case.name);
        for (key, expected) in expected {
            n_numbers += same(&found[key], expected);
        }
    }
    // Three numbers and the pair of bounds everywhere, percentiles and confidence for regression.
    assert_eq!(n_numbers, 12 * 5 + 4 * 3);
}

/// Demands that two values of JSON are the same up to rounding, and returns how many numbers they hold.
fn same(found: &Value, expected: &Value) -> usize {
    match expected {
        Value::Array(expected) => expected.iter().enumerate().map(|(idx, expected)| same(&found[idx], expected)).sum(),
        Value::Number(_) => {
            close(found.as_f64().unwrap(), expected);
            1
        }
        other => {
            assert_eq!(found, other);
            0
        }
    }
}
