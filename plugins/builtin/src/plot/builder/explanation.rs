//! The part of an explanations file that a picture needs. It reads the file and nothing else.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::interval::Percentiles;
use super::subject::{Subject, Threshold};
use crate::plot::document::{self, Document};
use crate::plot::spec::{RuleRow, Tone};
use crate::plot::{PlotError, number};

pub(super) const NAME: &str = "explanations";
const MAJOR_VERSION: u64 = 1;
/// How many indices an error lists.
const N_LISTED: usize = 8;

/// What kind of explanation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plot) enum Mode {
    Factual,
    Alternative,
    Fast,
}

/// An explanations file of a mode and task that can be drawn.
pub(super) struct Report {
    pub(super) mode: Mode,
    /// The percentiles of a regression's interval; none for probabilities, or where the file does not say.
    pub(super) percentiles: Option<Percentiles>,
    /// Whether the caller asked for the order that the rules have.
    pub(super) is_ranked: bool,
    /// Whether the caller asked for so many rules at most.
    pub(super) is_cut: bool,
    /// What each filter that the rules went through keeps, in words.
    pub(super) filters: Vec<String>,
    is_classification: bool,
    threshold: Option<Threshold>,
    classes: Vec<String>,
    explanations: Vec<Value>,
}

/// One explanation.
pub(super) struct Explanation {
    pub(super) id: Option<String>,
    pub(super) prediction: Prediction,
    pub(super) rules: Rules,
    /// Why no single answer is given, in words; none where one is, or nobody asked.
    pub(super) rejection: Option<String>,
    pub(super) place: String,
}

/// The calibrated prediction.
#[derive(Deserialize)]
pub(in crate::plot) struct Prediction {
    #[serde(with = "number")]
    pub(in crate::plot) predict: f64,
    #[serde(with = "number")]
    pub(in crate::plot) low: f64,
    #[serde(with = "number")]
    pub(in crate::plot) high: f64,
    #[serde(default)]
    class: Value,
}

/// The rules, as the mode has them.
pub(super) enum Rules {
    Weights(Vec<Rule>),
    Alternatives(Vec<Alternative>),
}

/// One rule of a factual or fast explanation, as far as it is drawn.
#[derive(Deserialize)]
pub(super) struct Rule {
    rule: String,
    #[serde(default)]
    value: Value,
    #[serde(with = "number")]
    pub(super) weight: f64,
    #[serde(with = "number")]
    pub(super) weight_low: f64,
    #[serde(with = "number")]
    pub(super) weight_high: f64,
    #[serde(default)]
    is_conjunctive: bool,
}

/// One alternative rule, as far as it is drawn.
#[derive(Deserialize)]
pub(super) struct Alternative {
    pub(super) rule: String,
    #[serde(default)]
    value: Value,
    #[serde(with = "number")]
    pub(super) predict: f64,
    #[serde(with = "number")]
    pub(super) low: f64,
    #[serde(with = "number")]
    pub(super) high: f64,
}

impl Mode {
    pub(in crate::plot) fn name(self) -> &'static str {
        match self {
            Self::Factual => "factual",
            Self::Alternative => "alternative",
            Self::Fast => "fast",
        }
    }

    fn from_name(name: String) -> Result<Self, PlotError> {
        let known = [Self::Factual, Self::Alternative, Self::Fast].into_iter().find(|mode| mode.name() == name);
        known.ok_or(PlotError::Mode { found: name })
    }
}

impl Report {
    pub(super) fn from_json(text: &str) -> Result<Self, PlotError> {
        let mut document = Document::parse_versioned(NAME, text, MAJOR_VERSION)?;
        let mode = Mode::from_name(document.take("mode")?)?;
        let task: String = document.take("task")?;
        if task != "classification" && task != "regression" {
            let cause = format!("expected classification or regression, found {task}");
            return Err(field("task", cause, "explain one of these tasks"));
        }
        let is_classification = task == "classification";
        let threshold = Threshold::from_value(document.take("threshold")?)?;
        if is_classification && threshold.is_some() {
            let cause = "expected null for a classification, found a threshold".to_owned();
            return Err(field("threshold", cause, "only a regression is asked for a threshold"));
        }
        let classes: Option<Vec<Value>> = document.take("classes")?;
        let percentiles = document.take("percentiles")?;
        let is_value = !is_classification && threshold.is_none();
        let refinements: Option<Vec<Value>> = document.take("refinements")?;
        let refinements = refinements.unwrap_or_default();
        let has = |step: &Value, key: &str| step.get(key).is_some_and(|found| !found.is_null());
        Ok(Self {
            mode,
            percentiles: if is_value { Percentiles::from_value(percentiles)? } else { None },
            is_ranked: refinements.iter().any(|step| has(step, "ranking") || has(step, "top")),
            is_cut: refinements.iter().any(|step| has(step, "top")),
            filters: refinements.iter().filter_map(filter).collect(),
            is_classification,
            threshold,
            classes: classes.unwrap_or_default().iter().map(plain_text).collect(),
            explanations: document.take("explanations")?,
        })
    }

