//! What was asked for, and by whom: call, environment, the project's and the user's `ce.toml`, in that order.
//! It never decides whether what was asked for exists, and never reads the process's environment by itself.

mod environment;
mod error;
mod file;
mod isolation;
mod nearest;
mod origin;
mod places;
mod project;
mod read;
mod settings;
mod slot;

pub use environment::Environment;
pub use error::{ConfigError, Location};
pub use nearest::nearest;
pub use origin::{Origin, Sourced};
pub use places::{BaseDirs, Places};
pub(crate) use project::check_not_everybodys;
pub use settings::{Call, Choice, OptionValues, PluginSettings, Settings};
pub use slot::{Slot, TelemetryLevel};

pub use crate::isolation::level::Level;
pub use crate::isolation::placement::{Because, Decision, Mixed, Placement, PlacementError};
pub use crate::isolation::settings::{Deadline, IsolationSettings, Permissions};

/// Whether `text` can be the name of a plugin, a style or a bundle: ASCII, no spaces, none of `, @ : " ' \ / *`.
///
/// The manifest's rule is stricter. This one keeps lists, `ID@sha256:…` and look-alike letters apart before any
/// manifest was read.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= NAME_BYTES_MAX
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !b",@:\"'\\/*".contains(&byte))
}

/// Checks the text of a user's `ce.toml` before it is edited; `path` is for errors.
pub(crate) fn check_text(text: &str, path: &std::path::Path) -> Result<(), ConfigError> {
    file::ConfigFile::parse(text, path).map(drop)
}

/// Longer than any identifier that a manifest may announce.
const NAME_BYTES_MAX: usize = 255;

#[cfg(test)]
mod tests;
