//! How long the calculations take. It never checks a number: the tests do.

use ce_core::factual::{Answers, FactualGrid};
use ce_core::pcg64::Pcg64;
use ce_core::venn_abers::VennAbers;
use ce_core::{Interval, Matrix, discretizer};
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

#[divan::bench(args = [(500, 1), (500, 3), (100_000, 3)])]
fn entropy_cuts(bencher: Bencher<'_, '_>, (n, depth): (usize, usize)) {
    let (x, labels) = scored(n);
    let labels: Vec<u32> = labels.into_iter().map(u32::from).collect();
    bencher.bench(|| discretizer::entropy_cuts(black_box(&x), &labels, 2, depth));
}

/// A grid, its calibrator, and the instances to explain.
struct Problem {
    grid: FactualGrid,
    calibrator: VennAbers,
    instances: Vec<f64>,
}

impl Problem {
    fn new() -> Self {
        let data = matrix(N_CAL, 2);
        let x_cal = Matrix::new(&data, N_CAL, N_FEATURES).unwrap();
        let scores: Vec<f64> = (0..N_CAL).map(|row| score(x_cal.row(row), N_FEATURES, 0.0)).collect();
        let mut generator = Pcg64::new(3);
        let labels: Vec<bool> = scores.iter().map(|&score| generator.uniform(0.0, 1.0) < score).collect();
        let classes: Vec<u32> = labels.iter().map(|&label| u32::from(label)).collect();
        Self {
            grid: FactualGrid::fit(x_cal, &classes, 2, &[], &[], &[25.0, 50.0, 75.0]).unwrap(),
            calibrator: VennAbers::fit(&scores, &labels).unwrap(),
            instances: matrix(N_INSTANCES, 4),
        }
    }

    /// Explains every instance; `ask` answers one planned row.
    fn explain(&self, ask: impl Fn(&[f64], usize, f64) -> Interval) -> usize {
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
            self.grid.rules(x, base, answers, &mut rules).unwrap();
        }
        rules.len()
    }
}

/// Cutting 30 features of 500 rows.
#[divan::bench]
fn factual_fit(bencher: Bencher<'_, '_>) {
    let data = matrix(N_CAL, 2);
    let x_cal = Matrix::new(&data, N_CAL, N_FEATURES).unwrap();
    let labels: Vec<u32> = (0..N_CAL).map(|row| u32::from(x_cal.row(row)[0] > 0.1)).collect();
    bencher.bench(|| FactualGrid::fit(black_box(x_cal), &labels, 2, &[], &[], &[25.0, 50.0, 75.0]));
}

/// 1000 instances of 30 features: planning and weighing alone.
#[divan::bench]
fn factual_plan_rules(bencher: Bencher<'_, '_>) {
    let problem = Problem::new();
    bencher.bench(|| problem.explain(|_, _, value| Interval { predict: value, low: 0.0, high: 1.0 }));
}

/// 1000 instances of 30 features: with a logistic model and the calibrator, on one thread.
#[divan::bench]
fn factual_complete(bencher: Bencher<'_, '_>) {
    let problem = Problem::new();
    bencher.bench(|| problem.explain(|x, feature, value| problem.calibrator.interval(score(x, feature, value))));
}
