//! Which rules are drawn and in which order. It looks at weights only.

use super::explanation::Rule;

/// The `max_rules` rules of largest (|weight|, width of the weight's interval), largest first.
///
/// The published order is ascending with the last ones taken; so among equals the later rule stands higher. NaN
/// counts as 0, an infinity as the largest number.
pub(super) fn largest_first(rules: Vec<Rule>, max_rules: usize) -> Vec<Rule> {
    let mut keyed: Vec<((f64, f64), Rule)> = rules.into_iter().map(|rule| (key(&rule), rule)).collect();
    keyed.sort_by(|(a, _), (b, _)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    keyed.into_iter().rev().take(max_rules).map(|(_, rule)| rule).collect()
}

fn key(rule: &Rule) -> (f64, f64) {
    (finite(rule.weight.abs()), finite(rule.weight_high - rule.weight_low))
}

fn finite(value: f64) -> f64 {
    // Adding zero turns -0 into 0, which the total order would tell apart.
    if value.is_nan() { 0.0 } else { value.clamp(f64::MIN, f64::MAX) + 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(weights: &[(f64, f64, f64)], max_rules: usize) -> Result<Vec<String>, serde_json::Error> {
        let mut rules = Vec::new();
        for (position, &(weight, weight_low, weight_high)) in weights.iter().enumerate() {
            let text = format!(r#"{{"rule": "{position}", "weight": 0, "weight_low": 0, "weight_high": 0}}"#);
            let mut rule: Rule = serde_json::from_str(&text)?;
            (rule.weight, rule.weight_low, rule.weight_high) = (weight, weight_low, weight_high);
            rules.push(rule);
        }
        Ok(largest_first(rules, max_rules).into_iter().map(|rule| rule.into_row().rule).collect())
    }

    #[test]
    fn magnitude_then_width_then_position() -> Result<(), serde_json::Error> {
        let rules = [(0.1, 0.0, 0.2), (-0.3, -0.4, 0.0), (0.1, 0.0, 0.3), (0.1, 0.0, 0.2)];
        assert_eq!(order(&rules, 10)?, ["1", "2", "3", "0"]);
        assert_eq!(order(&rules, 2)?, ["1", "2"]);
        Ok(())
    }

    #[test]
    fn infinite_is_first_and_nan_is_last() -> Result<(), serde_json::Error> {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        let rules = [(nan, nan, nan), (0.5, 0.0, 1.0), (-inf, -inf, -inf), (f64::MIN, -inf, inf), (0.5, -inf, 1.0)];
        assert_eq!(order(&rules, 10)?, ["3", "2", "4", "1", "0"]);
        Ok(())
    }
}
