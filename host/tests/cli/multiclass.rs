//! More than two classes: every row speaks of its own.

use serde_json::Value;

use crate::small::{ask, both_fail, entries, three_classes};
use crate::support::User;

#[test]
fn each_row_speaks_of_its_likeliest_class() {
    let user = User::new();
    let inputs = three_classes(&user);
    let predicted = entries(ask(&user, &inputs, "predict", &["--output", "-"]));
    let explained = entries(ask(&user, &inputs, "explain", &["--output", "-"]));
    for (predicted, explained) in predicted.iter().zip(&explained) {
        let probabilities = predicted["probabilities"].as_object().unwrap();
        let value = |class: &Value| probabilities[class.as_str().unwrap()].as_f64().unwrap();
        assert_eq!(probabilities.keys().collect::<Vec<_>>(), ["high", "low", "mid"], "one of each class");
        assert!(probabilities.values().all(|p| p.as_f64().unwrap() <= value(&predicted["class"])), "{predicted}");
        assert_eq!(predicted["explained_class"], predicted["class"]);
        assert_eq!(explained["prediction"]["class"], predicted["class"]);
        assert_eq!(explained["prediction"]["predict"], predicted["predict"]);
    }
    let classes: Vec<&Value> = predicted.iter().map(|entry| &entry["class"]).collect();
    assert!(classes.iter().any(|class| *class != classes[0]), "the rows are of several classes: {classes:?}");
}

#[test]
fn the_table_and_the_rules_name_each_rows_own_class() {
    let user = User::new();
    let inputs = three_classes(&user);
    let classes: Vec<String> = entries(ask(&user, &inputs, "predict", &["--output", "-"]))
        .iter()
        .map(|entry| entry["class"].as_str().unwrap().to_owned())
        .collect();
    let table = ask(&user, &inputs, "predict", &[]).ok().out;
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(header, ["instance", "id", "class", "prediction", "low", "high"]);
    let explained = ask(&user, &inputs, "explain", &[]).ok().out;
    for (row, class) in classes.iter().enumerate() {
        let line = lines.next().unwrap();
        assert!(line.contains(&format!("  {class}  ")) && line.contains(&format!("  P({class}) = 0.")), "{table}");
        assert!(explained.contains(&format!("instance {row} (p{row}): P({class}) = 0.")), "{explained}");
    }
}

#[test]
fn a_label_that_the_model_has_no_class_for_is_an_error_with_the_classes() {
    let user = User::new();
    let inputs = three_classes(&user);
    let text = std::fs::read_to_string(&inputs.calibration).unwrap();
    let line = text.lines().nth(9).unwrap();
    crate::small::replace(&inputs.calibration, line, &format!("{},huge", line.rsplit_once(',').unwrap().0));
    let words = ["cal.csv:10: row 8, column `y`", "found `huge`", "classes: `low`, `mid`, `high`", "correct the cell"];
    both_fail(&user, &inputs, &[], "data.unknown_class", &words);
}
