//! What is asked of the instances of a batch, after a check against model and calibration set. It never asks.

use ce_plugin_api::data::{Column, Rules};

use super::fault::Violation;
use super::quantity::Quantity;

/// What is asked of the instances of a batch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) quantity: Quantity,
    /// The code of each instance's Mondrian category; empty where calibration is not Mondrian.
    pub(crate) category: Vec<u32>,
    /// The class that the caller wants explained; none: each instance's own.
    pub(crate) class: Option<u32>,
    pub(crate) ignored: Ignored,
}

impl Asked {
    /// What is asked of some consecutive instances.
    pub(crate) fn part(&self, start: usize, len: usize) -> Part<'_> {
        let category = self.category.get(start..start + len).unwrap_or_default();
        Part { asked: self, start, len, category }
    }
}

/// The features that get no rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ignored {
    /// Those of every instance, ascending.
    pub(crate) of_all: Vec<u32>,
    /// Further ones of each instance, ascending; empty if no instance has any.
    pub(crate) of_each: Vec<Vec<u32>>,
}

impl Ignored {
    fn is_empty(&self) -> bool {
        self.of_all.is_empty() && self.of_each.is_empty()
    }

    pub(crate) fn of(&self, instance: usize) -> impl Iterator<Item = u32> + '_ {
        self.of_all.iter().chain(self.of_each.get(instance).into_iter().flatten()).copied()
    }

    /// The same for some of the instances.
    pub(crate) fn selected(&self, rows: &[usize]) -> Self {
        let of_each = match self.of_each.is_empty() {
            true => Vec::new(),
            false => rows.iter().map(|&row_idx| self.of_each[row_idx].clone()).collect(),
        };
        Self { of_all: self.of_all.clone(), of_each }
    }

    /// The part of a request's name that says what was ignored.
    pub(crate) fn token(&self) -> String {
        if self.is_empty() { String::new() } else { format!("{:?} {:?}", self.of_all, self.of_each) }
    }
}

/// What is asked of some consecutive instances of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    pub(crate) asked: &'a Asked,
    /// Where they begin in the batch.
    start: usize,
    len: usize,
    /// The Mondrian category of each; empty where calibration is not Mondrian.
    pub(crate) category: &'a [u32],
}

impl<'a> Part<'a> {
    /// The class that questions about the instances themselves name: that of the caller, if there is one.
    pub(crate) fn class(&self) -> &'a [u32] {
        self.asked.class.as_slice()
    }

    /// The event of each instance, lower and upper ends; none if the quantity is no event.
    pub(crate) fn events(&self) -> Option<Events> {
        self.asked.quantity.is_event().then(|| {
            let events = (self.start..self.start + self.len).filter_map(|row| self.asked.quantity.threshold_of(row));
            let (low, high) = events.map(|event| (event.low(), event.high())).unzip();
            Events { low, high }
        })
    }

    /// Whether the instances have events of their own.
    pub(crate) fn has_event_of_each(&self) -> bool {
        matches!(self.asked.quantity, Quantity::EventOfEach(_))
    }

    /// For each instance and feature, 1 where the caller ignores the feature; none if nothing is ignored.
    pub(crate) fn ignored(&self, n_features: usize) -> Option<Vec<f64>> {
        if self.asked.ignored.is_empty() {
            return None;
        }
        let mut marks = vec![0.0; self.len * n_features];
        for (instance, marks) in marks.chunks_exact_mut(n_features).enumerate() {
            self.asked.ignored.of(self.start + instance).for_each(|feature| marks[feature as usize] = 1.0);
        }
        Some(marks)
    }

    /// Checks that no rule is about a feature that the caller ignores. The place is the instance.
    pub(crate) fn check_ignored(&self, rules: &Rules, n_features: usize) -> Result<(), (Option<usize>, Violation)> {
        let Some(marks) = self.ignored(n_features) else { return Ok(()) };
        let (mut rule_idx, mut condition_idx) = (0, 0);
        for (instance, &end) in rules.instance_end.iter().enumerate() {
            let marks = &marks[instance * n_features..][..n_features];
            while rule_idx < end as usize {
                let condition_end = rules.condition_end[rule_idx] as usize;
                let features = &rules.feature[condition_idx..condition_end];
                if let Some(feature) = features.iter().find(|&&feature| marks[feature as usize] > 0.0) {
                    let text = format!("gave a rule about feature {feature}, which the caller ignores");
                    return Err((Some(instance), Violation::Contradiction(text)));
                }
                (rule_idx, condition_idx) = (rule_idx + 1, condition_end);
            }
        }
        Ok(())
    }
}

/// The event of each instance of a part.
#[derive(Clone, Debug, Default)]
pub(crate) struct Events {
    pub(crate) low: Vec<f64>,
    pub(crate) high: Vec<f64>,
}

impl Events {
    /// The events as explanation plugins are told them: further columns of a batch.
    pub(crate) fn columns(&self) -> [Column<'_>; 2] {
        [Column::new("threshold_low", 1, &self.low), Column::new("threshold_high", 1, &self.high)]
    }

    /// The events of the instances behind some questions.
    pub(crate) fn of(&self, instances: impl Iterator<Item = usize>) -> Self {
        let (low, high) = instances.map(|instance| (self.low[instance], self.high[instance])).unzip();
        Self { low, high }
    }
}

#[cfg(test)]
mod tests {
    use ce_plugin_api::data::{Condition, Operator, RuleBuilder};

    use super::*;

    #[test]
    fn features_are_ignored_for_all_and_for_each_instance() {
        let ignored = Ignored { of_all: vec![2], of_each: vec![vec![], vec![0], vec![]] };
        let asked = Asked { quantity: Quantity::Class, category: Vec::new(), class: None, ignored };
        let part = asked.part(1, 2);
        assert_eq!(part.ignored(3), Some(vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0]));
        let rules = |feature| {
            let mut rules = RuleBuilder::new();
            let condition = |feature| Condition { feature, operator: Operator::Any, low: f64::NAN, high: f64::NAN };
            rules.end_instance();
            rules.push(&[condition(1), condition(feature)], (0.1, 0.0, 0.2), (0.5, 0.4, 0.6));
            rules.end_instance();
            rules.finish()
        };
        assert_eq!(part.check_ignored(&rules(0), 3), Ok(()), "instance 2 ignores feature 2 alone");
        let (instance, violation) = part.check_ignored(&rules(2), 3).unwrap_err();
        assert_eq!(instance, Some(1));
        assert_eq!(violation.to_string(), "gave a rule about feature 2, which the caller ignores");
    }

    #[test]
    fn nothing_ignored_is_no_column() {
        let asked = Asked { quantity: Quantity::Class, category: Vec::new(), class: None, ignored: Ignored::default() };
        assert_eq!(asked.part(0, 5).ignored(3), None);
        assert_eq!(asked.ignored.token(), "");
    }
}
