//! What is fitted to, what is asked, and what is answered, as bytes. It never reads an answer.

use ce_plugin_api::data::{Answers, AnswersMut, Asked, Calibration, ColumnMut, Questions, QuestionsBuf};
use serde::{Deserialize, Serialize};

use super::table::{Named, Table, bufs, named, views};

/// [`Calibration`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CalibrationRows {
    x: Table,
    y: Vec<f64>,
    scores: Table,
    category: Vec<u32>,
    schema: String,
    extra: Vec<Named>,
}

/// [`Asked`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AskedBefore {
    round: u32,
    state: Vec<u8>,
    scores: Table,
    extra: Vec<Named>,
}

/// [`Questions`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct QuestionSet {
    row: Vec<u32>,
    class: Vec<u32>,
    feature: Vec<u32>,
    category: Vec<u32>,
    threshold_low: Vec<f64>,
    threshold_high: Vec<f64>,
    percentiles: Vec<f64>,
    extra: Vec<Named>,
}

/// [`QuestionsBuf`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AskedQuestions {
    row: Vec<u32>,
    class: Vec<u32>,
    feature: Vec<u32>,
    extra: Vec<Named>,
    want: Vec<Named>,
}

/// [`Answers`] and [`AnswersMut`]; of answers that are handed on `probability` is empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AnswerSet {
    predict: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    class: Vec<u32>,
    probability: Vec<f64>,
    extra: Vec<Named>,
}

impl From<Calibration<'_>> for CalibrationRows {
    fn from(calibration: Calibration<'_>) -> Self {
        let Calibration { x, y, scores, category, schema, extra } = calibration;
        Self {
            x: x.into(),
            y: y.to_vec(),
            scores: scores.into(),
            category: category.to_vec(),
            schema: schema.as_str().to_owned(),
            extra: named(&extra),
        }
    }
}

impl CalibrationRows {
    pub(crate) fn with_view<T>(&self, work: impl FnOnce(Calibration<'_>) -> T) -> T {
        let extra = views(&self.extra);
        work(Calibration {
            x: self.x.view(),
            y: self.y.as_slice().into(),
            scores: self.scores.view(),
            category: self.category.as_slice().into(),
            schema: self.schema.as_str().into(),
            extra: extra.as_slice().into(),
        })
    }
}

impl From<Asked<'_>> for AskedBefore {
    fn from(asked: Asked<'_>) -> Self {
        let Asked { round, state, scores, extra } = asked;
        Self { round, state: state.to_vec(), scores: scores.into(), extra: named(&extra) }
    }
}

impl AskedBefore {
    pub(crate) fn with_view<T>(&self, work: impl FnOnce(Asked<'_>) -> T) -> T {
        let extra = views(&self.extra);
        work(Asked {
            round: self.round,
            state: self.state.as_slice().into(),
            scores: self.scores.view(),
            extra: extra.as_slice().into(),
        })
    }
}

impl From<Questions<'_>> for QuestionSet {
    fn from(questions: Questions<'_>) -> Self {
        let Questions { row, class, feature, category, threshold_low, threshold_high, percentiles, extra } = questions;
        Self {
            row: row.to_vec(),
            class: class.to_vec(),
            feature: feature.to_vec(),
            category: category.to_vec(),
            threshold_low: threshold_low.to_vec(),
            threshold_high: threshold_high.to_vec(),
            percentiles: percentiles.to_vec(),
            extra: named(&extra),
        }
    }
}

impl QuestionSet {
    pub(crate) fn with_view<T>(&self, work: impl FnOnce(Questions<'_>) -> T) -> T {
        let extra = views(&self.extra);
        work(Questions {
            row: self.row.as_slice().into(),
            class: self.class.as_slice().into(),
            feature: self.feature.as_slice().into(),
            category: self.category.as_slice().into(),
            threshold_low: self.threshold_low.as_slice().into(),
            threshold_high: self.threshold_high.as_slice().into(),
            percentiles: self.percentiles.as_slice().into(),
            extra: extra.as_slice().into(),
        })
    }
}

impl From<QuestionsBuf> for AskedQuestions {
    fn from(questions: QuestionsBuf) -> Self {
        let QuestionsBuf { row, class, feature, extra, want } = questions;
        Self {
            row: row.into_vec(),
            class: class.into_vec(),
            feature: feature.into_vec(),
            extra: bufs(extra),
            want: bufs(want),
        }
    }
}

impl From<AskedQuestions> for QuestionsBuf {
    fn from(questions: AskedQuestions) -> Self {
        let AskedQuestions { row, class, feature, extra, want } = questions;
        Self {
            row: row.into(),
            class: class.into(),
            feature: feature.into(),
            extra: bufs(extra).into(),
            want: bufs(want).into(),
        }
    }
}

impl From<Answers<'_>> for AnswerSet {
    fn from(answers: Answers<'_>) -> Self {
        let Answers { predict, low, high, class, extra } = answers;
        Self {
            predict: predict.to_vec(),
            low: low.to_vec(),
            high: high.to_vec(),
            class: class.to_vec(),
            probability: Vec::new(),
            extra: named(&extra),
        }
    }
}

impl From<&AnswersMut<'_>> for AnswerSet {
    fn from(answers: &AnswersMut<'_>) -> Self {
        let AnswersMut { predict, low, high, class, probability, extra } = answers;
        Self {
            predict: predict.to_vec(),
            low: low.to_vec(),
            high: high.to_vec(),
            class: class.to_vec(),
            probability: probability.to_vec(),
            extra: extra.iter().map(Named::from).collect(),
        }
    }
}

impl AnswerSet {
    pub(crate) fn with_view<T>(&self, work: impl FnOnce(Answers<'_>) -> T) -> T {
        let extra = views(&self.extra);
        work(Answers::new(&self.predict, &self.low, &self.high, &self.class).with_extra(&extra))
    }

    pub(crate) fn with_view_mut<T>(&mut self, work: impl FnOnce(AnswersMut<'_>) -> T) -> T {
        let mut extra: Vec<ColumnMut<'_>> = self.extra.iter_mut().map(Named::view_mut).collect();
        let answers = AnswersMut::new(&mut self.predict, &mut self.low, &mut self.high, &mut self.class);
        work(answers.with_probability(&mut self.probability).with_extra(&mut extra))
    }

    /// Writes the answers into the buffers that they were asked with.
    pub(crate) fn copy_into(&self, answers: &mut AnswersMut<'_>) {
        answers.predict.copy_from_slice(&self.predict);
        answers.low.copy_from_slice(&self.low);
        answers.high.copy_from_slice(&self.high);
        answers.class.copy_from_slice(&self.class);
        answers.probability.copy_from_slice(&self.probability);
        for (column, named) in answers.extra.iter_mut().zip(&self.extra) {
            column.values.copy_from_slice(&named.values);
        }
    }
}
