//! Whether intervals hold the target, and how wide they are. It never looks at point estimates.

use crate::analysis::candidate;
use crate::{Error, Interval, check};

/// The share of the targets that lie within their interval, bounds included. A regression's intervals between the 5th
/// and the 95th percentile should hold about 90 %.
///
/// * `intervals`: `[n_rows]`, bounds may be infinite
/// * `targets`: `[n_rows]`
///
/// # Errors
/// [`Error::Empty`] without rows, [`Error::Shape`] if the lengths differ, [`Error::NotFinite`] for a target that is NaN
/// or infinite, [`Error::Invalid`] for the first interval with `low > high`, or NaN.
pub fn coverage(intervals: &[Interval], targets: &[f64]) -> Result<f64, Error> {
    check_intervals(intervals)?;
    check::length("targets", intervals.len(), targets.len())?;
    check::finite("targets", targets)?;
    let is_held = |(interval, target): &(&Interval, &f64)| interval.low <= **target && **target <= interval.high;
    Ok(intervals.iter().zip(targets).filter(is_held).count() as f64 / intervals.len() as f64)
}

/// The mean of `high - low`, of values or of probabilities; infinite if one is, 0 for an interval whose bounds are the
/// same infinity.
///
/// # Errors
/// [`Error::Empty`] without rows, [`Error::Invalid`] for the first interval with `low > high`, or NaN.
pub fn mean_width(intervals: &[Interval]) -> Result<f64, Error> {
    check_intervals(intervals)?;
    Ok(intervals.iter().map(|&interval| candidate::width(interval)).sum::<f64>() / intervals.len() as f64)
}

/// The median of `high - low`: of an even number of intervals the mean of the two in the middle. Unlike the mean it is
/// finite as long as most are.
///
/// # Errors
/// Those of [`mean_width`].
pub fn median_width(intervals: &[Interval]) -> Result<f64, Error> {
    check_intervals(intervals)?;
    let mut widths: Vec<f64> = intervals.iter().map(|&interval| candidate::width(interval)).collect();
    widths.sort_by(f64::total_cmp);
    let middle = widths.len() / 2;
    // Halved before they are added: the sum of two large numbers may be infinite.
    Ok(if widths.len() % 2 == 1 { widths[middle] } else { widths[middle - 1] / 2.0 + widths[middle] / 2.0 })
}

fn check_intervals(intervals: &[Interval]) -> Result<(), Error> {
    check::not_empty("intervals", intervals)?;
    let is_sound = |interval: &Interval| interval.low <= interval.high;
    match intervals.iter().position(|interval| !is_sound(interval)) {
        None => Ok(()),
        Some(row_idx) => {
            let Interval { low, high, .. } = intervals[row_idx];
            let why = format!("row {row_idx} runs from {low} to {high}, expected low <= high");
            Err(Error::Invalid { what: "intervals", why })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{coverage, mean_width, median_width};
    use crate::{Error, Interval};

    fn between(low: f64, high: f64) -> Interval {
        Interval { predict: low, low, high }
    }

    #[test]
    fn bounds_count_as_covered() {
        let intervals = [between(0.0, 1.0), between(0.0, 1.0), between(0.0, 1.0), between(f64::NEG_INFINITY, 1.0)];
        assert_eq!(coverage(&intervals, &[0.0, 1.0, 1.1, -1e300]), Ok(0.75));
    }

    #[test]
    fn the_median_withstands_what_makes_the_mean_infinite() {
        let intervals = [between(0.0, 1.0), between(0.0, 3.0), between(0.0, f64::INFINITY)];
        assert_eq!(median_width(&intervals), Ok(3.0));
        assert_eq!(mean_width(&intervals), Ok(f64::INFINITY));
        assert_eq!(median_width(&intervals[..2]), Ok(2.0));
        assert_eq!(mean_width(&intervals[..2]), Ok(2.0));
        assert_eq!(mean_width(&[between(f64::INFINITY, f64::INFINITY)]), Ok(0.0));
    }

    #[test]
    fn turned_or_missing_intervals_are_refused() {
        for odd in [between(1.0, 0.0), between(f64::NAN, 0.0)] {
            let error = mean_width(&[between(0.0, 1.0), odd]).unwrap_err();
            assert!(error.to_string().contains("row 1"), "{error}");
            assert!(matches!(median_width(&[odd]), Err(Error::Invalid { .. })));
        }
        assert!(matches!(median_width(&[]), Err(Error::Empty { .. })));
        assert!(matches!(coverage(&[between(0.0, 1.0)], &[]), Err(Error::Shape { .. })));
        assert!(matches!(coverage(&[between(0.0, 1.0)], &[f64::NAN]), Err(Error::NotFinite { .. })));
    }
}
