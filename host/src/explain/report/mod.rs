//! The explanations of a batch, serialisable. Rule text is written here, on demand. It never holds a plugin's text.

mod json;
mod rule;
pub(crate) mod shown;
mod text;

pub use self::rule::{Rule, RuleCondition, Uncertain};

use std::sync::Arc;
use std::time::Duration;

use ce_core::analysis::{self, Candidate, Convention};
use ce_plugin_api::data::{Matrix, Rules};
use ce_plugin_api::manifest::Mode;
use ce_plugin_api::schema::Schema;

use super::about::About;
use super::calibrate::AnswerColumns;
use super::fault::PluginFault;
use super::refine::{Refinement, candidate, push};
use super::reject::Rejections;
use super::run::Explained;
use super::{Percentiles, Threshold, Warning};
use crate::telemetry::{Shared, Snapshot};

/// The version of the explanations file.
pub const SCHEMA_VERSION: &str = "1.1.0";

/// The explanations of a batch.
#[derive(Clone, Debug)]
pub struct Explanations {
    pub(crate) mode: Mode,
    pub(crate) about: About,
    /// One entry per instance.
    pub(crate) base: AnswerColumns,
    pub(crate) rules: Rules,
    /// The instance's value of each condition's feature.
    pub(crate) values: Vec<f64>,
    pub(crate) chosen: Chosen,
    pub(crate) passed_over: Vec<PluginFault>,
    pub(crate) telemetry: Option<Shared>,
    /// What was refined so far.
    pub(crate) refinements: Vec<Refinement>,
}

/// Who made a report, and how long that took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// Empty for predictions.
    pub(crate) explanation: String,
    pub(crate) interval: Arc<str>,
    /// Whether only changes that are like the calibration rows were asked about.
    pub(crate) is_guarded: bool,
    pub(crate) calibrate: Duration,
    pub(crate) prepare: Duration,
}

/// The report of a batch.
pub(crate) fn assemble(mode: Mode, about: About, x: Matrix<'_>, explained: Explained, chosen: Chosen) -> Explanations {
    let Explained { base, rules } = explained;
    let mut values = Vec::with_capacity(rules.feature.len());
    let (mut rule_idx, mut condition_idx) = (0, 0);
    for (instance, &end) in rules.instance_end.iter().enumerate() {
        let row = x.row(instance);
        while rule_idx < end as usize {
            while condition_idx < rules.condition_end[rule_idx] as usize {
                values.push(row[rules.feature[condition_idx] as usize]);
                condition_idx += 1;
            }
            rule_idx += 1;
        }
    }
    Explanations {
        mode,
        about,
        base,
        rules,
        values,
        chosen,
        passed_over: Vec::new(),
        telemetry: None,
        refinements: Vec::new(),
    }
}

/// One explanation of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Explanation<'a> {
    all: &'a Explanations,
    instance: usize,
}

impl Explanations {
    /// Number of instances.
    #[must_use]
    pub fn len(&self) -> usize {
        self.base.predict.len()
    }

