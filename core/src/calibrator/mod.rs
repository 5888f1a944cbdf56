//! The calibrator of one calibration set, for any task: classes or values, Mondrian or not. It never asks the model.
//!
//! Percentiles and events are answered by one fit, in any order of calls.

mod asker;
mod memo;
mod options;
mod query;
mod series;
mod task;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::asker::Asker;
pub use self::options::{Estimate, Options};
pub use self::query::{Answer, Batch, Query, Sought};
pub use self::series::{Columns, Series};
use self::task::{Multiclass, Regression, Task, binary};
use crate::interval::Summary;
use crate::one_vs_rest::Normalization;
use crate::{Error, Matrix, check, difficulty};

/// What a calibrator is fitted to.
#[derive(Clone, Copy, Debug)]
pub struct CalibrationSet<'a> {
    /// The model's scores, `[n, n_outputs]`, finite: a probability per class, or the predicted value.
    pub scores: Matrix<'a>,
    /// `[n]`, finite: the index of the class, or the value.
    pub targets: &'a [f64],
    /// The Mondrian category of each row, `[n]`; empty: calibration is not Mondrian.
    pub categories: &'a [u32],
    /// How difficult each row is, `[n]`: finite and above 0 for a regression, in `[0, 1]` for a classification; empty: none
    /// is known.
    pub difficulties: &'a [f64],
    /// The seed of the split that events need, the only thing that is random.
    pub seed: u64,
}

/// A fitted calibrator.
///
/// ```
/// use ce_core::calibrator::{CalibrationSet, Calibrator, Query, Sought};
/// use ce_core::event::Event;
/// use ce_core::predictive_system::Percentiles;
/// use ce_core::Matrix;
///
/// let predictions = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
/// let set = CalibrationSet {
///     scores: Matrix::new(&predictions, 7, 1)?,
///     targets: &[1.5, 1.5, 3.0, 5.0, 4.0, 6.5, 7.5],
///     categories: &[],
///     difficulties: &[],
///     seed: 42,
/// };
/// let calibrator = Calibrator::fit_values(&set)?;
/// let mut asker = calibrator.asker();
/// let mut ask = |sought| asker.answer(&Query { scores: &[4.0], category: None, difficulty: None, sought }, &mut []);
///
/// let quartiles = ask(Sought::Percentiles(Percentiles::new(25.0, 75.0)?))?.interval;
/// assert_eq!((quartiles.low, quartiles.predict, quartiles.high), (3.5, 4.5, 4.5));
///
/// let at_most_4 = ask(Sought::Event(Event::at_most(4.0)?))?.interval;
/// assert!(0.0 <= at_most_4.low && at_most_4.high <= 1.0);
/// # Ok::<(), ce_core::Error>(())
/// ```
///
/// # Saving
///
/// It is serialised with its fitted numbers. Restoring checks them, and gives bit-identical answers; what was remembered of
/// events is not saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved")]
pub struct Calibrator {
    task: Task,
    has_difficulty: bool,
    summary: Summary,
    normalization: Normalization,
}

/// [`Calibrator`] as it was saved, not yet checked.
#[derive(Deserialize)]
struct Saved {
    task: Task,
    has_difficulty: bool,
    summary: Summary,
    normalization: Normalization,
}

impl Calibrator {
    /// Fits to classes: Venn-Abers of class 1 for a model of two, one against the rest for a model of more, whatever
    /// number of them the calibration set has.
    ///
    /// A class that the set lacks has probability 0 and keeps its place. A class that only a Mondrian category lacks is
    /// fitted there like the others, and has a lower bound of 0 and a small upper bound. The seed plays no part.
    ///
    /// # Errors
    /// [`Error::Empty`] without rows, [`Error::Shape`] if the lengths differ, [`Error::NotFinite`] for the first row with a
    /// number that is NaN or infinite, [`Error::Invalid`] if there are fewer than two scores a row, for the first target
    /// that is no class of the model, and for the first difficulty, or score where there are difficulties, that does not
    /// lie in `[0, 1]`.
    pub fn fit_classes(set: &CalibrationSet<'_>) -> Result<Self, Error> {
        let n_classes = set.scores.n_cols();
        check::rule("scores", n_classes >= 2, || {
            format!("have {n_classes} columns, a classifier has one for each of two or more classes")
        })?;
        set.check()?;
        difficulty::check_of_classes(set.difficulties)?;
        let labels = labels(set.targets, n_classes)?;
        let scaled = set.scaled_scores()?;
        let scores = if scaled.is_empty() { set.scores } else { Matrix::new(&scaled, labels.len(), n_classes)? };
        let set = CalibrationSet { scores, ..*set };
        Ok(Self::new(
            &set,
            match n_classes {
                2 => Task::Binary(binary(&set, &labels)?),
                _ => Task::Multiclass(Multiclass::fit(&set, &labels)?),
            },
        ))
    }

    /// Fits to values: a conformal predictive system for percentiles, and for events one on half of the rows with
    /// Venn-Abers on the other half.
    ///
    /// Only the split of the halves depends on the order of the rows. Venn-Abers is fitted when an event is first asked
    /// about, and remembered; as answers stay a function of the question, nobody can tell but by the time it takes.
    ///
    /// # Errors
    /// [`Error::Empty`] without rows, [`Error::Shape`] if the lengths differ, [`Error::Invalid`] unless there is one score
    /// a row or for the first difficulty that is not finite and above 0, [`Error::NotFinite`] for the first row with a
    /// number that is NaN or infinite, or whose target lies too far from its prediction.
    pub fn fit_values(set: &CalibrationSet<'_>) -> Result<Self, Error> {
        let n_cols = set.scores.n_cols();
        check::rule("scores", n_cols == 1, || format!("have {n_cols} columns, a regression has one"))?;
        set.check()?;
        difficulty::check_of_values(set.difficulties)?;
        Regression::fit(set).map(|regression| Self::new(set, Task::Regression(regression)))
    }

