//! Hand-made calibration sets, for what the golden cases lack.

use super::{Answer, CalibrationSet, Calibrator, Columns, Query, Sought};
use crate::event::{Event, halves};
use crate::interval::Summary;
use crate::predictive_system::Percentiles;
use crate::venn_abers::VennAbers;
use crate::{Error, Interval, Matrix};

const UNKNOWN: Interval = Interval { predict: 0.5, low: 0.0, high: 1.0 };

fn set<'a>(scores: &'a [f64], targets: &'a [f64], categories: &'a [u32]) -> CalibrationSet<'a> {
    let n_cols = scores.len() / targets.len().max(1);
    CalibrationSet {
        scores: Matrix::new(scores, targets.len(), n_cols).unwrap(),
        targets,
        categories,
        difficulties: &[],
        seed: 42,
    }
}

fn ask(calibrator: &Calibrator, scores: &[f64], category: Option<u32>, sought: Sought) -> Result<Answer, Error> {
    calibrator.asker().answer(&Query { scores, category, difficulty: None, sought }, &mut [])
}

fn percentiles(low: f64, high: f64) -> Sought {
    Sought::Percentiles(Percentiles::new(low, high).unwrap())
}

fn event(low: f64, high: f64) -> Sought {
    Sought::Event(Event::new(low, high).unwrap())
}

/// Rows of a binary classifier, `[n, 2]`, and their targets.
fn two_classes() -> (Vec<f64>, [f64; 6]) {
    ([0.1, 0.3, 0.4, 0.6, 0.8, 0.9].iter().flat_map(|p| [1.0 - p, *p]).collect(), [0.0, 0.0, 1.0, 0.0, 1.0, 1.0])
}

/// Predictions 0, 1, …, with targets that lie above and below in turn.
fn values(n: u32) -> (Vec<f64>, Vec<f64>) {
    let predictions: Vec<f64> = (0..n).map(f64::from).collect();
    let targets = (0..n).map(|idx| f64::from(idx) + if idx % 2 == 0 { 0.5 } else { -1.5 }).collect();
    (predictions, targets)
}

#[test]
fn class_0_of_two_is_class_1_turned_round() {
    let (scores, targets) = two_classes();
    let calibrator = Calibrator::fit_classes(&set(&scores, &targets, &[])).unwrap();
    let one = ask(&calibrator, &[0.5, 0.5], None, Sought::Class(None)).unwrap();
    assert_eq!(one.class, Some(1));
    assert_eq!(ask(&calibrator, &[0.5, 0.5], None, Sought::Class(Some(1))), Ok(one));
    let zero = ask(&calibrator, &[0.5, 0.5], None, Sought::Class(Some(0))).unwrap();
    let Interval { predict, low, high } = one.interval;
    let turned = Interval { predict: 1.0 - predict, low: 1.0 - high, high: 1.0 - low };
    assert_eq!(zero, Answer { interval: turned, class: Some(0) });
    let mut probability = [f64::NAN; 2];
    let query = Query { scores: &[0.5, 0.5], category: None, difficulty: None, sought: Sought::Class(None) };
    calibrator.asker().answer(&query, &mut probability).unwrap();
    assert_eq!(probability, [1.0 - predict, predict]);
}

#[test]
fn a_model_of_three_classes_is_calibrated_one_against_the_rest_though_the_set_has_two() {
    let scores = [0.7, 0.2, 0.1, 0.1, 0.8, 0.1, 0.6, 0.3, 0.1, 0.3, 0.6, 0.1];
    let calibrator = Calibrator::fit_classes(&set(&scores, &[0.0, 1.0, 0.0, 1.0], &[])).unwrap();
    assert_eq!(calibrator.n_classes(), 3);
    // Class 2 is the model's favourite, but the calibration set knows nothing of it.
    let mut probability = [f64::NAN; 3];
    let query = Query { scores: &[0.15, 0.05, 0.8], category: None, difficulty: None, sought: Sought::Class(None) };
    let own = calibrator.asker().answer(&query, &mut probability).unwrap();
    assert_eq!(probability[2], 0.0);
    assert!((probability[0] + probability[1] - 1.0).abs() < 1e-15);
    assert_eq!(own.class, Some(u32::from(probability[1] > probability[0])));
    assert_eq!(own.interval.predict, probability[own.class.unwrap() as usize]);
    let missing = ask(&calibrator, query.scores, None, Sought::Class(Some(2))).unwrap();
    assert_eq!(missing, Answer { interval: Interval::default(), class: Some(2) });
}

