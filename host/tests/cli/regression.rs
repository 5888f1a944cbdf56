//! Regressions: values between percentiles, probabilities of events, and how both are told.

use std::fs;

use serde_json::{Value, json};

use crate::small::{ask, both_fail, entries, regression};
use crate::support::{Inputs, Ran, User};

/// What the model says of the six rows of data.
fn model_outputs() -> Vec<f64> {
    (0..6).map(|row| f64::from(100 + 50 + row + 10 * (row % 3))).collect()
}

/// What the targets of the calibration file are beyond what the model says, sorted.
fn residuals() -> Vec<f64> {
    let mut residuals: Vec<u32> = (0..60).map(|row| (row * 7) % 11).collect();
    residuals.sort_unstable();
    residuals.into_iter().map(f64::from).collect()
}

fn numbers(entry: &Value) -> [f64; 3] {
    let entry = entry.get("prediction").unwrap_or(entry);
    ["low", "predict", "high"].map(|key| entry[key].as_f64().unwrap_or_else(|| panic!("{key} of {entry}")))
}

fn predict(user: &User, inputs: &Inputs, more: &[&str]) -> Ran {
    ask(user, inputs, "predict", &[more, &["--output", "-"]].concat()).ok()
}

#[test]
fn a_value_stands_between_the_percentiles_of_the_residuals() {
    let user = User::new();
    let inputs = regression(&user);
    // Of 61 ranks, 5 % are 3.05, cut to the third; 95 % are 57.95, raised to the 58th; the median lies between two.
    let residuals = residuals();
    let (low, median, high) = (residuals[2], (residuals[29] + residuals[30]) / 2.0, residuals[57]);
    for command in ["predict", "explain"] {
        let found = entries(ask(&user, &inputs, command, &["--output", "-"]));
        for (entry, output) in found.iter().zip(model_outputs()) {
            assert_eq!(numbers(entry), [output + low, output + median, output + high], "{command}");
        }
    }
}

#[test]
fn a_confidence_names_percentiles_and_the_default_is_named() {
    let user = User::new();
    let inputs = regression(&user);
    let plain = predict(&user, &inputs, &[]).out;
    assert_eq!(plain, predict(&user, &inputs, &["--percentiles", "5,95"]).out);
    assert_eq!(plain, predict(&user, &inputs, &["--confidence", "0.9"]).out);
    assert_ne!(plain, predict(&user, &inputs, &["--confidence", "0.5"]).out);
    let file: Value = serde_json::from_str(&plain).unwrap();
    assert_eq!((&file["task"], &file["percentiles"]), (&json!("regression"), &json!([5.0, 95.0])));
}

#[test]
fn an_open_side_holds_the_least_or_the_largest_target() {
    let user = User::new();
    let inputs = regression(&user);
    let text = fs::read_to_string(&inputs.calibration).unwrap();
    let targets: Vec<f64> =
        text.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse().unwrap()).collect();
    let least = targets.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = targets.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for entry in entries(predict(&user, &inputs, &["--percentiles", "-inf,90"])) {
        assert_eq!(numbers(&entry)[0], least);
    }
    for entry in entries(predict(&user, &inputs, &["--percentiles", "10,inf"])) {
        assert_eq!(numbers(&entry)[2], largest);
    }
}

#[test]
fn the_header_names_the_percentiles() {
    let user = User::new();
    let inputs = regression(&user);
    let header = |more: &[&str]| ask(&user, &inputs, "predict", more).ok().out.lines().next().unwrap().to_owned();
    assert_eq!(header(&[]), "instance  id  prediction  low (percentile 5)  high (percentile 95)");
    let open = header(&["--percentiles", "-inf,90"]);
    assert_eq!(open, "instance  id  prediction  low (least target)  high (percentile 90)");
    let explained = ask(&user, &inputs, "explain", &["--confidence", "0.8", "--rows", "1"]).ok().out;
    let expected = "instance: prediction = value  [percentile 10, percentile 90]\n\ninstance 1 (p1): prediction = ";
    assert!(explained.starts_with(expected), "{explained}");
}

