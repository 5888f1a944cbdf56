//! FAST: the noise, bit for bit, and the rules of the calibrators fitted on it.

use ce_core::calibrator::{Answer, Calibrator, Query};
use ce_core::event::Event;
use ce_core::fast::{Noise, Shape, noised_columns, rule_weight};
use ce_core::{Interval, Matrix, Weight};

use crate::explained::{Block, NOISE, blocks, sought};
use crate::support::{Explanation, Input, Tally, named};

/// The noised columns of a case, in feature order.
fn noise(input: &Input) -> Vec<Vec<f64>> {
    let data = input.flat_x_cal();
    let x_cal = Matrix::new(&data, input.x_cal.len(), input.feature_names.len()).unwrap();
    let fast = &input.fast;
    let noise = Noise { shape: Shape::Uniform, severity: fast.severity };
    noised_columns(x_cal, input.categorical(), fast.scale_factor, noise, fast.seed).unwrap().collect()
}

/// One calibrator per feature, fitted on the tiled data with that feature noised.
fn calibrators(input: &Input) -> Vec<Calibrator> {
    let calibrator = |(feature, column): (usize, Vec<f64>)| {
        let outputs = |(idx, noised): (usize, &f64)| {
            let mut row = input.x_cal[idx % input.x_cal.len()].clone();
            row[feature] = *noised;
            input.model.outputs(&row)
        };
        let outputs: Vec<f64> = column.iter().enumerate().flat_map(outputs).collect();
        input.composite_of(&outputs, input.fast.scale_factor)
    };
    noise(input).into_iter().enumerate().map(calibrator).collect()
}

/// What a calibrator says of the unchanged test row.
fn ask(input: &Input, of: &Calibrator, test_idx: usize, event: Option<Event>, class: Option<u32>) -> Answer {
    let scores = &input.model_outputs.test[test_idx];
    let query =
        Query { scores, category: input.category(test_idx), difficulty: None, sought: sought(input, event, class) };
    of.asker().answer(&query, &mut []).unwrap()
}

#[test]
fn noise_is_bit_identical() {
    let mut tally = Tally::default();
    let mut exact = 0;
    for case in named("") {
        let input = &case.input;
        assert_eq!(input.seed, input.fast.seed);
        let noise = noise(input);
        for (_, golden) in &case.golden {
            let head = &golden.fast_noise_head;
            for (feature, column) in noise.iter().enumerate() {
                for (idx, row) in head.rows.iter().enumerate() {
                    assert_eq!(column[idx], row[feature], "{}, row {idx}, feature {feature}", case.name);
                    exact += 1;
                }
                // numpy sums in another order, hence a relative difference.
                let (sum, golden) = (column.iter().sum::<f64>(), head.column_sums[feature]);
                let magnitude: f64 = column.iter().map(|value| value.abs()).sum();
                tally.close(case.name, (sum - golden) / magnitude, 0.0);
            }
        }
    }
    assert_eq!(exact, 780);
    tally.finish(156);
}

/// What a comparison of rules met.
#[derive(Debug, Default, PartialEq)]
struct Met {
    rules: usize,
    /// Golden rules whose weight is noise.
    optional: usize,
    /// Rules that compare two classes: a defect of the package.
    other_class: usize,
    /// Rules of which the upper bounds are no target, since the package may have one above 1.
    unclamped: usize,
}

/// One rule of a test row, and where it stands.
struct Found<'a> {
    place: String,
    feature: usize,
    answer: Interval,
    weight: Option<Weight>,
    is_unclamped: bool,
    golden: &'a Explanation,
}

