//! Holding predictions back: a conformal classifier over calibrated probabilities tells which ones are safe enough. It
//! never predicts, and drops no row itself: a [`Policy`] names the rows to go on with.
//!
//! Every prediction is seen as one of an event: class 1 of two classes; "the class with the largest probability is the
//! right one" of more; the event of a thresholded regression. [`Reject::fit`] scores how strange the outcome of each
//! calibration row is, [`Reject::p_values`] how strange either outcome of a new row would be, and [`PValues::at`] a
//! confidence which outcomes remain possible. Exactly one is an accepted prediction; both are an ambiguity; none is a
//! novelty.

mod decision;
mod score;

pub use decision::{Confidence, Decisions, PValues, Policy, Verdict};
pub use score::{ENSURED_WEIGHT, Score};

use crate::mondrian::Mondrian;
use crate::{Error, Interval, check};

/// The calibration rows, as their own calibrator predicts them.
#[derive(Clone, Copy, Debug)]
pub struct RejectCalibration<'a> {
    /// `[n_cal]`, the calibrated probability of the event, `0 <= low <= predict <= high <= 1`.
    pub event: &'a [Interval],
    /// `[n_cal]`, whether it happened: the row is of class 1; its class is the one with the largest probability; its
    /// target fulfils the threshold.
    pub is_true: &'a [bool],
    /// `[n_cal]`, the Mondrian categories; empty without.
    pub categories: &'a [u32],
}

/// A conformal classifier of events, fitted to the calibration rows.
///
/// ```
/// use ce_core::analysis::Interval;
/// use ce_core::analysis::reject::{Confidence, Policy, Reject, RejectCalibration, Score, Verdict};
///
/// let sure = |predict| Interval { predict, low: predict, high: predict };
/// let event: Vec<Interval> = (0..40).map(|row| sure(f64::from(row) / 39.0)).collect();
/// let is_true: Vec<bool> = (0..40).map(|row| row >= 20).collect();
/// let calibration = RejectCalibration { event: &event, is_true: &is_true, categories: &[] };
/// let reject = Reject::fit(&calibration, Score::Hinge)?;
///
/// let decisions = reject.p_values(&[sure(0.95), sure(0.5)], &[])?.at(Confidence::new(0.9)?);
/// assert_eq!(decisions.verdict(0), Verdict::Accepted { event: true });
/// assert_eq!(decisions.verdict(1), Verdict::Novelty);
/// assert_eq!(decisions.select(Policy::OnlyAccepted), [0]);
/// # Ok::<(), ce_core::analysis::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Reject {
    score: Score,
    /// Per category the scores of the calibration rows, ascending, none NaN, at least one.
    alphas: Mondrian<Vec<f64>>,
}

impl Reject {
    /// Scores the calibration rows, in O(n log n).
    ///
    /// # Errors
    /// [`Error::Empty`] without rows; [`Error::Shape`] if the lengths differ (categories may be left out);
    /// [`Error::Invalid`] for the first row that is not `0 <= low <= predict <= high <= 1`, or holds NaN, and for a
    /// weight of the score outside `[0, 1]`.
    pub fn fit(calibration: &RejectCalibration<'_>, score: Score) -> Result<Self, Error> {
        let RejectCalibration { event, is_true, categories } = *calibration;
        score.check()?;
        check::not_empty("calibration events", event)?;
        check::length("calibration outcomes", event.len(), is_true.len())?;
        probable("calibration events", event)?;
        let alphas = Mondrian::fit(categories, event.len(), |rows| {
            let alpha = |&row_idx: &usize| score.of(event[row_idx])[usize::from(is_true[row_idx])];
            let mut alphas: Vec<f64> = rows.iter().map(alpha).collect();
            alphas.sort_by(f64::total_cmp);
            Ok(alphas)
        })?;
        Ok(Self { score, alphas })
    }

    /// The p-values of both outcomes of each row, not smoothed: `(#{calibration score >= score} + 1) / (n + 1)`, over
    /// the rows of its category. Ties count as stranger. O(log n) per row.
    ///
    /// * `event`: `[n_rows]`, as in [`RejectCalibration::event`]; none give none
    /// * `categories`: `[n_rows]`, empty if the calibration had none
    ///
    /// # Errors
    /// [`Error::Invalid`] for the first row that is not `0 <= low <= predict <= high <= 1`, or holds NaN; for a category
    /// that the calibration rows lack; for categories where the calibration had none, and for none where it had.
    /// [`Error::Shape`] if there are categories and not one per row.
    pub fn p_values(&self, event: &[Interval], categories: &[u32]) -> Result<PValues, Error> {
        probable("events", event)?;
        if !categories.is_empty() {
            check::length("Mondrian categories", event.len(), categories.len())?;
        }
        let p_values = |(row_idx, &event): (usize, &Interval)| {
            let alphas = self.alphas.part(categories.get(row_idx).copied())?;
            Ok(self.score.of(event).map(|alpha| p_value(alphas, alpha)))
        };
        event.iter().enumerate().map(p_values).collect::<Result<_, _>>().map(PValues)
    }

