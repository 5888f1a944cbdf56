//! What a fuzzer feeds bytes to: one function for each reader of foreign bytes, which must neither panic nor take memory
//! without bound, and whose results keep their promises. No part of the host calls it: it is compiled for the tests, which
//! feed it the kept inputs, and for the crate `fuzz`.

mod config;
mod csv;
mod lock;
mod manifest;
mod model;
#[cfg(target_os = "linux")]
mod protocol;
mod section;

use std::path::Path;

pub use config::config;
pub use csv::csv;
pub use lock::lock;
pub use manifest::manifest;
pub use model::model;
#[cfg(target_os = "linux")]
pub use protocol::protocol;
pub use section::section;

/// The file that errors name.
fn path() -> &'static Path {
    Path::new("fuzzed")
}

/// What was refused must be told, in words that a terminal can show: the bytes may be a stranger's.
#[track_caller]
fn told(code: &str, error: &dyn std::fmt::Display) {
    let message = error.to_string();
    assert!(!code.is_empty() && !message.is_empty(), "`{code}`: {message:?}");
    assert!(!message.chars().any(|c| c.is_control() && c != '\n'), "`{code}` shows control characters: {message:?}");
}

#[cfg(test)]
mod kept;
#[cfg(test)]
mod samples;
