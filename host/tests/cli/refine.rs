//! Which rules stay, and in which order: `--filter`, `--rank`, `--top` and their kin.

use serde_json::Value;

use crate::small::{ask, classifier, entries, three_classes};
use crate::support::{Ran, User};

const ALTERNATIVE: [&str; 2] = ["--mode", "alternative"];

fn cancer(user: &User, more: &[&str]) -> Ran {
    user.ask("explain", &[&["--rows", "0-19"], more].concat())
}

fn alternatives(user: &User, more: &[&str]) -> Vec<Value> {
    entries(cancer(user, &[&ALTERNATIVE[..], &["--output", "-"], more].concat()))
}

fn rules(entry: &Value) -> &Vec<Value> {
    entry["rules"].as_array().unwrap()
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("{key} of {value}"))
}

#[test]
fn a_filter_keeps_what_its_name_says_and_nothing_else() {
    let user = User::new();
    let all = alternatives(&user, &[]);
    let counter = alternatives(&user, &["--filter", "counter"]);
    let ensured = alternatives(&user, &["--filter", "ensured"]);
    let both = alternatives(&user, &["--filter", "counter,ensured"]);
    let leads = |base: f64, rule: &Value| (base > 0.5) == (number(rule, "predict") <= 0.5);
    let width = |of: &Value| number(of, "high") - number(of, "low");
    let (mut n_counter, mut n_ensured) = (0, 0);
    for (row, entry) in all.iter().enumerate() {
        let prediction = &entry["prediction"];
        let base = number(prediction, "predict");
        let kept = |is_kept: &dyn Fn(&Value) -> bool| -> Vec<Value> {
            rules(entry).iter().filter(|rule| is_kept(rule)).cloned().collect()
        };
        let is_ensured = |rule: &Value| width(rule) <= width(prediction) + 1e-12;
        assert_eq!(*rules(&counter[row]), kept(&|rule| leads(base, rule)), "row {row}");
        assert_eq!(*rules(&ensured[row]), kept(&is_ensured), "row {row}");
        assert_eq!(*rules(&both[row]), kept(&|rule| leads(base, rule) && is_ensured(rule)), "row {row}");
        n_counter += rules(&counter[row]).len();
        n_ensured += rules(&ensured[row]).len();
    }
    assert!(n_counter > 0 && n_ensured > 0, "{n_counter} and {n_ensured}");
}

#[test]
fn potential_rules_can_be_dropped_alone() {
    let user = User::new();
    let is_potential = |rule: &Value| number(rule, "low") < 0.5 && 0.5 < number(rule, "high");
    let all = alternatives(&user, &[]);
    let certain = alternatives(&user, &["--exclude-potential"]);
    assert!(all.iter().flat_map(rules).any(is_potential));
    assert!(!certain.iter().flat_map(rules).any(is_potential));
    assert!(certain.iter().flat_map(rules).count() > 0);
}

#[test]
fn the_frontier_depends_on_its_cost() {
    let user = User::new();
    let n_rules = |more: &[&str]| alternatives(&user, more).iter().flat_map(rules).count();
    let pareto = n_rules(&["--filter", "pareto"]);
    assert_eq!(pareto, n_rules(&["--filter", "pareto", "--pareto-cost", "interval-width"]), "the default");
    assert_ne!(pareto, n_rules(&["--filter", "pareto", "--pareto-cost", "rule-size"]));
    assert!((1..n_rules(&[])).contains(&pareto), "{pareto}");
}

#[test]
fn rules_come_in_the_order_asked_for_and_the_best_stay() {
    let user = User::new();
    let weights = |more: &[&str]| -> Vec<Vec<f64>> {
        let ran = cancer(&user, &[&["--mode", "factual", "--output", "-"], more].concat());
        let of = |entry: &Value| rules(entry).iter().map(|rule| number(rule, "weight").abs()).collect();
        entries(ran).iter().map(of).collect()
    };
    let ranked = weights(&["--rank", "feature-weight"]);
    let best = weights(&["--rank", "feature-weight", "--top", "2"]);
    for (ranked, best) in ranked.iter().zip(&best) {
        assert!(ranked.is_sorted_by(|left, right| left >= right), "{ranked:?}");
        assert_eq!(best[..], ranked[..2]);
    }
    assert_eq!(best, weights(&["--top", "2"]), "the ranking that is usual for the mode");
    assert_ne!(ranked, weights(&["--rank", "uncertainty"]));
    let ensured = |weight: &str| alternatives(&user, &["--rank", "ensured", "--rank-weight", weight, "--top", "1"]);
    assert_ne!(ensured("-1"), ensured("1"));
    assert_eq!(ensured("0.5"), alternatives(&user, &["--rank", "ensured", "--top", "1"]), "the default");
}

#[test]
fn the_text_says_what_was_asked_and_what_is_not_left() {
    let user = User::new();
    let more = ["--rows", "0", "--filter", "counter,ensured", "--top", "2"];
    let ran = user.ask("explain", &[&ALTERNATIVE[..], &more].concat()).ok();
    assert_eq!(
        ran.out,
        "rules: --filter counter,ensured; ranked by ensured, weight 0.5; at most 2 of each row\n\n\
         instance 0: P(malignant) = 0.009  [0.000, 0.009]\n  no rule is left by the filter (counter, ensured) of 23 rules\n"
    );
    assert_eq!(ran.err, "");
}