    /// Whether there are no instances.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.base.predict.is_empty()
    }

    /// The refinements that the rules went through, in order.
    #[must_use]
    pub fn refinements(&self) -> &[Refinement] {
        &self.refinements
    }

    /// Which predictions to reject, where that was asked.
    #[must_use]
    pub fn rejections(&self) -> Option<&Rejections> {
        self.about.rejections.as_ref()
    }

    /// A copy of the report with some of its instances, in this order; they keep their numbers.
    ///
    /// # Panics
    /// If there is no such instance: a bug of the caller.
    #[must_use]
    pub fn selected(&self, instances: &[usize]) -> Self {
        let (mut rules, mut values) = (Rules::default(), Vec::new());
        for &instance in instances {
            for rule_idx in range(&self.rules.instance_end, instance) {
                push(&mut rules, &mut values, self, rule_idx);
            }
            rules.instance_end.push(rules.weight.len() as u32);
        }
        let (about, base) = (self.about.selected(instances), self.base.selected(instances));
        Self { about, base, rules, values, ..self.without_rules() }.with_telemetry_of(self)
    }

    /// The same report, to be given other rules: those of this one are not copied.
    pub(crate) fn without_rules(&self) -> Self {
        Self {
            mode: self.mode,
            about: self.about.clone(),
            base: self.base.clone(),
            rules: Rules::default(),
            values: Vec::new(),
            chosen: self.chosen.clone(),
            passed_over: self.passed_over.clone(),
            telemetry: None,
            refinements: self.refinements.clone(),
        }
    }

    /// The explanation of one instance.
    #[must_use]
    pub fn get(&self, instance: usize) -> Option<Explanation<'_>> {
        (instance < self.len()).then_some(Explanation { all: self, instance })
    }

    /// The explanations, in the order of the instances.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Explanation<'_>> {
        (0..self.len()).map(|instance| Explanation { all: self, instance })
    }

    /// Whether the caller asked for the order that the rules have.
    pub(crate) fn is_ranked(&self) -> bool {
        self.refinements.iter().any(|refinement| refinement.ranking.is_some() || refinement.top.is_some())
    }

    /// What happened in this batch, as a copy; none while telemetry is off.
    #[must_use]
    pub fn telemetry(&self) -> Option<Snapshot> {
        self.telemetry.as_ref().map(Shared::copy)
    }

    /// What the plugins did that were tried first and failed; empty where the first choice worked.
    #[must_use]
    pub fn passed_over(&self) -> &[PluginFault] {
        &self.passed_over
    }

    /// Names the request: the same model, data, options and plugins give the same identifier.
    #[must_use]
    pub fn run_id(&self) -> &str {
        &self.about.run_id
    }

    /// How the predictions are explained.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// What the columns mean.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.about.schema
    }

    /// What the caller should know beside the numbers, such as bounds that the calibration set is too small for.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.about.warnings
    }

    /// The percentiles that bound the predictions; none for probabilities.
    #[must_use]
    pub fn percentiles(&self) -> Option<Percentiles> {
        self.about.quantity.percentiles()
    }

    /// The event whose probability is explained in every instance; none for classes and values, and where each instance has
    /// an event of its own.
    #[must_use]
    pub fn threshold(&self) -> Option<Threshold> {
        self.about.quantity.threshold()
    }
}

impl<'a> Explanation<'a> {
    /// The row of the batch.
    #[must_use]
    pub fn index(&self) -> usize {
        self.instance
    }

    /// The number by which files name the instance: the row of the batch, unless the caller gave another.
    #[must_use]
    pub fn number(&self) -> usize {
        self.all.about.number(self.instance)
    }

    /// The identifier that the caller gave the instance.
    #[must_use]
    pub fn id(&self) -> Option<&'a str> {
        self.all.about.id(self.instance)
    }

    /// The calibrated prediction: a probability of [`Explanation::class`], or a value.
    #[must_use]
    pub fn prediction(&self) -> Uncertain {
        let base = &self.all.base;
        Uncertain { value: base.predict[self.instance], low: base.low[self.instance], high: base.high[self.instance] }
    }

    /// The event whose probability is explained; none for classes and values.
    #[must_use]
    pub fn threshold(&self) -> Option<Threshold> {
        self.all.about.quantity.threshold_of(self.instance)
    }

    /// The class that the prediction and its rules speak of, class 1 of two; of a regression the event in words, none where
    /// its value is predicted.
    #[must_use]
    pub fn class(&self) -> Option<&'a str> {
        self.all.about.spoken_of(self.instance, self.all.base.class[self.instance])
    }

    /// The rules, in the order of the plugin.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = Rule<'a>> + use<'a> {
        let all = self.all;
        range(&all.rules.instance_end, self.instance).map(move |rule| Rule { all, rule })
    }

    /// The position of the first rule among those of the report.
    pub(crate) fn first_rule(&self) -> usize {
        range(&self.all.rules.instance_end, self.instance).start
    }

    /// The rules by the size of their weight, largest first; the wider interval first where weights are equal, and then the
    /// later rule. Where the caller asked for a ranking, in that order.
    #[must_use]
    pub fn ranked(&self) -> Vec<Rule<'a>> {
        let rules: Vec<Rule<'a>> = self.rules().collect();
        if self.all.is_ranked() {
            return rules;
        }
        let candidates: Vec<Candidate> = rules.iter().copied().map(candidate).collect();
        let order = analysis::Ranking::feature_weight().order(Convention::Factual, &candidates);
        order.into_iter().map(|rule_idx| rules[rule_idx]).collect()
    }
}

pub(crate) fn range(ends: &[u32], idx: usize) -> std::ops::Range<usize> {
    let start = if idx == 0 { 0 } else { ends[idx - 1] as usize };
    start..ends[idx] as usize
}
