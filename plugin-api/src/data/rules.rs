//! Rules with their weights, and the uncertainty of those weights.

use abi_stable::StableAbi;
use abi_stable::std_types::RVec;

use super::{ColumnBuf, position};

/// How a condition compares the feature with its numbers. At the boundary it is the integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Operator {
    /// The feature as such: FAST weighs features, not conditions.
    Any = 0,
    /// `feature <= high`.
    AtMost = 1,
    /// `feature > low`.
    Above = 2,
    /// `low < feature <= high`.
    Within = 3,
    /// `feature = low`: a category's code.
    Equal = 4,
    /// `feature < high`.
    Below = 5,
}

impl Operator {
    /// How many operators there are.
    pub const COUNT: usize = 6;

    const ALL: [Self; Self::COUNT] = [Self::Any, Self::AtMost, Self::Above, Self::Within, Self::Equal, Self::Below];

    /// The operator behind an integer, if there is one.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| *operator as u8 == code)
    }

    /// Whether it reads the lower and the upper number of its condition.
    #[must_use]
    pub fn reads(self) -> (bool, bool) {
        match self {
            Self::Any => (false, false),
            Self::Above | Self::Equal => (true, false),
            Self::AtMost | Self::Below => (false, true),
            Self::Within => (true, true),
        }
    }
}

/// One condition of a rule. Numbers that the operator does not read are NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Condition {
    /// The column.
    pub feature: u32,
    /// How it is compared.
    pub operator: Operator,
    /// The lower number.
    pub low: f64,
    /// The upper number.
    pub high: f64,
}

/// The rules of a batch as a struct of arrays: instance → rules → conditions. The text is written by the host.
///
/// Instance `i` has the rules `instance_end[i-1]..instance_end[i]`, rule `r` the conditions
/// `condition_end[r-1]..condition_end[r]`, each from 0 for the first. [`RuleBuilder`] writes this layout.
#[repr(C)]
#[derive(StableAbi, Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// Where the rules of each instance end, `[n_instances]`.
    pub instance_end: RVec<u32>,
    /// How much the rule contributes to the prediction, `[n_rules]`.
    pub weight: RVec<f64>,
    /// The lower bound of the weight; `-inf` where there is none.
    pub weight_low: RVec<f64>,
    /// The upper bound of the weight; `inf` where there is none.
    pub weight_high: RVec<f64>,
    /// The prediction that the rule speaks of, `[n_rules]`.
    pub predict: RVec<f64>,
    /// Its lower bound.
    pub low: RVec<f64>,
    /// Its upper bound.
    pub high: RVec<f64>,
    /// Where the conditions of each rule end, `[n_rules]`; a rule has at least one.
    pub condition_end: RVec<u32>,
    /// The column of each condition, `[n_conditions]`.
    pub feature: RVec<u32>,
    /// The [`Operator`] of each condition.
    pub operator: RVec<u8>,
    /// The lower number of each condition; NaN where the operator reads none.
    pub condition_low: RVec<f64>,
    /// The upper number of each condition; NaN where the operator reads none.
    pub condition_high: RVec<f64>,
    /// Further columns, with one entry per rule.
    pub rule_extra: RVec<ColumnBuf>,
    /// Further columns, with one entry per condition.
    pub condition_extra: RVec<ColumnBuf>,
    /// Further columns, with one entry per instance, such as `boundary_low` and `boundary_high` (width `n_features`).
    pub instance_extra: RVec<ColumnBuf>,
}

impl Rules {
    /// Number of rules.
    #[must_use]
    pub fn len(&self) -> usize {
        self.weight.len()
    }

    /// Whether there are no rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.weight.is_empty()
    }
}

/// Writes [`Rules`] in order: the rules of the first instance, `end_instance`, those of the second, and so on.
#[derive(Clone, Debug, Default)]
pub struct RuleBuilder {
    rules: Rules,
}

impl RuleBuilder {
    /// No rules yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a rule to the current instance. `weight` and `prediction` are (value, low, high).
    pub fn push(&mut self, conditions: &[Condition], weight: (f64, f64, f64), prediction: (f64, f64, f64)) {
        let rules = &mut self.rules;
        for condition in conditions {
            rules.feature.push(condition.feature);
            rules.operator.push(condition.operator as u8);
            rules.condition_low.push(condition.low);
            rules.condition_high.push(condition.high);
        }
        rules.condition_end.push(position(rules.feature.len()));
        rules.weight.push(weight.0);
        rules.weight_low.push(weight.1);
        rules.weight_high.push(weight.2);
        rules.predict.push(prediction.0);
        rules.low.push(prediction.1);
        rules.high.push(prediction.2);
    }

    /// The current instance has all its rules.
    pub fn end_instance(&mut self) {
        self.rules.instance_end.push(position(self.rules.weight.len()));
    }

    /// The finished rules.
    #[must_use]
    pub fn finish(self) -> Rules {
        self.rules
    }
}
