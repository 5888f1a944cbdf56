//! Everything that can go wrong, as one type for the front door. Each stage has its own, which says what to do.

use std::io;
use std::path::PathBuf;

use ce_plugin_api::manifest::Problems;

use crate::bundle::SurveyError;
use crate::bundle::inspect::InspectError;
use crate::bundle::load::{LoadCause, LoadError};
use crate::bundle::trust::Refused;
use crate::config::ConfigError;
use crate::explain::{ExplainError, Skip};
use crate::plot::PlotError;

/// Why a request was not fulfilled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Environment or configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The plugins directories.
    #[error(transparent)]
    Survey(#[from] SurveyError),
    /// A file that is no library.
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// A bundle that must not be mapped.
    #[error("{0}")]
    Refused(Box<Refused>),
    /// A bundle whose bytes stand in another file that is not trusted.
    #[error("`{}` has the same bytes as another file, and was not admitted", path.display())]
    NotAdmitted {
        /// The file.
        path: PathBuf,
    },
    /// A bundle that was trusted and cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A manifest of a linked bundle.
    #[error(transparent)]
    Manifest(#[from] Problems),
    /// A linked bundle.
    #[error("the linked bundle `{name}` cannot be registered: {cause}")]
    Linked {
        /// Its name.
        name: String,
        /// Why.
        cause: LoadCause,
    },
    /// A linked bundle claims what another bundle has.
    #[error("the linked bundle `{name}` claims `{identifier}`, which another bundle of this host has: choose its own")]
    LinkedClaim {
        /// Its name.
        name: String,
        /// What it claims.
        identifier: String,
    },
    /// A learner that cannot be used.
    #[error("`{}` cannot be used as a learner: {}{}", .0.identifier, .0.reason, remedy(.0))]
    Learner(Box<Skip>),
    /// Options for a plugin that does not exist.
    #[error("there are options for `{identifier}`, but {reason}{}", did_you_mean(nearest.as_ref()))]
    UnknownOptions {
        /// The identifier.
        identifier: String,
        /// Why there is none.
        reason: String,
        /// The identifier that was probably meant.
        nearest: Option<String>,
    },
    /// Explaining.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// Drawing.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// The working directory cannot be found.
    #[error("the working directory cannot be found: {0}")]
    WorkingDir(#[source] io::Error),
}

fn did_you_mean(nearest: Option<&String>) -> String {
    nearest.map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"))
}

fn remedy(skip: &Skip) -> String {
    skip.remedy.as_ref().map_or_else(String::new, |remedy| format!("; remedy: {remedy}"))
}

impl Error {
    /// A code that does not change, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(error) => error.code(),
            Self::Survey(error) => error.code(),
            Self::Inspect(error) => error.code(),
            Self::Refused(refused) => refused.code(),
            Self::NotAdmitted { .. } => "host.not_admitted",
            Self::Load(error) => error.code(),
            Self::Manifest(problems) => problems.code(),
            Self::Linked { .. } => "host.linked",
            Self::LinkedClaim { .. } => "host.linked_claim",
            Self::Learner(skip) => skip.code,
            Self::UnknownOptions { .. } => "host.unknown_options",
            Self::Explain(error) => error.code(),
            Self::Plot(error) => error.code(),
            Self::WorkingDir(_) => "host.working_dir",
        }
    }
}
