//! The part of an explanations file that a picture needs. It reads the file and nothing else.

use serde::Deserialize;
use serde_json::Value;

use super::Subject;
use crate::plot::document::{self, Document};
use crate::plot::spec::RuleRow;
use crate::plot::{PlotError, number};

const NAME: &str = "explanations";
const MAJOR_VERSION: u64 = 1;
/// How many indices an error lists.
const N_LISTED: usize = 8;

/// An explanations file of a mode and task that can be drawn.
pub(super) struct Report {
    /// `factual` or `fast`.
    pub(super) mode: String,
    /// The percentiles of a regression's interval, 0 to 100; an infinite one is open.
    pub(super) percentiles: Option<[f64; 2]>,
    is_probability: bool,
    classes: Vec<String>,
    explanations: Vec<Value>,
}

/// One explanation.
pub(super) struct Explanation {
    pub(super) id: Option<String>,
    pub(super) prediction: Prediction,
    pub(super) rules: Vec<Rule>,
}

/// The calibrated prediction.
#[derive(Deserialize)]
pub(super) struct Prediction {
    #[serde(with = "number")]
    pub(super) predict: f64,
    #[serde(with = "number")]
    pub(super) low: f64,
    #[serde(with = "number")]
    pub(super) high: f64,
    #[serde(default)]
    class: Value,
}

/// One rule, as far as it is drawn.
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
}

#[derive(Deserialize)]
struct Percentile(#[serde(with = "number")] f64);

impl Report {
    pub(super) fn from_json(text: &str) -> Result<Self, PlotError> {
        let mut document = Document::parse_versioned(NAME, text, MAJOR_VERSION)?;
        let mode: String = document.take("mode")?;
        if mode != "factual" && mode != "fast" {
            return Err(PlotError::Mode { found: mode });
        }
        let task: String = document.take("task")?;
        if task != "classification" && task != "regression" {
            let cause = format!("expected classification or regression, found {task}");
            return Err(field("task".to_owned(), cause, "explain one of these tasks"));
        }
        let threshold: Value = document.take("threshold")?;
        let classes: Option<Vec<Value>> = document.take("classes")?;
        let percentiles: Option<[Percentile; 2]> = document.take("percentiles")?;
        Ok(Self {
            mode,
            percentiles: percentiles.map(|ends| ends.map(|end| end.0)),
            is_probability: task == "classification" || !threshold.is_null(),
            classes: classes.unwrap_or_default().iter().map(plain_text).collect(),
            explanations: document.take("explanations")?,
        })
    }

    /// The explanation whose own `index` is this.
    pub(super) fn select(&self, index: u64) -> Result<Explanation, PlotError> {
        let index_of = |entry: &Value| entry.get("index").and_then(Value::as_u64);
        let position = self.explanations.iter().position(|entry| index_of(entry) == Some(index));
        let Some((position, entry)) = position.and_then(|at| Some((at, self.explanations.get(at)?))) else {
            let mut held: Vec<String> = self.explanations.iter().filter_map(index_of).map(|i| i.to_string()).collect();
            let n_more = held.len().saturating_sub(N_LISTED);
            held.truncate(N_LISTED);
            let more = if n_more > 0 { format!(" and {n_more} more") } else { String::new() };
            let held = if held.is_empty() { "none".to_owned() } else { held.join(", ") + &more };
            return Err(PlotError::NoSuchExplanation { index, held });
        };
        let place = format!("explanations[{position}]");
        let Some(Value::Array(rules)) = entry.get("rules") else {
            return Err(field(
                format!("{place}.rules"),
                "expected an array".to_owned(),
                "write [] where there are none",
            ));
        };
        let prediction = entry.get("prediction").cloned().unwrap_or(Value::Null);
        Ok(Explanation {
            id: entry.get("id").filter(|id| !id.is_null()).map(plain_text),
            prediction: document::read(NAME, &format!("{place}.prediction"), prediction)?,
            rules: document::read_each(NAME, &format!("{place}.rules"), rules.clone())?,
        })
    }

    /// What the prediction is of. Binary predictions speak of class 1 whatever the predicted class.
    pub(super) fn subject(&self, explanation: &Explanation) -> Subject {
        if !self.is_probability {
            return Subject::Value;
        }
        if let [complement, event] = self.classes.as_slice() {
            return Subject::Probability { event: event.clone(), complement: complement.clone() };
        }
        let class = &explanation.prediction.class;
        let event = if class.is_null() { "the event".to_owned() } else { plain_text(class) };
        let complement = if self.classes.is_empty() { "the opposite" } else { "any other class" };
        Subject::Probability { event, complement: complement.to_owned() }
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
        }
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

fn field(place: String, cause: String, remedy: &'static str) -> PlotError {
    PlotError::Field { document: NAME, place, cause, remedy }
}
