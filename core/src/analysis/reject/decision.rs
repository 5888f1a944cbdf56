//! From p-values to what is accepted at a confidence, and which rows a policy goes on with. It scores nothing.

use crate::{Error, check};

/// How sure a prediction set must be to hold the outcome: strictly between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Confidence(f64);

impl Confidence {
    /// A confidence such as 0.95.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless `0 < confidence < 1`.
    pub fn new(confidence: f64) -> Result<Self, Error> {
        check::rule("confidence", 0.0 < confidence && confidence < 1.0, || {
            format!("is {confidence}, expected a number between 0 and 1, such as 0.95")
        })?;
        Ok(Self(confidence))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// `1 - confidence`, as float64 has it.
    #[must_use]
    pub fn significance(self) -> f64 {
        1.0 - self.0
    }
}

impl Default for Confidence {
    /// 0.95.
    fn default() -> Self {
        Self(0.95)
    }
}

/// What a row may still be at a confidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// One outcome is left.
    Accepted {
        /// Whether it is that the event happens.
        event: bool,
    },
    /// Both outcomes are left: rejected, the model cannot tell.
    Ambiguity,
    /// No outcome is left: rejected, the calibration rows know nothing like it.
    Novelty,
}

impl Verdict {
    /// Whether it is no single outcome.
    #[must_use]
    pub fn is_rejected(self) -> bool {
        !matches!(self, Self::Accepted { .. })
    }
}

/// Which rows to go on with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// All rows; nobody looks at the verdicts.
    #[default]
    None,
    /// All rows, each with its verdict.
    Flag,
    /// Rows that are rejected.
    OnlyRejected,
    /// Rows that are accepted.
    OnlyAccepted,
}

impl Policy {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::None, Self::Flag, Self::OnlyRejected, Self::OnlyAccepted];

    /// The field's name: `none`, `flag`, `only_rejected`, `only_accepted`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Flag => "flag",
            Self::OnlyRejected => "only_rejected",
            Self::OnlyAccepted => "only_accepted",
        }
    }
}

/// The p-values of both outcomes of each row, from which decisions at any number of confidences are made.
#[derive(Clone, Debug, PartialEq)]
pub struct PValues(pub(super) Vec<[f64; 2]>);

impl PValues {
    /// `[n_rows]`, that the event does not happen and that it does, each in `(0, 1]`.
    #[must_use]
    pub fn rows(&self) -> &[[f64; 2]] {
        &self.0
    }

    /// What remains possible of each row: the outcomes whose p-value is at least `1 - confidence`, compared exactly.
    ///
    /// The sets of a greater confidence hold those of a smaller one.
    #[must_use]
    pub fn at(&self, confidence: Confidence) -> Decisions {
        let significance = confidence.significance();
        let sets = self.0.iter().map(|outcomes| outcomes.map(|p_value| p_value >= significance)).collect();
        Decisions { sets, confidence }
    }
}

/// The prediction sets of a batch at one confidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Decisions {
    sets: Vec<[bool; 2]>,
    confidence: Confidence,
}

impl Decisions {
    /// `[n_rows]`, whether it remains possible that the event does not happen, and that it does.
    #[must_use]
    pub fn sets(&self) -> &[[bool; 2]] {
        &self.sets
    }

