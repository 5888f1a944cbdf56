//! Conformal predictive systems: the residuals of the calibration set as a distribution around any prediction. It never
//! asks a model, and knows nothing of Mondrian bins.
//!
//! Vovk et al. 2017 and 2020, in the form of Boström's crepes; α are the sorted residuals, F is the distribution.

use serde::{Deserialize, Serialize};

use crate::{Error, Interval, check};

/// The percentiles that an interval reaches from and to. The median lies between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percentiles {
    low: f64,
    high: f64,
}

impl Percentiles {
    /// Percentiles in percent: `0 < low <= 50 <= high < 100`, or one of them infinite (`-inf` below, `inf` above).
    ///
    /// # Errors
    /// [`Error::Invalid`] for any other pair.
    pub fn new(low: f64, high: f64) -> Result<Self, Error> {
        let low_fits = low == f64::NEG_INFINITY || (0.0 < low && low <= 50.0);
        let high_fits = high == f64::INFINITY || (50.0..100.0).contains(&high);
        let sound = low_fits && high_fits && (low.is_finite() || high.is_finite());
        check::rule("percentiles", sound, || {
            format!("are {low} and {high}, expected 0 < low <= 50 <= high < 100, or one of them infinite")
        })?;
        Ok(Self { low, high })
    }

    /// The lower percentile; `-inf` where the interval has no lower end.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.low
    }

    /// The upper percentile; `inf` where the interval has no upper end.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.high
    }
}

/// A fitted conformal predictive system: the sorted residuals, at least one.
///
/// ```
/// use ce_core::predictive_system::{Percentiles, PredictiveSystem};
///
/// let system = PredictiveSystem::fit(&[2.0, -1.0, 0.5])?;
/// let interval = system.interval(10.0, 1.0, Percentiles::new(25.0, 75.0)?);
/// assert_eq!((interval.low, interval.predict, interval.high), (9.0, 10.5, 12.0));
/// # Ok::<(), ce_core::Error>(())
/// ```
///
/// # The prediction is not the model's
///
/// The point estimate is the calibrated median, the model's output moved by the median residual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct PredictiveSystem {
    /// `[n]`, ascending.
    residuals: Vec<f64>,
}

impl PredictiveSystem {
    /// Fits the system, in O(n log n).
    ///
    /// * `residuals`: `[n_cal]`, target less prediction, divided by the row's difficulty where there is one; in any
    ///   order
    ///
    /// # Errors
    /// [`Error::Empty`] without residuals, [`Error::NotFinite`] for the first that is NaN or infinite.
    pub fn fit(residuals: &[f64]) -> Result<Self, Error> {
        Self::try_from(residuals.to_vec())
    }

    /// The residuals, `[n]`, ascending.
    #[must_use]
    pub fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    /// The residual at the `percent`-th percentile, rounded towards fewer rows: `-inf` where too few residuals tell.
    ///
    /// The rank is trunc(percent/100 · (n + 1)), counted from 1. NaN unless `percent` lies in `[0, 100]`.
    #[must_use]
    pub fn lower(&self, percent: f64) -> f64 {
        self.at_rank(self.rank(percent).trunc())
    }

    /// The residual at the `percent`-th percentile, rounded towards more rows: `inf` where too few residuals tell.
    ///
    /// The rank is ceil(percent/100 · (n + 1)), counted from 1. NaN unless `percent` lies in `[0, 100]`.
    #[must_use]
    pub fn upper(&self, percent: f64) -> f64 {
        self.at_rank(self.rank(percent).ceil())
    }

