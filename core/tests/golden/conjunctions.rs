//! Conjunctions of two conditions, from the single rules to the weights. The package's come from calls about a single row:
//! in a batch it reads another instance's values, which is a defect.
//!
//! The single rules are the golden ones: which of them are joined hangs on their weights to the last bit, and on those that
//! are no target here.
//!
//! Of more than two classes 1.0.2 averages nothing: it reads the answer about the first row of a conjunction and drops the
//! others. Its numbers are met there by answering every row as the first.

use ce_core::calibrator::{Calibrator, Query};
use ce_core::conjunction::{self, Part, Rule, Search, Side};
use ce_core::discretizer::{ALTERNATIVE_DEPTH, FACTUAL_DEPTH};
use ce_core::grid::{Answers, Grid, Instance};
use ce_core::{Interval, Weight};
use serde::Deserialize;

use crate::explained::{grid, sought, text};
use crate::support::{Case, Explanation, Golden, Input, Tally, Version, named};

/// What the package looks for by default.
const SEARCH: Search = Search { size: 2, n_top: 5 };

/// A conjunction as the golden files hold it.
#[derive(Deserialize)]
struct Conjunction {
    feature: Vec<u32>,
    rule: String,
    weight: f64,
    weight_low: f64,
    weight_high: f64,
    predict: f64,
    predict_low: f64,
    predict_high: f64,
}

/// One mode of explaining, and how its blocks are called.
#[derive(Clone, Copy)]
struct Mode {
    single: &'static str,
    joined: &'static str,
    max_depth: usize,
}

const FACTUAL: Mode =
    Mode { single: "factual", joined: "factual_conjunctions_single_row_calls", max_depth: FACTUAL_DEPTH };
const ALTERNATIVE: Mode =
    Mode { single: "alternatives", joined: "alternative_conjunctions_single_row_calls", max_depth: ALTERNATIVE_DEPTH };

/// What a comparison met.
#[derive(Debug, Default, PartialEq)]
struct Met {
    rules: usize,
    /// Of them, conjunctions with a category that are compared.
    categorical: usize,
    /// Factual conjunctions with a category: the package takes the largest in place of the instance's own.
    largest: usize,
    /// Conjunctions of which the upper bounds are no target, since the package may have one above 1.
    unclamped: usize,
}

/// The golden rules of one condition.
fn singles(input: &Input, instance: Instance<'_>, golden: &Explanation) -> Vec<Rule> {
    let rule = |rule: &crate::support::Rule| {
        let codes = input.categorical_labels.iter().flat_map(|labels| labels.get(&rule.feature)).flatten();
        let others = codes.map(|(&code, _)| Side::Category(code as f64));
        let sides = [Side::Own, Side::Below, Side::Above].into_iter().chain(others);
        let mut parts = sides.map(|side| Part { feature: rule.feature as u32, side });
        let is_named = |part: &Part| {
            part.condition(instance).is_ok_and(|condition| text(input, rule.feature, condition) == rule.rule)
        };
        let part = parts.find(is_named).unwrap_or_else(|| panic!("nothing is called {}", rule.rule));
        let weight = Weight { weight: rule.weight, low: rule.weight_low, high: rule.weight_high };
        Rule { parts: vec![part], weight, prediction: Interval::default() }
    };
    golden.rules.iter().map(rule).collect()
}

/// The conjunctions of an instance by this crate.
struct Found {
    rules: Vec<Rule>,
    /// The features of the rows whose upper bound may have been clamped to 1.
    touching_one: Vec<Vec<u32>>,
}

