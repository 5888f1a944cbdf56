//! Trees that add up: gradient boosting as scikit-learn has it. It never fits anything.

use super::answer::Evaluate;
use super::changed::Changed;
use super::tree::Layout;
use super::walk::{Block, Path};
use super::{Input, InvalidModel, Link, Rounding, Tree};

/// Gradient boosting: in each stage one tree per score adds to what the stages before it said.
///
/// `z = init`; stage by stage, and in a stage score by score: `z[k] += learning_rate * leaf`. The [`Link`] turns the
/// scores into outputs. NaN in a row goes right wherever it is compared.
#[derive(Clone, Debug)]
pub struct Boosting {
    /// The trees stage by stage, `[n_stages, n_scores]`; each leaf holds one number.
    layout: Layout,
    /// `[n_scores]`, finite.
    init: Vec<f64>,
    learning_rate: f64,
    link: Link,
    n_features: usize,
    input: Input,
    rounding: Rounding,
}

impl Boosting {
    /// A model over rows of `n_features`.
    ///
    /// * `init` — `[n_scores]`, where each sum starts: one for [`Link::Identity`] and [`Link::Logistic`], one per class for
    ///   [`Link::Softmax`]
    /// * `trees` — `[n_stages][n_scores]`, each with one number in its leaves; no stage at all leaves `init`
    ///
    /// # Errors
    /// [`InvalidModel`] names the first place that breaks a rule: as many scores as the link takes, as many trees in every
    /// stage, finite numbers, and what [`Forest::new`](super::Forest::new) asks of trees.
    pub fn new(
        init: Vec<f64>,
        learning_rate: f64,
        trees: &[Vec<Tree>],
        link: Link,
        n_features: usize,
        input: Input,
        rounding: Rounding,
    ) -> Result<Self, InvalidModel> {
        link.check_n_scores("init", init.len())?;
        if let Some((idx, found)) = init.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(InvalidModel::new(format!("init[{idx}]"), "a finite number", found));
        }
        if !learning_rate.is_finite() {
            return Err(InvalidModel::new("learning_rate", "a finite number", learning_rate));
        }
        let mut layout = Layout::default();
        for (stage_idx, stage) in trees.iter().enumerate() {
            if stage.len() != init.len() {
                let expected = format!("{} trees, one per entry of `init`", init.len());
                let found = format!("{} long", stage.len());
                return Err(InvalidModel::new(format!("trees[{stage_idx}]"), expected, found));
            }
            for (score_idx, tree) in stage.iter().enumerate() {
                layout.push(tree, format_args!("trees[{stage_idx}][{score_idx}]"), n_features, 1)?;
            }
        }
        Ok(Self { layout, init, learning_rate, link, n_features, input, rounding })
    }

    /// Number of features that a row must have.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Number of outputs per row.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        self.link.n_outputs(self.init.len())
    }

    /// Where the scores of each row start, `[n_rows, n_outputs]`.
    fn begin(&self, out: &mut [f64]) {
        for out in out.chunks_exact_mut(self.n_outputs()) {
            out[..self.init.len()].copy_from_slice(&self.init);
        }
    }

    /// Adds what one tree says of each of some rows. Trees come in order: stage by stage, and in a stage score by score.
    #[inline(always)]
    fn add(&self, tree_idx: usize, leaf: usize, out: &mut [f64]) {
        let step = self.learning_rate * self.layout.values[leaf];
        let score_idx = tree_idx % self.init.len();
        for out in out.chunks_exact_mut(self.n_outputs()) {
            out[score_idx] += step;
        }
    }

    fn finish(&self, out: &mut [f64]) {
        for out in out.chunks_exact_mut(self.n_outputs()) {
            self.link.finish(self.rounding, out);
        }
    }
}

impl Evaluate for Boosting {
    /// The path through each tree, `[n_stages, n_scores]`.
    type Memory = Vec<Path>;

    fn n_outputs(&self) -> usize {
        self.n_outputs()
    }

    fn input(&self) -> Input {
        self.input
    }

    fn memory(&self) -> Vec<Path> {
        self.layout.paths()
    }

    fn base(&self, row: &[f64], memory: &mut Vec<Path>, out: &mut [f64]) {
        self.layout.walk(row, memory);
        self.begin(out);
        for (tree_idx, path) in memory.iter().enumerate() {
            self.add(tree_idx, path.leaf, out);
        }
        self.finish(out);
    }

    fn dense(&self, block: Block<'_>, _: &mut Vec<Path>, out: &mut [f64]) {
        self.begin(out);
        let width = self.n_outputs();
        self.layout.lead(block, |tree_idx, rows, leaf| {
            self.add(tree_idx, leaf, &mut out[rows.start * width..rows.end * width]);
        });
        self.finish(out);
    }