    /// The calibrated median of a row and the interval between two percentiles, in O(1), without allocation.
    ///
    /// * `centre`: the model's prediction; NaN or an infinity goes through to the answer
    /// * `sigma`: the row's difficulty, positive and finite; 1 without a difficulty
    ///
    /// A bound is infinite where its percentile is, and where there are too few residuals to tell it: the percentiles 5
    /// and 95 take 19. Else `low <= predict <= high`, and all are finite unless they overflow.
    #[must_use]
    pub fn interval(&self, centre: f64, sigma: f64, percentiles: Percentiles) -> Interval {
        // An infinite residual is no product's business: it says that there is no bound.
        let moved = |residual: f64| if residual.is_finite() { centre + sigma * residual } else { residual };
        let bound = |percent: f64, side: fn(&Self, f64) -> f64| {
            if percent.is_finite() { moved(side(self, percent)) } else { percent }
        };
        Interval {
            // Overflows nowhere; elsewhere it is the plain mean.
            predict: f64::midpoint(moved(self.lower(50.0)), moved(self.upper(50.0))),
            low: bound(percentiles.low, Self::lower),
            high: bound(percentiles.high, Self::upper),
        }
    }

    /// F(x, t): the share of residuals with `centre + sigma · residual <= threshold`, where both are counted one more;
    /// in O(log n).
    ///
    /// The sum is formed for each residual that is compared, as the package that this project follows does: comparing
    /// with `(threshold - centre) / sigma` instead would decide ties by rounding. NaN if `centre` or `threshold` is.
    #[must_use]
    pub fn score(&self, centre: f64, sigma: f64, threshold: f64) -> f64 {
        if centre.is_nan() || threshold.is_nan() {
            return f64::NAN;
        }
        // Rounding is monotone, so that the predicate is too.
        let n_at_most = self.residuals.partition_point(|residual| centre + sigma * residual <= threshold);
        (n_at_most as f64 + 1.0) / (self.residuals.len() as f64 + 1.0)
    }

    fn rank(&self, percent: f64) -> f64 {
        if (0.0..=100.0).contains(&percent) { percent / 100.0 * (self.residuals.len() as f64 + 1.0) } else { f64::NAN }
    }

    /// The residual of a rank that counts from 1; an infinity before the first and after the last.
    fn at_rank(&self, rank: f64) -> f64 {
        match rank {
            _ if rank.is_nan() => f64::NAN,
            _ if rank < 1.0 => f64::NEG_INFINITY,
            _ => self.residuals.get(rank as usize - 1).copied().unwrap_or(f64::INFINITY),
        }
    }
}

impl From<PredictiveSystem> for Vec<f64> {
    fn from(system: PredictiveSystem) -> Self {
        system.residuals
    }
}

impl TryFrom<Vec<f64>> for PredictiveSystem {
    type Error = Error;

    /// The same as [`PredictiveSystem::fit`]: any finite numbers are residuals.
    fn try_from(mut residuals: Vec<f64>) -> Result<Self, Error> {
        check::not_empty("residuals", &residuals)?;
        check::finite("residuals", &residuals)?;
        residuals.sort_unstable_by(f64::total_cmp);
        Ok(Self { residuals })
    }
}

#[cfg(test)]
mod tests {
    use super::{Percentiles, PredictiveSystem};
    use crate::{Error, Interval};

    fn system(n: u32) -> PredictiveSystem {
        let residuals: Vec<f64> = (1..=n).rev().map(f64::from).collect();
        PredictiveSystem::fit(&residuals).unwrap()
    }

    #[test]
    fn input_is_checked_at_the_door() {
        assert_eq!(PredictiveSystem::fit(&[]), Err(Error::Empty { what: "residuals" }));
        assert!(matches!(PredictiveSystem::fit(&[1.0, f64::NAN]), Err(Error::NotFinite { row_idx: 1, .. })));
        assert!(serde_json::from_str::<PredictiveSystem>("[]").is_err());
        for (low, high) in [(5.0, 95.0), (50.0, 50.0), (f64::NEG_INFINITY, 90.0), (10.0, f64::INFINITY)] {
            assert!(Percentiles::new(low, high).is_ok(), "{low}, {high}");
        }
        let infinite = (f64::NEG_INFINITY, f64::INFINITY);
        for (low, high) in [(0.0, 95.0), (5.0, 100.0), (51.0, 95.0), (5.0, 49.0), (f64::NAN, 95.0), infinite] {
            assert!(matches!(Percentiles::new(low, high), Err(Error::Invalid { .. })), "{low}, {high}");
        }
    }

