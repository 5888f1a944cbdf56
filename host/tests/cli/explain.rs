//! `ce explain` on the breast-cancer data.

use std::fs;

use serde_json::Value;

use crate::support::{Inputs, User, example, first_lines};

#[test]
fn a_factual_explanation_of_every_row_is_written() {
    let user = User::new();
    let ran = user.ask("explain", &["--mode", "factual", "--output", "f.json"]).ok();
    assert!(ran.out.is_empty(), "{ran:?}");
    assert_eq!(ran.err, "wrote 100 explanations: f.json\n");
    assert_eq!(user.files(), ["f.json"]);

    let file: Value = serde_json::from_str(&fs::read_to_string(user.path("f.json")).unwrap()).unwrap();
    assert_eq!(file["mode"], "factual");
    assert_eq!(file["classes"], serde_json::json!(["benign", "malignant"]));
    let explanations = file["explanations"].as_array().unwrap();
    assert_eq!(explanations.len(), 100);
    for (index, explanation) in explanations.iter().enumerate() {
        assert_eq!(explanation["index"], index);
        let prediction = &explanation["prediction"];
        let [low, predict, high] = ["low", "predict", "high"].map(|key| prediction[key].as_f64().unwrap());
        assert!(0.0 <= low && low <= predict && predict <= high && high <= 1.0, "{prediction}");
        assert!(!explanation["rules"].as_array().unwrap().is_empty());
    }
}

#[test]
fn alternatives_say_what_another_value_would_give() {
    let user = User::new();
    let ran = user.ask("explain", &["--mode", "alternative", "--output", "-"]).ok();
    assert!(ran.err.is_empty(), "{}", ran.err);
    let file: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(file["mode"], "alternative");
    let mut n_rules = 0;
    for explanation in file["explanations"].as_array().unwrap() {
        let base = explanation["prediction"]["predict"].as_f64().unwrap();
        for rule in explanation["rules"].as_array().unwrap() {
            let [predict, weight] = ["predict", "weight"].map(|key| rule[key].as_f64().unwrap());
            assert!(
                (predict - base - weight).abs() < 1e-12,
                "the weight is what the prediction would change by: {rule}"
            );
            n_rules += 1;
        }
    }
    assert!(n_rules > 100, "{n_rules} rules for 100 rows");
    let ran = user.ask("explain", &["--mode", "alternative", "--rows", "7"]).ok();
    assert!(ran.out.starts_with("instance 7: P(malignant) = "), "{}", ran.out);
}

#[test]
fn without_an_output_the_rules_are_readable() {
    let ran = User::new().ask("explain", &["--mode", "factual"]).ok();
    assert!(ran.err.is_empty(), "{}", ran.err);
    assert!(ran.out.starts_with("instance 0: P(malignant) = 0.009  [0.000, 0.009]\n  "), "{}", &ran.out[..200]);
    assert!(ran.out.contains("worst concave points <= 0.14   (is 0.11)\n"), "{}", &ran.out[..200]);
    assert_eq!(ran.out.matches("\n\ninstance ").count(), 99);
}

#[test]
fn a_dash_writes_the_file_to_stdout() {
    let user = User::new();
    user.ask("explain", &["--mode", "factual", "--output", "f.json"]).ok();
    let ran = user.ask("explain", &["--mode", "factual", "--output", "-"]).ok();
    assert_eq!(ran.out, fs::read_to_string(user.path("f.json")).unwrap());
    assert!(ran.err.is_empty(), "{}", ran.err);
}

#[test]
fn neither_threads_nor_chunks_nor_telemetry_change_a_byte() {
    let user = User::new();
    let explained =
        |more: &[&str]| user.ask("explain", &[&["--mode", "factual", "--output", "-"], more].concat()).ok().out;
    let plain = explained(&[]);
    assert_eq!(plain, explained(&["--threads", "1", "--chunk-rows", "1"]));
    assert_eq!(plain, explained(&["--threads", "3", "--chunk-rows", "7"]));
    assert_eq!(plain, explained(&["--telemetry", "t.json", "--telemetry-level", "full", "--batch-id", "b"]));
    assert_eq!(plain, explained(&["--seed", "42", "--condition-source", "prediction"]), "the defaults");
    assert_ne!(plain, explained(&["--condition-source", "observed"]));
}

