//! Guarded bins and rules worked out by hand.

use super::{Candidate, Confidence, Guard, GuardedGrid, GuardedRule, Kind};
use crate::bins::{Categories, Condition, FeatureBins, Ignored, NumericBins};
use crate::grid::{Answers, Grid};
use crate::{Error, Interval, Matrix, Weight};

const BASE: Interval = Interval { predict: 0.5, low: 0.25, high: 0.75 };

/// One numeric feature with the bins ..=2.5, ..=5.5, ..=20 and above: four near rows, four more, none, and one far off.
const X_CAL: [f64; 9] = [1.0, 1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 40.0];
const CUTS: [f64; 3] = [2.5, 5.5, 20.0];

fn numeric(merges: bool, confidence: f64) -> GuardedGrid {
    let bins = NumericBins::new(&X_CAL, CUTS.to_vec(), &[50.0]).unwrap();
    guarded(vec![FeatureBins::Numeric(bins)], &X_CAL, &[], merges, confidence)
}

fn guarded(bins: Vec<FeatureBins>, data: &[f64], categorical: &[usize], merges: bool, confidence: f64) -> GuardedGrid {
    let x_cal = Matrix::new(data, data.len() / bins.len(), bins.len()).unwrap();
    let guard = Guard::fit(x_cal, categorical, 2).unwrap();
    let confidence = Confidence::new(confidence).unwrap();
    GuardedGrid::new(&Grid::from_features(bins), x_cal, guard, confidence, merges).unwrap()
}

fn planned(grid: &GuardedGrid, kind: Kind, x: &[f64]) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    let n = grid.planner().plan(kind, x, |_| false, &mut candidates).unwrap();
    assert_eq!(n, candidates.len());
    candidates
}

/// First and last bin of each candidate, whether it is the own one, and whether it is asked about.
fn runs(grid: &GuardedGrid, kind: Kind, x: &[f64]) -> Vec<(u32, u32, bool, bool)> {
    planned(grid, kind, x).iter().map(|c| (c.first, c.last, c.is_own, c.is_asked)).collect()
}

/// The rules for answers in the order of the questions.
fn rules(grid: &GuardedGrid, kind: Kind, x: &[f64], base: Interval, answers: &[Interval]) -> Vec<GuardedRule> {
    let column = |of: fn(&Interval) -> f64| -> Vec<f64> { answers.iter().map(of).collect() };
    let (predict, low, high) = (column(|a| a.predict), column(|a| a.low), column(|a| a.high));
    let answers = Answers { predict: &predict, low: &low, high: &high };
    let mut found = Vec::new();
    let n = grid.rules(kind, base, &planned(grid, kind, x), answers, &mut found).unwrap();
    assert_eq!(n, found.len());
    found
}

fn exactly(predict: f64) -> Interval {
    Interval { predict, low: predict, high: predict }
}

#[test]
fn the_p_value_counts_the_rows_that_are_no_less_strange() {
    let guard = Guard::fit(Matrix::new(&X_CAL, 9, 1).unwrap(), &[], 2).unwrap();
    // To the second nearest other row it is 1 for all but 40, for which it is 36, and so in parts of the range.
    for (x, n_as_strange) in [(1.0, 9), (3.0, 9), (5.0, 9), (5.5, 1), (40.0, 1), (41.0, 1), (100.0, 0)] {
        assert_eq!(guard.p_value(&[x]).unwrap(), f64::from(n_as_strange) / 9.0, "{x}");
    }
    assert_eq!(guard.p_value(&[f64::NAN]).unwrap(), 0.0);
    assert_eq!(guard.p_value(&[f64::INFINITY]).unwrap(), 0.0);
}

#[test]
fn with_too_few_rows_everything_is_accepted() {
    for (n_neighbours, is_saturated) in [(7, false), (8, true), (100, true)] {
        let guard = Guard::fit(Matrix::new(&X_CAL, 9, 1).unwrap(), &[], n_neighbours).unwrap();
        assert_eq!(guard.is_saturated(), is_saturated);
        assert_eq!(guard.p_value(&[1e9]).unwrap(), if is_saturated { 1.0 } else { 0.0 });
        assert_eq!(guard.probe().at(&[0.0]).unwrap().p_value(0, 1e9), guard.p_value(&[1e9]));
    }
}

#[test]
fn two_categories_are_farther_apart_than_an_unknown_one_is_from_any() {
    let guard = Guard::fit(Matrix::new(&[0.0, 0.0, 0.0, 1.0, 1.0], 5, 1).unwrap(), &[0], 2).unwrap();
    // Scores: 0 in the category of three rows, the root of 2 in that of two.
    assert_eq!([0.0, 1.0, 7.0, f64::NAN].map(|x| guard.p_value(&[x]).unwrap()), [1.0, 1.0, 0.4, 0.4]);
}

