//! What can be wrong with a plot's input. Each message names the place, the cause and the remedy.

/// The reason why a picture was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// A document is no JSON at all.
    #[error("{document}, line {line}, column {column}: {cause}; hand over one complete JSON object")]
    Malformed {
        /// Which document.
        document: &'static str,
        /// Line of the mistake, from 1.
        line: usize,
        /// Column of the mistake, from 1.
        column: usize,
        /// What the parser met.
        cause: String,
    },
    /// The document's `schema_version` has another major version, or is no version.
    #[error(
        "{document}, `schema_version`: expected {supported}.x.y, found {found}; write it in version {supported}, or use \
         a plot plugin that reads the version found"
    )]
    Version {
        /// Which document.
        document: &'static str,
        /// The major version that is read.
        supported: u64,
        /// What stands there.
        found: String,
    },
    /// A field is missing or holds what it must not.
    #[error("{document}, `{place}`: {cause}; {remedy}")]
    Field {
        /// Which document.
        document: &'static str,
        /// The path of the field.
        place: String,
        /// What was expected and what was found.
        cause: String,
        /// What to do.
        remedy: &'static str,
    },
    /// No explanation has the index that was asked for.
    #[error("explanations: none has the index {index}, the file holds {held}; ask for one of those")]
    NoSuchExplanation {
        /// The index asked for.
        index: u64,
        /// The indices there are, as text.
        held: String,
    },
    /// The mode of the explanations has no picture in this builder.
    #[error(
        "explanations, `mode`: expected factual, fast or alternative, found {found}; choose a plot style that draws {found}"
    )]
    Mode {
        /// The mode found.
        found: String,
    },
    /// The renderer does not write this format.
    #[error("format: expected one of {supported}, found {found}; ask for one of those or choose another renderer")]
    Format {
        /// The format asked for.
        found: String,
        /// The formats there are.
        supported: &'static str,
    },
    /// An option is unknown or out of its range.
    #[error("options: {cause}; the renderer takes {known}")]
    Option {
        /// What is wrong.
        cause: String,
        /// The options there are.
        known: &'static str,
    },
}

impl PlotError {
    /// The error's stable name, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "plot_malformed_json",
            Self::Version { .. } => "plot_unsupported_version",
            Self::Field { .. } => "plot_invalid_field",
            Self::NoSuchExplanation { .. } => "plot_no_such_explanation",
            Self::Mode { .. } => "plot_unsupported_mode",
            Self::Format { .. } => "plot_unsupported_format",
            Self::Option { .. } => "plot_invalid_option",
        }
    }
}
