//! Guarded explanations against the package: p-values, representatives, and rules with and without merged bins. The
//! numbers are those of `tests/fixtures/package/guard.json`, which `tools/fixtures_guard.py` made; its four mends are
//! listed there.

use std::path::PathBuf;

use ce_core::Matrix;
use ce_core::bins::Condition;
use ce_core::calibrator::Query;
use ce_core::discretizer::ALTERNATIVE_DEPTH;
use ce_core::grid::Answers;
use ce_core::guard::{Confidence, Guard, GuardedGrid, GuardedRule, Kind, Planner};
use serde::Deserialize;

use crate::explained::{NOISE, grid, sought};
use crate::support::{Case, Input, Tally, Version, named};

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<GuardedCase>,
    wide: Wide,
}

#[derive(Deserialize)]
struct GuardedCase {
    name: String,
    blocks: Vec<Block>,
}

#[derive(Deserialize)]
struct Block {
    confidence: f64,
    n_neighbours: usize,
    merges: bool,
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    /// Of the instance itself, how many calibration rows are as strange.
    own: usize,
    /// Of each feature, by name as JSON has it: the representative of each bin, and how many rows are as strange as it is.
    tested: std::collections::BTreeMap<usize, Vec<(f64, usize)>>,
    factual: Vec<Rule>,
    alternative: Vec<Rule>,
}

/// Feature, bounds of the bin or twice the code of the category, rows as strange, then prediction and weight with their
/// bounds.
#[derive(Deserialize)]
struct Rule(usize, Number, Number, usize, f64, f64, f64, f64, f64, f64);

#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Number {
    Finite(f64),
    Infinite(Sign),
}

#[derive(Clone, Copy, Deserialize)]
enum Sign {
    #[serde(rename = "inf")]
    Plus,
    #[serde(rename = "-inf")]
    Minus,
}

#[derive(Deserialize)]
struct Wide {
    x_cal: Vec<Vec<f64>>,
    categorical: Vec<usize>,
    x: Vec<Vec<f64>>,
    counts: std::collections::BTreeMap<usize, Vec<usize>>,
}

impl From<Number> for f64 {
    fn from(number: Number) -> Self {
        match number {
            Number::Finite(value) => value,
            Number::Infinite(Sign::Plus) => Self::INFINITY,
            Number::Infinite(Sign::Minus) => Self::NEG_INFINITY,
        }
    }
}

