//! A sum that keeps what rounding loses, so that neither order nor cancellation decides a tie. It never checks for
//! overflow: an infinite summand makes it NaN.

/// A running sum and the rounding error of its steps (Neumaier 1974; the error of a step is Knuth's two-sum).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    rounded: f64,
    lost: f64,
}

impl Sum {
    /// The sum with `value` in it.
    pub(super) fn plus(self, value: f64) -> Self {
        let rounded = self.rounded + value;
        let taken = rounded - self.rounded;
        let lost = (self.rounded - (rounded - taken)) + (value - taken);
        Self { rounded, lost: self.lost + lost }
    }

    /// The sum as a number.
    pub(super) fn value(self) -> f64 {
        self.rounded + self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::Sum;

    #[test]
    fn what_cancels_leaves_the_small_summand() {
        let sum = [1e16, 1.0, -1e16, 0.1, 1e16, -1e16].into_iter().fold(Sum::default(), Sum::plus);
        assert_eq!(sum.value(), 1.1);
    }

    #[test]
    fn an_overflow_is_nan_or_infinite() {
        let sum = [f64::MAX, f64::MAX].into_iter().fold(Sum::default(), Sum::plus);
        assert!(!sum.value().is_finite());
    }
}
