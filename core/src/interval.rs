//! A calibrated prediction with its bounds. It never says how it was calibrated.

use serde::{Deserialize, Serialize};

/// A calibrated value and the interval around it.
///
/// For a classification all three are probabilities in `[0, 1]`; for a regression they carry the unit of the target,
/// and `low` and `high` may be infinite. What a calibrator of this crate answers has `low <= predict <= high`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The point estimate.
    pub predict: f64,
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

/// How the two bounds of a probability become one point estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Summary {
    /// `high / (1 - low + high)`, see [`Interval::regularised`].
    #[default]
    RegularizedMean,
    /// The middle between the bounds.
    Mean,
    /// The lower bound.
    Lower,
    /// The upper bound.
    Upper,
}

impl Interval {
    /// The interval of a probability with the bounds `low <= high` in `[0, 1]`, and the point estimate that `summary` makes
    /// of them; it lies between them.
    #[must_use]
    pub fn summarised(low: f64, high: f64, summary: Summary) -> Self {
        let predict = match summary {
            Summary::RegularizedMean => return Self::regularised(low, high),
            Summary::Mean => (low + high) / 2.0,
            Summary::Lower => low,
            Summary::Upper => high,
        };
        Self { predict, low, high }
    }

    /// The interval of a probability with the bounds `low <= high` in `[0, 1]`; the point estimate is the regularised
    /// mean `high / (1 - low + high)` of Vovk and Petej (2014), which minimises the worst-case log loss.
    #[must_use]
    pub fn regularised(low: f64, high: f64) -> Self {
        // The quotient lies between the bounds in exact arithmetic; rounding may push it out by one ulp.
        let predict = (high / (1.0 - low + high)).max(low).min(high);
        Self { predict, low, high }
    }

    /// The same, with bounds moved out to the point estimate where it lies outside of them.
    #[must_use]
    pub fn widened(self) -> Self {
        Self { predict: self.predict, low: self.low.min(self.predict), high: self.high.max(self.predict) }
    }

    /// The mean of point estimates, of lower and of upper bounds, each for itself, summed in the order given.
    ///
    /// `None` if there are no intervals. An infinite bound makes its mean infinite; infinities of both signs among the
    /// lower bounds, or among the upper ones, have no mean, and make it NaN.
    pub fn mean(intervals: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut sum = Self::default();
        let mut count = 0.0;
        for interval in intervals {
            sum.predict += interval.predict;
            sum.low += interval.low;
            sum.high += interval.high;
            count += 1.0;
        }
        (count > 0.0).then(|| Self { predict: sum.predict / count, low: sum.low / count, high: sum.high / count })
    }
}

#[cfg(test)]
mod tests {
    use super::{Interval, Summary};

    #[test]
    fn regularised_mean_leans_towards_one_half() {
        let interval = Interval::regularised(0.8, 1.0);
        assert!((interval.predict - 1.0 / 1.2).abs() < 1e-15);
        assert_eq!(Interval::regularised(0.0, 1.0).predict, 0.5);
        assert_eq!(Interval::regularised(0.0, 0.0).predict, 0.0);
        assert_eq!(Interval::regularised(1.0, 1.0).predict, 1.0);
    }

    #[test]
    fn regularised_mean_of_nearly_equal_bounds_lies_between_them() {
        let (low, high) = (0.912_755_577_277_721_7, 0.912_755_577_277_722);
        assert!(high / (1.0 - low + high) < low, "an example that rounding pushes out");
        assert_eq!(Interval::regularised(low, high).predict, low);
    }

    #[test]
    fn each_summary_reads_its_own_point_between_the_bounds() {
        let point = |summary| Interval::summarised(0.2, 0.6, summary);
        assert_eq!(point(Summary::default()), Interval::regularised(0.2, 0.6));
        assert_eq!(point(Summary::Mean), Interval { predict: 0.4, low: 0.2, high: 0.6 });
        assert_eq!((point(Summary::Lower).predict, point(Summary::Upper).predict), (0.2, 0.6));
        let nearly = Interval::summarised(0.1, 0.1_f64.next_up(), Summary::Mean);
        assert!(nearly.low <= nearly.predict && nearly.predict <= nearly.high);
    }

    #[test]
    fn widening_moves_one_bound_and_never_the_point() {
        let inside = Interval { predict: 0.5, low: 0.4, high: 0.6 };
        assert_eq!(inside.widened(), inside);
        let above = Interval { predict: 0.7, ..inside };
        assert_eq!(above.widened(), Interval { high: 0.7, ..above });
        let below = Interval { predict: 0.1, ..inside };
        assert_eq!(below.widened(), Interval { low: 0.1, ..below });
    }

    #[test]
    fn mean_of_nothing_is_none_and_infinite_bounds_stay() {
        assert_eq!(Interval::mean([]), None);
        let finite = Interval { predict: 1.0, low: 0.0, high: 2.0 };
        let open = Interval { predict: 3.0, low: f64::NEG_INFINITY, high: f64::INFINITY };
        let mean = Interval { predict: 2.0, low: f64::NEG_INFINITY, high: f64::INFINITY };
        assert_eq!(Interval::mean([finite, open]), Some(mean));
        let turned = Interval { low: f64::INFINITY, ..open };
        assert!(Interval::mean([open, turned]).is_some_and(|mean| mean.low.is_nan() && mean.high == f64::INFINITY));
    }
}