    /// The explanation whose own `index` is this.
    pub(super) fn select(&self, index: u64) -> Result<Explanation, PlotError> {
        let index_of = |entry: &Value| entry.get("index").and_then(Value::as_u64);
        let position = self.explanations.iter().position(|entry| index_of(entry) == Some(index));
        let Some((position, entry)) = position.and_then(|at| Some((at, self.explanations.get(at)?))) else {
            return Err(PlotError::NoSuchExplanation { index, held: self.held(index_of) });
        };
        let place = format!("explanations[{position}]");
        let prediction = entry.get("prediction").cloned().unwrap_or(Value::Null);
        Ok(Explanation {
            id: entry.get("id").filter(|id| !id.is_null()).map(plain_text),
            prediction: document::read(NAME, &format!("{place}.prediction"), prediction)?,
            rules: match self.mode {
                Mode::Factual | Mode::Fast => Rules::Weights(read_rules(&place, entry)?),
                Mode::Alternative => Rules::Alternatives(read_rules(&place, entry)?),
            },
            rejection: rejection(entry),
            place,
        })
    }

    /// The indices that the file holds, as text.
    fn held(&self, index_of: impl Fn(&Value) -> Option<u64>) -> String {
        let mut held: Vec<String> = self.explanations.iter().filter_map(index_of).map(|i| i.to_string()).collect();
        let n_more = held.len().saturating_sub(N_LISTED);
        held.truncate(N_LISTED);
        let more = if n_more > 0 { format!(" and {n_more} more") } else { String::new() };
        if held.is_empty() { "none".to_owned() } else { held.join(", ") + &more }
    }

    /// What the prediction is of: the class that the explanation names, the event of the threshold, or a value.
    pub(super) fn subject(&self, explanation: &Explanation) -> Result<Subject, PlotError> {
        let class = &explanation.prediction.class;
        let class = (!class.is_null()).then(|| plain_text(class));
        if let Some(threshold) = self.threshold {
            return Ok(Subject::event(threshold, class));
        }
        if !self.is_classification {
            return Ok(Subject::Value);
        }
        let wrong = |cause| {
            let place = format!("{}.prediction.class", explanation.place);
            Err(field(&place, cause, "write the class that the probability speaks of"))
        };
        match (self.classes.as_slice(), class) {
            // Of two classes, the second is explained unless the file says otherwise.
            ([other, class], None) => Ok(Subject::one_of_two(class, other)),
            ([first, second], Some(class)) if class == *first => Ok(Subject::one_of_two(first, second)),
            ([first, second], Some(class)) if class == *second => Ok(Subject::one_of_two(second, first)),
            ([], Some(class)) => Ok(Subject::Class { name: class, other: None }),
            (classes, Some(class)) if classes.contains(&class) => Ok(Subject::Class { name: class, other: None }),
            (classes, Some(class)) => {
                wrong(format!("expected one of the {} `classes`, found {class:?}", classes.len()))
            }
            (_, None) => wrong("expected a class, found null".to_owned()),
        }
    }
}

/// What a step keeps, in words; none where it keeps all.
fn filter(step: &Value) -> Option<String> {
    let names = step.get("filter").and_then(Value::as_array).into_iter().flatten().map(plain_text);
    let is_certain = step.get("include_potential") == Some(&Value::Bool(false));
    let names: Vec<String> = names.chain(is_certain.then(|| "no potential ones".to_owned())).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// What the first confidence decided, where it rejects.
fn rejection(entry: &Value) -> Option<String> {
    let level = entry.get("reject")?.get("levels")?.get(0)?;
    let reason = level.get("reason").and_then(Value::as_str)?;
    let confidence = level.get("confidence").map(plain_text)?;
    Some(format!("Rejected at {confidence}: {reason}."))
}

fn read_rules<T: DeserializeOwned>(place: &str, entry: &Value) -> Result<Vec<T>, PlotError> {
    let place = format!("{place}.rules");
    match entry.get("rules") {
        Some(Value::Array(rules)) => document::read_each(NAME, &place, rules.clone()),
        _ => Err(field(&place, "expected an array".to_owned(), "write [] where there are none")),
    }
}

impl Rule {
    pub(super) fn into_row(self) -> RuleRow {
        RuleRow {
            rule: self.rule,
            value: plain_text(&self.value),
            weight: self.weight,
            weight_low: self.weight_low,
            weight_high: self.weight_high,
            // The weight of a conjunction is another quantity, with another sign.
            tone: self.is_conjunctive.then_some(Tone::Neutral),
        }
    }
}

impl Alternative {
    /// The instance's own value.
    pub(super) fn instance_value(&self) -> String {
        plain_text(&self.value)
    }
}

/// A label or a value as text. The values of a conjunction stand on a line each.
fn plain_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(plain_text).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}

pub(super) fn field(place: &str, cause: String, remedy: &'static str) -> PlotError {
    PlotError::Field { document: NAME, place: place.to_owned(), cause, remedy }
}
