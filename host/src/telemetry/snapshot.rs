//! The snapshot of one batch: what was asked for, what was chosen and passed over, with what, and what came out. Every key
//! is always there; what does not apply is null or empty. It never holds a row of the data.

use schemars::JsonSchema;
use serde::Serialize;

mod finished;
mod isolation;

pub use self::finished::{Refinement, Reject, RejectRates};
pub use self::isolation::{Isolation, Taint, WorkerEnd};
use super::Number;

/// The version of this format. Minor versions only add.
pub const SCHEMA_VERSION: &str = "1.2.0";

/// What happened in one batch.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The version of this format.
    pub schema_version: String,
    /// Names the request: the same model, data, options and plugins give the same identifier. Null where no report came
    /// out, since which plugins it would have been is not known.
    pub run_id: Option<String>,
    /// Names the occasion: the caller's name for the batch, or one that is never given twice.
    pub batch_id: String,
    /// When the batch began, UTC, RFC 3339.
    pub started_at: String,
    /// How much is recorded.
    pub level: Level,
    /// Whether a report came out.
    pub status: Status,
    /// Why none came out.
    pub error: Option<Failure>,
    /// The version of the host.
    pub host_version: String,
    /// The version of the plugin boundary that the host speaks.
    pub api_version: String,
    /// How predictions were explained; null where they were only predicted.
    pub mode: Option<String>,
    /// What the model predicts.
    pub task: String,
    /// The calibrator that gave the numbers.
    pub interval_source: Option<String>,
    /// The calibrator that gave probabilities; null where none were given.
    pub proba_source: Option<String>,
    /// The explanation plugin that gave the rules.
    pub explanation_source: Option<String>,
    /// The plot style that was rendered last; null until one was.
    pub plot_source: Option<String>,
    /// Every plot style that may be taken, in order.
    pub plot_fallbacks: Vec<String>,
    /// The interval calibrators that the explanation plugin depends on or would like.
    pub interval_dependencies: Vec<String>,
    /// The uncertainty of the first instance's prediction; null where there is no instance.
    pub uncertainty: Option<Uncertainty>,
    /// The rules of the first instance.
    pub rules: Vec<Rule>,
    /// The class that the caller wanted explained; null where each instance has its own.
    pub explained_class: Option<String>,
    /// The columns that the caller ignored, in every instance or in some.
    pub ignored_features: Vec<u32>,
    /// Which rules stayed, and in which order, step by step; empty where all stayed as they came.
    pub refinements: Vec<Refinement>,
    /// Which predictions were rejected; null where nobody asked.
    pub reject: Option<Reject>,
    /// What the caller should know beside the numbers.
    pub warnings: Vec<Warned>,
    /// How texts became numbers.
    pub preprocessor: Preprocessor,
    /// What routing decided, slot by slot.
    pub selection: Vec<Selection>,
    /// The plugins that took part.
    pub plugins: Vec<Plugin>,
    /// What went in.
    pub inputs: Inputs,
    /// The options of the plugins that took part, each of them.
    pub options: Vec<OptionValue>,
    /// The seed of everything random.
    pub seed: u64,
    /// How often the model was called for this batch, and about how many rows.
    pub model_calls: ModelCalls,
    /// SHA-256 of the explanations or predictions file, as it is written; null where none came out.
    pub output_sha256: Option<String>,
    /// How long it took.
    pub durations: Durations,
    /// Every instance, at level full; empty at level summary.
    pub instances: Vec<Instance>,
}

/// How much is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// One snapshot per batch.
    Summary,
    /// The snapshot with an entry per instance.
    Full,
}

/// Whether a report came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It did.
    Ok,
    /// It did not.
    Failed,
}

/// Why no report came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// A code that does not change.
    pub code: String,
    /// In words.
    pub message: String,
}

/// Something that the caller should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Warned {
    /// A code that does not change.
    pub code: String,
    /// In words.
    pub message: String,
}

/// The uncertainty of one prediction.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Uncertainty {
    /// What the interval rests on.
    pub representation: Representation,
    /// The calibrated prediction.
    pub calibrated_value: Number,
    /// Its lower bound.
    pub lower_bound: Number,
    /// Its upper bound.
    pub upper_bound: Number,
    /// The bounds as a pair, lower first.
    pub legacy_interval: [Number; 2],
    /// The event whose probability is predicted; null without one.
    pub threshold: Option<Event>,
    /// The percentiles of the bounds, as fractions, infinite on a side that was not asked for; null for probabilities.
    pub raw_percentiles: Option<[Number; 2]>,
    /// The share between the percentiles, or what one of them leaves; null for probabilities.
    pub confidence_level: Option<Number>,
}

/// An event of a regression's target.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Event {
    /// The target is at most this.
    AtMost(f64),
    /// The target is above the first and at most the second.
    Between([f64; 2]),
}

