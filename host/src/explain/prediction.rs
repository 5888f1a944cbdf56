//! Calibrated predictions without explanations.

use std::io;

use ce_plugin_api::schema::Schema;
use serde::{Serialize, Serializer};

use super::calibrate::AnswerColumns;
use super::fault::PluginFault;
use super::report::{SCHEMA_VERSION, Uncertain};
use crate::telemetry::{Number, Shared, Snapshot};

/// The calibrated predictions of a batch.
#[derive(Clone, Debug)]
pub struct Predictions {
    pub(crate) run_id: String,
    pub(crate) schema: Schema,
    pub(crate) answers: AnswerColumns,
    pub(crate) ids: Option<Vec<String>>,
    pub(crate) passed_over: Vec<PluginFault>,
    pub(crate) telemetry: Option<Shared>,
}

impl Predictions {
    /// Number of instances.
    #[must_use]
    pub fn len(&self) -> usize {
        self.answers.predict.len()
    }

    /// Whether there are no instances.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.answers.predict.is_empty()
    }

    /// What happened in this batch, as a copy; none while telemetry is off.
    #[must_use]
    pub fn telemetry(&self) -> Option<Snapshot> {
        self.telemetry.as_ref().map(Shared::copy)
    }

    /// What the calibrators did that were tried first and failed; empty where the first choice worked.
    #[must_use]
    pub fn passed_over(&self) -> &[PluginFault] {
        &self.passed_over
    }

    /// Names the request: the same model, data, options and plugins give the same identifier.
    #[must_use]
    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    /// The calibrated prediction of an instance: the probability of [`Predictions::explained_class`], or a value.
    #[must_use]
    pub fn get(&self, instance: usize) -> Option<Uncertain> {
        let value = *self.answers.predict.get(instance)?;
        Some(Uncertain { value, low: self.answers.low[instance], high: self.answers.high[instance] })
    }

    /// The calibrated probability of each class, in the model's order. Empty for regression.
    #[must_use]
    pub fn probabilities(&self, instance: usize) -> &[f64] {
        let n_classes = self.schema.classes.len();
        self.answers.probability.get(instance * n_classes..(instance + 1) * n_classes).unwrap_or_default()
    }

    /// The class that [`Predictions::get`] speaks of: class 1 of two.
    #[must_use]
    pub fn explained_class(&self, instance: usize) -> Option<&str> {
        let class = *self.answers.class.get(instance)?;
        self.schema.classes.get(class as usize).map(String::as_str)
    }

    /// The predicted class: the likeliest after calibration. Class 1 of two if its probability is at least one half, the
    /// lowest index on ties of more.
    #[must_use]
    pub fn class(&self, instance: usize) -> Option<&str> {
        let probabilities = self.probabilities(instance);
        let class = match probabilities {
            [] => return None,
            [_, positive] => usize::from(*positive >= 0.5),
            several => {
                several.iter().enumerate().fold(0, |best, (class, p)| if *p > several[best] { class } else { best })
            }
        };
        self.schema.classes.get(class).map(String::as_str)
    }

    /// Writes the predictions file.
    ///
    /// # Errors
    /// What writing to `out` fails with.
    pub fn write_json(&self, mut out: impl io::Write) -> io::Result<()> {
        serde_json::to_writer(&mut out, self)?;
        out.write_all(b"\n")
    }
}

impl Serialize for Predictions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct File<'a> {
            schema_version: &'static str,
            run_id: &'a str,
            task: ce_plugin_api::manifest::Task,
            classes: &'a [String],
            predictions: Vec<One<'a>>,
        }
        #[derive(Serialize)]
        struct One<'a> {
            index: usize,
            #[serde(skip_serializing_if = "Option::is_none")]
            id: Option<&'a str>,
            predict: Number,
            low: Number,
            high: Number,
            class: Option<&'a str>,
            explained_class: Option<&'a str>,
            probabilities: serde_json::Map<String, serde_json::Value>,
        }
        let one = |index: usize| One {
            index,
            id: self.ids.as_ref().map(|ids| ids[index].as_str()),
            predict: Number(self.answers.predict[index]),
            low: Number(self.answers.low[index]),
            high: Number(self.answers.high[index]),
            class: self.class(index),
            explained_class: self.explained_class(index),
            probabilities: self
                .schema
                .classes
                .iter()
                .cloned()
                .zip(self.probabilities(index).iter().map(|&p| p.into()))
                .collect(),
        };
        File {
            schema_version: SCHEMA_VERSION,
            run_id: &self.run_id,
            task: self.schema.task,
            classes: &self.schema.classes,
            predictions: (0..self.len()).map(one).collect(),
        }
        .serialize(serializer)
    }
}
