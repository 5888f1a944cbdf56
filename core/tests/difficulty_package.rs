//! Difficulties, summaries, normalisations and normal noise against the Python package's own numbers. It never adapts a
//! number but where its comment says which deliberate difference is taken out.
//!
//! `tools/fixtures_calibrator.py` made the fixtures.

use std::fs;
use std::path::PathBuf;

use ce_core::calibrator::{CalibrationSet, Calibrator, Query, Sought};
use ce_core::difficulty::{Estimator, Measure, Parameters, Scratch};
use ce_core::event::Event;
use ce_core::fast::{Noise, Shape, noised_columns};
use ce_core::interval::Summary;
use ce_core::one_vs_rest::Normalization;
use ce_core::predictive_system::Percentiles;
use ce_core::{Interval, Matrix};
use serde::Deserialize;
use serde::de::DeserializeOwned;

const TOLERANCE: f64 = 1e-12;
const SEED: u64 = 42;

#[derive(Deserialize)]
struct Difficulties {
    neighbours: Neighbours,
    classes: Classes,
    values: Values,
}

#[derive(Deserialize)]
struct Neighbours {
    x: Vec<Vec<f64>>,
    x_test: Vec<Vec<f64>>,
    y: Vec<f64>,
    residuals: Vec<f64>,
    answers: Vec<Estimated>,
}

#[derive(Deserialize)]
struct Estimated {
    measure: Measure,
    n_neighbours: usize,
    is_scaled: bool,
    beta: f64,
    cal: Vec<f64>,
    test: Vec<f64>,
}

#[derive(Deserialize)]
struct Classes {
    x: Vec<Vec<f64>>,
    y: Vec<f64>,
    x_test: Vec<Vec<f64>>,
    answers: std::collections::BTreeMap<String, Columns>,
}

#[derive(Deserialize)]
struct Columns {
    predict: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
}

#[derive(Deserialize)]
struct Values {
    x: Vec<Vec<f64>>,
    y: Vec<f64>,
    x_test: Vec<Vec<f64>>,
    answers: Vec<OfValue>,
}

#[derive(Deserialize)]
struct OfValue {
    with_difficulty: bool,
    percentiles: Option<[f64; 2]>,
    event: Option<(Option<f64>, f64)>,
    #[serde(default)]
    summary: Summary,
    #[serde(flatten)]
    columns: Columns,
}

#[derive(Deserialize)]
struct Normalizations {
    many_classes: ManyClasses,
    gaussian: Gaussian,
}

#[derive(Deserialize)]
struct ManyClasses {
    x: Vec<Vec<f64>>,
    y: Vec<f64>,
    x_test: Vec<Vec<f64>>,
    answers: Vec<Normalized>,
}

