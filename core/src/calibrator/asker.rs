//! Answers questions, one row at a time. It changes nothing that another asker could see in an answer.

use super::memo::Fitted;
use super::task::{Multiclass, Regression, Task};
use super::{Answer, Calibrator, Query, Sought};
use crate::event::Event;
use crate::interval::Summary;
use crate::mondrian::Mondrian;
use crate::one_vs_rest::likeliest;
use crate::predictive_system::Percentiles;
use crate::venn_abers::VennAbers;
use crate::{Error, Interval, check, difficulty};

/// A handle on a [`Calibrator`], made by [`Calibrator::asker`] for a batch of questions.
///
/// It keeps what was fitted for the event of the question before, so that only a new event looks further: questions of one
/// event are best asked in a row.
#[derive(Debug)]
pub struct Asker<'a> {
    calibrator: &'a Calibrator,
    n_outputs: usize,
    /// Room for the answers and the scaled scores of more than two classes, `[n_classes]`; else empty.
    intervals: Vec<Interval>,
    scores: Vec<f64>,
    event: Option<(Event, Fitted)>,
}

impl<'a> Asker<'a> {
    pub(super) fn new(calibrator: &'a Calibrator) -> Self {
        let n_classes = calibrator.n_classes();
        // A single question about one of two classes is asked without allocating anything.
        let n_many = if n_classes > 2 { n_classes } else { 0 };
        Self {
            calibrator,
            n_outputs: n_classes.max(1),
            intervals: vec![Interval::default(); n_many],
            scores: vec![0.0; if calibrator.has_difficulty { n_many } else { 0 }],
            event: None,
        }
    }

    /// Answers one question.
    ///
    /// * `probability`: `[n_classes]`, written over with the calibrated probability of each class, which for more than two
    ///   are normalised as the calibrator was told; empty if they are not wanted. A regression leaves it alone
    ///
    /// Bounds are infinite where a regression has too few rows for its percentiles. A score that is NaN says nothing: the
    /// answer is NaN for percentiles, and for probabilities it is made of the bounds 0 and 1. After an error `probability`
    /// is as it was.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many scores as the model has outputs, or not as many probabilities as classes;
    /// [`Error::OutOfRange`] for an unknown class; [`Error::Invalid`] for a Mondrian category that the calibration set
    /// lacks, for a category or a difficulty that is missing or given where it should not be, for a difficulty out of its
    /// range, for a classifier's score outside of `[0, 1]` where there is a difficulty, and for a question that belongs to
    /// another task.
    #[inline]
    pub fn answer(&mut self, query: &Query<'_>, probability: &mut [f64]) -> Result<Answer, Error> {
        check::length("scores of a row", self.n_outputs, query.scores.len())?;
        if query.difficulty.is_some() != self.calibrator.has_difficulty {
            return Err(misplaced(query.difficulty));
        }
        match (&self.calibrator.task, query.sought) {
            (Task::Binary(parts), Sought::Class(class)) => {
                of_two(parts, self.calibrator.summary, query, class, probability)
            }
            (Task::Multiclass(multiclass), Sought::Class(class)) => self.of_many(multiclass, query, class, probability),
            (Task::Regression(regression), Sought::Percentiles(percentiles)) => {
                of_values(regression, query, percentiles)
            }
            (Task::Regression(regression), Sought::Event(event)) => self.of_event(regression, query, event),
            (task, _) => Err(wrong_task(task)),
        }
    }

    fn of_many(
        &mut self,
        multiclass: &Multiclass,
        query: &Query<'_>,
        class: Option<u32>,
        probability: &mut [f64],
    ) -> Result<Answer, Error> {
        let calibrator = multiclass.parts().part(query.category)?;
        let class = class_below(self.n_outputs, class)?;
        if !probability.is_empty() {
            check::length("probabilities of a row", self.n_outputs, probability.len())?;
        }
        let scores = match query.difficulty {
            None => query.scores,
            Some(difficulty) => {
                for (scaled, &score) in self.scores.iter_mut().zip(query.scores) {
                    *scaled = scaled_score(score, difficulty)?;
                }
                &self.scores
            }
        };
        let Calibrator { summary, normalization, .. } = *self.calibrator;
        calibrator.intervals(scores, summary, normalization, &mut self.intervals)?;
        for (probability, interval) in probability.iter_mut().zip(&self.intervals) {
            *probability = interval.predict;
        }
        let class = class.unwrap_or_else(|| likeliest(&self.intervals));
        Ok(Answer { interval: self.intervals[class], class: Some(class as u32) })
    }

