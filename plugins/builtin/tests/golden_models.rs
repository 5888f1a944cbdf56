//! The golden files' models through the portable format, against the answers that are recorded with them. Bit for bit.

use std::path::Path;

use ce_builtin::learner::{PortableModel, Task};
use ce_core::{Matrix, Rows};
use serde_json::{Value, json};

/// Case, type of model, rows for calibration, features, outputs.
const CASES: [(&str, &str, usize, usize, usize); 12] = [
    ("binary_breastcancer_analytic", "logistic", 150, 8, 2),
    ("binary_breastcancer_forest", "forest", 150, 8, 2),
    ("binary_categorical_analytic", "logistic", 180, 5, 2),
    ("binary_categorical_forest", "forest", 180, 5, 2),
    ("mondrian_binary_breastcancer_analytic", "logistic", 200, 5, 2),
    ("mondrian_binary_breastcancer_forest", "forest", 200, 5, 2),
    ("mondrian_regression_diabetes_analytic", "linear", 200, 5, 1),
    ("mondrian_regression_diabetes_forest", "forest", 200, 5, 1),
    ("multiclass_wine_analytic", "softmax", 90, 6, 3),
    ("multiclass_wine_forest", "forest", 90, 6, 3),
    ("regression_diabetes_analytic", "linear", 180, 10, 1),
    ("regression_diabetes_forest", "forest", 180, 10, 1),
];

fn golden(case: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/fixtures/golden/{case}.input.json"));
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

/// The golden `model` object as it stands, wrapped into a document.
fn portable(golden: &Value) -> PortableModel {
    let document = json!({
        "format": "ce-model/1", "task": golden["task"], "feature_names": golden["feature_names"],
        "decimals": 6, "model": golden["model"],
    });
    PortableModel::from_slice(document.to_string().as_bytes()).unwrap()
}

/// All numbers in order: a regression has one per row, else a row is an array.
fn flat(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(flat).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

fn predict(model: &PortableModel, rows: Rows<'_>) -> Vec<f64> {
    let mut out = vec![f64::NAN; rows.n_rows() * model.n_outputs()];
    model.predict(rows, &mut out).unwrap();
    out
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn golden_models_answer_as_recorded() {
    let mut n_compared = 0;
    for (case, kind, n_cal, n_features, n_outputs) in CASES {
        let golden = golden(case);
        let model = portable(&golden);
        let task = if n_outputs == 1 { Task::Regression } else { Task::Classification };
        assert_eq!(golden["model"]["type"], kind, "{case}");
        assert_eq!((model.task(), model.n_features(), model.n_outputs()), (task, n_features, n_outputs), "{case}");
        for (rows, outputs, n_rows) in [("x_cal", "cal", n_cal), ("x_test", "test", 12)] {
            let x = flat(&golden[rows]);
            let found = predict(&model, Rows::dense(Matrix::new(&x, n_rows, n_features).unwrap()));
            let expected = flat(&golden["model_outputs"][outputs]);
            assert_eq!(bits(&found), bits(&expected), "{case}: {rows}");
            n_compared += found.len();
        }
    }
    assert_eq!(n_compared, 2 * (2 * 162 + 2 * 192 + 2 * 212 + 212 + 3 * 102 + 192));
}

/// Every test row takes every feature's value of every other test row.
#[test]
fn edited_rows_of_golden_models_give_the_bits_of_dense_rows() {
    let mut n_compared = 0;
    for (case, _, _, n_features, n_outputs) in CASES {
        let golden = golden(case);
        let model = portable(&golden);
        let x = flat(&golden["x_test"]);
        let (mut dense, mut row, mut feature, mut value) = (x.clone(), Vec::new(), Vec::new(), Vec::new());
        for (row_idx, base) in x.chunks_exact(n_features).enumerate() {
            for other in x.chunks_exact(n_features) {
                for column in 0..n_features {
                    row.push(row_idx as u32);
                    feature.push(column as u32);
                    value.push(other[column]);
                    let start = dense.len();
                    dense.extend_from_slice(base);
                    dense[start + column] = other[column];
                }
            }
        }
        let end: Vec<u32> = (1..=row.len() as u32).collect();
        let base = Matrix::new(&x, 12, n_features).unwrap();
        let found = predict(&model, Rows::edited(base, &row, &end, &feature, &value).unwrap());
        let dense = Matrix::new(&dense, dense.len() / n_features, n_features).unwrap();
        assert_eq!(bits(&found), bits(&predict(&model, Rows::dense(dense))), "{case}");
        assert_eq!(found.len(), (12 + 12 * 12 * n_features) * n_outputs, "{case}");
        n_compared += found.len();
    }
    assert_eq!(n_compared, 12 * 22 + 144 * 2 * (2 * 8 + 2 * 5 + 2 * 5 + 5 + 3 * 6 + 10));
}
