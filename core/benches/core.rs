//! How long the calculations take. It never checks a number: the tests do.

use ce_core::bins::SAMPLE_PERCENTILES;
use ce_core::calibrator::{CalibrationSet, Calibrator, Query, Sought};
use ce_core::discretizer::{ALTERNATIVE_DEPTH, FACTUAL_DEPTH, Labels};
use ce_core::event::Event;
use ce_core::grid::{Answers, Grid};
use ce_core::pcg64::Pcg64;
use ce_core::predictive_system::{Percentiles, PredictiveSystem};
use ce_core::venn_abers::VennAbers;
use ce_core::{Error, Interval, Matrix, alternative, discretizer, factual};
use divan::{Bencher, black_box};

const N_FEATURES: usize = 30;
const N_CAL: usize = 500;
const N_INSTANCES: usize = 1000;

fn main() {
    divan::main();
}

/// Scores, and labels that follow them.
fn scored(n: usize) -> (Vec<f64>, Vec<bool>) {
    let mut generator = Pcg64::new(1);
    (0..n)
        .map(|_| {
            let score = generator.uniform(0.0, 1.0);
            (score, generator.uniform(0.0, 1.0) < score)
        })
        .unzip()
}

fn matrix(n_rows: usize, seed: u64) -> Vec<f64> {
    let mut generator = Pcg64::new(seed);
    (0..n_rows * N_FEATURES).map(|_| generator.uniform(-1.0, 1.0)).collect()
}

/// A logistic model of slowly falling weights, on one row with one cell written over.
fn score(x: &[f64], feature: usize, value: f64) -> f64 {
    let sum = |sum: f64, (idx, &x): (usize, &f64)| sum + if idx == feature { value } else { x } / (idx + 1) as f64;
    1.0 / (1.0 + (-x.iter().enumerate().fold(0.0, sum)).exp())
}

#[divan::bench(args = [500, 100_000])]
fn venn_abers_fit(bencher: Bencher<'_, '_>, n: usize) {
    let (scores, labels) = scored(n);
    bencher.bench(|| VennAbers::fit(black_box(&scores), black_box(&labels)));
}

#[divan::bench(args = [500, 100_000])]
fn venn_abers_interval(bencher: Bencher<'_, '_>, n: usize) {
    let (scores, labels) = scored(n);
    let calibrator = VennAbers::fit(&scores, &labels).unwrap();
    let mut queries = scores.iter().cycle();
    bencher.bench_local(move || calibrator.interval(queries.next().copied().unwrap_or(0.5)));
}

/// Predictions, and targets around them.
fn predicted(n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut generator = Pcg64::new(5);
    (0..n)
        .map(|_| {
            let prediction = generator.uniform(-10.0, 10.0);
            (prediction, prediction + generator.uniform(-1.0, 2.0))
        })
        .unzip()
}

fn regression(n: usize) -> Calibrator {
    let (predictions, targets) = predicted(n);
    let scores = Matrix::new(&predictions, n, 1).unwrap();
    Calibrator::fit_values(&CalibrationSet { scores, targets: &targets, categories: &[], difficulties: &[], seed: 42 })
        .unwrap()
}

/// Asks each calibrator about every prediction.
fn ask_values(calibrators: &[Calibrator], predictions: &[f64], sought: Sought) -> f64 {
    let mut sum = 0.0;
    for calibrator in calibrators {
        let mut asker = calibrator.asker();
        for prediction in predictions {
            let scores = std::slice::from_ref(prediction);
            sum += asker
                .answer(&Query { scores, category: None, difficulty: None, sought }, &mut [])
                .unwrap()
                .interval
                .predict;
        }
    }
    sum
}

/// Sorting the residuals, and the halves for events.
#[divan::bench(args = [500, 100_000])]
fn regression_fit(bencher: Bencher<'_, '_>, n: usize) {
    bencher.bench(|| regression(black_box(n)));
}

/// 10,000 intervals from so many residuals.
#[divan::bench(args = [500, 100_000])]
fn percentile_answers(bencher: Bencher<'_, '_>, n: usize) {
    let (calibrators, predictions) = ([regression(n)], predicted(10_000).0);
    let sought = Sought::Percentiles(Percentiles::new(5.0, 95.0).unwrap());
    bencher.bench(|| ask_values(black_box(&calibrators), &predictions, sought));
}

