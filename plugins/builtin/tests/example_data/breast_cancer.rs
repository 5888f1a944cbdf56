//! `breast_cancer`: two classes, a random forest.

use crate::example::Example;

#[test]
fn exported_forest_answers_as_scikit_learn_did() {
    let cancer = Example::open("breast_cancer");
    let found = cancer.answers(&cancer.features(&cancer.table("test")));
    let expected: Vec<Vec<f64>> = serde_json::from_value(cancer.expected("predict_proba")).unwrap();
    assert_eq!(found, expected.concat());
    assert_eq!(found.len(), 200, "100 rows of 2 probabilities");
}

#[test]
fn files_fit_together() {
    let cancer = Example::open("breast_cancer");
    assert_eq!(cancer.model.classes().unwrap(), ["benign", "malignant"]);
    let names = cancer.model.feature_names().unwrap();
    assert_eq!(names.len(), 30);
    let header: Vec<&str> = names.iter().map(String::as_str).chain(["diagnosis"]).collect();
    cancer.assert_tables([269, 200, 100], &header);
    for file in ["training", "calibration", "test"] {
        let found = cancer.accuracy(&cancer.table(file), "diagnosis");
        assert!(found >= 0.9, "{file}: {found}: are the columns swapped?");
    }
}

#[test]
fn edited_rows_give_the_bits_of_dense_rows() {
    let cancer = Example::open("breast_cancer");
    let n_compared = cancer.assert_edited_is_dense(&cancer.features(&cancer.table("test")));
    assert_eq!(n_compared, 2 * (100 + 100 * 30 * 6));
}
