//! How predictions are calibrated: further rows, difficulties, normalisation and summary.

use std::fs;

use serde_json::{Value, json};

use crate::small::{N_CALIBRATION, ask, both_fail, classifier, entries, regression, replace, three_classes};
use crate::support::{Inputs, User, first_lines};

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("{key} of {value}"))
}

fn predict(user: &User, inputs: &Inputs, more: &[&str]) -> Vec<Value> {
    entries(ask(user, inputs, "predict", &[more, &["--output", "-"]].concat()))
}

/// Cuts the calibration file in two: some rows in `first.csv`, the rest in `rest.csv`, columns turned round. The whole stays.
fn in_two(user: &User, inputs: &Inputs, n_first: usize) -> Inputs {
    let text = fs::read_to_string(&inputs.calibration).unwrap();
    let turned = |line: &str| line.split(',').rev().collect::<Vec<_>>().join(",");
    let lines = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let all: Vec<&str> = text.lines().collect();
    let rest: Vec<String> = [all[0]].iter().chain(&all[1 + n_first..]).map(|line| turned(line)).collect();
    user.write("rest.csv", &lines(&rest.iter().map(String::as_str).collect::<Vec<_>>()));
    Inputs {
        calibration: user.write("first.csv", &lines(&all[..1 + n_first])),
        model: inputs.model.clone(),
        data: inputs.data.clone(),
        target: inputs.target,
    }
}

const APPEND: [&str; 2] = ["--append-calibration", "rest.csv"];

#[test]
fn appended_rows_count_as_if_they_stood_in_the_first_file() {
    let user = User::new();
    for inputs in [classifier(&user), regression(&user), three_classes(&user)] {
        let first = in_two(&user, &inputs, 40);
        for (command, more) in [("predict", &[][..]), ("explain", &[]), ("explain", &["--bins", "site"])] {
            let more = [more, &["--output", "-"]].concat();
            let whole = ask(&user, &inputs, command, &more).ok();
            let appended = ask(&user, &first, command, &[&more[..], &APPEND].concat()).ok();
            assert_eq!(appended.out, whole.out, "{command}");
            assert_ne!(ask(&user, &first, command, &more).ok().out, whole.out, "{command}");
        }
    }
}

