//! In which order to show rules. It never drops one that was not asked to be dropped.

use super::{Candidate, Scale, Subject};
use crate::{Error, Interval, check};

/// The weight of the prediction in [`Ranking::ensured`] by default.
pub const ENSURED_WEIGHT: f64 = 0.5;

/// What a prediction counts for in a ranking.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Convention {
    /// Factual and FAST rules: the prediction as it is.
    Factual,
    /// Alternatives to the prediction of this instance: a probability `p` counts as that of the predicted class, so as
    /// `1 - p` if the instance's own is at most 0.5. Values count as they are.
    Alternative(Subject),
}

/// A way to order rules, the best first.
///
/// NaN counts as 0, an infinity as the largest finite number of its sign. Of equal rules the later comes first: the
/// Python package sorts in ascending order, keeping the order of equals, and takes the last; the order here is the
/// reverse of its own, so that the first `n` here are the last `n` there.
///
/// ```
/// use ce_core::analysis::{Candidate, Convention, Ranking, Weight};
///
/// let rule = |weight, low, high| Candidate { weight: Weight { weight, low, high }, ..Candidate::default() };
/// let rules = [rule(0.1, 0.0, 0.2), rule(-0.3, -0.4, -0.2), rule(-0.1, -0.3, 0.1)];
/// assert_eq!(Ranking::feature_weight().order(Convention::Factual, &rules), [1, 2, 0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranking {
    metric: Metric,
    is_normalized: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Metric {
    FeatureWeight,
    /// Within `[-1, 1]`.
    Ensured(f64),
}

impl Ranking {
    /// By the size of the weight, whatever its sign; of equal sizes the wider interval of the weight first. The default
    /// for factual rules.
    #[must_use]
    pub fn feature_weight() -> Self {
        Self { metric: Metric::FeatureWeight, is_normalized: false }
    }

    /// What the field calls ranking by uncertainty: [`Ranking::ensured`] with the weight 1.
    ///
    /// # It is the prediction that counts
    ///
    /// With the weight 1 nothing is left of the width, and the greatest prediction comes first. The weight 0 ranks by the
    /// width alone, the narrowest first.
    #[must_use]
    pub fn uncertainty() -> Self {
        Self { metric: Metric::Ensured(1.0), is_normalized: false }
    }

    /// By `(1 - |w|) (1 - width) + |w| prediction`, the greatest first, where the width is that of the rule's
    /// prediction; for `w < 0` the prediction is negated. With [`ENSURED_WEIGHT`] the default for alternatives.
    ///
    /// A part with the factor 0 counts nothing, even where it is infinite.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless `w` lies in `[-1, 1]`.
    pub fn ensured(w: f64) -> Result<Self, Error> {
        check::rule("ensured weight", (-1.0..=1.0).contains(&w), || format!("is {w}, expected a number in [-1, 1]"))?;
        Ok(Self { metric: Metric::Ensured(w), is_normalized: false })
    }

    /// The same, with widths and predictions moved and scaled to `[0, 1]` over the rules that are ranked, so that
    /// neither counts more for its unit. Where all are equal they become 0. It changes nothing of
    /// [`Ranking::feature_weight`].
    #[must_use]
    pub fn normalized(self) -> Self {
        Self { is_normalized: true, ..self }
    }

    /// All positions of `rules`, the best first; none of none.
    #[must_use]
    pub fn order(&self, convention: Convention, rules: &[Candidate]) -> Vec<usize> {
        let keys = match self.metric {
            Metric::FeatureWeight => rules.iter().map(by_weight).collect(),
            Metric::Ensured(w) => self.ensured_keys(w, convention, rules),
        };
        let mut order: Vec<usize> = (0..rules.len()).collect();
        order.sort_by(|&a, &b| {
            let (a_key, b_key): ([f64; 2], [f64; 2]) = (keys[a], keys[b]);
            // No key is NaN or a negative zero, so that this is the order of the numbers.
            b_key[0].total_cmp(&a_key[0]).then(b_key[1].total_cmp(&a_key[1])).then(b.cmp(&a))
        });
        order
    }

    /// The first `n` of [`Ranking::order`], or all if there are fewer.
    #[must_use]
    pub fn top(&self, convention: Convention, rules: &[Candidate], n: usize) -> Vec<usize> {
        let mut order = self.order(convention, rules);
        order.truncate(n);
        order
    }

