//! What a batch answered: every number for comparison, or every text for its cost. It never rounds.

use ce_host::Explanations;
use ce_host::explain::report::{Rule, Uncertain};
use serde_json::{Value, json};

/// Every number: for each instance its prediction and its rules, `[text, feature, weight…, prediction…]`. What is not finite
/// is null.
pub(crate) fn numbers(explanations: &Explanations) -> Value {
    let triple = |Uncertain { value, low, high }| [value, low, high];
    let rule = |rule: Rule<'_>| {
        let feature = rule.conditions().next().map_or(0, |condition| condition.feature());
        json!([rule.text(), feature, triple(rule.weight()), triple(rule.prediction())])
    };
    let instances: Vec<Value> = explanations
        .iter()
        .map(|explanation| {
            let rules: Vec<Value> = explanation.rules().map(rule).collect();
            json!({ "prediction": triple(explanation.prediction()), "rules": rules })
        })
        .collect();
    json!({ "instances": instances })
}

/// Writes the text of every rule and of the values it speaks of; returns how long they are together.
pub(crate) fn text_bytes(explanations: &Explanations) -> usize {
    let of = |rule: Rule<'_>| rule.text().len() + rule.value_text().len();
    explanations.iter().flat_map(|explanation| explanation.rules().map(of).collect::<Vec<_>>()).sum()
}