#[test]
fn an_option_reaches_its_plugin() {
    let user = User::new();
    let ignored = "core.explanation.factual.features_to_ignore=[27, 20]";
    let ran = user.ask("explain", &["--mode", "factual", "--option", ignored]).ok();
    assert!(!ran.out.contains("worst concave points") && !ran.out.contains("worst radius"), "{}", &ran.out[..200]);
    let wrong = user.ask("explain", &["--mode", "factual", "--option", "core.explanation.factual.nothing=1"]);
    wrong.fails(2, "option.invalid", &["`core.explanation.factual`", "nothing"]);
    let wrong = user.ask("explain", &["--mode", "factual", "--option", "core.explanation.fictional.nothing=1"]);
    wrong.fails(2, "host.unknown_options", &["`core.explanation.fictional`", "nothing of that name"]);
}

#[test]
fn a_picture_of_every_row_is_drawn() {
    let user = User::new();
    let style = ["--plot", "plots", "--plot-style", "plot_spec.default.factual"];
    let ran = user.ask("explain", &[&["--mode", "factual", "--output", "f.json"], &style[..]].concat()).ok();
    let expected = "wrote 100 plots: plots/explanation-0.svg … plots/explanation-99.svg\n";
    assert!(ran.err.contains(expected), "{}", ran.err);
    assert_eq!(fs::read_dir(user.path("plots")).unwrap().count(), 100, "nothing but pictures");
    for index in [0, 99] {
        let picture = fs::read_to_string(user.path(&format!("plots/explanation-{index}.svg"))).unwrap();
        assert!(picture.starts_with("<svg") || picture.starts_with("<?xml"), "{}", &picture[..80]);
        assert!(picture.trim_end().ends_with("</svg>"));
    }
}

#[test]
fn rows_keep_their_names_and_columns_their_roles() {
    let user = User::new();
    let with_columns = |name: &str| {
        let lines = first_lines(&example(name), 4);
        let rows = lines.lines().enumerate().map(|(row, line)| match row {
            0 => format!("patient,{line},note\n"),
            _ => format!("p{row},{line},seen\n"),
        });
        user.write(name, &rows.collect::<String>())
    };
    let calibration = user.write("cal.csv", &first_lines(&example("calibration.csv"), 60));
    let inputs = Inputs { data: with_columns("test.csv"), calibration, ..Inputs::default() };
    let more = ["--mode", "factual", "--id-column", "patient", "--ignore-columns", "note", "--output", "-"];
    let arguments = inputs.arguments("explain");
    let ran = user.run(arguments.iter().map(String::as_str).chain(more)).ok();
    let file: Value = serde_json::from_str(&ran.out).unwrap();
    let ids: Vec<&str> = file["explanations"].as_array().unwrap().iter().map(|e| e["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["p1", "p2", "p3"]);
}

#[test]
fn verbose_tells_what_was_chosen_and_by_whom() {
    let user = User::new().var("CE_INTERVAL_PLUGIN", "core.interval.legacy");
    let ran = user.ask("explain", &["--mode", "factual", "--output", "f.json", "--verbose"]).ok();
    for line in [
        "explanations.factual: core.explanation.factual (default)\n",
        "intervals.default: core.interval.legacy (env:CE_INTERVAL_PLUGIN)\n",
        "plots.style: plot_spec.default (hint:core.explanation.factual)\n",
    ] {
        assert!(ran.err.contains(line), "{}", ran.err);
    }
}

#[test]
fn a_fallback_is_taken_only_where_one_was_configured_and_never_in_silence() {
    let user = User::new().var("CE_INTERVAL_PLUGIN", "third.interval.absent");
    let ran = user.ask("explain", &["--mode", "factual", "--output", "f.json"]);
    ran.fails(1, "route.unknown", &["`third.interval.absent`"]);
    let user = user.var("CE_INTERVAL_PLUGIN_FALLBACKS", "core.interval.legacy");
    let ran = user.ask("explain", &["--mode", "factual", "--output", "f.json"]).ok();
    let expected = "warning[route.unknown]: intervals.default: `third.interval.absent` was passed over for \
                    `core.interval.legacy`: nothing of that name is installed\n";
    assert!(ran.err.contains(expected), "{}", ran.err);
}
