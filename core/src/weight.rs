//! How much a feature's value moves a calibrated prediction. It never decides which features are compared.

use serde::{Deserialize, Serialize};

use crate::Interval;

/// Two numbers that differ by less are equal: averaging equal numbers leaves a noise of about 1e-17, which is no
/// finding.
pub const EQUAL_WITHIN: f64 = 1e-12;

/// The weight of a rule with its uncertainty; infinite where a bound of the other prediction is, and `low <= high`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Weight {
    /// In a factual or a FAST explanation the instance's prediction less the prediction without knowledge of the
    /// feature's value; in an alternative one the other prediction less the instance's.
    pub weight: f64,
    /// The smallest weight that the other prediction's interval leaves possible.
    pub low: f64,
    /// The largest weight that the other prediction's interval leaves possible.
    pub high: f64,
}

impl Weight {
    /// The weight of the step from `other` to `base`.
    ///
    /// As in the paper (Löfström et al. 2024) only the interval of `other` enters the weight's interval, never that of
    /// `base`. An upper bound of +∞ gives a lower weight of -∞, a lower bound of -∞ an upper weight of +∞.
    #[must_use]
    pub fn between(base: Interval, other: Interval) -> Self {
        let (from_low, from_high) = (base.predict - other.low, base.predict - other.high);
        Self { weight: base.predict - other.predict, low: from_low.min(from_high), high: from_low.max(from_high) }
    }

    /// [`Weight::between`], or `None` if neither the prediction nor one of its bounds moves by [`EQUAL_WITHIN`] or
    /// more: a step that changes nothing gives no rule.
    #[must_use]
    pub fn if_moved(base: Interval, other: Interval) -> Option<Self> {
        (!same(base, other)).then(|| Self::between(base, other))
    }

    /// How much the prediction gains in the step from `base` to `other`, so of the opposite sign to [`Weight::between`].
    ///
    /// Its bounds are those of `other` less the prediction of `base`; infinities stay.
    #[must_use]
    pub fn gained(base: Interval, other: Interval) -> Self {
        let Interval { predict, low, high } = other;
        Self { weight: predict - base.predict, low: low - base.predict, high: high - base.predict }
    }

    /// The weight of an alternative, [`Weight::gained`]; `None` as for [`Weight::if_moved`].
    #[must_use]
    pub fn of_alternative(base: Interval, alternative: Interval) -> Option<Self> {
        (!same(base, alternative)).then(|| Self::gained(base, alternative))
    }
}

/// Neither the prediction nor a bound differs.
fn same(a: Interval, b: Interval) -> bool {
    equal(a.predict, b.predict) && equal(a.low, b.low) && equal(a.high, b.high)
}

/// Equal within [`EQUAL_WITHIN`]; infinities of one sign are equal, NaN equals nothing.
fn equal(a: f64, b: f64) -> bool {
    // `a == b` first: the difference of two equal infinities is NaN.
    a == b || (a - b).abs() < EQUAL_WITHIN
}

#[cfg(test)]
mod tests {
    use super::Weight;
    use crate::Interval;

    const BASE: Interval = Interval { predict: 0.5, low: 0.4, high: 0.6 };

    #[test]
    fn weight_interval_comes_from_the_other_prediction_only() {
        let weight = Weight::between(BASE, Interval { predict: 0.25, low: 0.125, high: 0.375 });
        assert_eq!(weight, Weight { weight: 0.25, low: 0.125, high: 0.375 });
    }

    #[test]
    fn infinite_bounds_turn_into_infinite_weights() {
        let weight = Weight::between(BASE, Interval { predict: 0.25, low: f64::NEG_INFINITY, high: f64::INFINITY });
        assert_eq!(weight, Weight { weight: 0.25, low: f64::NEG_INFINITY, high: f64::INFINITY });
    }

    #[test]
    fn nothing_moved_gives_no_weight() {
        assert_eq!(Weight::if_moved(BASE, Interval { predict: 0.5 + 1e-16, low: 0.4 - 1e-13, high: 0.6 }), None);
        let unbounded = Interval { predict: 0.5, low: f64::NEG_INFINITY, high: f64::INFINITY };
        assert_eq!(Weight::if_moved(unbounded, unbounded), None);
    }

    #[test]
    fn a_moved_bound_alone_gives_a_weight() {
        for moved in [Interval { low: 0.3, ..BASE }, Interval { high: f64::INFINITY, ..BASE }] {
            assert!(Weight::if_moved(BASE, moved).is_some());
            assert!(Weight::of_alternative(BASE, moved).is_some());
        }
    }

    #[test]
    fn an_alternative_has_the_opposite_sign() {
        let alternative = Interval { predict: 0.25, low: 0.125, high: f64::INFINITY };
        let weight = Weight { weight: -0.25, low: -0.375, high: f64::INFINITY };
        assert_eq!(Weight::of_alternative(BASE, alternative), Some(weight));
        assert_eq!(Weight::of_alternative(BASE, Interval { predict: 0.5 - 1e-16, ..BASE }), None);
        let unbounded = Interval { predict: 0.5, low: f64::NEG_INFINITY, high: f64::INFINITY };
        assert_eq!(Weight::of_alternative(unbounded, unbounded), None);
    }
}
