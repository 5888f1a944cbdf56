//! Batches and the rules that they end with, as bytes. It never reads a rule.

use ce_plugin_api::data::Rules;
use ce_plugin_api::kind::Batch;
use serde::{Deserialize, Serialize};

use super::questions::AnswerSet;
use super::table::{Named, Table, bufs, named, views};

/// [`Batch`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct BatchOf {
    x: Table,
    category: Vec<u32>,
    extra: Vec<Named>,
    options: String,
    round: u32,
    state: Vec<u8>,
    base: AnswerSet,
    answers: AnswerSet,
}

/// [`Rules`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RuleSet {
    instance_end: Vec<u32>,
    weight: Vec<f64>,
    weight_low: Vec<f64>,
    weight_high: Vec<f64>,
    predict: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    condition_end: Vec<u32>,
    feature: Vec<u32>,
    operator: Vec<u8>,
    condition_low: Vec<f64>,
    condition_high: Vec<f64>,
    rule_extra: Vec<Named>,
    condition_extra: Vec<Named>,
    instance_extra: Vec<Named>,
}

impl From<Batch<'_>> for BatchOf {
    fn from(batch: Batch<'_>) -> Self {
        let Batch { x, category, extra, options, round, state, base, answers } = batch;
        Self {
            x: x.into(),
            category: category.to_vec(),
            extra: named(&extra),
            options: options.as_str().to_owned(),
            round,
            state: state.to_vec(),
            base: base.into(),
            answers: answers.into(),
        }
    }
}

impl BatchOf {
    pub(crate) fn with_view<T>(&self, work: impl FnOnce(Batch<'_>) -> T) -> T {
        let extra = views(&self.extra);
        self.base.with_view(|base| {
            self.answers.with_view(|answers| {
                work(Batch {
                    x: self.x.view(),
                    category: self.category.as_slice().into(),
                    extra: extra.as_slice().into(),
                    options: self.options.as_str().into(),
                    round: self.round,
                    state: self.state.as_slice().into(),
                    base,
                    answers,
                })
            })
        })
    }
}

impl From<Rules> for RuleSet {
    fn from(rules: Rules) -> Self {
        Self {
            instance_end: rules.instance_end.into_vec(),
            weight: rules.weight.into_vec(),
            weight_low: rules.weight_low.into_vec(),
            weight_high: rules.weight_high.into_vec(),
            predict: rules.predict.into_vec(),
            low: rules.low.into_vec(),
            high: rules.high.into_vec(),
            condition_end: rules.condition_end.into_vec(),
            feature: rules.feature.into_vec(),
            operator: rules.operator.into_vec(),
            condition_low: rules.condition_low.into_vec(),
            condition_high: rules.condition_high.into_vec(),
            rule_extra: bufs(rules.rule_extra),
            condition_extra: bufs(rules.condition_extra),
            instance_extra: bufs(rules.instance_extra),
        }
    }
}

impl From<RuleSet> for Rules {
    fn from(rules: RuleSet) -> Self {
        Self {
            instance_end: rules.instance_end.into(),
            weight: rules.weight.into(),
            weight_low: rules.weight_low.into(),
            weight_high: rules.weight_high.into(),
            predict: rules.predict.into(),
            low: rules.low.into(),
            high: rules.high.into(),
            condition_end: rules.condition_end.into(),
            feature: rules.feature.into(),
            operator: rules.operator.into(),
            condition_low: rules.condition_low.into(),
            condition_high: rules.condition_high.into(),
            rule_extra: bufs(rules.rule_extra).into(),
            condition_extra: bufs(rules.condition_extra).into(),
            instance_extra: bufs(rules.instance_extra).into(),
        }
    }
}
