//! What came of consecutive instances, joined chunk by chunk. It never changes a number.

use ce_plugin_api::data::Rules;

use crate::explain::calibrate::AnswerColumns;

/// The base predictions and the rules of consecutive instances.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Explained {
    pub(crate) base: AnswerColumns,
    pub(crate) rules: Rules,
}

impl Explained {
    /// Appends the next chunk of a batch of `n_rows`. Further columns are for the plugins of later versions of the boundary:
    /// what is not known is left behind.
    pub(super) fn append(&mut self, next: Self, n_rows: usize) {
        let n_next = next.base.predict.len();
        if n_next == n_rows {
            // The batch is one chunk, and nothing has to move.
            *self = next.without_further_columns();
            return;
        }
        if self.base.predict.is_empty() {
            self.reserve(&next.rules, n_rows as f64 / n_next.max(1) as f64);
        }
        self.base.append(next.base);
        let (rules, next) = (&mut self.rules, next.rules);
        let (n_rules, n_conditions) = (rules.weight.len() as u32, rules.feature.len() as u32);
        rules.instance_end.extend(next.instance_end.into_iter().map(|end| end + n_rules));
        rules.weight.extend(next.weight);
        rules.weight_low.extend(next.weight_low);
        rules.weight_high.extend(next.weight_high);
        rules.predict.extend(next.predict);
        rules.low.extend(next.low);
        rules.high.extend(next.high);
        rules.condition_end.extend(next.condition_end.into_iter().map(|end| end + n_conditions));
        rules.feature.extend(next.feature);
        rules.operator.extend(next.operator);
        rules.condition_low.extend(next.condition_low);
        rules.condition_high.extend(next.condition_high);
    }

    /// Makes room for `times` as many rules as those of the first chunk, and a little more: a column that has to grow takes
    /// twice its memory for a while.
    fn reserve(&mut self, like: &Rules, times: f64) {
        let n = |len: usize| (len as f64 * times * 1.05) as usize;
        let (n_rules, n_conditions) = (n(like.weight.len()), n(like.feature.len()));
        let Rules { weight, weight_low, weight_high, predict, low, high, condition_end, .. } = &mut self.rules;
        for column in [weight, weight_low, weight_high, predict, low, high] {
            column.reserve(n_rules);
        }
        condition_end.reserve(n_rules);
        let Rules { feature, operator, condition_low, condition_high, .. } = &mut self.rules;
        for column in [condition_low, condition_high] {
            column.reserve(n_conditions);
        }
        feature.reserve(n_conditions);
        operator.reserve(n_conditions);
    }

    fn without_further_columns(mut self) -> Self {
        self.base.extra = Vec::new();
        let Rules { rule_extra, condition_extra, instance_extra, .. } = &mut self.rules;
        [rule_extra, condition_extra, instance_extra].into_iter().for_each(|columns| *columns = Default::default());
        self
    }

    /// Gives back what was reserved and not needed.
    pub(super) fn trim(&mut self) {
        let Rules { weight, weight_low, weight_high, predict, low, high, .. } = &mut self.rules;
        for column in [weight, weight_low, weight_high, predict, low, high] {
            column.shrink_to_fit();
        }
        let Rules { condition_end, feature, operator, condition_low, condition_high, .. } = &mut self.rules;
        for column in [condition_low, condition_high] {
            column.shrink_to_fit();
        }
        condition_end.shrink_to_fit();
        feature.shrink_to_fit();
        operator.shrink_to_fit();
    }
}
