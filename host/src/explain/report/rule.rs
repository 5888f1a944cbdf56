//! One rule of an explanation, and its conditions in numbers and in words. It never holds a plugin's text.

use ce_plugin_api::data::Operator;

use super::super::exact::{LARGE, exact};
use super::{Explanations, range};

/// One rule of an explanation.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'a> {
    pub(super) all: &'a Explanations,
    pub(super) rule: usize,
}

/// One condition of a rule.
#[derive(Clone, Copy, Debug)]
pub struct RuleCondition<'a> {
    all: &'a Explanations,
    condition: usize,
}

/// A point estimate with its bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uncertain {
    /// The point estimate.
    pub value: f64,
    /// The lower bound; `-inf` where there is none.
    pub low: f64,
    /// The upper bound; `inf` where there is none.
    pub high: f64,
}

impl<'a> Rule<'a> {
    /// How much the rule contributes, with the uncertainty of that.
    #[must_use]
    pub fn weight(&self) -> Uncertain {
        let rules = &self.all.rules;
        Uncertain {
            value: rules.weight[self.rule],
            low: rules.weight_low[self.rule],
            high: rules.weight_high[self.rule],
        }
    }

    /// The prediction that the rule speaks of.
    #[must_use]
    pub fn prediction(&self) -> Uncertain {
        let rules = &self.all.rules;
        Uncertain { value: rules.predict[self.rule], low: rules.low[self.rule], high: rules.high[self.rule] }
    }

    /// The conditions, at least one.
    pub fn conditions(&self) -> impl ExactSizeIterator<Item = RuleCondition<'a>> + use<'a> {
        let all = self.all;
        range(&all.rules.condition_end, self.rule).map(move |condition| RuleCondition { all, condition })
    }

    /// Whether it joins several conditions.
    #[must_use]
    pub fn is_conjunctive(&self) -> bool {
        self.conditions().len() > 1
    }

    /// The rule in words, such as `worst radius <= 16.81`; conditions are joined by ` & ` and a line feed, as in the Python package.
    #[must_use]
    pub fn text(&self) -> String {
        self.conditions().map(|condition| condition.text()).collect::<Vec<_>>().join(" & \n")
    }

    /// The instance's values of the rule's features, in words.
    #[must_use]
    pub fn value_text(&self) -> String {
        self.conditions().map(|condition| condition.value_text()).collect::<Vec<_>>().join("\n")
    }
}

impl<'a> RuleCondition<'a> {
    /// The column.
    #[must_use]
    pub fn feature(&self) -> usize {
        self.all.rules.feature[self.condition] as usize
    }

    /// The feature's name.
    #[must_use]
    pub fn feature_name(&self) -> &'a str {
        self.all.about.schema.feature_names.get(self.feature()).map_or("", String::as_str)
    }

    /// How the feature is compared.
    #[must_use]
    pub fn operator(&self) -> Operator {
        Operator::from_code(self.all.rules.operator[self.condition]).unwrap_or(Operator::Any)
    }

    /// The lower number; NaN where the operator reads none.
    #[must_use]
    pub fn low(&self) -> f64 {
        if self.operator().reads().0 { self.all.rules.condition_low[self.condition] } else { f64::NAN }
    }

    /// The upper number; NaN where the operator reads none.
    #[must_use]
    pub fn high(&self) -> f64 {
        if self.operator().reads().1 { self.all.rules.condition_high[self.condition] } else { f64::NAN }
    }

    /// The instance's value of the feature.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.all.values[self.condition]
    }

    /// The condition in words, numbers with two decimals, categories by their labels.
    #[must_use]
    pub fn text(&self) -> String {
        let (name, low, high) = (self.feature_name(), self.low(), self.high());
        match self.operator() {
            Operator::Any => name.to_owned(),
            Operator::AtMost => format!("{name} <= {}", bound(high)),
            Operator::Above => format!("{name} > {}", bound(low)),
            Operator::Below => format!("{name} < {}", bound(high)),
            Operator::Within => format!("{} < {name} <= {}", bound(low), bound(high)),
            Operator::Equal => format!("{name} = {}", self.label_text()),
        }
    }

    /// The category that the condition names, in words.
    pub(crate) fn label_text(&self) -> String {
        self.label(self.low()).unwrap_or_else(|| shortest(self.low()))
    }

    /// The instance's value in words: its label, or the number rounded to two decimals.
    #[must_use]
    pub fn value_text(&self) -> String {
        let value = self.value();
        self.label(value).unwrap_or_else(|| shortest((value * 100.0).round_ties_even() / 100.0))
    }

    /// How many labels the feature has; 0 for a quantity.
    #[must_use]
    pub fn n_categories(&self) -> usize {
        self.all.about.schema.categories.get(&self.feature()).map_or(0, Vec::len)
    }

    /// The label of a category's code, where there is one.
    fn label(&self, code: f64) -> Option<String> {
        let labels = self.all.about.schema.categories.get(&self.feature())?;
        let is_code = code >= 0.0 && code < labels.len() as f64;
        is_code.then(|| labels[code as usize].clone())
    }
}

/// Two decimals, as the Python package has them; what is so large that they say nothing has an exponent.
fn bound(value: f64) -> String {
    if value.abs() >= LARGE { exact(value) } else { format!("{value:.2}") }
}

/// The shortest text that reads back as the number, always with a fraction.
fn shortest(value: f64) -> String {
    format!("{value:?}")
}
