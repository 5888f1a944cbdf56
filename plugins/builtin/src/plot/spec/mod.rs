//! The PlotSpec: what a picture shows, in the words of its subject and without a pixel, a colour or a font.
//!
//! A builder writes it, any renderer draws it. It is JSON with `schema_version`; minor versions only add fields, readers
//! ignore what they do not know, and another major version is refused. A number that is not finite is `"inf"`, `"-inf"`
//! or null (not a number). Texts are plain text: a renderer escapes them, drops control characters, and starts a new
//! line at `\n`.
//!
//! ```json
//! {
//!   "schema_version": "1.2.0",
//!   "mode": "factual",
//!   "title": "Factual explanation of instance 5",
//!   "header": {
//!     "axis": { "label": "Calibrated probability", "low": 0.0, "high": 1.0 },
//!     "interval_label": "calibrated interval",
//!     "readings": [
//!       { "label": "Probability of benign", "tone": "positive", "baseline": 0.0, "value": 0.9, "low": 0.8, "high": 0.95 },
//!       { "label": "Probability of malignant", "tone": "negative", "baseline": 0.0, "value": 0.1, "low": 0.05, "high": 0.2 }
//!     ]
//!   },
//!   "body": {
//!     "kind": "weights",
//!     "axis": { "label": "Weight", "low": -0.1, "high": 0.4 },
//!     "class_name": "benign",
//!     "rule_heading": "Rule", "weight_heading": "Weight [low, high]", "value_heading": "Instance value",
//!     "positive_label": "raises the probability of benign", "negative_label": "lowers it",
//!     "empty_text": "no rule changes this prediction",
//!     "rows": [
//!       { "rule": "worst area <= 880.85", "value": "512.3", "weight": 0.3, "weight_low": 0.2, "weight_high": "inf" }
//!     ]
//!   },
//!   "note": "The 1 rule of largest weight out of 12"
//! }
//! ```
//!
//! The body of alternatives is of another kind (since 1.1.0):
//!
//! ```json
//! {
//!   "kind": "predictions",
//!   "axis": { "label": "Calibrated probability of benign", "low": 0.0, "high": 1.0 },
//!   "class_name": "benign",
//!   "base": { "label": "this instance", "predict": 0.9, "low": 0.8, "high": 0.95 },
//!   "pivot": { "label": "probability 0.5", "value": 0.5 },
//!   "rule_heading": "Alternative rule", "prediction_heading": "Prediction [low, high]", "value_heading": "Instance value",
//!   "positive_label": "predicts benign", "negative_label": "predicts malignant",
//!   "empty_text": "no alternative noticeably changes this prediction", "n_like_base": 2,
//!   "rows": [
//!     { "rule": "worst area > 880.85", "value": "512.3", "tone": "negative", "predict": 0.3, "low": 0.2, "high": 0.4 }
//!   ]
//! }
//! ```

use serde::{Deserialize, Serialize};

use super::document::Document;
use super::{PlotError, number};

mod body;

pub use body::{Base, Body, Pivot, PredictionPanel, PredictionRow, RuleRow, Spread, WeightPanel};

/// The version that is written, and whose major version is read.
pub const SCHEMA_VERSION: &str = "1.2.0";
pub(super) const MAJOR_VERSION: u64 = 1;

const NAME: &str = "plot spec";

/// One picture: the prediction above, what it rests on below.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlotSpec {
    /// The version of this format.
    pub schema_version: String,
    /// The mode of the explanation: `factual`, `fast` or `alternative`.
    pub mode: String,
    /// The picture's heading.
    pub title: String,
    /// The prediction with its uncertainty.
    pub header: Header,
    /// The rules.
    pub body: Body,
    /// A remark below the picture: what it leaves out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The prediction: one or more readings on one axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The axis of all readings.
    pub axis: Axis,
    /// What the intervals are, for the legend.
    pub interval_label: String,
    /// From top to bottom. A probability has two, the event and its complement; a regression's value has one.
    pub readings: Vec<Reading>,
}

/// A horizontal axis and the range that it shows. What lies outside is cut at the edge and marked there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// What is measured, with its unit where there is one.
    pub label: String,
    /// The left end, finite.
    pub low: f64,
    /// The right end, finite and above `low`.
    pub high: f64,
}

/// One predicted quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Its name.
    pub label: String,
    /// The side that it takes in the picture.
    pub tone: Tone,
    /// Where its bar starts; absent or null: it is a point on the axis and has no bar.
    #[serde(default)]
    pub baseline: Option<f64>,
    /// The prediction.
    #[serde(with = "number")]
    pub value: f64,
    /// The interval's lower end.
    #[serde(with = "number")]
    pub low: f64,
    /// The interval's upper end.
    #[serde(with = "number")]
    pub high: f64,
}

/// Which of two opposite sides something takes. A renderer gives each its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// The explained class or event, a weight above zero, or an alternative that speaks for the class or for a higher value.
    Positive,
    /// Its opposite.
    Negative,
    /// Neither.
    Neutral,
}

impl Tone {
    /// The side of a number that counts from zero. Zero and NaN take none.
    #[must_use]
    pub fn of_sign(number: f64) -> Self {
        if number > 0.0 {
            Self::Positive
        } else if number < 0.0 {
            Self::Negative
        } else {
            Self::Neutral
        }
    }
}

impl PlotSpec {
    /// Reads a spec.
    ///
    /// # Errors
    /// [`PlotError::Malformed`], [`PlotError::Version`], or [`PlotError::Field`] with the place of the first mistake.
    pub fn from_json(text: &str) -> Result<Self, PlotError> {
        let mut document = Document::parse_versioned(NAME, text, MAJOR_VERSION)?;
        let spec = Self {
            schema_version: document.take("schema_version")?,
            mode: document.take("mode")?,
            title: document.take("title")?,
            header: document.take("header")?,
            body: Body::from_value(document.take("body")?)?,
            note: document.take("note")?,
        };
        spec.header.axis.check("header.axis")?;
        spec.body.check()?;
        Ok(spec)
    }

    /// Writes the spec as JSON.
    pub fn to_json(&self) -> String {
        // Maps with string keys and finite or encoded numbers cannot fail to serialise; `null` would be refused by readers.
        serde_json::to_string_pretty(self).unwrap_or_else(|_| "null".to_owned())
    }
}

impl Axis {
    /// The largest magnitude that an axis shows and, inverted, the smallest range: beyond them a scale would overflow.
    pub(super) const LIMIT: f64 = 1e300;

    fn check(&self, place: &str) -> Result<(), PlotError> {
        let drawable = self.low.abs() <= Self::LIMIT && self.high.abs() <= Self::LIMIT;
        if drawable && self.high - self.low >= 1.0 / Self::LIMIT {
            return Ok(());
        }
        let cause =
            format!("expected low < high, within 1e300 and apart by 1e-300, found {:?} and {:?}", self.low, self.high);
        Err(field(place, cause, "give the axis a range that can be drawn"))
    }
}

fn field(place: &str, cause: String, remedy: &'static str) -> PlotError {
    PlotError::Field { document: NAME, place: place.to_owned(), cause, remedy }
}
