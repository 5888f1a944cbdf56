//! Cut points of a numeric feature, by a small entropy tree. It never bins anything, and never cuts a categorical
//! feature.
//!
//! The tree is scikit-learn's `DecisionTreeClassifier(criterion="entropy")` on the one feature, reproduced to the last
//! bit: the float32 cast, the smallest gap, the order of summation and the choice among ties decide which cut comes
//! out.

use std::ops::Range;

use crate::{Error, check, quantile};

/// The depth of the tree behind factual explanations: one cut.
pub const FACTUAL_DEPTH: usize = 1;

/// The depth of the tree behind alternative explanations: up to seven cuts.
pub const ALTERNATIVE_DEPTH: usize = 3;

/// The cut points of a feature: the thresholds of an entropy tree that predicts `labels` from it, strictly ascending.
///
/// * `x`: `[n_cal]`, the feature's column, within the range of float32
/// * `labels`: `[n_cal]`, each below `n_classes`: the calibrated predictions (the default) or the observed classes
/// * `max_depth`: [`FACTUAL_DEPTH`] or [`ALTERNATIVE_DEPTH`]; at most 2^max_depth - 1 cuts come out
///
/// Of exactly tied splits the lowest threshold wins. A tree without a split gives one cut, the median of `x`, so there
/// is always at least one. O(n log n) for the sort, then O(n · n_classes) per level.
///
/// # Errors
/// [`Error::Empty`] without rows, [`Error::Shape`] if the lengths differ, [`Error::NotFinite`] for the first value that
/// is NaN, infinite or beyond float32, [`Error::OutOfRange`] for a label that is not below `n_classes`.
pub fn entropy_cuts(x: &[f64], labels: &[u32], n_classes: usize, max_depth: usize) -> Result<Vec<f64>, Error> {
    check::not_empty("feature", x)?;
    check::length("labels", x.len(), labels.len())?;
    if let Some(row_idx) = x.iter().position(|&value| !(value as f32).is_finite()) {
        return Err(Error::NotFinite { what: "feature, in float32,", row_idx, value: x[row_idx] });
    }
    check::labels(labels, n_classes)?;

    let mut rows: Vec<(f32, u32)> = x.iter().map(|&value| value as f32).zip(labels.iter().copied()).collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut cuts = Tree { rows: &rows, n_classes }.thresholds(max_depth);
    if cuts.is_empty() {
        let mut sorted = x.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        cuts.push(quantile::median(&sorted));
    }
    Ok(cuts)
}

/// scikit-learn's smallest gap between two values that a threshold may separate.
const GAP_MIN: f32 = 1e-7;

/// A tree on one feature: as its rows are sorted, each node is a range of them.
struct Tree<'a> {
    rows: &'a [(f32, u32)],
    n_classes: usize,
}

/// Where a node is parted: its rows before `at` have values up to `threshold`.
struct Split {
    at: usize,
    threshold: f64,
    impurity_left: f64,
    impurity_right: f64,
}

impl Tree<'_> {
    /// All thresholds, strictly ascending.
    fn thresholds(&self, max_depth: usize) -> Vec<f64> {
        let mut thresholds = Vec::new();
        let root = 0..self.rows.len();
        let impurity = entropy(&self.counts(root.clone()), root.len());
        // A stack instead of recursion: no depth that a caller asks for can exhaust the thread's own stack.
        let mut nodes = vec![(root, impurity, 0)];
        while let Some((node, impurity, depth)) = nodes.pop() {
            if depth >= max_depth || node.len() < 2 || impurity <= f64::EPSILON {
                continue;
            }
            let Some(split) = self.best_split(node.clone()) else { continue };
            if self.gain(&node, impurity, &split) + f64::EPSILON < 0.0 {
                continue;
            }
            thresholds.push(split.threshold);
            nodes.push((node.start..split.at, split.impurity_left, depth + 1));
            nodes.push((split.at..node.end, split.impurity_right, depth + 1));
        }
        thresholds.sort_unstable_by(f64::total_cmp);
        thresholds.dedup();
        thresholds
    }

    /// The split with the least weighted impurity, the leftmost of several; `None` if no two values are far enough
    /// apart.
    fn best_split(&self, node: Range<usize>) -> Option<Split> {
        let mut right = self.counts(node.clone());
        let mut left = vec![0; self.n_classes];
        let mut best = None;
        let mut best_objective = f64::NEG_INFINITY;
        for at in node.start + 1..node.end {
            let (lower, label) = self.rows[at - 1];
            let upper = self.rows[at].0;
            left[label as usize] += 1;
            right[label as usize] -= 1;
            if upper <= lower + GAP_MIN {
                continue;
            }
            let (n_left, n_right) = (at - node.start, node.end - at);
            let (impurity_left, impurity_right) = (entropy(&left, n_left), entropy(&right, n_right));
            let objective = -(n_right as f64) * impurity_right - n_left as f64 * impurity_left;
            if objective > best_objective {
                best_objective = objective;
                best = Some(Split { at, threshold: between(lower, upper), impurity_left, impurity_right });
            }
        }
        best
    }

    /// How much the split lowers the impurity of the whole tree.
    fn gain(&self, node: &Range<usize>, impurity: f64, split: &Split) -> f64 {
        let n = node.len() as f64;
        let (n_left, n_right) = ((split.at - node.start) as f64, (node.end - split.at) as f64);
        n / self.rows.len() as f64 * (impurity - n_right / n * split.impurity_right - n_left / n * split.impurity_left)
    }

    /// The number of rows of each class, `[n_classes]`.
    fn counts(&self, node: Range<usize>) -> Vec<usize> {
        let mut counts = vec![0; self.n_classes];
        for &(_, label) in &self.rows[node] {
            counts[label as usize] += 1;
        }
        counts
    }
}

