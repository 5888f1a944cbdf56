//! Alternative rules, from the calibration data to the weights; categorical ones rightly paired.

use ce_core::bins::Condition;
use ce_core::discretizer::ALTERNATIVE_DEPTH;

use crate::explained::{Explained, NOISE, blocks, grid, text};
use crate::support::{Tally, Version, named};

/// What a comparison of rules met.
#[derive(Debug, Default, PartialEq)]
struct Met {
    rules: usize,
    /// Of them, rules with a category.
    categorical: usize,
    /// Golden rules whose weight is noise.
    optional: usize,
    /// `>` rules that 0.9.0 drops along with the `<` rule of the same feature: a defect.
    dropped: usize,
    /// Rules of which the upper bounds are no target, since the package may have one above 1.
    unclamped: usize,
}

/// Compares every rule of the cases whose name begins so.
fn compare(start: &str) -> (Met, Tally) {
    let mut tally = Tally::default();
    let mut met = Met::default();
    for case in named(start) {
        let calibrator = case.input.composite();
        for block in blocks(&case, "alternatives") {
            let grid = grid(&case.input, block.version, ALTERNATIVE_DEPTH, block.golden);
            for (idx, golden) in block.explanations.iter().enumerate() {
                let place = format!("{}, instance {idx}", block.place);
                let explained = Explained::new(&case.input, &calibrator, &grid, idx, block.event);
                let base = explained.base;
                tally.interval(&place, base, golden.base.predict, golden.base.low, block.base_high(golden));
                let rules: Vec<(String, _)> = explained
                    .alternatives()
                    .into_iter()
                    .map(|rule| (text(&case.input, rule.feature as usize, rule.condition), rule))
                    .collect();
                let mut last = None;
                for golden in &golden.rules {
                    let place = format!("{place}, {}", golden.rule);
                    if golden.weight.abs() < NOISE {
                        met.optional += 1;
                        continue;
                    }
                    let at = rules.iter().position(|(text, _)| *text == golden.rule);
                    let at = at.unwrap_or_else(|| panic!("{place}: no rule"));
                    assert!(last < Some(at), "{place}: the order of rules");
                    last = Some(at);
                    let rule = &rules[at].1;
                    assert_eq!(rule.feature as usize, golden.feature, "{place}");
                    met.rules += 1;
                    met.categorical += usize::from(matches!(rule.condition, Condition::Equal(_)));
                    tally.close(&place, rule.prediction.predict, golden.predict);
                    tally.close(&place, rule.prediction.low, golden.predict_low);
                    tally.close(&place, rule.weight.weight, golden.weight);
                    tally.close(&place, rule.weight.low, golden.weight_low);
                    if block.is_unclamped && explained.touches_one(golden.feature) {
                        met.unclamped += 1;
                        continue;
                    }
                    tally.close(&place, rule.prediction.high, golden.predict_high);
                    tally.close(&place, rule.weight.high, golden.weight_high);
                }
                for (text, rule) in rules.iter().filter(|(text, _)| golden.rules.iter().all(|g| g.rule != *text)) {
                    let lesser = golden
                        .rules
                        .iter()
                        .any(|g| g.feature == rule.feature as usize && g.rule.contains('<') && g.weight.abs() >= NOISE);
                    let is_greater = matches!(rule.condition, Condition::Above(_));
                    if block.version == Version::Observed && is_greater && !lesser {
                        met.dropped += 1;
                    } else {
                        assert!(rule.weight.weight.abs() < NOISE, "{place}: surplus rule {text}, {rule:?}");
                    }
                }
            }
        }
    }
    (met, tally)
}

#[test]
fn rules_of_two_classes_agree() {
    let (met, tally) = compare("binary_");
    assert_eq!(met, Met { rules: 760, categorical: 130, optional: 76, dropped: 19, ..Met::default() });
    tally.finish(4 * 2 * 12 * 3 + 760 * 6);
}

#[test]
fn rules_of_more_classes_agree() {
    let (met, tally) = compare("multiclass_");
    assert_eq!(met, Met { rules: 400, optional: 15, dropped: 7, unclamped: 71, ..Met::default() });
    tally.finish(2 * 2 * 12 * 3 + 400 * 6 - 71 * 2);
}

#[test]
fn rules_of_two_classes_with_mondrian_categories_agree() {
    let (met, tally) = compare("mondrian_binary_");
    assert_eq!(met, Met { rules: 261, optional: 3, dropped: 19, ..Met::default() });
    tally.finish(2 * 2 * 12 * 3 + 261 * 6);
}

#[test]
fn rules_of_values_and_events_agree() {
    let (met, tally) = compare("regression_");
    assert_eq!(met, Met { rules: 955, optional: 67, dropped: 23, ..Met::default() });
    tally.finish(2 * 4 * 12 * 3 + 955 * 6);
}

#[test]
fn rules_of_values_and_events_with_mondrian_categories_agree() {
    let (met, tally) = compare("mondrian_regression_");
    assert_eq!(met, Met { rules: 602, optional: 37, dropped: 10, ..Met::default() });
    tally.finish(2 * 4 * 12 * 3 + 602 * 6);
}