    fn edited(&self, block: Block<'_>, changed: &[Changed], memory: &Vec<Path>, out: &mut [f64]) {
        // All leaves are added again, changed or not: only then is the sum the same to the last bit.
        self.begin(out);
        let width = self.n_outputs();
        self.layout.lead_edited(block, changed, memory, |tree_idx, rows, leaf| {
            self.add(tree_idx, leaf, &mut out[rows.start * width..rows.end * width]);
        });
        self.finish(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::{Matrix, Rows};

    /// `left` for `x[0] <= 0.5`, else `right`.
    fn split(left: f64, right: f64) -> Tree {
        Tree {
            feature: vec![0, -2, -2],
            threshold: vec![0.5, -2.0, -2.0],
            left: vec![1, -1, -1],
            right: vec![2, -1, -1],
            value: vec![vec![], vec![left], vec![right]],
        }
    }

    fn new(init: &[f64], rate: f64, trees: &[Vec<Tree>], link: Link) -> Result<Boosting, InvalidModel> {
        Boosting::new(init.to_vec(), rate, trees, link, 1, Input::Float64, Rounding::EXACT)
    }

    fn predict(model: Boosting, x: f64) -> Vec<f64> {
        let mut out = vec![f64::NAN; model.n_outputs()];
        Model::from(model).predict(Rows::dense(Matrix::new(&[x], 1, 1).unwrap()), &mut out).unwrap();
        out
    }

    #[test]
    fn a_regression_is_the_start_plus_what_each_stage_adds() {
        let trees = [vec![split(1.0, -1.0)], vec![split(2.0, 5.0)]];
        let model = || new(&[10.0], 0.5, &trees, Link::Identity).unwrap();
        assert_eq!(predict(model(), 0.5), [11.5]);
        assert_eq!(predict(model(), 0.6), [12.0]);
        assert_eq!(predict(model(), f64::NAN), [12.0]);
        assert_eq!(predict(new(&[10.0], 0.5, &trees[..1], Link::Identity).unwrap(), 0.6), [9.5]);
    }

    #[test]
    fn leaves_are_scaled_and_added_stage_by_stage() {
        // In any other order the 1.0 is lost; scaled after they are added, the last digits would differ.
        let trees = [vec![split(1e17, 0.0)], vec![split(-1e17, 0.0)], vec![split(10.0, 0.3)]];
        let model = || new(&[0.0], 0.1, &trees, Link::Identity).unwrap();
        assert_eq!(predict(model(), 0.0), [1.0]);
        assert_eq!(predict(model(), 1.0), [0.1 * 0.3]);
    }

    #[test]
    fn two_classes_share_one_score_and_more_have_one_each() {
        let logistic = new(&[1.0], 2.0, &[vec![split(0.5, -0.5)]], Link::Logistic).unwrap();
        let p = 1.0 / (1.0 + (-2.0_f64).exp());
        assert_eq!(predict(logistic, 0.0), [1.0 - p, p]);
        let stage = vec![split(0.0, 0.0), split(1.0, 2.0), split(1.0, -1e6)];
        let model = || new(&[1.0, 0.0, 0.0], 1.0, std::slice::from_ref(&stage), Link::Softmax).unwrap();
        assert_eq!(predict(model(), 0.0), [1.0 / 3.0; 3]);
        let e = (-1.0_f64).exp();
        assert_eq!(predict(model(), 1.0), [e / (e + 1.0), 1.0 / (e + 1.0), 0.0]);
    }

    #[test]
    fn without_stages_the_start_is_the_answer() {
        assert_eq!(predict(new(&[2.5], 0.1, &[], Link::Identity).unwrap(), 0.0), [2.5]);
    }

    #[test]
    fn shapes_that_disagree_and_numbers_that_are_not_finite_are_named() {
        let refusal =
            |init: &[f64], rate, trees: &[Vec<Tree>], link| new(init, rate, trees, link).unwrap_err().to_string();
        let one = || vec![split(0.0, 1.0)];
        assert_eq!(
            refusal(&[0.0; 3], 0.1, &[vec![split(0.0, 1.0); 3], one()], Link::Softmax),
            "`trees[1]` is 1 long, expected 3 trees, one per entry of `init`"
        );
        assert_eq!(
            refusal(&[0.0; 2], 0.1, &[one()], Link::Identity),
            "`init` is 2 long, expected 1 entry, since a regression has one output"
        );
        assert_eq!(refusal(&[f64::NAN], 0.1, &[one()], Link::Identity), "`init[0]` is NaN, expected a finite number");
        assert_eq!(
            refusal(&[0.0], f64::INFINITY, &[one()], Link::Identity),
            "`learning_rate` is inf, expected a finite number"
        );
        let mut wide = split(0.0, 1.0);
        wide.value[2] = vec![0.0, 1.0];
        assert_eq!(
            refusal(&[0.0; 2], 0.1, &[vec![split(0.0, 1.0), wide]], Link::Softmax),
            "`trees[0][1].value[2]` is 2 long, expected 1 output"
        );
    }
}