#[test]
fn a_class_missing_from_one_category_is_improbable_there_and_not_unknown() {
    let scores = [0.8, 0.1, 0.1, 0.1, 0.8, 0.1, 0.1, 0.1, 0.8, 0.8, 0.1, 0.1, 0.1, 0.8, 0.1];
    let calibrator = Calibrator::fit_classes(&set(&scores, &[0.0, 1.0, 2.0, 0.0, 1.0], &[5, 5, 5, 6, 6])).unwrap();
    let there = ask(&calibrator, &[0.1, 0.1, 0.8], Some(6), Sought::Class(Some(2))).unwrap().interval;
    assert!(there.low == 0.0 && there.high > 0.0, "{there:?}");
}

#[test]
fn too_few_rows_leave_bounds_infinite() {
    let (predictions, targets) = values(18);
    let calibrator = Calibrator::fit_values(&set(&predictions, &targets, &[])).unwrap();
    let answer = ask(&calibrator, &[3.0], None, percentiles(5.0, 95.0)).unwrap().interval;
    assert_eq!(answer, Interval { predict: 2.5, low: f64::NEG_INFINITY, high: f64::INFINITY });
    let one_sided = ask(&calibrator, &[3.0], None, percentiles(f64::NEG_INFINITY, 90.0)).unwrap().interval;
    assert_eq!(one_sided, Interval { predict: 2.5, low: f64::NEG_INFINITY, high: 3.5 });
}

#[test]
fn a_category_counts_its_own_rows_only() {
    let (predictions, targets) = values(21);
    let categories: Vec<u32> = (0..21).map(|idx| if idx < 19 { 4 } else { 9 }).collect();
    let calibrator = Calibrator::fit_values(&set(&predictions, &targets, &categories)).unwrap();
    assert_eq!(calibrator.categories(), [4, 9]);
    let many = ask(&calibrator, &[3.0], Some(4), percentiles(5.0, 95.0)).unwrap().interval;
    assert_eq!(many, Interval { predict: 3.5, low: 1.5, high: 3.5 });
    let few = ask(&calibrator, &[3.0], Some(9), percentiles(5.0, 95.0)).unwrap().interval;
    assert_eq!(few, Interval { predict: 2.5, low: f64::NEG_INFINITY, high: f64::INFINITY });
}

#[test]
fn a_category_without_a_second_half_says_nothing_of_events() {
    let (predictions, targets) = values(8);
    let (first, second) = halves(8, 42);
    // One category holds a single row of the first half, another a single row of the second.
    let category = |row: u32| match row {
        row if row == first[0] => 1,
        row if row == second[0] => 2,
        _ => 0,
    };
    let categories: Vec<u32> = (0..8).map(category).collect();
    let calibrator = Calibrator::fit_values(&set(&predictions, &targets, &categories)).unwrap();
    assert_eq!(ask(&calibrator, &[3.0], Some(1), event(1.0, 4.0)).unwrap().interval, UNKNOWN);
    // Row 6 of the second half has the target 6.5: one row, for which the first event holds and the second does not.
    assert_eq!(second[0], 6);
    let alone = |label| VennAbers::fit(&[1.0], &[label]).unwrap().interval(1.0);
    assert_eq!(ask(&calibrator, &[3.0], Some(2), event(f64::NEG_INFINITY, 7.0)).unwrap().interval, alone(true));
    assert_eq!(ask(&calibrator, &[3.0], Some(2), event(1.0, 4.0)).unwrap().interval, alone(false));
}

#[test]
fn a_single_row_is_enough_for_every_task() {
    let values = Calibrator::fit_values(&set(&[1.0], &[3.0], &[])).unwrap();
    let median = ask(&values, &[5.0], None, percentiles(5.0, 95.0)).unwrap().interval;
    assert_eq!(median, Interval { predict: 7.0, low: f64::NEG_INFINITY, high: f64::INFINITY });
    let certain = ask(&values, &[5.0], None, event(f64::NEG_INFINITY, 4.0)).unwrap().interval;
    assert_eq!(certain, Interval::regularised(0.5, 1.0));
    let two = Calibrator::fit_classes(&set(&[0.4, 0.6], &[1.0], &[])).unwrap();
    assert_eq!(ask(&two, &[0.4, 0.6], None, Sought::Class(None)).unwrap().interval, Interval::regularised(0.5, 1.0));
}

#[test]
fn a_score_that_is_nan_says_nothing() {
    let (predictions, targets) = values(8);
    let calibrator = Calibrator::fit_values(&set(&predictions, &targets, &[])).unwrap();
    assert_eq!(ask(&calibrator, &[f64::NAN], None, event(1.0, 4.0)).unwrap().interval, UNKNOWN);
    assert!(ask(&calibrator, &[f64::NAN], None, percentiles(25.0, 75.0)).unwrap().interval.predict.is_nan());
}

