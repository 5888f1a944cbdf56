//! One rule of a factual explanation. It never holds its own text: the host writes it.

use crate::bins::Condition;
use crate::{Interval, Weight};

/// One rule of a factual explanation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FactualRule {
    /// The feature that the rule is about.
    pub feature: u32,
    /// What is true of the instance's value.
    pub condition: Condition,
    /// How much the value moves the prediction.
    pub weight: Weight,
    /// The instance's own calibrated prediction, the same for each of its rules.
    pub prediction: Interval,
    /// The mean prediction over the other bins: what the model would say without the value.
    pub alternative: Interval,
}
