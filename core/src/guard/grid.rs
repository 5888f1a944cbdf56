//! The bins of all features with a guard over them, and the rules that the answers make. It never calls a model.

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::confidence::Confidence;
use super::feature::GuardedFeature;
use super::neighbours::Guard;
use super::planner::Planner;
use crate::bins::Condition;
use crate::grid::{Answers, Grid};
use crate::{Error, Interval, Matrix, Weight, check};

/// What is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// How far each feature's value has moved the prediction.
    Factual,
    /// What the prediction would be, were one feature's value another.
    Alternative,
}

/// The bins of all features, the representative of each, and the guard that tests them; fitted once on the calibration
/// data. A restored one is checked and cannot panic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SavedGuardedGrid")]
pub struct GuardedGrid {
    features: Vec<GuardedFeature>,
    guard: Guard,
    confidence: Confidence,
    merges: bool,
}

/// One rule of a guarded explanation. It never holds its own text: the host writes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GuardedRule {
    /// The feature that the rule is about.
    pub feature: u32,
    /// What is true of the value, or would be in an alternative; none where all bins were merged into one.
    pub condition: Option<Condition>,
    /// Of a factual rule how much the value moves the prediction, of an alternative how much the prediction would move.
    pub weight: Weight,
    /// The instance's own prediction in a factual rule, what it would be in an alternative.
    pub prediction: Interval,
    /// The p-value of the instance with the representative of the rule's bin in its place.
    pub p_value: f64,
}

impl GuardedGrid {
    /// Guards the bins of a grid.
    ///
    /// * `grid`: fitted on `x_cal` with [`ALTERNATIVE_DEPTH`](crate::discretizer::ALTERNATIVE_DEPTH), for either kind
    /// * `guard`: fitted on `x_cal` too
    /// * `merges`: whether accepted bins that lie side by side become one
    ///
    /// The median of the calibration values in a bin stands for it; a bin without values is not accepted. Each category
    /// stands for itself.
    ///
    /// # Errors
    /// [`Error::Shape`] if the three have not the same features, [`Error::NotFinite`] for a value that is NaN or infinite.
    pub fn new(
        grid: &Grid,
        x_cal: Matrix<'_>,
        guard: Guard,
        confidence: Confidence,
        merges: bool,
    ) -> Result<Self, Error> {
        check::length("guarded columns", grid.features().len(), x_cal.n_cols())?;
        check::length("guarded columns", guard.n_features(), x_cal.n_cols())?;
        check::finite("calibration rows", x_cal.data())?;
        let bins = grid.features().iter().enumerate();
        let features = bins.map(|(feature, bins)| GuardedFeature::new(bins, x_cal.column(feature))).collect();
        Ok(Self { features, guard, confidence, merges })
    }

