//! Metrics are what their definitions say, written out as literally as can be.

use ce_core::analysis::metrics::{self, N_BINS};
use ce_core::analysis::{Interval, Matrix};
use proptest::prelude::*;

use crate::{interval, step};

/// An event's probabilities and outcomes.
fn outcomes() -> impl Strategy<Value = (Vec<f64>, Vec<bool>)> {
    prop::collection::vec((step(), any::<bool>()), 1..80).prop_map(|rows| rows.into_iter().unzip())
}

/// Rows of three classes that sum to 1, and labels.
fn classes() -> impl Strategy<Value = (Vec<f64>, Vec<u32>)> {
    let row = ([0_u32..5, 0_u32..5, 1_u32..5], 0_u32..3);
    prop::collection::vec(row, 1..60).prop_map(|rows| {
        let share = |row: &[u32; 3]| row.map(|part| f64::from(part) / f64::from(row.iter().sum::<u32>()));
        let data = rows.iter().flat_map(|(row, _)| share(row)).collect();
        (data, rows.iter().map(|(_, label)| *label).collect())
    })
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}

proptest! {
    #[test]
    fn the_brier_score_is_reliability_less_resolution_plus_uncertainty((probability, is_true) in outcomes()) {
        // Murphy's (1973) decomposition is exact where the rows of a group have one probability.
        let truth = |idx: usize| f64::from(u8::from(is_true[idx]));
        let n = probability.len() as f64;
        let base_rate = mean((0..is_true.len()).map(truth));
        let mut distinct = probability.clone();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        let (mut reliability, mut resolution) = (0.0, 0.0);
        for value in distinct {
            let group: Vec<usize> = (0..probability.len()).filter(|&idx| probability[idx] == value).collect();
            let frequency = mean(group.iter().map(|&idx| truth(idx)));
            reliability += group.len() as f64 * (value - frequency).powi(2) / n;
            resolution += group.len() as f64 * (frequency - base_rate).powi(2) / n;
        }
        let expected = reliability - resolution + base_rate * (1.0 - base_rate);
        let found = metrics::brier(&probability, &is_true).unwrap();
        prop_assert!((found - expected).abs() < 1e-12, "{} and {}", found, expected);
    }

    #[test]
    fn the_log_loss_is_the_mean_surprise((probability, is_true) in outcomes()) {
        let epsilon = f64::EPSILON;
        let surprise = |(p, is_true): (&f64, &bool)| {
            let p = p.clamp(epsilon, 1.0 - epsilon);
            if *is_true { -p.ln() } else { -(-p).ln_1p() }
        };
        let expected = mean(probability.iter().zip(&is_true).map(surprise));
        let found = metrics::log_loss(&probability, &is_true).unwrap();
        prop_assert!((found - expected).abs() <= 1e-9 * expected.max(1.0), "{} and {}", found, expected);
    }

    #[test]
    fn scores_of_classes_match_their_definitions((data, labels) in classes()) {
        let matrix = Matrix::new(&data, labels.len(), 3).unwrap();
        let at = |row: usize, class: usize| data[row * 3 + class];
        let rows = || labels.iter().enumerate().map(|(row, &label)| (row, label as usize));
        let square = |(row, label): (usize, usize)| -> f64 {
            (0..3).map(|class| (at(row, class) - if class == label { 1.0 } else { 0.0 }).powi(2)).sum()
        };
        prop_assert!((metrics::brier_multiclass(matrix, &labels).unwrap() - mean(rows().map(square))).abs() < 1e-12);
        let loss = |(row, label): (usize, usize)| -at(row, label).clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln();
        prop_assert!((metrics::log_loss_multiclass(matrix, &labels).unwrap() - mean(rows().map(loss))).abs() < 1e-12);
        let (top, is_right) = metrics::top_class(matrix, &labels).unwrap();
        for (row, label) in rows() {
            let largest = (0..3).map(|class| at(row, class)).fold(0.0, f64::max);
            prop_assert_eq!(top[row], largest);
            prop_assert_eq!(is_right[row], (0..3).position(|class| at(row, class) == largest) == Some(label));
        }
    }

    #[test]
    fn the_calibration_error_is_the_mean_gap_of_the_bins((probability, is_true) in outcomes(), n_bins in 1_usize..20) {
        let mut expected = 0.0;
        for bin in 0..n_bins {
            let (above, at_most) = (bin as f64 / n_bins as f64, (bin + 1) as f64 / n_bins as f64);
            let lies_here = |&idx: &usize| probability[idx] <= at_most && (probability[idx] > above || bin == 0);
            let rows: Vec<usize> = (0..probability.len()).filter(lies_here).collect();
            let gap: f64 = rows.iter().map(|&idx| probability[idx] - f64::from(u8::from(is_true[idx]))).sum();
            expected += gap.abs() / probability.len() as f64;
        }
        let found = metrics::expected_calibration_error(&probability, &is_true, n_bins).unwrap();
        prop_assert!((found - expected).abs() < 1e-12, "{} and {}", found, expected);
        let bins = metrics::reliability(&probability, &is_true, n_bins).unwrap();
        prop_assert_eq!(bins.iter().map(|bin| bin.n_rows).sum::<usize>(), probability.len());
    }

    #[test]
    fn a_calibrated_constant_has_no_calibration_error(n_true in 0_usize..20, n_false in 1_usize..20) {
        let n = n_true + n_false;
        let is_true: Vec<bool> = (0..n).map(|row| row < n_true).collect();
        let probability = vec![n_true as f64 / n as f64; n];
        prop_assert!(metrics::expected_calibration_error(&probability, &is_true, N_BINS).unwrap() < 1e-12);
    }

    #[test]
    fn coverage_and_widths_match_their_definitions(
        rows in prop::collection::vec((interval(), -0.2..1.2), 1..50),
    ) {
        let (intervals, targets): (Vec<Interval>, Vec<f64>) = rows.iter().copied().unzip();
        let n_held = rows.iter().filter(|(interval, target)| (interval.low..=interval.high).contains(target)).count();
        prop_assert_eq!(metrics::coverage(&intervals, &targets).unwrap(), n_held as f64 / rows.len() as f64);
        let widths: Vec<f64> = intervals.iter().map(|interval| interval.high - interval.low).collect();
        prop_assert!((metrics::mean_width(&intervals).unwrap() - mean(widths.iter().copied())).abs() < 1e-12);
        let median = metrics::median_width(&intervals).unwrap();
        let n_below = widths.iter().filter(|&&width| width < median - 1e-12).count();
        let n_above = widths.iter().filter(|&&width| width > median + 1e-12).count();
        prop_assert!(2 * n_below <= widths.len() && 2 * n_above <= widths.len());
    }
}
