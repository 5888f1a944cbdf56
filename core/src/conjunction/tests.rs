//! Conjunctions of small grids, worked out by hand.

use super::{Part, ROWS_MAX, Rule, Search, Side, check_rows, plan, rules};
use crate::bins::{Categories, Condition, FeatureBins, Ignored, NumericBins};
use crate::grid::by_hand::in_columns;
use crate::grid::{Answers, Grid};
use crate::{Error, Interval, Weight};

const BASE: Interval = Interval { predict: 0.5, low: 0.25, high: 0.75 };
/// Feature 0 lies between its cuts, 1 is of category 1, 2 lies below its cut, 3 is ignored.
const X: [f64; 4] = [5.0, 1.0, 0.0, 9.0];
const PAIRS: Search = Search { size: 2, n_top: 5 };

fn grid() -> Grid {
    let numeric = |column: &[f64], cuts: &[f64]| {
        FeatureBins::Numeric(NumericBins::new(column, cuts.to_vec(), &[0.0, 100.0]).unwrap())
    };
    Grid::from_features(vec![
        numeric(&[1.0, 2.0, 4.0, 5.0, 8.0, 9.0], &[3.0, 6.0]),
        FeatureBins::Categorical(Categories::new(&[0.0, 1.0, 4.0]).unwrap()),
        numeric(&[0.0, 0.0, 1.0, 2.0], &[0.5]),
        FeatureBins::Ignored(Ignored::Requested),
    ])
}

fn single(feature: u32, side: Side, weight: f64) -> Rule {
    let weight = Weight { weight, low: weight - 0.125, high: weight + 0.125 };
    Rule { parts: vec![Part { feature, side }], weight, prediction: BASE }
}

fn planned(grid: &Grid, found: &[Rule], search: Search) -> Result<Vec<Vec<(u32, f64)>>, Error> {
    let mut rows = Vec::new();
    let n = plan(grid.instance(&X).unwrap(), found, search, |row| rows.push(row.to_vec()))?;
    assert_eq!(n, rows.len());
    Ok(rows)
}

/// The features of each conjunction that is asked about, in order.
fn asked(found: &[Rule], search: Search) -> Vec<Vec<u32>> {
    let rows = planned(&grid(), found, search).unwrap();
    let mut asked: Vec<Vec<u32>> = rows.iter().map(|row| row.iter().map(|edit| edit.0).collect()).collect();
    asked.dedup();
    asked
}

#[test]
fn facts_are_joined_by_the_instances_own_covered_values() {
    let found = [single(0, Side::Own, 0.1), single(1, Side::Own, 0.2), single(2, Side::Own, 0.3)];
    let rows = planned(&grid(), &found, PAIRS).unwrap();
    let expected = [
        vec![(0, 4.0), (1, 1.0)],
        vec![(0, 5.0), (1, 1.0)],
        vec![(0, 4.0), (2, 0.0)],
        // Both samples of the bin are 0: asked twice, since the mean counts both.
        vec![(0, 4.0), (2, 0.0)],
        vec![(0, 5.0), (2, 0.0)],
        vec![(0, 5.0), (2, 0.0)],
        vec![(1, 1.0), (2, 0.0)],
        vec![(1, 1.0), (2, 0.0)],
    ];
    assert_eq!(rows, expected);
}

#[test]
fn alternatives_are_joined_by_the_values_of_their_side() {
    let found = [single(0, Side::Above, 0.1), single(1, Side::Category(4.0), 0.2)];
    assert_eq!(planned(&grid(), &found, PAIRS).unwrap(), [[(0, 8.0), (1, 4.0)], [(0, 9.0), (1, 4.0)]]);
    let instance_conditions = |side| Part { feature: 0, side }.condition(grid().instance(&X).unwrap());
    assert_eq!(instance_conditions(Side::Below), Ok(Condition::Below(3.0)));
    assert_eq!(instance_conditions(Side::Above), Ok(Condition::Above(6.0)));
    assert_eq!(instance_conditions(Side::Own), Ok(Condition::Within(3.0, 6.0)));
}

