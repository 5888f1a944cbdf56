//! What is fitted for each kind of target, one part per Mondrian category. It never reads a question.

use serde::{Deserialize, Serialize};

use super::CalibrationSet;
use super::memo::{Fitted, Memo};
use crate::event::{Event, EventCalibrator, Halves, halves};
use crate::mondrian::Mondrian;
use crate::one_vs_rest::OneVsRest;
use crate::predictive_system::PredictiveSystem;
use crate::venn_abers::VennAbers;
use crate::{Error, check};

/// The calibrators of one kind of target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Task {
    Binary(Mondrian<VennAbers>),
    Multiclass(Multiclass),
    Regression(Regression),
}

/// Calibrators that all know the same classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Mondrian<OneVsRest>")]
pub(super) struct Multiclass(Mondrian<OneVsRest>);

/// Percentiles and events from one fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Regression {
    parts: Mondrian<RegressionPart>,
    #[serde(skip)]
    memo: Memo,
}

/// The rows of one category: the residuals of all of them, and the halves that they were split into.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "EventCalibrator", into = "EventCalibrator")]
pub(super) struct RegressionPart {
    pub(super) system: PredictiveSystem,
    pub(super) events: EventCalibrator,
}

/// A calibrator of class 1 of two, on the second column of the scores.
pub(super) fn binary(set: &CalibrationSet<'_>, labels: &[u32]) -> Result<Mondrian<VennAbers>, Error> {
    Mondrian::fit(set.categories, labels.len(), |rows| {
        let scores: Vec<f64> = rows.iter().map(|&row_idx| set.scores.row(row_idx)[1]).collect();
        let labels: Vec<bool> = rows.iter().map(|&row_idx| labels[row_idx] == 1).collect();
        VennAbers::fit(&scores, &labels)
    })
}

impl Multiclass {
    pub(super) fn fit(set: &CalibrationSet<'_>, labels: &[u32]) -> Result<Self, Error> {
        // What counts is the whole set: a class that only one category lacks is improbable there, not unknown.
        let mut present = vec![false; set.scores.n_cols()];
        labels.iter().for_each(|&label| present[label as usize] = true);
        Mondrian::fit(set.categories, labels.len(), |rows| {
            let scores: Vec<f64> = rows.iter().flat_map(|&row_idx| set.scores.row(row_idx)).copied().collect();
            let labels: Vec<u32> = rows.iter().map(|&row_idx| labels[row_idx]).collect();
            OneVsRest::fit(&scores, &labels, &present)
        })
        .map(Self)
    }

    pub(super) fn parts(&self) -> &Mondrian<OneVsRest> {
        &self.0
    }

    pub(super) fn n_classes(&self) -> usize {
        self.0.parts().first().map_or(0, OneVsRest::n_classes)
    }
}

impl TryFrom<Mondrian<OneVsRest>> for Multiclass {
    type Error = Error;

    fn try_from(parts: Mondrian<OneVsRest>) -> Result<Self, Error> {
        let known = |part: &OneVsRest| -> Vec<bool> { (0..part.n_classes()).map(|class| part.has(class)).collect() };
        let same = parts.parts().windows(2).all(|pair| known(&pair[0]) == known(&pair[1]));
        check::rule("saved Mondrian parts", same, || "do not know the same classes".into())?;
        Ok(Self(parts))
    }
}

impl Regression {
    pub(super) fn fit(set: &CalibrationSet<'_>) -> Result<Self, Error> {
        let (predictions, targets) = (set.scores.data(), set.targets);
        let n_rows = u32::try_from(targets.len()).map_err(|_| Error::OutOfRange {
            what: "number of calibration rows",
            found: targets.len(),
            limit: u32::MAX as usize,
        })?;
        let residuals: Vec<f64> =
            targets.iter().zip(predictions).map(|(target, prediction)| target - prediction).collect();
        let difficulties = if set.difficulties.is_empty() { &vec![1.0; targets.len()] } else { set.difficulties };
        let residuals: Vec<f64> =
            residuals.iter().zip(difficulties).map(|(residual, difficulty)| residual / difficulty).collect();
        // Finite targets and predictions may still lie too far apart.
        check::finite("residuals", &residuals)?;
        let mut is_first = vec![false; targets.len()];
        halves(n_rows, set.seed).0.iter().for_each(|&row_idx| is_first[row_idx as usize] = true);
        let parts = Mondrian::fit(set.categories, targets.len(), |rows| {
            let (first, second): (Vec<usize>, Vec<usize>) = rows.iter().partition(|&&row_idx| is_first[row_idx]);
            let of = |column: &[f64], rows: &[usize]| rows.iter().map(|&row_idx| column[row_idx]).collect();
            RegressionPart::try_from(EventCalibrator::try_from(Halves {
                residuals: of(&residuals, &first),
                predictions: of(predictions, &second),
                targets: of(targets, &second),
                difficulties: of(difficulties, &second),
            })?)
        })?;
        Ok(Self { parts, memo: Memo::default() })
    }

    pub(super) fn parts(&self) -> &Mondrian<RegressionPart> {
        &self.parts
    }

    /// Whether a row has another difficulty than 1.
    pub(super) fn has_difficulties(&self) -> bool {
        self.parts.parts().iter().any(|part| part.events.has_difficulties())
    }

    pub(super) fn share_memory(&mut self, n_calibrators: usize) {
        self.memo.share(n_calibrators);
    }

    /// Venn-Abers of every part for one event, fitted unless it is remembered.
    pub(super) fn fitted(&self, event: Event) -> Fitted {
        let n_rows = self.parts.parts().iter().map(|part| part.events.n_rows()).sum();
        self.memo.get(event, n_rows, || self.parts.parts().iter().map(|part| part.events.fit(event)).collect())
    }
}

impl From<RegressionPart> for EventCalibrator {
    fn from(part: RegressionPart) -> Self {
        part.events
    }
}

impl TryFrom<EventCalibrator> for RegressionPart {
    type Error = Error;

    /// The residuals follow from the halves, so that the two cannot contradict each other.
    ///
    /// # Errors
    /// [`Error::Empty`] if both halves are empty, [`Error::NotFinite`] if a target lies too far from its prediction.
    fn try_from(events: EventCalibrator) -> Result<Self, Error> {
        Ok(Self { system: PredictiveSystem::try_from(events.residuals())?, events })
    }
}