#[test]
fn categories_of_appended_rows_are_known() {
    let user = User::new();
    let inputs = classifier(&user);
    for path in [&inputs.calibration, &inputs.data] {
        let lines = fs::read_to_string(path).unwrap();
        // The island is the second column of either file.
        let named = lines.lines().enumerate().map(|(idx, line)| {
            let mut cells: Vec<&str> = line.split(',').collect();
            if idx > 0 {
                cells[1] = ["a", "b", "c"][cells[1].parse::<usize>().unwrap()];
            }
            format!("{}\n", cells.join(","))
        });
        fs::write(path, named.collect::<String>()).unwrap();
    }
    // Sorted by island, so that the first file has none of the last.
    let text = fs::read_to_string(&inputs.calibration).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.sort_by_key(|row| row.split(',').nth(1));
    fs::write(&inputs.calibration, format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    let first = in_two(&user, &inputs, 30);
    assert_eq!(predict(&user, &first, &APPEND), predict(&user, &inputs, &[]));
    ask(&user, &first, "predict", &[]).fails(2, "data.unknown_category", &["`c`"]);
}

#[test]
fn telemetry_counts_appended_rows_and_claims_no_file_for_them() {
    let user = User::new();
    let inputs = regression(&user);
    let first = in_two(&user, &inputs, 40);
    let model = user.write("hard.json", &difficulty_model([1.0, 0.0], 0.0).to_string());
    let more = ["--difficulty-model", "hard.json", "--telemetry", "t.json", "--output", "p.json"];
    ask(&user, &first, "predict", &[&more[..], &APPEND].concat()).ok();
    let told: Value = serde_json::from_str(&fs::read_to_string(user.path("t.json")).unwrap()).unwrap();
    let calibration = &told["inputs"]["calibration"];
    assert_eq!(calibration["rows"], N_CALIBRATION);
    assert_ne!(calibration["digest_of"], "file");
    for (input, path) in [("model", &inputs.model), ("data", &inputs.data), ("difficulty", &model)] {
        let digest = ce_host::bundle::Digest::of(&fs::read(path).unwrap()).to_string();
        let found = told["inputs"][input]["sha256"].as_str().unwrap();
        assert_eq!(format!("sha256:{}", found.trim_start_matches("sha256:")), digest, "{input}");
    }
}

#[test]
fn what_is_wrong_with_appended_rows_is_told_with_its_place() {
    let user = User::new();
    let inputs = classifier(&user);
    let first = in_two(&user, &inputs, 40);
    let rest = user.path("rest.csv");
    let text = fs::read_to_string(&rest).unwrap();
    let target = text.lines().nth(3).unwrap();
    replace(&rest, target, &target.replacen("yes", "maybe", 1).replacen("no,", "maybe,", 1));
    both_fail(&user, &first, &APPEND, "data.unknown_class", &["rest.csv:4: row 2, column `y`", "`maybe`"]);
    fs::write(&rest, text.replace("island", "isle")).unwrap();
    both_fail(&user, &first, &APPEND, "data.missing_columns", &["rest.csv lacks the column `island`"]);
    both_fail(&user, &first, &["--append-calibration", "none.csv"], "data.unreadable", &["none.csv"]);
    let over = ask(&user, &first, "predict", &[&APPEND[..], &["--output", "rest.csv"]].concat());
    over.fails(2, "output.same_file", &["--append-calibration and --output both name rest.csv"]);
}

#[test]
fn a_single_row_may_be_appended() {
    let user = User::new();
    for inputs in [classifier(&user), regression(&user)] {
        let first = in_two(&user, &inputs, N_CALIBRATION - 1);
        assert_eq!(fs::read_to_string(user.path("rest.csv")).unwrap().lines().count(), 2);
        assert_eq!(predict(&user, &first, &APPEND), predict(&user, &inputs, &[]));
    }
}

/// A model that says how hard a row is.
fn difficulty_model(coef: [f64; 2], intercept: f64) -> Value {
    json!({
        "format": "ce-model/1", "task": "regression", "feature_names": ["age", "island"],
        "model": {"type": "linear", "coef": coef, "intercept": intercept},
    })
}

#[test]
fn intervals_grow_with_the_difficulty_that_a_model_tells() {
    let user = User::new();
    let inputs = regression(&user);
    user.write("hard.json", &difficulty_model([1.0, 0.0], 0.0).to_string());
    user.write("even.json", &difficulty_model([0.0, 0.0], 1.0).to_string());
    let plain = predict(&user, &inputs, &[]);
    assert_eq!(predict(&user, &inputs, &["--difficulty-model", "even.json"]), plain, "all rows are as hard");
    let hard = predict(&user, &inputs, &["--difficulty-model", "hard.json"]);
    let per_year = |row: usize| (number(&hard[row], "high") - number(&hard[row], "low")) / (50 + row) as f64;
    for row in 1..6 {
        assert!((per_year(row) - per_year(0)).abs() < 1e-9, "{hard:?}");
    }
    assert!(per_year(0) > 0.0);
}

#[test]
fn a_model_of_difficulty_is_a_regression_of_the_same_features() {
    let user = User::new();
    let inputs = regression(&user);
    let write = |value: &Value| {
        user.write("hard.json", &value.to_string());
    };
    let flag = ["--difficulty-model", "hard.json"];
    let turned = |names: Value| {
        let mut model = difficulty_model([1.0, 0.0], 0.0);
        model["feature_names"] = names;
        model
    };
    write(&turned(json!(["island", "age"])));
    let words = ["--difficulty-model hard.json", "expected the features `age`, `island`", "found `island`, `age`"];
    both_fail(&user, &inputs, &flag, "input.features", &words);
    let of_classes = fs::read_to_string(classifier(&User::new()).model).unwrap();
    user.write("hard.json", &of_classes);
    both_fail(
        &user,
        &inputs,
        &flag,
        "input.difficulty_task",
        &["--difficulty-model hard.json", "expected a regression"],
    );
    user.write("hard.json", "{");
    both_fail(&user, &inputs, &flag, "plugin.failed", &["hard.json: "]);
    both_fail(&user, &inputs, &["--difficulty-model", "none.json"], "data.unreadable", &["none.json"]);
    let both = [&flag[..], &["--difficulty", "distance"]].concat();
    both_fail(&user, &inputs, &both, "usage", &["cannot be used with", "--difficulty"]);
    let over = ask(&user, &inputs, "predict", &[&flag[..], &["--output", "hard.json"]].concat());
    over.fails(2, "output.same_file", &["--difficulty-model and --output both name hard.json"]);
}

#[test]
fn difficulties_are_estimated_by_name() {
    let user = User::new();
    let inputs = regression(&user);
    let plain = predict(&user, &inputs, &[]);
    let estimated: Vec<Vec<Value>> = ["distance", "standard-deviation", "absolute-residuals"]
        .iter()
        .map(|estimator| predict(&user, &inputs, &["--difficulty", estimator]))
        .collect();
    assert!(estimated.iter().all(|estimated| *estimated != plain));
    assert!(estimated[0] != estimated[1] && estimated[1] != estimated[2]);
    both_fail(&user, &inputs, &["--difficulty", "distances"], "usage", &["--difficulty", "distance"]);
}

#[test]
fn a_summary_picks_one_of_the_two_probabilities() {
    let user = User::new();
    let inputs = classifier(&user);
    for (summary, key) in [("lower", "low"), ("upper", "high")] {
        for entry in predict(&user, &inputs, &["--summary", summary]) {
            assert_eq!(number(&entry, "predict"), number(&entry, key), "{summary}: {entry}");
        }
    }
    for entry in predict(&user, &inputs, &["--summary", "mean"]) {
        let mean = (number(&entry, "low") + number(&entry, "high")) / 2.0;
        assert!((number(&entry, "predict") - mean).abs() < 1e-12, "{entry}");
    }
    assert_eq!(
        predict(&user, &inputs, &["--summary", "regularized-mean"]),
        predict(&user, &inputs, &[]),
        "the default"
    );
}

#[test]
fn a_normalization_is_for_more_than_two_classes() {
    let user = User::new();
    let inputs = three_classes(&user);
    let of = |how: &str| predict(&user, &inputs, &["--normalization", how]);
    assert_eq!(of("scale"), predict(&user, &inputs, &[]), "the default");
    let sum =
        |entry: &Value| entry["probabilities"].as_object().unwrap().values().map(|p| p.as_f64().unwrap()).sum::<f64>();
    for how in ["scale", "simplex", "coherence"] {
        assert!(of(how).iter().all(|entry| (sum(entry) - 1.0).abs() < 1e-9), "{how}");
    }
    assert!(of("none").iter().any(|entry| (sum(entry) - 1.0).abs() > 1e-6));
    both_fail(&user, &inputs, &["--normalization", "scales"], "usage", &["--normalization", "scale"]);
}

#[test]
fn what_has_no_effect_is_told() {
    let user = User::new();
    let two = ask(&user, &classifier(&user), "predict", &["--normalization", "simplex"]).ok();
    assert_eq!(two.err, "note: --normalization changes nothing here: it is for more than two classes\n");
    let values = ask(&user, &regression(&user), "predict", &["--summary", "mean"]).ok();
    assert_eq!(values.err, "note: --summary changes nothing here: it is for probabilities, and values are asked for\n");
}

#[test]
fn bounds_that_are_divided_by_a_sum_of_bounds_are_told_of() {
    let user = User::new();
    let inputs = three_classes(&user);
    let told = |more: &[&str]| ask(&user, &inputs, "predict", more).ok().err;
    for summary in ["lower", "upper"] {
        let note =
            format!("note: --summary {summary} with --normalization scale divides bounds by the sum of the {summary}");
        assert!(told(&["--summary", summary]).starts_with(&note));
        assert!(told(&["--summary", summary, "--normalization", "scale"]).starts_with(&note));
        assert_eq!(told(&["--summary", summary, "--normalization", "none"]), "");
    }
    assert_eq!(told(&["--summary", "mean"]), "");
    assert_eq!(ask(&user, &classifier(&user), "predict", &["--summary", "lower"]).ok().err, "");
}

#[test]
fn a_class_without_calibration_rows_is_told_of() {
    let user = User::new();
    let inputs = three_classes(&user);
    let text = fs::read_to_string(&inputs.calibration).unwrap();
    let without = text.lines().filter(|line| !line.ends_with(",mid")).map(|line| format!("{line}\n"));
    fs::write(&inputs.calibration, without.collect::<String>()).unwrap();
    let words = "warning[calibration.class_missing]: no calibration row is of the class `mid`, which cannot be calibrated: its \
                 probability is always 0; calibrate with rows of every class\n";
    for (command, more) in [("explain", &[][..]), ("predict", &[]), ("predict", &["--dry-run"])] {
        let ran = ask(&user, &inputs, command, more).ok();
        assert_eq!(ran.err.matches(words).count(), 1, "{}", ran.err);
    }
    let more = ["--output", "p.json", "--telemetry", "t.json"];
    ask(&user, &inputs, "predict", &more).ok();
    let file = |name: &str| -> Value { serde_json::from_str(&fs::read_to_string(user.path(name)).unwrap()).unwrap() };
    assert_eq!(file("t.json")["warnings"][0]["code"], "calibration.class_missing");
    let predicted = file("p.json")["predictions"].as_array().unwrap().clone();
    assert!(predicted.iter().all(|entry| entry["probabilities"]["mid"] == 0.0), "it is as the warning says");
}

#[test]
fn a_file_of_one_class_may_be_appended_to() {
    let user = User::new();
    let inputs = classifier(&user);
    let text = fs::read_to_string(&inputs.calibration).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.sort_by_key(|row| row.rsplit(',').next());
    fs::write(&inputs.calibration, format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    let n_no = rows.iter().filter(|row| row.ends_with(",no")).count();
    let first = in_two(&user, &inputs, n_no);
    ask(&user, &first, "predict", &[]).fails(2, "input.one_class", &["first.csv: column `y`", "`no`"]);
    assert_eq!(predict(&user, &first, &APPEND), predict(&user, &inputs, &[]));
    fs::write(user.path("rest.csv"), first_lines(&user.path("first.csv"), 9)).unwrap();
    let words = ["first.csv and rest.csv: column `y`", "`no`"];
    ask(&user, &first, "predict", &APPEND).fails(2, "input.one_class", &words);
}

#[test]
fn a_dry_run_tells_options_with_their_flags_and_all_rows() {
    let user = User::new();
    let inputs = classifier(&user);
    let first = in_two(&user, &inputs, 40);
    let more = ["--summary", "mean", "--difficulty", "standard-deviation", "--dry-run"];
    let ran = ask(&user, &first, "predict", &[&more[..], &APPEND].concat()).ok();
    assert!(ran.out.contains("calibrated by 60 rows\n"), "{}", ran.out);
    let expected = "options: difficulty=\"standard_deviation\" (--difficulty), summary=\"mean\" (--summary)\n";
    assert!(ran.out.contains(expected), "{}", ran.out);
}
