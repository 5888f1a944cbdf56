//! Difficulty as the caller's own model tells it: who is asked, what is refused, and that chunks change nothing.

use super::*;

const X: [f64; 8] = [3.0, 0.0, 15.0, 1.0, 9.0, 0.0, 400.0, 1.0];

fn batch() -> Instances<'static> {
    Instances::new(Matrix::new(&X, 4, 2).unwrap())
}

/// A model that says how hard a row is: `scale` for each unit of its size and one more.
fn rating(scale: f64, categories: BTreeMap<String, Vec<String>>) -> Model {
    let info = LearnerInfo { categories, ..value_model().info().clone() };
    let rate = move |x: Matrix<'_>, scores: &mut [f64]| {
        for (row, score) in x.as_slice().chunks_exact(2).zip(scores) {
            *score = scale * (1.0 + row[0].min(19.0));
        }
        Ok(())
    };
    Model::from_fn(info, rate).unwrap()
}

fn rated(scale: f64) -> ExplainerBuilder {
    host().explainer(model(), calibration()).difficulty(rating(scale, BTreeMap::new()))
}

#[test]
fn difficulty_is_asked_of_its_model() {
    let plain = host().explainer(model(), calibration()).build().unwrap().predict(batch()).unwrap();
    let explainer = rated(0.04).build().unwrap();
    let rated = explainer.predict(batch()).unwrap();
    assert_ne!(rated.run_id(), plain.run_id());
    let of = |predictions: &Predictions| (0..4).map(|row| predictions.get(row)).collect::<Vec<_>>();
    assert_ne!(of(&rated), of(&plain));
    assert_eq!(explainer.explain_factual(batch()).unwrap().get(2).unwrap().prediction(), rated.get(2).unwrap());
}

#[test]
fn what_no_difficulty_can_be_is_the_fault_of_its_model() {
    let values = || {
        let x: Vec<f64> = (0..40).flat_map(|row| [f64::from(row % 20), f64::from(row % 2)]).collect();
        let y = x.chunks_exact(2).map(|row| row[0] + row[1]).collect();
        CalibrationSet::new(x, y, 2).unwrap()
    };
    let negative = rated(-0.01).build().unwrap_err().to_string();
    let beyond_one = rated(0.06).build().unwrap_err().to_string();
    let host = host();
    let builder = host.explainer(value_model(), values()).difficulty(rating(0.0, BTreeMap::new()));
    let nothing = builder.build().unwrap_err().to_string();
    for error in [&negative, &beyond_one, &nothing] {
        assert!(error.contains("the difficulty of a row") && !error.contains("core.interval"), "{error}");
    }
    let classifier = host.explainer(model(), calibration()).difficulty(model()).build().unwrap_err();
    assert!(classifier.to_string().contains("expected a model of one value"), "{classifier}");
}

#[test]
fn its_categories_are_those_of_the_calibration_set() {
    let host = host();
    let build = |labels: [&str; 3]| {
        let labels = BTreeMap::from([("colour".to_owned(), labels.map(str::to_owned).to_vec())]);
        host.explainer(model(), calibration()).difficulty(rating(0.04, labels)).build()
    };
    assert!(build(["red", "blue", "green"]).is_ok());
    let error = build(["blue", "red", "green"]).unwrap_err().to_string();
    assert!(error.contains("categories") && error.contains("`colour`"), "{error}");
}

#[test]
fn a_chunk_without_questions_needs_no_difficulty() {
    for mode in [Mode::Factual, Mode::Alternative] {
        let explainer = rated(0.04).build().unwrap();
        let nothing = explainer.explain(mode, batch().ignore(vec![0, 1])).unwrap();
        assert!(nothing.iter().all(|explanation| explanation.rules().len() == 0));

        // Of the last instance the guard lets no row through, so that its chunk asks nothing.
        let guarded = |chunk_rows: usize| {
            let builder = rated(0.04).explanation_option("guarded", json!(true)).chunk_rows(chunk_rows);
            let mut bytes = Vec::new();
            builder.build().unwrap().explain(mode, batch()).unwrap().write_json(&mut bytes).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!(guarded(1), guarded(4), "{mode}");
    }
}
