//! What must hold of conjunctions on any input, with a model made up for it. They are never compared with the Python
//! package: that is what `golden` does.

use std::collections::BTreeSet;

use ce_core::bins::{Categories, Condition, FeatureBins, NumericBins};
use ce_core::conjunction::{self, Part, Rule, Search, Side};
use ce_core::discretizer::{ALTERNATIVE_DEPTH, FACTUAL_DEPTH, Labels};
use ce_core::grid::{Answers, Grid, Instance};
use ce_core::{Interval, Matrix, alternative, factual};
use proptest::prelude::*;

const N_FEATURES: usize = 4;

/// A calibration set of four features, of which the last is categorical, and an instance.
fn problem() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    let row = [0_u8..12, 0..12, 0..12, 0..3].prop_map(|row| row.map(|step| f64::from(step) / 4.0));
    let data = prop::collection::vec(row.clone(), 3..40).prop_map(|rows| rows.concat());
    (data, row.prop_map(|row| row.to_vec()))
}

/// A model that no feature leaves alone and no two features share, with its bounds.
fn model(row: &[f64]) -> Interval {
    let sum = row[0] - 2.0 * row[1] * row[2] + 3.0 * row[2] * row[3] - row[3] * row[3] * row[0];
    let predict = 1.0 / (1.0 + (-sum / 4.0).exp());
    Interval { predict, low: predict * predict, high: predict.sqrt() }
}

fn grid(data: &[f64], max_depth: usize) -> Grid {
    let x_cal = Matrix::new(data, data.len() / N_FEATURES, N_FEATURES).unwrap();
    let values: Vec<f64> = data.chunks(N_FEATURES).map(|row| model(row).predict).collect();
    Grid::fit(x_cal, Labels::Values(&values), max_depth, &[3], &[], &[25.0, 50.0, 75.0]).unwrap()
}

