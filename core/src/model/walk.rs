//! Where trees lead a row, and which of them an edited row need not walk again. It adds up no leaves.

use super::changed::{Changed, FeatureSet};
use super::tree::{Layout, Node};

/// Where one tree led the base row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Path {
    /// The features compared on the way.
    features: FeatureSet,
    pub(super) leaf: usize,
}

impl Layout {
    /// Room for the path through each tree, `[n_trees]`.
    pub(super) fn paths(&self) -> Vec<Path> {
        vec![Path::default(); self.roots.len()]
    }

    /// The way of `row` through the tree at `root`.
    #[inline]
    pub(super) fn walk(&self, root: u32, row: &[f64]) -> Path {
        let leaf = self.leaf(root, row);
        Path { features: self.features[leaf], leaf }
    }

    /// The leaf of an edited `row`. A tree that compared no changed feature leads it where it led the base row.
    #[inline]
    pub(super) fn walk_again(&self, root: u32, row: &[f64], changed: Changed, base: Path) -> usize {
        if base.features.meets(changed.features) { self.leaf(root, row) } else { base.leaf }
    }

    #[inline]
    fn leaf(&self, root: u32, row: &[f64]) -> usize {
        let mut node = self.nodes[root as usize];
        while node.feature != Node::LEAF {
            let goes_left = row[node.feature as usize] <= node.threshold;
            node = self.nodes[node.next as usize + usize::from(!goes_left)];
        }
        node.next as usize
    }
}
