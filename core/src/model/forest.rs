//! The mean of decision trees. It never fits anything.

use super::answer::Evaluate;
use super::changed::Changed;
use super::tree::Layout;
use super::walk::{Block, Path};
use super::{Input, InvalidModel, Rounding, Tree};

/// A forest: each output is the mean of what the trees' leaves hold, probabilities or, for regression, one number.
///
/// Each tree leads a row to a leaf (see [`Tree`]); an output is `round(sum / n_trees)`, with the sum taken in the order
/// of the trees, from zero. NaN in a row goes right wherever it is compared.
#[derive(Clone, Debug)]
pub struct Forest {
    layout: Layout,
    n_features: usize,
    n_outputs: usize,
    input: Input,
    rounding: Rounding,
}

impl Forest {
    /// A forest over rows of `n_features`, whose leaves hold `n_outputs` numbers each.
    ///
    /// # Errors
    /// [`InvalidModel`] names the first place that breaks a rule: arrays of one length, children after their parents and
    /// with one parent only, features below `n_features`, finite thresholds and values, leaves of `n_outputs`
    /// values.
    pub fn new(
        trees: &[Tree],
        n_features: usize,
        n_outputs: usize,
        input: Input,
        rounding: Rounding,
    ) -> Result<Self, InvalidModel> {
        if trees.is_empty() {
            return Err(InvalidModel::new("trees", "at least one tree", "empty"));
        }
        if n_outputs == 0 {
            return Err(InvalidModel::new("n_outputs", "at least one output", 0));
        }
        let mut layout = Layout::default();
        for (tree_idx, tree) in trees.iter().enumerate() {
            layout.push(tree, format_args!("trees[{tree_idx}]"), n_features, n_outputs)?;
        }
        Ok(Self { layout, n_features, n_outputs, input, rounding })
    }

    /// Number of features that a row must have.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Number of outputs per row.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        self.n_outputs
    }

    /// Number of trees.
    #[must_use]
    pub fn n_trees(&self) -> usize {
        self.layout.roots.len()
    }

    /// Adds what a leaf holds to the sums of each of some rows.
    #[inline(always)]
    fn add(&self, leaf: usize, sums: &mut [f64]) {
        match (self.n_outputs, &self.layout.values[leaf * self.n_outputs..][..self.n_outputs]) {
            // The lengths that nearly all forests have are known to the compiler, which then adds without a loop per row.
            (1, &[value]) => sums.iter_mut().for_each(|sum| *sum += value),
            (2, &[first, second]) => {
                for sums in sums.as_chunks_mut::<2>().0 {
                    *sums = [sums[0] + first, sums[1] + second];
                }
            }
            (n_outputs, values) => {
                for sums in sums.chunks_exact_mut(n_outputs) {
                    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
                }
            }
        }
    }

    fn finish(&self, out: &mut [f64]) {
        for value in out {
            *value = self.rounding.round(*value / self.n_trees() as f64);
        }
    }
}

impl Evaluate for Forest {
    /// The path through each tree, `[n_trees]`.
    type Memory = Vec<Path>;

    fn n_outputs(&self) -> usize {
        self.n_outputs
    }

    fn input(&self) -> Input {
        self.input
    }

    fn memory(&self) -> Vec<Path> {
        self.layout.paths()
    }

    fn base(&self, row: &[f64], memory: &mut Vec<Path>, out: &mut [f64]) {
        self.layout.walk(row, memory);
        out.fill(0.0);
        for path in &*memory {
            self.add(path.leaf, out);
        }
        self.finish(out);
    }

    fn dense(&self, block: Block<'_>, _: &mut Vec<Path>, out: &mut [f64]) {
        out.fill(0.0);
        let width = self.n_outputs;
        self.layout.lead(block, |_, rows, leaf| self.add(leaf, &mut out[rows.start * width..rows.end * width]));
        self.finish(out);
    }