#[test]
fn a_constant_column_is_not_divided_by_zero_and_tells_the_odd_one_out() {
    let data: Vec<f64> = X_CAL.iter().flat_map(|&value| [value, 7.0]).collect();
    let guard = Guard::fit(Matrix::new(&data, 9, 2).unwrap(), &[], 2).unwrap();
    assert_eq!(guard.p_value(&[3.0, 7.0]).unwrap(), 1.0);
    assert_eq!(guard.p_value(&[3.0, 7.5]).unwrap(), 0.0);
}

#[test]
fn medians_stand_for_bins_and_an_empty_bin_is_not_accepted() {
    let grid = numeric(false, 0.5);
    let candidates = planned(&grid, Kind::Alternative, &[100.0]);
    // 40 itself is a stranger at this confidence: its two nearest rows are itself and 5.
    let found: Vec<_> = candidates.iter().map(|c| (c.first, grid.value(c).unwrap(), c.p_value)).collect();
    assert_eq!(found, [(0, 1.5, 1.0), (1, 4.0, 1.0)]);
    assert_eq!(runs(&numeric(false, 0.9), Kind::Alternative, &[100.0]), [(0, 0, false, true), (1, 1, false, true)]);
    assert_eq!(runs(&numeric(false, 0.9), Kind::Alternative, &[1.0]), [(1, 1, false, true), (3, 3, false, true)]);
}

#[test]
fn a_factual_explanation_is_silent_where_the_own_bin_is_strange() {
    assert_eq!(runs(&numeric(false, 0.5), Kind::Factual, &[40.0]), []);
    assert_eq!(runs(&numeric(true, 0.5), Kind::Factual, &[40.0]), [], "nor is it merged with what is accepted");
    assert_eq!(runs(&numeric(false, 0.5), Kind::Factual, &[4.0]), [(0, 0, false, true), (1, 1, true, false)]);
    // An empty bin has no representative, even where the value lies in it.
    assert_eq!(runs(&numeric(false, 0.9), Kind::Factual, &[10.0]), []);
}

#[test]
fn the_own_representative_stands_in_where_no_other_bin_is_accepted() {
    let bins = NumericBins::new(&X_CAL, vec![20.0], &[50.0]).unwrap();
    let grid = guarded(vec![FeatureBins::Numeric(bins)], &X_CAL, &[], false, 0.5);
    assert_eq!(runs(&grid, Kind::Factual, &[4.0]), [(0, 0, true, true)]);
    let rules = rules(&grid, Kind::Factual, &[4.0], BASE, &[exactly(0.25)]);
    assert_eq!((rules[0].condition, rules[0].weight.weight), (Some(Condition::AtMost(20.0)), 0.25));
}

#[test]
fn neighbours_are_merged_and_the_own_bin_only_in_factual_explanations() {
    let grid = numeric(true, 0.5);
    assert_eq!(runs(&grid, Kind::Factual, &[4.0]), [(0, 1, true, true)]);
    assert_eq!(runs(&grid, Kind::Alternative, &[4.0]), [(0, 0, false, true)]);
    let candidates = planned(&grid, Kind::Alternative, &[30.0]);
    assert_eq!((candidates[0].first, candidates[0].last, grid.value(&candidates[0])), (0, 1, Ok(2.5)));
    let merged = rules(&grid, Kind::Alternative, &[30.0], BASE, &[exactly(0.25)]);
    assert_eq!(merged[0].condition, Some(Condition::AtMost(5.5)));
}

#[test]
fn a_merge_that_the_guard_refuses_leaves_the_bins_apart() {
    // Two crowds with a void between them, in which the median of both together falls.
    let data = [0.0, 0.0, 0.0, 0.0, 9.0, 9.0, 9.0, 9.0];
    let bins = NumericBins::new(&data, vec![5.0], &[50.0]).unwrap();
    let grid = guarded(vec![FeatureBins::Numeric(bins)], &data, &[], true, 0.5);
    assert_eq!(runs(&grid, Kind::Factual, &[9.0]), [(0, 0, false, true), (1, 1, true, false)]);
}

#[test]
fn all_bins_merged_leave_no_condition() {
    let data = [1.0, 1.0, 2.0, 2.0, 3.0, 3.0];
    let bins = NumericBins::new(&data, vec![1.5, 2.5], &[50.0]).unwrap();
    let grid = guarded(vec![FeatureBins::Numeric(bins)], &data, &[], true, 0.9);
    assert_eq!(runs(&grid, Kind::Factual, &[1.0]), [(0, 2, true, true)]);
    assert_eq!(rules(&grid, Kind::Factual, &[1.0], BASE, &[exactly(0.25)])[0].condition, None);
}

