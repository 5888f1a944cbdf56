//! What must hold on any input. It never compares with the Python package: that is what `golden` does.

use ce_core::Interval;
use ce_core::venn_abers::{DECIMALS_MAX, VennAbers};
use proptest::prelude::*;

/// A step of a pooled-adjacent-violators regression: rows and positive rows.
type Block = (f64, f64);

/// Venn-Abers by its definition: insert the query with a label, pool equal scores, regress, read off at the query.
fn literal(calibration: &[(f64, bool)], query: f64, label: bool) -> f64 {
    let mut points = calibration.to_vec();
    points.push((query, label));
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut groups: Vec<(f64, Block)> = Vec::new();
    for (score, label) in points {
        match groups.last_mut() {
            Some((last, (rows, positive))) if *last == score => {
                *rows += 1.0;
                *positive += f64::from(u8::from(label));
            }
            _ => groups.push((score, (1.0, f64::from(u8::from(label))))),
        }
    }
    // Each block remembers its largest score, so that the query's can be found again.
    let mut blocks: Vec<(f64, Block)> = Vec::new();
    for mut block in groups {
        while let Some(&(_, (rows, positive))) = blocks.last()
            && positive * block.1.0 >= block.1.1 * rows
        {
            block.1 = (block.1.0 + rows, block.1.1 + positive);
            blocks.pop();
        }
        blocks.push(block);
    }
    let (_, (rows, positive)) = blocks[blocks.partition_point(|block| block.0 < query)];
    positive / rows
}

fn rounded(score: f64) -> f64 {
    (score * 1e4).round_ties_even() / 1e4
}

/// Rows rounded to other decimals than four, which are then all the decimals that they have.
fn pooled_to(rows: &[(f64, bool)], decimals: u32) -> Vec<(f64, bool)> {
    rows.iter().map(|&(score, label)| (ce_core::venn_abers::rounded(score, decimals), label)).collect()
}

/// Calibration rows of several kinds: spread out, tied, nearly of one class, of one score.
fn calibration() -> impl Strategy<Value = Vec<(f64, bool)>> {
    let spread = (0.0..1.0, any::<bool>());
    let tied = ((0_u8..6).prop_map(|step| f64::from(step) / 5.0), any::<bool>());
    let skewed = (0.0..0.01, prop::bool::weighted(0.05));
    let informative = (0.0..1.0, 0.0..1.0).prop_map(|(score, draw): (f64, f64)| (score, draw < score));
    prop_oneof![
        prop::collection::vec(spread, 1..60),
        prop::collection::vec(tied, 1..60),
        prop::collection::vec(skewed, 1..60),
        prop::collection::vec(informative, 1..200),
        prop::collection::vec((Just(0.3), any::<bool>()), 1..20),
    ]
}

fn fit(rows: &[(f64, bool)]) -> VennAbers {
    let (scores, labels): (Vec<f64>, Vec<bool>) = rows.iter().copied().unzip();
    VennAbers::fit(&scores, &labels).unwrap()
}

/// Queries of interest: each rounded score, between any two, and beyond both ends.
fn queries(rows: &[(f64, bool)]) -> Vec<f64> {
    let mut scores: Vec<f64> = rows.iter().map(|row| rounded(row.0)).collect();
    scores.sort_by(f64::total_cmp);
    let between: Vec<f64> = scores.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect();
    [scores, between, vec![-1.0, 2.0]].concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tables_equal_the_literal_definition(rows in calibration()) {
        let calibrator = fit(&rows);
        let pooled: Vec<(f64, bool)> = rows.iter().map(|&(score, label)| (rounded(score), label)).collect();
        for query in queries(&rows) {
            let interval = calibrator.interval(query);
            // Both divide the same two integers, so that nothing may differ at all.
            prop_assert_eq!(interval.low, literal(&pooled, query, false));
            prop_assert_eq!(interval.high, literal(&pooled, query, true));
        }
    }

    #[test]
    fn tables_equal_the_literal_definition_at_any_decimals(rows in calibration(), decimals in 0..=DECIMALS_MAX) {
        let (scores, labels): (Vec<f64>, Vec<bool>) = rows.iter().copied().unzip();
        let calibrator = VennAbers::fit_rounded(&scores, &labels, decimals).unwrap();
        let pooled = pooled_to(&rows, decimals);
        for (query, _) in &pooled {
            let interval = calibrator.interval(*query);
            prop_assert_eq!(interval.low, literal(&pooled, *query, false));
            prop_assert_eq!(interval.high, literal(&pooled, *query, true));
        }
    }

    #[test]
    fn the_interval_contains_its_point_estimate(rows in calibration(), extra in prop::collection::vec(-2.0..3.0, 10)) {
        let calibrator = fit(&rows);
        for query in queries(&rows).into_iter().chain(extra) {
            let Interval { predict, low, high } = calibrator.interval(query);
            prop_assert!(0.0 <= low && low <= predict && predict <= high && high <= 1.0);
        }
    }

    #[test]
    fn a_higher_score_never_lowers_a_bound(rows in calibration()) {
        let calibrator = fit(&rows);
        let mut queries = queries(&rows);
        queries.sort_by(f64::total_cmp);
        let intervals: Vec<Interval> = queries.iter().map(|&query| calibrator.interval(query)).collect();
        prop_assert!(intervals.is_sorted_by(|a, b| a.low <= b.low && a.high <= b.high));
    }

    #[test]
    fn the_order_of_calibration_rows_does_not_matter(
        (rows, permuted) in calibration().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
    ) {
        prop_assert_eq!(fit(&rows), fit(&permuted));
    }

    #[test]
    fn a_restored_calibrator_is_the_saved_one(rows in calibration()) {
        let calibrator = fit(&rows);
        let restored: VennAbers = serde_json::from_str(&serde_json::to_string(&calibrator).unwrap()).unwrap();
        prop_assert_eq!(&restored, &calibrator);
        prop_assert_eq!(VennAbers::try_from(calibrator.tables().clone()), Ok(calibrator));
    }

    #[test]
    fn a_calibrator_restored_from_anything_answers_within_bounds(
        scores in prop::collection::vec(any::<f64>(), 0..4),
        low in prop::collection::vec(0.0..1.2, 0..5),
        high in prop::collection::vec(0.0..1.2, 0..5),
        query in any::<f64>(),
    ) {
        if let Ok(calibrator) = VennAbers::try_from(ce_core::venn_abers::Tables { scores, low, high }) {
            let Interval { predict, low, high } = calibrator.interval(query);
            prop_assert!(0.0 <= low && low <= predict && predict <= high && high <= 1.0);
        }
    }
}
