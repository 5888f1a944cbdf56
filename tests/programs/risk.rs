//! A host that lets every bundle into its own process and calls one of them (`risk CE_TOML PLUGINS_DIR HOW WHERE`), to be
//! looked at from outside: it may not live to tell. It writes to standard output what it knew before the call and what came
//! of it, a line each.
#![allow(clippy::print_stdout)]

use std::io::Write as _;

use ce_host::Host;
use ce_host::config::Placement;
use ce_host::plugin_api::PluginError;
use ce_host::plugin_api::data::{AnswersMut, Asked, Calibration, Matrix, NONE, Questions, Rows};
use ce_host::plugin_api::kind::{Fit, IntervalHandle};
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [config, dir, how, place] = arguments.as_slice() else {
        return Err("expected a ce.toml, a plugins directory, what is done and where".into());
    };
    let builder = Host::builder().config(config).plugins_dir(dir).working_dir(dir);
    let host = builder.isolation("default", Placement::InProcess).build()?;
    let failed: Vec<_> = host.catalog().failed().iter().map(|error| (&error.bundle, error.code())).collect();
    let suspects: Vec<_> = host.catalog().suspects().iter().map(|entry| (&entry.bundle, entry.suspected)).collect();
    println!("{}", json!({ "failed": failed, "suspects": suspects }));
    let options = json!({ "host": { "seed": 0, "threads": 1 }, "plugin": { "how": how, "where": place } });
    let plugin = host.catalog().registry().handle::<IntervalHandle>("test.interval.hostile");
    let outcome = match plugin.map(|plugin| ask(plugin, &options.to_string())) {
        None => json!("none"),
        Some(Ok(predict)) => json!(predict),
        Some(Err(error)) => json!(error.text()),
    };
    println!("{}", json!({ "outcome": outcome }));
    std::io::stdout().flush()?;
    Ok(())
}

/// P(class 1) of one row with the score 0.5.
fn ask(plugin: &IntervalHandle, options: &str) -> Result<f64, PluginError> {
    let (x, scores) = ([0.1, 0.2, 0.8, 0.9], [0.9, 0.1, 0.8, 0.2, 0.2, 0.8, 0.1, 0.9]);
    let x = Matrix::new(&x, 4, 1).expect("four rows of one");
    let scores = Matrix::new(&scores, 4, 2).expect("four rows of two");
    let schema = r#"{"task": "classification", "classes": ["0", "1"], "feature_names": ["a"]}"#;
    let calibration = Calibration::new(x, &[0.0, 0.0, 1.0, 1.0], scores, schema);
    let Fit::Done(calibrator) = plugin.fit(calibration, Asked::nothing(2), options)? else {
        return Err(PluginError::invalid_input("expected a calibrator, found a question"));
    };
    let base = Matrix::new(&[0.5], 1, 1).expect("one row");
    let scores = Matrix::new(&[0.5, 0.5], 1, 2).expect("one row");
    let (mut predict, mut low, mut high, mut class) = ([f64::NAN], [f64::NAN], [f64::NAN], [NONE]);
    let answers = AnswersMut::new(&mut predict, &mut low, &mut high, &mut class);
    calibrator.answer(Rows::dense(base), scores, Questions::about(&[0]), answers)?;
    Ok(predict[0])
}