    /// The confidence that they were made at.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.sets.len()
    }

    /// What becomes of a row.
    ///
    /// # Panics
    /// If `row_idx >= n_rows`: a bug of the caller.
    #[must_use]
    pub fn verdict(&self, row_idx: usize) -> Verdict {
        verdict(self.sets[row_idx])
    }

    /// `[n_rows]`, what becomes of each row.
    pub fn verdicts(&self) -> impl ExactSizeIterator<Item = Verdict> {
        self.sets.iter().map(|&set| verdict(set))
    }

    /// Number of rows with one possible outcome.
    #[must_use]
    pub fn n_accepted(&self) -> usize {
        self.verdicts().filter(|verdict| !verdict.is_rejected()).count()
    }

    /// Number of rows of which both outcomes are possible.
    #[must_use]
    pub fn n_ambiguity(&self) -> usize {
        self.verdicts().filter(|&verdict| verdict == Verdict::Ambiguity).count()
    }

    /// Number of rows of which no outcome is possible.
    #[must_use]
    pub fn n_novelty(&self) -> usize {
        self.verdicts().filter(|&verdict| verdict == Verdict::Novelty).count()
    }

    /// The share of the rows that are rejected; `None` without rows.
    #[must_use]
    pub fn reject_rate(&self) -> Option<f64> {
        self.share(self.n_ambiguity() + self.n_novelty())
    }

    /// The share of the rows of which both outcomes are possible; `None` without rows.
    #[must_use]
    pub fn ambiguity_rate(&self) -> Option<f64> {
        self.share(self.n_ambiguity())
    }

    /// The share of the rows of which no outcome is possible; `None` without rows.
    #[must_use]
    pub fn novelty_rate(&self) -> Option<f64> {
        self.share(self.n_novelty())
    }

    /// The share of errors to expect among the accepted rows, `(n * significance - n_novelty) / n_accepted`, clamped to
    /// `[0, 1]`; undefined, so `None`, if no row is accepted.
    ///
    /// An estimate from the confidence alone: sets may miss the outcome of `n * significance` rows, the empty ones surely
    /// do, and those of both outcomes never do. It does not look at any outcome.
    #[must_use]
    pub fn error_rate(&self) -> Option<f64> {
        let n_accepted = self.n_accepted();
        let n_missed = self.n_rows() as f64 * self.confidence.significance() - self.n_novelty() as f64;
        (n_accepted > 0).then(|| (n_missed / n_accepted as f64).clamp(0.0, 1.0))
    }

    /// The positions of the rows that the policy goes on with, ascending.
    #[must_use]
    pub fn select(&self, policy: Policy) -> Vec<usize> {
        let goes_on = |verdict: Verdict| match policy {
            Policy::None | Policy::Flag => true,
            Policy::OnlyRejected => verdict.is_rejected(),
            Policy::OnlyAccepted => !verdict.is_rejected(),
        };
        (0..self.n_rows()).filter(|&row_idx| goes_on(self.verdict(row_idx))).collect()
    }

    fn share(&self, count: usize) -> Option<f64> {
        (self.n_rows() > 0).then(|| count as f64 / self.n_rows() as f64)
    }
}

fn verdict(set: [bool; 2]) -> Verdict {
    match set {
        [false, false] => Verdict::Novelty,
        [true, true] => Verdict::Ambiguity,
        [_, event] => Verdict::Accepted { event },
    }
}

#[cfg(test)]
mod tests {
    use super::{Confidence, PValues, Policy, Verdict};

    fn at(confidence: f64, p_values: &[[f64; 2]]) -> super::Decisions {
        PValues(p_values.to_vec()).at(Confidence::new(confidence).unwrap())
    }

    #[test]
    fn a_set_of_one_is_accepted_and_every_other_rejected() {
        let decisions = at(0.75, &[[0.5, 0.1], [0.1, 0.25], [0.5, 0.5], [0.1, 0.1]]);
        assert_eq!(decisions.sets(), [[true, false], [false, true], [true, true], [false, false]]);
        let accepted = |event| Verdict::Accepted { event };
        let verdicts: Vec<Verdict> = decisions.verdicts().collect();
        assert_eq!(verdicts, [accepted(false), accepted(true), Verdict::Ambiguity, Verdict::Novelty]);
        let selected = Policy::ALL.map(|policy| (policy.name(), decisions.select(policy)));
        let all = vec![0, 1, 2, 3];
        assert_eq!(selected[0], ("none", all.clone()));
        assert_eq!(selected[1], ("flag", all));
        assert_eq!(selected[2], ("only_rejected", vec![2, 3]));
        assert_eq!(selected[3], ("only_accepted", vec![0, 1]));
        assert_eq!(decisions.reject_rate(), Some(0.5));
        assert_eq!((decisions.ambiguity_rate(), decisions.novelty_rate()), (Some(0.25), Some(0.25)));
    }

    #[test]
    fn the_error_rate_is_clamped_and_undefined_without_accepted_rows() {
        assert_eq!(at(0.5, &[[0.6, 0.1], [0.6, 0.1]]).error_rate(), Some(0.5));
        assert_eq!(at(0.5, &[[0.6, 0.1], [0.6, 0.1], [0.6, 0.1], [0.1, 0.1]]).error_rate(), Some(1.0 / 3.0));
        assert_eq!(at(0.75, &[[0.6, 0.1], [0.1, 0.1]]).error_rate(), Some(0.0));
        assert_eq!(at(0.25, &[[0.8, 0.1], [0.8, 0.8], [0.8, 0.8]]).error_rate(), Some(1.0));
        assert_eq!(at(0.75, &[[0.1, 0.1], [0.6, 0.6]]).error_rate(), None);
        assert_eq!(at(0.75, &[]).error_rate(), None);
        assert_eq!(at(0.75, &[]).reject_rate(), None);
    }

    #[test]
    fn a_confidence_lies_strictly_between_0_and_1() {
        for confidence in [0.0, 1.0, -1.0, 95.0, f64::NAN] {
            assert!(Confidence::new(confidence).is_err(), "{confidence}");
        }
        assert_eq!(Confidence::default().get(), 0.95);
    }
}
