//! Many questions that differ in their row alone: what they share is looked up once. The answers are those of an asker, to
//! the bit.

use super::memo::Fitted;
use super::task::{RegressionPart, Task};
use super::{Calibrator, Sought};
use crate::event::Event;
use crate::interval::Summary;
use crate::predictive_system::Percentiles;
use crate::venn_abers::VennAbers;
use crate::{Error, Interval, Matrix, check};

/// One thing that is asked about many rows of one Mondrian category; made by [`Calibrator::series`].
#[derive(Debug)]
pub struct Series<'a> {
    /// The column of the scores that is calibrated.
    column: usize,
    n_outputs: usize,
    shared: Shared<'a>,
}

/// What answers.
#[derive(Debug)]
enum Shared<'a> {
    ClassOne { calibrator: &'a VennAbers, summary: Summary },
    Percentiles { part: &'a RegressionPart, percentiles: Percentiles },
    Event { part: &'a RegressionPart, fitted: Fitted, part_idx: usize, event: Event, summary: Summary },
}

/// Where a [`Series`] writes its answers, one entry per question each.
#[derive(Debug)]
pub struct Columns<'a> {
    /// Point estimates.
    pub predict: &'a mut [f64],
    /// Lower bounds.
    pub low: &'a mut [f64],
    /// Upper bounds.
    pub high: &'a mut [f64],
}

impl Calibrator {
    /// What answers one question about many rows; none where each row has to be asked about by itself, with an
    /// [`Asker`](super::Asker): where there are difficulties or more than two classes, and about class 0 of two.
    ///
    /// # Errors
    /// Those of [`Asker::answer`](super::Asker::answer) about the category.
    #[inline]
    pub fn series(&self, category: Option<u32>, sought: Sought) -> Result<Option<Series<'_>>, Error> {
        if self.has_difficulty {
            return Ok(None);
        }
        let summary = self.summary;
        Ok(match (&self.task, sought) {
            (Task::Binary(parts), Sought::Class(None | Some(1))) => {
                let shared = Shared::ClassOne { calibrator: parts.part(category)?, summary };
                Some(Series { column: 1, n_outputs: 2, shared })
            }
            (Task::Regression(regression), Sought::Percentiles(percentiles)) => {
                let shared = Shared::Percentiles { part: regression.parts().part(category)?, percentiles };
                Some(Series { column: 0, n_outputs: 1, shared })
            }
            (Task::Regression(regression), Sought::Event(event)) => {
                let part_idx = regression.parts().part_idx(category)?;
                let (part, fitted) = (&regression.parts().parts()[part_idx], regression.fitted(event));
                let shared = Shared::Event { part, fitted, part_idx, event, summary };
                Some(Series { column: 0, n_outputs: 1, shared })
            }
            _ => None,
        })
    }
}

impl Series<'_> {
    /// Answers about `rows` of `scores`, `[n_rows, n_outputs]`, in their order. A score that is NaN is answered as an asker
    /// does.
    ///
    /// # Errors
    /// [`Error::Shape`] if `scores` has not as many columns as the model has outputs, or a column of answers another length
    /// than `rows`; [`Error::OutOfRange`] for a row that `scores` lacks, and answers up to it are written then.
    #[inline]
    pub fn answer(&self, scores: Matrix<'_>, rows: &[u32], into: Columns<'_>) -> Result<(), Error> {
        check::length("scores of a row", self.n_outputs, scores.n_cols())?;
        for column in [&into.predict, &into.low, &into.high] {
            check::length("a column of answers", rows.len(), column.len())?;
        }
        match &self.shared {
            Shared::ClassOne { calibrator, summary: Summary::RegularizedMean } => {
                // The usual one by itself: nothing is left to be decided row by row.
                self.each(scores, rows, into, |score| calibrator.interval(score))
            }
            Shared::ClassOne { calibrator, summary } => {
                self.each(scores, rows, into, |score| calibrator.summarised(score, *summary))
            }
            Shared::Percentiles { part, percentiles } => {
                self.each(scores, rows, into, |score| part.system.interval(score, 1.0, *percentiles))
            }
            Shared::Event { part, fitted, part_idx, event, summary } => {
                let fitted = &fitted[*part_idx];
                self.each(scores, rows, into, |score| part.events.interval(fitted, score, 1.0, *event, *summary))
            }
        }
    }

    #[inline(always)]
    fn each(
        &self,
        scores: Matrix<'_>,
        rows: &[u32],
        into: Columns<'_>,
        interval: impl Fn(f64) -> Interval,
    ) -> Result<(), Error> {
        let data = scores.data();
        let Columns { predict, low, high } = into;
        let answers = predict.iter_mut().zip(low).zip(high);
        for (&row, ((predict, low), high)) in rows.iter().zip(answers) {
            let place = (row as usize).saturating_mul(self.n_outputs).saturating_add(self.column);
            let Some(&score) = data.get(place) else { return Err(no_such(row, scores)) };
            let answer = interval(score);
            (*predict, *low, *high) = (answer.predict, answer.low, answer.high);
        }
        Ok(())
    }
}

#[cold]
fn no_such(row: u32, scores: Matrix<'_>) -> Error {
    Error::OutOfRange { what: "row", found: row as usize, limit: scores.n_rows() }
}