#[test]
fn a_bin_without_calibration_values_is_covered_by_the_instances_own() {
    let empty = FeatureBins::Numeric(NumericBins::new(&[1.0, 9.0], vec![3.0, 6.0], &[50.0]).unwrap());
    let grid = Grid::from_features(vec![empty, grid().features()[1].clone(), grid().features()[2].clone()]);
    let found = [single(0, Side::Own, 0.1), single(1, Side::Own, 0.2)];
    let mut rows = Vec::new();
    plan(grid.instance(&X[..3]).unwrap(), &found, PAIRS, |row| rows.push(row.to_vec())).unwrap();
    assert_eq!(rows, [[(0, 5.0), (1, 1.0)]]);
}

#[test]
fn one_conjunction_is_found_for_each_set_of_features() {
    // The weights make the rule above more important than the one below: with feature 1 it is met last, and passed over.
    let found = [single(0, Side::Below, 0.1), single(0, Side::Above, 0.3), single(1, Side::Category(0.0), 0.2)];
    let rows = planned(&grid(), &found, PAIRS).unwrap();
    assert_eq!(rows, [[(0, 1.0), (1, 0.0)], [(0, 2.0), (1, 0.0)]]);
}

#[test]
fn every_rule_is_joined_with_the_most_important_ones_in_ascending_order() {
    let found = [single(0, Side::Own, -0.3), single(1, Side::Own, 0.1), single(2, Side::Own, 0.2)];
    assert_eq!(asked(&found, PAIRS), [vec![0, 1], vec![0, 2], vec![1, 2]]);
    // The two most important: 2, then 0.
    for n_top in [0, 1, 2] {
        assert_eq!(asked(&found, Search { size: 2, n_top }), [vec![0, 2], vec![1, 2], vec![1, 0]]);
    }
}

#[test]
fn equal_weights_are_told_apart_by_their_width_and_then_by_their_place() {
    let wide =
        |feature, low| Rule { weight: Weight { weight: 0.25, low, high: 0.5 }, ..single(feature, Side::Own, 0.25) };
    let pair = Search { size: 2, n_top: 2 };
    // Feature 0 is the widest; of 1 and 2 the later counts.
    let found = [wide(0, f64::NEG_INFINITY), wide(1, 0.0), wide(2, 0.0)];
    assert_eq!(asked(&found, pair), [vec![0, 2], vec![1, 2], vec![1, 0]]);
    // NaN counts as no weight at all.
    let nan = Rule { weight: Weight { weight: f64::NAN, low: 0.0, high: 0.5 }, ..single(2, Side::Own, 0.0) };
    assert_eq!(asked(&[wide(0, 0.0), wide(1, 0.0), nan], pair), [vec![0, 1], vec![2, 0], vec![2, 1]]);
}

