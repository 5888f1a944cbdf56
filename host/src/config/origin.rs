//! Where a value came from. It carries values and never looks one up.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// An argument of the call: a flag of `ce` or a method of the library.
    Call,
    /// The environment variable of that name.
    Environment(&'static str),
    /// The user's own `ce.toml`, or the one named by `--config` or `CE_CONFIG`.
    UserConfig {
        /// The file.
        path: PathBuf,
    },
    /// The `ce.toml` of the project that the working directory is in.
    ProjectConfig {
        /// The file.
        path: PathBuf,
    },
    /// The manifest of the chosen explanation plugin, by identifier. Applied by routing.
    Hint(String),
    /// Nobody asked. Applied by routing and for the plugins directory.
    Default,
}

impl Origin {
    /// The origin as telemetry writes it: `call`, `env:CE_INTERVAL_PLUGIN`, `config:/path`, `project:/path`,
    /// `hint:core.explanation.fast` or `default`.
    #[must_use]
    pub fn token(&self) -> Cow<'static, str> {
        match self {
            Self::Call => Cow::Borrowed("call"),
            Self::Environment(variable) => Cow::Owned(format!("env:{variable}")),
            Self::UserConfig { path } => Cow::Owned(format!("config:{}", path.display())),
            Self::ProjectConfig { path } => Cow::Owned(format!("project:{}", path.display())),
            Self::Hint(identifier) => Cow::Owned(format!("hint:{identifier}")),
            Self::Default => Cow::Borrowed("default"),
        }
    }
}

/// The origin as people read it, fit to stand after "from".
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call => f.write_str("the call"),
            Self::Environment(variable) => f.write_str(variable),
            Self::UserConfig { path } => write!(f, "{}", path.display()),
            Self::ProjectConfig { path } => write!(f, "the project's {}", path.display()),
            Self::Hint(identifier) => write!(f, "a hint of `{identifier}`"),
            Self::Default => f.write_str("the default"),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.token())
    }
}

/// A value that knows where it came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

impl<T> Sourced<T> {
    /// Joins a value with its origin.
    pub fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// Changes the value and keeps the origin.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Sourced<U> {
        Sourced { value: change(self.value), origin: self.origin }
    }
}
