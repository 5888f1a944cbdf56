//! The plain data of the boundary. Frozen: it grows only by extra [`Column`]s and by options.
//!
//! A view (`…<'a>`) belongs to the host and is valid for the call that it is handed to. What a plugin returns (`…Buf`,
//! [`Edits`], [`Rules`]) is allocated by the plugin, and freed by code that travels with it.
//!
//! Where a slice may be left out, it is empty. Where a number may be missing in a float64 column, it is NaN; in a `u32`
//! column, [`NONE`].

mod calibration;
mod matrix;
mod questions;
mod rows;
mod rules;

pub use calibration::{Asked, Calibration};
pub use matrix::{Column, ColumnBuf, ColumnMut, Matrix, find};
pub use questions::{Answers, AnswersMut, EXPLAINED, Question, Questions, QuestionsBuf};
pub use rows::{Edits, Rows};
pub use rules::{Condition, Operator, RuleBuilder, Rules};

/// No class, no feature, no category. Indices that cross the boundary are below [`EXPLAINED`].
pub const NONE: u32 = u32::MAX;

/// A length as it is written at the boundary.
///
/// # Panics
/// If it takes more than 32 bits; the guard makes an error of it.
pub(crate) fn position(length: usize) -> u32 {
    u32::try_from(length).expect("more than 2^32 entries in one answer: ask in several rounds")
}
