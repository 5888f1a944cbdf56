//! Admission: what may be mapped is, what may not never is, and what misbehaves on its way in is an error that names the
//! bundle.

#[cfg(target_os = "linux")]
mod never_mapped;

mod identifiers;
mod loading;
mod panics;
mod readme;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod side_files;
mod swapped;

use ce_host::plugin_api::PluginError;
use ce_host::plugin_api::data::{AnswersMut, Asked, Calibration, Matrix, NONE, Questions, Rows};
use ce_host::plugin_api::kind::{CalibratorHandle, Fit, IntervalHandle};

const SCHEMA: &str = r#"{"task": "classification", "classes": ["0", "1"], "feature_names": ["a"]}"#;

/// Calls `with` on a calibration set of four rows, one feature and two classes.
fn with_calibration<T>(with: impl FnOnce(Calibration<'_>) -> T) -> T {
    let x = Matrix::new(&[0.1, 0.2, 0.8, 0.9], 4, 1).unwrap();
    let scores = Matrix::new(&[0.9, 0.1, 0.8, 0.2, 0.2, 0.8, 0.1, 0.9], 4, 2).unwrap();
    with(Calibration::new(x, &[0.0, 0.0, 1.0, 1.0], scores, SCHEMA))
}

/// The options of a call, with these of the plugin's own.
fn options(own: &serde_json::Value) -> String {
    serde_json::json!({ "host": { "seed": 0, "threads": 1 }, "plugin": own }).to_string()
}

fn fit(plugin: &IntervalHandle, options: &str) -> Result<CalibratorHandle, PluginError> {
    match with_calibration(|calibration| plugin.fit(calibration, Asked::nothing(2), options))? {
        Fit::Done(calibrator) => Ok(calibrator),
        Fit::Ask { .. } => panic!("nothing was to be asked"),
    }
}

/// Point estimate and bounds for P(class 1) of a row with the score 0.5.
fn answer(calibrator: &CalibratorHandle) -> Result<[f64; 3], PluginError> {
    let base = Matrix::new(&[0.5], 1, 1).unwrap();
    let scores = Matrix::new(&[0.5, 0.5], 1, 2).unwrap();
    let (mut predict, mut low, mut high, mut class) = ([f64::NAN], [f64::NAN], [f64::NAN], [NONE]);
    let answers = AnswersMut::new(&mut predict, &mut low, &mut high, &mut class);
    calibrator.answer(Rows::dense(base), scores, Questions::about(&[0]), answers)?;
    Ok([predict[0], low[0], high[0]])
}
