//! The boundary as bytes: every call of every kind, with all its data, so that it can be made in another process. A frame
//! is a length (four bytes, little-endian) and a postcard message. It leaves nothing out and computes nothing.

use std::io::{self, Read, Write};

use ce_plugin_api::PluginError;
use ce_plugin_api::data::{
    Answers, AnswersMut, Asked, Calibration, Column, ColumnBuf, ColumnMut, Edits, Matrix, Questions, QuestionsBuf,
    Rows, Rules,
};
use ce_plugin_api::kind::Batch;
use ce_plugin_api::schema::LearnerInfo;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A call: of a plugin by its identifier, or of an object by the number that the worker gave it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Request {
    Open { plugin: String, model: Vec<u8>, options: String },
    Info { object: u64 },
    Predict { object: u64, rows: RowSet, scores: Vec<f64> },
    Fit { plugin: String, calibration: CalibrationRows, asked: AskedBefore, options: String },
    RestoreCalibrator { plugin: String, saved: Vec<u8>, options: String },
    Answer { object: u64, rows: RowSet, scores: Table, questions: QuestionSet, answers: AnswerSet },
    SaveCalibrator { object: u64 },
    Prepare { plugin: String, calibration: CalibrationRows, calibrated: AnswerSet, options: String },
    RestoreExplainer { plugin: String, saved: Vec<u8>, options: String },
    Step { object: u64, batch: BatchOf },
    SaveExplainer { object: u64 },
    Build { plugin: String, explanations: String, intent: String },
    Render { plugin: String, spec: String, format: String, options: String },
    Drop { object: u64 },
}

/// What a call ends with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// The number of an object that the worker holds.
    Object(u64),
    Info(LearnerInfo),
    Scores(Vec<f64>),
    AskScores {
        edits: EditSet,
        state: Vec<u8>,
    },
    Answers(AnswerSet),
    Ask {
        edits: EditSet,
        questions: AskedQuestions,
        state: Vec<u8>,
    },
    Rules(RuleSet),
    Bytes(Vec<u8>),
    Text(String),
    Dropped,
}

/// [`PluginError`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Failure {
    code: u32,
    instance: u64,
    message: String,
}

/// What comes back over the wire.
pub(crate) type Outcome = Result<Reply, Failure>;

impl Request {
    /// The call's name, for counting.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Info { .. } => "info",
            Self::Predict { .. } => "predict",
            Self::Fit { .. } => "fit",
            Self::RestoreCalibrator { .. } => "restore calibrator",
            Self::Answer { .. } => "answer",
            Self::SaveCalibrator { .. } => "save calibrator",
            Self::Prepare { .. } => "prepare",
            Self::RestoreExplainer { .. } => "restore explainer",
            Self::Step { .. } => "step",
            Self::SaveExplainer { .. } => "save explainer",
            Self::Build { .. } => "build",
            Self::Render { .. } => "render",
            Self::Drop { .. } => "drop",
        }
    }
}

/// Writes one frame.
pub(crate) fn send(mut to: impl Write, message: &impl Serialize) -> io::Result<()> {
    let bytes = postcard::to_allocvec(message).map_err(io::Error::other)?;
    to.write_all(&u32::try_from(bytes.len()).map_err(io::Error::other)?.to_le_bytes())?;
    to.write_all(&bytes)?;
    to.flush()
}

/// Reads one frame; none at the end.
pub(crate) fn receive<T: DeserializeOwned>(mut from: impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        outcome => outcome?,
    }
    let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
    from.read_exact(&mut bytes)?;
    postcard::from_bytes(&bytes).map(Some).map_err(io::Error::other)
}

impl From<PluginError> for Failure {
    fn from(error: PluginError) -> Self {
        let message = String::from_utf8_lossy(error.message.as_bytes()).into_owned();
        Self { code: error.code, instance: error.instance as u64, message }
    }
}

impl From<Failure> for PluginError {
    fn from(failure: Failure) -> Self {
        Self { code: failure.code, instance: failure.instance as usize, message: failure.message.into() }
    }
}

/// [`Matrix`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Table {
    data: Vec<f64>,
    n_rows: u64,
    n_cols: u64,
}

/// [`Column`], [`ColumnMut`] and [`ColumnBuf`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Named {
    name: String,
    width: u64,
    values: Vec<f64>,
}

/// [`Rows`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RowSet {
    base: Table,
    row: Vec<u32>,
    end: Vec<u32>,
    feature: Vec<u32>,
    value: Vec<f64>,
    skip_base: u8,
}

/// [`Edits`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EditSet {
    row: Vec<u32>,
    end: Vec<u32>,
    feature: Vec<u32>,
    value: Vec<f64>,
}

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

/// [`Batch`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct BatchOf {
    x: Table,
    category: Vec<u32>,
    extra: Vec<Named>,
    options: String,
    round: u32,
    state: Vec<u8>,
    base: AnswerSet,
    answers: AnswerSet,
}

/// [`Rules`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RuleSet {
    instance_end: Vec<u32>,
    weight: Vec<f64>,
    weight_low: Vec<f64>,
    weight_high: Vec<f64>,
    predict: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    condition_end: Vec<u32>,
    feature: Vec<u32>,
    operator: Vec<u8>,
    condition_low: Vec<f64>,
    condition_high: Vec<f64>,
    rule_extra: Vec<Named>,
    condition_extra: Vec<Named>,
    instance_extra: Vec<Named>,
}

impl From<Matrix<'_>> for Table {
    fn from(matrix: Matrix<'_>) -> Self {
        let Matrix { data, n_rows, n_cols } = matrix;
        Self { data: data.to_vec(), n_rows: n_rows as u64, n_cols: n_cols as u64 }
    }
}

