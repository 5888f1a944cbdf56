//! The host's whole way against the numbers of the Python package 1.0.2: model file, calibration set, learner, FAST bundle,
//! routing, the ask/answer loop, and the text of the rules.

mod fast;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ce_host::bundle::Digest;
use ce_host::config::{Environment, Slot};
use ce_host::plugin_api::data::Matrix;
use ce_host::plugin_api::manifest::Mode;
use ce_host::{CalibrationSet, Explainer, Explanations, Host, Model};
use ce_tests::{fast_bundle, workspace_root};
use serde_json::{Value, json};

/// Probabilities may differ by this much.
const TOLERANCE: f64 = 1e-9;
/// A rule whose weight is smaller is a matter of rounding, and may be missing on either side.
const OPTIONAL_BELOW: f64 = 1e-12;

/// What was compared.
#[derive(Debug, Default, PartialEq)]
struct Compared {
    rules: usize,
    numbers: usize,
    texts: usize,
    optional: usize,
}

#[test]
fn factual_and_fast_explanations_are_those_of_the_package() {
    let mut factual = Compared::default();
    let mut fast = Compared::default();
    for case in CASES {
        let input = golden(case, "input");
        let expected = golden(case, "out.v1.0.2");
        let explainer = explainer(&input);
        let (x, n_features) = matrix(&input["x_test"]);
        let x = Matrix::new(&x, x.len() / n_features, n_features).unwrap();
        compare(&explainer.explain(Mode::Factual, x).unwrap(), &expected["factual"], &mut factual);
        compare(&explainer.explain(Mode::Fast, x).unwrap(), &expected["fast"], &mut fast);
    }
    assert_eq!(factual, Compared { rules: 268, numbers: 268 * 6 + 48 * 3, texts: 268 * 2, optional: 9 });
    assert_eq!(fast, Compared { rules: 312, numbers: 312 * 6 + 48 * 3, texts: 312 * 2, optional: 0 });
}

#[test]
fn predictions_are_those_of_the_package() {
    let mut n_numbers = 0;
    for case in CASES {
        let input = golden(case, "input");
        let expected = &golden(case, "out.v1.0.2")["predict_proba"];
        let (x, n_features) = matrix(&input["x_test"]);
        let x = Matrix::new(&x, x.len() / n_features, n_features).unwrap();
        let predictions = explainer(&input).predict(x).unwrap();
        for row_idx in 0..x.n_rows {
            let found = predictions.get(row_idx).unwrap();
            let proba = &expected["proba"][row_idx];
            close(found.value, &proba[1]);
            close(predictions.probabilities(row_idx)[0], &proba[0]);
            close(found.low, &expected["low"][row_idx]);
            close(found.high, &expected["high"][row_idx]);
            let class = expected["predicted_class"][row_idx].as_u64().unwrap();
            assert_eq!(predictions.class(row_idx), Some(class.to_string().as_str()), "{case}, row {row_idx}");
            n_numbers += 5;
        }
    }
    assert_eq!(n_numbers, 48 * 5);
}

const CASES: [&str; 4] = [
    "binary_breastcancer_analytic",
    "binary_breastcancer_forest",
    "binary_categorical_analytic",
    "binary_categorical_forest",
];

