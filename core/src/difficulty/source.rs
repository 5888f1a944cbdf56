//! Where the difficulty of a row comes from: nowhere, the caller, or the row's neighbours. It never judges a value: the
//! calibrator does.

use serde::{Deserialize, Serialize};

use super::{Estimator, Parameters, Scratch};
use crate::{Error, check};

/// Where difficulties come from, of a calibration set and of the rows asked about alike.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Source {
    /// There are none.
    #[default]
    None,
    /// The caller gives one with each row.
    Given,
    /// They are estimated from the row itself.
    Neighbours(Box<Estimator>),
}

/// The difficulties of a batch of rows, each found once however many questions are about it; made by [`Source::of_batch`].
#[derive(Debug)]
pub struct OfBatch<'a>(Found<'a>);

#[derive(Debug)]
enum Found<'a> {
    None,
    /// One per question.
    Given(&'a [f64]),
    Estimated {
        estimator: &'a Estimator,
        /// One per row; NaN until it is asked for.
        known: Vec<f64>,
        row: Vec<f64>,
        scratch: Scratch,
    },
}

impl Source {
    /// The source that a caller asks for: an estimator by its parameters, or a column of the calibration set.
    ///
    /// # Errors
    /// [`Error::Invalid`] for both at once, and what `fit` refuses.
    pub fn new(
        parameters: Option<Parameters>,
        given: Option<&[f64]>,
        fit: impl FnOnce(Parameters) -> Result<Estimator, Error>,
    ) -> Result<Self, Error> {
        match (parameters, given) {
            (None, None) => Ok(Self::None),
            (None, Some(_)) => Ok(Self::Given),
            (Some(parameters), None) => fit(parameters).map(|estimator| Self::Neighbours(Box::new(estimator))),
            (Some(_), Some(_)) => {
                Err(invalid("is given with the rows and is to be estimated too: leave one of them out"))
            }
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The difficulties of all rows of a set that is calibrated with, `[n_rows]`; empty where there are none.
    ///
    /// * `shape`: rows and columns of the set
    /// * `given`: the caller's, `[n_rows]`
    /// * `write`: writes the row of that position into a slice of the set's width
    ///
    /// # Errors
    /// Those of [`Source::of_batch`] and [`Estimator::difficulty`].
    pub fn of_rows(
        &self,
        shape: (usize, usize),
        given: Option<&[f64]>,
        mut write: impl FnMut(usize, &mut [f64]),
    ) -> Result<Vec<f64>, Error> {
        let mut batch = self.of_batch(shape, shape.0, given)?;
        let rows = (0..shape.0).map(|row_idx| batch.of(row_idx, row_idx, |row| write(row_idx, row)));
        rows.filter_map(Result::transpose).collect()
    }

    /// The difficulties of a batch.
    ///
    /// * `shape`: rows and columns of the rows asked about
    /// * `n_questions`, `given`: the number of questions, and the caller's difficulty for each
    ///
    /// # Errors
    /// [`Error::Shape`] for rows of another width than the calibration set's, or if there is not one difficulty per question,
    /// [`Error::Invalid`] if they are missing, or given and not wanted.
    pub fn of_batch<'a>(
        &'a self,
        (n_rows, n_cols): (usize, usize),
        n_questions: usize,
        given: Option<&'a [f64]>,
    ) -> Result<OfBatch<'a>, Error> {
        self.check_given(given)?;
        Ok(OfBatch(match self {
            Self::None => Found::None,
            Self::Given => {
                let given = given.unwrap_or_default();
                check::length("difficulty", n_questions, given.len())?;
                Found::Given(given)
            }
            Self::Neighbours(estimator) => {
                check::length("row", estimator.n_features(), n_cols)?;
                let (known, row) = (vec![f64::NAN; n_rows], vec![0.0; n_cols]);
                Found::Estimated { estimator, known, row, scratch: Scratch::default() }
            }
        }))
    }

    fn check_given(&self, given: Option<&[f64]>) -> Result<(), Error> {
        match (self, given) {
            (Self::None, Some(_)) => Err(invalid("is given, but the calibration set has none: leave it out")),
            (Self::Neighbours(_), Some(_)) => Err(invalid("is given, but it is estimated: leave it out")),
            (Self::Given, None) => {
                Err(invalid("is missing: the calibration set has one for each row, so give one here"))
            }
            _ => Ok(()),
        }
    }
}

impl OfBatch<'_> {
    /// The difficulty that belongs to a question about a row; none where there are none.
    ///
    /// `write` writes the row into a slice of the batch's width.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a question or row that the batch lacks, and those of [`Estimator::difficulty`].
    #[inline]
    pub fn of(
        &mut self,
        question_idx: usize,
        row_idx: usize,
        write: impl FnOnce(&mut [f64]),
    ) -> Result<Option<f64>, Error> {
        match &mut self.0 {
            Found::None => Ok(None),
            Found::Given(given) => {
                check::below("question", given.len(), &[question_idx])?;
                Ok(Some(given[question_idx]))
            }
            Found::Estimated { estimator, known, row, scratch } => {
                check::below("row", known.len(), &[row_idx])?;
                if known[row_idx].is_nan() {
                    write(row);
                    known[row_idx] = estimator.difficulty(row, scratch)?;
                }
                Ok(Some(known[row_idx]))
            }
        }
    }
}

fn invalid(why: &str) -> Error {
    Error::Invalid { what: "difficulty", why: why.into() }
}
