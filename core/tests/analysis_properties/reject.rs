//! Rejects: p-values are counts, and prediction sets are nested. Nothing here calibrates.

use ce_core::analysis::Interval;
use ce_core::analysis::reject::{Confidence, PValues, Policy, Reject, RejectCalibration, Score, Verdict};
use proptest::prelude::*;

use crate::interval;

/// Calibration rows of up to three categories, each present, and a score.
fn calibration() -> impl Strategy<Value = (Vec<(Interval, bool, u32)>, bool, Score)> {
    let row = (interval(), any::<bool>(), 0_u32..3);
    let score = prop_oneof![Just(Score::Hinge), (0.0..=1.0).prop_map(|weight| Score::Ensured { weight })];
    (prop::collection::vec(row, 3..60), any::<bool>(), score).prop_map(|(mut rows, is_mondrian, score)| {
        (0..3).for_each(|category| rows[category].2 = category as u32);
        (rows, is_mondrian, score)
    })
}

fn p_values(
    (rows, is_mondrian, score): &(Vec<(Interval, bool, u32)>, bool, Score),
    queries: &[(Interval, u32)],
) -> PValues {
    let event: Vec<Interval> = rows.iter().map(|row| row.0).collect();
    let is_true: Vec<bool> = rows.iter().map(|row| row.1).collect();
    let only = |categories: Vec<u32>| if *is_mondrian { categories } else { Vec::new() };
    let categories = only(rows.iter().map(|row| row.2).collect());
    let calibration = RejectCalibration { event: &event, is_true: &is_true, categories: &categories };
    let reject = Reject::fit(&calibration, *score).unwrap();
    let event: Vec<Interval> = queries.iter().map(|query| query.0).collect();
    reject.p_values(&event, &only(queries.iter().map(|query| query.1).collect())).unwrap()
}

fn queries() -> impl Strategy<Value = Vec<(Interval, u32)>> {
    prop::collection::vec((interval(), 0_u32..3), 0..12)
}

proptest! {
    #[test]
    fn p_values_count_the_rows_of_the_category_that_are_as_strange(
        calibration in calibration(), queries in queries(),
    ) {
        let (rows, is_mondrian, score) = &calibration;
        let strangeness = |event: Interval, is_true: bool| {
            let hinge = 1.0 - if is_true { event.predict } else { 1.0 - event.predict };
            match score {
                Score::Hinge => hinge,
                Score::Ensured { weight } => (1.0 - weight) * (event.high - event.low) + weight * hinge,
            }
        };
        for (found, &(event, category)) in p_values(&calibration, &queries).rows().iter().zip(&queries) {
            let peers: Vec<_> = rows.iter().filter(|row| !is_mondrian || row.2 == category).collect();
            for (found, is_true) in found.iter().zip([false, true]) {
                let strange = strangeness(event, is_true);
                let n_strange = peers.iter().filter(|row| strangeness(row.0, row.1) >= strange).count();
                prop_assert_eq!(*found, (n_strange as f64 + 1.0) / (peers.len() as f64 + 1.0));
            }
        }
    }

    #[test]
    fn a_batch_is_as_many_batches_of_one_and_the_order_of_calibration_rows_is_no_matter(
        calibration in calibration(), queries in queries(),
    ) {
        let batch = p_values(&calibration, &queries);
        let mut turned = calibration.clone();
        turned.0.reverse();
        prop_assert_eq!(&p_values(&turned, &queries), &batch);
        for (row, query) in batch.rows().iter().zip(&queries) {
            let alone = p_values(&calibration, &[*query]);
            prop_assert_eq!(alone.rows(), &[*row]);
        }
    }

    #[test]
    fn prediction_sets_are_nested_in_confidence(
        calibration in calibration(), queries in queries(), a in 0.001..0.999, b in 0.001..0.999,
    ) {
        let p_values = p_values(&calibration, &queries);
        let at = |confidence| p_values.at(Confidence::new(confidence).unwrap());
        let (narrow, wide) = (at(f64::min(a, b)), at(f64::max(a, b)));
        for (narrow, wide) in narrow.sets().iter().zip(wide.sets()) {
            prop_assert!((0..2).all(|outcome| !narrow[outcome] || wide[outcome]));
        }
        prop_assert!(narrow.n_novelty() >= wide.n_novelty() && narrow.n_ambiguity() <= wide.n_ambiguity());
    }

    #[test]
    fn policies_split_the_rows_and_rates_count_them(
        calibration in calibration(), queries in queries(), confidence in 0.001..0.999,
    ) {
        let decisions = p_values(&calibration, &queries).at(Confidence::new(confidence).unwrap());
        let all: Vec<usize> = (0..queries.len()).collect();
        prop_assert_eq!(&decisions.select(Policy::Flag), &all);
        prop_assert_eq!(&decisions.select(Policy::None), &all);
        let (rejected, accepted) = (decisions.select(Policy::OnlyRejected), decisions.select(Policy::OnlyAccepted));
        let mut both = [rejected.clone(), accepted.clone()].concat();
        both.sort_unstable();
        prop_assert_eq!(both, all);
        for &row_idx in &accepted {
            let [no, yes] = decisions.sets()[row_idx];
            prop_assert_eq!(decisions.verdict(row_idx), Verdict::Accepted { event: yes });
            prop_assert!(no != yes);
        }
        prop_assert_eq!(decisions.n_ambiguity() + decisions.n_novelty(), rejected.len());
        let n = queries.len() as f64;
        let expected = (n * (1.0 - confidence) - decisions.n_novelty() as f64) / accepted.len() as f64;
        prop_assert_eq!(decisions.error_rate(), (!accepted.is_empty()).then(|| expected.clamp(0.0, 1.0)));
        prop_assert_eq!(decisions.reject_rate(), (!queries.is_empty()).then(|| rejected.len() as f64 / n));
    }
}
