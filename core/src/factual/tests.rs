//! Small grids, written by hand.

use super::{Answers, FactualGrid, FactualRule};
use crate::bins::{Condition, FeatureBins, Ignored, SAMPLE_PERCENTILES};
use crate::{Error, Interval, Matrix, Weight};

const BASE: Interval = Interval { predict: 0.5, low: 0.25, high: 0.75 };

/// Feature 0 is numeric, 1 categorical, 2 constant, 3 has no other bin above its median, 4 is to be ignored.
const X_CAL: [[f64; 5]; 4] =
    [[1.0, 0.0, 7.0, 4.0, 1.0], [2.0, 1.0, 7.0, 4.0, 2.0], [3.0, 2.0, 7.0, 4.0, 3.0], [4.0, 2.0, 7.0, 0.0, 4.0]];

fn fitted() -> FactualGrid {
    let x_cal = Matrix::new(X_CAL.as_flattened(), 4, 5).unwrap();
    // Labels that no cut of feature 3 separates: one class, so that its cut is the median.
    FactualGrid::fit(x_cal, &[0; 4], 1, &[1], &[4], &SAMPLE_PERCENTILES).unwrap()
}

fn planned(grid: &FactualGrid, x: &[f64]) -> (Vec<u32>, Vec<f64>) {
    let (mut features, mut values) = (Vec::new(), Vec::new());
    let n_asked = grid.plan(x, &mut features, &mut values).unwrap();
    assert_eq!((n_asked, n_asked, n_asked), (features.len(), values.len(), grid.n_asked(x).unwrap()));
    (features, values)
}

fn rules(grid: &FactualGrid, x: &[f64], base: Interval, answers: &[Interval]) -> Vec<FactualRule> {
    let column = |of: fn(&Interval) -> f64| -> Vec<f64> { answers.iter().map(of).collect() };
    let (predict, low, high) = (column(|a| a.predict), column(|a| a.low), column(|a| a.high));
    let mut rules = Vec::new();
    let n = grid.rules(x, base, Answers { predict: &predict, low: &low, high: &high }, &mut rules).unwrap();
    assert_eq!(n, rules.len());
    rules
}

#[test]
fn ignored_features_say_why() {
    let ignored: Vec<_> = fitted().ignored().collect();
    assert_eq!(ignored, [(2, Ignored::Constant), (4, Ignored::Requested)]);
    let x_cal = Matrix::new(&[7.0, 7.0], 2, 1).unwrap();
    let both = FactualGrid::fit(x_cal, &[0, 1], 2, &[0], &[0], &[50.0]).unwrap();
    assert_eq!(both.ignored().collect::<Vec<_>>(), [(0, Ignored::Requested)]);
}

#[test]
fn only_other_bins_and_other_categories_are_asked_about() {
    // Feature 0 is cut at its median 2.5; feature 3 at 4, above which nothing lies.
    let (features, values) = planned(&fitted(), &[4.0, 1.0, 7.0, 4.0, 9.0]);
    assert_eq!(features, [0, 0, 0, 1, 1]);
    assert_eq!(values, [1.25, 1.5, 1.75, 0.0, 2.0]);
}

