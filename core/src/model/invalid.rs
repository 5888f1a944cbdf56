//! Why the numbers of a model do not make a model. Says nothing about files.

/// A place in a model's definition that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{at}` is {found}, expected {expected}")]
pub struct InvalidModel {
    /// The place, relative to the model: `trees[3].left[7]`.
    pub at: String,
    /// The rule.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

impl InvalidModel {
    pub(super) fn new(at: impl Into<String>, expected: impl Into<String>, found: impl ToString) -> Self {
        Self { at: at.into(), expected: expected.into(), found: found.to_string() }
    }
}
