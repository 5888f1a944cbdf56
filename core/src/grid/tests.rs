//! What is asked, and what is refused.

use super::by_hand::{BASE, X, fitted, planned};
use super::{Answered, Answers, Grid};
use crate::bins::{FeatureBins, Ignored};
use crate::discretizer::{ALTERNATIVE_DEPTH, FACTUAL_DEPTH, Labels};
use crate::{Error, Interval, Matrix};

/// The answers of both rounds about `X`, feature by feature.
fn answered<'a>(
    grid: &'a Grid,
    base: Interval,
    answers: Answers<'a>,
) -> Result<impl Iterator<Item = Answered<'a>>, Error> {
    grid.instance(&X)?.answered(base, answers)
}

fn classes(labels: &[u32]) -> Labels<'_> {
    Labels::Classes { labels, n_classes: 2 }
}

#[test]
fn ignored_features_say_why() {
    let ignored: Vec<_> = fitted().ignored().collect();
    assert_eq!(ignored, [(2, Ignored::Constant), (4, Ignored::Requested)]);
    let x_cal = Matrix::new(&[7.0, 7.0], 2, 1).unwrap();
    let both = Grid::fit(x_cal, classes(&[0, 1]), FACTUAL_DEPTH, &[0], &[0], &[50.0]).unwrap();
    assert_eq!(both.ignored().collect::<Vec<_>>(), [(0, Ignored::Requested)]);
}

#[test]
fn only_other_bins_and_other_categories_are_asked_about() {
    // Feature 0 is cut at its median 2.5; feature 3 at 4, above which nothing lies.
    let (features, values) = planned(&fitted(), &X);
    assert_eq!(features, [0, 0, 0, 1, 1]);
    assert_eq!(values, [1.25, 1.5, 1.75, 0.0, 2.0]);
}

#[test]
fn an_unknown_category_and_nan_are_planned_as_documented() {
    let (features, values) = planned(&fitted(), &[f64::NAN, 5.0, 7.0, 4.0, 9.0]);
    assert_eq!(features, [0, 0, 0, 1, 1, 1]);
    assert_eq!(values[3..], [0.0, 1.0, 2.0]);
}

#[test]
fn values_are_cut_by_their_error_and_classes_by_their_entropy() {
    let x_cal = Matrix::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 6, 1).unwrap();
    let cuts = |labels: Labels<'_>, depth| match &Grid::fit(x_cal, labels, depth, &[], &[], &[50.0]).unwrap().features[..]
    {
        [FeatureBins::Numeric(bins)] => bins.cuts().to_vec(),
        other => panic!("{other:?}"),
    };
    let medians = [0.0, 0.0, 0.0, 6.0, 6.0, 16.0];
    assert_eq!(cuts(Labels::Values(&medians), FACTUAL_DEPTH), [3.5]);
    assert_eq!(cuts(Labels::Values(&medians), ALTERNATIVE_DEPTH), [3.5, 5.5]);
    assert_eq!(cuts(classes(&[0, 1, 1, 1, 1, 0]), ALTERNATIVE_DEPTH), [1.5, 5.5]);
}

#[test]
fn buffers_are_appended_to() {
    let grid = fitted();
    let (mut features, mut values) = (vec![9], vec![9.0]);
    assert_eq!(grid.plan(&X, &mut features, &mut values), Ok(5));
    assert_eq!((features.len(), features[0], values.len(), values[0]), (6, 9, 6, 9.0));
}

#[test]
fn answers_come_back_feature_by_feature() {
    let grid = fitted();
    let numbers = [0.1, 0.2, 0.3, 0.4, 0.5];
    let answers = Answers { predict: &numbers, low: &numbers, high: &numbers };
    let answered: Vec<_> = answered(&grid, BASE, answers).unwrap().collect();
    assert_eq!(
        answered.iter().map(|a| a.feature).collect::<Vec<_>>(),
        [0, 1],
        "those without another bin are left out"
    );
    assert_eq!((answered[0].first.predict, answered[0].second.predict), (&numbers[..3], &numbers[..0]));
    assert_eq!((answered[1].first.predict, answered[1].second.predict), (&numbers[3..4], &numbers[4..]));
}

