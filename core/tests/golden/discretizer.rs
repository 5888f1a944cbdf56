//! The labels that cut points are fitted to, and the cut points.

use std::collections::BTreeMap;

use ce_core::discretizer::{ALTERNATIVE_DEPTH, FACTUAL_DEPTH, entropy_cuts};

use crate::support::{Case, Cuts, Golden, cases};

/// Compares every cut of every case and version exactly; returns how many cuts and how many ambiguous features there
/// are.
fn compare_cuts(depth: usize, pick: fn(&Golden) -> &BTreeMap<usize, Cuts>) -> (usize, usize) {
    let (mut compared, mut ambiguous) = (0, 0);
    for Case { name, input, golden } in cases() {
        for (version, golden) in &golden {
            let labels = input.cut_labels(*version);
            for (&feature, golden) in pick(golden) {
                if golden.ambiguous {
                    ambiguous += 1;
                    continue;
                }
                let column: Vec<f64> = input.x_cal.iter().map(|row| row[feature]).collect();
                let cuts = entropy_cuts(&column, &labels, 2, depth).unwrap();
                assert_eq!(cuts, golden.cuts, "{name}, {version:?}, feature {feature}");
                compared += cuts.len();
            }
        }
    }
    (compared, ambiguous)
}

#[test]
fn labels_are_the_calibrated_predictions_or_the_observed_classes() {
    let mut compared = 0;
    for Case { name, input, golden } in cases() {
        for (version, golden) in &golden {
            assert_eq!(input.cut_labels(*version), golden.discretizer_labels_values, "{name}, {version:?}");
            compared += golden.discretizer_labels_values.len();
        }
    }
    assert_eq!(compared, 2 * (150 + 150 + 180 + 180));
}

#[test]
fn factual_cuts_are_bit_identical() {
    assert_eq!(compare_cuts(FACTUAL_DEPTH, |golden| &golden.factual_discretizer), (44, 0));
}

#[test]
fn alternative_cuts_are_bit_identical() {
    assert_eq!(compare_cuts(ALTERNATIVE_DEPTH, |golden| &golden.alternative_discretizer), (247, 1));
}
