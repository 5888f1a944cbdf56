//! Small sets, in which the neighbours can be seen.

use super::{Estimator, Measure, Parameters, Scratch, Source, scaled};
use crate::{Error, Matrix};

const X: [f64; 5] = [0.0, 1.0, 2.0, 5.0, 10.0];
const TARGETS: [f64; 5] = [1.0, 3.0, 2.0, 7.0, 4.0];
const PREDICTIONS: [f64; 5] = [0.0, 3.0, 4.0, 4.0, 0.0];

fn parameters(measure: Measure, n_neighbours: usize) -> Parameters {
    Parameters { measure, n_neighbours, beta: 0.0, is_scaled: false }
}

fn x() -> Matrix<'static> {
    Matrix::new(&X, 5, 1).unwrap()
}

fn fit(parameters: Parameters) -> Result<Estimator, Error> {
    Estimator::fit_values(x(), &TARGETS, &PREDICTIONS, parameters)
}

fn ask(estimator: &Estimator, row: &[f64]) -> f64 {
    estimator.difficulty(row, &mut Scratch::default()).unwrap()
}

#[test]
fn a_row_of_the_calibration_set_is_its_own_neighbour() {
    let nearest = fit(parameters(Measure::Distance, 1)).unwrap();
    assert!(X.iter().all(|x| ask(&nearest, &[*x]) == 0.0));
    let two = fit(parameters(Measure::Distance, 2)).unwrap();
    // The range is 10, so that a step of 1 is a tenth of it.
    assert!((ask(&two, &[0.0]) - 0.1).abs() < 1e-15);
    assert!((ask(&two, &[10.0]) - 0.5).abs() < 1e-15);
}

#[test]
fn values_of_neighbours_are_told_by_the_chosen_measure() {
    let residuals = fit(parameters(Measure::AbsoluteResiduals, 3)).unwrap();
    assert!((ask(&residuals, &[1.0]) - (1.0 + 0.0 + 2.0) / 3.0).abs() < 1e-15);
    let deviation = fit(parameters(Measure::StandardDeviation, 3)).unwrap();
    assert!((ask(&deviation, &[1.0]) - (2.0_f64 / 3.0).sqrt()).abs() < 1e-15);
}

#[test]
fn of_equally_distant_rows_the_first_counts() {
    let one = fit(parameters(Measure::AbsoluteResiduals, 1)).unwrap();
    assert_eq!(ask(&one, &[0.5]), 1.0);
    let two = fit(parameters(Measure::AbsoluteResiduals, 2)).unwrap();
    // Row 1 is the row itself; rows 0 and 2 are equally far away.
    assert_eq!(ask(&two, &[1.0]), 0.5);
}

#[test]
fn rows_beyond_the_calibration_set_are_cut_off_at_its_edge() {
    let estimator = fit(parameters(Measure::Distance, 2)).unwrap();
    assert_eq!(ask(&estimator, &[1e9]), ask(&estimator, &[10.0]));
    assert_eq!(ask(&estimator, &[-1e9]), ask(&estimator, &[0.0]));
}

#[test]
fn a_constant_feature_is_no_distance() {
    let x = [0.0, 7.0, 1.0, 7.0, 2.0, 7.0];
    let estimator =
        Estimator::fit_values(Matrix::new(&x, 3, 2).unwrap(), &[0.0; 3], &[0.0; 3], parameters(Measure::Distance, 2))
            .unwrap();
    assert_eq!(ask(&estimator, &[0.0, 7.0]), 0.5);
}

#[test]
fn scaling_moves_to_0_and_1_what_rows_are_told_by_others_and_beta_comes_on_top() {
    let estimator = fit(Parameters { beta: 0.25, is_scaled: true, ..parameters(Measure::Distance, 1) }).unwrap();
    // Without themselves the rows are 1, 1, 1, 3 and 5 away from the next; a row itself is 0 away, which is cut off.
    assert_eq!(ask(&estimator, &[0.0]), 0.25);
    assert_eq!(ask(&estimator, &[7.5]), 0.25 + (2.5 - 1.0) / 4.0);
}

#[test]
fn difficulties_of_classes_are_always_scaled_and_never_exceed_1() {
    let scores = [0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.5, 0.5, 0.2, 0.8];
    let scores = Matrix::new(&scores, 5, 2).unwrap();
    for measure in [Measure::Distance, Measure::StandardDeviation, Measure::AbsoluteResiduals] {
        let parameters = Parameters { beta: 0.8, ..parameters(measure, 2) };
        let estimator = Estimator::fit_classes(x(), &[0.0, 0.0, 1.0, 0.0, 1.0], scores, parameters).unwrap();
        assert!(estimator.is_of_classes());
        let found: Vec<f64> = (0..=20).map(|half| ask(&estimator, &[f64::from(half) / 2.0])).collect();
        assert!(found.iter().all(|difficulty| (0.8..=1.0).contains(difficulty)), "{measure:?}: {found:?}");
        assert!(found.contains(&1.0), "{measure:?}: an example that is cut off");
    }
}

