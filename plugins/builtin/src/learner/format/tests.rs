//! What the format accepts, and how it refuses everything else.

use serde_json::{Value, json};

use super::*;

mod types;

fn logistic() -> Value {
    json!({
        "format": "ce-model/1", "task": "classification",
        "classes": ["no", "yes"], "feature_names": ["age", "dose"],
        "model": {"type": "logistic", "coef": [0.5, -2.0], "intercept": 1},
    })
}

fn forest() -> Value {
    json!({
        "format": "ce-model/1", "task": "classification", "input": "float32",
        "model": {"type": "forest", "task": "classification", "n_outputs": 2, "trees": [
            {"feature": [-2], "threshold": [-2.0], "left": [-1], "right": [-1], "value": [[0.25, 0.75]]},
            {"feature": [4, -2, -2], "threshold": [0.5, null, null], "left": [1, -1, -1], "right": [2, -1, -1],
             "value": [[], [1.0, 0.0], [0.0, 1.0]]},
        ]},
    })
}

fn linear() -> Value {
    json!({
        "format": "ce-model/1", "task": "regression", "feature_names": ["age", "dose"],
        "model": {"type": "linear", "coef": [0.5, -2.0], "intercept": 1.0},
    })
}

fn softmax() -> Value {
    json!({
        "format": "ce-model/1", "task": "classification", "classes": ["a", "b", "c"],
        "model": {"type": "softmax", "coef": [[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]], "intercept": [0.0, 0.0, 0.0]},
    })
}

/// A leaf of `value`.
fn leaf(value: f64) -> Value {
    json!({"feature": [0], "threshold": [0.0], "left": [-1], "right": [-1], "value": [[value]]})
}

/// Three classes in one stage. Feature 2 is the last that is compared.
fn boosting() -> Value {
    let split = json!({"feature": [2, 0, 0], "threshold": [0.5, 0, 0], "left": [1, -1, -1], "right": [2, -1, -1],
                       "value": [[], [1.0], [-20.0]]});
    json!({
        "format": "ce-model/1", "task": "classification", "classes": ["a", "b", "c"], "input": "float32",
        "model": {"type": "boosting", "link": "softmax", "init": [0.5, 0.0, 0.0], "learning_rate": 0.5,
                  "trees": [[leaf(0.0), split, leaf(1.0)]]},
    })
}

fn read(document: &Value) -> Result<PortableModel, FormatError> {
    PortableModel::from_slice(document.to_string().as_bytes())
}

/// Code and message after `value` is written at `place`, a JSON pointer whose last key may be new.
fn refusal(mut document: Value, place: &str, value: Value) -> (&'static str, String) {
    let (parent, key) = place.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Array(array) => array[key.parse::<usize>().unwrap()] = value,
        object => object[key] = value,
    }
    let error = read(&document).unwrap_err();
    (error.code(), error.to_string())
}

fn invalid(document: Value, place: &str, value: Value, message: &str) {
    assert_eq!(refusal(document, place, value), ("model-invalid", message.to_owned()));
}

fn wrong_field(document: Value, place: &str, value: Value, why: &str) {
    let (code, message) = refusal(document, place, value);
    assert_eq!(code, "model-wrong-field");
    assert!(message.ends_with(why), "{message}");
    assert!(message.starts_with("not as ce-model/1 has it (line 1, column "), "{message}");
}

#[test]
fn a_model_tells_what_its_file_says() {
    let mut document = logistic();
    document["categories"] = json!({"dose": ["low", 2, 2.0, true]});
    let model = read(&document).unwrap();
    assert_eq!(model.task(), Task::Classification);
    assert_eq!((model.n_features(), model.n_outputs()), (2, 2));
    assert_eq!(model.classes().unwrap(), ["no", "yes"]);
    assert_eq!(model.feature_names().unwrap(), ["age", "dose"]);
    assert_eq!(model.categories()["dose"], ["low", "2", "2.0", "true"]);
    assert_eq!(model.categories().len(), 1);
}

#[test]
fn labels_are_rendered_as_json_writes_them() {
    let mut document = logistic();
    for (labels, texts) in [(json!([0, 1]), ["0", "1"]), (json!([false, true]), ["false", "true"])] {
        document["classes"] = labels;
        assert_eq!(read(&document).unwrap().classes().unwrap(), texts);
    }
}

