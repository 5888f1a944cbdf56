//! The boundary as bytes: every call of every kind, with all its data, so that it can be made in another process. A frame
//! is a length (four bytes, little-endian) and a postcard message. It leaves nothing out and computes nothing.

mod batch;
mod questions;
mod table;

use std::io::{self, Read, Write};

use ce_plugin_api::PluginError;
use ce_plugin_api::schema::LearnerInfo;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub(crate) use batch::{BatchOf, RuleSet};
pub(crate) use questions::{AnswerSet, AskedBefore, AskedQuestions, CalibrationRows, QuestionSet};
pub(crate) use table::{EditSet, RowSet, Table};

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