#[test]
fn classes_differ_as_much_whatever_their_indices() {
    let scores = vec![1.0 / 3.0; 15];
    let scores = Matrix::new(&scores, 5, 3).unwrap();
    let of = |targets: [f64; 5]| {
        Estimator::fit_classes(x(), &targets, scores, parameters(Measure::StandardDeviation, 3)).unwrap()
    };
    let (one, other) = (of([0.0, 1.0, 2.0, 0.0, 0.0]), of([2.0, 0.0, 1.0, 2.0, 2.0]));
    for x in X {
        assert_eq!(ask(&one, &[x]), ask(&other, &[x]));
    }
}

#[test]
fn the_order_of_neighbours_changes_no_bit_of_how_classes_differ() {
    // Summed up in this order and in the other, five squares about one in five differ in their last bit. The third group is
    // there to differ more, so that the others are not cut off.
    let x: Vec<f64> =
        [0.0, 20.0, 40.0].iter().flat_map(|&start| (0..5).map(move |step| start + f64::from(step))).collect();
    let targets = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0];
    let (x, scores) = (Matrix::new(&x, 15, 1).unwrap(), [0.5; 30]);
    let scores = Matrix::new(&scores, 15, 2).unwrap();
    let estimator = Estimator::fit_classes(x, &targets, scores, parameters(Measure::StandardDeviation, 5)).unwrap();
    let difficulty = ask(&estimator, &[0.0]);
    assert!(0.0 < difficulty && difficulty < 1.0, "{difficulty}");
    assert_eq!(difficulty.to_bits(), ask(&estimator, &[20.0]).to_bits());
}

