//! The split after which labels lie closest to the medians of their sides. It never looks at more than one node.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::ops::Range;

use super::sum::Sum;
use super::tree::{Criterion, candidates};

/// Errors that differ by less than this part are tied, and one that falls by no more has not fallen.
const TIED_WITHIN: f64 = 1e-12;

/// `DecisionTreeRegressor(criterion="absolute_error")`, with a rule for ties where that leaves them to its rounding.
pub(super) struct AbsoluteError<'a> {
    /// `[n]`, in the order of the sorted feature, finite.
    pub(super) labels: &'a [f64],
}

impl Criterion for AbsoluteError<'_> {
    fn split(&self, values: &[f32], node: Range<usize>) -> Option<usize> {
        let labels = &self.labels[node.clone()];
        let before = deviations(labels.iter());
        let after = deviations(labels.iter().rev());
        let whole = before[labels.len()];
        if whole / labels.len() as f64 <= f64::EPSILON {
            return None;
        }
        let error = |at: usize| before[at - node.start] + after[node.end - at];
        let least = candidates(values, node.clone()).map(error).reduce(f64::min)?;
        let at = candidates(values, node.clone()).find(|&at| error(at) <= least * (1.0 + TIED_WITHIN))?;
        (whole - error(at) > TIED_WITHIN * whole).then_some(at)
    }
}

/// For each number of labels from none to all, the sum of the absolute deviations of that many from their median,
/// `[n + 1]`.
fn deviations<'a>(labels: impl Iterator<Item = &'a f64>) -> Vec<f64> {
    let mut halves = Halves::default();
    let after_each = labels.map(|&label| {
        halves.push(label);
        halves.deviation()
    });
    std::iter::once(0.0).chain(after_each).collect()
}

/// Labels in two halves, of which the lower has as many as the upper or one more.
#[derive(Default)]
struct Halves {
    lower: BinaryHeap<Label>,
    upper: BinaryHeap<Reverse<Label>>,
    /// The upper half less the lower half: the deviations from anything that lies between both.
    between: Sum,
}

impl Halves {
    fn push(&mut self, label: f64) {
        self.between = self.between.plus(-label);
        self.lower.push(Label(label));
        // Through the other half, so that each ends up with what belongs there.
        if let Some(highest) = self.lower.pop() {
            self.between = self.between.plus(2.0 * highest.0);
            self.upper.push(Reverse(highest));
        }
        if self.upper.len() > self.lower.len()
            && let Some(Reverse(lowest)) = self.upper.pop()
        {
            self.between = self.between.plus(-2.0 * lowest.0);
            self.lower.push(lowest);
        }
    }

    /// The sum of the absolute deviations from the median.
    fn deviation(&self) -> f64 {
        let is_odd = self.lower.len() > self.upper.len();
        // Of an odd number the median itself stands in the lower half, and deviates from nothing.
        let median = self.lower.peek().filter(|_| is_odd).map_or(0.0, |label| label.0);
        self.between.plus(median).value()
    }
}

/// A finite label, which so has an order.
struct Label(f64);

impl Ord for Label {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Label {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Label {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Label {}

#[cfg(test)]
mod tests {
    use super::deviations;

    #[test]
    fn deviations_are_those_from_the_running_median() {
        let labels = [3.0, 1.0, 2.0, 10.0, -4.0];
        // Medians 3, 2, 2, 2.5, 2.
        assert_eq!(deviations(labels.iter()), [0.0, 0.0, 2.0, 2.0, 10.0, 16.0]);
    }

    #[test]
    fn a_large_offset_costs_no_digits() {
        let labels = [0.5, 0.25, 0.75, 0.125];
        let far = labels.map(|label| label + 1048576.0 * 1048576.0);
        assert_eq!(deviations(far.iter()), deviations(labels.iter()));
    }
}