    /// What the Python package shows of the rules under its option of this name: the first `n`, or all; less those of
    /// them that are close to the prediction of the instance, where the rules are alternatives.
    ///
    /// Close is a difference of at most `1e-8 + 1e-5 |base|` in the prediction and in both bounds. As in the package the
    /// first `n` are taken before the close ones are left out, so there may be fewer than `n` although others would be
    /// left.
    #[must_use]
    pub fn filter_top(&self, convention: Convention, rules: &[Candidate], n: Option<usize>) -> Vec<usize> {
        let mut top = self.top(convention, rules, n.unwrap_or(rules.len()));
        if let Convention::Alternative(subject) = convention {
            top.retain(|&idx| !is_close(rules[idx].prediction, subject.base));
        }
        top
    }

    fn ensured_keys(&self, w: f64, convention: Convention, rules: &[Candidate]) -> Vec<[f64; 2]> {
        let mut widths: Vec<f64> = rules.iter().map(|rule| rule.prediction.high - rule.prediction.low).collect();
        let mut predictions: Vec<f64> = rules.iter().map(|rule| counted(convention, rule.prediction.predict)).collect();
        if self.is_normalized {
            normalize(&mut widths);
            normalize(&mut predictions);
        }
        let (share, sign) = (w.abs(), if w < 0.0 { -1.0 } else { 1.0 });
        let part = |factor: f64, value: f64| if factor == 0.0 { 0.0 } else { factor * value };
        let key = |(width, predict): (&f64, &f64)| part(1.0 - share, 1.0 - width) + part(share, sign * predict);
        widths.iter().zip(&predictions).map(key).map(|key| [finite(key), 0.0]).collect()
    }
}

fn by_weight(rule: &Candidate) -> [f64; 2] {
    [finite(rule.weight.weight.abs()), finite(rule.weight.high - rule.weight.low)]
}

/// The prediction as the convention counts it.
fn counted(convention: Convention, predict: f64) -> f64 {
    match convention {
        Convention::Alternative(Subject { base, scale: Scale::Probability }) if base.predict <= 0.5 => 1.0 - predict,
        _ => predict,
    }
}

/// NaN as 0, infinities as the largest finite numbers, and no negative zero.
fn finite(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(f64::MIN, f64::MAX) + 0.0 }
}

/// Moves and scales the values to `[0, 1]`, or to 0 where all are equal. What is not finite makes its own entry, or all
/// of them, NaN.
fn normalize(values: &mut [f64]) {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let span = values.iter().copied().fold(f64::NEG_INFINITY, f64::max) - least;
    values.iter_mut().for_each(|value| *value = if span == 0.0 { 0.0 } else { (*value - least) / span });
}

/// Every number within `1e-8 + 1e-5 |b|` of that of `b`; equal infinities are close.
fn is_close(a: Interval, b: Interval) -> bool {
    let close = |a: f64, b: f64| a == b || (b.is_finite() && (a - b).abs() <= 1e-8 + 1e-5 * b.abs());
    close(a.predict, b.predict) && close(a.low, b.low) && close(a.high, b.high)
}

#[cfg(test)]
mod tests {
    use super::{Convention, Ranking};
    use crate::analysis::{Candidate, Scale, Subject};
    use crate::{Interval, Weight};

    fn weighted(weight: f64, low: f64, high: f64) -> Candidate {
        Candidate { weight: Weight { weight, low, high }, ..Candidate::default() }
    }

    fn predicted(predict: f64, low: f64, high: f64) -> Candidate {
        Candidate { prediction: Interval { predict, low, high }, ..Candidate::default() }
    }

    fn alternative(predict: f64, scale: Scale) -> Convention {
        Convention::Alternative(Subject { base: Interval { predict, low: 0.0, high: 1.0 }, scale })
    }

