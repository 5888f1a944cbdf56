//! Mondrian categories at the door: they come with both or with neither, and each must have been calibrated.

use super::*;

fn labels(n_rows: usize) -> Vec<String> {
    (0..n_rows).map(|row| if row % 20 < 10 { "east" } else { "west" }.to_owned()).collect()
}

fn explainer() -> Explainer {
    let set = calibration().mondrian_categories(labels(40));
    host().explainer(model(), set).build().unwrap()
}

fn batch(x: &[f64]) -> Instances<'_> {
    Instances::new(Matrix::new(x, x.len() / 2, 2).unwrap())
}

fn named(labels: &[&str]) -> Vec<String> {
    labels.iter().map(|&label| label.to_owned()).collect()
}

#[test]
fn each_category_is_calibrated_with_its_own_rows() {
    let x = [15.0, 1.0, 15.0, 1.0];
    let predictions = explainer().predict(batch(&x).mondrian_categories(named(&["east", "west"]))).unwrap();
    assert_ne!(predictions.get(0), predictions.get(1));
    // The category is read from the instance, whichever place it has in the batch.
    let turned = explainer().predict(batch(&x).mondrian_categories(named(&["west", "east"]))).unwrap();
    assert_eq!((turned.get(0), turned.get(1)), (predictions.get(1), predictions.get(0)));
    assert_ne!(turned.run_id(), predictions.run_id());
}

#[test]
fn categories_come_with_both_or_with_neither() {
    let error = explainer().predict(batch(&[1.0, 0.0])).unwrap_err();
    assert_eq!(error.code(), "input.no_mondrian_categories");
    let plain = host().explainer(model(), calibration()).build().unwrap();
    let error = plain.predict(batch(&[1.0, 0.0]).mondrian_categories(named(&["east"]))).unwrap_err();
    assert_eq!(error.code(), "input.mondrian_categories_unknown");
    let error = explainer().predict(batch(&[1.0, 0.0]).mondrian_categories(labels(2))).unwrap_err();
    assert_eq!(error.code(), "input.setting");
    let set = calibration().mondrian_categories(labels(39));
    assert_eq!(host().explainer(model(), set).build().unwrap_err().code(), "input.setting");
}

#[test]
fn an_unseen_category_is_an_error_with_its_row_and_the_known_ones() {
    let batch = batch(&[1.0, 0.0, 2.0, 0.0]).mondrian_categories(named(&["east", "north"]));
    let error = explainer().explain_factual(batch.row_numbers(vec![70, 80])).unwrap_err();
    assert_eq!(error.code(), "input.unseen_mondrian_category");
    let text = error.to_string();
    assert!(text.contains("row 80") && text.contains("`north`") && text.contains("known: east, west"), "{text}");
    assert!(!error.discreet().contains("north"), "telemetry keeps no value: {}", error.discreet());
}

#[test]
fn row_numbers_name_rows_in_errors_and_files() {
    let colourful = batch(&[1.0, 0.0, 2.0, 2.0]).mondrian_categories(labels(2)).row_numbers(vec![7, 9]);
    let error = explainer().explain_factual(colourful).unwrap_err();
    assert!(error.to_string().contains("row 9"), "{error}");
    let fine = batch(&[1.0, 0.0, 2.0, 1.0]).mondrian_categories(labels(2)).row_numbers(vec![7, 9]);
    let explanations = explainer().explain_factual(fine).unwrap();
    assert_eq!(explanations.iter().map(|explanation| explanation.number()).collect::<Vec<_>>(), [7, 9]);
    let mut file = Vec::new();
    explanations.write_json(&mut file).unwrap();
    let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
    assert_eq!((&file["explanations"][0]["index"], &file["explanations"][1]["index"]), (&json!(7), &json!(9)));
    let error = explainer().predict(batch(&[1.0, 0.0]).mondrian_categories(labels(1)).row_numbers(vec![1, 2]));
    assert_eq!(error.unwrap_err().code(), "input.setting");
}

#[test]
fn a_small_category_is_warned_of() {
    let mut few = labels(40);
    few[0] = "north".to_owned();
    let explainer = host().explainer(model(), calibration().mondrian_categories(few)).build().unwrap();
    let report = explainer.predict(batch(&[1.0, 0.0]).mondrian_categories(named(&["east"]))).unwrap();
    let warnings: Vec<String> = report.warnings().iter().map(ToString::to_string).collect();
    assert!(warnings[0].contains("`north` has few calibration rows (1)"), "{warnings:?}");
}