fn golden(case: &str, part: &str) -> Value {
    let path = fixtures().join(format!("{case}.{part}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

fn fixtures() -> PathBuf {
    Path::new(&workspace_root()).join("tests/fixtures/golden")
}

/// The way that a user goes: a portable model, a calibration set, and the FAST bundle for mode fast.
fn explainer(input: &Value) -> Explainer {
    let host = host();
    host.explainer(model(&host, input), set(input)).seed(input["seed"].as_u64().unwrap()).build().unwrap()
}

/// A host with the FAST bundle.
fn host() -> Host {
    let bundle = fast_bundle();
    let digest = Digest::of(&std::fs::read(&bundle).unwrap());
    let plugins = tempfile::tempdir().unwrap();
    std::fs::copy(&bundle, plugins.path().join(bundle.file_name().unwrap())).unwrap();
    Host::builder()
        .environment(Environment::from_vars(Vec::<(String, String)>::new()).unwrap())
        .working_dir(plugins.path())
        .plugins_dir(plugins.path())
        .trust_digest(digest)
        .choose(Slot::Interval, "core.interval.legacy")
        .build()
        .unwrap()
}

fn model(host: &Host, input: &Value) -> Model {
    let model = json!({
        "format": "ce-model/1", "task": "classification", "decimals": 6, "classes": ["0", "1"],
        "feature_names": input["feature_names"], "model": input["model"],
    });
    host.open_model(model.to_string().as_bytes(), None).unwrap()
}

fn set(input: &Value) -> CalibrationSet {
    let (x, n_features) = matrix(&input["x_cal"]);
    let y = input["y_cal"].as_array().unwrap().iter().map(|y| y.as_f64().unwrap()).collect();
    let categorical = input["categorical_features"].as_array().unwrap().iter().map(|c| c.as_u64().unwrap() as usize);
    CalibrationSet::new(x, y, n_features)
        .unwrap()
        .categorical(categorical.collect())
        .categories(categories(&input["categorical_labels"]))
}

/// `{"2": {"0": "lo", "1": "hi"}}` as lists of labels by column.
fn categories(labels: &Value) -> BTreeMap<usize, Vec<String>> {
    let Some(columns) = labels.as_object() else { return BTreeMap::new() };
    let list = |labels: &Value| {
        let by_code = labels.as_object().unwrap();
        (0..by_code.len()).map(|code| by_code[&code.to_string()].as_str().unwrap().to_owned()).collect()
    };
    columns.iter().map(|(column, labels)| (column.parse().unwrap(), list(labels))).collect()
}

fn matrix(rows: &Value) -> (Vec<f64>, usize) {
    let rows = rows.as_array().unwrap();
    let n_features = rows[0].as_array().unwrap().len();
    (rows.iter().flat_map(|row| row.as_array().unwrap()).map(|value| value.as_f64().unwrap()).collect(), n_features)
}

fn compare(found: &Explanations, expected: &Value, compared: &mut Compared) {
    let expected = expected.as_array().unwrap();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let base = found.prediction();
        close(base.value, &expected["base"]["predict"]);
        close(base.low, &expected["base"]["low"]);
        close(base.high, &expected["base"]["high"]);
        compared.numbers += 3;
        let mut rules = found.rules().peekable();
        for expected in expected["rules"].as_array().unwrap() {
            let feature = expected["feature"].as_u64().unwrap() as usize;
            let here = |rule: &ce_host::Rule<'_>| rule.conditions().next().unwrap().feature() == feature;
            let Some(rule) = rules.next_if(here) else {
                let weight = expected["weight"].as_f64().unwrap();
                assert!(weight.abs() < OPTIONAL_BELOW, "instance {}: no rule {expected}", found.index());
                compared.optional += 1;
                continue;
            };
            assert_eq!(rule.text(), expected["rule"].as_str().unwrap());
            assert_eq!(rule.value_text(), expected["value"].as_str().unwrap(), "{}", rule.text());
            let (weight, prediction) = (rule.weight(), rule.prediction());
            for (number, key) in [
                (weight.value, "weight"),
                (weight.low, "weight_low"),
                (weight.high, "weight_high"),
                (prediction.value, "predict"),
                (prediction.low, "predict_low"),
                (prediction.high, "predict_high"),
            ] {
                close(number, &expected[key]);
            }
            compared.rules += 1;
            compared.numbers += 6;
            compared.texts += 2;
        }
        assert!(rules.next().is_none(), "instance {} has a rule too many", found.index());
    }
}

fn close(found: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() <= TOLERANCE, "{found} instead of {expected}");
}
