//! Factual rules, from the calibration data to the weights.

use ce_core::bins::FeatureBins;
use ce_core::discretizer::FACTUAL_DEPTH;
use ce_core::factual::FactualRule;

use crate::explained::{Block, Explained, NOISE, blocks, grid, text};
use crate::support::{Case, Explanation, Input, Tally, Version, named};

/// Runs `check` on each instance of the cases whose name begins so.
fn for_each(start: &str, mut check: impl FnMut(&str, &Input, &Block<'_>, &Explained<'_>, &Explanation)) {
    for case in named(start) {
        let calibrator = case.input.composite();
        for block in blocks(&case, "factual") {
            let grid = grid(&case.input, block.version, FACTUAL_DEPTH, block.golden);
            for (idx, golden) in block.explanations.iter().enumerate() {
                let place = format!("{}, instance {idx}", block.place);
                let explained = Explained::new(&case.input, &calibrator, &grid, idx, block.event);
                check(&place, &case.input, &block, &explained, golden);
            }
        }
    }
}

/// What a comparison of rules met.
#[derive(Debug, Default, PartialEq)]
struct Met {
    rules: usize,
    /// Golden rules whose weight is noise.
    optional: usize,
    /// Golden rules of features without another bin, whose weight is the whole prediction: a defect.
    phantom: usize,
    /// Rules of which the upper bounds are no target, since the package may have one above 1.
    unclamped: usize,
}

/// Compares the base and every rule of the cases whose name begins so.
fn compare_rules(start: &str) -> (Met, Tally) {
    let mut tally = Tally::default();
    let mut met = Met::default();
    for_each(start, |place, input, block, explained, golden| {
        let rules = explained.factual();
        let base = explained.base;
        tally.interval(place, base, golden.base.predict, golden.base.low, block.base_high(golden));
        for golden in &golden.rules {
            let place = format!("{place}, {}", golden.rule);
            let Some(rule) = rules.iter().find(|rule| rule.feature as usize == golden.feature) else {
                if explained.features.iter().all(|&asked| asked as usize != golden.feature) {
                    met.phantom += 1;
                } else {
                    assert!(golden.weight.abs() < NOISE, "{place}: no rule");
                    met.optional += 1;
                }
                continue;
            };
            if golden.weight.abs() < NOISE {
                met.optional += 1;
                continue;
            }
            assert_eq!(text(input, golden.feature, rule.condition), golden.rule, "{place}");
            tally.close(&place, rule.weight.weight, golden.weight);
            tally.close(&place, rule.weight.high, golden.weight_high);
            let carried = match block.version {
                Version::Prediction => rule.prediction,
                Version::Observed => rule.alternative,
            };
            tally.close(&place, carried.predict, golden.predict);
            tally.close(&place, carried.low, golden.predict_low);
            met.rules += 1;
            if block.is_unclamped && explained.touches_one(golden.feature) {
                met.unclamped += 1;
                continue;
            }
            tally.close(&place, rule.weight.low, golden.weight_low);
            tally.close(&place, carried.high, golden.predict_high);
        }
        assert!(rules.is_sorted_by(|a, b| a.feature < b.feature), "{place}");
        for rule in rules.iter().filter(|rule| !golden.rules.iter().any(|g| g.feature == rule.feature as usize)) {
            // A bound has moved and the prediction has not: a rule here, none in the package.
            assert!(rule.weight.weight.abs() < NOISE, "{place}, feature {}", rule.feature);
        }
    });
    (met, tally)
}

#[test]
fn rules_of_two_classes_agree() {
    let (met, tally) = compare_rules("binary_");
    assert_eq!(met, Met { rules: 527, optional: 21, ..Met::default() });
    tally.finish(4 * 2 * 12 * 3 + 527 * 6);
}

#[test]
fn rules_of_more_classes_agree() {
    let (met, tally) = compare_rules("multiclass_");
    assert_eq!(met, Met { rules: 266, optional: 5, unclamped: 31, ..Met::default() });
    tally.finish(2 * 2 * 12 * 3 + 266 * 6 - 31 * 2);
}

