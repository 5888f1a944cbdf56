//! The one error that crosses the boundary: a code, an instance and a message.

use abi_stable::StableAbi;
use abi_stable::std_types::RString;
use std::fmt;

/// Why a plugin could not do what it was asked.
#[repr(C)]
#[derive(StableAbi, Clone, PartialEq, Eq)]
pub struct PluginError {
    /// One of [`ErrorCode`]'s numbers, or a number of the author's own from 1000 on.
    pub code: u32,
    /// What the error is about, or [`PluginError::WHOLE_CALL`]. For `predict` a row of those asked about, for `fit` and
    /// `prepare` a calibration row, for `answer` a question, for `step` an instance of the batch.
    pub instance: usize,
    /// What was expected, what was found and what to do, without a trailing full stop.
    pub message: RString,
}

/// The numbers in [`PluginError::code`]. The list only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The input breaks a rule that the plugin states in its documentation.
    InvalidInput = 1,
    /// The plugin cannot do this at all, such as a task that it does not serve.
    Unsupported = 2,
    /// An option is out of its range or contradicts another.
    InvalidOption = 3,
    /// Saved bytes, or the state of an earlier round, cannot be read.
    Corrupt = 4,
    /// The calculation has no finite answer.
    Numeric = 5,
    /// The plugin's own mistake.
    Internal = 6,
    /// The plugin panicked; the guard in its adapter made an error of it.
    Panicked = 7,
}

impl ErrorCode {
    /// The code's name in telemetry and messages.
    #[must_use]
    pub fn name(code: u32) -> &'static str {
        match code {
            1 => "invalid_input",
            2 => "unsupported",
            3 => "invalid_option",
            4 => "corrupt",
            5 => "numeric",
            6 => "internal",
            7 => "panicked",
            _ => "plugin_defined",
        }
    }
}

impl PluginError {
    /// [`PluginError::instance`] of an error that is about no single row.
    pub const WHOLE_CALL: usize = usize::MAX;

    /// An error about the whole call.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code: code as u32, instance: Self::WHOLE_CALL, message: RString::from(message.into()) }
    }

    /// Shorthand for [`ErrorCode::InvalidInput`].
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidInput, message)
    }

    /// Shorthand for [`ErrorCode::Unsupported`].
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Unsupported, message)
    }

    /// Shorthand for [`ErrorCode::Corrupt`].
    pub fn corrupt(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Corrupt, message)
    }

    /// The same error, about one row of the batch.
    #[must_use]
    pub fn at_instance(mut self, instance: usize) -> Self {
        self.instance = instance;
        self
    }
}

impl PluginError {
    /// The message fit for a terminal and a log: one line of at most 2,000 characters, checked to be UTF-8, since it comes
    /// from foreign code.
    #[must_use]
    pub fn text(&self) -> String {
        printable(self.message.as_bytes(), 2000)
    }
}

/// Text from foreign code, at most `length_max` characters, with control characters and broken UTF-8 replaced.
#[must_use]
pub fn printable(bytes: &[u8], length_max: usize) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().take(length_max).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

impl fmt::Debug for PluginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PluginError({self})")
    }
}

impl fmt::Display for PluginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.text(), ErrorCode::name(self.code))?;
        if self.instance != Self::WHOLE_CALL {
            write!(f, " at instance {}", self.instance)?;
        }
        Ok(())
    }
}

impl std::error::Error for PluginError {}