/// The entropy of `n` rows in bits, summed in the order of the classes.
fn entropy(counts: &[usize], n: usize) -> f64 {
    let mut entropy = 0.0;
    for &count in counts {
        if count > 0 {
            let share = count as f64 / n as f64;
            // ln/ln 2 and not log2: the last bit decides ties, and this is how scikit-learn takes the logarithm.
            entropy -= share * (share.ln() / std::f64::consts::LN_2);
        }
    }
    entropy
}

/// The middle of two neighbours, or the lower one where the middle would not part them.
fn between(lower: f32, upper: f32) -> f64 {
    let middle = f64::from(lower) / 2.0 + f64::from(upper) / 2.0;
    if middle == f64::from(upper) { f64::from(lower) } else { middle }
}

#[cfg(test)]
mod tests {
    use super::{ALTERNATIVE_DEPTH, FACTUAL_DEPTH, entropy_cuts};
    use crate::Error;

    #[test]
    fn a_clean_step_is_cut_in_its_middle() {
        let cuts = entropy_cuts(&[4.0, 1.0, 3.0, 2.0], &[1, 0, 1, 0], 2, FACTUAL_DEPTH);
        assert_eq!(cuts, Ok(vec![2.5]));
    }

    #[test]
    fn the_lowest_of_tied_thresholds_wins() {
        // 0 | 1 1 | 0: cutting off either end is equally good.
        assert_eq!(entropy_cuts(&[1.0, 2.0, 3.0, 4.0], &[0, 1, 1, 0], 2, FACTUAL_DEPTH), Ok(vec![1.5]));
    }

    #[test]
    fn a_deeper_tree_cuts_more_often_and_three_classes_too() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let cuts = entropy_cuts(&x, &[0, 0, 1, 1, 2, 2], 3, ALTERNATIVE_DEPTH);
        assert_eq!(cuts, Ok(vec![2.5, 4.5]));
    }

    #[test]
    fn one_class_is_cut_at_the_median() {
        assert_eq!(entropy_cuts(&[5.0, 1.0, 2.0, 4.0], &[0; 4], 1, FACTUAL_DEPTH), Ok(vec![3.0]));
        assert_eq!(entropy_cuts(&[5.0], &[1], 2, FACTUAL_DEPTH), Ok(vec![5.0]));
        assert_eq!(entropy_cuts(&[1.0, 2.0, 9.0], &[0, 1, 1], 2, 0), Ok(vec![2.0]));
    }

    #[test]
    fn values_too_close_for_float32_are_not_parted() {
        assert_eq!(entropy_cuts(&[7.0; 4], &[0, 1, 0, 1], 2, FACTUAL_DEPTH), Ok(vec![7.0]));
        let close = [1.0, 1.0 + 5e-8, 1.0, 1.0 + 5e-8];
        assert_eq!(entropy_cuts(&close, &[0, 1, 0, 1], 2, FACTUAL_DEPTH).map(|cuts| cuts.len()), Ok(1));
        // Float32 tells these apart, but the gap is not above 1e-7.
        assert_eq!(entropy_cuts(&[0.0, 1e-7], &[0, 1], 2, FACTUAL_DEPTH), Ok(vec![5e-8]));
    }

    #[test]
    fn thresholds_are_cast_to_float32_first() {
        let cuts = entropy_cuts(&[0.1, 0.2], &[0, 1], 2, FACTUAL_DEPTH);
        assert_eq!(cuts, Ok(vec![f64::from(0.1_f32) / 2.0 + f64::from(0.2_f32) / 2.0]));
    }

    #[test]
    fn an_absurd_depth_is_no_danger() {
        let x: Vec<f64> = (0..200).map(f64::from).collect();
        let labels: Vec<u32> = (0..200).map(|idx| idx % 2).collect();
        assert_eq!(entropy_cuts(&x, &labels, 2, usize::MAX).map(|cuts| cuts.len()), Ok(199));
    }

    #[test]
    fn input_is_checked_at_the_door() {
        assert_eq!(entropy_cuts(&[], &[], 2, 1), Err(Error::Empty { what: "feature" }));
        assert_eq!(entropy_cuts(&[1.0], &[], 2, 1), Err(Error::Shape { what: "labels", expected: 1, found: 0 }));
        assert_eq!(
            entropy_cuts(&[1.0, 2.0], &[0, 2], 2, 1),
            Err(Error::OutOfRange { what: "class label", found: 2, limit: 2 })
        );
        for bad in [f64::NAN, f64::INFINITY, 1e39] {
            assert!(matches!(entropy_cuts(&[1.0, bad], &[0, 1], 2, 1), Err(Error::NotFinite { row_idx: 1, .. })));
        }
    }
}
