//! Why a command did not do what it was asked, with its exit status. It never ends the process.

use std::io;
use std::path::Path;

use super::io::{Io, shown};
use crate::bundle::inspect::InspectError;
use crate::bundle::policy::EditError;
use crate::config::ConfigError;
use crate::data::DataError;
use crate::plot::PlotError;
use crate::{Error, ExplainError};

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments. The text is whole: it says how to call the command.
    Usage(String),
    /// It could not be asked: something that it needs cannot be read, written or understood.
    NotAsked { code: &'static str, message: String },
    /// It was asked, and the answer is no.
    No { code: &'static str, message: String },
    /// Stdout cannot be written.
    Stdout(io::Error),
}

impl Failure {
    pub(crate) fn not_asked(code: &'static str, message: impl Into<String>) -> Self {
        Self::NotAsked { code, message: message.into() }
    }

    pub(crate) fn no(code: &'static str, message: impl Into<String>) -> Self {
        Self::No { code, message: message.into() }
    }

    /// A file that cannot be written.
    pub(crate) fn unwritable(path: &Path, cause: impl std::fmt::Display) -> Self {
        let message = format!("{} cannot be written: {cause}; name another file, or make room for it", shown(path));
        Self::not_asked("output.unwritable", message)
    }

    /// The same failure, with the file that it is about in front.
    #[must_use]
    pub(crate) fn about(self, path: &Path) -> Self {
        let with_path = |message: String| format!("{}: {message}", shown(path));
        match self {
            Self::NotAsked { code, message } => Self::NotAsked { code, message: with_path(message) },
            Self::No { code, message } => Self::No { code, message: with_path(message) },
            other => other,
        }
    }

    /// The code and the words, for telemetry.
    pub(crate) fn parts(&self) -> (&'static str, String) {
        match self {
            Self::Usage(text) => ("usage", text.clone()),
            Self::NotAsked { code, message } | Self::No { code, message } => (code, message.clone()),
            Self::Stdout(error) => ("output.stdout", format!("stdout cannot be written: {error}")),
        }
    }

    /// Tells it on stderr. A reader who closed stdout has seen enough, and is told nothing.
    pub(crate) fn tell(&self, io: &mut Io<'_>) {
        match self {
            // As every other error begins, so that one rule finds them all.
            Self::Usage(text) => match text.strip_prefix("error: ") {
                Some(rest) => io.say(format_args!("error[usage]: {}", rest.trim_end())),
                None => io.say(text.trim_end()),
            },
            Self::Stdout(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            _ => {
                let (code, message) = self.parts();
                io.say(format_args!("error[{code}]: {message}"));
            }
        }
    }

    /// The exit status.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Stdout(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Self::No { .. } => 1,
            Self::Usage(_) | Self::NotAsked { .. } | Self::Stdout(_) => 2,
        }
    }
}

/// Commands write to nothing but stdout through `?`; files say which file it was.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Stdout(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let is_no = match &error {
            Error::Refused(_) | Error::NotAdmitted { .. } | Error::Load(_) | Error::Linked { .. } => true,
            Error::LinkedClaim { .. } => true,
            Error::Learner(_) => true,
            Error::Explain(error) => is_no(error),
            Error::Plot(error) => plot_is_no(error),
            Error::Config(_) | Error::Survey(_) | Error::Inspect(_) | Error::Manifest(_) => false,
            Error::UnknownOptions { .. } | Error::WorkingDir(_) => false,
        };
        judged(is_no, error.code(), error.to_string())
    }
}

impl From<ExplainError> for Failure {
    fn from(error: ExplainError) -> Self {
        judged(is_no(&error), error.code(), error.to_string())
    }
}

impl From<PlotError> for Failure {
    fn from(error: PlotError) -> Self {
        judged(plot_is_no(&error), error.code(), error.to_string())
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        Self::not_asked(error.code(), error.to_string())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::not_asked(error.code(), error.to_string())
    }
}

impl From<InspectError> for Failure {
    fn from(error: InspectError) -> Self {
        Self::not_asked(error.code(), error.to_string())
    }
}

impl From<EditError> for Failure {
    fn from(error: EditError) -> Self {
        let is_no = match &error {
            EditError::Unknown { .. } | EditError::Ambiguous { .. } | EditError::NotTrusted { .. } => true,
            EditError::IsBundle { .. } | EditError::IsIdentifier { .. } => true,
            EditError::Unusable(_) | EditError::OtherPinned(_) => true,
            EditError::SideFileExists { .. } => true,
            EditError::FileExists { .. } | EditError::SeveralFiles { .. } | EditError::Changed { .. } => true,
            EditError::Target { .. } | EditError::OnlyWantsIdentifier | EditError::FileName { .. } => false,
            EditError::Shape { .. } | EditError::Config(_) | EditError::Lock(_) | EditError::Io { .. } => false,
        };
        judged(is_no, error.code(), error.to_string())
    }
}

fn judged(is_no: bool, code: &'static str, message: String) -> Failure {
    if is_no { Failure::No { code, message } } else { Failure::NotAsked { code, message } }
}

/// A route that leads nowhere and a plugin that fails are answers; a wrong number or option is a question not asked.
fn is_no(error: &ExplainError) -> bool {
    match error {
        ExplainError::Route(_) | ExplainError::Plugin(_) | ExplainError::Exhausted { .. } => true,
        ExplainError::Input(_) | ExplainError::Option(_) | ExplainError::Saved(_) => false,
    }
}

fn plot_is_no(error: &PlotError) -> bool {
    match error {
        PlotError::Exhausted { .. } => true,
        PlotError::Explain(error) => is_no(error),
        PlotError::NoSuchInstance { .. } | PlotError::Option(_) => false,
    }
}
