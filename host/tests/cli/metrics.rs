//! `ce predict --metrics`: how well predictions fit targets that are known.

use serde_json::Value;

use crate::small::{ask, classifier, entries, regression};
use crate::support::{Inputs, User};

fn with_targets(user: &User, inputs: Inputs, targets: &[&str]) -> Inputs {
    let text = std::fs::read_to_string(&inputs.data).unwrap();
    let cells = std::iter::once(&"y").chain(targets);
    let text = text.lines().zip(cells).map(|(line, cell)| format!("{line},{cell}\n")).collect::<String>();
    Inputs { data: user.write("new.csv", &text), ..inputs }
}

#[test]
fn probabilities_are_measured_beside_those_of_the_model() {
    let user = User::new();
    let ran = user.ask("predict", &["--metrics", "--output", "-"]).ok();
    let file: Value = serde_json::from_str(&ran.out).unwrap();
    let [calibrated, uncalibrated] = ["calibrated", "uncalibrated"].map(|key| &file["metrics"][key]);
    for metrics in [calibrated, uncalibrated] {
        let brier = metrics["brier"].as_f64().unwrap();
        assert!((0.0..0.1).contains(&brier), "the predictions are mostly right: {metrics}");
    }
    let shown = |metrics: &Value, key: &str| format!("{:.3}", metrics[key].as_f64().unwrap());
    let ran = user.ask("predict", &["--metrics"]).ok();
    let (predictions, told) = ran.out.split_once("\n\n").unwrap();
    assert_eq!(predictions.lines().count(), 101);
    let mut lines = told.lines();
    assert_eq!(lines.next(), Some("metric of 100 rows          calibrated  uncalibrated"));
    let brier =
        format!("Brier score                 {}       {}", shown(calibrated, "brier"), shown(uncalibrated, "brier"));
    assert_eq!(lines.next(), Some(brier.as_str()));
    assert_eq!(lines.count(), 4);
    assert_eq!(ran.err, "");
}

#[test]
fn values_have_a_coverage() {
    let user = User::new();
    // Rows 0 and 5 lie far beyond what the model says, 150 to 175 and up to 10 more.
    let inputs = with_targets(&user, regression(&user), &["900", "166", "177", "158", "169", "-900"]);
    let ran = ask(&user, &inputs, "predict", &["--metrics"]).ok();
    let told = ran.out.split_once("\n\n").unwrap().1;
    assert!(told.starts_with("metric of 6 rows  calibrated\ncoverage          0.667\nmean width        "), "{told}");
    let ran = ask(&user, &inputs, "predict", &["--metrics", "--rows", "1-2"]).ok();
    assert!(ran.out.contains("metric of 2 rows  calibrated\ncoverage          1.000\n"), "{}", ran.out);
}

#[test]
fn targets_change_no_prediction() {
    let user = User::new();
    let inputs = with_targets(&user, classifier(&user), &["yes", "no", "yes", "yes", "no", "no"]);
    let with = entries(ask(&user, &inputs, "predict", &["--metrics", "--output", "-"]));
    assert_eq!(with, entries(ask(&user, &inputs, "predict", &["--output", "-"])));
}

#[test]
fn every_row_needs_its_target() {
    let user = User::new();
    let inputs = classifier(&user);
    let before = user.files();
    let predict = |inputs: &Inputs| ask(&user, inputs, "predict", &["--metrics", "--output", "p.json"]);
    let words = ["new.csv has no column `y`, the target (--target)", "--metrics needs every row's target"];
    predict(&inputs).fails(2, "data.missing_target", &words);
    let inputs = with_targets(&user, inputs, &["yes", "no", "yes", "perhaps", "no", "no"]);
    let words = ["new.csv:5: row 3, column `y`", "found `perhaps`", "--metrics"];
    predict(&inputs).fails(2, "data.unknown_class", &words);
    assert_eq!(user.files(), before);
    ask(&user, &inputs, "explain", &["--metrics"]).fails(2, "usage", &["--metrics"]);
}

#[test]
fn a_dry_run_says_so() {
    let user = User::new();
    let inputs = with_targets(&user, regression(&user), &["1", "2", "3", "4", "5", "6"]);
    let ran = ask(&user, &inputs, "predict", &["--metrics", "--dry-run"]).ok();
    assert!(ran.out.contains("\nmetrics: how well the predictions fit the targets\n"), "{}", ran.out);
}
