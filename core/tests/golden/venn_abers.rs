//! Calibrated probabilities and their bounds: two and more classes, with and without Mondrian categories.

use ce_core::calibrator::{Calibrator, Query, Sought};
use serde::Deserialize;

use crate::model::Scores;
use crate::support::{Case, Tally, named};

/// Of two classes the bounds are those of class 1; of more, there is one of each per class.
#[derive(Deserialize)]
struct Proba {
    proba: Vec<Scores>,
    low: Vec<Scores>,
    high: Vec<Scores>,
    /// Numbers in 1.0.2, text in 0.9.0.
    #[serde(default)]
    predicted_class: Vec<serde_json::Value>,
}

/// Compares every class of every row. Returns how many upper bounds of the package were above 1.
fn compare(
    tally: &mut Tally,
    place: &str,
    calibrator: &Calibrator,
    scores: &[Scores],
    category: impl Fn(usize) -> Option<u32>,
    golden: &Proba,
) -> usize {
    assert_eq!(scores.len(), golden.proba.len(), "{place}");
    let n_classes = calibrator.n_classes();
    let mut asker = calibrator.asker();
    let mut n_clamped = 0;
    for (idx, scores) in scores.iter().enumerate() {
        let mut probability = vec![f64::NAN; n_classes];
        for class in (if n_classes == 2 { 1 } else { 0 })..n_classes {
            let sought = Sought::Class(Some(class as u32));
            let query = Query { scores, category: category(idx), difficulty: None, sought };
            let found = asker.answer(&query, &mut probability).unwrap();
            assert_eq!(found.class, Some(class as u32));
            let bound_idx = if n_classes == 2 { 0 } else { class };
            let high = golden.high[idx][bound_idx];
            n_clamped += usize::from(high > 1.0);
            // The package scales the bounds of a row without clamping them, which is a defect.
            let (predict, high) = (golden.proba[idx][class], high.min(1.0));
            tally.interval(place, found.interval, predict, golden.low[idx][bound_idx], high);
        }
        for (found, expected) in probability.iter().zip(golden.proba[idx].iter()) {
            tally.close(place, *found, *expected);
        }
        if let Some(class) = golden.predicted_class.get(idx) {
            let class = class.as_str().map_or_else(|| class.to_string(), str::to_owned);
            let query = Query { scores, category: category(idx), difficulty: None, sought: Sought::Class(None) };
            let own = asker.answer(&query, &mut []).unwrap();
            // Of two classes the answer is about class 1 whatever the prediction.
            let found = if n_classes == 2 { u32::from(own.interval.predict >= 0.5) } else { own.class.unwrap() };
            assert_eq!(found.to_string(), class, "{place}");
        }
    }
    n_clamped
}

/// Both sets of the cases of one kind: numbers compared are checked here.
fn compare_cases(start: &str, n_test: usize, n_cal: usize) -> usize {
    let (mut test, mut cal) = (Tally::default(), Tally::default());
    let mut n_clamped = 0;
    for Case { name, input, golden } in named(start) {
        let calibrator = input.composite();
        for (_, golden) in &golden {
            let (on_test, on_cal): (Proba, Proba) = (golden.block("predict_proba"), golden.block("predict_proba_cal"));
            assert_eq!(on_test.predicted_class.len(), 12);
            let outputs = &input.model_outputs;
            n_clamped += compare(&mut test, name, &calibrator, &outputs.test, |idx| input.category(idx), &on_test);
            n_clamped += compare(&mut cal, name, &calibrator, &outputs.cal, |idx| input.category_cal(idx), &on_cal);
        }
    }
    test.finish(n_test);
    cal.finish(n_cal);
    n_clamped
}

#[test]
fn two_classes_agree() {
    assert_eq!(compare_cases("binary_", 2 * 4 * 12 * 5, 2 * 2 * (150 + 180) * 5), 0);
}

#[test]
fn two_classes_agree_in_each_category() {
    assert_eq!(compare_cases("mondrian_binary_", 2 * 2 * 12 * 5, 2 * 2 * 200 * 5), 0);
}

#[test]
fn three_classes_agree_but_for_bounds_above_1() {
    // All but these few are equal as they are.
    assert_eq!(compare_cases("multiclass_", 2 * 2 * 12 * 12, 2 * 2 * 90 * 12), 110);
}
