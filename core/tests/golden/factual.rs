//! Factual rules, from the calibration data to the weights.

use ce_core::bins::{Condition, FeatureBins, SAMPLE_PERCENTILES};
use ce_core::factual::{Answers, FactualGrid, FactualRule};
use ce_core::{Interval, Matrix};

use crate::support::{Case, Explanation, Input, Tally, Version, cases};

/// Below this a golden rule is noise, and need not be there.
const NOISE: f64 = 1e-12;

fn grid(input: &Input, version: Version) -> FactualGrid {
    let data = input.flat_x_cal();
    let x_cal = Matrix::new(&data, input.x_cal.len(), input.feature_names.len()).unwrap();
    FactualGrid::fit(x_cal, &input.cut_labels(version), 2, input.categorical(), &[], &SAMPLE_PERCENTILES).unwrap()
}

/// Both rounds for one instance, with the golden model.
fn explain(input: &Input, grid: &FactualGrid, x: &[f64]) -> (Interval, Vec<FactualRule>) {
    let calibrator = input.calibrator();
    let (mut features, mut values) = (Vec::new(), Vec::new());
    let n_asked = grid.plan(x, &mut features, &mut values).unwrap();
    assert_eq!(n_asked, grid.n_asked(x).unwrap());
    let answers: Vec<Interval> = features
        .iter()
        .zip(&values)
        .map(|(&feature, &value)| {
            let mut perturbed = x.to_vec();
            perturbed[feature as usize] = value;
            calibrator.interval(input.model.score(&perturbed))
        })
        .collect();
    let base = calibrator.interval(input.model.score(x));
    let column = |of: fn(&Interval) -> f64| -> Vec<f64> { answers.iter().map(of).collect() };
    let (predict, low, high) = (column(|a| a.predict), column(|a| a.low), column(|a| a.high));
    let mut rules = Vec::new();
    grid.rules(x, base, Answers { predict: &predict, low: &low, high: &high }, &mut rules).unwrap();
    (base, rules)
}

/// The text that the package writes for a condition.
fn text(input: &Input, feature: usize, condition: Condition) -> String {
    let name = &input.feature_names[feature];
    match condition {
        Condition::AtMost(cut) => format!("{name} <= {cut:.2}"),
        Condition::Above(cut) => format!("{name} > {cut:.2}"),
        Condition::Within(low, high) => format!("{low:.2} < {name} <= {high:.2}"),
        Condition::Equal(value) => {
            format!("{name} = {}", input.categorical_labels.as_ref().unwrap()[&feature][&(value as i64)])
        }
    }
}

/// Runs `check` on each case, version and instance with its explanation.
fn for_each(mut check: impl FnMut(&str, &Input, Version, &[f64], (Interval, Vec<FactualRule>), &Explanation)) {
    for Case { name, input, golden } in cases() {
        for (version, golden) in &golden {
            let grid = grid(&input, *version);
            assert_eq!(golden.factual.len(), input.x_test.len());
            for (idx, (x, golden)) in input.x_test.iter().zip(&golden.factual).enumerate() {
                let place = format!("{name}, {version:?}, instance {idx}");
                check(&place, &input, *version, x, explain(&input, &grid, x), golden);
            }
        }
    }
}

#[test]
fn rules_agree() {
    let mut tally = Tally::default();
    let (mut n_rules, mut n_optional) = (0, 0);
    for_each(|place, input, version, _, (base, rules), golden| {
        tally.interval(place, base, golden.base.predict, golden.base.low, golden.base.high);
        for golden in &golden.rules {
            let rule = rules.iter().find(|rule| rule.feature as usize == golden.feature);
            let Some(rule) = rule.filter(|_| golden.weight.abs() >= NOISE) else {
                assert!(golden.weight.abs() < NOISE, "{place}: no rule {}", golden.rule);
                n_optional += 1;
                continue;
            };
            let place = format!("{place}, {}", golden.rule);
            assert_eq!(text(input, golden.feature, rule.condition), golden.rule, "{place}");
            tally.close(&place, rule.weight.weight, golden.weight);
            tally.close(&place, rule.weight.low, golden.weight_low);
            tally.close(&place, rule.weight.high, golden.weight_high);
            let carried = match version {
                Version::Prediction => rule.prediction,
                Version::Observed => rule.alternative,
            };
            tally.interval(&place, carried, golden.predict, golden.predict_low, golden.predict_high);
            n_rules += 1;
        }
        assert!(rules.is_sorted_by(|a, b| a.feature < b.feature), "{place}");
        let extra = rules.iter().filter(|rule| !golden.rules.iter().any(|g| g.feature == rule.feature as usize));
        for rule in extra {
            // A bound has moved and the prediction has not: a rule here, none in the package.
            assert!(rule.weight.weight.abs() < NOISE, "{place}, feature {}", rule.feature);
        }
    });
    assert_eq!((n_rules, n_optional), (527, 21));
    tally.finish(4 * 2 * 12 * 3 + 527 * 6);
}

#[test]
fn alternatives_of_all_features_agree() {
    let mut tally = Tally::default();
    let mut n_without = 0;
    for_each(|place, input, _, _, (base, rules), golden| {
        for feature in 0..input.feature_names.len() {
            let place = format!("{place}, feature {feature}");
            let (predict, weights) = (&golden.feature_predict, &golden.feature_weights);
            let rule = rules.iter().find(|rule| rule.feature as usize == feature);
            // Without a rule the alternative is the base, which the package stores as well.
            let alternative = rule.map_or(base, |rule| rule.alternative);
            tally.interval(&place, alternative, predict.predict[feature], predict.low[feature], predict.high[feature]);
            if let Some(rule) = rule {
                tally.close(&place, rule.weight.weight, weights.predict[feature]);
                tally.close(&place, rule.weight.low, weights.low[feature]);
                tally.close(&place, rule.weight.high, weights.high[feature]);
            } else {
                n_without += 1;
            }
        }
    });
    let n_features = 2 * 12 * (8 + 8 + 5 + 5);
    assert_eq!(n_without, 97);
    tally.finish(n_features * 3 + (n_features - 97) * 3);
}

#[test]
fn boundaries_and_ignored_features_agree() {
    let mut compared = 0;
    for Case { name, input, golden } in cases() {
        for (version, golden) in &golden {
            let grid = grid(&input, *version);
            let ignored: Vec<usize> = grid.ignored().map(|(feature, _)| feature).collect();
            assert_eq!(ignored, golden.ignored_features, "{name}");
            for (x, golden) in input.x_test.iter().zip(&golden.factual) {
                for (feature, bins) in grid.features().iter().enumerate() {
                    let boundaries = match bins {
                        FeatureBins::Numeric(bins) => bins.boundaries(bins.bin_of(x[feature])),
                        _ => (x[feature], x[feature]),
                    };
                    let golden = golden.rule_boundaries_minmax[feature];
                    assert_eq!(boundaries, (golden[0], golden[1]), "{name}, {version:?}, feature {feature}");
                    compared += 2;
                }
            }
        }
    }
    assert_eq!(compared, 2 * 12 * (8 + 8 + 5 + 5) * 2);
}
