//! What can be wrong with the input of a calculation.

/// The reason why a calculation was refused. Each names what was expected and what was found.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An input that must not be empty was.
    #[error("{what} is empty, at least one entry is needed")]
    Empty {
        /// The input's name.
        what: &'static str,
    },
    /// Two lengths that must agree do not.
    #[error("{what} has {found} entries, expected {expected}")]
    Shape {
        /// The input's name.
        what: &'static str,
        /// The length that the other inputs call for.
        expected: usize,
        /// The length found.
        found: usize,
    },
    /// A number that must be finite is NaN or infinite.
    #[error("{what} holds {value} at row {row_idx}, finite numbers are needed")]
    NotFinite {
        /// The input's name.
        what: &'static str,
        /// The first offending row.
        row_idx: usize,
        /// What stands there.
        value: f64,
    },
    /// An index points outside of what it indexes.
    #[error("{what} is {found}, it must be below {limit}")]
    OutOfRange {
        /// What the index is of.
        what: &'static str,
        /// The index found.
        found: usize,
        /// One more than the largest that is allowed.
        limit: usize,
    },
    /// A value breaks a rule that no length or range expresses.
    #[error("{what}: {why}")]
    Invalid {
        /// The input's name.
        what: &'static str,
        /// The rule, and how it is broken.
        why: String,
    },
}
