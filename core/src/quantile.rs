//! Quantiles of sorted numbers, as numpy computes them by default. It never sorts.

/// The `percent`-th percentile of `sorted`, by linear interpolation between the two nearest ranks.
///
/// * `sorted`: `[n]`, ascending, without NaN
/// * `percent`: 0 to 100
///
/// The arithmetic is numpy's, to the last bit: h = percent/100 · (n - 1), and the interpolation starts from the nearer
/// rank. NaN where no quantile exists: `sorted` is empty, or `percent` is NaN or outside of 0 to 100. Neighbours whose
/// difference overflows give an infinity or NaN.
///
/// ```
/// assert_eq!(ce_core::quantile::linear(&[1.0, 2.0, 4.0], 75.0), 3.0);
/// ```
#[must_use]
pub fn linear(sorted: &[f64], percent: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    if !(0.0..=100.0).contains(&percent) {
        return f64::NAN;
    }
    let rank = percent / 100.0 * last as f64;
    let below = rank.floor();
    let part = rank - below;
    let (a, b) = (sorted[below as usize], sorted[(below as usize + 1).min(last)]);
    if part < 0.5 { a + (b - a) * part } else { b - (b - a) * (1.0 - part) }
}

/// The median of `sorted`, `[n]` ascending without NaN: the middle number, or the mean of the two; NaN if empty.
#[must_use]
pub(crate) fn median(sorted: &[f64]) -> f64 {
    let n = sorted.len();
    match n {
        0 => f64::NAN,
        _ if n % 2 == 1 => sorted[n / 2],
        // The halves are only taken apart where the sum would overflow, as this rounds differently among subnormals.
        _ => match (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0 {
            mean if mean.is_finite() => mean,
            _ => sorted[n / 2 - 1] / 2.0 + sorted[n / 2] / 2.0,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{linear, median};

    #[test]
    fn interpolates_from_the_nearer_rank() {
        let sorted = [0.1, 0.2, 0.7, 1.9];
        assert_eq!(linear(&sorted, 0.0), 0.1);
        assert_eq!(linear(&sorted, 100.0), 1.9);
        // numpy 2.4.6 says 0.525; from the lower rank it would be 0.5249999999999999.
        assert_eq!(linear(&[0.3, 0.6], 75.0), 0.525);
        assert_eq!(linear(&sorted, 75.0), 0.7 + (1.9 - 0.7) * 0.25);
    }

    #[test]
    fn one_number_is_every_quantile() {
        assert_eq!([0.0, 33.0, 100.0].map(|percent| linear(&[7.5], percent)), [7.5; 3]);
    }

    #[test]
    fn undefined_quantiles_are_nan() {
        assert!(linear(&[], 50.0).is_nan());
        for percent in [-1.0, 100.1, f64::NAN, f64::INFINITY] {
            assert!(linear(&[1.0, 2.0], percent).is_nan());
        }
    }

    #[test]
    fn median_of_even_odd_none_and_huge() {
        assert_eq!(median(&[1.0, 2.0, 10.0]), 2.0);
        assert_eq!(median(&[1.0, 2.0, 3.0, 10.0]), 2.5);
        assert!(median(&[]).is_nan());
        assert_eq!(median(&[f64::MAX, f64::MAX]), f64::MAX);
    }
}
