//! One decision tree as it is written down, checked, and laid out for walking. It never evaluates a row.

use std::fmt;

use super::InvalidModel;
use super::changed::FeatureSet;

/// A tree as parallel arrays, one entry per node; node 0 is the root.
///
/// A node is a leaf iff `left < 0`. A row goes left iff `x[feature] <= threshold`, so NaN goes right. Of a leaf only
/// `value` is read, of any other node everything but `value`. A node that nothing leads to is checked, but never
/// reached.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The feature compared, `[n_nodes]`.
    pub feature: Vec<i64>,
    /// What it is compared with, `[n_nodes]`.
    pub threshold: Vec<f64>,
    /// The child for `x <= threshold`, `[n_nodes]`; it comes after its parent.
    pub left: Vec<i64>,
    /// The other child, `[n_nodes]`; it comes after its parent.
    pub right: Vec<i64>,
    /// The outputs, `[n_nodes][n_outputs]`.
    pub value: Vec<Vec<f64>>,
}

/// A node in 16 bytes. The children of an inner node lie side by side at `next` and `next + 1`.
///
/// A leaf leads every row to itself: it compares with NaN, so that all go right, and `next` is the node before it. A walk
/// so needs no question of whether it has ended, and several can go in step. Which leaf it is stands in the low bits of that
/// NaN.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    threshold: f64,
    feature: u32,
    next: u32,
}

impl Node {
    /// The leaf of this number, at this place of the nodes.
    fn leaf_at(place: usize, leaf: u32) -> Self {
        Self { threshold: f64::from_bits(f64::NAN.to_bits() | u64::from(leaf)), feature: 0, next: place as u32 - 1 }
    }

    /// Where `row` goes from here, which is where it is once it has reached a leaf. A row has one entry at least.
    #[inline(always)]
    pub(super) fn step(&self, row: &[f64]) -> u32 {
        let goes_left = row[self.feature as usize] <= self.threshold;
        self.next + u32::from(!goes_left)
    }

    /// The number of the leaf that this node is.
    #[inline(always)]
    pub(super) fn leaf(&self) -> usize {
        self.threshold.to_bits() as u32 as usize
    }
}

/// All trees of a model, one after another.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// The first is nobody's, so that there is a node before every leaf.
    pub(super) nodes: Vec<Node>,
    /// The root of each tree, `[n_trees]`.
    pub(super) roots: Vec<u32>,
    /// The outputs of each leaf, `[n_leaves, n_outputs]`.
    pub(super) values: Vec<f64>,
    /// The features that are compared on the way to each leaf, `[n_leaves]`.
    pub(super) features: Vec<FeatureSet>,
}

impl Layout {
    /// Appends the tree that is called `at`.
    ///
    /// # Errors
    /// [`InvalidModel`] names the first place that breaks a rule; the layout is then of no use.
    pub(super) fn push(
        &mut self,
        tree: &Tree,
        at: fmt::Arguments<'_>,
        n_features: usize,
        n_outputs: usize,
    ) -> Result<(), InvalidModel> {
        Checker { tree, at, n_features, n_outputs }.check()?;
        if self.nodes.is_empty() {
            self.nodes.push(Self::UNSET);
        }
        if u32::try_from(self.nodes.len() + tree.left.len()).is_err() {
            return Err(InvalidModel::new("trees", format!("at most {} nodes in all", u32::MAX), "larger"));
        }
        self.roots.push(self.nodes.len() as u32);
        self.nodes.push(Self::UNSET);
        // Every child has one parent and comes after it, so this ends, with no more nodes than the tree has.
        let mut open = vec![(0_usize, self.nodes.len() - 1, FeatureSet::default())];
        while let Some((from, to, features)) = open.pop() {
            let (left, right) = (tree.left[from], tree.right[from]);
            if left < 0 {
                self.nodes[to] = Node::leaf_at(to, self.features.len() as u32);
                self.values.extend_from_slice(&tree.value[from]);
                self.features.push(features);
            } else {
                let (feature, next) = (tree.feature[from] as u32, self.nodes.len());
                self.nodes[to] = Node { threshold: tree.threshold[from], feature, next: next as u32 };
                self.nodes.extend([Self::UNSET; 2]);
                open.push((right as usize, next + 1, features.with(feature)));
                open.push((left as usize, next, features.with(feature)));
            }
        }
        Ok(())
    }

    const UNSET: Node = Node { threshold: 0.0, feature: 0, next: 0 };
}

/// The rules that make walking a tree safe: it ends, and every index is in range.
struct Checker<'a> {
    tree: &'a Tree,
    at: fmt::Arguments<'a>,
    n_features: usize,
    n_outputs: usize,
}

impl Checker<'_> {
    fn check(&self) -> Result<(), InvalidModel> {
        let tree = self.tree;
        let n_nodes = tree.left.len();
        if n_nodes == 0 {
            return Err(InvalidModel::new(format!("{}.left", self.at), "at least one node", "empty"));
        }
        for (name, len) in [
            ("feature", tree.feature.len()),
            ("threshold", tree.threshold.len()),
            ("right", tree.right.len()),
            ("value", tree.value.len()),
        ] {
            if len != n_nodes {
                let at = format!("{}.{name}", self.at);
                return Err(InvalidModel::new(at, format!("{n_nodes} entries, as `left` has"), format!("{len} long")));
            }
        }
        let mut has_parent = vec![false; n_nodes];
        for node in 0..n_nodes {
            if tree.left[node] < 0 {
                self.check_leaf(node)?;
            } else {
                self.check_inner(node, &mut has_parent)?;
            }
        }
        Ok(())
    }

    fn check_leaf(&self, node: usize) -> Result<(), InvalidModel> {
        let value = &self.tree.value[node];
        if value.len() != self.n_outputs {
            let expected = match self.n_outputs {
                1 => "1 output".to_owned(),
                n_outputs => format!("{n_outputs} outputs"),
            };
            return Err(InvalidModel::new(self.place("value", node), expected, format!("{} long", value.len())));
        }
        match value.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            Some((idx, found)) => {
                Err(InvalidModel::new(format!("{}[{idx}]", self.place("value", node)), "a finite number", found))
            }
            None => Ok(()),
        }
    }

    fn check_inner(&self, node: usize, has_parent: &mut [bool]) -> Result<(), InvalidModel> {
        let tree = self.tree;
        let feature = tree.feature[node];
        if !usize::try_from(feature).is_ok_and(|feature| feature < self.n_features && u32::try_from(feature).is_ok()) {
            let expected = format!("a feature from 0 to {}", self.n_features.saturating_sub(1));
            return Err(InvalidModel::new(self.place("feature", node), expected, feature));
        }
        if !tree.threshold[node].is_finite() {
            return Err(InvalidModel::new(self.place("threshold", node), "a finite number", tree.threshold[node]));
        }
        for (name, child) in [("left", tree.left[node]), ("right", tree.right[node])] {
            let idx = usize::try_from(child).ok().filter(|&idx| node < idx && idx < has_parent.len());
            let Some(idx) = idx else {
                let expected = match has_parent.len() - 1 {
                    last if last == node => "-1: no node comes after this one".to_owned(),
                    last => format!("a node from {} to {last}: a child comes after its parent", node + 1),
                };
                return Err(InvalidModel::new(self.place(name, node), expected, child));
            };
            if std::mem::replace(&mut has_parent[idx], true) {
                let expected = "a node that is no other node's child";
                return Err(InvalidModel::new(self.place(name, node), expected, child));
            }
        }
        Ok(())
    }

    fn place(&self, name: &str, node: usize) -> String {
        format!("{}.{name}[{node}]", self.at)
    }
}
