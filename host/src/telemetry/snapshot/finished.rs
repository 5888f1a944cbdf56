//! What was read off the finished results of a batch: refined rules, rejected predictions.

use schemars::JsonSchema;
use serde::Serialize;

use crate::telemetry::Number;

/// Which rules stayed, and in which order.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refinement {
    /// The filters: `super`, `semi`, `counter`, `ensured`, `pareto`; empty where none was asked for.
    pub filter: Vec<String>,
    /// The cost that `pareto` weighs against the prediction: `interval_width` or `rule_size`.
    pub pareto: Option<String>,
    /// Whether rules stay whose interval lies on both sides of what decides.
    pub include_potential: bool,
    /// The order: `feature_weight`, `uncertainty` or `ensured`; null as they came.
    pub ranking: Option<String>,
    /// How much the prediction counts against certainty, where the order is `ensured`.
    pub ranking_weight: Option<Number>,
    /// How many rules of each instance stayed at most.
    pub top: Option<u64>,
}

/// Which predictions were rejected.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    /// How strangeness was scored: `hinge` or `ensured`.
    pub score: String,
    /// The share of the hinge score in the score, where that is `ensured`; the rest is the width of the interval.
    pub score_weight: Option<Number>,
    /// Which instances stayed in the report: `flag` (all), `only_rejected` or `only_accepted`.
    pub policy: String,
    /// What was decided at each confidence; the first is that of the policy.
    pub rates: Vec<RejectRates>,
}

/// What was decided at one confidence about the whole batch.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectRates {
    /// The confidence.
    pub confidence: Number,
    /// The instances of the batch, those included that did not stay.
    pub n_instances: u64,
    /// The share of accepted instances whose single answer is wrong, as estimated; null where none is accepted.
    pub error_rate: Option<Number>,
    /// The share of rejected instances; null without instances.
    pub reject_rate: Option<Number>,
    /// The share of instances for which both answers remain.
    pub ambiguity_rate: Option<Number>,
    /// The share of instances for which none remains.
    pub novelty_rate: Option<Number>,
}
