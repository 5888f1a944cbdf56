//! Every call of every kind of plugin as a message in shared memory, and what it ends with. Only a
//! head of 24 bytes goes through the socket, as part of a turn. It leaves nothing out and computes nothing.

mod lent;
mod pack;
mod part;
mod returned;

use ce_plugin_api::PluginError;
use ce_plugin_api::schema::LearnerInfo;
use serde::{Deserialize, Serialize};

pub(crate) use lent::{
    AnswerPlaces, AnswersAt, AnswersMutAt, AskedAt, BatchAt, CalibrationAt, MatrixAt, Places, Plan, QuestionsAt, RowsAt,
};
pub(crate) use pack::{ALIGNMENT, Broken, Packed, Packer, Span, TooLarge, description};
pub(crate) use part::Part;
pub(crate) use returned::{Allowance, Copying, EditsAt, QuestionsBufAt, RETURNED_BYTES_MAX, RulesAt};

/// Which messages a host and a worker understand: they are of one program, or of two builds that agree on this.
pub(crate) const VERSION: u32 = 2;

/// What is kept of a plugin's error message; people are shown less.
pub(crate) const MESSAGE_BYTES_MAX: usize = 1 << 16;

/// The beginning of a text, no longer than so many bytes.
pub(crate) fn cut(mut text: String, n_bytes_max: usize) -> String {
    text.truncate(text.floor_char_boundary(n_bytes_max));
    text
}

/// A plugin: its kind, and its place among the registered ones.
pub(crate) type PluginAt = u32;

/// An object that a plugin made, by the number that the worker gave it.
pub(crate) type ObjectAt = u64;

/// A call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    Open { plugin: PluginAt, model: Span, options: Span },
    Info { object: ObjectAt },
    Predict { object: ObjectAt, rows: RowsAt, scores: Span },
    Fit { plugin: PluginAt, calibration: CalibrationAt, asked: AskedAt, options: Span },
    RestoreCalibrator { plugin: PluginAt, saved: Span, options: Span },
    Answer { object: ObjectAt, rows: RowsAt, scores: MatrixAt, questions: QuestionsAt, answers: AnswersMutAt },
    SaveCalibrator { object: ObjectAt },
    Prepare { plugin: PluginAt, calibration: CalibrationAt, calibrated: AnswersAt, options: Span },
    RestoreExplainer { plugin: PluginAt, saved: Span, options: Span },
    Step { object: ObjectAt, batch: BatchAt },
    SaveExplainer { object: ObjectAt },
    Build { plugin: PluginAt, explanations: Span, intent: Span },
    Render { plugin: PluginAt, spec: Span, format: Span, options: Span },
    Drop { object: ObjectAt },
}

/// What a call ends with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// What was to be written stands where the call said.
    Done,
    Object(ObjectAt),
    Info(Box<LearnerInfo>),
    AskScores {
        edits: EditsAt,
        state: Span,
    },
    Ask {
        edits: EditsAt,
        questions: QuestionsBufAt,
        state: Span,
    },
    Rules(RulesAt),
    Bytes(Span),
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Failure {
    /// The plugin's own error.
    Plugin { code: u32, instance: u64, message: String },
    /// The reply takes more than there is room for.
    TooLarge,
    /// The worker could not read the call.
    Broken(String),
}

/// What comes back.
pub(crate) type Outcome = Result<Reply, Failure>;

/// What goes through the socket: which call it is, and where its description lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) sequence: u64,
    pub(crate) description: Span,
}

impl Head {
    pub(crate) const BYTES: usize = 24;

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let words = [self.sequence, self.description.start, self.description.len];
        for (bytes, word) in bytes.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// The head in a packet; none in one of another length.
    pub(crate) fn from_bytes(packet: &[u8]) -> Option<Self> {
        let bytes: &[u8; Self::BYTES] = packet.try_into().ok()?;
        let (words, _) = bytes.as_chunks::<8>();
        let [sequence, start, len] = [words[0], words[1], words[2]].map(u64::from_le_bytes);
        Some(Self { sequence, description: Span { start, len } })
    }
}

impl From<PluginError> for Failure {
    fn from(error: PluginError) -> Self {
        let bytes = error.message.as_bytes();
        let bytes = &bytes[..bytes.len().min(MESSAGE_BYTES_MAX)];
        let message = cut(String::from_utf8_lossy(bytes).into_owned(), MESSAGE_BYTES_MAX);
        Self::Plugin { code: error.code, instance: error.instance as u64, message }
    }
}