/// 10,000 p-values: the share of residuals at or below where a threshold lies.
#[divan::bench(args = [500, 100_000])]
fn p_values(bencher: Bencher<'_, '_>, n: usize) {
    let (predictions, targets) = predicted(n);
    let residuals: Vec<f64> =
        targets.iter().zip(&predictions).map(|(target, prediction)| target - prediction).collect();
    let system = PredictiveSystem::fit(&residuals).unwrap();
    let queries = predicted(10_000);
    bencher.bench(|| {
        let queries = queries.0.iter().zip(&queries.1);
        queries.fold(0.0, |sum, (&prediction, &threshold)| sum + black_box(&system).score(prediction, 1.0, threshold))
    });
}

/// Venn-Abers for one new event.
#[divan::bench(args = [500, 50_000])]
fn event_fit(bencher: Bencher<'_, '_>, n: usize) {
    let calibrator = regression(n);
    let sought = Sought::Event(Event::new(-1.0, 3.0).unwrap());
    let query = Query { scores: &[0.0], category: None, difficulty: None, sought };
    // A copy remembers no event.
    bencher.with_inputs(|| calibrator.clone()).bench_refs(|calibrator| calibrator.asker().answer(&query, &mut []));
}

/// 10,000 answers about one remembered event from each of 30 calibrators, as FAST asks them.
#[divan::bench(args = [500, 50_000])]
fn event_answers_of_30_calibrators(bencher: Bencher<'_, '_>, n: usize) {
    let (calibrators, predictions) = (vec![regression(n); N_FEATURES], predicted(10_000).0);
    let sought = Sought::Event(Event::new(-1.0, 3.0).unwrap());
    ask_values(&calibrators, &predictions, sought);
    bencher.bench(|| ask_values(black_box(&calibrators), &predictions, sought));
}

/// 10,000 answers about the likeliest of five classes.
#[divan::bench(args = [500, 100_000])]
fn class_answers(bencher: Bencher<'_, '_>, n: usize) {
    const N_CLASSES: usize = 5;
    let mut generator = Pcg64::new(6);
    let scores: Vec<f64> = (0..n * N_CLASSES).map(|_| generator.uniform(0.0, 1.0)).collect();
    let targets: Vec<f64> = (0..n).map(|row_idx| (row_idx % N_CLASSES) as f64).collect();
    let scores = Matrix::new(&scores, n, N_CLASSES).unwrap();
    let set = CalibrationSet { scores, targets: &targets, categories: &[], difficulties: &[], seed: 42 };
    let calibrator = Calibrator::fit_classes(&set).unwrap();
    bencher.bench(|| {
        let mut asker = calibrator.asker();
        (0..10_000).fold(0.0, |sum, idx| {
            let query =
                Query { scores: scores.row(idx % n), category: None, difficulty: None, sought: Sought::Class(None) };
            sum + asker.answer(&query, &mut []).unwrap().interval.predict
        })
    });
}

#[divan::bench(args = [(500, 1), (500, 3), (100_000, 3)])]
fn entropy_cuts(bencher: Bencher<'_, '_>, (n, depth): (usize, usize)) {
    let (x, labels) = scored(n);
    let labels: Vec<u32> = labels.into_iter().map(u32::from).collect();
    bencher.bench(|| discretizer::entropy_cuts(black_box(&x), &labels, 2, depth));
}

#[divan::bench(args = [(500, 1), (500, 3), (100_000, 3)])]
fn absolute_error_cuts(bencher: Bencher<'_, '_>, (n, depth): (usize, usize)) {
    let (x, _) = scored(n);
    let mut generator = Pcg64::new(5);
    let labels: Vec<f64> = x.iter().map(|x| 100.0 * x + generator.uniform(-30.0, 30.0)).collect();
    bencher.bench(|| discretizer::absolute_error_cuts(black_box(&x), &labels, depth));
}

