//! What must hold of guards and guarded bins, on any input. It never compares with the Python package: that is what
//! `golden` does.

use ce_core::Matrix;
use ce_core::discretizer::{ALTERNATIVE_DEPTH, Labels};
use ce_core::grid::Grid;
use ce_core::guard::{Candidate, Confidence, Guard, GuardedGrid, Kind};
use proptest::prelude::*;

const N_FEATURES: usize = 3;

/// A calibration set of three features, the last categorical, and an instance. Steps of a quarter make ties common.
fn problem() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    let row = || {
        let numeric = || (0_u8..20).prop_map(|step| f64::from(step) / 4.0);
        (numeric(), numeric(), (0_u8..3).prop_map(f64::from)).prop_map(|(a, b, c)| [a, b, c])
    };
    (prop::collection::vec(row(), 2..50), row()).prop_map(|(rows, x)| (rows.concat(), x.to_vec()))
}

fn matrix(data: &[f64]) -> Matrix<'_> {
    Matrix::new(data, data.len() / N_FEATURES, N_FEATURES).unwrap()
}

fn guard(data: &[f64], n_neighbours: usize) -> Guard {
    Guard::fit(matrix(data), &[2], n_neighbours).unwrap()
}

fn guarded(data: &[f64], confidence: f64, merges: bool) -> GuardedGrid {
    let x_cal = matrix(data);
    let classes: Vec<u32> = (0..x_cal.n_rows()).map(|row| x_cal.row(row)[0] as u32 % 3).collect();
    let labels = Labels::Classes { labels: &classes, n_classes: 5 };
    let grid = Grid::fit(x_cal, labels, ALTERNATIVE_DEPTH, &[2], &[], &[50.0]).unwrap();
    GuardedGrid::new(&grid, x_cal, guard(data, 2), Confidence::new(confidence).unwrap(), merges).unwrap()
}

fn planned(grid: &GuardedGrid, kind: Kind, x: &[f64]) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    grid.planner().plan(kind, x, |_| false, &mut candidates).unwrap();
    candidates
}

