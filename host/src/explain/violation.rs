//! The rules of the boundary that a plugin can break with what it hands back. It never checks one.

use super::exact::exact;

/// What a plugin may not hand back.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Violation {
    /// A number that must be there is NaN.
    #[error("left {what} unanswered (NaN)")]
    Unanswered {
        /// The number's name.
        what: &'static str,
    },
    /// A number that must be finite is not.
    #[error("answered {} for {what}, which must be finite", exact(*value))]
    NotFinite {
        /// The number's name.
        what: &'static str,
        /// The number.
        value: f64,
    },
    /// A number lies outside of its range.
    #[error("answered {} for {what}, which must lie in [{low}, {high}]", exact(*value))]
    OutOfRange {
        /// The number's name.
        what: &'static str,
        /// The number.
        value: f64,
        /// The least that is allowed.
        low: f64,
        /// The most that is allowed.
        high: f64,
    },
    /// A lower number is above a higher one.
    #[error("answered {low_name} {} above {high_name} {}", exact(*low), exact(*high))]
    Unordered {
        /// The name of what must be lower.
        low_name: &'static str,
        /// Its value.
        low: f64,
        /// The name of what must be higher.
        high_name: &'static str,
        /// Its value.
        high: f64,
    },
    /// An index points outside of what it indexes.
    #[error("named {what} {found}, of which there are {limit}")]
    NoSuch {
        /// What the index is of.
        what: &'static str,
        /// The index.
        found: usize,
        /// How many there are.
        limit: usize,
    },
    /// Lengths that must agree do not.
    #[error("returned {found} entries for {what}, expected {expected}")]
    Length {
        /// What the entries are.
        what: &'static str,
        /// The length that the rest calls for.
        expected: usize,
        /// The length found.
        found: usize,
    },
    /// An answer about another class than the one asked about.
    #[error("answered for class {found}, asked was class {asked}")]
    OtherClass {
        /// The class asked about.
        asked: u32,
        /// The class answered for.
        found: u32,
    },
    /// Something that no host grants.
    #[error("asked for {found} {what}, the limit is {limit}")]
    TooMuch {
        /// What it asked for.
        what: &'static str,
        /// How much.
        found: usize,
        /// How much a host grants.
        limit: usize,
    },
    /// A description that contradicts itself or the data.
    #[error("{0}")]
    Contradiction(String),
}
