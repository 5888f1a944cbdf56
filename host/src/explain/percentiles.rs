//! The percentiles that bound a regression's prediction. It never looks at a number of the data.

use super::error::InputError;
use super::exact::exact;

/// The lower and the upper percentile of a regression's interval, in percent: `0 < low <= 50 <= high < 100`. One of them may
/// be infinite: the interval is then one-sided, and the open side shows the least or the largest calibration target.
///
/// ```
/// use ce_host::Percentiles;
///
/// assert_eq!(Percentiles::of_confidence(0.9)?, Percentiles::new(5.0, 95.0)?);
/// assert_eq!(Percentiles::new(5.0, 95.0)?.rows_needed(), 19);
/// # Ok::<(), ce_host::InputError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percentiles([f64; 2]);

impl Percentiles {
    /// Checks the percentiles; `-inf` and `inf` stand for an open side.
    ///
    /// # Errors
    /// [`InputError::Setting`] if they are not as described at the type.
    pub fn new(low: f64, high: f64) -> Result<Self, InputError> {
        let is_low = low == f64::NEG_INFINITY || (0.0 < low && low <= 50.0);
        let is_high = high == f64::INFINITY || (50.0..100.0).contains(&high);
        if is_low && is_high && (low.is_finite() || high.is_finite()) {
            return Ok(Self([low, high]));
        }
        Err(InputError::Setting {
            what: "the pair of percentiles",
            found: format!("{},{}", exact(low), exact(high)),
            expected: "the lower one above 0 and at most 50, then the upper one at least 50 and below 100; one of them may \
                       be infinite (-inf,90 or 10,inf)",
        })
    }

    /// The two percentiles that leave out as much below as above, with the share `confidence` between them.
    ///
    /// # Errors
    /// [`InputError::Setting`] unless `0 < confidence < 1`.
    pub fn of_confidence(confidence: f64) -> Result<Self, InputError> {
        // Ten decimals of a percent: 0.9 in binary must not become the percentile 4.999999999999999.
        let low = ((1.0 - confidence) * 50.0 * 1e10).round() / 1e10;
        let is_share = 0.0 < confidence && confidence < 1.0;
        Self::new(low, 100.0 - low).ok().filter(|_| is_share).ok_or_else(|| InputError::Setting {
            what: "the confidence",
            found: confidence.to_string(),
            expected: "a share above 0 and below 1, such as 0.9",
        })
    }

    /// The lower percentile; `-inf` where the interval is open below.
    #[must_use]
    pub fn low(self) -> f64 {
        self.0[0]
    }

    /// The upper percentile; `inf` where the interval is open above.
    #[must_use]
    pub fn high(self) -> f64 {
        self.0[1]
    }

    /// How many calibration rows it takes for finite bounds on the sides that are asked for. With n rows a percentile q falls
    /// on the rank q/100 · (n + 1), rounded outwards; it must be one of 1 to n.
    #[must_use]
    pub fn rows_needed(self) -> u64 {
        let [low, high] = self.0;
        let has_bounds = |n: f64| {
            let ranks = n + 1.0;
            (low.is_infinite() || (low / 100.0 * ranks).trunc() >= 1.0)
                && (high.is_infinite() || (high / 100.0 * ranks).ceil() <= n)
        };
        let least = |share: f64| if share.is_finite() { (100.0 / share).ceil() - 1.0 } else { 0.0 };
        // Rounding may move the answer by one from what the formula says: begin a little below it.
        let start = (least(low).max(least(100.0 - high)) - 2.0).max(1.0);
        let steps = (0..8).map(|step| start + f64::from(step));
        steps.clone().find(|&n| has_bounds(n)).unwrap_or(start) as u64
    }

    /// The share between the percentiles, as telemetry states it: for an open side what the other one leaves.
    #[must_use]
    pub(crate) fn confidence_level(self) -> f64 {
        let [low, high] = self.fractions();
        let level = match (low.is_finite(), high.is_finite()) {
            (true, true) => high - low,
            (false, _) => high,
            (_, false) => 1.0 - low,
        };
        level.max(0.0)
    }

    /// The percentiles as fractions; infinities stay.
    pub(crate) fn fractions(self) -> [f64; 2] {
        self.0.map(|percentile| percentile / 100.0)
    }

    pub(crate) fn as_slice(&self) -> &[f64] {
        &self.0
    }
}

/// 5 and 95, as in the Python package.
impl Default for Percentiles {
    fn default() -> Self {
        Self([5.0, 95.0])
    }
}

#[cfg(test)]
mod tests {
    use super::Percentiles;

    #[test]
    fn percentiles_stand_in_order_around_the_median() {
        for (low, high) in [(5.0, 95.0), (50.0, 50.0), (f64::NEG_INFINITY, 90.0), (10.0, f64::INFINITY)] {
            assert!(Percentiles::new(low, high).is_ok(), "{low},{high}");
        }
        let both = (f64::NEG_INFINITY, f64::INFINITY);
        for (low, high) in [(95.0, 5.0), (0.0, 90.0), (5.0, 100.0), (60.0, 90.0), (5.0, f64::NAN), both] {
            let error = Percentiles::new(low, high).unwrap_err();
            assert!(error.to_string().contains(&format!("is {low},{high}, expected the lower one")), "{error}");
        }
    }

    #[test]
    fn a_confidence_leaves_out_as_much_on_either_side() {
        for (confidence, low) in [(0.9, 5.0), (0.95, 2.5), (0.8, 10.0), (0.99, 0.5)] {
            assert_eq!(Percentiles::of_confidence(confidence), Percentiles::new(low, 100.0 - low));
        }
        for wrong in [0.0, 1.0, 90.0, -0.5, f64::NAN] {
            assert!(Percentiles::of_confidence(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_rows_needed_are_the_fewest_that_give_finite_bounds() {
        let needed = |low, high| Percentiles::new(low, high).unwrap().rows_needed();
        assert_eq!(needed(5.0, 95.0), 19);
        assert_eq!(needed(2.5, 97.5), 39);
        assert_eq!(needed(f64::NEG_INFINITY, 90.0), 9);
        assert_eq!(needed(10.0, f64::INFINITY), 9);
        assert_eq!(needed(50.0, 50.0), 1);
        assert_eq!(needed(0.5, 60.0), 199);
    }

    #[test]
    fn the_confidence_level_is_what_the_package_states() {
        let level = |low, high| Percentiles::new(low, high).unwrap().confidence_level();
        assert_eq!(level(5.0, 95.0), 0.899_999_999_999_999_9);
        assert_eq!(level(f64::NEG_INFINITY, 90.0), 0.9);
        assert_eq!(level(10.0, f64::INFINITY), 0.9);
    }
}
