//! A tree on one sorted feature, as scikit-learn grows it: each node is a range of rows. It never says which split is
//! best: a criterion does.

use std::ops::Range;

/// scikit-learn's smallest gap between two values that a threshold may separate.
const GAP_MIN: f32 = 1e-7;

/// Chooses the split of a node.
pub(super) trait Criterion {
    /// Where to part the rows `node` of the sorted `values`: those before the position go left, neither side empty.
    /// `None` leaves the node a leaf. It parts only at [`candidates`].
    fn split(&self, values: &[f32], node: Range<usize>) -> Option<usize>;
}

/// All thresholds of a tree over `values`, `[n]` ascending and finite; strictly ascending, none without rows.
pub(super) fn thresholds(values: &[f32], criterion: &impl Criterion, max_depth: usize) -> Vec<f64> {
    let mut thresholds = Vec::new();
    // A stack instead of recursion: no depth that a caller asks for can exhaust the thread's own stack.
    let mut nodes = vec![(0..values.len(), 0)];
    while let Some((node, depth)) = nodes.pop() {
        if depth >= max_depth || node.len() < 2 {
            continue;
        }
        let Some(at) = criterion.split(values, node.clone()) else { continue };
        thresholds.push(between(values[at - 1], values[at]));
        nodes.push((node.start..at, depth + 1));
        nodes.push((at..node.end, depth + 1));
    }
    thresholds.sort_unstable_by(f64::total_cmp);
    thresholds.dedup();
    thresholds
}

/// The positions at which a node may be parted, ascending: the values before and at it are far enough apart.
pub(super) fn candidates(values: &[f32], node: Range<usize>) -> impl Iterator<Item = usize> + '_ {
    (node.start + 1..node.end).filter(|&at| values[at] > values[at - 1] + GAP_MIN)
}

/// The middle of two neighbours. It parts them: float64 has digits to spare between any two float32 numbers, so that
/// rounding never makes it one of the two, where scikit-learn would take the lower.
fn between(lower: f32, upper: f32) -> f64 {
    f64::from(lower) / 2.0 + f64::from(upper) / 2.0
}