    fn edited(&self, block: Block<'_>, changed: &[Changed], memory: &Vec<Path>, out: &mut [f64]) {
        // All leaves are added again, changed or not: only then is the sum the same to the last bit.
        out.fill(0.0);
        let width = self.n_outputs;
        self.layout.lead_edited(block, changed, memory, |_, rows, leaf| {
            self.add(leaf, &mut out[rows.start * width..rows.end * width]);
        });
        self.finish(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::{Matrix, Rows};

    /// `x[0] <= 0.5`, else `x[1] <= 2.0`; then a tree that is only a leaf.
    fn trees() -> Vec<Tree> {
        let split = Tree {
            feature: vec![0, -2, 1, -2, -2],
            threshold: vec![0.5, -2.0, 2.0, f64::NAN, -2.0],
            left: vec![1, -1, 3, -1, -1],
            right: vec![2, -1, 4, -1, -1],
            value: vec![vec![], vec![1.0, 0.0], vec![], vec![0.25, 0.75], vec![0.0, 1.0]],
        };
        let stump = Tree {
            feature: vec![0],
            threshold: vec![0.0],
            left: vec![-1],
            right: vec![-1],
            value: vec![vec![0.5, 0.5]],
        };
        vec![split, stump]
    }

    fn new(trees: &[Tree], input: Input) -> Result<Forest, InvalidModel> {
        Forest::new(trees, 2, 2, input, Rounding::EXACT)
    }

    fn predict(model: Forest, rows: &[f64]) -> Vec<f64> {
        let mut out = vec![f64::NAN; rows.len()];
        Model::from(model).predict(Rows::dense(Matrix::new(rows, rows.len() / 2, 2).unwrap()), &mut out).unwrap();
        out
    }

    /// The message about the split tree after `change`.
    fn refusal(change: impl FnOnce(&mut Tree)) -> String {
        let mut trees = trees();
        change(&mut trees[0]);
        new(&trees, Input::Float64).unwrap_err().to_string()
    }

    #[test]
    fn output_is_the_mean_of_the_leaves() {
        let rows = [0.5, 9.0, 0.6, 2.0, 0.6, 2.1];
        let out = predict(new(&trees(), Input::Float64).unwrap(), &rows);
        assert_eq!(out, [0.75, 0.25, 0.375, 0.625, 0.25, 0.75]);
    }

    #[test]
    fn nan_goes_right() {
        let out = predict(new(&trees(), Input::Float64).unwrap(), &[f64::NAN, f64::NAN]);
        assert_eq!(out, [0.25, 0.75]);
    }

    #[test]
    fn float32_input_decides_at_float32() {
        let just_above = 0.5 + 1e-12;
        assert_eq!(predict(new(&trees(), Input::Float64).unwrap(), &[just_above, 9.0]), [0.25, 0.75]);
        assert_eq!(predict(new(&trees(), Input::Float32).unwrap(), &[just_above, 9.0]), [0.75, 0.25]);
    }

    #[test]
    fn trees_are_added_in_order() {
        let leaf = |value: f64| Tree { value: vec![vec![value, 0.0]], ..trees()[1].clone() };
        let forest = new(&[leaf(1e16), leaf(-1e16), leaf(1.0)], Input::Float64).unwrap();
        assert_eq!(predict(forest, &[0.0, 0.0])[0], 1.0 / 3.0);
    }

    #[test]
    fn a_node_that_nothing_leads_to_is_never_reached() {
        let mut trees = trees();
        let split = &mut trees[0];
        split.feature.push(0);
        split.threshold.push(0.0);
        split.left.push(-1);
        split.right.push(-1);
        split.value.push(vec![0.0, 0.0]);
        assert_eq!(predict(new(&trees, Input::Float64).unwrap(), &[0.0, 0.0]), [0.75, 0.25]);
    }

    #[test]
    fn children_must_exist_and_come_after_their_parent() {
        let expected = "expected a node from 3 to 4: a child comes after its parent";
        assert_eq!(refusal(|tree| tree.left[2] = 5), format!("`trees[0].left[2]` is 5, {expected}"));
        assert_eq!(refusal(|tree| tree.right[2] = 2), format!("`trees[0].right[2]` is 2, {expected}"));
        assert_eq!(refusal(|tree| tree.right[2] = -1), format!("`trees[0].right[2]` is -1, {expected}"));
        assert_eq!(
            refusal(|tree| tree.left[4] = 0),
            "`trees[0].feature[4]` is -2, expected a feature from 0 to 1",
            "a leaf made a node needs a feature first"
        );
        assert_eq!(
            refusal(|tree| (tree.left[4], tree.feature[4]) = (0, 0)),
            "`trees[0].left[4]` is 0, expected -1: no node comes after this one"
        );
    }

    #[test]
    fn a_node_with_two_parents_is_refused() {
        let expected = "expected a node that is no other node's child";
        assert_eq!(refusal(|tree| tree.right[0] = 3), format!("`trees[0].left[2]` is 3, {expected}"));
        assert_eq!(refusal(|tree| tree.right[0] = 1), format!("`trees[0].right[0]` is 1, {expected}"));
    }

    #[test]
    fn arrays_of_different_lengths_are_refused() {
        let refused = |message: String, name: &str, len: usize| {
            assert_eq!(message, format!("`trees[0].{name}` is {len} long, expected 5 entries, as `left` has"));
        };
        refused(refusal(|tree| tree.feature.truncate(4)), "feature", 4);
        refused(refusal(|tree| tree.threshold.push(0.0)), "threshold", 6);
        refused(refusal(|tree| tree.right.clear()), "right", 0);
        refused(refusal(|tree| tree.value.truncate(1)), "value", 1);
        assert_eq!(refusal(|tree| tree.left.clear()), "`trees[0].left` is empty, expected at least one node");
    }

    #[test]
    fn numbers_of_a_node_are_checked() {
        assert_eq!(refusal(|tree| tree.feature[2] = 2), "`trees[0].feature[2]` is 2, expected a feature from 0 to 1");
        assert_eq!(
            refusal(|tree| tree.threshold[2] = f64::INFINITY),
            "`trees[0].threshold[2]` is inf, expected a finite number"
        );
        assert_eq!(refusal(|tree| tree.value[3] = vec![1.0]), "`trees[0].value[3]` is 1 long, expected 2 outputs");
        assert_eq!(
            refusal(|tree| tree.value[3][1] = f64::NAN),
            "`trees[0].value[3][1]` is NaN, expected a finite number"
        );
    }

    #[test]
    fn a_forest_without_trees_or_outputs_is_refused() {
        assert_eq!(new(&[], Input::Float64).unwrap_err().to_string(), "`trees` is empty, expected at least one tree");
        let no_outputs = Forest::new(&trees(), 2, 0, Input::Float64, Rounding::EXACT).unwrap_err();
        assert_eq!(no_outputs.to_string(), "`n_outputs` is 0, expected at least one output");
    }
}
