//! A rule and the instance that it is about, as far as filters and rankings look at them. It never keeps or drops a rule.

use crate::weight::EQUAL_WITHIN;
use crate::{Error, Interval, Weight, check};

/// What the numbers of an explanation measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// A probability: of a class, or of the event of a thresholded regression. The decision boundary is 0.5.
    Probability,
    /// A value of a regression, in the unit of the target. There is no decision boundary.
    Value,
}

/// The instance that is explained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Subject {
    /// Its own prediction. Bounds may be infinite.
    pub base: Interval,
    /// What the base and the rules' predictions measure.
    pub scale: Scale,
}

/// A rule that may be kept or ranked: a single condition, or a conjunction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Candidate {
    /// The rule's prediction. Bounds may be infinite.
    pub prediction: Interval,
    /// The rule's weight. Filters do not look at it.
    pub weight: Weight,
    /// How many features the rule is about: 1, or more for a conjunction. Only [`Cost::RuleSize`](super::Cost) looks at
    /// it.
    pub n_conditions: usize,
}

/// Where an alternative leads, seen from the instance's own prediction (Löfström et al. 2024, arXiv 2410.05479).
///
/// In a formula `b` is the prediction of the instance, `p` that of the rule; both are compared exactly. The bounds
/// matter to [`Direction::Semi`] of values only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// More of the same. Probabilities: `p > b` where `b > 0.5`, otherwise `p < b`. Values: `p > b`.
    Super,
    /// Less of the same. Probabilities: `0.5 < p < b` where `b > 0.5`, otherwise `b < p < 0.5`. Values: `p` lies in the
    /// interval of the instance, and `b` in that of the rule, ends included.
    Semi,
    /// The opposite. Probabilities: `p <= 0.5` where `b > 0.5`, otherwise `p >= 0.5`. Values: `p < b`.
    Counter,
}

impl Direction {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Super, Self::Semi, Self::Counter];

    /// The field's name: `super`, `semi`, `counter`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Super => "super",
            Self::Semi => "semi",
            Self::Counter => "counter",
        }
    }
}

impl Subject {
    /// Whether a rule with this prediction leads there. A rule may lead nowhere, and of values it may lead two ways.
    #[must_use]
    pub fn leads(&self, direction: Direction, rule: Interval) -> bool {
        let (b, p) = (self.base.predict, rule.predict);
        match (self.scale, direction) {
            (Scale::Probability, Direction::Super) => (b > 0.5 && p > b) || (b <= 0.5 && p < b),
            (Scale::Probability, Direction::Semi) => (0.5 < p && p < b) || (b < p && p < 0.5),
            (Scale::Probability, Direction::Counter) => (b > 0.5 && p <= 0.5) || (b <= 0.5 && p >= 0.5),
            (Scale::Value, Direction::Super) => p > b,
            (Scale::Value, Direction::Semi) => holds(rule, b) && holds(self.base, p),
            (Scale::Value, Direction::Counter) => p < b,
        }
    }

    /// Whether the rule leaves the decision open: its interval holds 0.5 strictly between its bounds, or, of values, the
    /// prediction of the instance, bounds included.
    #[must_use]
    pub fn is_potential(&self, rule: Interval) -> bool {
        match self.scale {
            Scale::Probability => rule.low < 0.5 && 0.5 < rule.high,
            Scale::Value => holds(rule, self.base.predict),
        }
    }

    /// Whether the rule's interval is no wider than the instance's, within 1e-12. Infinite widths are equal.
    #[must_use]
    pub fn is_ensured(&self, rule: Interval) -> bool {
        width(rule) <= width(self.base) + EQUAL_WITHIN
    }

    /// Whether the rule's prediction and both its bounds are the instance's, within 1e-12.
    #[must_use]
    pub fn is_unmoved_by(&self, rule: Interval) -> bool {
        Weight::if_moved(self.base, rule).is_none()
    }

