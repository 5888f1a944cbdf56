//! Answers questions, one row at a time. It changes nothing that another asker could see in an answer.

use super::memo::Fitted;
use super::task::{Multiclass, Regression, Task};
use super::{Answer, Calibrator, Query, Sought};
use crate::event::Event;
use crate::mondrian::Mondrian;
use crate::one_vs_rest::likeliest;
use crate::venn_abers::VennAbers;
use crate::{Error, Interval, check};

/// A handle on a [`Calibrator`], made by [`Calibrator::asker`] for a batch of questions.
///
/// It keeps what was fitted for the event of the question before, so that only a new event looks further: questions of one
/// event are best asked in a row.
#[derive(Debug)]
pub struct Asker<'a> {
    task: &'a Task,
    n_classes: usize,
    /// `[n_classes]`, room for the probabilities of more than two classes.
    probability: Vec<f64>,
    event: Option<(Event, Fitted)>,
}

impl<'a> Asker<'a> {
    pub(super) fn new(calibrator: &'a Calibrator) -> Self {
        let n_classes = calibrator.n_classes();
        Self { task: &calibrator.0, n_classes, probability: vec![0.0; n_classes], event: None }
    }

    /// Answers one question.
    ///
    /// * `probability`: `[n_classes]`, written over with the calibrated probability of each class, which for more than two
    ///   are scaled to sum to 1; empty if they are not wanted. A regression leaves it alone
    ///
    /// Bounds are infinite where a regression has too few rows for its percentiles. A score that is NaN says nothing: the
    /// answer is NaN for percentiles, and for probabilities it is made of 0.5 in `[0, 1]`. After an error `probability` is
    /// as it was.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many scores as the model has outputs, or not as many probabilities as classes;
    /// [`Error::OutOfRange`] for an unknown class; [`Error::Invalid`] for a Mondrian category that the calibration set
    /// lacks, or that is missing or given where it should not be, and for a question that belongs to another task.
    pub fn answer(&mut self, query: &Query<'_>, probability: &mut [f64]) -> Result<Answer, Error> {
        check::length("scores of a row", self.n_classes.max(1), query.scores.len())?;
        if self.n_classes > 0 && !probability.is_empty() {
            check::length("probabilities of a row", self.n_classes, probability.len())?;
        }
        let (interval, class) = match (self.task, query.sought) {
            (Task::Binary(parts), Sought::Class(class)) => of_two(parts, query, class, probability)?,
            (Task::Multiclass(multiclass), Sought::Class(class)) => {
                self.of_many(multiclass, query, class, probability)?
            }
            (Task::Regression(regression), Sought::Percentiles(percentiles)) => {
                let part = regression.parts().part(query.category)?;
                (part.system.interval(query.scores[0], 1.0, percentiles), None)
            }
            (Task::Regression(regression), Sought::Event(event)) => (self.of_event(regression, query, event)?, None),
            (Task::Regression(_), Sought::Class(_)) => {
                return Err(wrong_task("asks for a class: ask a regression for two percentiles, or for an event"));
            }
            (Task::Binary(_) | Task::Multiclass(_), Sought::Percentiles(_) | Sought::Event(_)) => {
                return Err(wrong_task("asks for percentiles or an event: ask a classifier for a class"));
            }
        };
        Ok(Answer { interval, class })
    }

    fn of_many(
        &mut self,
        multiclass: &Multiclass,
        query: &Query<'_>,
        class: Option<u32>,
        probability: &mut [f64],
    ) -> Result<(Interval, Option<u32>), Error> {
        let calibrator = multiclass.parts().part(query.category)?;
        let class = class_below(self.n_classes, class)?;
        let scale = calibrator.probabilities(query.scores, &mut self.probability)?;
        if !probability.is_empty() {
            probability.copy_from_slice(&self.probability);
        }
        let class = class.unwrap_or_else(|| likeliest(&self.probability));
        Ok((calibrator.interval(class, query.scores[class], scale), Some(class as u32)))
    }

    fn of_event(&mut self, regression: &Regression, query: &Query<'_>, event: Event) -> Result<Interval, Error> {
        let part_idx = regression.parts().part_idx(query.category)?;
        let fitted = match &self.event {
            Some((last, fitted)) if *last == event => fitted,
            _ => &self.event.insert((event, regression.fitted(event))).1,
        };
        Ok(regression.parts().parts()[part_idx].events.interval(&fitted[part_idx], query.scores[0], event))
    }
}

/// The probability of one of two classes. The numbers of class 0 are those of class 1, turned round.
fn of_two(
    parts: &Mondrian<VennAbers>,
    query: &Query<'_>,
    class: Option<u32>,
    probability: &mut [f64],
) -> Result<(Interval, Option<u32>), Error> {
    let calibrator = parts.part(query.category)?;
    let class = class_below(2, class)?;
    let of_one = calibrator.interval(query.scores[1]);
    if let [zero, one] = probability {
        (*zero, *one) = (1.0 - of_one.predict, of_one.predict);
    }
    Ok(match class {
        Some(0) => {
            let Interval { predict, low, high } = of_one;
            (Interval { predict: 1.0 - predict, low: 1.0 - high, high: 1.0 - low }, Some(0))
        }
        _ => (of_one, Some(1)),
    })
}

fn class_below(n_classes: usize, class: Option<u32>) -> Result<Option<usize>, Error> {
    match class.map(|class| class as usize) {
        Some(found) if found >= n_classes => Err(Error::OutOfRange { what: "class", found, limit: n_classes }),
        class => Ok(class),
    }
}

fn wrong_task(why: &str) -> Error {
    Error::Invalid { what: "question", why: why.into() }
}
