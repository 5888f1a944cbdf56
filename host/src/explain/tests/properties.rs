//! What must hold of finished results on any input, the whole way from calibration to report: no row of a batch changes
//! another's rules, columns have no order, and what is refined is a copy. It never compares with the Python package.

use ce_core::analysis::{Cost, Direction, Filter};
use ce_plugin_api::manifest::Mode;
use proptest::prelude::*;
use serde_json::Value;

use super::*;

const N_FEATURES: usize = 4;

/// Calibration rows, targets and rows to explain, of three numbers and a category each, of a classifier or a regression.
#[derive(Clone, Debug)]
struct Drawn {
    x: Vec<f64>,
    y: Vec<f64>,
    asked: Vec<f64>,
    is_regression: bool,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let row = || [0_u8..12, 0..12, 0..12, 0..3].prop_map(|row| row.map(|step| f64::from(step) / 4.0));
    let calibration = prop::collection::vec((row(), 0_u8..4), 24..48);
    let asked = prop::collection::vec(row(), 2..6);
    (calibration, asked, any::<bool>()).prop_map(|(mut rows, asked, is_regression)| {
        // Every category and both classes are there.
        (0..3).for_each(|category| rows[category].0[3] = category as f64 / 4.0);
        let target = |(row_idx, (row, noise)): (usize, &([f64; 4], u8))| match (is_regression, row_idx) {
            (true, _) => 4.0 * score(row) + f64::from(*noise),
            (false, 0 | 1) => row_idx as f64,
            (false, _) => f64::from(u8::from(3.0 * score(row) + f64::from(*noise) > 3.0)),
        };
        let y: Vec<f64> = rows.iter().enumerate().map(target).collect();
        Drawn { x: rows.iter().flat_map(|(row, _)| *row).collect(), y, asked: asked.concat(), is_regression }
    })
}

/// What the model says, in [0, 1]: no feature is left alone, and no two are alike.
fn score(row: &[f64]) -> f64 {
    let sum = row[0] - 2.0 * row[1] * row[2] + 3.0 * row[2] * row[3] + 2.0 * row[3] - row[1];
    1.0 / (1.0 + (-sum / 4.0).exp())
}

/// The same rows with their columns in another order: column `order[i]` comes to be column `i`.
fn permuted(rows: &[f64], order: &[usize]) -> Vec<f64> {
    rows.chunks_exact(N_FEATURES).flat_map(|row| order.iter().map(|&feature| row[feature])).collect()
}

impl Drawn {
    /// An explainer that sees the columns in this order.
    fn explainer(&self, order: &[usize], options: &[(&str, Value)]) -> Explainer {
        let names = ["a", "b", "c", "d"];
        let (task, n_outputs) = if self.is_regression { (Task::Regression, 1) } else { (Task::Classification, 2) };
        let classes = if self.is_regression { Vec::new() } else { vec!["no".to_owned(), "yes".to_owned()] };
        let feature_names = order.iter().map(|&feature| names[feature].to_owned()).collect();
        let info = LearnerInfo {
            task,
            n_features: N_FEATURES,
            n_outputs,
            classes,
            feature_names,
            categories: BTreeMap::new(),
        };
        let back = order.to_vec();
        let predict = move |x: Matrix<'_>, scores: &mut [f64]| {
            for (row, scores) in x.as_slice().chunks_exact(N_FEATURES).zip(scores.chunks_exact_mut(n_outputs)) {
                let mut original = [0.0; N_FEATURES];
                back.iter().zip(row).for_each(|(&feature, &value)| original[feature] = value);
                match scores {
                    [value] => *value = 4.0 * score(&original),
                    scores => (scores[0], scores[1]) = (1.0 - score(&original), score(&original)),
                }
            }
            Ok(())
        };
        let category = order.iter().position(|&feature| feature == 3).unwrap();
        let set = CalibrationSet::new(permuted(&self.x, order), self.y.clone(), N_FEATURES).unwrap();
        let builder = host().explainer(Model::from_fn(info, predict).unwrap(), set.categorical(vec![category]));
        let lay = |builder: ExplainerBuilder, (option, value): &(&str, Value)| {
            builder.explanation_option(*option, value.clone())
        };
        options.iter().fold(builder, lay).build().unwrap()
    }
}

/// A rule with its columns named as in the first order, and every number to the last bit.
#[derive(Clone, Debug, PartialEq)]
struct Shown {
    features: Vec<usize>,
    text: String,
    numbers: [u64; 6],
}