#[test]
fn three_conditions_join_a_rule_with_a_conjunction_of_two() {
    let mut found = vec![single(0, Side::Own, 0.1), single(1, Side::Own, 0.2), single(2, Side::Own, 0.3)];
    let grid = grid();
    let instance = grid.instance(&X).unwrap();
    let answers = vec![Interval { predict: 0.9, low: 0.8, high: 1.0 }; 8];
    let n = in_columns(&answers, |answers| rules(instance, BASE, answers, PAIRS, &mut found));
    assert_eq!(n, Ok(3));
    let search = Search { size: 3, n_top: 5 };
    // The conjunctions weigh more than the single rules, and the last of three equal ones is met last.
    assert_eq!(asked(&found, search), [vec![0, 1, 2]]);
    let rows = planned(&grid, &found, search).unwrap();
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[2], [(0, 5.0), (1, 1.0), (2, 0.0)]);
    let answers = vec![Interval { predict: 0.25, low: f64::NEG_INFINITY, high: 0.5 }; 4];
    assert_eq!(in_columns(&answers, |answers| rules(instance, BASE, answers, search, &mut found)), Ok(1));
    assert_eq!(found[6].weight, Weight { weight: -0.25, low: f64::NEG_INFINITY, high: 0.0 });
    assert_eq!(found[6].parts.iter().map(|part| part.feature).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn a_conjunction_is_the_mean_over_its_rows_and_stays_if_it_changes_nothing() {
    let mut found = vec![single(0, Side::Own, 0.1), single(1, Side::Own, 0.2)];
    let grid = grid();
    let answers = [Interval { predict: 0.25, low: 0.0, high: 0.5 }, Interval { predict: 0.75, low: 0.5, high: 1.0 }];
    let instance = grid.instance(&X).unwrap();
    assert_eq!(in_columns(&answers, |answers| rules(instance, BASE, answers, PAIRS, &mut found)), Ok(1));
    assert_eq!((found[2].prediction, found[2].weight), (BASE, Weight { weight: 0.0, low: -0.25, high: 0.25 }));
}

#[test]
fn fewer_than_two_features_give_no_conjunction() {
    assert_eq!(asked(&[], PAIRS), [[0; 0]; 0]);
    assert_eq!(asked(&[single(0, Side::Below, 0.1), single(0, Side::Above, 0.2)], PAIRS), [[0; 0]; 0]);
}

#[test]
fn what_does_not_fit_the_grid_is_refused() {
    let refuse = |parts: &[(u32, Side)]| {
        let found: Vec<Rule> = parts.iter().map(|&(feature, side)| single(feature, side, 0.5)).collect();
        planned(&grid(), &found, PAIRS).unwrap_err()
    };
    assert!(matches!(refuse(&[(0, Side::Own), (4, Side::Own)]), Error::OutOfRange { found: 4, limit: 4, .. }));
    for odd in [
        (3, Side::Own),
        (2, Side::Below),
        (1, Side::Above),
        (1, Side::Category(2.0)),
        (1, Side::Category(f64::NAN)),
        (2, Side::Category(0.0)),
    ] {
        assert!(matches!(refuse(&[(0, Side::Own), odd]), Error::Invalid { .. }), "{odd:?}");
    }
    let left_out = [false, true, false, false];
    let (grid, found) = (grid(), [single(0, Side::Own, 0.1), single(1, Side::Own, 0.2)]);
    let instance = grid.instance(&X).unwrap().without(&left_out).unwrap();
    assert!(matches!(plan(instance, &found, PAIRS, |_| {}), Err(Error::Invalid { .. })), "left out");
    for size in [0, 1, 4, usize::MAX] {
        assert!(matches!(planned(&grid, &found, Search { size, n_top: 5 }), Err(Error::Invalid { .. })), "{size}");
    }
}

#[test]
fn refused_answers_leave_the_rules_alone() {
    let grid = grid();
    let instance = grid.instance(&X).unwrap();
    let mut found = vec![single(0, Side::Own, 0.1), single(1, Side::Own, 0.2)];
    let before = found.clone();
    let (good, bad) = ([0.5; 2], [0.5, f64::NAN]);
    for (predict, low, high) in [(&good[..1], &good[..], &good[..]), (&bad, &good, &good), (&good, &good, &bad)] {
        let answers = Answers { predict, low, high };
        assert!(rules(instance, BASE, answers, PAIRS, &mut found).is_err());
    }
    let answers = Answers { predict: &good, low: &good, high: &good };
    let base = Interval { predict: f64::INFINITY, ..BASE };
    assert!(matches!(rules(instance, base, answers, PAIRS, &mut found), Err(Error::NotFinite { .. })));
    assert_eq!(found, before);
}

#[test]
fn products_are_bounded() {
    assert_eq!((check_rows(3, 16), check_rows(2, 64)), (Ok(()), Ok(())));
    assert_eq!(16_usize.pow(3), ROWS_MAX);
    for (size, n_values) in [(3, 17), (2, 65), (3, usize::MAX)] {
        assert!(matches!(check_rows(size, n_values), Err(Error::Invalid { .. })), "{size}, {n_values}");
    }
    let column: Vec<f64> = (0..200).map(f64::from).collect();
    let percentiles: Vec<f64> = (0..100).map(f64::from).collect();
    let fine = FeatureBins::Numeric(NumericBins::new(&column, vec![100.0], &percentiles).unwrap());
    let grid = Grid::from_features(vec![fine; 4]);
    let error = planned(&grid, &[single(0, Side::Own, 0.1), single(1, Side::Own, 0.2)], PAIRS).unwrap_err();
    assert_eq!(
        error.to_string(),
        "conjunction: asks about 10000 rows, at most 4096 are allowed: sample at fewer percentiles"
    );
}
