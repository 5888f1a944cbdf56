//! Flags that are options of whatever explanation plugin is chosen: `--conjunctions`, `--guarded`, `--fast-filter`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::small::{ask, classifier, entries};
use crate::support::User;

const MODES: [&str; 2] = ["factual", "alternative"];

/// The explanations of some rows of the breast-cancer data.
fn explained(user: &User, mode: &str, more: &[&str]) -> Vec<Value> {
    entries(user.ask("explain", &[&["--rows", "0-4,30", "--mode", mode, "--output", "-"], more].concat()))
}

fn rules(entry: &Value) -> &Vec<Value> {
    entry["rules"].as_array().unwrap()
}

#[test]
fn conjunctions_join_up_to_so_many_conditions() {
    let user = User::new();
    for mode in MODES {
        let sizes = |more: &[&str]| -> BTreeSet<usize> {
            let entries = explained(&user, mode, more);
            entries.iter().flat_map(rules).map(|rule| rule["conditions"].as_array().unwrap().len()).collect()
        };
        assert_eq!(sizes(&[]), BTreeSet::from([1]), "{mode}");
        assert_eq!(sizes(&["--conjunctions", "2"]), BTreeSet::from([1, 2]), "{mode}");
        assert_eq!(sizes(&["--conjunctions", "3"]), BTreeSet::from([1, 2, 3]), "{mode}");
    }
    let ran =
        user.ask("explain", &["--mode", "factual", "--rows", "0", "--conjunctions", "2", "--rank", "feature-weight"]);
    assert!(ran.ok().out.contains(" & "));
}

#[test]
fn a_guard_may_change_rules_and_is_stricter_the_less_sure() {
    let user = User::new();
    for mode in MODES {
        let n_rules = |more: &[&str]| explained(&user, mode, more).iter().flat_map(rules).count();
        let guarded = n_rules(&["--guarded"]);
        assert_eq!(guarded, n_rules(&["--guarded", "--guard-confidence", "0.9"]), "the default");
        assert_ne!(explained(&user, mode, &["--guarded"]), explained(&user, mode, &[]), "{mode}");
        assert!(n_rules(&["--guarded", "--guard-confidence", "0.1"]) < guarded, "{mode}");
    }
}

#[test]
fn a_fast_filter_needs_a_calibrator_that_answers_per_feature() {
    let user = User::new();
    let inputs = classifier(&user);
    // None is built in.
    let words = [
        "`core.interval.legacy`",
        "does not answer per feature",
        "build the FAST bundle, then ce install it and ce trust core.interval.fast: see docs/TRUST.md; then ask for one",
        "--interval-plugin core.interval.fast",
        "(`fast_filter` is what --fast-filter gives)",
    ];
    for more in [&["--fast-filter", "1"][..], &["--fast-filter", "1", "--dry-run"]] {
        ask(&user, &inputs, "explain", more).fails(1, "route.not_fast", &words);
    }
}

#[test]
fn what_mode_fast_has_none_of_is_refused_before_anything_is_read() {
    let user = User::new();
    let absent = ["explain", "--model", "no.json", "--calibration", "no.csv", "--target", "y", "--data", "no.csv"];
    let fast = |more: &[&str]| user.run([&absent[..], &["--mode", "fast"], more].concat());
    for (flags, named) in [
        (&["--guarded"][..], "--guarded is for"),
        (&["--conjunctions", "2"], "--conjunctions is for"),
        (&["--fast-filter", "2"], "--fast-filter is for"),
        (&["--condition-source", "observed"], "--condition-source is for"),
        (&["--guarded", "--condition-source", "observed"], "--condition-source, --guarded are for"),
    ] {
        for dry in [&[][..], &["--dry-run"]] {
            let words = [named, "the modes factual and alternative", "--mode fast"];
            fast(&[flags, dry].concat()).fails(2, "usage", &words);
        }
    }
    let both = ["--mode", "factual", "--guarded", "--conjunctions", "2", "--dry-run"];
    user.run([&absent[..], &both].concat()).fails(2, "usage", &["--guarded", "--conjunctions"]);
}

#[test]
fn the_remedy_for_mode_fast_without_its_bundle_is_to_install_it() {
    let user = User::new();
    let words = ["build the FAST bundle", "ce install", "ce trust core.explanation.fast", "docs/TRUST.md"];
    let ran = user.ask("explain", &["--mode", "fast"]).fails(1, "route.unknown", &words);
    assert!(!ran.err.contains("did you mean"), "it is the right name: {}", ran.err);
    let words = ["ce trust core.interval.fast", "docs/TRUST.md"];
    user.ask("predict", &["--interval-plugin", "core.interval.fast"]).fails(1, "route.unknown", &words);
}

#[test]
fn conjunctions_of_facts_take_no_side_in_a_picture() {
    let user = User::new();
    let picture = |more: &[&str]| {
        let flags = ["--mode", "factual", "--rows", "0", "--conjunctions", "2", "--plot", "plots"];
        user.ask("explain", &[&flags[..], more].concat()).ok();
        std::fs::read_to_string(user.path("plots/explanation-0.svg")).unwrap()
    };
    let drawn = picture(&[]);
    assert!(drawn.contains("conjunction: the mean over rows that fulfil it, less the prediction"), "{drawn}");
    let of = |is_joined: bool| -> BTreeSet<String> {
        let rules = drawn
            .split("<g class=\"rule\"")
            .skip(1)
            .filter(|rule| rule[..rule.find('>').unwrap()].contains("&amp;") == is_joined);
        let bars = rules.filter_map(|rule| rule.split("<rect class=\"bar\"").nth(1));
        bars.map(|bar| bar.split("fill=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()).collect()
    };
    let (single, joined) = (of(false), of(true));
    assert!(!single.is_empty() && joined.len() == 1 && joined.is_disjoint(&single), "{single:?} {joined:?}");
}

#[test]
fn a_dry_run_tells_options_with_their_flags() {
    let user = User::new();
    let inputs = classifier(&user);
    let more = ["--conjunctions", "2", "--condition-source", "observed", "--dry-run"];
    let ran = ask(&user, &inputs, "explain", &more).ok();
    let expected = "\noptions: condition_source=\"observed\" (--condition-source), max_rule_size=2 (--conjunctions)\n";
    assert!(ran.out.contains(expected), "{}", ran.out);
}