/// A grid, its calibrator, and the instances to explain.
struct Problem {
    grid: Grid,
    calibrator: VennAbers,
    instances: Vec<f64>,
}

impl Problem {
    fn new(max_depth: usize) -> Self {
        let data = matrix(N_CAL, 2);
        let x_cal = Matrix::new(&data, N_CAL, N_FEATURES).unwrap();
        let scores: Vec<f64> = (0..N_CAL).map(|row| score(x_cal.row(row), N_FEATURES, 0.0)).collect();
        let mut generator = Pcg64::new(3);
        let labels: Vec<bool> = scores.iter().map(|&score| generator.uniform(0.0, 1.0) < score).collect();
        let classes: Vec<u32> = labels.iter().map(|&label| u32::from(label)).collect();
        Self {
            grid: fit(x_cal, &classes, max_depth),
            calibrator: VennAbers::fit(&scores, &labels).unwrap(),
            instances: matrix(N_INSTANCES, 4),
        }
    }

    /// Explains every instance: `ask` answers one planned row, `read` appends the rules of an instance.
    fn explain<R>(
        &self,
        ask: impl Fn(&[f64], usize, f64) -> Interval,
        read: impl Fn(&Grid, &[f64], Interval, Answers<'_>, &mut Vec<R>) -> Result<usize, Error>,
    ) -> usize {
        let (mut features, mut values) = (Vec::new(), Vec::new());
        let (mut predict, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
        let mut rules = Vec::new();
        for x in self.instances.chunks_exact(N_FEATURES) {
            features.clear();
            values.clear();
            predict.clear();
            low.clear();
            high.clear();
            self.grid.plan(x, &mut features, &mut values).unwrap();
            for (&feature, &value) in features.iter().zip(&values) {
                let answer = ask(x, feature as usize, value);
                predict.push(answer.predict);
                low.push(answer.low);
                high.push(answer.high);
            }
            let base = ask(x, N_FEATURES, 0.0);
            let answers = Answers { predict: &predict, low: &low, high: &high };
            read(&self.grid, x, base, answers, &mut rules).unwrap();
        }
        rules.len()
    }
}

fn fit(x_cal: Matrix<'_>, classes: &[u32], max_depth: usize) -> Grid {
    let labels = Labels::Classes { labels: classes, n_classes: 2 };
    Grid::fit(x_cal, labels, max_depth, &[], &[], &SAMPLE_PERCENTILES).unwrap()
}

/// Cutting 30 features of 500 rows.
#[divan::bench(args = [FACTUAL_DEPTH, ALTERNATIVE_DEPTH])]
fn grid_fit(bencher: Bencher<'_, '_>, max_depth: usize) {
    let data = matrix(N_CAL, 2);
    let x_cal = Matrix::new(&data, N_CAL, N_FEATURES).unwrap();
    let labels: Vec<u32> = (0..N_CAL).map(|row| u32::from(x_cal.row(row)[0] > 0.1)).collect();
    bencher.bench(|| fit(black_box(x_cal), &labels, max_depth));
}

/// 1000 instances of 30 features: planning and weighing alone.
#[divan::bench]
fn factual_plan_rules(bencher: Bencher<'_, '_>) {
    let problem = Problem::new(FACTUAL_DEPTH);
    bencher.bench(|| problem.explain(|_, _, value| Interval { predict: value, low: 0.0, high: 1.0 }, factual::rules));
}

/// 1000 instances of 30 features: planning and reading alternatives alone.
#[divan::bench]
fn alternative_plan_rules(bencher: Bencher<'_, '_>) {
    let problem = Problem::new(ALTERNATIVE_DEPTH);
    bencher
        .bench(|| problem.explain(|_, _, value| Interval { predict: value, low: 0.0, high: 1.0 }, alternative::rules));
}

/// 1000 instances of 30 features: with a logistic model and the calibrator, on one thread.
#[divan::bench]
fn factual_complete(bencher: Bencher<'_, '_>) {
    let problem = Problem::new(FACTUAL_DEPTH);
    let ask = |x: &[f64], feature, value| problem.calibrator.interval(score(x, feature, value));
    bencher.bench(|| problem.explain(ask, factual::rules));
}
