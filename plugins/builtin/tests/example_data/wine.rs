//! `wine`: three classes, gradient boosting with a softmax.

use crate::example::Example;

const HEADER: [&str; 14] = [
    "alcohol",
    "malic_acid",
    "ash",
    "alcalinity_of_ash",
    "magnesium",
    "total_phenols",
    "flavanoids",
    "nonflavanoid_phenols",
    "proanthocyanins",
    "color_intensity",
    "hue",
    "od280/od315_of_diluted_wines",
    "proline",
    "cultivar",
];

#[test]
fn exported_boosting_answers_as_scikit_learn_did() {
    let wine = Example::open("wine");
    let found = wine.answers(&wine.features(&wine.table("test")));
    let expected: Vec<Vec<f64>> = serde_json::from_value(wine.expected("predict_proba")).unwrap();
    assert_eq!(found.len(), 96, "32 rows of 3 probabilities");
    assert_eq!(expected.len(), 32);
    // The scores are the same to the last bit; the exponential of another library may differ in it.
    for (idx, (found, expected)) in found.iter().zip(expected.concat()).enumerate() {
        assert!((found - expected).abs() <= 1e-15, "output {idx}: {found} is not {expected}");
    }
}

#[test]
fn files_fit_together() {
    let wine = Example::open("wine");
    wine.assert_tables([80, 66, 32], &HEADER);
    assert_eq!(wine.model.classes().unwrap(), ["class_0", "class_1", "class_2"]);
    assert_eq!(wine.model.feature_names().unwrap(), &HEADER[..13]);
    for (file, accuracy) in [("training", 1.0), ("calibration", 0.9), ("test", 0.9)] {
        let found = wine.accuracy(&wine.table(file), "cultivar");
        assert!(found >= accuracy, "{file}: {found}: are the classes in another order?");
    }
}

#[test]
fn edited_rows_give_the_bits_of_dense_rows() {
    let wine = Example::open("wine");
    let n_compared = wine.assert_edited_is_dense(&wine.features(&wine.table("test")));
    assert_eq!(n_compared, 3 * (32 + 32 * 13 * 6));
}