/// The rules of an explanation, by whose column `i` the column `order[i]` is meant.
fn shown(explanation: Explanation<'_>, order: &[usize]) -> Vec<Shown> {
    let rule = |rule: Rule<'_>| {
        let (weight, prediction) = (rule.weight(), rule.prediction());
        let numbers = [weight.value, weight.low, weight.high, prediction.value, prediction.low, prediction.high];
        Shown {
            features: rule.conditions().map(|condition| order[condition.feature()]).collect(),
            text: rule.text(),
            numbers: numbers.map(f64::to_bits),
        }
    };
    explanation.rules().map(rule).collect()
}

fn batch(x: &[f64]) -> Matrix<'_> {
    Matrix::new(x, x.len() / N_FEATURES, N_FEATURES).unwrap()
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::Factual), Just(Mode::Alternative)]
}

const IN_ORDER: [usize; N_FEATURES] = [0, 1, 2, 3];

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_conjunction_depends_on_the_other_rows_of_its_batch(drawn in drawn(), mode in mode(), size in 1_u8..=3) {
        let explainer = drawn.explainer(&IN_ORDER, &[("max_rule_size", json!(size))]);
        let together = explainer.explain(mode, batch(&drawn.asked)).unwrap();
        prop_assert_eq!(together.len(), drawn.asked.len() / N_FEATURES);
        for (of_batch, row) in together.iter().zip(drawn.asked.chunks_exact(N_FEATURES)) {
            let alone = explainer.explain(mode, batch(row)).unwrap();
            prop_assert_eq!(of_batch.prediction(), alone.get(0).unwrap().prediction());
            prop_assert_eq!(shown(of_batch, &IN_ORDER), shown(alone.get(0).unwrap(), &IN_ORDER));
        }
    }

    #[test]
    fn weights_do_not_depend_on_the_order_of_the_columns(
        drawn in drawn(), mode in mode(), order in Just(IN_ORDER.to_vec()).prop_shuffle(),
    ) {
        let here = drawn.explainer(&IN_ORDER, &[]).explain(mode, batch(&drawn.asked)).unwrap();
        let asked = permuted(&drawn.asked, &order);
        let there = drawn.explainer(&order, &[]).explain(mode, batch(&asked)).unwrap();
        for (here, there) in here.iter().zip(there.iter()) {
            prop_assert_eq!(here.prediction(), there.prediction());
            let mut there = shown(there, &order);
            // The rules of one feature keep their order.
            there.sort_by(|a, b| a.features.cmp(&b.features));
            prop_assert_eq!(shown(here, &IN_ORDER), there);
        }
    }

    #[test]
    fn what_is_refined_is_a_copy_with_some_of_the_rules(
        drawn in drawn(),
        directions in prop::sample::subsequence(Direction::ALL.to_vec(), 0..=3),
        (ensured, include_potential) in any::<(bool, bool)>(),
        pareto in prop::option::of(prop_oneof![Just(Cost::IntervalWidth), Just(Cost::RuleSize)]),
        top in prop::option::of(1_usize..6),
    ) {
        let explainer = drawn.explainer(&IN_ORDER, &[("max_rule_size", json!(2))]);
        let whole = explainer.explain_alternative(batch(&drawn.asked)).unwrap();
        let before: Vec<Vec<Shown>> = whole.iter().map(|explanation| shown(explanation, &IN_ORDER)).collect();
        let filter = Filter { directions, ensured, pareto, include_potential };
        let ranking = top.map(|_| Ranking::Ensured { weight: 0.5 });
        let refined = whole.refined(&Refinement { filter: Some(filter), ranking, top }).unwrap();
        prop_assert_eq!(refined.len(), whole.len());
        for ((explanation, whole), before) in refined.iter().zip(whole.iter()).zip(before) {
            prop_assert_eq!(shown(whole, &IN_ORDER), before.clone(), "the whole report stays as it was");
            prop_assert_eq!(explanation.prediction(), whole.prediction());
            let mut left = before;
            for rule in shown(explanation, &IN_ORDER) {
                let place = left.iter().position(|other| *other == rule);
                prop_assert!(place.is_some(), "{:?} was made up", rule);
                left.remove(place.unwrap_or_default());
            }
            prop_assert!(top.is_none_or(|top| explanation.rules().len() <= top));
        }
    }
}