    fn of_event(&mut self, regression: &Regression, query: &Query<'_>, event: Event) -> Result<Answer, Error> {
        let part_idx = regression.parts().part_idx(query.category)?;
        let sigma = sigma(query.difficulty)?;
        let fitted = match &self.event {
            Some((last, fitted)) if *last == event => fitted,
            _ => &self.event.insert((event, regression.fitted(event))).1,
        };
        let events = &regression.parts().parts()[part_idx].events;
        let interval = events.interval(&fitted[part_idx], query.scores[0], sigma, event, self.calibrator.summary);
        Ok(Answer { interval, class: None })
    }
}

/// The calibrated median of a row, and the interval between two percentiles.
fn of_values(regression: &Regression, query: &Query<'_>, percentiles: Percentiles) -> Result<Answer, Error> {
    let part = regression.parts().part(query.category)?;
    let interval = part.system.interval(query.scores[0], sigma(query.difficulty)?, percentiles);
    Ok(Answer { interval, class: None })
}

/// The probability of one of two classes. The numbers of class 0 are those of class 1, turned round.
#[inline]
fn of_two(
    parts: &Mondrian<VennAbers>,
    summary: Summary,
    query: &Query<'_>,
    class: Option<u32>,
    probability: &mut [f64],
) -> Result<Answer, Error> {
    let calibrator = parts.part(query.category)?;
    let class = class_below(2, class)?;
    if !probability.is_empty() {
        check::length("probabilities of a row", 2, probability.len())?;
    }
    let score = match query.difficulty {
        None => query.scores[1],
        Some(difficulty) => scaled_score(query.scores[1], difficulty)?,
    };
    let of_one = calibrator.summarised(score, summary);
    if let [zero, one] = probability {
        (*zero, *one) = (1.0 - of_one.predict, of_one.predict);
    }
    Ok(match class {
        Some(0) => {
            let Interval { predict, low, high } = of_one;
            let interval = Interval { predict: 1.0 - predict, low: 1.0 - high, high: 1.0 - low };
            Answer { interval, class: Some(0) }
        }
        _ => Answer { interval: of_one, class: Some(1) },
    })
}

#[inline]
fn class_below(n_classes: usize, class: Option<u32>) -> Result<Option<usize>, Error> {
    match class.map(|class| class as usize) {
        Some(found) if found >= n_classes => Err(Error::OutOfRange { what: "class", found, limit: n_classes }),
        class => Ok(class),
    }
}

/// What residuals are multiplied by.
#[inline]
fn sigma(difficulty: Option<f64>) -> Result<f64, Error> {
    match difficulty {
        None => Ok(1.0),
        Some(sigma) if difficulty::is_of_value(sigma) => Ok(sigma),
        Some(found) => {
            Err(unsound(found, "a finite number above 0, as a larger difficulty_beta or more neighbours give"))
        }
    }
}

/// A classifier's score, scaled by the row's difficulty.
fn scaled_score(score: f64, difficulty: f64) -> Result<f64, Error> {
    if !difficulty::is_of_class(difficulty) {
        return Err(unsound(difficulty, "a number from 0 to 1, as all are of a classification"));
    }
    check::rule("scores", score.is_nan() || (0.0..=1.0).contains(&score), || {
        format!("hold {score}, expected a probability, as difficulty scales nothing else")
    })?;
    Ok(difficulty::scaled(score, difficulty))
}

#[cold]
fn unsound(found: f64, expected: &str) -> Error {
    Error::Invalid { what: "difficulty", why: format!("is {found}, expected {expected}") }
}

#[cold]
fn misplaced(difficulty: Option<f64>) -> Error {
    let why = match difficulty {
        None => "is missing: calibration has one for each row, so each question needs one".into(),
        Some(difficulty) => format!("is {difficulty}, but calibration has none: leave it out"),
    };
    Error::Invalid { what: "difficulty", why }
}

#[cold]
fn wrong_task(task: &Task) -> Error {
    let why = match task {
        Task::Regression(_) => "asks for a class: ask a regression for two percentiles, or for an event",
        Task::Binary(_) | Task::Multiclass(_) => "asks for percentiles or an event: ask a classifier for a class",
    };
    Error::Invalid { what: "question", why: why.into() }
}