#[test]
fn a_forest_without_names_has_the_features_it_uses() {
    let model = read(&forest()).unwrap();
    assert_eq!((model.n_features(), model.n_outputs()), (5, 2));
    assert_eq!((model.classes(), model.feature_names()), (None, None));
    let mut named = forest();
    named["feature_names"] = json!(["a", "b", "c", "d", "e", "f"]);
    assert_eq!(read(&named).unwrap().n_features(), 6);
}

#[test]
fn unknown_keys_and_minor_versions_are_read() {
    let mut document = logistic();
    document["format"] = json!("ce-model/1.3");
    document["made_with"] = json!({"anything": [1, 2]});
    document["model"]["rule"] = json!("as written");
    assert!(read(&document).is_ok());
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    let error = PortableModel::from_slice(b"{\n  \"format\": oops}").unwrap_err();
    assert!(matches!(error, FormatError::NotJson { line: 2, column: 13, .. }), "{error:?}");
    assert_eq!(error.code(), "model-not-json");
    assert!(
        error.to_string().starts_with("not JSON (line 2, column 13): expected value: a portable model is"),
        "{error}"
    );
    for bytes in [&b""[..], b"\x00\x01", b"{\"format\": \"ce-model/1\"", b"{} {}", b"\xff"] {
        assert_eq!(PortableModel::from_slice(bytes).unwrap_err().code(), "model-not-json", "{bytes:?}");
    }
}