    /// Number of features.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.features.len()
    }

    /// The guard.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// A handle that plans without allocating for each instance.
    #[must_use]
    pub fn planner(&self) -> Planner<'_> {
        Planner::new(self)
    }

    /// The value that stands for a candidate.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the candidate is none of this grid.
    pub fn value(&self, candidate: &Candidate) -> Result<f64, Error> {
        let feature = self.features.get(candidate.feature as usize);
        let value = feature.and_then(|feature| feature.value(candidate.first as usize, candidate.last as usize));
        value.ok_or_else(|| Error::Invalid {
            what: "guarded candidate",
            why: format!(
                "names the bins {} to {} of feature {}, which are not there",
                candidate.first, candidate.last, candidate.feature
            ),
        })
    }

    /// Appends the rules of an instance, ascending by feature and bin, and returns how many there are.
    ///
    /// * `base`: the calibrated prediction of the instance itself
    /// * `candidates`: what [`Planner::plan`] found for the same kind and instance
    /// * `answers`: one for each candidate that `is_asked`, in their order
    ///
    /// Bounds that are infinite are taken to be the prediction itself, so that they can be averaged. A factual rule weighs
    /// the base against the plain mean over the other accepted bins, each counting once, or against its own
    /// representative where there are none. A rule that changes nothing is left out (see [`Weight::if_moved`]).
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of answers is not that of the questions, [`Error::NotFinite`] if a prediction is NaN
    /// or infinite, [`Error::Invalid`] if a bound is NaN or the candidates are none of this grid; nothing is appended then.
    pub fn rules(
        &self,
        kind: Kind,
        base: Interval,
        candidates: &[Candidate],
        answers: Answers<'_>,
        rules: &mut Vec<GuardedRule>,
    ) -> Result<usize, Error> {
        let n_asked = candidates.iter().filter(|candidate| candidate.is_asked).count();
        check_answers(base, answers, n_asked)?;
        candidates.iter().try_for_each(|candidate| self.check(candidate))?;
        let before = rules.len();
        let mut start = 0;
        for of_feature in candidates.chunk_by(|a, b| a.feature == b.feature) {
            let end = start + of_feature.iter().filter(|candidate| candidate.is_asked).count();
            let of_feature = Answered { candidates: of_feature, answers, start, end };
            match kind {
                Kind::Factual => rules.extend(self.factual(base, of_feature)),
                Kind::Alternative => rules.extend(self.alternatives(base, of_feature)),
            }
            start = end;
        }
        Ok(rules.len() - before)
    }

    /// What comes back from outside between planning and reading may be of another grid.
    fn check(&self, candidate: &Candidate) -> Result<(), Error> {
        self.value(candidate)?;
        let p_value = candidate.p_value;
        let holds = (0.0..=1.0).contains(&p_value);
        check::rule("guarded candidate", holds, || format!("has the p-value {p_value}, expected one from 0 to 1"))
    }

    fn factual(&self, base: Interval, answered: Answered<'_>) -> Option<GuardedRule> {
        let own = answered.candidates.iter().find(|candidate| candidate.is_own)?;
        let weight = Weight::if_moved(bounded(base), Interval::mean(answered.iter())?)?;
        Some(self.rule(own, weight, base))
    }

    fn alternatives<'s>(
        &'s self,
        base: Interval,
        answered: Answered<'s>,
    ) -> impl Iterator<Item = GuardedRule> + use<'s> {
        let asked = answered.candidates.iter().filter(|candidate| candidate.is_asked);
        asked.zip(answered.iter()).filter_map(move |(candidate, prediction)| {
            Some(self.rule(candidate, Weight::of_alternative(bounded(base), prediction)?, prediction))
        })
    }

    fn rule(&self, candidate: &Candidate, weight: Weight, prediction: Interval) -> GuardedRule {
        let Candidate { feature, first, last, p_value, .. } = *candidate;
        let condition = self.features[feature as usize].condition(first as usize, last as usize);
        GuardedRule { feature, condition, weight, prediction, p_value }
    }

    pub(super) fn features(&self) -> &[GuardedFeature] {
        &self.features
    }

    pub(super) fn confidence(&self) -> Confidence {
        self.confidence
    }

    pub(super) fn merges(&self) -> bool {
        self.merges
    }
}

/// The candidates of one feature, and where its answers are.
#[derive(Clone, Copy)]
struct Answered<'a> {
    candidates: &'a [Candidate],
    answers: Answers<'a>,
    start: usize,
    end: usize,
}

impl<'a> Answered<'a> {
    /// The answers with finite bounds, in the order of the candidates that were asked about.
    fn iter(self) -> impl Iterator<Item = Interval> + 'a {
        let Answers { predict, low, high } = self.answers;
        (self.start..self.end).map(move |at| bounded(Interval { predict: predict[at], low: low[at], high: high[at] }))
    }
}

/// The same with bounds that can be averaged: the prediction in place of an infinite one, and between them in any case.
fn bounded(Interval { predict, low, high }: Interval) -> Interval {
    let low = if low.is_finite() { low } else { predict };
    let high = if high.is_finite() { high } else { predict };
    Interval { predict: predict.max(low).min(high), low, high }
}

fn check_answers(base: Interval, answers: Answers<'_>, n_asked: usize) -> Result<(), Error> {
    let Answers { predict, low, high } = answers;
    check::length("answered predictions", n_asked, predict.len())?;
    check::length("answered lower bounds", n_asked, low.len())?;
    check::length("answered upper bounds", n_asked, high.len())?;
    check::finite("base prediction", &[base.predict])?;
    check::finite("answered predictions", predict)?;
    let bounds = low.iter().zip(high).map(|(&low, &high)| (low, high));
    std::iter::once((base.low, base.high)).chain(bounds).try_for_each(|(low, high)| {
        check::rule("answered bounds", low <= high, || format!("reach from {low} to {high}, expected them in order"))
    })
}

/// [`GuardedGrid`] as it comes from outside, not yet checked.
#[derive(Deserialize)]
struct SavedGuardedGrid {
    features: Vec<GuardedFeature>,
    guard: Guard,
    confidence: Confidence,
    merges: bool,
}

impl TryFrom<SavedGuardedGrid> for GuardedGrid {
    type Error = Error;

    fn try_from(saved: SavedGuardedGrid) -> Result<Self, Error> {
        let SavedGuardedGrid { features, guard, confidence, merges } = saved;
        check::length("saved guarded columns", guard.n_features(), features.len())?;
        Ok(Self { features, guard, confidence, merges })
    }
}