    #[test]
    fn nineteen_residuals_bound_5_and_95_and_eighteen_do_not() {
        let percentiles = Percentiles::new(5.0, 95.0).unwrap();
        assert_eq!(system(19).interval(0.0, 1.0, percentiles), Interval { predict: 10.0, low: 1.0, high: 19.0 });
        let open = Interval { predict: 9.5, low: f64::NEG_INFINITY, high: f64::INFINITY };
        assert_eq!(system(18).interval(0.0, 1.0, percentiles), open);
    }

    #[test]
    fn one_residual_tells_the_median_only() {
        let interval = system(1).interval(3.0, 2.0, Percentiles::new(5.0, 95.0).unwrap());
        assert_eq!(interval, Interval { predict: 5.0, low: f64::NEG_INFINITY, high: f64::INFINITY });
    }

    #[test]
    fn a_one_sided_interval_is_open_on_the_other_side() {
        let below = system(99).interval(0.0, 1.0, Percentiles::new(f64::NEG_INFINITY, 90.0).unwrap());
        assert_eq!(below, Interval { predict: 50.0, low: f64::NEG_INFINITY, high: 90.0 });
        let above = system(99).interval(0.0, 1.0, Percentiles::new(10.0, f64::INFINITY).unwrap());
        assert_eq!(above, Interval { predict: 50.0, low: 10.0, high: f64::INFINITY });
    }

    #[test]
    fn percentiles_outside_of_the_residuals_are_infinite_or_nan() {
        let system = system(3);
        assert_eq!((system.lower(0.0), system.upper(0.0)), (f64::NEG_INFINITY, f64::NEG_INFINITY));
        assert_eq!((system.lower(100.0), system.upper(100.0)), (f64::INFINITY, f64::INFINITY));
        assert_eq!((system.lower(60.0), system.upper(60.0)), (2.0, 3.0));
        assert!(system.lower(-1.0).is_nan() && system.upper(101.0).is_nan() && system.lower(f64::NAN).is_nan());
    }

    #[test]
    fn difficulty_widens_the_interval() {
        let percentiles = Percentiles::new(5.0, 95.0).unwrap();
        assert_eq!(system(19).interval(100.0, 0.5, percentiles), Interval { predict: 105.0, low: 100.5, high: 109.5 });
    }

    #[test]
    fn the_score_counts_ties_with_the_threshold() {
        let system = PredictiveSystem::fit(&[0.0, 1.0, 1.0, 2.0]).unwrap();
        assert_eq!(system.score(10.0, 1.0, 11.0), 0.8);
        assert_eq!(system.score(10.0, 1.0, 10.999), 0.4);
        assert_eq!(system.score(10.0, 2.0, 11.0), 0.4);
        assert_eq!(system.score(10.0, 1.0, f64::NEG_INFINITY), 0.2);
        assert!(system.score(f64::NAN, 1.0, 11.0).is_nan());
    }

    #[test]
    fn a_tie_is_decided_by_the_sum_and_not_by_the_difference() {
        let (centre, residual) = (0.2, 0.5);
        let threshold = centre + residual;
        assert!(threshold - centre < residual, "an example in which the difference would not count the tie");
        let system = PredictiveSystem::fit(&[residual]).unwrap();
        assert_eq!(system.score(centre, 1.0, threshold), 1.0);
    }

    #[test]
    fn numbers_near_overflow_have_a_median() {
        let system = PredictiveSystem::fit(&[0.0, 0.0]).unwrap();
        assert_eq!(system.interval(f64::MAX, 1.0, Percentiles::new(40.0, 60.0).unwrap()).predict, f64::MAX);
    }
}
