//! What a calibrator is asked, and what it answers.

use abi_stable::StableAbi;
use abi_stable::std_types::{RSlice, RSliceMut, RVec};

use super::{Column, ColumnBuf, ColumnMut, NONE};

/// In a question that an explanation asks: the class that is explained for the instance which the row was made from. The
/// host writes the class in before a calibrator sees the question.
pub const EXPLAINED: u32 = u32::MAX - 1;

/// Questions to a calibrator, one per entry of `row`. `class`, `feature`, `category` and the thresholds are empty (left
/// out), or have one entry (the same for all), or one entry per question; [`Questions::at`] reads all three.
#[repr(C)]
#[derive(StableAbi, Clone, Copy, Debug)]
pub struct Questions<'a> {
    /// The row that is asked about: an index into the rows and scores that come with the questions.
    pub row: RSlice<'a, u32>,
    /// The class whose probability is asked. Left out or [`NONE`]: the row's own, which is class 1 of two, and the likeliest
    /// of more than two (the lowest index on ties).
    pub class: RSlice<'a, u32>,
    /// For FAST: the feature whose calibrator is asked. Left out or [`NONE`]: the ordinary calibrator.
    pub feature: RSlice<'a, u32>,
    /// The Mondrian category. Left out: calibration is not Mondrian.
    pub category: RSlice<'a, u32>,
    /// For thresholded regression, the event `threshold_low < y <= threshold_high`, never NaN. `-inf` makes it the event
    /// `y <= threshold_high`. Either every question has an event or none has.
    pub threshold_low: RSlice<'a, f64>,
    /// The upper end of the event, finite. Left out, like the lower end: no event is asked about.
    pub threshold_high: RSlice<'a, f64>,
    /// For regression, the lower and the upper percentile, in 0..100, one of them infinite where one-sided. Two values for
    /// all questions together; left out for classification and events.
    pub percentiles: RSlice<'a, f64>,
    /// Further columns, with one entry per question.
    pub extra: RSlice<'a, Column<'a>>,
}

impl<'a> Questions<'a> {
    /// One question per entry of `row`, and nothing else said.
    #[must_use]
    pub fn about(row: &'a [u32]) -> Self {
        Self {
            row: RSlice::from_slice(row),
            class: RSlice::EMPTY,
            feature: RSlice::EMPTY,
            category: RSlice::EMPTY,
            threshold_low: RSlice::EMPTY,
            threshold_high: RSlice::EMPTY,
            percentiles: RSlice::EMPTY,
            extra: RSlice::EMPTY,
        }
    }

    /// The same questions about the probability of these classes: none, one for all, or one per question.
    #[must_use]
    pub fn of_classes(self, class: &'a [u32]) -> Self {
        Self { class: RSlice::from_slice(class), ..self }
    }

    /// The same questions to the calibrators of these features: none, one for all, or one per question.
    #[must_use]
    pub fn of_features(self, feature: &'a [u32]) -> Self {
        Self { feature: RSlice::from_slice(feature), ..self }
    }

    /// The same questions with further columns.
    #[must_use]
    pub fn with_extra(self, extra: &'a [Column<'a>]) -> Self {
        Self { extra: RSlice::from_slice(extra), ..self }
    }

    /// Number of questions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.row.len()
    }

    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.row.is_empty()
    }

    /// Every question by itself, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Question> + 'a {
        let all = *self;
        self.row.as_slice().iter().enumerate().map(move |(question_idx, &row)| Question {
            row: row as usize,
            class: Self::at(all.class, question_idx),
            feature: Self::at(all.feature, question_idx),
            category: Self::at(all.category, question_idx),
        })
    }

    /// The entry of `column` for question `question_idx`: `None` if the column was left out or says [`NONE`].
    #[must_use]
    pub fn at(column: RSlice<'a, u32>, question_idx: usize) -> Option<u32> {
        Self::entry(column.as_slice(), question_idx).filter(|&value| value != NONE)
    }

    /// The entry of a float64 column for question `question_idx`: `None` if the column was left out.
    #[must_use]
    pub fn number_at(column: RSlice<'a, f64>, question_idx: usize) -> Option<f64> {
        Self::entry(column.as_slice(), question_idx)
    }

    fn entry<T: Copy>(column: &[T], question_idx: usize) -> Option<T> {
        match column {
            [] => None,
            [same] => Some(*same),
            each => each.get(question_idx).copied(),
        }
    }
}

/// One of several [`Questions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// The row that is asked about.
    pub row: usize,
    /// The class asked about; `None`: the row's own.
    pub class: Option<u32>,
    /// The feature whose calibrator is asked; `None`: the ordinary one.
    pub feature: Option<u32>,
    /// The Mondrian category, if calibration is Mondrian.
    pub category: Option<u32>,
}

/// Questions that an explanation asks through the host, which adds category, thresholds and percentiles.
#[repr(C)]
#[derive(StableAbi, Clone, Debug, Default, PartialEq)]
pub struct QuestionsBuf {
    /// The row asked about: an instance of the batch, or `n_instances + k` for the k-th edited row asked so far, in any
    /// round, counted from 0, with equal ones counted each.
    pub row: RVec<u32>,
    /// One class per question, [`EXPLAINED`] or [`NONE`] (the row's own). Empty: [`EXPLAINED`] for all.
    pub class: RVec<u32>,
    /// One feature per question or [`NONE`]. Empty: none.
    pub feature: RVec<u32>,
    /// Further columns, with one entry per question. One of a name that the host adds too, such as `threshold_low`, is
    /// used in place of the host's.
    pub extra: RVec<ColumnBuf>,
    /// Further columns that the answers should have: names and widths, without values. A calibrator that does not know a
    /// column leaves it NaN, which is no error.
    pub want: RVec<ColumnBuf>,
}

