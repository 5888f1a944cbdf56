//! The door of an explainer: what it refuses before anything is scored, and what it says then.

mod append;
mod asked;
mod difficulty;
mod finished;
mod mondrian;
mod properties;
mod regression;

use std::collections::BTreeMap;

use ce_plugin_api::data::Matrix;
use ce_plugin_api::manifest::Task;
use ce_plugin_api::schema::LearnerInfo;
use serde_json::json;

use super::report::Uncertain;
use super::*;
use crate::config::Environment;
use crate::{Host, InputError};

/// Two features, the second of them `colour`: red or blue.
fn model() -> Model {
    let info = LearnerInfo {
        task: Task::Classification,
        n_features: 2,
        n_outputs: 2,
        classes: vec!["no".to_owned(), "yes".to_owned()],
        feature_names: vec!["size".to_owned(), "colour".to_owned()],
        categories: BTreeMap::new(),
    };
    let predict = |x: Matrix<'_>, scores: &mut [f64]| {
        for (row, scores) in x.as_slice().chunks_exact(2).zip(scores.chunks_exact_mut(2)) {
            scores[1] = (row[0] / 20.0 + row[1] / 10.0).clamp(0.0, 1.0);
            scores[0] = 1.0 - scores[1];
        }
        Ok(())
    };
    Model::from_fn(info, predict).unwrap()
}

/// A regression over the same features.
fn value_model() -> Model {
    let info = LearnerInfo { task: Task::Regression, n_outputs: 1, classes: Vec::new(), ..model().info().clone() };
    let predict = |x: Matrix<'_>, scores: &mut [f64]| {
        for (row, score) in x.as_slice().chunks_exact(2).zip(scores) {
            *score = 1.25 * row[0] + row[1];
        }
        Ok(())
    };
    Model::from_fn(info, predict).unwrap()
}

fn host() -> Host {
    let nothing = Environment::from_vars(Vec::<(String, String)>::new()).unwrap();
    Host::builder().environment(nothing).working_dir("/").build().unwrap()
}

fn calibration() -> CalibrationSet {
    let x: Vec<f64> = (0..40).flat_map(|row| [f64::from(row % 20), f64::from(row % 2)]).collect();
    let y = x.chunks_exact(2).map(|row| f64::from(row[0] + row[1] > 9.0)).collect();
    let colours = BTreeMap::from([(1, vec!["red".to_owned(), "blue".to_owned(), "green".to_owned()])]);
    CalibrationSet::new(x, y, 2).unwrap().categorical(vec![1]).categories(colours)
}

fn refusal(x: &[f64]) -> ExplainError {
    let explainer = host().explainer(model(), calibration()).build().unwrap();
    explainer.explain_factual(Matrix::new(x, x.len() / 2, 2).unwrap()).unwrap_err()
}

#[test]
fn a_category_that_calibration_lacks_is_refused_with_its_label() {
    let error = refusal(&[1.0, 0.0, 2.0, 2.0]);
    assert_eq!(error.code(), "input.unseen_category");
    assert!(error.to_string().contains("row 1") && error.to_string().contains("`green`"), "{error}");
    assert!(!error.discreet().contains("green"), "telemetry keeps no value: {}", error.discreet());
}

#[test]
fn a_number_that_is_not_finite_is_refused_with_its_place() {
    let error = refusal(&[1.0, 0.0, f64::NAN, 1.0]);
    assert_eq!(error.code(), "input.not_finite");
    assert!(error.to_string().contains("row 1, column 0"), "{error}");
}

#[test]
fn rows_of_another_width_are_refused() {
    let explainer = host().explainer(model(), calibration()).build().unwrap();
    let error = explainer.predict(Matrix::new(&[1.0, 2.0, 3.0], 1, 3).unwrap()).unwrap_err();
    let expected = InputError::Features { what: "the data", expected: 2, found: 3 };
    assert_eq!(error, ExplainError::Input(expected));
}

#[test]
fn calibration_sets_that_teach_nothing_are_refused() {
    let build = |y: Vec<f64>| {
        let set = CalibrationSet::new(vec![0.5; 2 * y.len()], y, 2)?;
        host().explainer(model(), set).build().map(|_| ())
    };
    assert_eq!(build(vec![1.0; 5]).unwrap_err().code(), "input.one_class");
    assert_eq!(build(vec![0.0, 2.0]).unwrap_err().code(), "input.no_such_class");
    assert_eq!(build(vec![0.0, 0.5]).unwrap_err().code(), "input.no_such_class");
    assert_eq!(build(vec![1.0]).unwrap_err().code(), "input.too_few_calibration_rows");
}

#[test]
fn no_rows_give_an_empty_report() {
    let explainer = host().explainer(model(), calibration()).build().unwrap();
    let none = Matrix::new(&[], 0, 2).unwrap();
    assert!(explainer.explain_factual(none).unwrap().is_empty());
    assert!(explainer.predict(none).unwrap().is_empty());
}

#[test]
fn an_option_that_the_plugin_does_not_announce_is_refused() {
    let explainer = |identifier: &str, option: &str, value| {
        host().explainer(model(), calibration()).option(identifier, option, value).build()
    };
    let factual = "core.explanation.factual";
    let error = explainer(factual, "features_to_ignor", json!([0])).unwrap_err();
    assert!(error.to_string().contains("features_to_ignore"), "the nearest name is offered: {error}");
    assert_eq!(explainer(factual, "features_to_ignore", json!("0")).unwrap_err().code(), "option.invalid");
    let no_part = explainer("core.plot.plot_spec.default", "plot_width_px", json!(1)).unwrap_err();
    assert_eq!(no_part.code(), "option.invalid", "a plugin that takes no part is asked all the same");
    assert!(explainer("core.plot.plot_spec.default", "plot_width_px", json!(300)).is_ok(), "the renderer takes it");
    assert_eq!(explainer("core.nothing", "x", json!(1)).unwrap_err().code(), "option.invalid");
    let x = Matrix::new(&[1.0, 0.0], 1, 2).unwrap();
    let only_colour = explainer(factual, "features_to_ignore", json!([0])).unwrap().explain_factual(x).unwrap();
    let features: Vec<usize> =
        only_colour.iter().flat_map(|e| e.rules().map(|rule| rule.conditions().next().unwrap().feature())).collect();
    assert_eq!(features, [1]);
}

#[test]
fn an_unknown_identifier_is_an_error_with_the_nearest_name() {
    let explainer = host().explainer(model(), calibration()).interval_plugin("core.interval.legaci").build().unwrap();
    let error = explainer.explain_factual(Matrix::new(&[1.0, 0.0], 1, 2).unwrap()).unwrap_err();
    assert_eq!(error.code(), "route.unknown");
    assert!(error.to_string().contains("did you mean `core.interval.legacy`"), "{error}");
}