#[test]
fn answers_are_checked() {
    let grid = fitted();
    let ask = |predict: &[f64], low: &[f64], high: &[f64]| {
        answered(&grid, BASE, Answers { predict, low, high }).err().unwrap()
    };
    let (good, bad) = ([0.5; 5], [0.5, 0.5, 0.5, 0.5, f64::NAN]);
    assert!(matches!(ask(&good[1..], &good, &good), Error::Shape { expected: 5, found: 4, .. }));
    assert!(matches!(ask(&good, &good[1..], &good), Error::Shape { .. }));
    assert!(matches!(ask(&good, &good, &good[1..]), Error::Shape { .. }));
    assert!(matches!(ask(&bad, &good, &good), Error::NotFinite { row_idx: 4, .. }));
    assert!(matches!(ask(&good, &bad, &good), Error::Invalid { .. }));
    assert!(matches!(ask(&good, &good, &bad), Error::Invalid { .. }));
    assert!(matches!(ask(&good, &[f64::INFINITY; 5], &good), Error::Invalid { .. }));
    assert!(matches!(ask(&good, &good, &[f64::NEG_INFINITY; 5]), Error::Invalid { .. }));
    assert!(answered(&grid, BASE, Answers { predict: &good, low: &[f64::NEG_INFINITY; 5], high: &good }).is_ok());
    assert!(matches!(grid.n_asked(&X[1..]), Err(Error::Shape { .. })));
    let answers = Answers { predict: &good, low: &good, high: &good };
    let nan = Interval { predict: f64::NAN, ..BASE };
    assert!(matches!(answered(&grid, nan, answers).err(), Some(Error::NotFinite { .. })));
    for base in [Interval { low: f64::NAN, ..BASE }, Interval { high: f64::NEG_INFINITY, ..BASE }] {
        assert!(matches!(answered(&grid, base, answers).err(), Some(Error::Invalid { .. })));
    }
}

#[test]
fn calibration_data_are_checked() {
    let fit = |data: &[f64], n_rows, labels: &[u32], categorical: &[usize], ignored: &[usize], percentiles: &[f64]| {
        let x_cal = Matrix::new(data, n_rows, 1).unwrap();
        Grid::fit(x_cal, classes(labels), FACTUAL_DEPTH, categorical, ignored, percentiles).unwrap_err()
    };
    assert_eq!(fit(&[], 0, &[], &[], &[], &[50.0]), Error::Empty { what: "calibration rows" });
    assert!(matches!(fit(&[1.0, 2.0], 2, &[0], &[], &[], &[50.0]), Error::Shape { .. }));
    assert!(matches!(fit(&[1.0, 2.0], 2, &[0, 2], &[], &[], &[50.0]), Error::OutOfRange { found: 2, .. }));
    assert!(matches!(fit(&[1.0, 2.0], 2, &[0, 1], &[1], &[], &[50.0]), Error::OutOfRange { .. }));
    assert!(matches!(fit(&[1.0, 2.0], 2, &[0, 1], &[], &[1], &[50.0]), Error::OutOfRange { .. }));
    assert!(matches!(fit(&[1.0, 2.0], 2, &[0, 1], &[], &[], &[]), Error::Empty { .. }));
    assert!(matches!(fit(&[1.0, 2.0], 2, &[0, 1], &[], &[], &[200.0]), Error::Invalid { .. }));
    assert!(matches!(fit(&[1.0, f64::NAN], 2, &[0, 1], &[], &[], &[50.0]), Error::NotFinite { row_idx: 1, .. }));
    let x_cal = Matrix::new(&[1.0, 2.0], 2, 1).unwrap();
    let values = Grid::fit(x_cal, Labels::Values(&[1.0]), FACTUAL_DEPTH, &[], &[], &[50.0]);
    assert!(matches!(values, Err(Error::Shape { expected: 2, found: 1, .. })));
}

#[test]
fn about_a_feature_left_out_nothing_is_asked_and_nothing_answered() {
    let grid = fitted();
    let left_out = [true, false, false, true, false];
    let instance = grid.instance(&X).unwrap().without(&left_out).unwrap();
    let (mut features, mut values) = (Vec::new(), Vec::new());
    assert_eq!((instance.plan(&mut features, &mut values), instance.n_asked()), (2, 2));
    assert_eq!((&features[..], &values[..]), (&[1, 1][..], &[0.0, 2.0][..]));
    let numbers = [0.4, 0.5];
    let answers = Answers { predict: &numbers, low: &numbers, high: &numbers };
    let answered: Vec<_> = instance.answered(BASE, answers).unwrap().collect();
    assert_eq!((answered.len(), answered[0].feature, answered[0].first.predict), (1, 1, &numbers[..1]));
    assert!(matches!(instance.without(&left_out[1..]), Err(Error::Shape { expected: 5, found: 4, .. })));
    assert_eq!(instance.without(&[]).unwrap().n_asked(), 5, "an empty mask leaves nothing out");
}

#[test]
fn a_grid_survives_being_saved() {
    let grid = fitted();
    let restored: Grid = serde_json::from_str(&serde_json::to_string(&grid).unwrap()).unwrap();
    assert_eq!(restored, grid);
}