#[test]
fn every_bin_counts_once_and_categories_of_equal_answers_count_each() {
    let data = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 3.0, 3.0];
    let bins = vec![FeatureBins::Categorical(Categories::new(&data).unwrap())];
    let grid = guarded(bins, &data, &[0], false, 0.9);
    let answers = [exactly(0.25), exactly(0.25), exactly(0.75)];
    let factual = rules(&grid, Kind::Factual, &[1.0], BASE, &answers);
    assert_eq!(factual.len(), 1);
    assert_eq!((factual[0].condition, factual[0].prediction), (Some(Condition::Equal(1.0)), BASE));
    assert!((factual[0].weight.weight - (0.5 - 1.25 / 3.0)).abs() < 1e-15);
    let others: Vec<_> = rules(&grid, Kind::Alternative, &[1.0], BASE, &answers)
        .iter()
        .map(|rule| (rule.condition, rule.prediction.predict, rule.weight.weight))
        .collect();
    let expected = [(0.0, 0.25, -0.25), (2.0, 0.25, -0.25), (3.0, 0.75, 0.25)];
    assert_eq!(others, expected.map(|(code, predict, weight)| (Some(Condition::Equal(code)), predict, weight)));
    assert_eq!(rules(&grid, Kind::Factual, &[9.0], BASE, &[]), [], "an unknown category is nobody's own");
}

#[test]
fn infinite_bounds_become_the_prediction() {
    let grid = numeric(false, 0.9);
    let open = Interval { predict: 0.25, low: f64::NEG_INFINITY, high: f64::INFINITY };
    let no_low = Interval { predict: 0.75, low: f64::NEG_INFINITY, high: 1.0 };
    let factual = rules(&grid, Kind::Factual, &[1.0], open, &[open, no_low]);
    assert_eq!(factual[0].weight, Weight { weight: -0.25, low: -0.375, high: -0.25 });
    assert_eq!(factual[0].prediction, open, "the instance's own prediction is told as it is");
    let others = rules(&grid, Kind::Alternative, &[1.0], open, &[open, no_low]);
    assert_eq!(others.len(), 1, "what is as open as the base moves nothing");
    assert_eq!(others[0].prediction, Interval { low: 0.75, ..no_low });
}

#[test]
fn a_rule_that_changes_nothing_is_left_out() {
    let grid = numeric(false, 0.9);
    let noise = Interval { predict: 0.5 + 1e-16, ..BASE };
    assert_eq!(rules(&grid, Kind::Factual, &[1.0], BASE, &[noise, BASE]), []);
    assert_eq!(rules(&grid, Kind::Alternative, &[1.0], BASE, &[noise, BASE]), []);
}

#[test]
fn an_ignored_feature_is_measured_but_not_planned() {
    let data: Vec<f64> = X_CAL.iter().flat_map(|&value| [value, value]).collect();
    let bins = || FeatureBins::Numeric(NumericBins::new(&X_CAL, CUTS.to_vec(), &[50.0]).unwrap());
    let grid = guarded(vec![bins(), FeatureBins::Ignored(Ignored::Requested)], &data, &[], false, 0.9);
    let of_feature = |x: &[f64]| -> Vec<u32> {
        planned(&grid, Kind::Alternative, x).iter().map(|candidate| candidate.feature).collect()
    };
    assert_eq!(of_feature(&[1.0, 1.0]), [0, 0]);
    assert_eq!(of_feature(&[1.0, 1e6]), [0_u32; 0], "what is strange in the ignored feature is strange");
    let both = guarded(vec![bins(), bins()], &data, &[], false, 0.9);
    let mut candidates = Vec::new();
    both.planner().plan(Kind::Alternative, &[1.0, 1.0], |feature| feature == 0, &mut candidates).unwrap();
    assert!(!candidates.is_empty() && candidates.iter().all(|candidate| candidate.feature == 1));
}

#[test]
fn candidates_of_another_grid_are_an_error() {
    let grid = numeric(false, 0.9);
    let good = planned(&grid, Kind::Alternative, &[1.0])[0];
    let read = |candidate: Candidate| {
        let answers = Answers { predict: &[0.5], low: &[0.5], high: &[0.5] };
        grid.rules(Kind::Alternative, BASE, &[candidate], answers, &mut Vec::new())
    };
    assert!(read(good).is_ok());
    for bad in [
        Candidate { feature: 1, ..good },
        Candidate { first: 4, last: 4, ..good },
        Candidate { first: 2, last: 1, ..good },
        Candidate { first: 2, last: 2, ..good },
        Candidate { last: u32::MAX, ..good },
        Candidate { p_value: f64::NAN, ..good },
        Candidate { p_value: 2.0, ..good },
    ] {
        assert!(matches!(read(bad), Err(Error::Invalid { what: "guarded candidate", .. })), "{bad:?}");
    }
    let unasked = Candidate { is_asked: false, ..good };
    assert_eq!(read(unasked), Err(Error::Shape { what: "answered predictions", expected: 0, found: 1 }));
}