#[derive(Deserialize)]
struct Normalized {
    normalization: Normalization,
    summary: Summary,
    predict: Vec<Vec<f64>>,
    low: Vec<Vec<f64>>,
    high: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Gaussian {
    x: Vec<Vec<f64>>,
    scale_factor: usize,
    severity: f64,
    seed: u64,
    noise: Vec<Vec<f64>>,
}

fn fixture<T: DeserializeOwned>(name: &str) -> T {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/package").join(name);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Counts comparisons.
#[derive(Default)]
struct Compared(usize);

impl Compared {
    fn number(&mut self, found: f64, expected: f64, what: &str) {
        assert!((found - expected).abs() <= TOLERANCE * expected.abs().max(1.0), "{what}: {found}, not {expected}");
        self.0 += 1;
    }

    fn interval(&mut self, found: Interval, expected: Interval, what: &str) {
        self.number(found.predict, expected.predict, what);
        self.number(found.low, expected.low, what);
        self.number(found.high, expected.high, what);
    }
}

fn column(rows: &[Vec<f64>], column: usize) -> Vec<f64> {
    rows.iter().map(|row| row[column]).collect()
}

#[test]
fn neighbours_tell_what_crepes_says_they_tell() {
    let Neighbours { x, x_test, y, residuals, answers } = fixture::<Difficulties>("difficulty.json").neighbours;
    let data = x.concat();
    let matrix = Matrix::new(&data, x.len(), x[0].len()).unwrap();
    let mut compared = Compared::default();
    for answer in answers {
        let Estimated { measure, n_neighbours, is_scaled, beta, cal, test } = answer;
        let parameters = Parameters { measure, n_neighbours, beta, is_scaled };
        // Crepes is told the residuals; here they follow from the targets.
        let targets = if measure == Measure::AbsoluteResiduals { &residuals } else { &y };
        let estimator = Estimator::fit_values(matrix, targets, &vec![0.0; x.len()], parameters).unwrap();
        let mut scratch = Scratch::default();
        for (row, expected) in x.iter().chain(&x_test).zip(cal.iter().chain(&test)) {
            compared.number(estimator.difficulty(row, &mut scratch).unwrap(), *expected, &format!("{parameters:?}"));
        }
    }
    assert_eq!(compared.0, 3 * 3 * 2 * (60 + 15));
}

#[test]
fn difficult_rows_of_two_classes_get_the_package_s_probabilities_under_every_summary() {
    let Classes { x, y, x_test, answers } = fixture::<Difficulties>("difficulty.json").classes;
    let scores: Vec<f64> = x.iter().flat_map(|row| [1.0 - row[0], row[0]]).collect();
    let set = CalibrationSet {
        scores: Matrix::new(&scores, y.len(), 2).unwrap(),
        targets: &y,
        categories: &[],
        difficulties: &column(&x, 1),
        seed: SEED,
    };
    let fitted = Calibrator::fit_classes(&set).unwrap();
    let mut compared = Compared::default();
    for (name, Columns { predict, low, high }) in answers {
        let summary: Summary = serde_json::from_value(name.as_str().into()).unwrap();
        let calibrator = fitted.clone().with_summary(summary);
        for (idx, row) in x_test.iter().enumerate() {
            let scores = [1.0 - row[0], row[0]];
            let query =
                Query { scores: &scores, category: None, difficulty: Some(row[1]), sought: Sought::Class(None) };
            let found = calibrator.asker().answer(&query, &mut []).unwrap().interval;
            compared.interval(found, Interval { predict: predict[idx], low: low[idx], high: high[idx] }, &name);
        }
    }
    assert_eq!(compared.0, 4 * 19 * 3);
}

#[test]
fn difficult_rows_of_a_regression_get_the_package_s_intervals_and_events() {
    let Values { x, y, x_test, answers } = fixture::<Difficulties>("difficulty.json").values;
    let predictions = column(&x, 0);
    let sigmas = column(&x, 1);
    let fit = |difficulties: &[f64]| {
        let scores = Matrix::new(&predictions, y.len(), 1).unwrap();
        Calibrator::fit_values(&CalibrationSet { scores, targets: &y, categories: &[], difficulties, seed: SEED })
            .unwrap()
    };
    let mut compared = Compared::default();
    for answer in answers {
        let OfValue { with_difficulty, percentiles, event, summary, columns } = answer;
        let calibrator = fit(if with_difficulty { &sigmas } else { &[] }).with_summary(summary);
        let sought = match (percentiles, event) {
            (Some([low, high]), None) => Sought::Percentiles(Percentiles::new(low, high).unwrap()),
            (None, Some((low, high))) => Sought::Event(Event::new(low.unwrap_or(f64::NEG_INFINITY), high).unwrap()),
            _ => unreachable!("the fixture asks for one of them"),
        };
        for (idx, row) in x_test.iter().enumerate() {
            let difficulty = with_difficulty.then_some(row[1]);
            let query = Query { scores: &row[..1], category: None, difficulty, sought };
            let found = calibrator.asker().answer(&query, &mut []).unwrap().interval;
            let Columns { predict, low, high } = &columns;
            let expected = Interval { predict: predict[idx], low: low[idx], high: high[idx] };
            compared.interval(found, expected, &format!("{sought:?} {summary:?} {with_difficulty}"));
        }
    }
    assert_eq!(compared.0, 2 * (2 + 2 * 4) * 15 * 3);
}

/// The package lets bounds exceed 1, and point estimates leave their bounds. Here bounds end at 1 and hold the estimate.
#[test]
fn more_classes_are_normalised_as_the_package_does_it_but_for_bounds_that_lie() {
    let ManyClasses { x, y, x_test, answers } = fixture::<Normalizations>("normalization.json").many_classes;
    let scores = x.concat();
    let set = CalibrationSet {
        scores: Matrix::new(&scores, y.len(), 3).unwrap(),
        targets: &y,
        categories: &[],
        difficulties: &[],
        seed: SEED,
    };
    let fitted = Calibrator::fit_classes(&set).unwrap();
    let (mut compared, mut n_mended) = (Compared::default(), 0);
    for Normalized { normalization, summary, predict, low, high } in answers {
        let calibrator = fitted.clone().with_summary(summary).with_normalization(normalization);
        let mut asker = calibrator.asker();
        for (idx, scores) in x_test.iter().enumerate() {
            let mut probability = [f64::NAN; 3];
            for class in 0..3 {
                let sought = Sought::Class(Some(class as u32));
                let query = Query { scores, category: None, difficulty: None, sought };
                let found = asker.answer(&query, &mut probability).unwrap().interval;
                let package = Interval { predict: predict[idx][class], low: low[idx][class], high: high[idx][class] };
                let capped = |value: f64| value.min(1.0);
                let mended = Interval {
                    predict: capped(package.predict),
                    low: capped(package.low).min(package.predict),
                    high: capped(package.high).max(package.predict),
                };
                n_mended += usize::from(mended != package);
                compared.interval(found, mended, &format!("{normalization:?} {summary:?} row {idx} class {class}"));
                compared.number(probability[class], package.predict, "probability");
            }
            let query = Query { scores, category: None, difficulty: None, sought: Sought::Class(None) };
            let own = asker.answer(&query, &mut []).unwrap();
            let largest = predict[idx].iter().copied().fold(0.0, f64::max);
            compared.number(own.interval.predict, largest, "the row's own class");
        }
    }
    assert_eq!(compared.0, 16 * 15 * (3 * 4 + 1));
    assert!(n_mended > 0, "examples that differ from the package");
}

/// The package puts the mean in the place of each value, which was taken out of the fixture; here the value is kept.
#[test]
fn normal_noise_is_the_package_s_noise() {
    let Gaussian { x, scale_factor, severity, seed, noise } = fixture::<Normalizations>("normalization.json").gaussian;
    let data = x.concat();
    let matrix = Matrix::new(&data, x.len(), 2).unwrap();
    let wanted = Noise { shape: Shape::Gaussian, severity };
    let mut compared = Compared::default();
    for (feature, noised) in noised_columns(matrix, &[], scale_factor, wanted, seed).unwrap().enumerate() {
        assert_eq!(noised.len(), noise.len());
        for (tiled_idx, value) in noised.iter().enumerate() {
            let kept = x[tiled_idx % x.len()][feature];
            // The noise is what is left of a sum with a larger number.
            assert!((value - kept - noise[tiled_idx][feature]).abs() < 1e-12 * 100.0, "{feature} {tiled_idx}");
            compared.0 += 1;
        }
    }
    assert_eq!(compared.0, 2 * 36);
}
