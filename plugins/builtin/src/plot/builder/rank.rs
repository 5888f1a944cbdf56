//! Which rules are drawn and in which order: by weight, or alternatives by what the papers call "ensured". It reads numbers
//! only.

use super::explanation::{Alternative, Prediction, Rule};

/// The weight of the prediction against the width of its interval in the metric "ensured".
const ENSURED_WEIGHT: f64 = 0.5;

/// The `max_rules` rules of largest (|weight|, width of the weight's interval), largest first.
///
/// The published order is ascending with the last ones taken; so among equals the later rule stands higher. NaN
/// counts as 0, an infinity as the largest number.
pub(super) fn largest_first(rules: Vec<Rule>, max_rules: usize) -> Vec<Rule> {
    last_first(rules, max_rules, |rule| (rule.weight.abs(), rule.weight_high - rule.weight_low))
}

/// The `max_rules` alternatives of largest "ensured", largest first; ties, NaN and infinities as in [`largest_first`].
///
/// "ensured" is (1 - w)(1 - width) + w * prediction with w = 0.5. Probabilities are ranked for the class that is predicted:
/// if the instance's own is at most 0.5, the prediction counts as 1 - p.
pub(super) fn most_ensured_first(
    rules: Vec<Alternative>,
    max_rules: usize,
    base: &Prediction,
    is_probability: bool,
) -> Vec<Alternative> {
    let is_turned = is_probability && base.predict <= 0.5;
    last_first(rules, max_rules, |rule| {
        let prediction = if is_turned { 1.0 - rule.predict } else { rule.predict };
        ((1.0 - ENSURED_WEIGHT) * (1.0 - (rule.high - rule.low)) + ENSURED_WEIGHT * prediction, 0.0)
    })
}

/// Whether an alternative predicts what the instance's own prediction is, with the same interval, but for rounding.
pub(super) fn is_like_base(rule: &Alternative, base: &Prediction) -> bool {
    is_close(rule.predict, base.predict) && is_close(rule.low, base.low) && is_close(rule.high, base.high)
}

/// `numpy.isclose` with its defaults: NaN is close to nothing, an infinity to itself.
fn is_close(value: f64, reference: f64) -> bool {
    value == reference || (reference.is_finite() && (value - reference).abs() <= 1e-8 + 1e-5 * reference.abs())
}

fn last_first<R>(rules: Vec<R>, max_rules: usize, key: impl Fn(&R) -> (f64, f64)) -> Vec<R> {
    let keyed = rules.into_iter().map(|rule| {
        let (first, second) = key(&rule);
        ((finite(first), finite(second)), rule)
    });
    let mut keyed: Vec<((f64, f64), R)> = keyed.collect();
    keyed.sort_by(|(a, _), (b, _)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    keyed.into_iter().rev().take(max_rules).map(|(_, rule)| rule).collect()
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

    fn alternatives(numbers: &[(f64, f64, f64)]) -> Result<Vec<Alternative>, serde_json::Error> {
        let mut rules = Vec::new();
        for (position, &(predict, low, high)) in numbers.iter().enumerate() {
            let text = format!(r#"{{"rule": "{position}", "predict": 0, "low": 0, "high": 0}}"#);
            let mut rule: Alternative = serde_json::from_str(&text)?;
            (rule.predict, rule.low, rule.high) = (predict, low, high);
            rules.push(rule);
        }
        Ok(rules)
    }

    fn base(predict: f64, low: f64, high: f64) -> Result<Prediction, serde_json::Error> {
        let mut base: Prediction = serde_json::from_str(r#"{"predict": 0, "low": 0, "high": 0}"#)?;
        (base.predict, base.low, base.high) = (predict, low, high);
        Ok(base)
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

    #[test]
    fn alternatives_are_ranked_by_what_they_ensure_for_the_predicted_class() -> Result<(), serde_json::Error> {
        let numbers = [(0.9, 0.8, 1.0), (0.2, 0.1, 0.3), (0.2, 0.2, 0.2), (0.6, 0.1, 1.0), (f64::NAN, 0.0, 1.0)];
        let order = |base: &Prediction, is_probability| -> Result<Vec<String>, serde_json::Error> {
            let ranked = most_ensured_first(alternatives(&numbers)?, 9, base, is_probability);
            Ok(ranked.into_iter().map(|rule| rule.rule).collect())
        };
        assert_eq!(order(&base(0.7, 0.6, 0.8)?, true)?, ["0", "2", "1", "3", "4"]);
        // At exactly 0.5 the other class counts.
        assert_eq!(order(&base(0.5, 0.4, 0.6)?, true)?, ["2", "1", "0", "3", "4"]);
        // A value is never turned around.
        assert_eq!(order(&base(0.5, 0.4, 0.6)?, false)?, ["0", "2", "1", "3", "4"]);
        assert_eq!(most_ensured_first(alternatives(&numbers)?, 2, &base(0.7, 0.6, 0.8)?, true).len(), 2);
        Ok(())
    }

    #[test]
    fn an_infinitely_wide_alternative_ensures_least() -> Result<(), serde_json::Error> {
        let inf = f64::INFINITY;
        let rules = alternatives(&[(150.0, -inf, 200.0), (120.0, 90.0, 160.0), (130.0, 0.0, inf)])?;
        let ranked = most_ensured_first(rules, 9, &base(100.0, 90.0, 110.0)?, false);
        assert_eq!(ranked.iter().map(|rule| rule.rule.as_str()).collect::<Vec<_>>(), ["1", "2", "0"]);
        Ok(())
    }

    #[test]
    fn like_the_base_is_what_numpy_calls_close_in_all_three_numbers() -> Result<(), serde_json::Error> {
        let inf = f64::INFINITY;
        let own = base(100.0, -inf, 0.0)?;
        let rules = [
            ((100.0 + 9e-4, -inf, 9e-9), true),
            ((100.0 + 1.1e-3, -inf, 0.0), false),
            ((100.0, -1e300, 0.0), false),
            ((100.0, -inf, 2e-8), false),
            ((100.0, inf, 0.0), false),
            ((f64::NAN, -inf, 0.0), false),
        ];
        for (numbers, expected) in rules {
            let rule = alternatives(&[numbers])?;
            assert_eq!(is_like_base(&rule[0], &own), expected, "{numbers:?}");
        }
        Ok(())
    }
}