fn answered<T>(rows: &[Vec<f64>], read: impl FnOnce(Answers<'_>) -> T) -> T {
    let column = |of: fn(Interval) -> f64| -> Vec<f64> { rows.iter().map(|row| of(model(row))).collect() };
    let (predict, low, high) = (column(|a| a.predict), column(|a| a.low), column(|a| a.high));
    read(Answers { predict: &predict, low: &low, high: &high })
}

fn edited(x: &[f64], edits: &[(u32, f64)]) -> Vec<f64> {
    let mut row = x.to_vec();
    edits.iter().for_each(|&(feature, value)| row[feature as usize] = value);
    row
}

/// The single rules of an instance, factual or alternative as the depth is.
fn singles(grid: &Grid, x: &[f64], max_depth: usize) -> Vec<Rule> {
    let (mut features, mut values) = (Vec::new(), Vec::new());
    grid.plan(x, &mut features, &mut values).unwrap();
    let rows: Vec<_> = features.iter().zip(&values).map(|(&feature, &value)| edited(x, &[(feature, value)])).collect();
    answered(&rows, |answers| {
        if max_depth == FACTUAL_DEPTH {
            let mut rules = Vec::new();
            factual::rules(grid, x, model(x), answers, &mut rules).unwrap();
            rules.iter().map(Rule::from).collect()
        } else {
            let mut rules = Vec::new();
            alternative::rules(grid, x, model(x), answers, &mut rules).unwrap();
            rules.iter().map(Rule::from).collect()
        }
    })
}

/// All rules of up to three conditions.
fn explain(grid: &Grid, x: &[f64], max_depth: usize, n_top: usize) -> Vec<Rule> {
    let mut found = singles(grid, x, max_depth);
    let instance = grid.instance(x).unwrap();
    for size in 2..=3 {
        let search = Search { size, n_top };
        let mut rows = Vec::new();
        let n_asked = conjunction::plan(instance, &found, search, |edits| rows.push(edited(x, edits))).unwrap();
        assert_eq!((n_asked, n_asked), (rows.len(), conjunction::n_asked(instance, &found, search).unwrap()));
        let before = found.len();
        let n = answered(&rows, |answers| conjunction::rules(instance, model(x), answers, search, &mut found)).unwrap();
        assert_eq!(found.len(), before + n);
    }
    found
}

/// The values that stand for a condition, found without the library's conjunctions.
fn stands_for(grid: &Grid, x: &[f64], part: Part) -> Vec<f64> {
    let own = x[part.feature as usize];
    match (&grid.features()[part.feature as usize], part.side) {
        (FeatureBins::Numeric(bins), Side::Own) => bins.covered(bins.bin_of(own)).to_vec(),
        (FeatureBins::Numeric(bins), Side::Below) => bins.others(bins.bin_of(own)).first.to_vec(),
        (FeatureBins::Numeric(bins), Side::Above) => bins.others(bins.bin_of(own)).second.to_vec(),
        (_, Side::Category(category)) => vec![category],
        _ => vec![own],
    }
}

fn holds(condition: Condition, value: f64) -> bool {
    match condition {
        Condition::AtMost(high) => value <= high,
        Condition::Above(low) => value > low,
        Condition::Within(low, high) => low < value && value <= high,
        Condition::Equal(category) => value == category,
        Condition::Below(high) => value < high,
    }
}

fn features(rule: &Rule) -> Vec<u32> {
    rule.parts.iter().map(|part| part.feature).collect()
}

/// The grid and the instance with their columns in another order: column `order[i]` comes to be column `i`.
fn permuted(grid: &Grid, x: &[f64], order: &[usize]) -> (Grid, Vec<f64>) {
    let features = order.iter().map(|&feature| grid.features()[feature].clone()).collect();
    (Grid::from_features(features), order.iter().map(|&feature| x[feature]).collect())
}

/// The single rules where column `i` means what column `order[i]` meant.
fn permuted_singles(grid: &Grid, x: &[f64], order: &[usize], max_depth: usize) -> Vec<Rule> {
    let (mut features, mut values) = (Vec::new(), Vec::new());
    grid.plan(x, &mut features, &mut values).unwrap();
    let back = |row: Vec<f64>| {
        let mut original = row.clone();
        order.iter().zip(&row).for_each(|(&feature, &value)| original[feature] = value);
        original
    };
    let rows: Vec<_> =
        features.iter().zip(&values).map(|(&feature, &value)| back(edited(x, &[(feature, value)]))).collect();
    let base = model(&back(x.to_vec()));
    answered(&rows, |answers| {
        if max_depth == FACTUAL_DEPTH {
            let mut rules = Vec::new();
            factual::rules(grid, x, base, answers, &mut rules).unwrap();
            rules.iter().map(Rule::from).collect()
        } else {
            let mut rules = Vec::new();
            alternative::rules(grid, x, base, answers, &mut rules).unwrap();
            rules.iter().map(Rule::from).collect()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_conjunction_is_the_mean_over_the_product_of_its_values(
        (data, x) in problem(),
        max_depth in prop_oneof![Just(FACTUAL_DEPTH), Just(ALTERNATIVE_DEPTH)],
        n_top in 0_usize..20,
    ) {
        let grid = grid(&data, max_depth);
        let base = model(&x);
        for rule in explain(&grid, &x, max_depth, n_top).iter().filter(|rule| rule.parts.len() > 1) {
            let mut rows = vec![x.clone()];
            for part in &rule.parts {
                let values = stands_for(&grid, &x, *part);
                rows = rows.iter().flat_map(|row| values.iter().map(|&v| edited(row, &[(part.feature, v)]))).collect();
            }
            let mean = |of: fn(Interval) -> f64| rows.iter().map(|row| of(model(row))).sum::<f64>() / rows.len() as f64;
            let Interval { predict, low, high } = rule.prediction;
            prop_assert!((predict - mean(|a| a.predict)).abs() < 1e-12);
            prop_assert!((low - mean(|a| a.low)).abs() < 1e-12 && (high - mean(|a| a.high)).abs() < 1e-12);
            prop_assert!(0.0 <= low && low <= predict && predict <= high && high <= 1.0);
            prop_assert_eq!(rule.weight.weight, predict - base.predict);
            prop_assert_eq!((rule.weight.low, rule.weight.high), (low - base.predict, high - base.predict));
        }
    }

    #[test]
    fn no_set_of_features_is_joined_twice_and_single_rules_come_first(
        (data, x) in problem(),
        max_depth in prop_oneof![Just(FACTUAL_DEPTH), Just(ALTERNATIVE_DEPTH)],
        n_top in 0_usize..20,
    ) {
        let grid = grid(&data, max_depth);
        let rules = explain(&grid, &x, max_depth, n_top);
        let singles = singles(&grid, &x, max_depth);
        prop_assert_eq!(&rules[..singles.len()], &singles[..]);
        prop_assert!(rules.is_sorted_by_key(|rule| rule.parts.len()));
        let mut seen = BTreeSet::new();
        for rule in &rules[singles.len()..] {
            let set: BTreeSet<u32> = features(rule).into_iter().collect();
            prop_assert_eq!(set.len(), rule.parts.len());
            prop_assert!(seen.insert(set));
            // Every condition is one of a single rule, and a conjunction of three holds one of two behind its first.
            prop_assert!(rule.parts.iter().all(|part| singles.iter().any(|single| single.parts[0] == *part)));
            if rule.parts.len() == 3 {
                prop_assert!(rules.iter().any(|pair| pair.parts == rule.parts[1..]));
            }
            let instance: Instance<'_> = grid.instance(&x).unwrap();
            for part in &rule.parts {
                let condition = part.condition(instance).unwrap();
                prop_assert_eq!(holds(condition, x[part.feature as usize]), max_depth == FACTUAL_DEPTH);
            }
        }
        if n_top >= singles.len() && max_depth == FACTUAL_DEPTH {
            let n = singles.len();
            prop_assert_eq!(rules.iter().filter(|rule| rule.parts.len() == 2).count(), n * n.saturating_sub(1) / 2);
        }
    }

    #[test]
    fn weights_do_not_hang_on_the_order_of_the_features(
        (data, x) in problem(),
        order in Just(vec![0_usize, 1, 2, 3]).prop_shuffle(),
        max_depth in prop_oneof![Just(FACTUAL_DEPTH), Just(ALTERNATIVE_DEPTH)],
    ) {
        let grid = grid(&data, max_depth);
        let singles = singles(&grid, &x, max_depth);
        let (other_grid, other_x) = permuted(&grid, &x, &order);
        let others = permuted_singles(&other_grid, &other_x, &order, max_depth);
        prop_assert_eq!(others.len(), singles.len());
        for rule in others {
            let Part { feature, side } = rule.parts[0];
            let part = Part { feature: order[feature as usize] as u32, side };
            let original = singles.iter().find(|single| single.parts[0] == part).unwrap();
            prop_assert_eq!((rule.weight, rule.prediction), (original.weight, original.prediction));
        }
    }

    #[test]
    fn rules_of_features_left_out_are_those_of_a_grid_without_them(
        (data, x) in problem(),
        left_out in prop::collection::vec(any::<bool>(), N_FEATURES),
    ) {
        let grid = grid(&data, FACTUAL_DEPTH);
        let instance = grid.instance(&x).unwrap().without(&left_out).unwrap();
        let (mut features, mut values) = (Vec::new(), Vec::new());
        instance.plan(&mut features, &mut values);
        let rows: Vec<_> = features.iter().zip(&values).map(|(&f, &value)| edited(&x, &[(f, value)])).collect();
        let mut rules = Vec::new();
        answered(&rows, |answers| factual::rules_of(instance, model(&x), answers, &mut rules)).unwrap();
        let found: Vec<Rule> = rules.iter().map(Rule::from).collect();
        let kept = |rule: &Rule| !left_out[rule.parts[0].feature as usize];
        let expected: Vec<Rule> = singles(&grid, &x, FACTUAL_DEPTH).into_iter().filter(kept).collect();
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn rules_that_are_no_rules_never_panic() {
    let numeric = FeatureBins::Numeric(NumericBins::new(&[1.0, 2.0, 3.0], vec![1.5], &[50.0]).unwrap());
    let categorical = FeatureBins::Categorical(Categories::new(&[0.0, 1.0]).unwrap());
    let grid = Grid::from_features(vec![numeric, categorical]);
    let sides = [Side::Own, Side::Below, Side::Above, Side::Category(0.0), Side::Category(f64::NAN)];
    let parts: Vec<Part> =
        (0..4).flat_map(|feature| sides.into_iter().map(move |side| Part { feature, side })).collect();
    let mut n_refused = 0;
    for a in &parts {
        for b in &parts {
            for (first, second) in [(vec![*a], vec![*b]), (vec![*a, *b], vec![*b]), (vec![], vec![*a, *a, *b, *b])] {
                let rule = |parts| Rule { parts, weight: Default::default(), prediction: Interval::default() };
                let found = [rule(first), rule(second)];
                for size in 1..=4 {
                    let search = Search { size, n_top: 2 };
                    let instance = grid.instance(&[2.0, f64::NAN]).unwrap();
                    n_refused += usize::from(conjunction::plan(instance, &found, search, |_| {}).is_err());
                }
            }
        }
    }
    assert!(n_refused > 0);
}
