//! What is asked of a regression: percentiles, events, open sides, and what is said where the calibration set is too small.

use serde_json::Value;

use super::*;

/// One feature, predicted as it is.
fn explainer(n_rows: usize) -> Explainer {
    let info = LearnerInfo {
        task: Task::Regression,
        n_features: 1,
        n_outputs: 1,
        classes: Vec::new(),
        feature_names: vec!["size".to_owned()],
        categories: BTreeMap::new(),
    };
    let predict = |x: Matrix<'_>, scores: &mut [f64]| {
        scores.copy_from_slice(x.as_slice());
        Ok(())
    };
    let x: Vec<f64> = (0..n_rows).map(|row| row as f64).collect();
    let y = x.iter().map(|x| x + (x * 7.0 % 5.0) - 2.0).collect();
    let set = CalibrationSet::new(x, y, 1).unwrap();
    host().explainer(Model::from_fn(info, predict).unwrap(), set).build().unwrap()
}

fn batch(x: &[f64]) -> Instances<'_> {
    Instances::new(Matrix::new(x, x.len(), 1).unwrap())
}

fn file(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Value {
    let mut bytes = Vec::new();
    write(&mut bytes).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn an_open_side_shows_the_least_or_largest_target_and_contains_the_prediction() {
    let explainer = explainer(40);
    let below = Percentiles::new(f64::NEG_INFINITY, 90.0).unwrap();
    let explanations = explainer.explain_factual(batch(&[20.0, -50.0]).percentiles(below)).unwrap();
    let predictions = explainer.predict(batch(&[20.0, -50.0]).percentiles(below)).unwrap();
    let least = -2.0;
    for (instance, low) in [(0, least), (1, predictions.get(1).unwrap().value)] {
        assert_eq!(predictions.get(instance).unwrap().low, low, "instance {instance}");
        assert_eq!(explanations.get(instance).unwrap().prediction(), predictions.get(instance).unwrap());
    }
    let rule = explanations.get(0).unwrap().rules().next().unwrap();
    assert!(rule.weight().low.is_finite() && rule.weight().high.is_finite(), "placeholders are finite in rules too");
    for file in [file(|out| explanations.write_json(out)), file(|out| predictions.write_json(out))] {
        assert_eq!((&file["percentiles"], &file["threshold"]), (&json!(["-inf", 90.0]), &json!(null)));
    }
}

#[test]
fn too_few_rows_give_an_infinite_bound_and_a_warning() {
    let explainer = explainer(18);
    let predictions = explainer.predict(batch(&[5.0])).unwrap();
    let prediction = predictions.get(0).unwrap();
    assert_eq!((prediction.low, prediction.high), (f64::NEG_INFINITY, f64::INFINITY));
    let codes: Vec<&str> = predictions.warnings().iter().map(Warning::code).collect();
    assert_eq!(codes, ["calibration.too_few_for_percentiles"]);
    assert_eq!(file(|out| predictions.write_json(out))["predictions"][0]["high"], "inf");
    let nearer = predictions_between(&explainer, 10.0, 90.0);
    assert!(nearer.warnings().is_empty() && nearer.get(0).unwrap().low.is_finite());
}

fn predictions_between(explainer: &Explainer, low: f64, high: f64) -> Predictions {
    explainer.predict(batch(&[5.0]).percentiles(Percentiles::new(low, high).unwrap())).unwrap()
}

#[test]
fn an_event_is_named_with_its_probability_and_that_of_its_negation() {
    let explainer = explainer(60);
    let event = Threshold::between(10.0, 30.0).unwrap();
    let predictions = explainer.predict(batch(&[20.0, 55.0]).threshold(event)).unwrap();
    assert_eq!(predictions.explained_class(0), Some("10 < y_hat <= 30"));
    assert_eq!(predictions.class(0), Some("10 < y_hat <= 30"));
    assert_eq!(predictions.class(1), Some("y_hat <= 10 || y_hat > 30"));
    let predicted = file(|out| predictions.write_json(out));
    assert_eq!((&predicted["percentiles"], &predicted["threshold"]), (&json!(null), &json!([10.0, 30.0])));
    let p = predictions.get(0).unwrap().value;
    let probabilities = &predicted["predictions"][0]["probabilities"];
    assert_eq!(probabilities, &json!({ "10 < y_hat <= 30": p, "y_hat <= 10 || y_hat > 30": 1.0 - p }));

    let at_most = Threshold::at_most(25.0).unwrap();
    let explanations = explainer.explain_factual(batch(&[20.0]).threshold(at_most)).unwrap();
    assert_eq!(explanations.get(0).unwrap().class(), Some("y_hat <= 25"));
    assert_eq!(file(|out| explanations.write_json(out))["threshold"], json!(25.0));
    assert!(explanations.get(0).unwrap().to_string().contains("P(y_hat <= 25) = "));
}

#[test]
fn another_quantity_is_another_request() {
    let explainer = explainer(60);
    let values = explainer.predict(batch(&[20.0])).unwrap();
    let event = explainer.predict(batch(&[20.0]).threshold(Threshold::at_most(25.0).unwrap())).unwrap();
    let again = explainer.predict(batch(&[20.0]).percentiles(Percentiles::default())).unwrap();
    assert_ne!(values.run_id(), event.run_id());
    assert_eq!(values.run_id(), again.run_id(), "asking for the default is asking for nothing");
}

#[test]
fn an_event_and_percentiles_together_are_refused() {
    let both = batch(&[1.0]).percentiles(Percentiles::default()).threshold(Threshold::at_most(1.0).unwrap());
    let error = explainer(40).predict(both).unwrap_err();
    assert_eq!(error.code(), "input.setting");
}

#[test]
fn equal_targets_teach_nothing() {
    let info = explainer(30).model().info().clone();
    let model = Model::from_fn(info, |x, scores| {
        scores.copy_from_slice(x.as_slice());
        Ok(())
    });
    let set = CalibrationSet::new((0..30).map(f64::from).collect(), vec![7.0; 30], 1).unwrap();
    let error = host().explainer(model.unwrap(), set).build().unwrap_err();
    assert_eq!(error.code(), "input.constant_target");
    assert!(error.to_string().contains("has the target 7"), "{error}");
}

#[test]
fn a_side_that_was_not_asked_for_is_open_when_coverage_is_counted() {
    let x: Vec<f64> = (0..40).flat_map(|row| [f64::from(row % 20), f64::from(row % 2)]).collect();
    let y = x.chunks_exact(2).map(|row| 1.25 * row[0] + (row[0] * 7.0 + row[1]) % 5.0).collect();
    let explainer = host().explainer(value_model(), CalibrationSet::new(x, y, 2).unwrap()).build().unwrap();
    let covered = |percentiles: Percentiles| {
        let batch = Instances::new(Matrix::new(&[3.0, 0.0, 5.0, 1.0], 2, 2).unwrap());
        // Far above every calibration target.
        let batch = batch.percentiles(percentiles).targets(vec![1e6, 1e6]);
        explainer.predict(batch).unwrap().metrics().unwrap().coverage.unwrap().0
    };
    assert_eq!(covered(Percentiles::new(10.0, f64::INFINITY).unwrap()), 1.0);
    assert_eq!(covered(Percentiles::new(10.0, 90.0).unwrap()), 0.0);
}
