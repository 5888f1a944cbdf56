//! Rules of small grids, worked out by hand.

use super::{FactualRule, rules};
use crate::bins::{Categories, Condition, FeatureBins, NumericBins, SAMPLE_PERCENTILES};
use crate::grid::by_hand::{BASE, X, fitted, in_columns, planned};
use crate::grid::{Answers, Grid};
use crate::{Interval, Weight};

const OPEN: Interval = Interval { predict: 0.25, low: f64::NEG_INFINITY, high: f64::INFINITY };

fn explain(grid: &Grid, x: &[f64], base: Interval, answers: &[Interval]) -> Vec<FactualRule> {
    let mut found = Vec::new();
    let n = in_columns(answers, |answers| rules(grid, x, base, answers, &mut found)).unwrap();
    assert_eq!(n, found.len());
    found
}

#[test]
fn a_feature_without_another_bin_has_no_rule() {
    // Nothing is asked about feature 3; L would give it the base prediction as its weight.
    let other = Interval { predict: 0.25, low: 0.125, high: 0.375 };
    let rules = explain(&fitted(), &X, BASE, &[other; 5]);
    assert_eq!(rules.iter().map(|rule| rule.feature).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(rules[0].condition, Condition::Above(2.5));
    assert_eq!(rules[1].condition, Condition::Equal(1.0));
    for rule in &rules {
        assert_eq!((rule.prediction, rule.alternative), (BASE, other));
        assert_eq!(rule.weight, Weight { weight: 0.25, low: 0.125, high: 0.375 });
    }
}

#[test]
fn a_column_of_one_category_has_no_rule() {
    let grid = Grid::from_features(vec![FeatureBins::Categorical(Categories::new(&[3.0; 4]).unwrap())]);
    assert_eq!(explain(&grid, &[3.0], BASE, &[]), []);
}

#[test]
fn each_bin_counts_once_however_many_values_it_has() {
    let x_cal = [1.0, 1.0, 1.0, 5.0, 7.0, 8.0, 9.0];
    let bins = NumericBins::new(&x_cal, vec![3.0, 6.0], &SAMPLE_PERCENTILES).unwrap();
    let grid = Grid::from_features(vec![FeatureBins::Numeric(bins)]);
    assert_eq!(planned(&grid, &[5.0]), (vec![0; 4], vec![1.0, 7.5, 8.0, 8.5]));
    let answer = |predict| Interval { predict, low: predict, high: predict };
    let rules = explain(&grid, &[5.0], BASE, &[answer(0.5), answer(0.25), answer(0.125), answer(0.0)]);
    assert_eq!(rules[0].condition, Condition::Within(3.0, 6.0));
    assert_eq!(rules[0].alternative.predict, (0.5 + 0.125) / 2.0);
}

#[test]
fn an_alternative_equal_to_the_base_gives_no_rule() {
    assert_eq!(explain(&fitted(), &X, BASE, &[BASE; 5]), []);
    let noise = Interval { predict: 0.5 + 1e-16, low: 0.25 - 1e-16, ..BASE };
    assert_eq!(explain(&fitted(), &X, BASE, &[noise; 5]), []);
    let open = Interval { predict: 0.5, ..OPEN };
    assert_eq!(explain(&fitted(), &X, open, &[open; 5]), [], "infinities of one sign are equal");
}

#[test]
fn one_infinite_answer_makes_the_weight_infinite_on_that_side() {
    let closed = Interval { predict: 0.25, low: 0.0, high: 0.5 };
    let no_high = Interval { high: f64::INFINITY, ..closed };
    let no_low = Interval { low: f64::NEG_INFINITY, ..closed };
    let rules = explain(&fitted(), &X, BASE, &[closed, no_high, closed, no_low, closed]);
    assert_eq!(rules[0].weight, Weight { weight: 0.25, low: f64::NEG_INFINITY, high: 0.5 });
    assert_eq!(rules[0].alternative, no_high);
    assert_eq!(rules[1].weight, Weight { weight: 0.25, low: 0.0, high: f64::INFINITY });
    assert_eq!(rules[1].alternative, no_low);
}

#[test]
fn an_infinite_base_bound_enters_no_weight() {
    let closed = Interval { predict: 0.25, low: 0.0, high: 0.5 };
    let open = Interval { predict: 0.5, ..OPEN };
    let rules = explain(&fitted(), &X, open, &[closed; 5]);
    assert_eq!(rules[0].weight, Weight { weight: 0.25, low: 0.0, high: 0.5 });
    // The prediction stands still, and its bounds come in: that is a finding.
    let rules = explain(&fitted(), &X, open, &[Interval { predict: 0.5, ..closed }; 5]);
    assert_eq!(rules[0].weight, Weight { weight: 0.0, low: 0.0, high: 0.5 });
}

#[test]
fn a_refused_instance_leaves_the_rules_alone() {
    let mut found = Vec::new();
    let (good, bad) = ([0.5; 5], [0.5, 0.5, 0.5, 0.5, f64::NAN]);
    assert!(rules(&fitted(), &X, BASE, Answers { predict: &bad, low: &good, high: &good }, &mut found).is_err());
    assert_eq!(found, []);
}
