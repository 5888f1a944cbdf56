//! Compares explanations with golden ones, rule by rule, and counts what it compared.

use ce_host::{Explanation, Explanations, Rule};
use serde_json::Value;

/// Probabilities may differ by this much, values by this much of their size.
const TOLERANCE: f64 = 1e-9;
/// A rule whose weight is smaller is a matter of rounding, and may be missing on either side.
const OPTIONAL_BELOW: f64 = 1e-12;

/// What was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Compared {
    pub(crate) rules: usize,
    pub(crate) numbers: usize,
    pub(crate) texts: usize,
    /// Golden rules that are not there, as their weight is a matter of rounding.
    pub(crate) optional: usize,
    /// Rules that the package drops as their weight is 0, though their bounds say something else.
    pub(crate) kept: usize,
    /// Golden rules of features whose cut points hang on rounding noise.
    pub(crate) ambiguous: usize,
}

/// Compares all explanations of a batch.
pub(crate) fn explanations(found: &Explanations, expected: &Value, ambiguous: &[usize], compared: &mut Compared) {
    let expected = expected.as_array().unwrap();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        one(found, expected, ambiguous, compared);
    }
}

fn one(found: Explanation<'_>, expected: &Value, ambiguous: &[usize], compared: &mut Compared) {
    let base = found.prediction();
    for (number, (key, place)) in
        [base.value, base.low, base.high].into_iter().zip([("predict", 0), ("low", 1), ("high", 2)])
    {
        // The mended files have an array in place of the object.
        let expected = &expected["base"];
        close(number, if expected.is_array() { &expected[place] } else { &expected[key] });
        compared.numbers += 1;
    }
    let is_ambiguous = |rule: &Rule<'_>| ambiguous.contains(&rule.conditions().next().unwrap().feature());
    let mut rules = found.rules().filter(|rule| !is_ambiguous(rule)).peekable();
    for expected in expected["rules"].as_array().unwrap() {
        if ambiguous.contains(&(expected["feature"].as_u64().unwrap() as usize)) {
            compared.ambiguous += 1;
            continue;
        }
        let text = expected["rule"].as_str().unwrap();
        while rules.next_if(|rule| rule.text() != text && is_without_weight(rule)).is_some() {
            compared.kept += 1;
        }
        let Some(rule) = rules.next_if(|rule| rule.text() == text) else {
            let weight = expected["weight"].as_f64().unwrap();
            assert!(weight.abs() < OPTIONAL_BELOW, "instance {}: no rule {expected}", found.index());
            compared.optional += 1;
            continue;
        };
        numbers(rule, expected, compared);
    }
    for rule in rules {
        assert!(is_without_weight(&rule), "instance {} has a rule too many: {}", found.index(), rule.text());
        compared.kept += 1;
    }
}

fn is_without_weight(rule: &Rule<'_>) -> bool {
    rule.weight().value.abs() < OPTIONAL_BELOW
}

fn numbers(rule: Rule<'_>, expected: &Value, compared: &mut Compared) {
    compared.texts += 1;
    if let Some(value) = expected["value"].as_str() {
        assert_eq!(rule.value_text(), value, "{}", rule.text());
        compared.texts += 1;
    }
    let (weight, prediction) = (rule.weight(), rule.prediction());
    for (number, keys) in [
        (weight.value, ["weight"; 2]),
        (weight.low, ["weight_low"; 2]),
        (weight.high, ["weight_high"; 2]),
        (prediction.value, ["predict"; 2]),
        (prediction.low, ["predict_low", "low"]),
        (prediction.high, ["predict_high", "high"]),
    ] {
        close(number, keys.iter().map(|key| &expected[*key]).find(|value| !value.is_null()).unwrap());
        compared.numbers += 1;
    }
    compared.rules += 1;
}

/// Demands that a number is the golden one, within the tolerance of the golden numbers.
pub(crate) fn close(found: f64, expected: &Value) {
    let expected = match expected.as_str() {
        Some("inf") => f64::INFINITY,
        Some("-inf") => f64::NEG_INFINITY,
        _ => expected.as_f64().unwrap(),
    };
    let is_close = found == expected || (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0);
    assert!(is_close, "{found} instead of {expected}");
}
