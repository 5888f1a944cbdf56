//! What each type of model answers, and how what contradicts its type or its task is refused.

use super::*;

fn answer(document: &Value, row: &[f64]) -> Vec<f64> {
    let model = read(document).unwrap();
    let mut out = vec![f64::NAN; model.n_outputs()];
    model.predict(Rows::dense(ce_core::Matrix::new(row, 1, row.len()).unwrap()), &mut out).unwrap();
    out
}

#[test]
fn a_regression_has_one_output_and_no_classes() {
    let mut forest = forest();
    forest["task"] = json!("regression");
    forest["model"] = json!({"type": "forest", "n_outputs": 1, "trees": [leaf(150.0), leaf(-30.0)]});
    let mut boosting = boosting();
    boosting["task"] = json!("regression");
    boosting["classes"] = json!([]);
    boosting["model"] = json!({"type": "boosting", "link": "identity", "init": [150.0], "learning_rate": 0.5,
                               "trees": [[leaf(10.0)], [leaf(-4.0)]]});
    for (document, row, expected) in
        [(linear(), &[4.0, 1.0][..], 1.0), (forest, &[0.0], 60.0), (boosting, &[0.0], 153.0)]
    {
        let model = read(&document).unwrap();
        assert_eq!((model.task(), model.n_outputs(), model.classes()), (Task::Regression, 1, None));
        assert_eq!(answer(&document, row), [expected]);
    }
}

#[test]
fn softmax_and_boosting_answer_for_many_classes() {
    let e = std::f64::consts::E;
    for (document, row, expected) in [
        (softmax(), vec![0.0, 1.0], [e / (e + 2.0), 1.0 / (e + 2.0), 1.0 / (e + 2.0)]),
        (boosting(), vec![9.0, 9.0, 0.5], [1.0 / 3.0; 3]),
    ] {
        for (found, expected) in answer(&document, &row).iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15, "{found} is not {expected}");
        }
    }
    assert!(answer(&boosting(), &[9.0, 9.0, 0.6])[1] < 1e-4, "the second tree speaks of the second class");
    assert_eq!(read(&boosting()).unwrap().n_features(), 3);
}

#[test]
fn a_task_that_the_model_does_not_serve_is_refused() {
    let (c, r) = ("\"classification\"", "\"regression\"");
    for (document, task, message) in [
        (
            linear(),
            "classification",
            format!("`task` is {c}, expected {r}, since model type `linear` predicts a number"),
        ),
        (
            logistic(),
            "regression",
            format!("`task` is {r}, expected {c}, since model type `logistic` predicts probabilities"),
        ),
        (
            softmax(),
            "regression",
            format!("`task` is {r}, expected {c}, since model type `softmax` predicts probabilities"),
        ),
        (forest(), "regression", format!("`task` is {r}, expected {c}, since `model.task` is {c}")),
        (boosting(), "regression", format!("`task` is {r}, expected {c}, since `model.link` is \"softmax\"")),
    ] {
        invalid(document, "/task", json!(task), &message);
    }
    invalid(
        linear(),
        "/classes",
        json!(["a"]),
        "`classes` is 1 long, expected no such key, since a regression has no classes",
    );
    let mut forest = forest();
    forest["task"] = json!("regression");
    invalid(
        forest,
        "/model/task",
        json!("regression"),
        "`model.n_outputs` is 2, expected 1, since a regression has one output",
    );
}

#[test]
fn a_boosting_model_of_the_wrong_shape_is_refused_with_its_place() {
    invalid(
        boosting(),
        "/model/trees/0",
        json!([leaf(0.0), leaf(0.0)]),
        "`model.trees[0]` is 2 long, expected 3 trees, one per entry of `init`",
    );
    invalid(
        boosting(),
        "/model/link",
        json!("logistic"),
        "`model.init` is 3 long, expected 1 entry, since a logistic link has one score for two classes",
    );
    invalid(
        boosting(),
        "/classes",
        json!(["a", "b"]),
        "`classes` is 2 long, expected 3 entries, as many as the model has outputs",
    );
    invalid(
        boosting(),
        "/model/trees/0/1/right/0",
        json!(3),
        "`model.trees[0][1].right[0]` is 3, expected a node from 1 to 2: a child comes after its parent",
    );
    invalid(boosting(), "/model/init/1", json!("inf"), "`model.init[1]` is inf, expected a finite number");
    invalid(boosting(), "/model/learning_rate", json!(null), "`model.learning_rate` is NaN, expected a finite number");
    invalid(
        boosting(),
        "/feature_names",
        json!(["a", "b"]),
        "`model.trees[0][1].feature[0]` is 2, expected a feature from 0 to 1",
    );
    wrong_field(boosting(), "/model/trees", json!([leaf(0.0)]), "invalid type: map, expected a sequence");
}

#[test]
fn a_softmax_of_the_wrong_shape_is_refused_with_its_place() {
    invalid(
        softmax(),
        "/model/coef/1",
        json!([1.0]),
        "`model.coef[1]` is 1 long, expected 2 entries, as `coef[0]` has",
    );
    invalid(
        softmax(),
        "/model/intercept",
        json!([1.0]),
        "`model.intercept` is 1 long, expected 3 entries, as `coef` has",
    );
    wrong_field(
        softmax(),
        "/model/coef/0",
        json!(1.0),
        "invalid type: floating point `1.0`, expected an array of numbers",
    );
}
