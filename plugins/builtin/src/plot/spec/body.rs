//! What stands below the prediction: rules with weights, or alternatives with predictions. It draws nothing.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Axis, NAME, Tone, field};
use crate::plot::document;
use crate::plot::{PlotError, number};

/// What stands below the prediction, told apart by `kind`. Other kinds may follow in minor versions.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Body {
    /// `weights`: how much each rule moves the prediction, as bars from zero.
    Weights(WeightPanel),
    /// `predictions`, since 1.1.0: what would be predicted if a rule held, as points with their intervals.
    Predictions(PredictionPanel),
}

/// Rules with their weights, most important first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightPanel {
    /// The axis of the weights; its range holds zero.
    pub axis: Axis,
    /// The class or event that the weights speak of; absent or null for a regression.
    #[serde(default)]
    pub class_name: Option<String>,
    /// Heading of the rules.
    pub rule_heading: String,
    /// Heading of the weights.
    pub weight_heading: String,
    /// Heading of the instance's values.
    pub value_heading: String,
    /// What a weight above zero means.
    pub positive_label: String,
    /// What a weight below zero means.
    pub negative_label: String,
    /// What the rows that say `neutral` have in common. Since 1.2.0; absent or null: no row says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neutral_label: Option<String>,
    /// What to say when there are no rows.
    pub empty_text: String,
    /// How far the prediction's own interval reaches, on the axis of the weights; a renderer may draw it behind the rows.
    /// Since 1.1.0; absent or null: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
    /// From top to bottom.
    #[serde(default)]
    pub rows: Vec<RuleRow>,
}

/// An interval less its prediction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// From the prediction down to its lower bound: not above zero.
    #[serde(with = "number")]
    pub low: f64,
    /// From the prediction up to its upper bound: not below zero.
    #[serde(with = "number")]
    pub high: f64,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleRow {
    /// The rule, or the feature's name where the mode has no conditions.
    pub rule: String,
    /// The instance's own value, as text; may be empty.
    #[serde(default)]
    pub value: String,
    /// How much the rule moves the prediction.
    #[serde(with = "number")]
    pub weight: f64,
    /// The weight's lower bound.
    #[serde(with = "number")]
    pub weight_low: f64,
    /// The weight's upper bound.
    #[serde(with = "number")]
    pub weight_high: f64,
    /// The side that the weight takes. Since 1.2.0; absent or null: that of its sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tone: Option<Tone>,
}

/// Alternative rules with the predictions they would lead to, best first. Since 1.1.0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictionPanel {
    /// The axis of all predictions.
    pub axis: Axis,
    /// The class or event that the predictions speak of; absent or null for a regression.
    #[serde(default)]
    pub class_name: Option<String>,
    /// The instance's own prediction, behind all rows.
    pub base: Base,
    /// A value that means something by itself; absent or null: none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pivot: Option<Pivot>,
    /// Heading of the rules.
    pub rule_heading: String,
    /// Heading of the predictions.
    pub prediction_heading: String,
    /// Heading of the instance's values.
    pub value_heading: String,
    /// What the rows of positive tone have in common.
    pub positive_label: String,
    /// What the rows of negative tone have in common.
    pub negative_label: String,
    /// What to say when there are no rows.
    pub empty_text: String,
    /// How many rules are left out because their prediction and its interval are the instance's own.
    #[serde(default)]
    pub n_like_base: usize,
    /// From top to bottom.
    #[serde(default)]
    pub rows: Vec<PredictionRow>,
}

/// The prediction that alternatives are compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Base {
    /// Its name.
    pub label: String,
    /// The prediction.
    #[serde(with = "number")]
    pub predict: f64,
    /// The interval's lower end.
    #[serde(with = "number")]
    pub low: f64,
    /// The interval's upper end.
    #[serde(with = "number")]
    pub high: f64,
}

/// A line across the rows, such as the probability 0.5.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pivot {
    /// Its name.
    pub label: String,
    /// Where it stands: finite.
    pub value: f64,
}

/// One alternative.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictionRow {
    /// The rule.
    pub rule: String,
    /// The instance's own value, as text; may be empty.
    #[serde(default)]
    pub value: String,
    /// The side that the prediction takes.
    pub tone: Tone,
    /// What is predicted if the rule holds.
    #[serde(with = "number")]
    pub predict: f64,
    /// The interval's lower end.
    #[serde(with = "number")]
    pub low: f64,
    /// The interval's upper end.
    #[serde(with = "number")]
    pub high: f64,
}

impl Body {
    pub(super) fn from_value(mut value: Value) -> Result<Self, PlotError> {
        let kind = value.get("kind").and_then(Value::as_str).unwrap_or("none").to_owned();
        let rows = match value.get_mut("rows").map(Value::take) {
            Some(Value::Array(rows)) => Some(rows),
            _ => None,
        };
        let rows =
            rows.ok_or_else(|| field("body.rows", "expected an array".to_owned(), "write [] where there are no rules"));
        if let Some(fields) = value.as_object_mut() {
            fields.remove("rows");
        }
        match kind.as_str() {
            "weights" => {
                let mut panel: WeightPanel = document::read(NAME, "body", value)?;
                panel.rows = read_rows(rows?)?;
                Ok(Self::Weights(panel))
            }
            "predictions" => {
                let mut panel: PredictionPanel = document::read(NAME, "body", value)?;
                panel.rows = read_rows(rows?)?;
                Ok(Self::Predictions(panel))
            }
            other => {
                let cause = format!("expected weights or predictions, found {other}");
                Err(field("body.kind", cause, "use a renderer that draws this kind"))
            }
        }
    }

    pub(super) fn check(&self) -> Result<(), PlotError> {
        match self {
            Self::Weights(panel) => {
                panel.axis.check("body.axis")?;
                if panel.axis.low <= 0.0 && panel.axis.high >= 0.0 {
                    return Ok(());
                }
                let cause = format!("expected a range that holds 0, found {} to {}", panel.axis.low, panel.axis.high);
                Err(field("body.axis", cause, "weights are drawn from zero: widen the range"))
            }
            Self::Predictions(panel) => panel.axis.check("body.axis"),
        }
    }
}

fn read_rows<T: DeserializeOwned>(rows: Vec<Value>) -> Result<Vec<T>, PlotError> {
    document::read_each(NAME, "body.rows", rows)
}
