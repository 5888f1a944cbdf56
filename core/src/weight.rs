//! How much a feature's value moves a calibrated prediction. It never decides which features are compared.

use serde::{Deserialize, Serialize};

use crate::Interval;

/// Two numbers that differ by less are equal: averaging equal numbers leaves a noise of about 1e-17, which is no
/// finding.
pub const EQUAL_WITHIN: f64 = 1e-12;

/// The weight of a feature in a factual or a FAST explanation, with its uncertainty; `low <= high`, infinite where a
/// bound of the other prediction is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Weight {
    /// The instance's prediction less the prediction without knowledge of the feature's value.
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
        let same = equal(base.predict, other.predict) && equal(base.low, other.low) && equal(base.high, other.high);
        (!same).then(|| Self::between(base, other))
    }
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
        assert!(Weight::if_moved(BASE, Interval { low: 0.3, ..BASE }).is_some());
        assert!(Weight::if_moved(BASE, Interval { high: f64::INFINITY, ..BASE }).is_some());
    }
}