#[test]
fn another_format_is_refused_before_anything_else_is_read() {
    let found = |format: Value| {
        let document = json!({"format": format, "model": "whatever another version has here"});
        match read(&document).unwrap_err() {
            FormatError::WrongFormat { found } => found,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(found(json!("ce-model/2")), "\"ce-model/2\"");
    for format in ["ce-model/10", "ce-model/1.", "ce-model/1.x", "ce-model", ""] {
        assert_eq!(found(json!(format)), format!("{format:?}"));
    }
    assert_eq!(found(json!(1)), "not text");
    let missing = read(&json!({"trees": []})).unwrap_err();
    assert_eq!(missing.code(), "model-wrong-format");
    assert_eq!(
        missing.to_string(),
        "`format` is missing, expected \"ce-model/1\": \
         export the model again, or use a version of this program that reads it"
    );
}

#[test]
fn what_is_not_supported_is_refused_with_what_is() {
    let types = "linear, logistic, softmax, forest, boosting";
    let tasks = "classification, regression";
    for (document, place, value, message) in [
        (forest(), "/model/type", "svm", format!("model type `svm` is not supported; supported: {types}")),
        (forest(), "/task", "ranking", format!("task `ranking` is not supported; supported: {tasks}")),
        (forest(), "/model/task", "ranking", format!("model.task `ranking` is not supported; supported: {tasks}")),
        (
            forest(),
            "/input",
            "float16",
            "input `float16` is not supported; supported: float64 (the default), float32".to_owned(),
        ),
        (
            boosting(),
            "/model/link",
            "probit",
            "model.link `probit` is not supported; supported: identity, logistic, softmax".to_owned(),
        ),
    ] {
        assert_eq!(refusal(document, place, json!(value)), ("model-unsupported", message));
    }
}

#[test]
fn missing_and_mistyped_keys_are_named() {
    wrong_field(logistic(), "/model", json!({"coef": []}), "missing field `type`");
    wrong_field(logistic(), "/model", json!({"type": "logistic", "coef": []}), "missing field `intercept`");
    wrong_field(logistic(), "/model", json!(7), "expected a model: an object with `type`");
    wrong_field(logistic(), "/model/coef/0", json!("many"), "invalid value: string \"many\", expected a number");
    wrong_field(logistic(), "/model/coef", json!([[1.0], [2.0]]), "invalid type: sequence, expected a number");
    wrong_field(logistic(), "/classes/0", json!(null), "invalid type: null, expected text, a number or a boolean");
    wrong_field(forest(), "/model/trees/0/left/0", json!(0.5), "invalid type: floating point `0.5`, expected i64");
    assert_eq!(read(&json!([1])).unwrap_err().code(), "model-wrong-format");
    assert_eq!(read(&json!(1)).unwrap_err().code(), "model-wrong-field");
}

#[test]
fn lengths_that_disagree_are_refused() {
    invalid(
        logistic(),
        "/classes",
        json!(["only"]),
        "`classes` is 1 long, expected 2 entries, as many as the model has outputs",
    );
    invalid(
        logistic(),
        "/feature_names",
        json!(["age"]),
        "`feature_names` is 1 long, expected 2 entries, as many as the model has features",
    );
    invalid(logistic(), "/model/coef", json!([]), "`model.coef` is empty, expected one coefficient per feature");
    invalid(forest(), "/model/trees", json!([]), "`model.trees` is empty, expected at least one tree");
    invalid(forest(), "/model/n_outputs", json!(1), "`model.n_outputs` is 1, expected at least 2, one per class");
    invalid(forest(), "/model/n_outputs", json!(3), "`model.trees[0].value[0]` is 2 long, expected 3 outputs");
    invalid(
        forest(),
        "/model/trees/1/right",
        json!([2]),
        "`model.trees[1].right` is 1 long, expected 3 entries, as `left` has",
    );
}

#[test]
fn names_that_repeat_or_lead_nowhere_are_refused() {
    let expected = "expected text that no other entry has";
    invalid(logistic(), "/classes", json!([1, "1"]), &format!("`classes[1]` is \"1\" once more, {expected}"));
    invalid(
        logistic(),
        "/feature_names/1",
        json!("age"),
        &format!("`feature_names[1]` is \"age\" once more, {expected}"),
    );
    invalid(
        logistic(),
        "/categories",
        json!({"age": ["a", "b", "a"]}),
        &format!("`categories.age[2]` is \"a\" once more, {expected}"),
    );
    invalid(
        logistic(),
        "/categories",
        json!({"sex": ["f", "m"]}),
        "`categories.sex` is not listed there, expected a name that is listed in `feature_names`",
    );
}

#[test]
fn decimals_go_from_0_to_15() {
    let expected = "expected a number from 0 to 15, or no such key for exact outputs";
    for found in [-1, 16, 300] {
        invalid(logistic(), "/decimals", json!(found), &format!("`decimals` is {found}, {expected}"));
    }
    let mut document = logistic();
    document["decimals"] = json!(15);
    assert!(read(&document).is_ok());
}

#[test]
fn numbers_that_break_a_rule_are_refused_with_their_place() {
    let finite = "expected a finite number";
    invalid(logistic(), "/model/coef/1", json!("-inf"), &format!("`model.coef[1]` is -inf, {finite}"));
    invalid(logistic(), "/model/intercept", json!(null), &format!("`model.intercept` is NaN, {finite}"));
    let place = "`model.trees[1].threshold[0]`";
    invalid(forest(), "/model/trees/1/threshold/0", json!("inf"), &format!("{place} is inf, {finite}"));
    invalid(
        forest(),
        "/model/trees/1/left/0",
        json!(7),
        "`model.trees[1].left[0]` is 7, expected a node from 1 to 2: a child comes after its parent",
    );
    invalid(
        forest(),
        "/model/trees/0/value/0/1",
        json!(57),
        "`model.trees[0].value[0][1]` is 57, expected a probability from 0 to 1 (counts must be divided by their sum)",
    );
    let mut named = forest();
    named["feature_names"] = json!(["a", "b", "c"]);
    assert_eq!(
        read(&named).unwrap_err().to_string(),
        "`model.trees[1].feature[0]` is 4, expected a feature from 0 to 2"
    );
    for feature in [-1, i64::MAX] {
        let (code, message) = refusal(forest(), "/model/trees/1/feature/0", json!(feature));
        assert_eq!(code, "model-invalid");
        assert!(message.starts_with(&format!("`model.trees[1].feature[0]` is {feature}, ")), "{message}");
    }
}

#[test]
fn any_truncation_is_refused_without_a_panic() {
    for document in [forest(), boosting(), softmax(), linear()] {
        let bytes = document.to_string().into_bytes();
        for len in 0..bytes.len() {
            assert!(PortableModel::from_slice(&bytes[..len]).is_err(), "{len} bytes");
        }
    }
}
