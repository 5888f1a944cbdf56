//! Which rules are joined. It never asks, and sees no value of a feature.

use std::collections::BTreeSet;

use super::{Part, Rule, SIZE_MAX, Search, check_size};
use crate::Error;

/// The conditions of each conjunction of the round, in the order of finding them: see [`super::plan`].
pub(super) fn combinations(found: &[Rule], search: Search) -> Result<Vec<Vec<Part>>, Error> {
    check_size(search.size)?;
    let n_single = found.iter().filter(|rule| rule.parts.len() == 1).count();
    let most_important = last_by_importance(found, search.n_top.min(n_single).max(2));
    let mut seen = BTreeSet::new();
    let mut combinations = Vec::new();
    for single in found.iter().filter(|rule| rule.parts.len() == 1) {
        let part = single.parts[0];
        for &rule_idx in &most_important {
            let others = &found[rule_idx].parts;
            if others.len() + 1 != search.size || others.iter().any(|other| other.feature == part.feature) {
                continue;
            }
            let parts: Vec<Part> = std::iter::once(part).chain(others.iter().copied()).collect();
            if seen.insert(features(&parts)) {
                combinations.push(parts);
            }
        }
    }
    Ok(combinations)
}

/// The `n` rules of the greatest importance, ascending; of equal ones the later counts as the more important.
fn last_by_importance(rules: &[Rule], n: usize) -> Vec<usize> {
    let keys: Vec<(f64, f64)> = rules.iter().map(importance).collect();
    let mut order: Vec<usize> = (0..rules.len()).collect();
    order.sort_by(|&a, &b| keys[a].0.total_cmp(&keys[b].0).then(keys[a].1.total_cmp(&keys[b].1)));
    order.split_off(rules.len().saturating_sub(n))
}

/// The absolute weight, and how wide its interval is; both finite.
fn importance(rule: &Rule) -> (f64, f64) {
    let number = |value: f64| {
        let value = if value.is_nan() { 0.0 } else { value.clamp(-f64::MAX, f64::MAX) };
        // Adding zero makes one number of both zeros.
        value + 0.0
    };
    (number(rule.weight.weight.abs()), number(rule.weight.high - rule.weight.low))
}

/// The features of a conjunction, ascending.
fn features(parts: &[Part]) -> [u32; SIZE_MAX] {
    let mut features = [u32::MAX; SIZE_MAX];
    for (place, part) in features.iter_mut().zip(parts) {
        *place = part.feature;
    }
    features.sort_unstable();
    features
}
