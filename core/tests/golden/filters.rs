//! Every filter of the package on its own alternatives: which of them are kept.

use std::collections::BTreeMap;

use ce_core::analysis::{Candidate, Cost, Direction, Filter, Interval, Scale, Subject};
use serde::Deserialize;

use crate::explained::NOISE;
use crate::support::{Case, Task, Triple, Version, named, read};

/// Alternatives of one instance, and what each filter keeps of them.
#[derive(Deserialize)]
struct Filtered {
    base: Triple,
    rules: Vec<Rule>,
    /// By the text of the rules, in their order.
    filters: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Rule {
    rule: String,
    predict: f64,
    predict_low: f64,
    predict_high: f64,
}

/// What a comparison met.
#[derive(Debug, Default, PartialEq)]
struct Met {
    /// Instance by filter.
    results: usize,
    /// Rule by instance and filter.
    rules: usize,
    /// Of them, rules that the package keeps.
    kept: usize,
    /// Rules that the package keeps although they change nothing: a defect.
    unmoved: usize,
    /// Rules that stay or go by rounding noise.
    noise: usize,
}

/// The filter of a name such as `super|potential=True|ensured=False`.
fn filter(name: &str) -> Filter {
    let mut filter = Filter::default();
    for part in name.split('|') {
        match part {
            "super" => filter.directions.push(Direction::Super),
            "semi" => filter.directions.push(Direction::Semi),
            "counter" => filter.directions.push(Direction::Counter),
            "ensured" => filter.ensured = true,
            "pareto" => filter.pareto = Some(Cost::IntervalWidth),
            "potential=True" => filter.include_potential = true,
            "potential=False" => filter.include_potential = false,
            "ensured=True" => filter.ensured = true,
            "ensured=False" => filter.ensured = false,
            other => panic!("unknown part of a filter: {other}"),
        }
    }
    filter
}

/// Whether moving the rule or the base by rounding noise may change what this filter makes of the rule.
fn turns_on_noise(filter: &Filter, subject: Subject, rule: Interval, version: Version) -> bool {
    let near = |a: f64, b: f64| (a - b).abs() < NOISE;
    let width = |interval: Interval| interval.high - interval.low;
    // The older version counts a rule of exactly 0.5 among the semi ones.
    let is_between = version == Version::Observed && rule.predict == 0.5;
    let turns = near(rule.predict, subject.base.predict) || is_between;
    (filter.ensured && near(width(rule), width(subject.base))) || (!filter.directions.is_empty() && turns)
}

/// Compares every filter of one block, rule by rule.
fn compare_block(met: &mut Met, place: &str, version: Version, scale: Scale, filtered: &[Filtered]) {
    assert_eq!(filtered.len(), 12, "{place}");
    for (idx, Filtered { base, rules, filters }) in filtered.iter().enumerate() {
        let base = Interval { predict: base.predict, low: base.low, high: base.high };
        let subject = Subject { base, scale };
        let prediction =
            |rule: &Rule| Interval { predict: rule.predict, low: rule.predict_low, high: rule.predict_high };
        let candidates: Vec<Candidate> = rules
            .iter()
            .map(|rule| Candidate { prediction: prediction(rule), n_conditions: 1, ..Candidate::default() })
            .collect();
        for (name, expected) in filters {
            let filter = filter(name);
            let kept = filter.kept(subject, &candidates).unwrap();
            met.results += 1;
            for (rule_idx, rule) in rules.iter().enumerate() {
                let is_expected = expected.contains(&rule.rule);
                if kept.contains(&rule_idx) != is_expected {
                    let rule_is = candidates[rule_idx].prediction;
                    let is_unmoved = is_expected && subject.is_unmoved_by(rule_is);
                    let place = format!("{place}, instance {idx}, {name}, {}", rule.rule);
                    assert!(is_unmoved || turns_on_noise(&filter, subject, rule_is, version), "{place}");
                    met.unmoved += usize::from(is_unmoved);
                    met.noise += usize::from(!is_unmoved);
                    continue;
                }
                met.rules += 1;
                met.kept += usize::from(is_expected);
            }
        }
    }
}

/// Compares the blocks of one version, of all cases whose name begins so.
fn compare(start: &str, version: Version) -> Met {
    let mut met = Met::default();
    for Case { name, input, golden } in named(start) {
        let (_, golden) = golden.into_iter().find(|(other, _)| *other == version).unwrap();
        let mut blocks = vec![("alternatives", input.task == Task::Regression)];
        if input.task == Task::Regression {
            blocks.extend([("alternatives_threshold_scalar", false), ("alternatives_threshold_interval", false)]);
        }
        for (block, is_value) in blocks {
            // The older version knows no filters of values: it treats them as probabilities.
            let scale = if is_value && version == Version::Prediction { Scale::Value } else { Scale::Probability };
            compare_block(&mut met, &format!("{name}, {block}"), version, scale, &golden.block::<Vec<Filtered>>(block));
        }
    }
    met
}

/// What is met per kind of case.
fn compare_all(version: Version) -> [Met; 5] {
    ["binary_", "multiclass_", "mondrian_binary_", "regression_", "mondrian_regression_"]
        .map(|start| compare(start, version))
}

fn met([results, rules, kept, unmoved, noise]: [usize; 5]) -> Met {
    Met { results, rules, kept, unmoved, noise }
}

#[test]
fn filters_keep_what_the_package_keeps() {
    let expected = [
        [768, 6600, 1840, 56, 0],
        [384, 3324, 857, 4, 0],
        [384, 2284, 656, 4, 0],
        // All intervals of values are equally wide here but for rounding, so that `ensured` is up to it in the package.
        [1152, 11322, 3180, 56, 206],
        [1152, 7220, 2297, 85, 103],
    ];
    assert_eq!(compare_all(Version::Prediction), expected.map(met));
}

#[test]
fn filters_keep_what_the_older_package_keeps() {
    let expected = [
        [672, 5300, 1227, 104, 0],
        [336, 2884, 631, 14, 0],
        [336, 1686, 413, 8, 0],
        [1008, 8839, 2585, 85, 204],
        [1008, 5953, 1750, 63, 74],
    ];
    assert_eq!(compare_all(Version::Observed), expected.map(met));
}

/// Rules drawn by hand, and what the package keeps of them under every combination of its flags.
#[derive(Deserialize)]
struct Drawn {
    base: [f64; 3],
    is_value: bool,
    rules: Vec<[f64; 3]>,
    sizes: Vec<usize>,
    filters: Vec<Combination>,
}

#[derive(Deserialize)]
struct Combination {
    /// Names of the package's flags.
    asked: Vec<String>,
    kept: Vec<usize>,
}

#[derive(Deserialize)]
struct Package {
    filters: Vec<Drawn>,
}

fn combination(asked: &[String]) -> Filter {
    let mut filter = Filter { include_potential: false, ..Filter::default() };
    for flag in asked {
        match flag.as_str() {
            "make_super" => filter.directions.push(Direction::Super),
            "make_semi" => filter.directions.push(Direction::Semi),
            "make_counter" => filter.directions.push(Direction::Counter),
            "only_ensured" => filter.ensured = true,
            "include_potential" => filter.include_potential = true,
            "uncertainty_width" => filter.pareto = Some(Cost::IntervalWidth),
            "rule_size" => filter.pareto = Some(Cost::RuleSize),
            other => panic!("unknown flag: {other}"),
        }
    }
    filter
}

#[test]
fn every_combination_of_flags_keeps_what_the_package_keeps() {
    let (mut n_results, mut n_kept, mut n_unmoved) = (0, 0, 0);
    for (idx, drawn) in read::<Package>("../package/analysis.json").filters.into_iter().enumerate() {
        let interval = |[predict, low, high]: [f64; 3]| Interval { predict, low, high };
        let scale = if drawn.is_value { Scale::Value } else { Scale::Probability };
        let subject = Subject { base: interval(drawn.base), scale };
        let candidate = |(&rule, &n_conditions): (&[f64; 3], &usize)| Candidate {
            prediction: interval(rule),
            n_conditions,
            ..Candidate::default()
        };
        let rules: Vec<Candidate> = drawn.rules.iter().zip(&drawn.sizes).map(candidate).collect();
        for Combination { asked, mut kept } in drawn.filters {
            let n_all = kept.len();
            kept.retain(|&rule_idx| !subject.is_unmoved_by(rules[rule_idx].prediction));
            n_unmoved += n_all - kept.len();
            let found = combination(&asked).kept(subject, &rules).unwrap();
            assert_eq!(found, kept, "problem {idx}, {asked:?}");
            n_results += 1;
            n_kept += found.len();
        }
    }
    assert_eq!((n_results, n_kept, n_unmoved), (8 * 96, 1723, 10));
}