/// Asks about the rows of the conjunctions of `rules`, or of each conjunction only about the first, and reads the answers.
fn find(
    (input, calibrator, test_idx): (&Input, &Calibrator, usize),
    instance: Instance<'_>,
    mut rules: Vec<Rule>,
    only_first: bool,
) -> Found {
    let x = &input.x_test[test_idx];
    let category = input.category(test_idx);
    let mut asker = calibrator.asker();
    let mut ask = |x: &[f64], class| {
        let scores = &input.model.outputs(x);
        let query = Query { scores, category, difficulty: None, sought: sought(input, None, class) };
        asker.answer(&query, &mut []).unwrap()
    };
    let base = ask(x, None);
    let (mut predict, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
    let mut touching_one = Vec::new();
    let mut first: Option<(Vec<u32>, Interval)> = None;
    let n_asked = conjunction::plan(instance, &rules, SEARCH, |edits| {
        let features: Vec<u32> = edits.iter().map(|&(feature, _)| feature).collect();
        let answer = match &first {
            Some((of, answer)) if only_first && *of == features => *answer,
            _ => {
                let mut row = x.clone();
                edits.iter().for_each(|&(feature, value)| row[feature as usize] = value);
                ask(&row, base.class).interval
            }
        };
        predict.push(answer.predict);
        low.push(answer.low);
        high.push(answer.high);
        if answer.high >= 1.0 {
            touching_one.push(features.clone());
        }
        first = Some((features, answer));
    });
    assert_eq!(n_asked, Ok(high.len()));
    let n_single = rules.len();
    let answers = Answers { predict: &predict, low: &low, high: &high };
    let n = conjunction::rules(instance, base.interval, answers, SEARCH, &mut rules).unwrap();
    let rules = rules.split_off(n_single);
    assert_eq!(n, rules.len());
    Found { rules, touching_one }
}

/// Compares every conjunction of the cases whose name begins so, in its order.
fn compare(start: &str, mode: Mode) -> (Met, Tally) {
    let (mut met, mut tally) = (Met::default(), Tally::default());
    for case in named(start) {
        let calibrator = case.input.composite();
        for (version, golden) in &case.golden {
            compare_version(&case, &calibrator, *version, golden, mode, (&mut met, &mut tally));
        }
    }
    (met, tally)
}

fn compare_version(
    Case { name, input, .. }: &Case,
    calibrator: &Calibrator,
    version: Version,
    golden: &Golden,
    mode: Mode,
    (met, tally): (&mut Met, &mut Tally),
) {
    let grid: Grid = grid(input, version, mode.max_depth, golden);
    let explanations: Vec<Explanation> = golden.block(mode.single);
    let joined: Vec<Vec<Conjunction>> = golden.block(mode.joined);
    for (idx, (explanation, golden)) in explanations.iter().zip(&joined).enumerate() {
        let place = format!("{name}, {version:?}, instance {idx}");
        let instance = grid.instance(&input.x_test[idx]).unwrap();
        let only_first = name.starts_with("multiclass") && version == Version::Prediction;
        let found = find((input, calibrator, idx), instance, singles(input, instance, explanation), only_first);
        let written = |rule: &Rule| {
            let text = |part: &Part| text(input, part.feature as usize, part.condition(instance).unwrap());
            rule.parts.iter().map(text).collect::<Vec<_>>().join(" & \n")
        };
        assert!(found.rules.iter().map(written).eq(golden.iter().map(|golden| golden.rule.clone())), "{place}");
        for (rule, golden) in found.rules.iter().zip(golden) {
            let place = format!("{place}, {}", golden.rule);
            assert!(rule.parts.iter().map(|part| part.feature).eq(golden.feature.iter().copied()), "{place}");
            let has_category = golden.feature.iter().any(|&feature| input.categorical().contains(&(feature as usize)));
            if has_category && mode.max_depth == FACTUAL_DEPTH {
                met.largest += 1;
                continue;
            }
            met.rules += 1;
            met.categorical += usize::from(has_category);
            tally.close(&place, rule.prediction.predict, golden.predict);
            tally.close(&place, rule.prediction.low, golden.predict_low);
            tally.close(&place, rule.weight.weight, golden.weight);
            tally.close(&place, rule.weight.low, golden.weight_low);
            if name.starts_with("multiclass") && found.touching_one.contains(&golden.feature) {
                met.unclamped += 1;
                continue;
            }
            tally.close(&place, rule.prediction.high, golden.predict_high);
            tally.close(&place, rule.weight.high, golden.weight_high);
        }
    }
}

/// Every golden conjunction of a mode and kind of task is met, in its order.
fn demand(start: &str, mode: Mode, expected: Met) {
    let (met, tally) = compare(start, mode);
    let n_compared = met.rules * 6 - met.unclamped * 2;
    assert_eq!(met, expected, "{start}");
    tally.finish(n_compared);
}

#[test]
fn factual_conjunctions_agree() {
    demand("binary", FACTUAL, Met { rules: 255, largest: 29, ..Met::default() });
    demand("multiclass", FACTUAL, Met { rules: 160, unclamped: 50, ..Met::default() });
    demand("mondrian", FACTUAL, Met { rules: 186, ..Met::default() });
    demand("regression", FACTUAL, Met { rules: 258, ..Met::default() });
}

#[test]
fn alternative_conjunctions_agree() {
    demand("binary", ALTERNATIVE, Met { rules: 286, categorical: 26, ..Met::default() });
    demand("multiclass", ALTERNATIVE, Met { rules: 154, unclamped: 45, ..Met::default() });
    demand("mondrian", ALTERNATIVE, Met { rules: 162, ..Met::default() });
    demand("regression", ALTERNATIVE, Met { rules: 277, ..Met::default() });
}
