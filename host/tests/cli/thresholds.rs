//! `--threshold-column`: an event of its own for each row.

use std::fs;

use serde_json::{Value, json};

use crate::small::{ask, both_fail, classifier, entries, regression};
use crate::support::{Inputs, User};

const LIMITS: [&str; 6] = ["140", "160.5", "170", "180", "190", "1e3"];

/// A regression whose data have a column of limits.
fn with_limits(user: &User) -> Inputs {
    let inputs = regression(user);
    add_column(&inputs, "limit", &LIMITS);
    inputs
}

fn add_column(inputs: &Inputs, name: &str, cells: &[&str]) {
    let text = fs::read_to_string(&inputs.data).unwrap();
    let cells = std::iter::once(&name).chain(cells);
    fs::write(&inputs.data, text.lines().zip(cells).map(|(line, cell)| format!("{line},{cell}\n")).collect::<String>())
        .unwrap();
}

#[test]
fn each_row_is_asked_about_its_own_event() {
    let user = User::new();
    let inputs = with_limits(&user);
    for command in ["predict", "explain"] {
        let own = entries(ask(&user, &inputs, command, &["--threshold-column", "limit", "--output", "-"]));
        for (row, limit) in LIMITS.iter().enumerate() {
            let (ignored, number) = (["--ignore-columns", "limit"], row.to_string());
            let more = [&ignored[..], &["--threshold", limit, "--rows", &number, "--output", "-"]].concat();
            let alone = entries(ask(&user, &inputs, command, &more)).remove(0);
            for (key, value) in alone.as_object().unwrap() {
                assert_eq!(&own[row][key], value, "{command}, row {row}: {key}");
            }
            assert_eq!(own[row]["threshold"], json!(limit.parse::<f64>().unwrap()));
        }
    }
}

#[test]
fn some_rows_keep_their_events() {
    let user = User::new();
    let inputs = with_limits(&user);
    let of = |more: &[&str]| {
        entries(ask(&user, &inputs, "predict", &[more, &["--threshold-column", "limit", "--output", "-"]].concat()))
    };
    let all = of(&[]);
    let some = of(&["--rows", "4,1"]);
    assert_eq!(some, [all[4].clone(), all[1].clone()]);
}

#[test]
fn the_table_names_each_event() {
    let user = User::new();
    let inputs = with_limits(&user);
    let ran = ask(&user, &inputs, "predict", &["--threshold-column", "limit", "--rows", "0,5"]).ok();
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("instance  id  event  ") && lines[0].contains("  prediction  "), "{}", ran.out);
    assert!(
        lines[1].starts_with("0         p0  y_hat > 140 ") && lines[1].contains("P(y_hat <= 140) = 0."),
        "{}",
        ran.out
    );
    assert!(lines[2].contains("y_hat <= 1000 ") && lines[2].contains("P(y_hat <= 1000) = "), "{}", ran.out);
    let ran = ask(&user, &inputs, "explain", &["--threshold-column", "limit", "--rows", "1"]).ok();
    assert!(ran.out.starts_with("instance 1 (p1): P(y_hat <= 160.5) = "), "{}", ran.out);
    let ran = ask(&user, &inputs, "predict", &["--threshold-column", "limit", "--dry-run"]).ok();
    let words = "asked of each row: the probability that y_hat <= its value in the column `limit`\n";
    assert!(ran.out.contains(words), "{}", ran.out);
}

#[test]
fn the_column_is_there_and_holds_numbers() {
    let user = User::new();
    let inputs = with_limits(&user);
    let words =
        ["new.csv has no column `limits`, the threshold of each row (--threshold-column)", "did you mean `limit`?"];
    both_fail(&user, &inputs, &["--threshold-column", "limits"], "data.missing_threshold", &words);
    both_fail(&user, &inputs, &["--threshold-column", "age"], "data.role_is_feature", &["`age`", "--threshold-column"]);
    both_fail(&user, &inputs, &["--threshold-column", "y"], "data.two_roles", &["`y`", "--threshold-column"]);
    crate::small::replace(&inputs.data, ",180\n", ",high\n");
    let words = ["new.csv:5: row 3, column `limit`", "expected a number", "`high`"];
    both_fail(&user, &inputs, &["--threshold-column", "limit"], "data.not_number", &words);
}

#[test]
fn it_is_for_regressions_and_stands_alone() {
    let user = User::new();
    let inputs = with_limits(&user);
    for more in [&["--threshold", "1"][..], &["--percentiles", "5,95"], &["--confidence", "0.9"]] {
        let more = [&["--threshold-column", "limit"], more].concat();
        both_fail(&user, &inputs, &more, "usage", &["cannot be used with", "--threshold-column"]);
    }
    let inputs = classifier(&user);
    add_column(&inputs, "limit", &LIMITS);
    let words = ["model.json is a classifier", "leave --threshold-column out"];
    both_fail(&user, &inputs, &["--threshold-column", "limit"], "input.on_classifier", &words);
}

#[test]
fn values_that_turned_out_are_compared_with_their_own_events() {
    let user = User::new();
    let inputs = with_limits(&user);
    add_column(&inputs, "y", &["150", "150", "150", "150", "150", "150"]);
    let more = ["--threshold-column", "limit", "--metrics", "--output", "-"];
    let ran = ask(&user, &inputs, "predict", &more).ok();
    let file: Value = serde_json::from_str(&ran.out).unwrap();
    let predicted = file["predictions"].as_array().unwrap().iter().zip(LIMITS).map(|(entry, limit)| {
        let happened = f64::from(u8::from(150.0 <= limit.parse::<f64>().unwrap()));
        (entry["predict"].as_f64().unwrap() - happened).powi(2)
    });
    let brier = predicted.sum::<f64>() / 6.0;
    assert!((file["metrics"]["calibrated"]["brier"].as_f64().unwrap() - brier).abs() < 1e-12, "{}", file["metrics"]);
}
