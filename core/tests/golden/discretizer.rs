//! The labels that cut points are fitted to, and the cut points.

use ce_core::discretizer::{ALTERNATIVE_DEPTH, FACTUAL_DEPTH, Labels};

use crate::explained::{discretizer, with_labels};
use crate::support::{Case, Tally, named};

/// Compares every cut of the cases whose name begins so, in both versions, exactly; returns how many cuts and how many
/// ambiguous features there are.
fn compare_cuts(start: &str, depth: usize) -> (usize, usize) {
    let (mut compared, mut ambiguous) = (0, 0);
    for Case { name, input, golden } in named(start) {
        for (version, golden) in &golden {
            for (&feature, golden) in discretizer(golden, depth) {
                if golden.ambiguous {
                    ambiguous += 1;
                    continue;
                }
                let column: Vec<f64> = input.x_cal.iter().map(|row| row[feature]).collect();
                let cuts = with_labels(&input, *version, |labels| labels.cuts(&column, depth)).unwrap();
                assert_eq!(cuts, golden.cuts, "{name}, {version:?}, feature {feature}");
                compared += cuts.len();
            }
        }
    }
    (compared, ambiguous)
}

#[test]
fn labels_are_the_calibrated_predictions_or_the_observed_targets() {
    let mut compared = 0;
    let mut tally = Tally::default();
    for Case { name, input, golden } in named("") {
        for (version, golden) in &golden {
            let expected = &golden.discretizer_labels_values;
            with_labels(&input, *version, |labels| match labels {
                Labels::Classes { labels, .. } => {
                    let found: Vec<f64> = labels.iter().map(|&label| f64::from(label)).collect();
                    assert_eq!(found[..], expected[..], "{name}, {version:?}");
                    compared += labels.len();
                }
                Labels::Values(values) => {
                    assert_eq!(values.len(), expected.len());
                    values.iter().zip(expected.iter()).for_each(|(&found, &golden)| tally.close(name, found, golden));
                }
            });
        }
    }
    assert_eq!(compared, 2480);
    tally.finish(1520);
}

#[test]
fn factual_cuts_of_classes_are_bit_identical() {
    assert_eq!(compare_cuts("binary_", FACTUAL_DEPTH), (44, 0));
    assert_eq!(compare_cuts("multiclass_", FACTUAL_DEPTH), (24, 0));
    assert_eq!(compare_cuts("mondrian_binary_", FACTUAL_DEPTH), (20, 0));
}

#[test]
fn alternative_cuts_of_classes_are_bit_identical() {
    assert_eq!(compare_cuts("binary_", ALTERNATIVE_DEPTH), (247, 1));
    assert_eq!(compare_cuts("multiclass_", ALTERNATIVE_DEPTH), (113, 3));
    assert_eq!(compare_cuts("mondrian_binary_", ALTERNATIVE_DEPTH), (112, 1));
}

#[test]
fn cuts_of_values_are_bit_identical_but_for_those_that_hang_on_noise() {
    assert_eq!(compare_cuts("regression_", FACTUAL_DEPTH), (40, 0));
    assert_eq!(compare_cuts("mondrian_regression_", FACTUAL_DEPTH), (20, 0));
    assert_eq!(compare_cuts("regression_", ALTERNATIVE_DEPTH), (125, 18));
    assert_eq!(compare_cuts("mondrian_regression_", ALTERNATIVE_DEPTH), (100, 2));
}