/// Where a calibrator writes its answers: owned by the host, filled with NaN before the call, one entry per question. What
/// stays NaN was not answered, which is an error.
#[repr(C)]
#[derive(StableAbi, Debug)]
pub struct AnswersMut<'a> {
    /// The point estimate: a probability for classification and events, the calibrated median for regression.
    pub predict: RSliceMut<'a, f64>,
    /// The lower bound; `-inf` where there is none.
    pub low: RSliceMut<'a, f64>,
    /// The upper bound; `inf` where there is none.
    pub high: RSliceMut<'a, f64>,
    /// The class that `predict`, `low` and `high` speak of. Holds the class asked for; where that is [`NONE`] a classifier's
    /// calibrator writes the row's own. Stays [`NONE`] for regression and events.
    pub class: RSliceMut<'a, u32>,
    /// Empty unless asked: the calibrated probability of each class, `[n_questions, n_classes]`.
    pub probability: RSliceMut<'a, f64>,
    /// Further columns that are asked for, by name. A calibrator leaves those it does not know alone: they may stay NaN.
    pub extra: RSliceMut<'a, ColumnMut<'a>>,
}

impl<'a> AnswersMut<'a> {
    /// Room for answers; the slices have one entry per question.
    #[must_use]
    pub fn new(predict: &'a mut [f64], low: &'a mut [f64], high: &'a mut [f64], class: &'a mut [u32]) -> Self {
        Self {
            predict: RSliceMut::from_mut_slice(predict),
            low: RSliceMut::from_mut_slice(low),
            high: RSliceMut::from_mut_slice(high),
            class: RSliceMut::from_mut_slice(class),
            probability: RSliceMut::from_mut_slice(&mut []),
            extra: RSliceMut::from_mut_slice(&mut []),
        }
    }

    /// The same, asking for `probability`, `[n_questions, n_classes]`, too.
    #[must_use]
    pub fn with_probability(self, probability: &'a mut [f64]) -> Self {
        Self { probability: RSliceMut::from_mut_slice(probability), ..self }
    }

    /// The same, asking for further columns too.
    #[must_use]
    pub fn with_extra(self, extra: &'a mut [ColumnMut<'a>]) -> Self {
        Self { extra: RSliceMut::from_mut_slice(extra), ..self }
    }

    /// Writes the answer to question `question_idx`, which asks a classifier of two classes about `class` (none: class 1).
    /// The numbers are those of class 1; for class 0 they are turned round. Class and probabilities are written too.
    ///
    /// # Panics
    /// If there is no such question.
    pub fn set_of_two(&mut self, question_idx: usize, class: Option<u32>, predict: f64, low: f64, high: f64) {
        let class = class.unwrap_or(1);
        match class {
            1 => self.set(question_idx, predict, low, high),
            _ => self.set(question_idx, 1.0 - predict, 1.0 - high, 1.0 - low),
        }
        self.class[question_idx] = class;
        if !self.probability.is_empty() {
            self.probability[2 * question_idx] = 1.0 - predict;
            self.probability[2 * question_idx + 1] = predict;
        }
    }

    /// Writes the answer to question `question_idx`.
    ///
    /// # Panics
    /// If there is no such question.
    pub fn set(&mut self, question_idx: usize, predict: f64, low: f64, high: f64) {
        self.predict[question_idx] = predict;
        self.low[question_idx] = low;
        self.high[question_idx] = high;
    }
}

/// Answers as the host hands them on, one entry per question.
#[repr(C)]
#[derive(StableAbi, Clone, Copy, Debug)]
pub struct Answers<'a> {
    /// The point estimates.
    pub predict: RSlice<'a, f64>,
    /// The lower bounds.
    pub low: RSlice<'a, f64>,
    /// The upper bounds.
    pub high: RSlice<'a, f64>,
    /// The classes answered for; [`NONE`] for regression and events.
    pub class: RSlice<'a, u32>,
    /// Further columns, with one entry per question.
    pub extra: RSlice<'a, Column<'a>>,
}

impl<'a> Answers<'a> {
    /// No answers: what the first round is handed.
    #[must_use]
    pub fn none() -> Self {
        Self::new(&[], &[], &[], &[])
    }

    /// The same answers with further columns.
    #[must_use]
    pub fn with_extra(self, extra: &'a [Column<'a>]) -> Self {
        Self { extra: RSlice::from_slice(extra), ..self }
    }

    /// Answers without further columns; the slices have one length.
    #[must_use]
    pub fn new(predict: &'a [f64], low: &'a [f64], high: &'a [f64], class: &'a [u32]) -> Self {
        Self {
            predict: RSlice::from_slice(predict),
            low: RSlice::from_slice(low),
            high: RSlice::from_slice(high),
            class: RSlice::from_slice(class),
            extra: RSlice::EMPTY,
        }
    }
}
