//! What a batch costs the model: 1000 base rows, 30 features, six edits of each.

use ce_core::model::{Forest, Input, Linear, Model, Rounding, Tree};
use ce_core::{Matrix, Rows};

const N_ROWS: usize = 1000;
const N_FEATURES: usize = 30;
const N_EDITS: usize = 6;
const N_TREES: usize = 100;

fn main() {
    divan::main();
}

/// Pseudo-random numbers from 0 to 1.
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 11) as f64 / (1_u64 << 53) as f64
}

/// A full tree of the given depth, in the order of levels.
fn tree(state: &mut u64, depth: u32) -> Tree {
    let (n_inner, n_nodes) = ((1_usize << depth) - 1, (2_usize << depth) - 1);
    let child = |node: usize, side: usize| if node < n_inner { (2 * node + side) as i64 } else { -1 };
    Tree {
        feature: (0..n_nodes).map(|_| (uniform(state) * N_FEATURES as f64) as i64).collect(),
        threshold: (0..n_nodes).map(|_| uniform(state)).collect(),
        left: (0..n_nodes).map(|node| child(node, 1)).collect(),
        right: (0..n_nodes).map(|node| child(node, 2)).collect(),
        value: (0..n_nodes).map(|_| uniform(state)).map(|p| vec![1.0 - p, p]).collect(),
    }
}

fn forest(state: &mut u64, depth: u32) -> Model {
    let trees: Vec<Tree> = (0..N_TREES).map(|_| tree(state, depth)).collect();
    Forest::new(&trees, N_FEATURES, 2, Input::Float32, Rounding::EXACT).unwrap().into()
}

fn logistic(state: &mut u64) -> Model {
    let coef = (0..N_FEATURES).map(|_| uniform(state) - 0.5).collect();
    Linear::logistic(coef, 0.0, Input::Float64, Rounding::EXACT).unwrap().into()
}

struct Batch {
    base: Vec<f64>,
    row: Vec<u32>,
    end: Vec<u32>,
    feature: Vec<u32>,
    value: Vec<f64>,
}

impl Batch {
    fn new(state: &mut u64) -> Self {
        let n_edited = N_ROWS * N_FEATURES * N_EDITS;
        Self {
            base: (0..N_ROWS * N_FEATURES).map(|_| uniform(state)).collect(),
            row: (0..n_edited).map(|idx| (idx / (N_FEATURES * N_EDITS)) as u32).collect(),
            end: (1..=n_edited as u32).collect(),
            feature: (0..n_edited).map(|idx| (idx / N_EDITS % N_FEATURES) as u32).collect(),
            value: (0..n_edited).map(|_| uniform(state)).collect(),
        }
    }

    fn edited(&self) -> Rows<'_> {
        let base = Matrix::new(&self.base, N_ROWS, N_FEATURES).unwrap();
        Rows::edited(base, &self.row, &self.end, &self.feature, &self.value).unwrap()
    }

    fn written_out(&self) -> Vec<f64> {
        let (rows, mut dense) = (self.edited(), self.base.clone());
        for edited_idx in 0..rows.n_edited() {
            let (row, features, values) = rows.edits(edited_idx);
            let start = dense.len();
            dense.extend_from_slice(rows.base().row(row));
            dense[start + features[0] as usize] = values[0];
        }
        dense
    }
}

fn run(bencher: divan::Bencher<'_, '_>, model: &Model, rows: Rows<'_>) {
    let mut out = vec![0.0; rows.n_rows() * 2];
    bencher
        .counter(divan::counter::ItemsCount::new(rows.n_rows()))
        .bench_local(|| model.predict(divan::black_box(rows), &mut out));
}

#[divan::bench(args = [4, 6, 10], sample_count = 10)]
fn forest_edited(bencher: divan::Bencher<'_, '_>, depth: u32) {
    let mut state = 1;
    let (model, batch) = (forest(&mut state, depth), Batch::new(&mut state));
    run(bencher, &model, batch.edited());
}

#[divan::bench(args = [4, 6, 10], sample_count = 10)]
fn forest_dense(bencher: divan::Bencher<'_, '_>, depth: u32) {
    let mut state = 1;
    let (model, batch) = (forest(&mut state, depth), Batch::new(&mut state));
    let dense = batch.written_out();
    run(bencher, &model, Rows::dense(Matrix::new(&dense, dense.len() / N_FEATURES, N_FEATURES).unwrap()));
}

/// 100,000 rows, written out.
#[divan::bench(sample_count = 10)]
fn forest_of_depth_8_dense_100000(bencher: divan::Bencher<'_, '_>) {
    let mut state = 1;
    let model = forest(&mut state, 8);
    let x: Vec<f64> = (0..100_000 * N_FEATURES).map(|_| uniform(&mut state)).collect();
    let mut out = vec![0.0; 100_000 * model.n_outputs()];
    bencher.bench_local(move || {
        let rows = Rows::dense(Matrix::new(divan::black_box(&x), 100_000, N_FEATURES).unwrap());
        model.predict(rows, &mut out).unwrap();
    });
}

#[divan::bench(sample_count = 10)]
fn logistic_edited(bencher: divan::Bencher<'_, '_>) {
    let mut state = 1;
    let (model, batch) = (logistic(&mut state), Batch::new(&mut state));
    run(bencher, &model, batch.edited());
}

#[divan::bench(sample_count = 10)]
fn logistic_dense(bencher: divan::Bencher<'_, '_>) {
    let mut state = 1;
    let (model, batch) = (logistic(&mut state), Batch::new(&mut state));
    let dense = batch.written_out();
    run(bencher, &model, Rows::dense(Matrix::new(&dense, dense.len() / N_FEATURES, N_FEATURES).unwrap()));
}
