//! Where FAST differs from the package on purpose: features that carry nothing are not asked about.

use ce_host::Explanations;
use ce_host::plugin_api::data::Matrix;
use ce_host::plugin_api::manifest::Mode;
use serde_json::{Value, json};

use super::golden::{self, host, matrix, model, set};

/// Explains a golden case in mode fast after `change` was made to its calibration rows.
fn explain(change: impl Fn(&mut Value), ignored: Value) -> Explanations {
    let mut input = golden::Golden::read("binary_breastcancer_forest").input;
    change(&mut input);
    let host = host();
    let builder = host.explainer(model(&host, &input), set(&input)).seed(42);
    let explainer = builder.option("core.explanation.fast", "features_to_ignore", ignored).build().unwrap();
    let (x, n_features) = matrix(&input["x_test"]);
    explainer.explain(Mode::Fast, Matrix::new(&x, x.len() / n_features, n_features).unwrap()).unwrap()
}

/// Feature and weight of each rule of each instance.
fn weights(explanations: &Explanations) -> Vec<Vec<(usize, f64)>> {
    let of_rule = |rule: ce_host::Rule<'_>| (rule.conditions().next().unwrap().feature(), rule.weight().value);
    explanations.iter().map(|explanation| explanation.rules().map(of_rule).collect()).collect()
}

fn without(feature: usize, all: &[Vec<(usize, f64)>]) -> Vec<Vec<(usize, f64)>> {
    all.iter().map(|rules| rules.iter().filter(|rule| rule.0 != feature).copied().collect()).collect()
}

#[test]
fn an_ignored_feature_gives_no_rule_and_leaves_the_others_alone() {
    let all = weights(&explain(|_| (), json!([])));
    assert!(all.iter().all(|rules| rules.iter().any(|rule| rule.0 == 2)), "feature 2 has rules to lose");
    assert_eq!(weights(&explain(|_| (), json!([2]))), without(2, &all));
}

#[test]
fn a_constant_column_gives_no_rule() {
    let constant = |input: &mut Value| {
        for row in input["x_cal"].as_array_mut().unwrap() {
            row[2] = json!(0.1);
        }
    };
    let found = weights(&explain(constant, json!([])));
    assert!(found.iter().all(|rules| rules.iter().all(|rule| rule.0 != 2)));
    // The noise of the later columns is drawn from the same stream, whatever the constant one holds.
    let told = weights(&explain(constant, json!([2])));
    assert_eq!(found, told);
}
