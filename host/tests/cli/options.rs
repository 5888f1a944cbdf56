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
    let words =
        ["`core.interval.legacy`", "does not answer per feature", "(`fast_filter` is what --fast-filter gives)"];
    for more in [&["--fast-filter", "1"][..], &["--fast-filter", "1", "--dry-run"]] {
        ask(&user, &inputs, "explain", more).fails(1, "route.not_fast", &words);
    }
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
