//! Where one bundle runs, and why there. It never reads what was said: `settings.rs` does.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::config::{Origin, Sourced};

/// Where a bundle runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Placement {
    /// In a worker: a process of its own, which is held.
    Process,
    /// In the host's process, with all its rights.
    InProcess,
}

impl Placement {
    /// Both, the safer one first.
    pub const ALL: [Self; 2] = [Self::Process, Self::InProcess];

    /// The word for it in settings, telemetry and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::InProcess => "in-process",
        }
    }

    /// The placement of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|placement| placement.as_str() == name)
    }
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Placement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Where a bundle runs, and why there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decision {
    /// Where.
    pub placement: Placement,
    /// Who said so.
    pub origin: Origin,
    /// What the word was about.
    pub because: Because,
}

/// What decided where a bundle runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Because {
    /// It is compiled into the host or the calling program.
    CompiledIn,
    /// There are no workers on this system.
    NoWorkers,
    /// The bundle was named.
    Bundle,
    /// This identifier of it was named, and the whole bundle goes with it.
    Identifier(String),
    /// Nobody named it.
    Default,
}

impl Decision {
    /// What is compiled in runs in the process that it is compiled into.
    #[must_use]
    pub fn compiled_in() -> Self {
        Self { placement: Placement::InProcess, origin: Origin::Default, because: Because::CompiledIn }
    }

    /// A program that maps a library by itself has it in its own process.
    pub(crate) fn by_call() -> Self {
        Self { placement: Placement::InProcess, origin: Origin::Call, because: Because::Bundle }
    }

    pub(super) fn without_workers() -> Self {
        Self { placement: Placement::InProcess, origin: Origin::Default, because: Because::NoWorkers }
    }

    pub(super) fn said(said: &Sourced<Placement>, because: Because) -> Self {
        Self { placement: said.value, origin: said.origin.clone(), because }
    }
}

impl Because {
    /// The word for it in documents: `compiled_in`, `no_workers`, `bundle`, `identifier` or `default`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::CompiledIn => "compiled_in",
            Self::NoWorkers => "no_workers",
            Self::Bundle => "bundle",
            Self::Identifier(_) => "identifier",
            Self::Default => "default",
        }
    }
}

/// The placement, and who said so.
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, ", self.placement)?;
        match &self.because {
            Because::CompiledIn => f.write_str("since it is compiled in"),
            Because::NoWorkers => f.write_str("since workers exist on Linux only"),
            Because::Bundle => write!(f, "by the bundle's name in {}", self.origin),
            Because::Identifier(name) => {
                write!(f, "by `{name}` in {}, which takes the whole bundle along", self.origin)
            }
            Because::Default if self.origin == Origin::Default => f.write_str("by default"),
            Because::Default => write!(f, "by `default` in {}", self.origin),
        }
    }
}

/// Two identifiers of one bundle that are told to run in different places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mixed {
    /// The bundle.
    pub bundle: String,
    /// The first identifier that is told to run in the host's process, and who says so.
    pub in_process: Sourced<String>,
    /// The first identifier that is told to run in a process of its own, and who says so.
    pub process: Sourced<String>,
}

impl fmt::Display for Mixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bundle, in_process, process } = self;
        write!(
            f,
            "the bundle `{bundle}` runs in one place, but {} places `{}` in-process and ",
            in_process.origin, in_process.value
        )?;
        write!(f, "{} places `{}` in a process: name the bundle instead, as ", process.origin, process.value)?;
        write!(f, "`\"{bundle}\" = \"process\"` or `\"{bundle}\" = \"in-process\"` under [isolation]")
    }
}

/// Why nobody knows where a bundle runs. It is not loaded then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlacementError {
    /// Its identifiers are told to run in different places.
    #[error("{0}")]
    Mixed(Box<Mixed>),
    /// It is called like a word that means something else under `[isolation]`.
    #[error(
        "the bundle is called `{bundle}`, which means something else under [isolation] of ce.toml, so that nobody could say \
         where it runs: rename it in its bundle.json and build it again"
    )]
    Reserved {
        /// The bundle.
        bundle: String,
    },
}

impl PlacementError {
    /// A code that does not change, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Mixed(_) => "isolation.mixed",
            Self::Reserved { .. } => "isolation.reserved_name",
        }
    }
}
