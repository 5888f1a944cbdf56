//! The split after which the classes are best sorted. It never looks at more than one node.

use std::ops::Range;

use super::tree::{Criterion, candidates};

/// `DecisionTreeClassifier(criterion="entropy")`, to the last bit.
pub(super) struct Entropy<'a> {
    /// `[n]`, in the order of the sorted feature, each below `n_classes`.
    pub(super) labels: &'a [u32],
    pub(super) n_classes: usize,
}

/// Where a node is parted, and what that leaves of its impurity.
struct Split {
    at: usize,
    impurity_left: f64,
    impurity_right: f64,
}

impl Criterion for Entropy<'_> {
    fn split(&self, values: &[f32], node: Range<usize>) -> Option<usize> {
        let impurity = entropy(&self.counts(node.clone()), node.len());
        if impurity <= f64::EPSILON {
            return None;
        }
        let split = self.best(values, node.clone())?;
        (self.gain(&node, impurity, &split) + f64::EPSILON >= 0.0).then_some(split.at)
    }
}

impl Entropy<'_> {
    /// The split with the least weighted impurity, the leftmost of several; `None` if no two values are far enough
    /// apart.
    fn best(&self, values: &[f32], node: Range<usize>) -> Option<Split> {
        let mut right = self.counts(node.clone());
        let mut left = vec![0; self.n_classes];
        let mut counted = node.start;
        let mut best = None;
        let mut best_objective = f64::NEG_INFINITY;
        for at in candidates(values, node.clone()) {
            for &label in &self.labels[counted..at] {
                left[label as usize] += 1;
                right[label as usize] -= 1;
            }
            counted = at;
            let (n_left, n_right) = (at - node.start, node.end - at);
            let (impurity_left, impurity_right) = (entropy(&left, n_left), entropy(&right, n_right));
            let objective = -(n_right as f64) * impurity_right - n_left as f64 * impurity_left;
            if objective > best_objective {
                best_objective = objective;
                best = Some(Split { at, impurity_left, impurity_right });
            }
        }
        best
    }

    /// How much the split lowers the impurity of the whole tree.
    fn gain(&self, node: &Range<usize>, impurity: f64, split: &Split) -> f64 {
        let n = node.len() as f64;
        let (n_left, n_right) = ((split.at - node.start) as f64, (node.end - split.at) as f64);
        n / self.labels.len() as f64
            * (impurity - n_right / n * split.impurity_right - n_left / n * split.impurity_left)
    }

    /// The number of rows of each class, `[n_classes]`.
    fn counts(&self, node: Range<usize>) -> Vec<usize> {
        let mut counts = vec![0; self.n_classes];
        for &label in &self.labels[node] {
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