#[test]
fn input_is_checked_at_the_door() {
    let fit = |data: &[f64], categorical: &[usize], n_neighbours| {
        Guard::fit(Matrix::new(data, data.len(), 1).unwrap(), categorical, n_neighbours).unwrap_err()
    };
    assert_eq!(fit(&[], &[], 5), Error::Empty { what: "calibration rows" });
    assert!(matches!(fit(&[1.0, f64::NAN], &[], 5), Error::NotFinite { row_idx: 1, .. }));
    assert!(matches!(fit(&[-f64::MAX, f64::MAX], &[], 5), Error::Invalid { .. }));
    assert!(matches!(fit(&[1.0], &[1], 5), Error::OutOfRange { .. }));
    for n_neighbours in [0, usize::MAX] {
        assert!(matches!(fit(&[1.0], &[], n_neighbours), Error::Invalid { what: "guard neighbours", .. }));
    }
    let grid = numeric(false, 0.9);
    let wrong = Err(Error::Shape { what: "instance", expected: 1, found: 2 });
    assert_eq!(grid.planner().plan(Kind::Factual, &[1.0, 2.0], |_| false, &mut Vec::new()), wrong);
    assert!(grid.guard().p_value(&[]).is_err());
    assert!(grid.guard().probe().at(&[1.0]).unwrap().p_value(1, 0.0).is_err());
    let answers = Answers { predict: &[], low: &[], high: &[] };
    let nan = Interval { low: f64::NAN, ..BASE };
    assert!(matches!(grid.rules(Kind::Factual, nan, &[], answers, &mut Vec::new()), Err(Error::Invalid { .. })));
}

#[test]
fn damaged_grids_are_not_restored() {
    let saved = serde_json::to_value(numeric(true, 0.9)).unwrap();
    assert_eq!(serde_json::from_value::<GuardedGrid>(saved.clone()).unwrap(), numeric(true, 0.9));
    let bins = "/features/0/Numeric";
    let axis = "/guard/axes/0/Numeric";
    for (place, value) in [
        (format!("{bins}/cuts"), serde_json::json!([])),
        (format!("{bins}/cuts/0"), serde_json::json!(9.0)),
        (format!("{bins}/medians"), serde_json::json!([1.5])),
        (format!("{bins}/medians/0"), serde_json::json!(3.0)),
        (format!("{axis}/places/0"), serde_json::json!(-0.5)),
        (format!("{axis}/places"), serde_json::json!([])),
        (format!("{axis}/range"), serde_json::json!(0.0)),
        ("/guard/axes".into(), serde_json::json!([])),
        ("/guard/n_neighbours".into(), serde_json::json!(0)),
        ("/guard/n_neighbours".into(), serde_json::json!(8)),
        ("/guard/scores".into(), serde_json::json!([])),
        ("/guard/scores/0".into(), serde_json::json!(-1.0)),
        ("/guard/scores/0".into(), serde_json::json!(5.0)),
        ("/confidence".into(), serde_json::json!(1.0)),
        ("/features".into(), serde_json::json!([])),
    ] {
        let mut damaged = saved.clone();
        *damaged.pointer_mut(&place).unwrap() = value.clone();
        assert!(serde_json::from_value::<GuardedGrid>(damaged).is_err(), "{place}: {value}");
    }
}

#[test]
fn many_neighbours_of_many_rows_are_scored_a_part_at_a_time() {
    // 1500 rows with 1200 neighbours each are more distances than are kept at once.
    let x: Vec<f64> = (0..1500).map(|row| f64::from(row * 7919 % 1500).powf(1.5)).collect();
    let guard = Guard::fit(Matrix::new(&x, 1500, 1).unwrap(), &[], 1200).unwrap();
    let farthest = |value: f64, skipped: usize| {
        let mut distances: Vec<f64> = x.iter().map(|other| (other - value).abs()).collect();
        distances.sort_unstable_by(f64::total_cmp);
        distances[1199 + skipped]
    };
    let scores: Vec<f64> = x.iter().map(|&value| farthest(value, 1)).collect();
    for value in [0.0, 9_000.0, 58_000.0, 70_000.0] {
        let least = farthest(value, 0) * (1.0 - 1e-12);
        let expected = scores.iter().filter(|&&score| score >= least).count() as f64 / 1500.0;
        assert_eq!(guard.p_value(&[value]).unwrap(), expected, "{value}");
    }
}
