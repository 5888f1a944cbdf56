//! A calibration set that grows: the answers are those of calibrating anew on the union.

use proptest::prelude::*;

use super::*;

/// The first rows of a set, and the others.
fn halves(n_first: usize, x: &[f64], y: &[f64], labels: Option<&[String]>) -> [CalibrationSet; 2] {
    let part = |from: usize, to: usize| {
        let set = CalibrationSet::new(x[2 * from..2 * to].to_vec(), y[from..to].to_vec(), 2).unwrap();
        labels.iter().fold(set, |set, labels| set.mondrian_categories(labels[from..to].to_vec()))
    };
    [part(0, n_first), part(n_first, y.len())]
}

fn written(explainer: &Explainer, labels: bool) -> Vec<String> {
    let x = [3.0, 0.0, 15.0, 1.0, 9.5, 1.0];
    let batch = || {
        let batch = Instances::new(Matrix::new(&x, 3, 2).unwrap());
        if labels { batch.mondrian_categories(["b", "a", "b"].map(str::to_owned).to_vec()) } else { batch }
    };
    let text = |mode| {
        let mut bytes = Vec::new();
        explainer.explain(mode, batch()).unwrap().write_json(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let texts = [Mode::Factual, Mode::Alternative].map(text);
    let predictions = serde_json::to_string(&explainer.predict(batch()).unwrap()).unwrap();
    // What stands behind the probability of an event is drawn from all rows anew.
    let event = (explainer.model().info().task == Task::Regression).then(|| {
        let batch = batch().threshold(Threshold::at_most(12.0).unwrap());
        serde_json::to_string(&explainer.predict(batch).unwrap()).unwrap()
    });
    [texts.to_vec(), vec![predictions], event.into_iter().collect()].concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn appended_rows_give_the_answers_of_the_union(
        rows in prop::collection::vec((0.0..20.0_f64, any::<bool>(), any::<bool>(), any::<bool>()), 24..60),
        n_first in 8_usize..16,
        regression in any::<bool>(),
        mondrian in any::<bool>(),
    ) {
        let x: Vec<f64> = rows.iter().flat_map(|row| [row.0, f64::from(row.1)]).collect();
        let y = |(row_idx, row): (usize, &(f64, bool, bool, bool))| match (regression, row_idx) {
            (true, _) => row.0 * 1.5 + f64::from(row.2),
            // Each part has both classes.
            (false, 0 | 20) => 0.0,
            (false, 1 | 21) => 1.0,
            (false, _) => f64::from(row.2),
        };
        let y: Vec<f64> = rows.iter().enumerate().map(y).collect();
        // Each part has both categories, and the second brings one of its own, which comes first in order.
        let label = |(row_idx, row): (usize, &(f64, bool, bool, bool))| match row_idx {
            0 | 20 => "b",
            1 | 21 => "a",
            22 => "A",
            _ if row.3 => "a",
            _ => "b",
        };
        let labels: Vec<String> = rows.iter().enumerate().map(|row| label(row).to_owned()).collect();
        let labels = mondrian.then_some(&labels[..]);
        let model = || if regression { value_model() } else { model() };
        let [first, further] = halves(n_first, &x, &y, labels);
        let union = CalibrationSet::new(x.clone(), y.clone(), 2).unwrap();
        let union = labels.iter().fold(union, |set, labels| set.mondrian_categories(labels.to_vec()));

        let started = host().explainer(model(), first).build().unwrap();
        let grown = started.append(&further).unwrap();
        let fresh = host().explainer(model(), union).build().unwrap();
        prop_assert_eq!(written(&grown, mondrian), written(&fresh, mondrian));
        // The rows that were known are not scored again.
        let (asked_of_grown, asked_of_fresh) = (grown.model().asked(), fresh.model().asked());
        prop_assert_eq!(asked_of_grown.1, asked_of_fresh.1);
    }
}

#[test]
fn rows_that_do_not_fit_are_refused_and_nothing_changes() {
    let explainer = host().explainer(model(), calibration()).build().unwrap();
    let other = CalibrationSet::new(vec![1.0; 6], vec![0.0, 1.0], 3).unwrap();
    assert_eq!(explainer.append(&other).unwrap_err().code(), "input.features");
    let other = CalibrationSet::new(vec![1.0; 4], vec![0.0, 1.0], 2).unwrap();
    let error = explainer.append(&other).unwrap_err().to_string();
    assert!(error.contains("categorical columns of the further calibration set"), "{error}");
    let labelled = calibration().mondrian_categories(vec!["a".to_owned(); 40]);
    assert_eq!(explainer.append(&labelled).unwrap_err().code(), "input.mondrian_categories_unknown");
    let unknown = CalibrationSet::new(vec![1.0; 4], vec![0.0, 7.0], 2).unwrap().categorical(vec![1]);
    assert!(explainer.append(&unknown).is_err());
    assert_eq!(explainer.predict(Matrix::new(&[3.0, 1.0], 1, 2).unwrap()).unwrap().len(), 1);
}

#[test]
fn rows_may_come_one_at_a_time() {
    let x: Vec<f64> = (0..24).flat_map(|row_idx| [f64::from(row_idx) * 0.75, f64::from(row_idx % 2)]).collect();
    let y: Vec<f64> = (0..24).map(|row_idx| f64::from(row_idx % 5 > 1)).collect();
    let [first, _] = halves(20, &x, &y, None);
    let started = host().explainer(model(), first).build().unwrap();
    let one = |row_idx: usize| CalibrationSet::new(x[2 * row_idx..][..2].to_vec(), vec![y[row_idx]], 2).unwrap();
    let grown = (20..24).fold(started, |explainer, row_idx| explainer.append(&one(row_idx)).unwrap());
    let union = CalibrationSet::new(x.clone(), y.clone(), 2).unwrap();
    let fresh = host().explainer(model(), union).build().unwrap();
    assert_eq!(written(&grown, false), written(&fresh, false));
    assert_eq!(grown.model().asked().1, fresh.model().asked().1);

    let none = grown.append(&CalibrationSet::new(Vec::new(), Vec::new(), 2).unwrap()).unwrap();
    assert_eq!(written(&none, false), written(&fresh, false));
}
