//! From the sums of a model to its outputs. It never sums anything.

use super::{InvalidModel, Rounding};

/// What turns a row's sums, its *scores*, into outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// One score is one output: `round(z)`. For regression.
    Identity,
    /// One score gives the probabilities of class 0 and of class 1: `p = round(1 / (1 + exp(-z)))`, `[1 - p, p]`.
    Logistic,
    /// One score per class gives one probability per class: `e[k] = exp(z[k] - max(z))`, `round(e[k] / sum(e))`, with the
    /// sum taken in the order of classes, from zero. Rounded probabilities need not add up to one.
    Softmax,
}

impl Link {
    /// Number of outputs for `n_scores` scores.
    #[must_use]
    pub fn n_outputs(self, n_scores: usize) -> usize {
        match self {
            Self::Identity | Self::Softmax => n_scores,
            Self::Logistic => 2,
        }
    }

    /// Refuses a number of scores that this link does not take.
    ///
    /// # Errors
    /// [`InvalidModel`] at `at`: identity and logistic take one score, softmax at least two.
    pub(super) fn check_n_scores(self, at: &str, n_scores: usize) -> Result<(), InvalidModel> {
        let expected = match self {
            Self::Identity if n_scores != 1 => "1 entry, since a regression has one output",
            Self::Logistic if n_scores != 1 => "1 entry, since a logistic link has one score for two classes",
            Self::Softmax if n_scores < 2 => "at least 2 entries, one per class",
            _ => return Ok(()),
        };
        Err(InvalidModel::new(at, expected, format!("{n_scores} long")))
    }

    /// Turns the scores that stand at the head of `out` into the outputs, which fill it.
    ///
    /// A score that is NaN makes all outputs NaN; so does, for softmax, a largest score that is infinite.
    #[inline]
    pub(super) fn finish(self, rounding: Rounding, out: &mut [f64]) {
        if self == Self::Softmax {
            softmax(rounding, out);
            return;
        }
        let z = out[0];
        if z.is_nan() {
            // One NaN for all: which bits arithmetic gives a NaN depends on how it was compiled.
            out.fill(f64::NAN);
        } else if self == Self::Identity {
            out[0] = rounding.round(z);
        } else {
            let p = rounding.round(1.0 / (1.0 + (-z).exp()));
            out.copy_from_slice(&[1.0 - p, p]);
        }
    }
}

fn softmax(rounding: Rounding, out: &mut [f64]) {
    let max = out.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if max.is_infinite() || out.iter().any(|z| z.is_nan()) {
        out.fill(f64::NAN);
        return;
    }
    let mut sum = 0.0;
    for value in &mut *out {
        *value = (*value - max).exp();
        sum += *value;
    }
    for value in out {
        *value = rounding.round(*value / sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished<const N: usize>(link: Link, rounding: Rounding, scores: [f64; N]) -> [f64; N] {
        let mut out = scores;
        link.finish(rounding, &mut out);
        out
    }

    #[test]
    fn a_probability_is_rounded_before_its_complement_is_taken() {
        let p = (1.0 / (1.0 + (-1.25_f64).exp()) * 1e6 + 0.5).floor() / 1e6;
        let six = Rounding::to_decimals(6).unwrap();
        assert_eq!(finished(Link::Logistic, six, [1.25, f64::NAN]), [1.0 - p, p]);
    }

    #[test]
    fn each_probability_of_many_is_rounded_for_itself() {
        let one = Rounding::to_decimals(1).unwrap();
        assert_eq!(finished(Link::Softmax, one, [0.5; 3]), [0.3; 3]);
        assert_eq!(finished(Link::Identity, one, [-0.25]), [-0.2]);
    }

    #[test]
    fn softmax_neither_overflows_nor_underflows() {
        assert_eq!(finished(Link::Softmax, Rounding::EXACT, [1e4, -1e4, 1e4]), [0.5, 0.0, 0.5]);
        assert_eq!(finished(Link::Softmax, Rounding::EXACT, [-1e4, f64::NEG_INFINITY]), [1.0, 0.0]);
    }

    #[test]
    fn what_has_no_answer_is_nan_in_every_output() {
        let nan = f64::NAN.to_bits();
        for scores in [[f64::NAN, 0.0], [0.0, -f64::NAN]] {
            assert_eq!(finished(Link::Softmax, Rounding::EXACT, scores).map(f64::to_bits), [nan; 2]);
        }
        for scores in [[f64::INFINITY, 0.0], [f64::NEG_INFINITY; 2]] {
            assert_eq!(finished(Link::Softmax, Rounding::EXACT, scores).map(f64::to_bits), [nan; 2]);
        }
        assert_eq!(finished(Link::Logistic, Rounding::EXACT, [-f64::NAN, 0.0]).map(f64::to_bits), [nan; 2]);
        assert_eq!(finished(Link::Identity, Rounding::EXACT, [-f64::NAN]).map(f64::to_bits), [nan]);
    }

    #[test]
    fn each_link_says_how_many_scores_it_takes() {
        let refusal = |link: Link, n| link.check_n_scores("init", n).unwrap_err().to_string();
        assert_eq!(refusal(Link::Identity, 2), "`init` is 2 long, expected 1 entry, since a regression has one output");
        assert_eq!(
            refusal(Link::Logistic, 0),
            "`init` is 0 long, expected 1 entry, since a logistic link has one score for two classes"
        );
        assert_eq!(refusal(Link::Softmax, 1), "`init` is 1 long, expected at least 2 entries, one per class");
        for (link, n_scores, n_outputs) in [(Link::Identity, 1, 1), (Link::Logistic, 1, 2), (Link::Softmax, 3, 3)] {
            assert_eq!(link.check_n_scores("init", n_scores), Ok(()));
            assert_eq!(link.n_outputs(n_scores), n_outputs);
        }
    }
}