#[test]
fn saved_estimators_are_restored_with_the_same_bits_and_damaged_ones_are_not() {
    let n_rows = 19;
    let x: Vec<f64> = (0..n_rows * 3).map(|idx| (idx * 37 % 101) as f64 / 7.0).collect();
    let targets: Vec<f64> = (0..n_rows).map(|idx| (idx * 5 % 7) as f64).collect();
    let matrix = Matrix::new(&x, n_rows, 3).unwrap();
    let parameters = Parameters { is_scaled: true, ..parameters(Measure::StandardDeviation, 4) };
    let estimator = Estimator::fit_values(matrix, &targets, &targets, parameters).unwrap();
    let saved = serde_json::to_string(&estimator).unwrap();
    assert_eq!(serde_json::from_str::<Estimator>(&saved).unwrap(), estimator);
    for (from, to) in [
        (r#""n_rows":19"#, r#""n_rows":18"#),
        (r#""n_neighbours":4"#, r#""n_neighbours":0"#),
        (r#""n_neighbours":4"#, r#""n_neighbours":19"#),
        (r#""beta":0.0"#, r#""beta":-1.0"#),
        (r#""rows":[0.0,"#, r#""rows":[1.5,"#),
        (r#""told":[0.0,"#, r#""told":["#),
        (r#""is_scaled":true"#, r#""is_scaled":false"#),
        ("standard_deviation", "distance"),
    ] {
        let damaged = saved.replacen(from, to, 1);
        assert_ne!(damaged, saved, "{from}");
        assert!(serde_json::from_str::<Estimator>(&damaged).is_err(), "{to}");
    }
}

#[test]
fn input_is_checked_at_the_door() {
    let none = Estimator::fit_values(Matrix::new(&[], 0, 1).unwrap(), &[], &[], parameters(Measure::Distance, 1));
    assert_eq!(none, Err(Error::Empty { what: "calibration set" }));
    let short = Estimator::fit_values(x(), &[1.0], &PREDICTIONS, parameters(Measure::Distance, 1));
    assert_eq!(short, Err(Error::Shape { what: "targets", expected: 5, found: 1 }));
    for (n_neighbours, is_scaled) in [(0, false), (6, false), (5, true), (0, true)] {
        let refused = fit(Parameters { is_scaled, ..parameters(Measure::Distance, n_neighbours) });
        assert!(matches!(refused, Err(Error::Invalid { what: "number of neighbours", .. })), "{n_neighbours}");
    }
    assert!(fit(parameters(Measure::Distance, 5)).is_ok());
    for beta in [-0.1, f64::NAN, f64::INFINITY] {
        let refused = fit(Parameters { beta, ..parameters(Measure::Distance, 1) });
        assert!(matches!(refused, Err(Error::Invalid { what: "difficulty beta", .. })), "{beta}");
    }
    let scores = Matrix::new(&[0.5; 10], 5, 2).unwrap();
    let unknown = Estimator::fit_classes(x(), &[0.0, 2.0, 0.0, 0.0, 0.0], scores, parameters(Measure::Distance, 1));
    assert_eq!(unknown, Err(Error::OutOfRange { what: "class label", found: 2, limit: 2 }));
    let estimator = fit(parameters(Measure::Distance, 1)).unwrap();
    let mut scratch = Scratch::default();
    let wide = estimator.difficulty(&[1.0, 2.0], &mut scratch);
    assert_eq!(wide, Err(Error::Shape { what: "row", expected: 1, found: 2 }));
    assert!(matches!(estimator.difficulty(&[f64::NAN], &mut scratch), Err(Error::NotFinite { what: "row", .. })));
}

#[test]
fn a_source_gives_a_difficulty_exactly_where_calibration_has_one() {
    let estimate = |parameters| fit(parameters);
    let none = Source::new(None, None, estimate).unwrap();
    let given = Source::new(None, Some(&[1.0; 5]), estimate).unwrap();
    let estimated = Source::new(Some(parameters(Measure::Distance, 2)), None, estimate).unwrap();
    let both = Source::new(Some(parameters(Measure::Distance, 2)), Some(&[1.0; 5]), estimate);
    assert!(matches!(both, Err(Error::Invalid { what: "difficulty", .. })));
    for (source, difficulties, is_refused) in [
        (&none, None, false),
        (&none, Some(&[2.0, 3.0][..]), true),
        (&given, Some(&[2.0, 3.0]), false),
        (&given, None, true),
        (&given, Some(&[2.0]), true),
        (&estimated, None, false),
        (&estimated, Some(&[2.0, 3.0]), true),
    ] {
        assert_eq!(source.of_batch((2, 1), 2, difficulties).is_err(), is_refused, "{source:?} {difficulties:?}");
    }
    assert!(matches!(estimated.of_batch((2, 3), 2, None), Err(Error::Shape { what: "row", .. })));
    let mut batch = given.of_batch((1, 1), 2, Some(&[2.0, 3.0])).unwrap();
    assert_eq!(batch.of(1, 0, |_| unreachable!("it is given")), Ok(Some(3.0)));
    assert!(batch.of(2, 0, |_| {}).is_err());
    assert_eq!(none.of_batch((1, 1), 2, None).unwrap().of(0, 0, |_| {}), Ok(None));
}

#[test]
fn a_row_with_many_questions_is_estimated_once() {
    let source = Source::new(Some(parameters(Measure::Distance, 2)), None, fit).unwrap();
    let mut batch = source.of_batch((2, 1), 4, None).unwrap();
    let mut n_written = 0;
    let mut of = |question_idx, row_idx, value: f64| {
        let write = |row: &mut [f64]| {
            row[0] = value;
            n_written += 1;
        };
        batch.of(question_idx, row_idx, write).unwrap().unwrap()
    };
    let first = of(0, 1, 10.0);
    assert_eq!([of(1, 1, 10.0), of(2, 0, 0.0), of(3, 1, 10.0)], [first, of(2, 0, 0.0), first]);
    assert_eq!(n_written, 2);
}

#[test]
fn probabilities_are_scaled_by_difficulty_in_their_order() {
    assert!((scaled(0.9, 0.0) - 0.9_f64.powi(6) / (0.9_f64.powi(6) + 0.1_f64.powi(6))).abs() < 1e-15);
    let (one, other) = (1.0 - 0.9_f64.powi(6), 1.0 - 0.1_f64.powi(6));
    assert!((scaled(0.1, 0.0) - one / (one + other)).abs() < 1e-15);
    let probabilities = (0..=100).map(|percent| f64::from(percent) / 100.0);
    for difficulty in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let found: Vec<f64> = probabilities.clone().map(|p| scaled(p, difficulty)).collect();
        assert!(found.is_sorted() && found.iter().all(|p| (0.0..=1.0).contains(p)), "{difficulty}: {found:?}");
        assert_eq!((found[50], found.iter().all(|p| *p == 0.5)), (0.5, difficulty == 1.0));
    }
    assert!(scaled(f64::NAN, 0.5).is_nan());
}