impl Table {
    pub(crate) fn view(&self) -> Matrix<'_> {
        Matrix { data: self.data.as_slice().into(), n_rows: self.n_rows as usize, n_cols: self.n_cols as usize }
    }
}

impl From<&Column<'_>> for Named {
    fn from(column: &Column<'_>) -> Self {
        let Column { name, width, values } = *column;
        Self { name: name.as_str().to_owned(), width: width as u64, values: values.to_vec() }
    }
}

impl From<&ColumnMut<'_>> for Named {
    fn from(column: &ColumnMut<'_>) -> Self {
        let ColumnMut { name, width, values } = column;
        Self { name: name.as_str().to_owned(), width: *width as u64, values: values.to_vec() }
    }
}

impl From<ColumnBuf> for Named {
    fn from(column: ColumnBuf) -> Self {
        let ColumnBuf { name, width, values } = column;
        Self { name: name.into_string(), width: width as u64, values: values.into_vec() }
    }
}

impl From<Named> for ColumnBuf {
    fn from(named: Named) -> Self {
        Self { name: named.name.into(), width: named.width as usize, values: named.values.into() }
    }
}

impl Named {
    fn view(&self) -> Column<'_> {
        Column::new(&self.name, self.width as usize, &self.values)
    }

    fn view_mut(&mut self) -> ColumnMut<'_> {
        ColumnMut {
            name: self.name.as_str().into(),
            width: self.width as usize,
            values: self.values.as_mut_slice().into(),
        }
    }
}

fn named(columns: &[Column<'_>]) -> Vec<Named> {
    columns.iter().map(Named::from).collect()
}

fn bufs<T: Into<U>, U>(columns: impl IntoIterator<Item = T>) -> Vec<U> {
    columns.into_iter().map(Into::into).collect()
}

fn views(columns: &[Named]) -> Vec<Column<'_>> {
    columns.iter().map(Named::view).collect()
}

impl From<Rows<'_>> for RowSet {
    fn from(rows: Rows<'_>) -> Self {
        let Rows { base, row, end, feature, value, skip_base } = rows;
        Self {
            base: base.into(),
            row: row.to_vec(),
            end: end.to_vec(),
            feature: feature.to_vec(),
            value: value.to_vec(),
            skip_base,
        }
    }
}

impl RowSet {
    pub(crate) fn view(&self) -> Rows<'_> {
        Rows {
            base: self.base.view(),
            row: self.row.as_slice().into(),
            end: self.end.as_slice().into(),
            feature: self.feature.as_slice().into(),
            value: self.value.as_slice().into(),
            skip_base: self.skip_base,
        }
    }
}

impl From<Edits> for EditSet {
    fn from(edits: Edits) -> Self {
        let Edits { row, end, feature, value } = edits;
        Self { row: row.into_vec(), end: end.into_vec(), feature: feature.into_vec(), value: value.into_vec() }
    }
}

impl From<EditSet> for Edits {
    fn from(edits: EditSet) -> Self {
        let EditSet { row, end, feature, value } = edits;
        Self { row: row.into(), end: end.into(), feature: feature.into(), value: value.into() }
    }
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

impl From<Batch<'_>> for BatchOf {
    fn from(batch: Batch<'_>) -> Self {
        let Batch { x, category, extra, options, round, state, base, answers } = batch;
        Self {
            x: x.into(),
            category: category.to_vec(),
            extra: named(&extra),
            options: options.as_str().to_owned(),
            round,
            state: state.to_vec(),
            base: base.into(),
            answers: answers.into(),
        }
    }
}

impl BatchOf {
    pub(crate) fn with_view<T>(&self, work: impl FnOnce(Batch<'_>) -> T) -> T {
        let extra = views(&self.extra);
        self.base.with_view(|base| {
            self.answers.with_view(|answers| {
                work(Batch {
                    x: self.x.view(),
                    category: self.category.as_slice().into(),
                    extra: extra.as_slice().into(),
                    options: self.options.as_str().into(),
                    round: self.round,
                    state: self.state.as_slice().into(),
                    base,
                    answers,
                })
            })
        })
    }
}

impl From<Rules> for RuleSet {
    fn from(rules: Rules) -> Self {
        Self {
            instance_end: rules.instance_end.into_vec(),
            weight: rules.weight.into_vec(),
            weight_low: rules.weight_low.into_vec(),
            weight_high: rules.weight_high.into_vec(),
            predict: rules.predict.into_vec(),
            low: rules.low.into_vec(),
            high: rules.high.into_vec(),
            condition_end: rules.condition_end.into_vec(),
            feature: rules.feature.into_vec(),
            operator: rules.operator.into_vec(),
            condition_low: rules.condition_low.into_vec(),
            condition_high: rules.condition_high.into_vec(),
            rule_extra: bufs(rules.rule_extra),
            condition_extra: bufs(rules.condition_extra),
            instance_extra: bufs(rules.instance_extra),
        }
    }
}

impl From<RuleSet> for Rules {
    fn from(rules: RuleSet) -> Self {
        Self {
            instance_end: rules.instance_end.into(),
            weight: rules.weight.into(),
            weight_low: rules.weight_low.into(),
            weight_high: rules.weight_high.into(),
            predict: rules.predict.into(),
            low: rules.low.into(),
            high: rules.high.into(),
            condition_end: rules.condition_end.into(),
            feature: rules.feature.into(),
            operator: rules.operator.into(),
            condition_low: rules.condition_low.into(),
            condition_high: rules.condition_high.into(),
            rule_extra: bufs(rules.rule_extra).into(),
            condition_extra: bufs(rules.condition_extra).into(),
            instance_extra: bufs(rules.instance_extra).into(),
        }
    }
}