fn fixture() -> Fixture {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/package/guard.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The golden case, and the grid of its calibration data under the block's guard.
fn guarded(case: &Case, block: &Block) -> GuardedGrid {
    let input = &case.input;
    let (version, golden) = &case.golden[0];
    assert_eq!(*version, Version::Prediction);
    let grid = grid(input, *version, ALTERNATIVE_DEPTH, golden);
    let data = input.flat_x_cal();
    let x_cal = Matrix::new(&data, input.x_cal.len(), input.feature_names.len()).unwrap();
    let guard = Guard::fit(x_cal, input.categorical(), block.n_neighbours).unwrap();
    GuardedGrid::new(&grid, x_cal, guard, Confidence::new(block.confidence).unwrap(), block.merges).unwrap()
}

/// How many runs of bins were merged for one instance, and its rules, with the golden model.
fn explain(
    input: &Input,
    grid: &GuardedGrid,
    planner: &mut Planner<'_>,
    kind: Kind,
    x: &[f64],
) -> (usize, Vec<GuardedRule>) {
    let mut candidates = Vec::new();
    planner.plan(kind, x, |_| false, &mut candidates).unwrap();
    let calibrator = input.composite();
    let mut asker = calibrator.asker();
    let mut ask = |row: &[f64], class| {
        let query = Query {
            scores: &input.model.outputs(row),
            category: None,
            difficulty: None,
            sought: sought(input, None, class),
        };
        asker.answer(&query, &mut []).unwrap()
    };
    let base = ask(x, None);
    let (mut predict, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
    for candidate in candidates.iter().filter(|candidate| candidate.is_asked) {
        let mut row = x.to_vec();
        row[candidate.feature as usize] = grid.value(candidate).unwrap();
        let answer = ask(&row, base.class).interval;
        predict.push(answer.predict);
        low.push(answer.low);
        high.push(answer.high);
    }
    let mut rules = Vec::new();
    let answers = Answers { predict: &predict, low: &low, high: &high };
    grid.rules(kind, base.interval, &candidates, answers, &mut rules).unwrap();
    (candidates.iter().filter(|candidate| candidate.first < candidate.last).count(), rules)
}

/// The ends of a bin as the fixture has them.
fn ends(condition: Option<Condition>) -> (f64, f64) {
    match condition {
        None => (f64::NEG_INFINITY, f64::INFINITY),
        Some(Condition::AtMost(high)) => (f64::NEG_INFINITY, high),
        Some(Condition::Above(low)) => (low, f64::INFINITY),
        Some(Condition::Within(low, high)) => (low, high),
        Some(Condition::Equal(code)) => (code, code),
        Some(Condition::Below(_)) => panic!("no bin ends below a number"),
    }
}

/// What a comparison met.
#[derive(Debug, Default, PartialEq)]
struct Met {
    factual: usize,
    alternative: usize,
    /// Runs of several bins that were accepted as one.
    merged: usize,
    /// Rules that one side has and the other leaves out, since they change nothing but rounding.
    optional: usize,
}

fn compare(name: &str) -> (Met, Tally) {
    let (mut met, mut tally) = (Met::default(), Tally::default());
    let cases = fixture().cases;
    let blocks = &cases.iter().find(|case| case.name == name).unwrap().blocks;
    let case = named(name).remove(0);
    for block in blocks {
        let grid = guarded(&case, block);
        let mut planner = grid.planner();
        for (idx, golden) in block.instances.iter().enumerate() {
            let x = &case.input.x_test[idx];
            let n_cal = case.input.x_cal.len() as f64;
            for (kind, golden) in [(Kind::Factual, &golden.factual), (Kind::Alternative, &golden.alternative)] {
                let place = format!("{name}, confidence {}, instance {idx}, {kind:?}", block.confidence);
                let (n_merged, rules) = explain(&case.input, &grid, &mut planner, kind, x);
                met.merged += n_merged;
                let same = |rule: &GuardedRule, golden: &Rule| {
                    (rule.feature as usize, ends(rule.condition)) == (golden.0, (golden.1.into(), golden.2.into()))
                };
                for golden in golden {
                    let place = format!("{place}, feature {}", golden.0);
                    let Some(rule) = rules.iter().find(|rule| same(rule, golden)) else {
                        assert!(golden.7.abs() < NOISE, "{place}: no rule");
                        met.optional += 1;
                        continue;
                    };
                    assert_eq!(rule.p_value, golden.3 as f64 / n_cal, "{place}");
                    tally.interval(&place, rule.prediction, golden.4, golden.5, golden.6);
                    tally.close(&place, rule.weight.weight, golden.7);
                    tally.close(&place, rule.weight.low, golden.8);
                    tally.close(&place, rule.weight.high, golden.9);
                    match kind {
                        Kind::Factual => met.factual += 1,
                        Kind::Alternative => met.alternative += 1,
                    }
                }
                for rule in rules.iter().filter(|rule| golden.iter().all(|golden| !same(rule, golden))) {
                    assert!(rule.weight.weight.abs() < NOISE, "{place}: surplus {rule:?}");
                    met.optional += 1;
                }
                let shared = |rule: &&GuardedRule| golden.iter().any(|golden| same(rule, golden));
                let order: Vec<_> =
                    rules.iter().filter(shared).map(|rule| (rule.feature, ends(rule.condition))).collect();
                assert!(order.is_sorted_by(|a, b| a.0 < b.0 || a.1.0 < b.1.0), "{place}: the order of rules");
            }
        }
    }
    (met, tally)
}

#[test]
fn rules_of_two_classes_with_categories_agree() {
    let (met, tally) = compare("binary_categorical_analytic");
    assert_eq!(met, Met { factual: 28, alternative: 97, merged: 19, optional: 0 });
    tally.finish(6 * (28 + 97));
}

#[test]
fn rules_of_more_classes_agree() {
    let (met, tally) = compare("multiclass_wine_analytic");
    assert_eq!(met, Met { factual: 43, alternative: 140, merged: 32, optional: 0 });
    tally.finish(6 * (43 + 140));
}

#[test]
fn rules_of_values_agree() {
    let (met, tally) = compare("regression_diabetes_analytic");
    assert_eq!(met, Met { factual: 64, alternative: 257, merged: 45, optional: 0 });
    tally.finish(6 * (64 + 257));
}

#[test]
fn p_values_agree_for_each_instance_and_each_of_its_edits() {
    let mut compared = 0;
    for GuardedCase { name, blocks } in fixture().cases {
        let case = named(&name).remove(0);
        let n_cal = case.input.x_cal.len() as f64;
        for block in &blocks {
            let grid = guarded(&case, block);
            let mut probe = grid.guard().probe();
            for (x, golden) in case.input.x_test.iter().zip(&block.instances) {
                assert_eq!(grid.guard().p_value(x).unwrap(), golden.own as f64 / n_cal, "{name}");
                compared += 1;
                let mut probed = probe.at(x).unwrap();
                for (&feature, tested) in &golden.tested {
                    for &(value, count) in tested {
                        let mut row = x.clone();
                        row[feature] = value;
                        let expected = count as f64 / n_cal;
                        assert_eq!(probed.p_value(feature, value).unwrap(), expected, "{name}, {feature} at {value}");
                        assert_eq!(grid.guard().p_value(&row).unwrap(), expected, "{name}, {feature} at {value}");
                        compared += 2;
                    }
                }
            }
        }
    }
    assert_eq!(compared, 1380);
}

#[test]
fn p_values_of_many_features_agree() {
    let Wide { x_cal, categorical, x, counts } = fixture().wide;
    let data = x_cal.concat();
    let x_cal = Matrix::new(&data, 40, 18).unwrap();
    let mut compared = 0;
    for (n_neighbours, counts) in counts {
        let guard = Guard::fit(x_cal, &categorical, n_neighbours).unwrap();
        assert_eq!(guard.is_saturated(), n_neighbours == 39);
        for (x, count) in x.iter().zip(counts) {
            assert_eq!(guard.p_value(x).unwrap(), count as f64 / 40.0, "{n_neighbours} neighbours");
            compared += 1;
        }
    }
    assert_eq!(compared, 4 * 20);
}
