//! Across the types of models: edited rows against the same rows written out, and what is refused.

use super::{Boosting, Forest, Input, Linear, Link, Model, Rounding, Tree};
use crate::{Error, Matrix, Rows};

/// SplitMix64: enough for tests, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// From -1 to 1; now and then something awkward.
    fn value(&mut self) -> f64 {
        match self.below(40) {
            0 => f64::NAN,
            1 => f64::INFINITY,
            2 => -0.0,
            _ => self.threshold(),
        }
    }

    fn threshold(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    /// Splits a random leaf `n_splits` times; the nodes lie in the order in which they were made.
    fn tree(&mut self, n_splits: usize, n_features: usize, n_outputs: usize) -> Tree {
        let mut tree = Tree::default();
        let mut leaves = Vec::new();
        for idx in 0..=2 * n_splits {
            tree.feature.push(self.below(n_features) as i64);
            tree.threshold.push(self.threshold());
            tree.left.push(-1);
            tree.right.push(-1);
            tree.value.push((0..n_outputs).map(|_| self.threshold().abs()).collect());
            if idx % 2 == 0 {
                leaves.push(idx.saturating_sub(1));
                leaves.push(idx);
                leaves.dedup();
                if idx < 2 * n_splits {
                    let leaf = leaves.swap_remove(self.below(leaves.len()));
                    (tree.left[leaf], tree.right[leaf]) = (idx as i64 + 1, idx as i64 + 2);
                }
            }
        }
        tree
    }
}

/// Rows with up to four edits each, over base rows in any order; some edits repeat a feature or write the base value.
struct Edited {
    base: Vec<f64>,
    row: Vec<u32>,
    end: Vec<u32>,
    feature: Vec<u32>,
    value: Vec<f64>,
    n_features: usize,
}

impl Edited {
    fn new(random: &mut Random, n_rows: usize, n_features: usize, n_edited: usize) -> Self {
        let base: Vec<f64> = (0..n_rows * n_features).map(|_| random.value()).collect();
        let (mut row, mut end, mut feature, mut value) = (Vec::new(), Vec::new(), Vec::new(), Vec::<f64>::new());
        for _ in 0..n_edited {
            let base_row = random.below(n_rows);
            row.push(base_row as u32);
            for _ in 0..random.below(5) {
                let column = random.below(n_features);
                feature.push(column as u32);
                let as_base = random.below(4) == 0;
                value.push(if as_base { base[base_row * n_features + column] } else { random.value() });
            }
            end.push(feature.len() as u32);
        }
        Self { base, row, end, feature, value, n_features }
    }

    fn rows(&self) -> Rows<'_> {
        Rows::edited(self.matrix(), &self.row, &self.end, &self.feature, &self.value).unwrap()
    }

    fn matrix(&self) -> Matrix<'_> {
        Matrix::new(&self.base, self.base.len() / self.n_features, self.n_features).unwrap()
    }

    fn written_out(&self) -> Vec<f64> {
        let (rows, mut dense) = (self.rows(), self.base.clone());
        for edited_idx in 0..rows.n_edited() {
            let (base_row, features, values) = rows.edits(edited_idx);
            let start = dense.len();
            dense.extend_from_slice(self.matrix().row(base_row));
            for (&feature, &value) in features.iter().zip(values) {
                dense[start + feature as usize] = value;
            }
        }
        dense
    }
}

/// The number of outputs compared.
fn assert_edited_is_dense(model: &Model, edited: &Edited) -> usize {
    let (rows, dense) = (edited.rows(), edited.written_out());
    let mut found = vec![f64::NAN; rows.n_rows() * model.n_outputs()];
    let mut expected = found.clone();
    model.predict(rows, &mut found).unwrap();
    model.predict(Rows::dense(Matrix::new(&dense, rows.n_rows(), edited.n_features).unwrap()), &mut expected).unwrap();
    for (idx, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert_eq!(found.to_bits(), expected.to_bits(), "output {idx}: {found} is not {expected}");
    }
    found.len()
}

fn forest(random: &mut Random, n_trees: usize, n_features: usize, n_outputs: usize, input: Input) -> Model {
    let trees: Vec<Tree> = (0..n_trees).map(|idx| random.tree(idx % 40, n_features, n_outputs)).collect();
    Forest::new(&trees, n_features, n_outputs, input, Rounding::EXACT).unwrap().into()
}

#[test]
fn edited_rows_of_a_forest_give_the_bits_of_dense_rows() {
    let mut random = Random(1);
    let mut n_compared = 0;
    // 130 features: more than a feature set tells apart.
    for (n_features, n_outputs) in [(1, 2), (5, 2), (30, 3), (64, 1), (130, 2)] {
        for input in [Input::Float64, Input::Float32] {
            let model = forest(&mut random, 50, n_features, n_outputs, input);
            n_compared += assert_edited_is_dense(&model, &Edited::new(&mut random, 20, n_features, 480));
        }
    }
    assert_eq!(n_compared, 500 * 2 * (2 + 2 + 3 + 1 + 2));
}

