//! Bad input: each file that is wrong in one way ends in an error that names the place and the remedy, and leaves no file.

use std::fs;
use std::path::PathBuf;

use crate::support::{Inputs, User, example};

/// Asks with one file changed, and expects an error with these words.
#[track_caller]
fn fails_with(change: impl Fn(&User, &mut Inputs), code: &str, words: &[&str]) {
    for (command, more) in [("explain", &["--mode", "factual", "--plot", "plots"][..]), ("predict", &[])] {
        let user = User::new();
        let mut inputs = Inputs::default();
        change(&user, &mut inputs);
        let before = user.files();
        let arguments = inputs.arguments(command);
        let outputs = ["--output", "f.json", "--telemetry", "t.json"];
        user.run(arguments.iter().map(String::as_str).chain(outputs).chain(more.iter().copied())).fails(2, code, words);
        assert_eq!(user.files(), before, "nothing is left behind");
    }
}

/// A copy of an example file with one line changed; lines count from 1.
fn with_line(user: &User, name: &str, number: usize, change: impl Fn(&str) -> String) -> PathBuf {
    let text = fs::read_to_string(example(name)).unwrap();
    let lines =
        text.lines().enumerate().map(|(idx, line)| if idx + 1 == number { change(line) } else { line.to_owned() });
    user.write(name, &lines.map(|line| line + "\n").collect::<String>())
}

/// A line with one cell changed; cells count from 0.
fn with_cell(line: &str, column_idx: usize, cell: &str) -> String {
    let cells = line.split(',').enumerate();
    cells.map(|(idx, old)| if idx == column_idx { cell } else { old }).collect::<Vec<_>>().join(",")
}

#[test]
fn a_ragged_row() {
    let more = |line: &str| format!("{line},1");
    fails_with(
        |user, inputs| inputs.data = with_line(user, "test.csv", 5, more),
        "data.ragged_row",
        &["test.csv:5", "row 3", "31", "32"],
    );
    let fewer = |line: &str| line.rsplit_once(',').unwrap().0.to_owned();
    fails_with(
        |user, inputs| inputs.calibration = with_line(user, "calibration.csv", 2, fewer),
        "data.ragged_row",
        &["calibration.csv:2", "row 0", "30"],
    );
}

#[test]
fn no_target() {
    fails_with(
        |_, inputs| inputs.target = "diagnose",
        "data.missing_target",
        &["--target", "`diagnose`", "did you mean `diagnosis`?"],
    );
    let fewer = |line: &str| line.replace(",diagnosis", ",outcome");
    fails_with(
        |user, inputs| inputs.calibration = with_line(user, "calibration.csv", 1, fewer),
        "data.missing_target",
        &["calibration.csv", "`diagnosis`"],
    );
}

#[test]
fn an_unknown_class() {
    fails_with(
        |user, inputs| {
            inputs.calibration = with_line(user, "calibration.csv", 7, |line| with_cell(line, 30, "perhaps"))
        },
        "data.unknown_class",
        &["calibration.csv:7", "row 5", "`diagnosis`", "`perhaps`", "`benign`, `malignant`", "correct the cell"],
    );
}

#[test]
fn a_cell_that_is_no_finite_number() {
    for (cell, code) in [
        ("large", "data.not_number"),
        ("1;5", "data.not_number"),
        ("NaN", "data.missing_value"),
        ("", "data.missing_value"),
        ("inf", "data.not_finite"),
        ("1e999", "data.not_finite"),
    ] {
        fails_with(
            |user, inputs| inputs.data = with_line(user, "test.csv", 4, |line| with_cell(line, 1, cell)),
            code,
            &["test.csv:4", "row 2", "`mean texture`"],
        );
        fails_with(
            |user, inputs| inputs.calibration = with_line(user, "calibration.csv", 3, |line| with_cell(line, 29, cell)),
            code,
            &["calibration.csv:3", "row 1", "`worst fractal dimension`"],
        );
    }
}

#[test]
fn columns_that_are_not_the_models() {
    fails_with(
        |user, inputs| inputs.data = with_line(user, "test.csv", 1, |line| line.replace("mean texture", "mean textur")),
        "data.missing_columns",
        &["test.csv", "`mean texture`", "found `mean textur`"],
    );
    fails_with(
        |user, inputs| {
            let text = fs::read_to_string(example("test.csv")).unwrap();
            inputs.data =
                user.write("test.csv", &text.lines().map(|line| format!("x{line},{line}\n")).collect::<String>());
        },
        "data.duplicate_column",
        &["test.csv:1"],
    );
    fails_with(
        |user, inputs| {
            let text = fs::read_to_string(example("test.csv")).unwrap();
            let lines = text.lines().enumerate();
            let with_one_more = lines.map(|(idx, line)| format!("{line},{}\n", if idx == 0 { "clinic" } else { "7" }));
            inputs.data = user.write("test.csv", &with_one_more.collect::<String>());
        },
        "data.extra_columns",
        &["test.csv", "`clinic`", "--ignore-columns"],
    );
}

#[test]
fn too_little_to_calibrate_with() {
    let text = fs::read_to_string(example("calibration.csv")).unwrap();
    for (n_lines, code) in [(2, "data.too_few_rows"), (1, "data.no_rows"), (0, "data.empty")] {
        let lines = text.lines().take(n_lines).map(|line| format!("{line}\n")).collect::<String>();
        fails_with(|user, inputs| inputs.calibration = user.write("one.csv", &lines), code, &["one.csv"]);
    }
}

#[test]
fn one_class_to_calibrate_with() {
    fails_with(
        |user, inputs| {
            let text = fs::read_to_string(example("calibration.csv")).unwrap();
            let benign = text.lines().filter(|line| !line.ends_with("malignant"));
            inputs.calibration = user.write("benign.csv", &benign.map(|line| format!("{line}\n")).collect::<String>());
        },
        "input.one_class",
        &["benign.csv: column `diagnosis`", "every calibration row is of class `benign`", "at least two classes"],
    );
}

#[test]
fn files_that_are_not_there_or_something_else() {
    fails_with(|user, inputs| inputs.data = user.path("absent.csv"), "data.unreadable", &["absent.csv"]);
    fails_with(|user, inputs| inputs.calibration = user.path(""), "data.unreadable", &["work"]);
    fails_with(|_, inputs| inputs.data = example("model.json"), "data.stray_quote", &["model.json:1"]);
    let user = User::new();
    let model = user.path("absent.json");
    let arguments = Inputs { model, ..Inputs::default() }.arguments("predict");
    user.run(arguments).fails(2, "data.unreadable", &["absent.json"]);
}

#[test]
fn a_model_that_is_none() {
    for (text, word) in [("{", "JSON"), ("{}", "format"), ("{\"format\": \"ce-model/9\"}", "ce-model/9")] {
        let user = User::new();
        let inputs = Inputs { model: user.write("m.json", text), ..Inputs::default() };
        let ran = user.run(inputs.arguments("predict"));
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{ran:#?}");
        for word in ["m.json: ", "core.learner.portable", word] {
            assert!(ran.err.contains(word), "expected `{word}`: {}", ran.err);
        }
    }
}