    /// `Invalid` if a number of the instance or of a rule is NaN.
    pub(super) fn check(&self, rules: &[Candidate]) -> Result<(), Error> {
        let is_nan = |interval: Interval| [interval.predict, interval.low, interval.high].iter().any(|x| x.is_nan());
        check::rule("prediction of the instance", !is_nan(self.base), || "holds NaN, numbers are needed".into())?;
        match rules.iter().position(|rule| is_nan(rule.prediction)) {
            None => Ok(()),
            Some(idx) => {
                Err(Error::Invalid { what: "rules", why: format!("rule {idx} predicts NaN, numbers are needed") })
            }
        }
    }
}

/// The width of an interval; 0 where both bounds are the same infinity.
pub(super) fn width(interval: Interval) -> f64 {
    if interval.low == interval.high { 0.0 } else { interval.high - interval.low }
}

fn holds(interval: Interval, value: f64) -> bool {
    interval.low <= value && value <= interval.high
}

#[cfg(test)]
mod tests {
    use super::{Direction, Scale, Subject};
    use crate::Interval;

    fn leads(scale: Scale, base: (f64, f64, f64), rule: (f64, f64, f64)) -> Vec<&'static str> {
        let interval = |(predict, low, high)| Interval { predict, low, high };
        let subject = Subject { base: interval(base), scale };
        let names = Direction::ALL.into_iter().filter(|&direction| subject.leads(direction, interval(rule)));
        names.map(Direction::name).collect()
    }

    #[test]
    fn a_probability_leads_away_from_one_half_towards_it_or_across() {
        let positive = (0.7, 0.6, 0.8);
        for (p, expected) in [(0.8, "super"), (0.6, "semi"), (0.5, "counter"), (0.2, "counter")] {
            assert_eq!(leads(Scale::Probability, positive, (p, p, p)), [expected], "{p}");
        }
        let negative = (0.3, 0.2, 0.4);
        for (p, expected) in [(0.2, "super"), (0.4, "semi"), (0.5, "counter"), (0.8, "counter")] {
            assert_eq!(leads(Scale::Probability, negative, (p, p, p)), [expected], "{p}");
        }
        assert!(leads(Scale::Probability, positive, positive).is_empty());
    }

    #[test]
    fn a_base_of_exactly_one_half_counts_as_negative() {
        let base = (0.5, 0.4, 0.6);
        assert_eq!(leads(Scale::Probability, base, (0.4, 0.4, 0.4)), ["super"]);
        assert_eq!(leads(Scale::Probability, base, (0.6, 0.6, 0.6)), ["counter"]);
        assert_eq!(leads(Scale::Probability, base, base), ["counter"]);
    }

    #[test]
    fn a_value_leads_up_or_down_and_is_semi_where_each_lies_in_the_others_interval() {
        let base = (10.0, 8.0, 12.0);
        assert_eq!(leads(Scale::Value, base, (11.0, 10.0, 13.0)), ["super", "semi"]);
        assert_eq!(leads(Scale::Value, base, (11.0, 10.5, 13.0)), ["super"]);
        assert_eq!(leads(Scale::Value, base, (13.0, 9.0, 14.0)), ["super"]);
        assert_eq!(leads(Scale::Value, base, (9.0, f64::NEG_INFINITY, f64::INFINITY)), ["semi", "counter"]);
    }

    #[test]
    fn infinite_widths_are_equal_and_wider_than_finite_ones() {
        let unbounded = Interval { predict: 0.0, low: f64::NEG_INFINITY, high: f64::INFINITY };
        let bounded = Interval { predict: 0.0, low: -1.0, high: 1.0 };
        let of = |base| Subject { base, scale: Scale::Value };
        assert!(of(unbounded).is_ensured(unbounded) && of(unbounded).is_ensured(bounded));
        assert!(!of(bounded).is_ensured(unbounded));
        assert!(of(bounded).is_ensured(Interval { high: 1.0 + 1e-13, ..bounded }));
        assert!(!of(bounded).is_ensured(Interval { high: 1.0 + 1e-11, ..bounded }));
    }
}
