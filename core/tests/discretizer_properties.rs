//! What must hold of cut points on any input, and the absolute-error tree against its literal definition. It never
//! compares with the Python package: that is what `golden` does.

use ce_core::discretizer::{absolute_error_cuts, entropy_cuts};
use proptest::prelude::*;

const TIED_WITHIN: f64 = 1e-12;

/// The sum of absolute deviations from the median, by sorting.
fn deviation(labels: &[f64]) -> f64 {
    let mut sorted = labels.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let median = if n % 2 == 1 { sorted[n / 2] } else { f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]) };
    sorted.iter().map(|label| (label - median).abs()).sum()
}

/// The thresholds of the rows `(x, label)`, sorted by x: every candidate is tried, and each side sorted anew.
fn literal(rows: &[(f32, f64)], depth: usize) -> Vec<f64> {
    let labels: Vec<f64> = rows.iter().map(|row| row.1).collect();
    if depth == 0 || rows.len() < 2 || deviation(&labels) / labels.len() as f64 <= f64::EPSILON {
        return Vec::new();
    }
    let error = |at: usize| deviation(&labels[..at]) + deviation(&labels[at..]);
    let candidates: Vec<usize> = (1..rows.len()).filter(|&at| rows[at].0 > rows[at - 1].0 + 1e-7).collect();
    let Some(least) = candidates.iter().map(|&at| error(at)).reduce(f64::min) else { return Vec::new() };
    let at = candidates.into_iter().find(|&at| error(at) <= least * (1.0 + TIED_WITHIN)).unwrap();
    if deviation(&labels) - error(at) <= TIED_WITHIN * deviation(&labels) {
        return Vec::new();
    }
    let (lower, upper) = (f64::from(rows[at - 1].0), f64::from(rows[at].0));
    let middle = lower / 2.0 + upper / 2.0;
    let threshold = if middle == upper { lower } else { middle };
    [literal(&rows[..at], depth - 1), vec![threshold], literal(&rows[at..], depth - 1)].concat()
}

/// The literal cuts of a feature.
fn literal_cuts(rows: &[(f64, f64)], depth: usize) -> Vec<f64> {
    let mut labelled: Vec<(f32, f64)> =
        rows.iter().filter(|row| row.1.is_finite()).map(|row| (row.0 as f32, row.1)).collect();
    labelled.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut cuts = literal(&labelled, depth);
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    if cuts.is_empty() {
        let mut sorted: Vec<f64> = rows.iter().map(|row| row.0).collect();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        cuts.push(if n % 2 == 1 { sorted[n / 2] } else { (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0 });
    }
    cuts
}

/// A column: spread out, tied, or too close for float32.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![-3.0..3.0, (0_u8..12).prop_map(f64::from), Just(0.5), -1e-6..1e-6]
}

/// Labels: of all sizes, in exact steps, in inexact ones, of two values (as where predictions clump), and none at all.
fn label() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -300.0..300.0,
        4 => (0_u8..8).prop_map(f64::from),
        2 => (0_u8..8).prop_map(|step| f64::from(step) * 0.1),
        2 => prop_oneof![Just(151.3), Just(88.7)],
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY)],
    ]
}

/// Rows whose labels are all of one kind, or mixed.
fn rows() -> impl Strategy<Value = Vec<(f64, f64)>> {
    let steps = (value(), (0_u8..6).prop_map(f64::from));
    let tenths = (value(), (0_u8..6).prop_map(|step| f64::from(step) * 0.1));
    // Far from zero, where a plain running sum of labels loses the digits that make a tie.
    let far = (value(), (0_u8..6).prop_map(|step| 1e6 + f64::from(step) * 0.1));
    let spread = (value(), -300.0..300.0);
    let informative = (-3.0..3.0, -1.0..1.0).prop_map(|(x, noise): (f64, f64)| (x, (20.0 * x).round() + 30.0 * noise));
    prop_oneof![
        prop::collection::vec(steps, 1..60),
        prop::collection::vec(tenths, 1..60),
        prop::collection::vec(far, 1..120),
        prop::collection::vec(spread, 1..60),
        prop::collection::vec(informative, 1..120),
        prop::collection::vec((value(), label()), 1..60),
    ]
}

fn columns(rows: &[(f64, f64)]) -> (Vec<f64>, Vec<f64>) {
    rows.iter().copied().unzip()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn absolute_error_cuts_equal_the_literal_definition(rows in rows(), depth in 0_usize..5) {
        let (x, labels) = columns(&rows);
        prop_assert_eq!(absolute_error_cuts(&x, &labels, depth).unwrap(), literal_cuts(&rows, depth));
    }

    #[test]
    fn cuts_of_values_do_not_depend_on_the_order_of_rows(
        (rows, permuted) in rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
    ) {
        let cuts = |rows: &[(f64, f64)]| {
            let (x, labels) = columns(rows);
            absolute_error_cuts(&x, &labels, 3)
        };
        prop_assert_eq!(cuts(&rows), cuts(&permuted));
    }

    #[test]
    fn an_offset_of_the_labels_moves_no_cut(rows in prop::collection::vec((value(), 0_u8..9), 1..60)) {
        // Exact in float64, so that ties stay ties.
        let (x, labels): (Vec<f64>, Vec<u8>) = rows.into_iter().unzip();
        let from = |offset: f64| -> Vec<f64> { labels.iter().map(|&label| f64::from(label) + offset).collect() };
        let cuts = |labels: &[f64]| absolute_error_cuts(&x, labels, 3);
        prop_assert_eq!(cuts(&from(0.0)), cuts(&from(1e15)));
    }

    #[test]
    fn cuts_ascend_within_the_range_of_the_feature(
        rows in prop::collection::vec((value(), 0_u32..3), 1..80),
        depth in 0_usize..5,
    ) {
        let (x, classes): (Vec<f64>, Vec<u32>) = rows.into_iter().unzip();
        let values: Vec<f64> = classes.iter().map(|&class| f64::from(class)).collect();
        let lowest = x.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let both = [entropy_cuts(&x, &classes, 3, depth), absolute_error_cuts(&x, &values, depth)];
        for cuts in both.map(Result::unwrap) {
            prop_assert!(!cuts.is_empty() && cuts.len() < (1 << depth).max(2));
            prop_assert!(cuts.is_sorted_by(|a, b| a < b));
            // The threshold stands between two float32 numbers, which may lie beyond the float64 ones.
            prop_assert!(cuts.iter().all(|&cut| lowest - 1e-6 <= cut && cut <= highest + 1e-6));
        }
    }

    #[test]
    fn cuts_of_classes_do_not_depend_on_the_order_of_rows(
        (rows, permuted) in prop::collection::vec(((0_u8..20).prop_map(f64::from), 0_u32..2), 1..60)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
    ) {
        let cuts = |rows: Vec<(f64, u32)>| {
            let (x, labels): (Vec<f64>, Vec<u32>) = rows.into_iter().unzip();
            entropy_cuts(&x, &labels, 2, 3)
        };
        prop_assert_eq!(cuts(rows), cuts(permuted));
    }
}
