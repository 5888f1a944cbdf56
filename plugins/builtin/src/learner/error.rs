//! Why bytes are not a portable model.

use ce_core::model::InvalidModel;

/// The reason why a model file was refused. Each says where, what was expected and what was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The bytes are not JSON.
    #[error(
        "not JSON (line {line}, column {column}): {why}: \
         a portable model is a JSON object with `\"format\": \"ce-model/1\"`"
    )]
    NotJson {
        /// Line of the first offending character, from 1.
        line: usize,
        /// Its column, from 1.
        column: usize,
        /// What the parser says.
        why: String,
    },
    /// `format` is missing, or names another format or major version.
    #[error(
        "`format` is {found}, expected \"ce-model/1\": \
         export the model again, or use a version of this program that reads it"
    )]
    WrongFormat {
        /// What stands there.
        found: String,
    },
    /// The JSON has a key missing, twice, or of the wrong type.
    #[error("not as ce-model/1 has it (line {line}, column {column}): {why}")]
    WrongField {
        /// Line where it was noticed, from 1.
        line: usize,
        /// Its column, from 1.
        column: usize,
        /// Which key, what was expected and what was found.
        why: String,
    },
    /// A value is known to the format but not to this version, or to neither.
    #[error("{what} `{found}` is not supported; supported: {supported}")]
    Unsupported {
        /// `model type`, `task`, `input` or `model.link`.
        what: &'static str,
        /// What stands there.
        found: String,
        /// The values that are read.
        supported: &'static str,
    },
    /// A value breaks a rule of the format.
    #[error("`{at}` is {found}, expected {expected}")]
    Invalid {
        /// The place: `model.trees[3].left[7]`.
        at: String,
        /// The rule.
        expected: String,
        /// What stands there.
        found: String,
    },
}

impl FormatError {
    /// A name for this kind of error that never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "model-not-json",
            Self::WrongFormat { .. } => "model-wrong-format",
            Self::WrongField { .. } => "model-wrong-field",
            Self::Unsupported { .. } => "model-unsupported",
            Self::Invalid { .. } => "model-invalid",
        }
    }

    pub(super) fn invalid(at: impl Into<String>, expected: impl Into<String>, found: impl ToString) -> Self {
        Self::Invalid { at: at.into(), expected: expected.into(), found: found.to_string() }
    }
}

impl From<InvalidModel> for FormatError {
    fn from(InvalidModel { at, expected, found }: InvalidModel) -> Self {
        Self::Invalid { at: format!("model.{at}"), expected, found }
    }
}

impl From<serde_json::Error> for FormatError {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        // The parser ends its message with the place, which is told apart from it here.
        let why = error.to_string();
        let why = why.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&why).to_owned();
        match error.classify() {
            serde_json::error::Category::Data => Self::WrongField { line, column, why },
            _ => Self::NotJson { line, column, why },
        }
    }
}