fn boosting(random: &mut Random, n_stages: usize, n_features: usize, link: Link, rounding: Rounding) -> Model {
    let n_scores = if link == Link::Softmax { 3 } else { 1 };
    let init = (0..n_scores).map(|_| random.threshold()).collect();
    let mut stage = |idx: usize| (0..n_scores).map(|_| random.tree(idx % 8, n_features, 1)).collect();
    let trees: Vec<Vec<Tree>> = (0..n_stages).map(&mut stage).collect();
    Boosting::new(init, 0.1, &trees, link, n_features, Input::Float32, rounding).unwrap().into()
}

/// All three kinds of weighted sums.
fn weighted_sums(random: &mut Random, n_features: usize, input: Input, rounding: Rounding) -> [Model; 3] {
    let mut coef = || (0..n_features).map(|_| random.threshold() * 3.0).collect::<Vec<f64>>();
    [
        Linear::regression(coef(), 0.1, input, rounding).unwrap().into(),
        Linear::logistic(coef(), 0.1, input, rounding).unwrap().into(),
        Linear::softmax(&[coef(), coef(), coef()], vec![0.1, -0.2, 0.3], input, rounding).unwrap().into(),
    ]
}

#[test]
fn edited_rows_of_boosting_give_the_bits_of_dense_rows() {
    let mut random = Random(5);
    let mut n_compared = 0;
    for (n_features, link) in [(1, Link::Identity), (5, Link::Logistic), (30, Link::Softmax), (130, Link::Identity)] {
        for rounding in [Rounding::EXACT, Rounding::to_decimals(6).unwrap()] {
            let model = boosting(&mut random, 60, n_features, link, rounding);
            n_compared += assert_edited_is_dense(&model, &Edited::new(&mut random, 20, n_features, 480));
        }
    }
    assert_eq!(n_compared, 500 * 2 * (1 + 2 + 3 + 1));
}

#[test]
fn edited_rows_of_weighted_sums_give_the_bits_of_dense_rows() {
    let mut random = Random(2);
    let mut n_compared = 0;
    for n_features in [1, 5, 130] {
        for (input, decimals) in [(Input::Float64, None), (Input::Float32, None), (Input::Float64, Some(6))] {
            let rounding = decimals.map_or(Rounding::EXACT, |decimals| Rounding::to_decimals(decimals).unwrap());
            for model in weighted_sums(&mut random, n_features, input, rounding) {
                n_compared += assert_edited_is_dense(&model, &Edited::new(&mut random, 20, n_features, 480));
            }
        }
    }
    assert_eq!(n_compared, 500 * 9 * (1 + 2 + 3));
}

#[test]
fn without_the_base_the_edited_rows_give_the_same_bits() {
    let mut random = Random(7);
    let mut models = vec![
        forest(&mut random, 20, 4, 2, Input::Float32),
        boosting(&mut random, 20, 4, Link::Softmax, Rounding::EXACT),
    ];
    models.extend(weighted_sums(&mut random, 4, Input::Float64, Rounding::EXACT));
    let mut n_compared = 0;
    for model in models {
        let (edited, n_outputs) = (Edited::new(&mut random, 20, 4, 100), model.n_outputs());
        let mut all = vec![f64::NAN; edited.rows().n_rows() * n_outputs];
        model.predict(edited.rows(), &mut all).unwrap();
        let rows = edited.rows().without_base();
        assert_eq!(rows.n_rows(), 100);
        let mut found = vec![f64::NAN; 100 * n_outputs];
        model.predict(rows, &mut found).unwrap();
        assert!(found.iter().map(|p| p.to_bits()).eq(all[20 * n_outputs..].iter().map(|p| p.to_bits())));
        n_compared += found.len();
    }
    assert_eq!(n_compared, 100 * (2 + 3 + 1 + 2 + 3));
}

#[test]
fn no_rows_give_no_outputs() {
    let model = forest(&mut Random(3), 3, 4, 2, Input::Float64);
    assert_eq!(model.predict(Rows::dense(Matrix::new(&[], 0, 4).unwrap()), &mut []), Ok(()));
}

#[test]
fn wrong_shapes_are_refused_and_the_output_left_alone() {
    let model = forest(&mut Random(4), 3, 4, 2, Input::Float64);
    let mut out = [7.0; 3];
    let narrow = model.predict(Rows::dense(Matrix::new(&[0.0; 3], 1, 3).unwrap()), &mut out);
    assert_eq!(narrow, Err(Error::Shape { what: "model row", expected: 4, found: 3 }));
    let long = model.predict(Rows::dense(Matrix::new(&[0.0; 4], 1, 4).unwrap()), &mut out);
    assert_eq!(long, Err(Error::Shape { what: "model output", expected: 2, found: 3 }));
    assert_eq!(out, [7.0; 3]);
}