#[test]
fn questions_of_every_kind_are_answered_the_same_in_any_order() {
    let (predictions, targets) = values(40);
    let categories: Vec<u32> = (0..40).map(|idx| idx % 2).collect();
    let fit = || Calibrator::fit_values(&set(&predictions, &targets, &categories)).unwrap();
    let mut questions = Vec::new();
    for category in [Some(0), Some(1)] {
        for prediction in [2.5, 20.0] {
            for sought in [percentiles(25.0, 75.0), event(f64::NEG_INFINITY, 12.0), event(3.0, 12.0)] {
                questions.push((category, prediction, sought));
            }
        }
    }
    // Each by a calibrator that was never asked before, against one asker in both directions.
    let fresh: Vec<Answer> = questions.iter().map(|(c, p, sought)| ask(&fit(), &[*p], *c, *sought).unwrap()).collect();
    let calibrator = fit();
    let mut asker = calibrator.asker();
    for order in [(0..questions.len()).collect::<Vec<_>>(), (0..questions.len()).rev().collect()] {
        for idx in order {
            let (category, prediction, sought) = questions[idx];
            let query = Query { scores: &[prediction], category, difficulty: None, sought };
            assert_eq!(asker.answer(&query, &mut []), Ok(fresh[idx]));
        }
    }
    assert_eq!(calibrator, fit(), "what is remembered is no part of a calibrator");
}

#[test]
fn questions_that_do_not_fit_the_calibrator_are_refused() {
    let (scores, targets) = two_classes();
    let two = Calibrator::fit_classes(&set(&scores, &targets, &[])).unwrap();
    let unknown = ask(&two, &[0.5, 0.5], None, Sought::Class(Some(2)));
    assert_eq!(unknown, Err(Error::OutOfRange { what: "class", found: 2, limit: 2 }));
    let short = ask(&two, &[0.5], None, Sought::Class(None));
    assert_eq!(short, Err(Error::Shape { what: "scores of a row", expected: 2, found: 1 }));
    let (predictions, targets) = values(8);
    let values = Calibrator::fit_values(&set(&predictions, &targets, &[])).unwrap();
    for refused in [
        ask(&two, &[0.5, 0.5], None, percentiles(5.0, 95.0)),
        ask(&two, &[0.5, 0.5], None, event(1.0, 2.0)),
        ask(&values, &[0.5], None, Sought::Class(None)),
        ask(&values, &[0.5], None, Sought::Class(Some(1))),
    ] {
        assert!(matches!(refused, Err(Error::Invalid { what: "question", .. })), "{refused:?}");
    }
    let query = Query { scores: &[0.5, 0.5], category: None, difficulty: None, sought: Sought::Class(None) };
    let narrow = two.asker().answer(&query, &mut [0.0]);
    assert_eq!(narrow, Err(Error::Shape { what: "probabilities of a row", expected: 2, found: 1 }));
}

#[test]
fn categories_must_be_known_and_given_exactly_where_calibration_is_mondrian() {
    let (scores, targets) = two_classes();
    let (predictions, target_values) = values(6);
    let categories = [1, 1, 1, 3, 3, 3];
    let check = |[plain, mondrian]: [&Calibrator; 2], row: &[f64], sought| {
        assert!(ask(plain, row, None, sought).is_ok() && ask(mondrian, row, Some(3), sought).is_ok());
        for (calibrator, category) in [(plain, Some(3)), (mondrian, None), (mondrian, Some(2))] {
            let refused = ask(calibrator, row, category, sought);
            assert!(matches!(refused, Err(Error::Invalid { what: "Mondrian category", .. })), "{refused:?}");
        }
    };
    let classes = |categories| Calibrator::fit_classes(&set(&scores, &targets, categories)).unwrap();
    check([&classes(&[]), &classes(&categories)], &[0.5, 0.5], Sought::Class(None));
    let values = |categories| Calibrator::fit_values(&set(&predictions, &target_values, categories)).unwrap();
    for sought in [percentiles(5.0, 95.0), event(1.0, 2.0)] {
        check([&values(&[]), &values(&categories)], &[0.5], sought);
    }
}

