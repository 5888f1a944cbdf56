//! The example forest `breast_cancer` against the answers that scikit-learn gave. It fits nothing.

use std::path::{Path, PathBuf};

use ce_builtin::learner::PortableModel;
use ce_core::{Matrix, Rows};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> Vec<u8> {
    std::fs::read(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn predict(model: &PortableModel, rows: &[Vec<f64>]) -> Vec<f64> {
    let data = rows.concat();
    let base = Matrix::new(&data, rows.len(), model.n_features()).unwrap();
    let mut out = vec![f64::NAN; rows.len() * model.n_outputs()];
    model.predict(Rows::dense(base), &mut out).unwrap();
    out
}

fn numbers(value: &Value) -> Vec<Vec<f64>> {
    serde_json::from_value(value.clone()).unwrap()
}

/// The header, the features and the target of an example file; the target is the last column.
fn read_csv(name: &str) -> (Vec<String>, Vec<Vec<f64>>, Vec<String>) {
    let bytes = read(&format!("examples/data/breast_cancer/{name}.csv"));
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let (mut rows, mut targets) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.unwrap();
        let (target, features) = record.iter().collect::<Vec<_>>().split_last().map(|(t, f)| (*t, f.to_vec())).unwrap();
        rows.push(features.iter().map(|cell| cell.parse().unwrap()).collect());
        targets.push(target.to_owned());
    }
    (header, rows, targets)
}

fn example_model() -> PortableModel {
    PortableModel::from_slice(&read("examples/data/breast_cancer/model.json")).unwrap()
}

#[test]
fn exported_forest_answers_as_scikit_learn_did() {
    let model = example_model();
    let (_, rows, _) = read_csv("test");
    let expected: Value = serde_json::from_slice(&read("examples/data/breast_cancer/expected.json")).unwrap();
    let expected = numbers(&expected["predict_proba"]["test"]).concat();
    let found = predict(&model, &rows);
    assert_eq!(found, expected);
    assert_eq!(found.len(), 200, "100 rows of 2 probabilities");
}

#[test]
fn example_files_fit_together() {
    let model = example_model();
    assert_eq!(model.classes().unwrap(), ["benign", "malignant"]);
    for (name, n_rows) in [("training", 269), ("calibration", 200), ("test", 100)] {
        let (header, rows, targets) = read_csv(name);
        assert_eq!(header.split_last().unwrap(), (&"diagnosis".to_owned(), model.feature_names().unwrap()), "{name}");
        assert_eq!(rows.len(), n_rows, "{name}");
        assert!(targets.iter().all(|target| model.classes().unwrap().contains(target)), "{name}");
        let n_right = predict(&model, &rows)
            .chunks_exact(2)
            .zip(&targets)
            .filter(|(p, target)| &model.classes().unwrap()[usize::from(p[1] > 0.5)] == *target)
            .count();
        assert!(n_right * 100 >= n_rows * 90, "{name}: {n_right} of {n_rows} right: are the columns swapped?");
    }
}

#[test]
fn edited_rows_give_the_bits_of_dense_rows() {
    let model = example_model();
    let (_, rows, _) = read_csv("test");
    let (n_rows, n_features) = (rows.len(), model.n_features());
    // Every feature of every row takes its value in six other rows, one of them the row itself.
    let (mut dense, mut row, mut feature, mut value) = (rows.clone(), Vec::new(), Vec::new(), Vec::new());
    for column in 0..n_features {
        for row_idx in 0..n_rows {
            for step in 0..6 {
                let new = rows[(row_idx + step * 17) % n_rows][column];
                row.push(row_idx as u32);
                feature.push(column as u32);
                value.push(new);
                let mut edited = rows[row_idx].clone();
                edited[column] = new;
                dense.push(edited);
            }
        }
    }
    let end: Vec<u32> = (1..=row.len() as u32).collect();
    let base = rows.concat();
    let base = Matrix::new(&base, n_rows, n_features).unwrap();
    let mut found = vec![f64::NAN; dense.len() * 2];
    model.predict(Rows::edited(base, &row, &end, &feature, &value).unwrap(), &mut found).unwrap();
    let expected = predict(&model, &dense);
    assert!(found.iter().zip(&expected).all(|(found, expected)| found.to_bits() == expected.to_bits()));
    assert_eq!(found.len(), 2 * (100 + 100 * 30 * 6));
}