    #[test]
    fn size_comes_before_width_and_of_equals_the_later_is_first() {
        let rules = [
            weighted(-0.2, -0.3, -0.1),
            weighted(0.2, 0.0, 0.4),
            weighted(0.2, 0.1, 0.3),
            weighted(0.2, 0.1, 0.3),
            weighted(0.9, 0.8, 1.0),
        ];
        let ranking = Ranking::feature_weight();
        assert_eq!(ranking.order(Convention::Factual, &rules), [4, 1, 3, 2, 0]);
        assert_eq!(ranking.top(Convention::Factual, &rules, 2), [4, 1]);
        assert_eq!(ranking.top(Convention::Factual, &rules, 9).len(), 5);
        assert!(ranking.order(Convention::Factual, &[]).is_empty());
    }

    #[test]
    fn nan_counts_as_nothing_and_infinities_as_the_largest_numbers() {
        let rules =
            [weighted(f64::NAN, 0.0, 1.0), weighted(0.1, 0.0, f64::INFINITY), weighted(f64::INFINITY, 0.0, 1.0)];
        assert_eq!(Ranking::feature_weight().order(Convention::Factual, &rules), [2, 1, 0]);
        let negative_zero = [weighted(0.0, 0.0, 0.0), weighted(-0.0, 0.0, 0.0)];
        assert_eq!(Ranking::feature_weight().order(Convention::Factual, &negative_zero), [1, 0]);
    }

    #[test]
    fn the_weight_moves_from_width_to_prediction() {
        let rules = [predicted(0.9, 0.5, 1.0), predicted(0.5, 0.45, 0.55), predicted(0.2, 0.1, 0.3)];
        let order = |w| Ranking::ensured(w).unwrap().order(Convention::Factual, &rules);
        assert_eq!(order(0.0), [1, 2, 0]);
        assert_eq!(order(1.0), [0, 1, 2]);
        assert_eq!(order(-1.0), [2, 1, 0]);
        assert_eq!(Ranking::uncertainty().order(Convention::Factual, &rules), order(1.0));
        for w in [1.1, -1.1, f64::NAN] {
            assert!(Ranking::ensured(w).is_err(), "{w}");
        }
    }

    #[test]
    fn an_alternative_to_a_negative_prediction_counts_the_other_class() {
        let rules = [predicted(0.9, 0.9, 0.9), predicted(0.1, 0.1, 0.1)];
        let order = |convention| Ranking::uncertainty().order(convention, &rules);
        assert_eq!(order(alternative(0.6, Scale::Probability)), [0, 1]);
        assert_eq!(order(alternative(0.5, Scale::Probability)), [1, 0]);
        assert_eq!(order(alternative(0.5, Scale::Value)), [0, 1]);
    }

    #[test]
    fn normalized_values_do_not_count_for_their_unit() {
        let rules = [predicted(100.0, 0.0, 400.0), predicted(200.0, 0.0, 401.0)];
        let ranking = Ranking::ensured(0.1).unwrap();
        assert_eq!(ranking.order(Convention::Factual, &rules), [1, 0], "the prediction swamps the width");
        assert_eq!(ranking.normalized().order(Convention::Factual, &rules), [0, 1]);
        let same_width = [predicted(1.0, 0.0, 2.0), predicted(2.0, 1.0, 3.0)];
        assert_eq!(ranking.normalized().order(Convention::Factual, &same_width), [1, 0]);
    }

    #[test]
    fn an_infinite_width_counts_nothing_beside_a_whole_prediction() {
        let rules = [predicted(1.0, f64::NEG_INFINITY, 2.0), predicted(3.0, f64::NEG_INFINITY, 4.0)];
        assert_eq!(Ranking::uncertainty().order(Convention::Factual, &rules), [1, 0]);
        assert_eq!(Ranking::ensured(0.5).unwrap().order(Convention::Factual, &rules), [1, 0], "equal: the later");
    }

    #[test]
    fn filter_top_hides_what_is_close_to_the_base_after_taking_the_first() {
        let rules = [predicted(0.9, 0.0, 1.0), predicted(0.6 + 1e-9, 0.0, 1.0), predicted(0.1, 0.0, 1.0)];
        let ranking = Ranking::uncertainty();
        let convention = alternative(0.6, Scale::Probability);
        assert_eq!(ranking.filter_top(convention, &rules, None), [0, 2]);
        assert_eq!(ranking.filter_top(convention, &rules, Some(2)), [0]);
        assert_eq!(ranking.filter_top(Convention::Factual, &rules, Some(2)), [0, 1]);
        assert!(ranking.filter_top(convention, &rules, Some(0)).is_empty());
    }
}
