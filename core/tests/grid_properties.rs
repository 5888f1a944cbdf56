//! What must hold of grids and the rules read off them, on any input. It never compares with the Python package: that
//! is what `golden` does.

use ce_core::alternative::AlternativeRule;
use ce_core::bins::Condition;
use ce_core::discretizer::{ALTERNATIVE_DEPTH, FACTUAL_DEPTH, Labels};
use ce_core::factual::FactualRule;
use ce_core::grid::{Answers, Grid};
use ce_core::{Interval, Matrix, alternative, factual};
use proptest::prelude::*;

const N_FEATURES: usize = 3;

/// A calibration set of three features, which of them are categorical, and an instance.
fn problem() -> impl Strategy<Value = (Vec<f64>, Vec<usize>, Vec<f64>)> {
    let data = prop::collection::vec((0_u8..12).prop_map(|step| f64::from(step) / 4.0), N_FEATURES..60);
    let x = prop::collection::vec(prop_oneof![-1.0..4.0, Just(f64::NAN), Just(0.5)], N_FEATURES);
    (data, prop::collection::vec(0_usize..N_FEATURES, 0..2), x)
}

/// A grid of classes or of values, at either depth.
fn grid(data: &[f64], categorical: &[usize], of_values: bool, max_depth: usize) -> Grid {
    let n_rows = data.len() / N_FEATURES;
    let x_cal = Matrix::new(&data[..n_rows * N_FEATURES], n_rows, N_FEATURES).unwrap();
    let values: Vec<f64> = (0..n_rows).map(|row| x_cal.row(row)[0] * 10.0 - x_cal.row(row)[1]).collect();
    let classes: Vec<u32> = values.iter().map(|&value| u32::from(value > 10.0)).collect();
    let classes = Labels::Classes { labels: &classes, n_classes: 2 };
    let labels = if of_values { Labels::Values(&values) } else { classes };
    Grid::fit(x_cal, labels, max_depth, categorical, &[], &[25.0, 50.0, 75.0]).unwrap()
}

/// Whether `value` meets a condition.
fn holds(condition: Condition, value: f64) -> bool {
    match condition {
        Condition::AtMost(high) => value <= high,
        // NaN lies above everything.
        Condition::Above(low) => value > low || value.is_nan(),
        Condition::Within(low, high) => low < value && value <= high,
        Condition::Equal(category) => value == category || value.is_nan() && category.is_nan(),
        Condition::Below(high) => value < high,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_restored_grid_is_the_saved_one((data, categorical, _) in problem(), of_values in any::<bool>()) {
        let grid = grid(&data, &categorical, of_values, ALTERNATIVE_DEPTH);
        let restored: Grid = serde_json::from_str(&serde_json::to_string(&grid).unwrap()).unwrap();
        prop_assert_eq!(restored, grid);
    }

    #[test]
    fn the_own_value_is_never_asked_about(
        (data, categorical, x) in problem(),
        of_values in any::<bool>(),
        max_depth in FACTUAL_DEPTH..=ALTERNATIVE_DEPTH,
    ) {
        let grid = grid(&data, &categorical, of_values, max_depth);
        let (mut features, mut values) = (Vec::new(), Vec::new());
        grid.plan(&x, &mut features, &mut values).unwrap();
        prop_assert!(features.is_sorted());
        prop_assert!(features.iter().zip(&values).all(|(&feature, value)| x[feature as usize] != *value));
    }

    #[test]
    fn factual_rules_hold_of_the_instance_and_alternatives_do_not(
        (data, categorical, x) in problem(),
        of_values in any::<bool>(),
        answer in (0.0..1.0, 0.0..0.5, prop_oneof![0.0..0.5, Just(f64::INFINITY)]),
    ) {
        let (predict, below, above) = answer;
        let base = Interval { predict: 0.5, low: 0.25, high: 0.75 };
        for max_depth in [FACTUAL_DEPTH, ALTERNATIVE_DEPTH] {
            let grid = grid(&data, &categorical, of_values, max_depth);
            let n = grid.n_asked(&x).unwrap();
            let (predict, low, high) = (vec![predict; n], vec![predict - below; n], vec![predict + above; n]);
            let answers = Answers { predict: &predict, low: &low, high: &high };
            let (mut facts, mut others): (Vec<FactualRule>, Vec<AlternativeRule>) = (Vec::new(), Vec::new());
            factual::rules(&grid, &x, base, answers, &mut facts).unwrap();
            alternative::rules(&grid, &x, base, answers, &mut others).unwrap();

            prop_assert!(facts.is_sorted_by(|a, b| a.feature < b.feature));
            prop_assert!(others.is_sorted_by(|a, b| a.feature <= b.feature));
            prop_assert!(facts.iter().all(|rule| holds(rule.condition, x[rule.feature as usize])));
            prop_assert!(others.iter().all(|rule| !holds(rule.condition, x[rule.feature as usize])
                || x[rule.feature as usize].is_nan()));
            prop_assert!(facts.iter().map(|rule| rule.weight).chain(others.iter().map(|rule| rule.weight))
                .all(|weight| weight.low <= weight.weight && weight.weight <= weight.high));
            // Of equal answers either every feature with another bin has a rule, or none has.
            prop_assert_eq!(facts.is_empty(), others.is_empty());
        }
    }
}