    /// The score that it was fitted with.
    #[must_use]
    pub fn score(&self) -> Score {
        self.score
    }
}

/// `alphas` ascend.
fn p_value(alphas: &[f64], alpha: f64) -> f64 {
    let n_as_strange = alphas.len() - alphas.partition_point(|&calibration| calibration < alpha);
    (n_as_strange + 1) as f64 / (alphas.len() + 1) as f64
}

/// `Invalid` for the first row that is no probability between its bounds.
fn probable(what: &'static str, event: &[Interval]) -> Result<(), Error> {
    let is_sound = |e: &Interval| 0.0 <= e.low && e.low <= e.predict && e.predict <= e.high && e.high <= 1.0;
    match event.iter().position(|event| !is_sound(event)) {
        None => Ok(()),
        Some(row_idx) => {
            let Interval { predict, low, high } = event[row_idx];
            let why = format!(
                "row {row_idx} has the probability {predict} between {low} and {high}, expected 0 <= low <= predict <= \
                 high <= 1"
            );
            Err(Error::Invalid { what, why })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Confidence, Reject, RejectCalibration, Score, Verdict};
    use crate::{Error, Interval};

    fn sure(predict: f64) -> Interval {
        Interval { predict, low: predict, high: predict }
    }

    fn fit(event: &[Interval], is_true: &[bool], categories: &[u32]) -> Result<Reject, Error> {
        Reject::fit(&RejectCalibration { event, is_true, categories }, Score::Hinge)
    }

    #[test]
    fn p_values_count_the_calibration_rows_that_are_as_strange() {
        // Scores 0.25, 0.5 and 0.75.
        let event = [0.75, 0.5, 0.75].map(sure);
        let reject = fit(&event, &[true, true, false], &[]).unwrap();
        let p_values = reject.p_values(&[0.5, 1.0, 0.25].map(sure), &[]).unwrap();
        assert_eq!(p_values.rows(), [[0.75, 0.75], [0.25, 1.0], [1.0, 0.5]]);
    }

    #[test]
    fn each_category_has_its_own_scores() {
        let event = [0.75, 0.75, 0.25].map(sure);
        let reject = fit(&event, &[true, true, true], &[7, 7, 3]).unwrap();
        let p_values = reject.p_values(&[0.5, 0.5].map(sure), &[7, 3]).unwrap();
        assert_eq!(p_values.rows(), [[1.0 / 3.0; 2], [1.0; 2]]);
        for categories in [&[7, 5][..], &[]] {
            assert!(matches!(reject.p_values(&[0.5, 0.5].map(sure), categories), Err(Error::Invalid { .. })));
        }
        assert!(matches!(reject.p_values(&[sure(0.5)], &[7, 7]), Err(Error::Shape { .. })));
    }

    #[test]
    fn the_ensured_score_counts_the_real_width() {
        let narrow = Interval { predict: 0.5, low: 0.5, high: 0.5 };
        let wide = Interval { predict: 0.5, low: 0.0, high: 1.0 };
        let calibration = RejectCalibration { event: &[narrow; 9], is_true: &[true; 9], categories: &[] };
        let reject = Reject::fit(&calibration, Score::Ensured { weight: 0.5 }).unwrap();
        let decisions = reject.p_values(&[narrow, wide], &[]).unwrap().at(Confidence::new(0.8).unwrap());
        assert_eq!(decisions.verdict(0), Verdict::Ambiguity);
        assert_eq!(decisions.verdict(1), Verdict::Novelty);
    }

    #[test]
    fn impossible_probabilities_are_refused_with_their_row() {
        let odd = [
            sure(f64::NAN),
            sure(1.5),
            sure(-0.1),
            Interval { predict: 0.5, low: 0.6, high: 0.7 },
            Interval { predict: 0.5, low: f64::NAN, high: 0.7 },
            Interval { predict: 0.5, low: 0.0, high: f64::INFINITY },
        ];
        let reject = fit(&[sure(0.5)], &[true], &[]).unwrap();
        for odd in odd {
            let error = fit(&[sure(0.5), odd], &[true, false], &[]).unwrap_err();
            assert!(error.to_string().contains("row 1"), "{error}");
            assert!(matches!(reject.p_values(&[odd], &[]), Err(Error::Invalid { .. })));
        }
        assert!(matches!(fit(&[], &[], &[]), Err(Error::Empty { .. })));
        assert!(matches!(fit(&[sure(0.5)], &[], &[]), Err(Error::Shape { .. })));
        assert!(matches!(fit(&[sure(0.5)], &[true], &[1, 2]), Err(Error::Shape { .. })));
    }

    #[test]
    fn a_weight_of_the_score_outside_its_range_is_refused() {
        let calibration = RejectCalibration { event: &[sure(0.5)], is_true: &[true], categories: &[] };
        for weight in [-0.1, 1.1, f64::NAN] {
            assert!(matches!(Reject::fit(&calibration, Score::Ensured { weight }), Err(Error::Invalid { .. })));
        }
    }
}