/// What an interval rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Representation {
    /// The two probabilities of Venn-Abers.
    VennAbers,
    /// Percentiles of a conformal predictive system.
    Percentile,
    /// The probability of an event.
    Threshold,
}

/// One rule with its uncertainty.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The rule in words. It names bounds of bins and categories, never the instance's value of a quantity.
    pub rule: String,
    /// The columns of its conditions.
    pub features: Vec<u32>,
    /// How much the rule contributes.
    pub weight_uncertainty: Triple,
    /// The prediction that the rule speaks of.
    pub prediction_uncertainty: Triple,
}

/// A number with its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Triple {
    /// The number.
    pub value: Number,
    /// The lower bound.
    pub low: Number,
    /// The upper bound.
    pub high: Number,
}

/// How texts became numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Preprocessor {
    /// Whether text columns were encoded.
    pub auto_encode: bool,
    /// What encoded them; null if nothing was encoded.
    pub transformer_id: Option<String>,
    /// The categories of each column whose codes have labels, encoded here or by the caller.
    pub mapping_snapshot: Vec<Mapping>,
}

/// The categories of one encoded column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The feature's name.
    pub feature: String,
    /// How many categories there are.
    pub n_categories: usize,
    /// The categories in the order of their codes; empty if there are more than 50.
    pub categories: Vec<String>,
    /// SHA-256 of the categories, each ended by a line feed.
    pub sha256: String,
}

/// What routing decided for one slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// The slot, as it is called in `ce.toml`.
    pub slot: String,
    /// What was asked for first.
    pub requested: String,
    /// Who asked: `call`, `env:…`, `config:…`, `project:…`, `hint:…` or `default`.
    pub requested_by: String,
    /// What was taken; null if nothing could be.
    pub chosen: Option<String>,
    /// What was passed over, and why.
    pub skipped: Vec<Skipped>,
    /// Whether something else was taken than was asked for first.
    pub fallback_used: bool,
}

/// An identifier that was passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    /// The identifier.
    pub identifier: String,
    /// Why, as a code that does not change.
    pub code: String,
    /// Why, in words.
    pub reason: String,
    /// How its worker ended, or which call overran, where that is why; else null.
    pub worker: Option<WorkerEnd>,
}

/// A plugin that took part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plugin {
    /// Its kind.
    pub kind: String,
    /// Its identifier.
    pub identifier: String,
    /// Its version; null for what the calling program brought itself.
    pub version: Option<String>,
    /// The name of its bundle.
    pub bundle: String,
    /// The digest of the library; null for what is compiled in.
    pub sha256: Option<String>,
    /// `trusted`, `built_in`, `linked` or `caller`.
    pub trust: String,
    /// What the trust rests on: `lock`, `environment`, `call` or `compiled_in`.
    pub basis: String,
    /// The bundle's own libraries, which were mapped with it.
    pub side_files: Vec<SideFile>,
    /// Where it ran; null for what the calling program brought itself.
    pub isolation: Option<Isolation>,
}

/// A library of a bundle's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SideFile {
    /// The name by which it is needed.
    pub name: String,
    /// The digest of the library.
    pub sha256: String,
}

/// What went in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// The model.
    pub model: Input,
    /// The calibration set.
    pub calibration: Input,
    /// The model that says how hard rows are; null where there is none.
    pub difficulty: Option<Input>,
    /// The explained data.
    pub data: Input,
}

/// One input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// SHA-256; null for a model that the calling program brought as code.
    pub sha256: Option<String>,
    /// What the digest is of.
    pub digest_of: DigestOf,
    /// Number of rows; null for a model.
    pub rows: Option<u64>,
}

/// What a digest is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DigestOf {
    /// The bytes of the file.
    File,
    /// The numbers, row after row as little-endian float64; for a calibration set the targets after them.
    Numbers,
    /// Nothing: there is no digest.
    Nothing,
}

/// An option that a plugin was handed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionValue {
    /// The plugin.
    pub identifier: String,
    /// The option.
    pub option: String,
    /// Its value.
    pub value: Setting,
    /// Who gave it, as in [`Selection::requested_by`].
    pub given_by: String,
}

/// The value of an option.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Setting {
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// A list of numbers.
    Numbers(Vec<f64>),
}

/// How often the model was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelCalls {
    /// Calls.
    pub calls: u64,
    /// Rows in all.
    pub rows: u64,
}

/// How long the steps took, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Durations {
    /// Fitting the calibrator, whenever that was.
    pub calibrate_ms: f64,
    /// Preparing the explainer, whenever that was.
    pub prepare_ms: f64,
    /// Predicting or explaining the batch.
    pub run_ms: f64,
}

/// One instance.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// The row of the batch.
    pub index: usize,
    /// The calibrated prediction.
    pub prediction: Triple,
    /// The class that it speaks of; null for regression.
    pub class: Option<String>,
    /// The rules.
    pub rules: Vec<Rule>,
}
