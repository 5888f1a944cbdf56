//! `--reject`: which predictions to reject, and how that is told.

use serde_json::{Value, json};

use crate::small::{ask, both_fail, classifier, entries, regression, three_classes};
use crate::support::{Ran, User};

/// The breast-cancer data.
fn cancer(user: &User, command: &str, more: &[&str]) -> Ran {
    let mode: &[&str] = if command == "explain" { &["--mode", "factual"] } else { &[] };
    user.ask(command, &[mode, more].concat()).ok()
}

fn is_rejected(entry: &Value) -> bool {
    entry["reject"]["rejected"].as_bool().unwrap_or_else(|| panic!("{entry}"))
}

#[test]
fn policies_select_rows_and_change_none() {
    let user = User::new();
    for command in ["explain", "predict"] {
        let of = |policy: &str| {
            let more = ["--reject", policy, "--reject-confidence", "0.99", "--output", "-"];
            entries(cancer(&user, command, &more))
        };
        let flagged = of("flag");
        assert_eq!(flagged.len(), 100);
        let (rejected, accepted): (Vec<Value>, Vec<Value>) = flagged.iter().cloned().partition(is_rejected);
        assert!(!rejected.is_empty() && !accepted.is_empty(), "{} rejected", rejected.len());
        assert_eq!(of("only-rejected"), rejected, "{command}");
        assert_eq!(of("only-accepted"), accepted, "{command}");
        let plain = entries(cancer(&user, command, &["--output", "-"]));
        let without: Vec<Value> = flagged
            .into_iter()
            .map(|mut entry| {
                entry.as_object_mut().unwrap().remove("reject");
                entry
            })
            .collect();
        assert_eq!(without, plain, "{command}");
    }
}

#[test]
fn sets_grow_with_the_confidence() {
    let user = User::new();
    let more = ["--reject", "flag", "--reject-confidence", "0.5,0.9,0.999", "--output", "-"];
    for entry in entries(cancer(&user, "predict", &more)) {
        let sizes = entry["reject"]["levels"].as_array().unwrap().iter();
        let sizes: Vec<usize> = sizes.map(|level| level["set"].as_array().unwrap().len()).collect();
        assert!(sizes.is_sorted(), "{entry}");
        assert_eq!(sizes[2], 2, "{entry}");
    }
}

#[test]
fn the_text_names_confidence_reason_and_classes() {
    let user = User::new();
    let more = ["--rows", "0,7", "--reject", "flag", "--reject-confidence", "0.999,0.95"];
    let ran = cancer(&user, "explain", &more);
    let expected = "instance 0: P(malignant) = 0.009  [0.000, 0.009]\n  rejected at 0.999: ambiguity (benign, malignant)\n  \
                    accepted at 0.95: benign\n";
    assert!(ran.out.starts_with(expected), "{}", ran.out);
    let summary = "rejected at 0.999: 2 of 2 rows (2 by ambiguity, 0 by novelty); no row is accepted, so there is no error \
                   rate\nrejected at 0.95: 0 of 2 rows (0 by ambiguity, 0 by novelty); the estimated error rate of the others \
                   is 0.050\n";
    let warning = "warning[calibration.too_few_for_confidence]: there are 200 calibration rows, to rule out any answer at the \
                   confidence 0.999 takes 999: every row is rejected as ambiguous; calibrate with more rows, or ask for a lower \
                   confidence\n";
    let told = format!("{warning}{summary}");
    assert_eq!(ran.err, told);

    let ran = cancer(&user, "predict", &more);
    assert_eq!(
        ran.out,
        "instance  class   P(malignant)  low    high   reject at 0.999  reject at 0.95\n\
         0         benign  0.009         0.000  0.009  ambiguity        no\n\
         7         benign  0.337         0.182  0.417  ambiguity        no\n"
    );
    assert_eq!(ran.err, told);
}

#[test]
fn rows_that_stay_keep_their_numbers_and_names() {
    let user = User::new();
    let inputs = classifier(&user);
    let levels = ["--reject-confidence", "0.9"];
    let flagged =
        entries(ask(&user, &inputs, "predict", &[&["--reject", "flag", "--output", "-"], &levels[..]].concat()));
    let accepted: Vec<&Value> = flagged.iter().filter(|entry| !is_rejected(entry)).collect();
    assert!((1..6).contains(&accepted.len()), "{flagged:?}");
    let ran = ask(&user, &inputs, "predict", &[&["--reject", "only-accepted"], &levels[..]].concat()).ok();
    let rows = ran.out.lines().skip(1).map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
    let expected = accepted.iter().map(|entry| format!("{} {}", entry["index"], entry["id"].as_str().unwrap()));
    assert!(rows.eq(expected), "{}", ran.out);
    let told = format!("--reject only-accepted: {} of 6 rows stay\n", accepted.len());
    assert!(ran.err.ends_with(&told), "{}", ran.err);
    let header = ran.out.lines().next().unwrap();
    assert!(header.ends_with("  reject"), "one confidence needs no number: {header}");
}