#[test]
fn an_event_has_a_probability_and_is_told_in_words() {
    let user = User::new();
    let inputs = regression(&user);
    for (more, event, negation, threshold) in [
        (&["--threshold", "167.5"][..], "y_hat <= 167.5", "y_hat > 167.5", json!(167.5)),
        (&["--threshold", "-3"], "y_hat <= -3", "y_hat > -3", json!(-3.0)),
        (
            &["--threshold-low", "-1", "--threshold-high", "167.5"],
            "-1 < y_hat <= 167.5",
            "y_hat <= -1 || y_hat > 167.5",
            json!([-1.0, 167.5]),
        ),
    ] {
        let file: Value = serde_json::from_str(&predict(&user, &inputs, more).out).unwrap();
        assert_eq!((&file["threshold"], &file["percentiles"]), (&threshold, &Value::Null));
        for entry in file["predictions"].as_array().unwrap() {
            let [low, predict, high] = numbers(entry);
            assert!(0.0 <= low && low <= predict && predict <= high && high <= 1.0, "{entry}");
            assert_eq!(entry["class"], if predict >= 0.5 { event } else { negation }, "{entry}");
            assert_eq!(entry["explained_class"], event);
        }
        let table = ask(&user, &inputs, "predict", more).ok().out;
        let header = table.lines().next().unwrap();
        assert!(header.starts_with("instance  id  event  ") && header.contains(&format!("  P({event})  ")), "{table}");
        let explained = ask(&user, &inputs, "explain", more).ok().out;
        assert!(explained.starts_with(&format!("instance 0 (p0): P({event}) = ")), "{explained}");
    }
}

#[test]
fn what_the_model_finds_likely_is_likely() {
    let user = User::new();
    let inputs = regression(&user);
    // The model says 150 to 175, and targets are up to 10 more.
    for (threshold, is_likely) in [("190", true), ("140", false)] {
        for entry in entries(predict(&user, &inputs, &["--threshold", threshold])) {
            assert_eq!(numbers(&entry)[1] > 0.5, is_likely, "{threshold}: {entry}");
        }
    }
}

#[test]
fn percentiles_beyond_the_calibration_rows_are_warned_of_once() {
    let user = User::new();
    let inputs = regression(&user);
    for command in ["predict", "explain"] {
        let ran = ask(&user, &inputs, command, &["--percentiles", "1,90", "--output", "-"]).ok();
        let expected = "warning[calibration.too_few_for_percentiles]: there are 60 calibration rows, the percentiles 1,90 \
                        take 99: a bound is infinite";
        assert_eq!((ran.err.matches(expected).count(), ran.err.lines().count()), (1, 1), "{}", ran.err);
        assert!(ran.out.contains("\"low\":\"-inf\""), "{}", ran.out);
    }
}

#[test]
fn targets_that_are_all_the_same_are_an_error_with_file_and_column() {
    let user = User::new();
    let inputs = regression(&user);
    let text = fs::read_to_string(&inputs.calibration).unwrap();
    let constant = text.lines().enumerate().map(|(idx, line)| match idx {
        0 => format!("{line}\n"),
        _ => format!("{},7.5\n", line.rsplit_once(',').unwrap().0),
    });
    fs::write(&inputs.calibration, constant.collect::<String>()).unwrap();
    let words =
        ["cal.csv: column `y`: every calibration row has the target 7.5", "calibrate with rows whose targets differ"];
    both_fail(&user, &inputs, &[], "input.constant_target", &words);
}

#[test]
fn a_target_that_is_no_number_is_an_error_with_its_place() {
    let user = User::new();
    let inputs = regression(&user);
    let text = fs::read_to_string(&inputs.calibration).unwrap();
    let line = text.lines().nth(3).unwrap();
    crate::small::replace(&inputs.calibration, line, &format!("{},high", line.rsplit_once(',').unwrap().0));
    both_fail(&user, &inputs, &[], "data.not_number", &["cal.csv:4: row 2, column `y`", "found `high`"]);
}

#[test]
fn a_dry_run_says_what_is_asked() {
    let user = User::new();
    let inputs = regression(&user);
    for (more, expected) in [
        (&[][..], "the value, from percentile 5 to percentile 95\n"),
        (&["--percentiles", "10,inf"], "the value, from percentile 10 to largest target\n"),
        (&["--threshold", "-1.5"], "the probability that y_hat <= -1.5\n"),
    ] {
        let ran = ask(&user, &inputs, "predict", &[more, &["--dry-run"]].concat()).ok();
        assert!(ran.out.contains(&format!("asked of each row: {expected}")), "{}", ran.out);
    }
}
