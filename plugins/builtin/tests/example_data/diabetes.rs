//! `diabetes`: a regression, gradient boosting.

use ce_builtin::learner::Task;

use crate::example::Example;

const HEADER: [&str; 11] = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6", "progression"];

#[test]
fn exported_boosting_answers_exactly_as_scikit_learn_did() {
    let diabetes = Example::open("diabetes");
    let found = diabetes.answers(&diabetes.features(&diabetes.table("test")));
    let expected: Vec<f64> = serde_json::from_value(diabetes.expected("predict")).unwrap();
    assert_eq!(found, expected);
    assert_eq!(found.len(), 72);
}

#[test]
fn files_fit_together() {
    let diabetes = Example::open("diabetes");
    diabetes.assert_tables([200, 170, 72], &HEADER);
    let model = &diabetes.model;
    assert_eq!((model.task(), model.n_outputs(), model.classes()), (Task::Regression, 1, None));
    assert_eq!(model.feature_names().unwrap(), &HEADER[..10]);
    for (file, explained) in [("training", 0.6), ("calibration", 0.35), ("test", 0.3)] {
        let table = diabetes.table(file);
        let (targets, found) = (table.numbers("progression"), diabetes.answers(&diabetes.features(&table)));
        let mean = targets.iter().sum::<f64>() / targets.len() as f64;
        let squared = |differences: &mut dyn Iterator<Item = f64>| differences.map(|d| d * d).sum::<f64>();
        let left = squared(&mut targets.iter().zip(&found).map(|(y, found)| y - found));
        let share = 1.0 - left / squared(&mut targets.iter().map(|y| y - mean));
        assert!(share >= explained, "{file}: {share} of the variance is explained: are the columns swapped?");
    }
}

#[test]
fn edited_rows_give_the_bits_of_dense_rows() {
    let diabetes = Example::open("diabetes");
    let n_compared = diabetes.assert_edited_is_dense(&diabetes.features(&diabetes.table("test")));
    assert_eq!(n_compared, 72 + 72 * 10 * 6);
}
