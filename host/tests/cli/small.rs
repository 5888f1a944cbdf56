//! Small models and data, written into the user's directory. Every row of the calibration file can be told from its number.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Inputs, Ran, User};

/// Rows of a calibration file.
pub(crate) const N_CALIBRATION: usize = 60;

/// A model of two classes that looks at an age and at the code of an island, with a site that it knows nothing of. Data:
/// six rows of the ages 50 to 55, the islands 0, 1 and 2 by turns, and the sites north and south by turns.
pub(crate) fn classifier(user: &User) -> Inputs {
    let model = json!({
        "format": "ce-model/1", "task": "classification", "classes": ["no", "yes"],
        "feature_names": ["age", "island"],
        "model": {"type": "logistic", "coef": [0.1, 2.0], "intercept": -8.0},
    });
    // The model is right but for a disturbance that goes with the row.
    let is_yes = |row: usize| 0.1 * (20 + row) as f64 + 2.0 * (row % 3) as f64 + 0.4 * ((row * 7) % 11) as f64 > 10.0;
    written(user, &model, |row| if is_yes(row) { "yes" } else { "no" }.to_owned())
}

/// A model of three classes, of the same data.
pub(crate) fn three_classes(user: &User) -> Inputs {
    let model = json!({
        "format": "ce-model/1", "task": "classification", "classes": ["low", "mid", "high"],
        "feature_names": ["age", "island"],
        "model": {"type": "softmax", "coef": [[-0.2, 0.0], [0.0, 0.1], [0.2, 0.0]], "intercept": [8.0, 0.5, -10.0]},
    });
    // Low to the age of 38, high from 53 on, but for a disturbance that goes with the row.
    let target = |row: usize| match 20 + row + (row * 7) % 11 {
        ..44 => "low",
        44..59 => "mid",
        _ => "high",
    };
    written(user, &model, |row| target(row).to_owned())
}

/// A regression, of the same data; targets are 100 and more.
pub(crate) fn regression(user: &User) -> Inputs {
    let model = json!({
        "format": "ce-model/1", "task": "regression", "feature_names": ["age", "island"],
        "model": {"type": "linear", "coef": [1.0, 10.0], "intercept": 100.0},
    });
    let target = |row: usize| format!("{}", 120 + row + 10 * (row % 3) + (row * 7) % 11);
    written(user, &model, target)
}

fn written(user: &User, model: &Value, target: impl Fn(usize) -> String) -> Inputs {
    let site = |row: usize| if row.is_multiple_of(2) { "north" } else { "south" };
    let calibration = (0..N_CALIBRATION).map(|row| format!("{},{},{},{}\n", 20 + row, row % 3, site(row), target(row)));
    let data = (0..6).map(|row| format!("p{row},{},{},{}\n", row % 3, 50 + row, site(row)));
    Inputs {
        model: user.write("model.json", &model.to_string()),
        calibration: user.write("cal.csv", &format!("age,island,site,y\n{}", calibration.collect::<String>())),
        data: user.write("new.csv", &format!("id,island,age,site\n{}", data.collect::<String>())),
        target: "y",
    }
}

/// What the columns beside features, target and site are for: flags of every request of these data.
pub(crate) const ROLES: [&str; 4] = ["--id-column", "id", "--ignore-columns", "site"];

/// Runs a request of these files with further arguments. The site is ignored unless it has a role there.
pub(crate) fn ask(user: &User, inputs: &Inputs, command: &str, more: &[&str]) -> Ran {
    let roles = if more.contains(&"--bins") { &ROLES[..2] } else { &ROLES[..] };
    let mode: &[&str] = if command == "explain" && !more.contains(&"--mode") { &["--mode", "factual"] } else { &[] };
    let arguments = inputs.arguments(command);
    let more = roles.iter().chain(mode).chain(more);
    user.run(arguments.iter().map(String::as_str).chain(more.copied()))
}

/// Asks both commands for outputs, and expects an error with these words and no file.
#[track_caller]
pub(crate) fn both_fail(user: &User, inputs: &Inputs, more: &[&str], code: &str, words: &[&str]) {
    let before = user.files();
    for (command, outputs) in
        [("explain", &["--output", "f.json", "--plot", "plots"][..]), ("predict", &["--output", "p.json"])]
    {
        ask(user, inputs, command, &[more, outputs].concat()).fails(2, code, words);
        assert_eq!(user.files(), before, "nothing is left behind");
    }
}

/// The entries of what `--output -` wrote.
pub(crate) fn entries(ran: Ran) -> Vec<Value> {
    let ran = ran.ok();
    let file: Value = serde_json::from_str(&ran.out).unwrap();
    ["explanations", "predictions"].into_iter().find_map(|key| file[key].as_array().cloned()).unwrap()
}

/// Writes a text of a file with every `from` replaced, of which there must be one.
pub(crate) fn replace(path: &std::path::Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert_eq!(text.matches(from).count(), 1, "`{from}` in {text}");
    fs::write(path, text.replace(from, to)).unwrap();
}
