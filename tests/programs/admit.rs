//! A host for the bundles that its arguments name, in a process of its own: what a bundle does to its host is seen by the
//! process's end. It trusts each of them by digest, and writes a line of JSON about each to standard output.
#![allow(clippy::print_stdout)]

use std::path::Path;

use ce_host::bundle::Digest;
use ce_host::config::{Environment, Placement};
use ce_host::plugin_api::data::{AnswersMut, Asked, Calibration, Matrix, NONE, Questions, Rows};
use ce_host::plugin_api::kind::{CalibratorHandle, Fit, IntervalHandle};
use ce_host::plugin_api::manifest::Kind;
use ce_host::{Host, Registered};
use serde_json::{Value, json};

const OPTIONS: &str = r#"{"host": {"seed": 0, "threads": 1}, "plugin": {"shift": 0.25}}"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let mut builder =
        Host::builder().environment(Environment::default()).working_dir("/").isolation("default", Placement::InProcess);
    for path in &paths {
        builder = builder.trust_digest(Digest::of(&std::fs::read(path)?));
    }
    let mut host = builder.build()?;
    for path in &paths {
        let outcome = match host.register(Path::new(path)) {
            Err(error) => json!({ "code": error.code(), "message": error.to_string() }),
            Ok(registered) => admitted(&host, &registered),
        };
        println!("{outcome}");
    }
    Ok(())
}

fn admitted(host: &Host, registered: &Registered) -> Value {
    let plugins: Vec<String> = registered.registered.iter().map(|(kind, id)| format!("{kind} {id}")).collect();
    let mut outcome = json!({ "code": "ok", "plugin_api": registered.source.plugin_api, "registered": plugins });
    if let Some((_, identifier)) = registered.registered.iter().find(|(kind, _)| *kind == Kind::Interval) {
        let plugin = host.catalog().registry().handle::<IntervalHandle>(identifier);
        let calibrator = plugin.map(fitted);
        outcome["predict"] = calibrator.as_ref().map_or(Value::Null, |calibrator| json!(answer(calibrator)));
    }
    outcome
}

/// A calibrator that was fitted to four rows of one feature.
fn fitted(plugin: &IntervalHandle) -> CalibratorHandle {
    let x = [0.1, 0.2, 0.8, 0.9];
    let scores = [0.9, 0.1, 0.8, 0.2, 0.2, 0.8, 0.1, 0.9];
    let x = Matrix::new(&x, 4, 1).expect("four rows of one");
    let scores = Matrix::new(&scores, 4, 2).expect("four rows of two");
    let schema = r#"{"task": "classification", "classes": ["0", "1"], "feature_names": ["a"]}"#;
    let calibration = Calibration::new(x, &[0.0, 0.0, 1.0, 1.0], scores, schema);
    match plugin.fit(calibration, Asked::nothing(2), OPTIONS) {
        Ok(Fit::Done(calibrator)) => calibrator,
        other => panic!("expected a fitted calibrator, found {other:?}"),
    }
}

/// P(class 1) of one row with the score 0.5.
fn answer(calibrator: &CalibratorHandle) -> f64 {
    let base = Matrix::new(&[0.5], 1, 1).expect("one row");
    let scores = Matrix::new(&[0.5, 0.5], 1, 2).expect("one row");
    let (mut predict, mut low, mut high, mut class) = ([f64::NAN], [f64::NAN], [f64::NAN], [NONE]);
    let answers = AnswersMut::new(&mut predict, &mut low, &mut high, &mut class);
    calibrator.answer(Rows::dense(base), scores, Questions::about(&[0]), answers).expect("an answer");
    predict[0]
}