impl Found<'_> {
    /// Compares with the rule of the feature, if it has one.
    fn compare_rule(&self, name: &str, tally: &mut Tally, met: &mut Met) {
        let place = &self.place;
        let Some(rule) = self.golden.rules.iter().find(|rule| rule.feature == self.feature) else {
            assert!(self.weight.is_none_or(|weight| weight.weight.abs() < NOISE), "{place}: surplus rule");
            return;
        };
        if rule.weight.abs() < NOISE {
            met.optional += 1;
            return;
        }
        let weight = self.weight.unwrap_or_else(|| panic!("{place}: no rule"));
        assert_eq!(rule.rule, name, "{place}");
        met.rules += 1;
        tally.close(place, weight.weight, rule.weight);
        tally.close(place, weight.high, rule.weight_high);
        tally.close(place, self.answer.predict, rule.predict);
        tally.close(place, self.answer.low, rule.predict_low);
        if self.is_unclamped {
            met.unclamped += 1;
        } else {
            tally.close(place, weight.low, rule.weight_low);
            tally.close(place, self.answer.high, rule.predict_high);
        }
    }

    /// Compares with the numbers that the package keeps of every feature.
    fn compare_feature(&self, tally: &mut Tally) {
        let (predict, weights) = (&self.golden.feature_predict, &self.golden.feature_weights);
        if predict.predict.is_empty() || self.is_unclamped {
            return;
        }
        let (place, feature) = (&self.place, self.feature);
        tally.interval(place, self.answer, predict.predict[feature], predict.low[feature], predict.high[feature]);
        if let Some(weight) = self.weight {
            tally.close(place, weight.weight, weights.predict[feature]);
            tally.close(place, weight.low, weights.low[feature]);
            tally.close(place, weight.high, weights.high[feature]);
        }
    }
}

fn compare(start: &str) -> (Met, Tally) {
    let mut tally = Tally::default();
    let mut met = Met::default();
    for case in named(start) {
        let ordinary = case.input.composite();
        let calibrators = calibrators(&case.input);
        for block in blocks(&case, "fast") {
            for idx in 0..block.explanations.len() {
                compare_row(&case.input, &ordinary, &calibrators, &block, idx, &mut tally, &mut met);
            }
        }
    }
    (met, tally)
}

fn compare_row(
    input: &Input,
    ordinary: &Calibrator,
    calibrators: &[Calibrator],
    block: &Block<'_>,
    idx: usize,
    tally: &mut Tally,
    met: &mut Met,
) {
    let golden = &block.explanations[idx];
    let base = ask(input, ordinary, idx, block.event, None);
    let place = format!("{}, instance {idx}", block.place);
    tally.interval(&place, base.interval, golden.base.predict, golden.base.low, block.base_high(golden));
    for (feature, calibrator) in calibrators.iter().enumerate() {
        // Only what is not mended still speaks of the likeliest class of each calibrator.
        if block.is_unclamped && ask(input, calibrator, idx, block.event, None).class != base.class {
            met.other_class += 1;
            continue;
        }
        let answer = ask(input, calibrator, idx, block.event, base.class).interval;
        let found = Found {
            place: format!("{place}, feature {feature}"),
            feature,
            answer,
            weight: rule_weight(base.interval, answer),
            is_unclamped: block.is_unclamped && answer.high >= 1.0,
            golden,
        };
        found.compare_rule(&input.feature_names[feature], tally, met);
        found.compare_feature(tally);
    }
}

#[test]
fn rules_of_two_classes_agree() {
    let (met, tally) = compare("binary_");
    assert_eq!(met, Met { rules: 2 * 12 * (8 + 8 + 5 + 5), ..Met::default() });
    tally.finish(4 * 2 * 12 * 3 + 624 * 6 + 624 * 6);
}

#[test]
fn rules_of_more_classes_agree() {
    let (met, tally) = compare("multiclass_");
    assert_eq!(met, Met { rules: 279, other_class: 9, unclamped: 29, ..Met::default() });
    tally.finish(2396);
}

#[test]
fn rules_of_two_classes_with_mondrian_categories_agree() {
    let (met, tally) = compare("mondrian_binary_");
    assert_eq!(met, Met { rules: 234, optional: 4, ..Met::default() });
    tally.finish(2982);
}

#[test]
fn rules_of_values_and_events_agree() {
    let (met, tally) = compare("regression_");
    assert_eq!(met, Met { rules: 933, optional: 1, ..Met::default() });
    tally.finish(11571);
}

#[test]
fn rules_of_values_and_events_with_mondrian_categories_agree() {
    let (met, tally) = compare("mondrian_regression_");
    assert_eq!(met, Met { rules: 480, ..Met::default() });
    tally.finish(6048);
}
