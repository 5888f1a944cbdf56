//! Whether probabilities keep their word: of what was called 70 % likely, 70 % should happen. It never looks at bounds.

use super::probability::{check_classes, check_event};
use crate::{Error, Matrix, check};

/// The number of bins that the literature uses most (Guo et al. 2017 use 15, libraries 10).
pub const N_BINS: usize = 10;

/// More bins than this are refused: none would hold enough rows.
pub const N_BINS_MAX: usize = 10_000;

/// The rows whose probability lies in one bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReliabilityBin {
    /// The bin begins above this; the first one holds 0 as well.
    pub above: f64,
    /// The bin ends here, included.
    pub at_most: f64,
    /// Number of rows in it.
    pub n_rows: usize,
    /// The mean of their probabilities; NaN without rows.
    pub mean_probability: f64,
    /// The share of them in which the event happened; NaN without rows.
    pub frequency: f64,
}

/// The reliability of an event's probabilities, in bins of equal width over `[0, 1]`, each open below and closed above
/// (Guo et al. 2017).
///
/// * `probability`: `[n_rows]`, of the event
/// * `is_true`: `[n_rows]`, whether it happened
///
/// Returns `[n_bins]`, ascending, those without rows included.
///
/// # Errors
/// Those of [`brier`](super::brier), and [`Error::Invalid`] unless `1 <= n_bins <=` [`N_BINS_MAX`].
pub fn reliability(probability: &[f64], is_true: &[bool], n_bins: usize) -> Result<Vec<ReliabilityBin>, Error> {
    check_event(probability, is_true)?;
    check::rule("number of bins", (1..=N_BINS_MAX).contains(&n_bins), || {
        format!("is {n_bins}, expected 1 to {N_BINS_MAX}")
    })?;
    let edge = |bin_idx: usize| bin_idx as f64 / n_bins as f64;
    let ends: Vec<f64> = (1..=n_bins).map(edge).collect();
    let (mut n_rows, mut sums, mut n_true) = (vec![0_usize; n_bins], vec![0.0; n_bins], vec![0_usize; n_bins]);
    for (&p, &is_true) in probability.iter().zip(is_true) {
        let bin_idx = ends.partition_point(|&end| end < p);
        n_rows[bin_idx] += 1;
        sums[bin_idx] += p;
        n_true[bin_idx] += usize::from(is_true);
    }
    let bin = |bin_idx: usize| ReliabilityBin {
        above: edge(bin_idx),
        at_most: ends[bin_idx],
        n_rows: n_rows[bin_idx],
        mean_probability: sums[bin_idx] / n_rows[bin_idx] as f64,
        frequency: n_true[bin_idx] as f64 / n_rows[bin_idx] as f64,
    };
    Ok((0..n_bins).map(bin).collect())
}

/// The expected calibration error of an event (Naeini et al. 2015): over the bins of [`reliability`], the mean distance
/// of the frequency from the mean probability, weighted by the number of rows. In `[0, 1]`.
///
/// # It depends on the bins
///
/// Few bins hide errors that cancel out, many find noise. Compare only numbers with the same `n_bins` and rows.
///
/// # Errors
/// Those of [`reliability`].
pub fn expected_calibration_error(probability: &[f64], is_true: &[bool], n_bins: usize) -> Result<f64, Error> {
    let bins = reliability(probability, is_true, n_bins)?;
    let occupied = bins.iter().filter(|bin| bin.n_rows > 0);
    let sum: f64 = occupied.map(|bin| bin.n_rows as f64 * (bin.frequency - bin.mean_probability).abs()).sum();
    Ok(sum / probability.len() as f64)
}

/// The expected calibration error of the class with the largest probability (Guo et al. 2017): how often it is the right
/// one, against its probability.
///
/// * `probabilities`: `[n_rows, n_classes]`
/// * `labels`: `[n_rows]`, below `n_classes`
///
/// # Errors
/// Those of [`brier_multiclass`](super::brier_multiclass) and of [`reliability`].
pub fn expected_calibration_error_top(probabilities: Matrix<'_>, labels: &[u32], n_bins: usize) -> Result<f64, Error> {
    let (probability, is_true) = top_class(probabilities, labels)?;
    expected_calibration_error(&probability, &is_true, n_bins)
}

/// The largest probability of each row, and whether it is that of the row's class: more classes seen as one event. Of
/// equal probabilities the lowest class counts.
///
/// Returns `[n_rows]` each.
///
/// # Errors
/// Those of [`brier_multiclass`](super::brier_multiclass).
pub fn top_class(probabilities: Matrix<'_>, labels: &[u32]) -> Result<(Vec<f64>, Vec<bool>), Error> {
    check_classes(probabilities, labels)?;
    let top = |(row_idx, &label): (usize, &u32)| {
        let row = probabilities.row(row_idx);
        let top = (1..row.len()).fold(0, |top, class| if row[class] > row[top] { class } else { top });
        (row[top], top == label as usize)
    };
    Ok(labels.iter().enumerate().map(top).unzip())
}

#[cfg(test)]
mod tests {
    use super::{N_BINS_MAX, expected_calibration_error, expected_calibration_error_top, reliability, top_class};
    use crate::{Error, Matrix};

    #[test]
    fn a_bin_holds_its_upper_end_and_the_first_holds_0() {
        let probability = [0.0, 0.1, 0.7, 0.700_000_000_000_000_1, 1.0];
        let bins = reliability(&probability, &[true; 5], 10).unwrap();
        let n_rows: Vec<usize> = bins.iter().map(|bin| bin.n_rows).collect();
        assert_eq!(n_rows, [2, 0, 0, 0, 0, 0, 1, 1, 0, 1]);
        assert_eq!((bins[6].above, bins[6].at_most, bins[6].mean_probability), (0.6, 0.7, 0.7));
        assert!(bins[1].frequency.is_nan() && bins[1].mean_probability.is_nan());
    }

    #[test]
    fn errors_cancel_out_within_a_bin_only() {
        let (probability, is_true) = ([0.25, 0.75], [true, false]);
        assert_eq!(expected_calibration_error(&probability, &is_true, 1), Ok(0.0));
        assert_eq!(expected_calibration_error(&probability, &is_true, 2), Ok(0.75));
    }

    #[test]
    fn more_classes_are_seen_as_the_likeliest_being_right() {
        let data = [0.5, 0.5, 0.0, 0.25, 0.25, 0.5];
        let classes = Matrix::new(&data, 2, 3).unwrap();
        assert_eq!(top_class(classes, &[0, 1]), Ok((vec![0.5, 0.5], vec![true, false])));
        assert_eq!(expected_calibration_error_top(classes, &[0, 1], 10), Ok(0.0));
        assert_eq!(expected_calibration_error_top(classes, &[1, 1], 10), Ok(0.5), "a tie goes to the lowest class");
    }

    #[test]
    fn a_number_of_bins_out_of_range_is_refused() {
        for n_bins in [0, N_BINS_MAX + 1] {
            assert!(matches!(reliability(&[0.5], &[true], n_bins), Err(Error::Invalid { .. })));
        }
    }
}
