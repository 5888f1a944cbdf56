//! Rules of small grids, worked out by hand.

use super::{AlternativeRule, rules};
use crate::bins::{Categories, Condition, FeatureBins, NumericBins, SAMPLE_PERCENTILES};
use crate::grid::by_hand::{BASE, X, fitted, in_columns, planned};
use crate::grid::{Answers, Grid};
use crate::{Interval, Weight};

/// One numeric feature with three bins, one categorical feature with categories 0, 1 and 4.
fn two_features() -> Grid {
    let x_cal = [1.0, 1.0, 1.0, 5.0, 7.0, 8.0, 9.0];
    let bins = NumericBins::new(&x_cal, vec![3.0, 6.0], &SAMPLE_PERCENTILES).unwrap();
    let categories = Categories::new(&[4.0, 0.0, 1.0, 1.0]).unwrap();
    Grid::from_features(vec![FeatureBins::Numeric(bins), FeatureBins::Categorical(categories)])
}

fn at(predict: f64) -> Interval {
    Interval { predict, low: predict - 0.125, high: predict + 0.125 }
}

fn explain(grid: &Grid, x: &[f64], base: Interval, answers: &[Interval]) -> Vec<AlternativeRule> {
    let mut found = Vec::new();
    let n = in_columns(answers, |answers| rules(grid, x, base, answers, &mut found)).unwrap();
    assert_eq!(n, found.len());
    found
}

#[test]
fn both_sides_and_every_other_category_have_a_rule_in_order() {
    let grid = two_features();
    assert_eq!(planned(&grid, &[5.0, 1.0]).1, [1.0, 7.5, 8.0, 8.5, 0.0, 4.0]);
    let answers = [0.25, 0.75, 0.5, 0.25, 0.125, 0.875].map(at);
    let rules = explain(&grid, &[5.0, 1.0], BASE, &answers);
    let found: Vec<_> = rules.iter().map(|rule| (rule.feature, rule.condition, rule.prediction.predict)).collect();
    assert_eq!(
        found,
        [
            (0, Condition::Below(3.0), 0.25),
            (0, Condition::Above(6.0), 0.5),
            (1, Condition::Equal(0.0), 0.125),
            (1, Condition::Equal(4.0), 0.875),
        ]
    );
    assert_eq!(rules[0].weight, Weight { weight: -0.25, low: -0.375, high: -0.125 });
}

#[test]
fn each_category_carries_its_own_answer() {
    // The categories after the instance's own carry their predecessor's answer in both versions of the Python package.
    let grid = two_features();
    for (own, others) in [(0.0, [1.0, 4.0]), (1.0, [0.0, 4.0]), (4.0, [0.0, 1.0])] {
        let (features, values) = planned(&grid, &[5.0, own]);
        let answers: Vec<Interval> =
            features.iter().zip(&values).map(|(&f, &v)| if f == 0 { BASE } else { at(v / 16.0) }).collect();
        let rules = explain(&grid, &[5.0, own], BASE, &answers);
        let found: Vec<_> = rules.iter().map(|rule| (rule.condition, rule.prediction)).collect();
        assert_eq!(found, others.map(|other| (Condition::Equal(other), at(other / 16.0))));
    }
}

#[test]
fn an_unknown_category_has_all_of_them_as_alternatives() {
    let answers = [0.25, 0.25, 0.25, 0.25, 0.1, 0.2, 0.3].map(at);
    let rules = explain(&two_features(), &[5.0, 2.0], BASE, &answers);
    let of_feature_1: Vec<_> = rules.iter().filter(|rule| rule.feature == 1).map(|rule| rule.condition).collect();
    assert_eq!(of_feature_1, [0.0, 1.0, 4.0].map(Condition::Equal));
}

#[test]
fn outermost_bins_have_one_side_and_single_bins_none() {
    let grid = two_features();
    let conditions = |x: f64| -> Vec<Condition> {
        let answers = vec![at(0.25); grid.n_asked(&[x, 1.0]).unwrap()];
        let rules = explain(&grid, &[x, 1.0], BASE, &answers);
        rules.iter().filter(|rule| rule.feature == 0).map(|rule| rule.condition).collect()
    };
    assert_eq!(conditions(2.0), [Condition::Above(3.0)]);
    assert_eq!(conditions(9.0), [Condition::Below(6.0)]);
    // Feature 2 is constant, 3 has nothing above its cut, 4 is ignored.
    let rules = explain(&fitted(), &X, BASE, &[at(0.25); 5]);
    assert_eq!(rules.iter().map(|rule| rule.feature).collect::<Vec<_>>(), [0, 1, 1]);
    let one = Grid::from_features(vec![FeatureBins::Categorical(Categories::new(&[3.0; 4]).unwrap())]);
    assert_eq!(explain(&one, &[3.0], BASE, &[]), []);
}

#[test]
fn a_side_that_changes_nothing_is_dropped_and_the_other_stays() {
    // O drops the greater side along with the lesser.
    let answers = [BASE, at(0.25), at(0.25), at(0.25), BASE, at(0.25)];
    let rules = explain(&two_features(), &[5.0, 1.0], BASE, &answers);
    let found: Vec<_> = rules.iter().map(|rule| rule.condition).collect();
    assert_eq!(found, [Condition::Above(6.0), Condition::Equal(4.0)]);
    let open = Interval { predict: 0.5, low: f64::NEG_INFINITY, high: f64::INFINITY };
    assert_eq!(explain(&two_features(), &[5.0, 1.0], open, &[open; 6]), [], "infinities of one sign are equal");
}

#[test]
fn infinite_bounds_stay() {
    let open = Interval { predict: 0.25, low: f64::NEG_INFINITY, high: 0.75 };
    let answers = [at(0.25), at(0.25), Interval { high: f64::INFINITY, ..at(0.25) }, at(0.25), open, open];
    let rules = explain(&two_features(), &[5.0, 1.0], Interval { low: f64::NEG_INFINITY, ..BASE }, &answers);
    assert_eq!(rules[1].weight, Weight { weight: -0.25, low: -0.375, high: f64::INFINITY });
    assert_eq!(rules[1].prediction, Interval { high: f64::INFINITY, ..at(0.25) });
    assert_eq!(rules[2].weight, Weight { weight: -0.25, low: f64::NEG_INFINITY, high: 0.25 });
}

#[test]
fn a_refused_instance_leaves_the_rules_alone() {
    let mut found = Vec::new();
    let (good, bad) = ([0.5; 6], [0.5, 0.5, 0.5, 0.5, 0.5, f64::NAN]);
    let refused =
        rules(&two_features(), &[5.0, 1.0], BASE, Answers { predict: &good, low: &bad, high: &good }, &mut found);
    assert!(refused.is_err());
    assert_eq!(found, []);
}
