//! `--categorical` and `--categorical-labels`: features that are categories, and what their codes are called.

use std::fs;

use serde_json::json;

use crate::small::{ask, both_fail, classifier, entries, replace};
use crate::support::{Inputs, User};

const LABELS: &str = r#"{"island": {"0": "Biscoe", "2": "Dream"}}"#;

#[test]
fn codes_are_called_by_their_labels_and_the_others_by_their_number() {
    let user = User::new();
    let inputs = classifier(&user);
    user.write("labels.json", LABELS);
    let ran = ask(&user, &inputs, "explain", &["--categorical-labels", "labels.json", "--output", "-"]);
    let explained = entries(ran);
    let rules = |row: usize| -> Vec<[String; 2]> {
        let rules = explained[row]["rules"].as_array().unwrap().iter();
        let of_island = rules.filter(|rule| rule["feature_name"] == "island");
        of_island.map(|rule| ["rule", "value"].map(|key| rule[key].as_str().unwrap().to_owned())).collect()
    };
    let expected = [("Biscoe", 0), ("1.0", 1), ("Dream", 2)];
    let mut n_rules = 0;
    for (label, row) in expected {
        for [rule, value] in rules(row).into_iter().chain(rules(row + 3)) {
            assert_eq!((rule.as_str(), value.as_str()), (format!("island = {label}").as_str(), label));
            n_rules += 1;
        }
    }
    assert!(n_rules >= 3, "{n_rules} rules speak of an island");
}

#[test]
fn labels_change_words_and_no_number() {
    let user = User::new();
    let inputs = classifier(&user);
    user.write("labels.json", LABELS);
    let numbers = |more: &[&str]| -> Vec<_> {
        let entries = entries(ask(&user, &inputs, "explain", &[more, &["--output", "-"]].concat()));
        let weights = |entry: &serde_json::Value| -> Vec<_> {
            entry["rules"].as_array().unwrap().iter().map(|rule| rule["weight"].clone()).collect()
        };
        entries.iter().map(|entry| (entry["prediction"].clone(), weights(entry))).collect()
    };
    let labelled = numbers(&["--categorical-labels", "labels.json"]);
    assert_eq!(labelled, numbers(&["--categorical", "island"]));
    assert_eq!(labelled, numbers(&["--categorical", "island", "--categorical-labels", "labels.json"]));
    assert_ne!(labelled, numbers(&[]), "a number is cut, a category is not");
}

#[test]
fn a_category_that_calibration_never_had_is_an_error_with_its_place() {
    let user = User::new();
    let inputs = classifier(&user);
    replace(&inputs.data, "p4,1,54", "p4,7,54");
    user.write("labels.json", r#"{"island": {"1": "Dream", "7": "Torgersen"}}"#);
    let place = "new.csv:6: row 4, column `island`";
    let words = [place, "found `7`", "known: `0.0`, `1.0`, `2.0`", "calibrate with such rows"];
    both_fail(&user, &inputs, &["--categorical", "island"], "data.unseen_category", &words);
    let words = [place, "found `7`", "known: `0.0`, `Dream`, `2.0`"];
    both_fail(&user, &inputs, &["--categorical-labels", "labels.json"], "data.unseen_category", &words);
}

#[test]
fn a_code_is_a_whole_number() {
    for (cell, code) in
        [("1.5", "data.not_code"), ("-1", "data.not_code"), ("x", "data.not_number"), ("", "data.missing_value")]
    {
        let user = User::new();
        let inputs = classifier(&user);
        user.write("labels.json", LABELS);
        replace(&inputs.calibration, "23,0,south", &format!("23,{cell},south"));
        let words = ["cal.csv:5: row 3, column `island`"];
        both_fail(&user, &inputs, &["--categorical-labels", "labels.json"], code, &words);
    }
}

#[test]
fn a_file_of_labels_that_is_none_is_an_error_with_line_and_column() {
    let user = User::new();
    let inputs = classifier(&user);
    for (text, code, words) in [
        ("{\"island\": ", "data.labels_not_json", "labels.json:1:"),
        ("[\"Biscoe\"]", "data.labels_shape", "an object with an entry per feature"),
        ("{\n  \"island\": [\"Biscoe\"]\n}", "data.labels_shape", "labels.json:2:"),
        ("{\"island\": {\"0\": 1}}", "data.labels_shape", "expected a string"),
        ("{\"island\": {\"1.5\": \"Biscoe\"}}", "data.labels_shape", "found `1.5`"),
        ("{\"island\": {\"70000\": \"Biscoe\"}}", "data.labels_shape", "from 0 to 65535, found `70000`"),
        ("{\"island\": {\"0\": \"a\", \"0\": \"b\"}}", "data.labels_shape", "the code 0 stands twice"),
        ("{\"islands\": {\"0\": \"a\"}}", "data.unknown_feature", "did you mean `island`?"),
        ("{\"site\": {\"0\": \"a\"}}", "data.unknown_feature", "labels.json names `site`, which is no feature"),
    ] {
        user.write("labels.json", text);
        both_fail(&user, &inputs, &["--categorical-labels", "labels.json"], code, &[words, "labels.json"]);
    }
    both_fail(&user, &inputs, &["--categorical-labels", "absent.json"], "data.unreadable", &["absent.json"]);
}

#[test]
fn text_has_its_labels_already() {
    let user = User::new();
    let inputs = classifier(&user);
    user.write("labels.json", LABELS);
    let more = ["--categorical-labels", "labels.json"];
    let model = fs::read_to_string(&inputs.model).unwrap();
    let mut named: serde_json::Value = serde_json::from_str(&model).unwrap();
    named["categories"] = json!({"island": ["0", "1", "2"]});
    let by_model = Inputs {
        model: user.write("named.json", &named.to_string()),
        calibration: inputs.calibration.clone(),
        data: inputs.data.clone(),
        target: "y",
    };
    both_fail(
        &user,
        &by_model,
        &more,
        "data.labels_known",
        &["`island`", "from the model", "remove it from labels.json"],
    );

    let text = fs::read_to_string(&inputs.calibration).unwrap();
    let texts = text.replace(",0,", ",Biscoe,").replace(",1,", ",Dream,").replace(",2,", ",Torgersen,");
    fs::write(&inputs.calibration, texts).unwrap();
    both_fail(&user, &inputs, &more, "data.labels_known", &["the texts of its column", "cal.csv"]);
}

#[test]
fn a_file_of_labels_is_read_and_never_written() {
    let user = User::new();
    let inputs = classifier(&user);
    user.write("labels.json", LABELS);
    let more = ["--categorical-labels", "labels.json", "--output", "./labels.json"];
    ask(&user, &inputs, "predict", &more).fails(2, "output.same_file", &["--categorical-labels and --output"]);
    assert_eq!(fs::read_to_string(user.path("labels.json")).unwrap(), LABELS);
}