/// The p-value from its definition: every distance in full, sorted.
fn by_definition(data: &[f64], n_neighbours: usize, x: &[f64]) -> f64 {
    let rows: Vec<&[f64]> = data.chunks_exact(N_FEATURES).collect();
    if n_neighbours + 1 >= rows.len() {
        return 1.0;
    }
    let scale: Vec<f64> = (0..2)
        .map(|feature| {
            let column = || rows.iter().map(|row| row[feature]);
            let range = column().fold(f64::MIN, f64::max) - column().fold(f64::MAX, f64::min);
            range.max(1e-12)
        })
        .collect();
    let known = |code: f64| rows.iter().any(|row| row[2] == code);
    let square = |a: &[f64], b: &[f64]| {
        let numeric: f64 = (0..2).map(|feature| ((a[feature] - b[feature]) / scale[feature]).powi(2)).sum();
        let categories = if a[2] == b[2] { 0.0 } else { f64::from(u8::from(known(a[2])) + u8::from(known(b[2]))) };
        numeric + categories
    };
    let score = |row: &[f64], nth: usize| {
        let mut squares: Vec<f64> = rows.iter().map(|other| square(row, other)).collect();
        squares.sort_by(f64::total_cmp);
        squares[nth]
    };
    let own = score(x, n_neighbours - 1);
    let as_strange = rows.iter().filter(|row| score(row, n_neighbours) > own - 1e-9).count();
    as_strange as f64 / rows.len() as f64
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_p_value_is_what_its_definition_says((data, mut x) in problem(), n_neighbours in 1_usize..6, unknown in any::<bool>()) {
        if unknown {
            x[2] = 9.0;
        }
        let p_value = guard(&data, n_neighbours).p_value(&x).unwrap();
        prop_assert!((0.0..=1.0).contains(&p_value));
        prop_assert_eq!(p_value, by_definition(&data, n_neighbours, &x));
    }

    #[test]
    fn a_row_is_judged_alike_however_it_is_asked_about((data, x) in problem(), (_, y) in problem(), n_neighbours in 1_usize..6) {
        let guard = guard(&data, n_neighbours);
        let mut probe = guard.probe();
        // What was tested before leaves nothing behind.
        probe.at(&y).unwrap().p_value(1, 3.0).unwrap();
        for feature in 0..N_FEATURES {
            let mut edited = x.clone();
            edited[feature] = y[feature];
            let p_value = probe.at(&x).unwrap().p_value(feature, y[feature]).unwrap();
            prop_assert_eq!(p_value, guard.p_value(&edited).unwrap());
            prop_assert_eq!(p_value, guard.probe().at(&x).unwrap().p_value(feature, y[feature]).unwrap());
        }
    }

    #[test]
    fn going_away_from_all_rows_makes_no_row_less_strange((data, x) in problem(), feature in 0_usize..2, step in 0.0..9.0_f64) {
        // Beyond the calibration range every distance grows with the value.
        let guard = guard(&data, 2);
        let highest = data.chunks_exact(N_FEATURES).map(|row| row[feature]).fold(f64::MIN, f64::max);
        let p_at = |value| guard.probe().at(&x).unwrap().p_value(feature, value).unwrap();
        prop_assert!(p_at(highest + step) >= p_at(highest + 2.0 * step));
    }

    #[test]
    fn the_order_of_rows_and_features_decides_nothing((data, x) in problem(), n_neighbours in 1_usize..6) {
        let backwards: Vec<f64> = data.iter().rev().copied().collect();
        let x_backwards: Vec<f64> = x.iter().rev().copied().collect();
        let turned = Guard::fit(matrix(&backwards), &[0], n_neighbours).unwrap();
        prop_assert_eq!(turned.p_value(&x_backwards).unwrap(), guard(&data, n_neighbours).p_value(&x).unwrap());
    }

    #[test]
    fn a_larger_confidence_accepts_no_less(
        (data, x) in problem(),
        low in 0.05..0.95_f64,
        more in 0.0..1.0_f64,
    ) {
        let high = low + (0.99 - low) * more;
        let accepted = |confidence| planned(&guarded(&data, confidence, false), Kind::Alternative, &x);
        let (fewer, all) = (accepted(low), accepted(high));
        prop_assert!(fewer.iter().all(|candidate| all.contains(candidate)));
        for p_value in [0.0, 0.05, low, 1.0 - low, high, 1.0] {
            let accepts = |confidence| Confidence::new(confidence).unwrap().accepts(p_value);
            prop_assert!(!accepts(low) || accepts(high));
        }
    }

    #[test]
    fn every_candidate_conforms_merged_or_not(
        (data, x) in problem(),
        confidence in 0.3..0.95_f64,
        merges in any::<bool>(),
    ) {
        let grid = guarded(&data, confidence, merges);
        for kind in [Kind::Factual, Kind::Alternative] {
            let candidates = planned(&grid, kind, &x);
            for candidate in &candidates {
                let mut row = x.clone();
                row[candidate.feature as usize] = grid.value(candidate).unwrap();
                prop_assert_eq!(candidate.p_value, grid.guard().p_value(&row).unwrap());
                prop_assert!(Confidence::new(confidence).unwrap().accepts(candidate.p_value));
                prop_assert!(merges || candidate.first == candidate.last);
                prop_assert!(kind == Kind::Factual || !candidate.is_own);
            }
            prop_assert!(candidates.is_sorted_by(|a, b| (a.feature, a.last) < (b.feature, b.first)), "{:?}", candidates);
        }
    }

    #[test]
    fn merging_covers_the_bins_that_are_accepted_singly((data, x) in problem(), confidence in 0.3..0.95_f64) {
        let covered = |merges, kind| -> Vec<(u32, u32, bool)> {
            let candidates = planned(&guarded(&data, confidence, merges), kind, &x);
            let bins = candidates.iter().flat_map(|c| (c.first..=c.last).map(|bin| (c.feature, bin, c.is_own)));
            bins.collect()
        };
        prop_assert_eq!(covered(true, Kind::Alternative), covered(false, Kind::Alternative));
        let places = |merges| -> Vec<_> { covered(merges, Kind::Factual).iter().map(|c| (c.0, c.1)).collect() };
        prop_assert_eq!(places(true), places(false));
    }

    #[test]
    fn a_planner_tells_of_each_instance_alone((data, x) in problem(), (_, y) in problem(), merges in any::<bool>()) {
        let grid = guarded(&data, 0.8, merges);
        for kind in [Kind::Factual, Kind::Alternative] {
            let mut planner = grid.planner();
            let mut both = Vec::new();
            let n_x = planner.plan(kind, &x, |_| false, &mut both).unwrap();
            planner.plan(kind, &y, |_| false, &mut both).unwrap();
            prop_assert_eq!(&both[..n_x], &planned(&grid, kind, &x)[..]);
            prop_assert_eq!(&both[n_x..], &planned(&grid, kind, &y)[..]);
        }
    }

    #[test]
    fn a_restored_grid_is_the_saved_one((data, x) in problem(), merges in any::<bool>()) {
        let grid = guarded(&data, 0.8, merges);
        let restored: GuardedGrid = serde_json::from_str(&serde_json::to_string(&grid).unwrap()).unwrap();
        prop_assert_eq!(&restored, &grid);
        prop_assert_eq!(planned(&restored, Kind::Factual, &x), planned(&grid, Kind::Factual, &x));
    }
}
