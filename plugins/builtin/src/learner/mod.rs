//! Models that are read from a file, in reading order: the format, what is wrong with a file that is refused, the plugin.
//!
//! It opens no file: bytes come in.

pub mod format;

pub mod error;

mod document;
mod plugin;

pub use error::FormatError;
pub use format::{PortableModel, Task};
pub use plugin::Portable;