#[test]
fn no_row_may_be_left() {
    let user = User::new();
    let inputs = classifier(&user);
    let more = ["--reject", "only-accepted", "--reject-confidence", "0.9999"];
    let ran = ask(&user, &inputs, "predict", &more).ok();
    assert_eq!(ran.out, "instance  id  class  P(yes)  low  high  reject\n", "the same columns");
    assert!(ran.err.ends_with("--reject only-accepted: 0 of 6 rows stay\n"), "{}", ran.err);
    let ran = ask(&user, &inputs, "explain", &more).ok();
    assert_eq!(ran.out, "");
    assert!(entries(ask(&user, &inputs, "explain", &[&more[..], &["--output", "-"]].concat())).is_empty());
}

#[test]
fn a_confidence_that_no_row_can_reach_is_warned_of_with_the_rows_it_takes() {
    let user = User::new();
    let inputs = classifier(&user);
    let told = |more: &[&str]| ask(&user, &inputs, "predict", &[&["--reject", "flag"], more].concat()).ok().err;
    let warned = told(&["--reject-confidence", "0.9,0.99"]);
    let words = "warning[calibration.too_few_for_confidence]: there are 60 calibration rows, to rule out any answer at the \
                 confidence 0.99 takes ";
    assert_eq!(warned.matches(words).count(), 1, "{warned}");
    assert_eq!(warned.matches("too_few_for_confidence").count(), 1, "0.9 can be reached: {warned}");
    assert!(warned.contains("rejected at 0.99: 6 of 6 rows (6 by ambiguity"), "it is as the warning says: {warned}");
    let warned = told(&["--reject-confidence", "0.98", "--bins", "site", "--dry-run"]);
    assert!(warned.contains("the Mondrian category `north` has 30 calibration rows, to rule out"), "{warned}");
}

#[test]
fn the_score_and_the_default_confidence_are_told_in_the_file() {
    let user = User::new();
    let file = |more: &[&str]| -> Value {
        let ran = cancer(&user, "predict", &[&["--reject", "flag", "--output", "-"], more].concat());
        serde_json::from_str(&ran.out).unwrap()
    };
    let told = file(&[])["reject"].clone();
    let policy = (&told["score"], &told["policy"], &told["rates"][0]["confidence"]);
    assert_eq!(policy, (&json!("hinge"), &json!("flag"), &json!(0.95)));
    assert_eq!(file(&["--reject-score", "hinge", "--reject-confidence", "0.95"])["reject"], told, "the defaults");
    let ensured = file(&["--reject-score", "ensured"])["reject"].clone();
    assert_eq!((&ensured["score"], &ensured["score_weight"]), (&json!("ensured"), &json!(0.5)));
}

#[test]
fn values_and_events_of_each_row_cannot_be_rejected() {
    let user = User::new();
    let inputs = regression(&user);
    let words = ["asked of values", "expected a threshold", "--reject", "--threshold"];
    both_fail(&user, &inputs, &["--reject", "flag"], "input.setting", &words);
    let of_event = ["--reject", "flag", "--threshold", "167.5", "--output", "-"];
    assert_eq!(entries(ask(&user, &inputs, "predict", &of_event)).len(), 6);
    let dry = ask(&user, &inputs, "predict", &["--reject", "flag", "--dry-run"]);
    dry.fails(2, "input.setting", &["--reject"]);
    let inputs = three_classes(&user);
    let more = ["--reject", "flag", "--class", "mid"];
    both_fail(&user, &inputs, &more, "input.setting", &["asked of a chosen class", "--reject"]);
    let ran = ask(&user, &inputs, "explain", &["--reject", "flag", "--rows", "0"]).ok();
    let verdict = ran.out.lines().nth(1).unwrap();
    assert!(
        ["  accepted at 0.95: ", "  rejected at 0.95: "].iter().any(|start| verdict.starts_with(start)),
        "{verdict}"
    );
}

#[test]
fn what_is_no_request_is_an_error_that_names_the_flag() {
    let user = User::new();
    let inputs = classifier(&user);
    for (more, words) in [
        (&["--reject", "none"][..], &["--reject", "only-accepted"][..]),
        (&["--reject-confidence", "0.9"], &["--reject <POLICY>"]),
        (&["--reject-score", "hinge"], &["--reject <POLICY>"]),
        (&["--reject", "flag", "--reject-confidence", "95"], &["--reject-confidence", "above 0 and below 1", "95"]),
        (&["--reject", "flag", "--reject-confidence", "0.9,x"], &["--reject-confidence", "such as 0.95", "x"]),
        (
            &["--reject", "flag", "--reject-confidence", "0.9,0.95,0.90"],
            &["--reject-confidence names 0.9 twice: name it once"],
        ),
        (&["--reject", "flag", "--reject-score", "margin"], &["--reject-score", "hinge", "ensured"]),
    ] {
        both_fail(&user, &inputs, more, "usage", words);
    }
}
