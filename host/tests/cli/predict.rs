//! `ce predict` on the breast-cancer data.

use std::fs;

use serde_json::Value;

use crate::support::{User, example};

#[test]
fn a_prediction_of_every_row_is_written() {
    let user = User::new();
    let ran = user.ask("predict", &["--output", "p.json"]).ok();
    assert_eq!(ran.err, "wrote 100 predictions: p.json\n");
    let file: Value = serde_json::from_str(&fs::read_to_string(user.path("p.json")).unwrap()).unwrap();
    let predictions = file["predictions"].as_array().unwrap();
    assert_eq!(predictions.len(), 100);
    for prediction in predictions {
        let probabilities = prediction["probabilities"].as_object().unwrap();
        assert_eq!(probabilities.keys().collect::<Vec<_>>(), ["benign", "malignant"]);
        let sum: f64 = probabilities.values().map(|p| p.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{prediction}");
        let malignant = probabilities["malignant"].as_f64().unwrap();
        assert_eq!(prediction["predict"].as_f64().unwrap(), malignant);
        assert_eq!(prediction["class"], if malignant >= 0.5 { "malignant" } else { "benign" });
    }
}

#[test]
fn predictions_are_mostly_right() {
    let user = User::new();
    let ran = user.ask("predict", &[]).ok();
    let rows: Vec<&str> = ran.out.lines().skip(1).collect();
    let truth = fs::read_to_string(example("test.csv")).unwrap();
    let truth: Vec<&str> = truth.lines().skip(1).map(|line| line.rsplit(',').next().unwrap()).collect();
    let is_right = |(row, truth): &(&&str, &&str)| row.split_whitespace().nth(1) == Some(**truth);
    let n_right = rows.iter().zip(&truth).filter(is_right).count();
    assert_eq!((rows.len(), truth.len()), (100, 100));
    assert!(n_right >= 90, "{n_right} of 100");
}

#[test]
fn the_table_has_a_line_per_row() {
    let ran = User::new().ask("predict", &[]).ok();
    let mut lines = ran.out.lines();
    assert_eq!(lines.next(), Some("instance  class      P(malignant)  low    high"));
    assert_eq!(lines.next(), Some("0         benign     0.009         0.000  0.009"));
}

#[test]
fn predictions_of_explain_and_predict_are_the_same() {
    let user = User::new();
    let values = |command: &str, more: &[&str]| -> Vec<Value> {
        let file: Value =
            serde_json::from_str(&user.ask(command, &[&["--output", "-"], more].concat()).ok().out).unwrap();
        let list = file.as_object().unwrap().values().find_map(|value| value.as_array().filter(|l| l.len() == 100));
        list.unwrap().iter().map(|one| one.get("prediction").unwrap_or(one)["predict"].clone()).collect()
    };
    assert_eq!(values("predict", &[]), values("explain", &["--mode", "factual"]));
}
