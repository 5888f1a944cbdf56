//! FAST: the noise, bit for bit, and the rules of the calibrators fitted on it.

use ce_core::Matrix;
use ce_core::fast::{noised_columns, rule_weight};
use ce_core::venn_abers::VennAbers;

use crate::support::{Case, Input, Tally, cases};

/// The noised columns of a case, in feature order.
fn noise(input: &Input) -> Vec<Vec<f64>> {
    let data = input.flat_x_cal();
    let x_cal = Matrix::new(&data, input.x_cal.len(), input.feature_names.len()).unwrap();
    let fast = &input.fast;
    noised_columns(x_cal, input.categorical(), fast.scale_factor, fast.severity, fast.seed).unwrap().collect()
}

/// One calibrator per feature, fitted on the tiled data with that feature noised.
fn calibrators(input: &Input) -> Vec<VennAbers> {
    let labels = input.labels().repeat(input.fast.scale_factor);
    let calibrator = |(feature, column): (usize, Vec<f64>)| {
        let score = |(idx, noised): (usize, &f64)| {
            let mut row = input.x_cal[idx % input.x_cal.len()].clone();
            row[feature] = *noised;
            input.model.score(&row)
        };
        let scores: Vec<f64> = column.iter().enumerate().map(score).collect();
        VennAbers::fit(&scores, &labels).unwrap()
    };
    noise(input).into_iter().enumerate().map(calibrator).collect()
}

#[test]
fn noise_is_bit_identical() {
    let mut tally = Tally::default();
    let mut exact = 0;
    for Case { name, input, golden } in cases() {
        assert_eq!(input.seed, input.fast.seed);
        let noise = noise(&input);
        for (_, golden) in &golden {
            let head = &golden.fast_noise_head;
            for (feature, column) in noise.iter().enumerate() {
                for (idx, row) in head.rows.iter().enumerate() {
                    assert_eq!(column[idx], row[feature], "{name}, row {idx}, feature {feature}");
                    exact += 1;
                }
                // numpy sums in another order, hence a relative difference.
                let (sum, golden) = (column.iter().sum::<f64>(), head.column_sums[feature]);
                let magnitude: f64 = column.iter().map(|value| value.abs()).sum();
                tally.close(name, (sum - golden) / magnitude, 0.0);
            }
        }
    }
    assert_eq!(exact, 2 * 5 * (8 + 8 + 5 + 5));
    tally.finish(2 * (8 + 8 + 5 + 5));
}

#[test]
fn rules_agree() {
    let mut tally = Tally::default();
    let mut n_rules = 0;
    for Case { name, input, golden } in cases() {
        let calibrators = calibrators(&input);
        for (_, golden) in &golden {
            for (idx, (score, golden)) in input.model_outputs.test.iter().zip(&golden.fast).enumerate() {
                let base = input.calibrator().interval(score[1]);
                tally.interval(name, base, golden.base.predict, golden.base.low, golden.base.high);
                let mut rules = golden.rules.iter();
                for (feature, calibrator) in calibrators.iter().enumerate() {
                    let place = format!("{name}, instance {idx}, feature {feature}");
                    let answer = calibrator.interval(score[1]);
                    let predict = &golden.feature_predict;
                    tally.interval(
                        &place,
                        answer,
                        predict.predict[feature],
                        predict.low[feature],
                        predict.high[feature],
                    );
                    let weight = rule_weight(base, answer).unwrap_or_else(|| panic!("{place}: no rule"));
                    let weights = &golden.feature_weights;
                    tally.close(&place, weight.weight, weights.predict[feature]);
                    tally.close(&place, weight.low, weights.low[feature]);
                    tally.close(&place, weight.high, weights.high[feature]);
                    let rule = rules.next().unwrap();
                    assert_eq!((rule.feature, &rule.rule), (feature, &input.feature_names[feature]), "{place}");
                    tally.close(&place, weight.weight, rule.weight);
                    tally.close(&place, weight.low, rule.weight_low);
                    tally.close(&place, weight.high, rule.weight_high);
                    n_rules += 1;
                }
            }
        }
    }
    assert_eq!(n_rules, 2 * 12 * (8 + 8 + 5 + 5));
    tally.finish(4 * 2 * 12 * 3 + 624 * 9);
}