#[test]
fn input_is_checked_at_the_door() {
    let (scores, targets) = two_classes();
    let classes = |targets: &[f64]| Calibrator::fit_classes(&set(&scores, targets, &[])).unwrap_err().to_string();
    let half = classes(&[0.0, 0.0, 0.5, 0.0, 1.0, 1.0]);
    assert_eq!(half, "targets: hold 0.5 at row 2, expected the index of one of the model's 2 classes");
    assert!(classes(&[0.0, 0.0, 1.0, 0.0, 2.0, 1.0]).contains("hold 2 at row 4"));
    assert!(classes(&[0.0, -1.0, 1.0, 0.0, 1.0, 1.0]).contains("hold -1 at row 1"));

    let mut damaged = scores.clone();
    damaged[7] = f64::NAN;
    let not_finite = Calibrator::fit_classes(&set(&damaged, &targets, &[]));
    assert!(matches!(not_finite, Err(Error::NotFinite { what: "scores", row_idx: 3, .. })));
    let one_column = Calibrator::fit_classes(&set(&scores[..6], &targets, &[]));
    assert!(matches!(one_column, Err(Error::Invalid { what: "scores", .. })));
    let two_columns = Calibrator::fit_values(&set(&scores, &targets, &[]));
    assert!(matches!(two_columns, Err(Error::Invalid { what: "scores", .. })));
    let uneven = Calibrator::fit_classes(&set(&scores, &targets, &[1, 2]));
    assert_eq!(uneven, Err(Error::Shape { what: "Mondrian categories", expected: 6, found: 2 }));
    let none = CalibrationSet {
        scores: Matrix::new(&[], 0, 1).unwrap(),
        targets: &[],
        categories: &[],
        difficulties: &[],
        seed: 0,
    };
    assert_eq!(Calibrator::fit_values(&none), Err(Error::Empty { what: "calibration set" }));
    let endless = Calibrator::fit_values(&set(&[0.0, 1.0], &[0.0, f64::INFINITY], &[]));
    assert!(matches!(endless, Err(Error::NotFinite { what: "targets", row_idx: 1, .. })));
    let far = Calibrator::fit_values(&set(&[0.0, -f64::MAX], &[0.0, f64::MAX], &[]));
    assert!(matches!(far, Err(Error::NotFinite { what: "residuals", row_idx: 1, .. })));
    let long = Calibrator::fit_values(&CalibrationSet { targets: &[1.0], ..set(&[0.0, 1.0], &[0.0, 1.0], &[]) });
    assert_eq!(long, Err(Error::Shape { what: "targets", expected: 2, found: 1 }));
}

