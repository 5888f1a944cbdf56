//! Rules as they cross the boundary, written instance by instance into columns that have room from the start. It never
//! looks at a number.

use ce_core::{Interval, Weight};
use ce_plugin_api::PluginError;
use ce_plugin_api::data::{Condition, Rules};

/// Writes the rules of a batch in order: those of the first instance, `end_instance`, those of the second, and so on.
#[derive(Debug)]
pub(super) struct RuleColumns {
    rules: Rules,
    n_instances: usize,
}

impl RuleColumns {
    /// No rules yet, of a batch of so many instances.
    pub(super) fn of(n_instances: usize) -> Self {
        Self { rules: Rules::default(), n_instances }
    }

    /// Appends a rule to the current instance.
    pub(super) fn push(&mut self, conditions: &[Condition], weight: Weight, prediction: Interval) {
        let rules = &mut self.rules;
        for condition in conditions {
            rules.feature.push(condition.feature);
            rules.operator.push(condition.operator as u8);
            rules.condition_low.push(condition.low);
            rules.condition_high.push(condition.high);
        }
        rules.condition_end.push(rules.feature.len() as u32);
        rules.weight.push(weight.weight);
        rules.weight_low.push(weight.low);
        rules.weight_high.push(weight.high);
        rules.predict.push(prediction.predict);
        rules.low.push(prediction.low);
        rules.high.push(prediction.high);
    }

    /// The current instance has all its rules.
    pub(super) fn end_instance(&mut self) {
        self.rules.instance_end.push(self.rules.weight.len() as u32);
        if self.rules.instance_end.len() == 1 {
            // The others have about as many, so that nothing has to move while it grows.
            self.reserve();
        }
    }

    /// The finished rules.
    ///
    /// # Errors
    /// If their positions do not fit 32 bits.
    pub(super) fn finish(self) -> Result<Rules, PluginError> {
        if u32::try_from(self.rules.weight.len().max(self.rules.feature.len())).is_err() {
            let message = "the rules of a batch do not fit 32 bits: explain fewer instances at once";
            return Err(PluginError::invalid_input(message.to_owned()));
        }
        Ok(self.rules)
    }

    fn reserve(&mut self) {
        let n_others = |n_first: usize| n_first.saturating_mul(self.n_instances.saturating_sub(1));
        let (n_rules, n_conditions) = (n_others(self.rules.weight.len()), n_others(self.rules.feature.len()));
        let Rules { instance_end, weight, weight_low, weight_high, predict, low, high, .. } = &mut self.rules;
        instance_end.reserve(self.n_instances);
        [weight, weight_low, weight_high, predict, low, high].into_iter().for_each(|column| column.reserve(n_rules));
        let Rules { condition_end, feature, operator, condition_low, condition_high, .. } = &mut self.rules;
        condition_end.reserve(n_rules);
        feature.reserve(n_conditions);
        operator.reserve(n_conditions);
        [condition_low, condition_high].into_iter().for_each(|column| column.reserve(n_conditions));
    }
}

#[cfg(test)]
mod tests {
    use ce_core::{Interval, Weight};
    use ce_plugin_api::data::{Condition, Operator, RuleBuilder};

    use super::RuleColumns;

    #[test]
    fn what_is_written_is_what_the_builder_of_the_boundary_writes() {
        let condition = |feature, low| Condition { feature, operator: Operator::Above, low, high: f64::INFINITY };
        let (mut columns, mut builder) = (RuleColumns::of(3), RuleBuilder::new());
        for instance_idx in 0..3 {
            for rule_idx in 0..instance_idx + 1 {
                let conditions: Vec<Condition> = (0..=rule_idx).map(|idx| condition(idx, f64::from(idx))).collect();
                let value = f64::from(10 * instance_idx + rule_idx);
                let weight = Weight { weight: value, low: value - 1.0, high: value + 1.0 };
                let prediction = Interval { predict: -value, low: -value - 2.0, high: 2.0 - value };
                columns.push(&conditions, weight, prediction);
                builder.push(
                    &conditions,
                    (weight.weight, weight.low, weight.high),
                    (prediction.predict, prediction.low, prediction.high),
                );
            }
            columns.end_instance();
            builder.end_instance();
        }
        assert_eq!(columns.finish().unwrap(), builder.finish());
    }
}