#[test]
fn a_ranking_is_the_order_of_the_text() {
    let user = User::new();
    let texts = |ran: Ran| -> Vec<String> {
        let lines = ran.out.lines().filter(|line| line.starts_with("  ")).map(str::to_owned);
        lines.map(|line| line.split("]  ").nth(1).unwrap().split("  (is").next().unwrap().trim().to_owned()).collect()
    };
    let more = ["--rank", "uncertainty", "--top", "4"];
    let told = texts(user.ask("explain", &[&ALTERNATIVE[..], &["--rows", "7"], &more].concat()).ok());
    let written = alternatives(&user, &more);
    let written: Vec<&str> = rules(&written[7]).iter().map(|rule| rule["rule"].as_str().unwrap()).collect();
    assert_eq!(told, written);
}

#[test]
fn what_does_not_go_together_is_an_error_that_names_the_flags() {
    let user = User::new();
    let inputs = classifier(&user);
    let before = user.files();
    let explain = |mode: &str, more: &[&str]| {
        ask(&user, &inputs, "explain", &[&["--mode", mode, "--output", "f.json"], more].concat())
    };
    for flags in [&["--filter", "super"][..], &["--exclude-potential"]] {
        let words = ["asked of mode factual", "filters are for alternatives", flags[0], "--mode alternative"];
        explain("factual", flags).fails(2, "input.setting", &words);
    }
    let words = ["--pareto-cost rule-size is for --filter pareto", "add pareto to --filter"];
    explain("alternative", &["--filter", "semi", "--pareto-cost", "rule-size"]).fails(2, "usage", &words);
    let words = ["--rank-weight 0.5 is for --rank ensured", "found --rank uncertainty"];
    explain("alternative", &["--rank", "uncertainty", "--rank-weight", "0.5"]).fails(2, "usage", &words);
    for (more, words) in [
        (&["--filter", "suber"][..], &["--filter", "suber", "super"][..]),
        (&["--pareto-cost", "rule-size"], &["--filter"]),
        (&["--rank-weight", "0.5"], &["--rank <RANKING>"]),
        (&["--rank", "ensured", "--rank-weight", "1.5"], &["--rank-weight", "from -1 to 1", "1.5"]),
        (&["--top", "0"], &["--top", "at least 1"]),
        (&["--filter", "counter,super,counter"], &["--filter names counter twice: name it once"]),
        (&["--conjunctions", "4"], &["--conjunctions", "4", "expected 2 or 3"]),
        (&["--conjunctions", "two"], &["--conjunctions", "two", "expected 2 or 3"]),
        (&["--guarded", "--conjunctions", "2"], &["--guarded", "--conjunctions"]),
        (&["--guarded", "--fast-filter", "2"], &["--guarded", "--fast-filter"]),
        (&["--guard-confidence", "0.9"], &["--guarded"]),
        (&["--guarded", "--guard-confidence", "1"], &["--guard-confidence", "above 0 and below 1"]),
        (&["--fast-filter", "0"], &["--fast-filter", "a whole number from 1 to 4294967295"]),
        (&["--fast-filter", "5000000000"], &["--fast-filter", "a whole number from 1 to 4294967295"]),
    ] {
        explain("alternative", more).fails(2, "usage", words);
    }
    ask(&user, &inputs, "predict", &["--filter", "super"]).fails(2, "usage", &["--filter"]);
    assert_eq!(user.files(), before);
}

#[test]
fn text_and_picture_name_what_left_no_rule() {
    let user = User::new();
    let drawn = |mode: &str, row: &str, more: &[&str]| {
        let flags = ["--mode", mode, "--rows", row, "--plot", "plots"];
        let out = user.ask("explain", &[&flags[..], more].concat()).ok().out;
        (out, std::fs::read_to_string(user.path(&format!("plots/explanation-{row}.svg"))).unwrap())
    };
    let every: Vec<String> = features();
    let every = every.join(",");
    let all_but_one = every.rsplit_once(',').unwrap().0;
    let n_features = every.split(',').count();
    let most = format!(
        "no rule: {} of {n_features} features are ignored, and no other changes this prediction",
        n_features - 1
    );
    for (mode, more, words) in [
        (
            "alternative",
            &["--filter", "counter,ensured"][..],
            "no rule is left by the filter (counter, ensured) of 23 rules",
        ),
        ("factual", &["--ignore", &every], "no rule: every feature is ignored"),
        ("factual", &["--ignore", all_but_one], most.as_str()),
        (
            "alternative",
            &["--guarded", "--guard-confidence", "0.001"],
            "no rule: the guard lets no change pass that changes this prediction",
        ),
    ] {
        let (out, picture) = drawn(mode, "0", more);
        assert!(out.contains(&format!("  {words}\n")), "{out}");
        // A renderer breaks lines between words; the description has the sentence whole.
        assert!(picture.contains(words), "{words}: {picture}");
    }
}