#[test]
fn rules_of_two_classes_with_mondrian_categories_agree() {
    let (met, tally) = compare_rules("mondrian_binary_");
    assert_eq!(met, Met { rules: 200, optional: 18, ..Met::default() });
    tally.finish(2 * 2 * 12 * 3 + 200 * 6);
}

#[test]
fn rules_of_values_and_events_agree() {
    let (met, tally) = compare_rules("regression_");
    assert_eq!(met, Met { rules: 599, optional: 36, ..Met::default() });
    tally.finish(2 * 4 * 12 * 3 + 599 * 6);
}

#[test]
fn rules_of_values_and_events_with_mondrian_categories_agree() {
    let (met, tally) = compare_rules("mondrian_regression_");
    assert_eq!(met, Met { rules: 386, optional: 9, ..Met::default() });
    tally.finish(2 * 4 * 12 * 3 + 386 * 6);
}

/// The alternative of a feature: that of its rule, or the base where that did not move.
fn alternative(explained: &Explained<'_>, rules: &[FactualRule], feature: usize) -> ce_core::Interval {
    rules.iter().find(|rule| rule.feature as usize == feature).map_or(explained.base, |rule| rule.alternative)
}

#[test]
fn alternatives_of_all_features_agree() {
    let mut tally = Tally::default();
    let (mut n_features, mut n_without, mut n_phantom, mut n_unclamped) = (0, 0, 0, 0);
    for_each("", |place, input, block, explained, golden| {
        // The mended files hold rules alone.
        if golden.feature_predict.predict.is_empty() {
            return;
        }
        let rules = explained.factual();
        for feature in 0..input.feature_names.len() {
            let place = format!("{place}, feature {feature}");
            if explained.features.iter().all(|&asked| asked as usize != feature) {
                n_phantom += 1;
                continue;
            }
            n_features += 1;
            let (predict, weights) = (&golden.feature_predict, &golden.feature_weights);
            let alternative = alternative(explained, &rules, feature);
            let is_unclamped = block.is_unclamped && explained.touches_one(feature);
            tally.close(&place, alternative.predict, predict.predict[feature]);
            tally.close(&place, alternative.low, predict.low[feature]);
            if !is_unclamped {
                tally.close(&place, alternative.high, predict.high[feature]);
            }
            n_unclamped += usize::from(is_unclamped);
            let Some(rule) = rules.iter().find(|rule| rule.feature as usize == feature) else {
                n_without += 1;
                continue;
            };
            tally.close(&place, rule.weight.weight, weights.predict[feature]);
            tally.close(&place, rule.weight.high, weights.high[feature]);
            if !is_unclamped {
                tally.close(&place, rule.weight.low, weights.low[feature]);
            }
        }
    });
    assert_eq!((n_features, n_without, n_phantom, n_unclamped), (2448, 603, 0, 34));
    tally.finish(2448 * 3 + (2448 - 603) * 3 - 34 - 31);
}

#[test]
fn boundaries_and_ignored_features_agree() {
    let mut compared = 0;
    for case in named("") {
        let Case { name, input, .. } = &case;
        for block in blocks(&case, "factual") {
            let grid = grid(input, block.version, FACTUAL_DEPTH, block.golden);
            let ignored: Vec<usize> = grid.ignored().map(|(feature, _)| feature).collect();
            assert_eq!(ignored, block.golden.ignored_features, "{name}");
            for (x, golden) in input.x_test.iter().zip(&block.explanations) {
                for (feature, golden) in golden.rule_boundaries_minmax.iter().enumerate() {
                    let boundaries = match &grid.features()[feature] {
                        FeatureBins::Numeric(bins) => bins.boundaries(bins.bin_of(x[feature])),
                        _ => (x[feature], x[feature]),
                    };
                    assert_eq!(boundaries, (golden[0], golden[1]), "{}, feature {feature}", block.place);
                    compared += 2;
                }
            }
        }
    }
    assert_eq!(compared, 4896);
}