    fn new(set: &CalibrationSet<'_>, task: Task) -> Self {
        Self {
            task,
            has_difficulty: !set.difficulties.is_empty(),
            summary: Summary::default(),
            normalization: Normalization::default(),
        }
    }

    /// The same calibrator with another way to make one point estimate of the two bounds of a probability. Percentiles are
    /// answered as before: their point estimate is the median.
    ///
    /// The numbers of class 0 of two are those of class 1 turned round, so that the two add up to 1: the summary `lower` is
    /// the lower bound of class 1, and the upper bound of class 0.
    #[must_use]
    pub fn with_summary(self, summary: Summary) -> Self {
        Self { summary, ..self }
    }

    /// The same calibrator with another way to make the probabilities of more than two classes add up.
    #[must_use]
    pub fn with_normalization(self, normalization: Normalization) -> Self {
        Self { normalization, ..self }
    }

    /// The same calibrator as one of so many that share the memory for events which one has by itself. It answers as before;
    /// the share is not saved, and a copy forgets it.
    #[must_use]
    pub fn sharing_memory(mut self, n_calibrators: usize) -> Self {
        if let Task::Regression(regression) = &mut self.task {
            regression.share_memory(n_calibrators);
        }
        self
    }

    /// Whether it was fitted with difficulties, so that each question needs one.
    #[must_use]
    pub fn has_difficulty(&self) -> bool {
        self.has_difficulty
    }

    /// A handle that answers questions without allocating or locking for each.
    #[must_use]
    pub fn asker(&self) -> Asker<'_> {
        Asker::new(self)
    }

    /// Number of classes; 0 for a regression.
    #[must_use]
    pub fn n_classes(&self) -> usize {
        match &self.task {
            Task::Binary(_) => 2,
            Task::Multiclass(multiclass) => multiclass.n_classes(),
            Task::Regression(_) => 0,
        }
    }

    /// The Mondrian categories that it knows, ascending; none where calibration is not Mondrian.
    #[must_use]
    pub fn categories(&self) -> &[u32] {
        match &self.task {
            Task::Binary(parts) => parts.categories(),
            Task::Multiclass(multiclass) => multiclass.parts().categories(),
            Task::Regression(regression) => regression.parts().categories(),
        }
    }
}

impl TryFrom<Saved> for Calibrator {
    type Error = Error;

    fn try_from(saved: Saved) -> Result<Self, Error> {
        let Saved { task, has_difficulty, summary, normalization } = saved;
        let sound = match &task {
            Task::Regression(regression) => has_difficulty || !regression.has_difficulties(),
            Task::Binary(_) | Task::Multiclass(_) => true,
        };
        check::rule("saved difficulties", sound, || "are there, though calibration had none".into())?;
        Ok(Self { task, has_difficulty, summary, normalization })
    }
}

impl CalibrationSet<'_> {
    /// The scores of a classifier, each scaled by its row's difficulty; empty if there are none.
    fn scaled_scores(&self) -> Result<Vec<f64>, Error> {
        if self.difficulties.is_empty() {
            return Ok(Vec::new());
        }
        let mut scores = self.scores.data().to_vec();
        let rows = scores.chunks_exact_mut(self.scores.n_cols());
        for (row_idx, (row, &difficulty)) in rows.zip(self.difficulties).enumerate() {
            for score in row {
                check::rule("scores", (0.0..=1.0).contains(score), || {
                    format!("hold {score} at row {row_idx}, expected a probability, as difficulty scales nothing else")
                })?;
                *score = difficulty::scaled(*score, difficulty);
            }
        }
        Ok(scores)
    }

    /// What any task needs: rows, equal lengths, finite numbers.
    fn check(&self) -> Result<(), Error> {
        let n_rows = self.scores.n_rows();
        check::not_empty("calibration set", self.scores.data())?;
        check::length("targets", n_rows, self.targets.len())?;
        if !self.categories.is_empty() {
            check::length("Mondrian categories", n_rows, self.categories.len())?;
        }
        if !self.difficulties.is_empty() {
            check::length("difficulties", n_rows, self.difficulties.len())?;
        }
        check::finite("targets", self.targets)?;
        // Named by its row rather than by its place in the matrix.
        check::finite("scores", self.scores.data()).map_err(|error| match error {
            Error::NotFinite { what, row_idx, value } => {
                Error::NotFinite { what, row_idx: row_idx / self.scores.n_cols(), value }
            }
            other => other,
        })
    }
}

/// The classes that the targets name.
fn labels(targets: &[f64], n_classes: usize) -> Result<Vec<u32>, Error> {
    let label = |(row_idx, &target): (usize, &f64)| {
        let is_class = target.fract() == 0.0 && (0.0..n_classes as f64).contains(&target);
        check::rule("targets", is_class, || {
            format!("hold {target} at row {row_idx}, expected the index of one of the model's {n_classes} classes")
        })?;
        Ok(target as u32)
    };
    targets.iter().enumerate().map(label).collect()
}