/// The features of the breast-cancer data.
fn features() -> Vec<String> {
    let header = crate::support::first_lines(&crate::support::example("test.csv"), 1);
    let columns = header.trim_end().split(',').map(str::to_owned);
    columns.filter(|column| column != "diagnosis").collect()
}

#[test]
fn a_picture_tells_how_many_rules_stay_and_by_which_filter() {
    let user = User::new();
    let picture = |mode: &str, more: &[&str]| {
        user.ask("explain", &[&["--mode", mode, "--rows", "14", "--plot", "plots"], more].concat()).ok();
        std::fs::read_to_string(user.path("plots/explanation-14.svg")).unwrap()
    };
    let n_rules = |mode: &str, more: &[&str]| {
        let ran = user.ask("explain", &[&["--mode", mode, "--rows", "14", "--output", "-"], more].concat());
        rules(&entries(ran)[0]).len()
    };
    let n_all = n_rules("factual", &[]);
    let told = format!("Shown: 4 of {n_all} rules, those that come first in the order asked for.");
    assert!(picture("factual", &["--top", "4"]).contains(&told));
    assert!(!picture("factual", &[]).contains("Shown: "));
    let n_all = n_rules("alternative", &[]);
    let filter = ["--filter", "counter,ensured", "--exclude-potential"];
    let (drawn, kept) = (picture("alternative", &filter), n_rules("alternative", &filter));
    let told =
        format!("Shown: {kept} of {n_all} rules, those that the filter keeps: counter, ensured, no potential ones.");
    assert!(drawn.contains(&told), "{told}: {drawn}");
    let drawn = picture("alternative", &[&filter[..], &["--top", "1"]].concat());
    let told = format!("Shown: 1 of {n_all} rules, the first of those that the filter keeps: counter, ensured");
    assert!(kept > 1 && drawn.contains(&told), "{told}: {drawn}");
}

#[test]
fn filters_by_direction_of_several_classes_say_what_they_judge_by() {
    let user = User::new();
    let of = |inputs: &crate::support::Inputs, more: &[&str]| {
        ask(&user, inputs, "explain", &[&ALTERNATIVE[..], more].concat()).ok().err
    };
    let several = three_classes(&user);
    for dry in [&[][..], &["--dry-run"]] {
        let err = of(&several, &[&["--filter", "semi,counter,ensured"], dry].concat());
        assert!(err.contains("note: --filter semi,counter judges by whether the probability"), "{err}");
    }
    assert!(!of(&several, &["--filter", "ensured,pareto"]).contains("note: "));
    let two = classifier(&user);
    assert!(!of(&two, &["--filter", "semi,counter"]).contains("note: "));
}

#[test]
fn a_ranking_that_tells_no_rules_apart_is_told() {
    let user = User::new();
    let err =
        |mode: &str, more: &[&str]| user.ask("explain", &[&["--mode", mode, "--rows", "0"], more].concat()).ok().err;
    for rank in ["ensured", "uncertainty"] {
        let told = err("factual", &["--rank", rank]);
        assert!(told.starts_with(&format!("note: --rank {rank} orders nothing here")), "{told}");
        assert_eq!(err("alternative", &["--rank", rank]), "");
        assert_eq!(err("factual", &["--rank", rank, "--conjunctions", "2"]), "", "conjunctions have their own");
    }
    assert_eq!(err("factual", &["--rank", "feature-weight"]), "");
}

#[test]
fn a_ranking_that_took_effect_is_never_null_in_files() {
    let user = User::new();
    for (mode, ranking, weight) in [("factual", "feature_weight", Value::Null), ("alternative", "ensured", 0.5.into())]
    {
        let outputs = ["--output", "f.json", "--telemetry", "t.json"];
        let flags = ["--mode", mode, "--rows", "0", "--top", "2"];
        user.ask("explain", &[&flags[..], &outputs].concat()).ok();
        for file in ["f.json", "t.json"] {
            let told: Value = serde_json::from_str(&std::fs::read_to_string(user.path(file)).unwrap()).unwrap();
            let told = &told["refinements"][0];
            assert_eq!(
                (&told["ranking"], &told["ranking_weight"], &told["top"]),
                (&ranking.into(), &weight, &2.into())
            );
        }
    }
}

#[test]
fn a_dry_run_tells_what_is_asked_of_rules() {
    let user = User::new();
    let inputs = classifier(&user);
    let more = ["--filter", "super", "--top", "3", "--ignore", "age", "--class", "no", "--reject", "flag", "--dry-run"];
    let ran = ask(&user, &inputs, "explain", &[&ALTERNATIVE[..], &more].concat()).ok();
    let expected = "asked of each row: the probability of the class `no`\n\
                    rules: --filter super; ranked by ensured, weight 0.5; at most 3 of each row\n\
                    features without a rule: age\n\
                    reject: flag, at 0.95, by the score hinge\n\n";
    assert!(ran.out.contains(expected), "{}", ran.out);
}