#[test]
fn damaged_saved_calibrators_are_refused() {
    let scores = [0.7, 0.2, 0.1, 0.1, 0.8, 0.1, 0.6, 0.1, 0.3, 0.1, 0.8, 0.1];
    let three = Calibrator::fit_classes(&set(&scores, &[0.0, 1.0, 2.0, 1.0], &[1, 1, 2, 2])).unwrap();
    let (predictions, targets) = values(4);
    let values = Calibrator::fit_values(&set(&predictions, &targets, &[])).unwrap();
    let saved = [&three, &values].map(|calibrator| serde_json::to_string(calibrator).unwrap());
    let damage = [
        (0, r#""categories":[1,2]"#, r#""categories":[2,1]"#),
        (0, r#""categories":[1,2]"#, r#""categories":[]"#),
        (0, r#""scores":[0.1,"#, r#""scores":[0.9,"#),
        (0, r#""parts":[["#, r#""parts":[[null,"#),
        (0, "Multiclass", "Other"),
        (1, r#""targets":["#, r#""targets":[1.0,"#),
        (1, r#""residuals":["#, r#""residuals":[null,"#),
    ];
    for (which, from, to) in damage {
        let damaged = saved[which].replacen(from, to, 1);
        assert_ne!(damaged, saved[which], "{from}");
        assert!(serde_json::from_str::<Calibrator>(&damaged).is_err(), "{to}");
    }
    for text in saved {
        assert!(serde_json::from_str::<Calibrator>(&text).is_ok());
    }
    let rowless = r#"{"task": {"Regression": {"parts": {"categories": [], "parts": [{"residuals": [], "predictions": [], "targets": [], "difficulties": []}]}}}, "has_difficulty": false, "summary": "regularized_mean", "normalization": "scale"}"#;
    assert!(serde_json::from_str::<Calibrator>(rowless).is_err());
}

/// What an asker says of each row by itself.
fn one_by_one(
    calibrator: &Calibrator,
    scores: Matrix<'_>,
    rows: &[u32],
    category: Option<u32>,
    sought: Sought,
) -> Vec<[u64; 3]> {
    let mut asker = calibrator.asker();
    let answer = |&row: &u32| {
        let query = Query { scores: scores.row(row as usize), category, difficulty: None, sought };
        let Interval { predict, low, high } = asker.answer(&query, &mut []).unwrap().interval;
        [predict, low, high].map(f64::to_bits)
    };
    rows.iter().map(answer).collect()
}

fn in_series(
    calibrator: &Calibrator,
    scores: Matrix<'_>,
    rows: &[u32],
    category: Option<u32>,
    sought: Sought,
) -> Vec<[u64; 3]> {
    let mut answers = vec![0.0; 3 * rows.len()];
    let (predict, bounds) = answers.split_at_mut(rows.len());
    let (low, high) = bounds.split_at_mut(rows.len());
    let series = calibrator.series(category, sought).unwrap().expect("all share what answers them");
    series.answer(scores, rows, Columns { predict, low, high }).unwrap();
    (0..rows.len()).map(|idx| [0, 1, 2].map(|column| answers[column * rows.len() + idx].to_bits())).collect()
}

#[test]
fn a_series_answers_as_an_asker_does_to_the_bit() {
    let rows = [3, 0, 1, 5, 5, 2, 4];
    let (scores, targets) = two_classes();
    for categories in [&[][..], &[1, 2, 1, 2, 1, 2]] {
        let category = categories.first().copied();
        let fitted = Calibrator::fit_classes(&set(&scores, &targets, categories)).unwrap();
        for summary in [Summary::RegularizedMean, Summary::Mean, Summary::Lower, Summary::Upper] {
            let calibrator = fitted.clone().with_summary(summary);
            let with_nan = [scores.as_slice(), &[0.4, f64::NAN]].concat();
            let scores = Matrix::new(&with_nan, 7, 2).unwrap();
            let rows = [&rows[..], &[6]].concat();
            for class in [None, Some(1)] {
                let sought = Sought::Class(class);
                let expected = one_by_one(&calibrator, scores, &rows, category, sought);
                assert_eq!(in_series(&calibrator, scores, &rows, category, sought), expected, "{summary:?}");
            }
        }
    }
    let (predictions, targets) = values(60);
    let categories: Vec<u32> = (0..60).map(|idx| idx % 2).collect();
    for categories in [&[][..], &categories] {
        let category = categories.first().copied();
        let calibrator = Calibrator::fit_values(&set(&predictions, &targets, categories)).unwrap();
        let with_nan = [predictions.as_slice(), &[f64::NAN]].concat();
        let scores = Matrix::new(&with_nan, 61, 1).unwrap();
        let rows = [&rows[..], &[60]].concat();
        for sought in [percentiles(5.0, 95.0), event(f64::NEG_INFINITY, 20.5), event(10.0, 40.0)] {
            let expected = one_by_one(&calibrator, scores, &rows, category, sought);
            assert_eq!(in_series(&calibrator, scores, &rows, category, sought), expected, "{sought:?}");
        }
    }
}

#[test]
fn what_cannot_be_asked_in_a_series_is_said_and_what_is_wrong_is_refused() {
    let (scores, targets) = two_classes();
    let calibrator = Calibrator::fit_classes(&set(&scores, &targets, &[])).unwrap();
    assert!(calibrator.series(None, Sought::Class(Some(0))).unwrap().is_none(), "class 0 is class 1 turned round");
    let hard = CalibrationSet { difficulties: &[0.5; 6], ..set(&scores, &targets, &[]) };
    let hard = Calibrator::fit_classes(&hard).unwrap();
    assert!(hard.series(None, Sought::Class(None)).unwrap().is_none(), "each row has a difficulty of its own");
    assert!(calibrator.series(Some(1), Sought::Class(None)).is_err(), "there are no categories");

    let series = calibrator.series(None, Sought::Class(None)).unwrap().unwrap();
    let ask = |scores: &[f64], width: usize, rows: &[u32], n_answers: usize| {
        let mut column = vec![0.0; n_answers];
        let (mut low, mut high) = (column.clone(), column.clone());
        let into = Columns { predict: &mut column, low: &mut low, high: &mut high };
        series.answer(Matrix::new(scores, scores.len() / width, width).unwrap(), rows, into)
    };
    assert_eq!(ask(&[0.5; 4], 2, &[1], 1), Ok(()));
    assert_eq!(ask(&[0.5; 4], 2, &[2], 1), Err(Error::OutOfRange { what: "row", found: 2, limit: 2 }));
    assert_eq!(
        ask(&[0.5; 4], 2, &[u32::MAX], 1),
        Err(Error::OutOfRange { what: "row", found: u32::MAX as usize, limit: 2 })
    );
    assert!(matches!(ask(&[0.5; 3], 3, &[0], 1), Err(Error::Shape { expected: 2, found: 3, .. })));
    assert!(matches!(ask(&[0.5; 4], 2, &[0], 2), Err(Error::Shape { expected: 1, found: 2, .. })));
}
