//! Where trees lead rows, and which of them an edited row need not walk again. It adds up no leaves.
//!
//! Several walks go in step: while one waits for a node to arrive, the others go on, and no branch has to be guessed.

use std::ops::Range;

use super::changed::{Changed, FeatureSet};
use super::tree::Layout;

/// Walks that go in step.
const LANES: usize = 8;

/// Rows written out side by side at most: with all their outputs they stay in the nearest cache.
pub(super) const BLOCK_ROWS: usize = 64;

/// Where one tree led the base row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Path {
    /// The features compared on the way.
    features: FeatureSet,
    pub(super) leaf: usize,
}

/// At most [`BLOCK_ROWS`] rows written out, `[n_rows, width]`; a row without features has one entry all the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'a> {
    pub(super) rows: &'a [f64],
    pub(super) width: usize,
}

impl<'a> Block<'a> {
    pub(super) fn n_rows(self) -> usize {
        self.rows.len() / self.width
    }

    pub(super) fn row(self, row_idx: usize) -> &'a [f64] {
        &self.rows[row_idx * self.width..][..self.width]
    }
}

impl Layout {
    /// Room for the path through each tree, `[n_trees]`.
    pub(super) fn paths(&self) -> Vec<Path> {
        vec![Path::default(); self.roots.len()]
    }

    /// The way of `row` through each tree, into `paths`, `[n_trees]`.
    pub(super) fn walk(&self, row: &[f64], paths: &mut [Path]) {
        for (paths, roots) in paths.chunks_mut(LANES).zip(self.roots.chunks(LANES)) {
            let lane = |lane_idx: usize| roots[lane_idx.min(roots.len() - 1)];
            let leaves = self.leaves(std::array::from_fn(lane), [row; LANES]);
            for (path, leaf) in paths.iter_mut().zip(leaves) {
                *path = Path { features: self.features[leaf], leaf };
            }
        }
    }

    /// Leads every row of `block` through each tree, tree by tree: `add(tree, rows, leaf)` is told where they end.
    pub(super) fn lead(&self, block: Block<'_>, mut add: impl FnMut(usize, Range<usize>, usize)) {
        let rows: [u8; BLOCK_ROWS] = std::array::from_fn(|row_idx| row_idx as u8);
        for (tree_idx, &root) in self.roots.iter().enumerate() {
            self.lead_some(root, block, &rows[..block.n_rows()], |row_idx, leaf| {
                add(tree_idx, row_idx..row_idx + 1, leaf);
            });
        }
    }

    /// The same for edited rows of one base row, whose `paths` are known: a tree that compared no changed feature leads them
    /// where it led the base row.
    pub(super) fn lead_edited(
        &self,
        block: Block<'_>,
        changed: &[Changed],
        paths: &[Path],
        mut add: impl FnMut(usize, Range<usize>, usize),
    ) {
        let mut groups = [(FeatureSet::default(), 0_u8); BLOCK_ROWS];
        let mut n_groups = 0;
        for (row_idx, changed) in changed.iter().enumerate() {
            if row_idx == 0 || groups[n_groups - 1].0 != changed.features {
                n_groups += 1;
            }
            groups[n_groups - 1] = (changed.features, row_idx as u8 + 1);
        }
        let mut again = [0_u8; BLOCK_ROWS];
        for (tree_idx, (&root, path)) in self.roots.iter().zip(paths).enumerate() {
            let (mut n_again, mut start) = (0, 0);
            for &(features, end) in &groups[..n_groups] {
                if path.features.meets(features) {
                    for row_idx in start..end {
                        again[n_again] = row_idx;
                        n_again += 1;
                    }
                } else {
                    add(tree_idx, usize::from(start)..usize::from(end), path.leaf);
                }
                start = end;
            }
            self.lead_some(root, block, &again[..n_again], |row_idx, leaf| add(tree_idx, row_idx..row_idx + 1, leaf));
        }
    }

    /// Leads the rows that `some` names through one tree.
    #[inline(always)]
    fn lead_some(&self, root: u32, block: Block<'_>, some: &[u8], mut add: impl FnMut(usize, usize)) {
        for some in some.chunks(LANES) {
            // A lane too many follows the last row once more, and nobody asks where that ended.
            let row = |lane_idx: usize| block.row(usize::from(some[lane_idx.min(some.len() - 1)]));
            let leaves = self.leaves([root; LANES], std::array::from_fn(row));
            for (&row_idx, leaf) in some.iter().zip(leaves) {
                add(usize::from(row_idx), leaf);
            }
        }
    }

    /// The leaves that walks end in which begin at `nodes`, each with its row.
    #[inline(always)]
    fn leaves(&self, mut nodes: [u32; LANES], rows: [&[f64]; LANES]) -> [usize; LANES] {
        loop {
            let mut moved = 0;
            for (node, row) in nodes.iter_mut().zip(rows) {
                let next = self.nodes[*node as usize].step(row);
                moved |= *node ^ next;
                *node = next;
            }
            if moved == 0 {
                return nodes.map(|node| self.nodes[node as usize].leaf());
            }
        }
    }
}