#[test]
fn a_feature_without_another_bin_has_no_rule() {
    // Nothing is asked about feature 3; L would give it the base prediction as its weight.
    let other = Interval { predict: 0.25, low: 0.125, high: 0.375 };
    let rules = rules(&fitted(), &[4.0, 1.0, 7.0, 4.0, 9.0], BASE, &[other; 5]);
    assert_eq!(rules.iter().map(|rule| rule.feature).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(rules[0].condition, Condition::Above(2.5));
    assert_eq!(rules[1].condition, Condition::Equal(1.0));
    for rule in &rules {
        assert_eq!((rule.prediction, rule.alternative), (BASE, other));
        assert_eq!(rule.weight, Weight { weight: 0.25, low: 0.125, high: 0.375 });
    }
}

#[test]
fn each_bin_counts_once_however_many_values_it_has() {
    let x_cal = [1.0, 1.0, 1.0, 5.0, 7.0, 8.0, 9.0];
    let bins = crate::bins::NumericBins::new(&x_cal, vec![3.0, 6.0], &SAMPLE_PERCENTILES).unwrap();
    let grid = FactualGrid::from_features(vec![FeatureBins::Numeric(bins)]);
    assert_eq!(planned(&grid, &[5.0]), (vec![0; 4], vec![1.0, 7.5, 8.0, 8.5]));
    let answer = |predict| Interval { predict, low: predict, high: predict };
    let rules = rules(&grid, &[5.0], BASE, &[answer(0.5), answer(0.25), answer(0.125), answer(0.0)]);
    assert_eq!(rules[0].condition, Condition::Within(3.0, 6.0));
    assert_eq!(rules[0].alternative.predict, (0.5 + 0.125) / 2.0);
}

#[test]
fn an_alternative_equal_to_the_base_gives_no_rule() {
    assert_eq!(rules(&fitted(), &[4.0, 1.0, 7.0, 4.0, 9.0], BASE, &[BASE; 5]), []);
}

#[test]
fn infinite_bounds_reach_the_weights() {
    let open = Interval { predict: 0.5, low: f64::NEG_INFINITY, high: f64::INFINITY };
    let rules = rules(&fitted(), &[4.0, 1.0, 7.0, 4.0, 9.0], BASE, &[open; 5]);
    assert_eq!(rules[0].weight, Weight { weight: 0.0, low: f64::NEG_INFINITY, high: f64::INFINITY });
    assert_eq!(rules[0].alternative, open);
}

#[test]
fn an_unknown_category_and_nan_are_planned_as_documented() {
    let (features, values) = planned(&fitted(), &[f64::NAN, 5.0, 7.0, 4.0, 9.0]);
    assert_eq!(features, [0, 0, 0, 1, 1, 1]);
    assert_eq!(values[3..], [0.0, 1.0, 2.0]);
}

#[test]
fn buffers_are_appended_to() {
    let grid = fitted();
    let (mut features, mut values) = (vec![9], vec![9.0]);
    assert_eq!(grid.plan(&[4.0, 1.0, 7.0, 4.0, 9.0], &mut features, &mut values), Ok(5));
    assert_eq!((features.len(), features[0], values.len(), values[0]), (6, 9, 6, 9.0));
}

#[test]
fn answers_are_checked() {
    let grid = fitted();
    let x = [4.0, 1.0, 7.0, 4.0, 9.0];
    let mut found = Vec::new();
    let mut ask = |predict: &[f64], low: &[f64], high: &[f64]| {
        grid.rules(&x, BASE, Answers { predict, low, high }, &mut found).unwrap_err()
    };
    let (good, bad) = ([0.5; 5], [0.5, 0.5, 0.5, 0.5, f64::NAN]);
    assert!(matches!(ask(&good[1..], &good, &good), Error::Shape { expected: 5, found: 4, .. }));
    assert!(matches!(ask(&good, &good[1..], &good), Error::Shape { .. }));
    assert!(matches!(ask(&good, &good, &good[1..]), Error::Shape { .. }));
    assert!(matches!(ask(&bad, &good, &good), Error::NotFinite { row_idx: 4, .. }));
    assert!(matches!(ask(&good, &bad, &good), Error::Invalid { .. }));
    assert!(matches!(ask(&good, &good, &bad), Error::Invalid { .. }));
    assert_eq!(found, []);
    assert!(matches!(grid.n_asked(&x[1..]), Err(Error::Shape { .. })));
    let nan = Interval { predict: f64::NAN, ..BASE };
    let answers = Answers { predict: &good, low: &good, high: &good };
    assert!(matches!(grid.rules(&x, nan, answers, &mut found), Err(Error::NotFinite { .. })));
}

#[test]
fn calibration_data_are_checked() {
    let fit = |data: &[f64], n_rows, labels: &[u32], categorical: &[usize], ignored: &[usize], percentiles: &[f64]| {
        let x_cal = Matrix::new(data, n_rows, 1).unwrap();
        FactualGrid::fit(x_cal, labels, 2, categorical, ignored, percentiles).unwrap_err()
    };
    assert_eq!(fit(&[], 0, &[], &[], &[], &[50.0]), Error::Empty { what: "calibration rows" });
    assert!(matches!(fit(&[1.0, 2.0], 2, &[0], &[], &[], &[50.0]), Error::Shape { .. }));
    assert!(matches!(fit(&[1.0, 2.0], 2, &[0, 2], &[], &[], &[50.0]), Error::OutOfRange { found: 2, .. }));
    assert!(matches!(fit(&[1.0, 2.0], 2, &[0, 1], &[1], &[], &[50.0]), Error::OutOfRange { .. }));
    assert!(matches!(fit(&[1.0, 2.0], 2, &[0, 1], &[], &[1], &[50.0]), Error::OutOfRange { .. }));
    assert!(matches!(fit(&[1.0, 2.0], 2, &[0, 1], &[], &[], &[]), Error::Empty { .. }));
    assert!(matches!(fit(&[1.0, 2.0], 2, &[0, 1], &[], &[], &[200.0]), Error::Invalid { .. }));
    assert!(matches!(fit(&[1.0, f64::NAN], 2, &[0, 1], &[], &[], &[50.0]), Error::NotFinite { row_idx: 1, .. }));
}

#[test]
fn a_grid_survives_being_saved() {
    let grid = fitted();
    let restored: FactualGrid = serde_json::from_str(&serde_json::to_string(&grid).unwrap()).unwrap();
    assert_eq!(restored, grid);
}
