//! The pareto frontier of rules: the cheapest way to each prediction. It never looks at the instance.

use super::{Candidate, candidate};
use crate::weight::EQUAL_WITHIN;

/// What the frontier keeps small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// The width of a rule's interval.
    IntervalWidth,
    /// The number of features that a rule is about.
    RuleSize,
}

impl Cost {
    fn of(self, rule: &Candidate) -> f64 {
        match self {
            Self::IntervalWidth => candidate::width(rule.prediction),
            Self::RuleSize => rule.n_conditions as f64,
        }
    }
}

/// The cheapest rule to one prediction.
struct Cheapest {
    idx: usize,
    cost: f64,
}

/// Which rules are on the frontier, `[n_rules]`; nothing is NaN.
///
/// Of the rules with equal predictions (within 1e-12) the cheapest stands for all, of equally cheap ones the first. In
/// the order of the predictions, a rule is on the frontier if no rule before it, or no rule after it, is cheaper by more
/// than 1e-12. So the least and the greatest prediction always are.
pub(super) fn frontier(cost: Cost, rules: &[Candidate]) -> Vec<bool> {
    let cheapest = cheapest(cost, rules);
    let mut on_frontier = vec![false; rules.len()];
    let mut mark = |group: &Cheapest, least: &mut f64| {
        *least = least.min(group.cost);
        on_frontier[group.idx] |= group.cost <= *least + EQUAL_WITHIN;
    };
    let (mut from_left, mut from_right) = (f64::INFINITY, f64::INFINITY);
    cheapest.iter().for_each(|group| mark(group, &mut from_left));
    cheapest.iter().rev().for_each(|group| mark(group, &mut from_right));
    on_frontier
}

/// One rule per prediction, in ascending order of the prediction.
fn cheapest(cost: Cost, rules: &[Candidate]) -> Vec<Cheapest> {
    let predict = |idx: usize| rules[idx].prediction.predict;
    let mut order: Vec<usize> = (0..rules.len()).collect();
    order.sort_by(|&a, &b| predict(a).total_cmp(&predict(b)));
    let mut groups = Vec::new();
    let mut rest = &order[..];
    while let [first, ..] = *rest {
        let is_equal = |&idx: &usize| predict(idx) == predict(first) || predict(idx) - predict(first) < EQUAL_WITHIN;
        let (group, others) = rest.split_at(rest.partition_point(is_equal));
        let least = group.iter().map(|&idx| cost.of(&rules[idx])).fold(f64::INFINITY, f64::min);
        let is_cheapest = |idx: &usize| cost.of(&rules[*idx]) <= least + EQUAL_WITHIN;
        let idx = group.iter().copied().filter(is_cheapest).min().unwrap_or(first);
        groups.push(Cheapest { idx, cost: cost.of(&rules[idx]) });
        rest = others;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::{Cost, frontier};
    use crate::Interval;
    use crate::analysis::Candidate;

    fn rule(predict: f64, width: f64, n_conditions: usize) -> Candidate {
        let prediction = Interval { predict, low: predict, high: predict + width };
        Candidate { prediction, n_conditions, ..Candidate::default() }
    }

    fn kept(cost: Cost, rules: &[Candidate]) -> Vec<usize> {
        (0..).zip(frontier(cost, rules)).filter_map(|(idx, is_on)| is_on.then_some(idx)).collect()
    }

    #[test]
    fn a_rule_with_cheaper_ones_on_both_sides_is_off_the_frontier() {
        let rules = [rule(4.0, 2.0, 1), rule(1.0, 3.0, 1), rule(2.0, 1.0, 1), rule(3.0, 2.5, 1), rule(5.0, 2.0, 1)];
        assert_eq!(kept(Cost::IntervalWidth, &rules), [0, 1, 2, 4]);
    }

    #[test]
    fn of_equal_predictions_the_cheapest_is_kept_and_of_equal_costs_the_first() {
        let rules = [rule(1.0, 3.0, 1), rule(1.0 + 1e-14, 2.0, 1), rule(1.0, 2.0, 1), rule(1.5, 9.0, 1)];
        assert_eq!(kept(Cost::IntervalWidth, &rules), [1, 3]);
        assert_eq!(kept(Cost::RuleSize, &rules), [0, 3]);
    }

    #[test]
    fn short_rules_are_cheap_by_size() {
        let rules = [rule(1.0, 1.0, 1), rule(2.0, 0.1, 2), rule(3.0, 1.0, 1)];
        assert_eq!(kept(Cost::RuleSize, &rules), [0, 2]);
        assert_eq!(kept(Cost::IntervalWidth, &rules), [0, 1, 2]);
    }

    #[test]
    fn infinite_widths_and_no_rules_are_allowed() {
        let rules = [rule(1.0, f64::INFINITY, 1), rule(2.0, f64::INFINITY, 1), rule(3.0, f64::INFINITY, 1)];
        assert_eq!(kept(Cost::IntervalWidth, &rules), [0, 1, 2]);
        assert!(kept(Cost::IntervalWidth, &[]).is_empty());
    }
}
