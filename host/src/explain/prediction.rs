//! Calibrated predictions without explanations.

use std::io;

use serde::{Serialize, Serializer};

use super::about::About;
use super::calibrate::AnswerColumns;
use super::fault::PluginFault;
use super::metrics::Metrics;
use super::reject::Rejections;
use super::report::{SCHEMA_VERSION, Uncertain};
use super::{Percentiles, Threshold, Warning};
use crate::telemetry::{Number, Shared, Snapshot};

/// The calibrated predictions of a batch.
#[derive(Clone, Debug)]
pub struct Predictions {
    pub(crate) about: About,
    pub(crate) answers: AnswerColumns,
    pub(crate) passed_over: Vec<PluginFault>,
    pub(crate) telemetry: Option<Shared>,
    /// The model's own scores, `[n, n_outputs]`.
    pub(crate) scores: Vec<f64>,
    pub(crate) metrics: Option<Metrics>,
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

    /// Which predictions to reject, where that was asked.
    #[must_use]
    pub fn rejections(&self) -> Option<&Rejections> {
        self.about.rejections.as_ref()
    }

    /// How well the predictions fit the targets, where these were given. Of the whole batch, whatever was rejected.
    #[must_use]
    pub fn metrics(&self) -> Option<&Metrics> {
        self.metrics.as_ref()
    }

    /// The model's own scores of an instance, before calibration: a probability per class, or a value.
    #[must_use]
    pub fn scores(&self, instance: usize) -> &[f64] {
        let width = self.about.schema.classes.len().max(1);
        self.scores.get(instance * width..(instance + 1) * width).unwrap_or_default()
    }

    /// A copy with some of the instances, in this order; they keep their numbers.
    ///
    /// # Panics
    /// If there is no such instance: a bug of the caller.
    #[must_use]
    pub fn selected(&self, instances: &[usize]) -> Self {
        let selected = Self {
            about: self.about.selected(instances),
            answers: self.answers.selected(instances),
            scores: instances.iter().flat_map(|&instance| self.scores(instance)).copied().collect(),
            metrics: self.metrics,
            passed_over: self.passed_over.clone(),
            telemetry: None,
        };
        selected.with_telemetry_of(self)
    }

    /// Names the request: the same model, data, options and plugins give the same identifier.
    #[must_use]
    pub fn run_id(&self) -> &str {
        &self.about.run_id
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

    /// The event whose probability is predicted for every instance; none for classes and values, and where each instance has
    /// an event of its own.
    #[must_use]
    pub fn threshold(&self) -> Option<Threshold> {
        self.about.quantity.threshold()
    }

    /// The event whose probability is predicted for one instance.
    #[must_use]
    pub fn threshold_of(&self, instance: usize) -> Option<Threshold> {
        self.about.quantity.threshold_of(instance)
    }

    /// The number by which files name an instance: the row of the batch, unless the caller gave another.
    #[must_use]
    pub fn number(&self, instance: usize) -> Option<usize> {
        (instance < self.len()).then(|| self.about.number(instance))
    }

    /// The calibrated prediction of an instance: the probability of [`Predictions::explained_class`], or a value.
    #[must_use]
    pub fn get(&self, instance: usize) -> Option<Uncertain> {
        let value = *self.answers.predict.get(instance)?;
        Some(Uncertain { value, low: self.answers.low[instance], high: self.answers.high[instance] })
    }

    /// The calibrated probability of each class in the model's order, or of an event's negation and of the event. Empty
    /// where values are predicted.
    #[must_use]
    pub fn probabilities(&self, instance: usize) -> &[f64] {
        let width = self.about.labels(instance).len();
        self.answers.probability.get(instance * width..(instance + 1) * width).unwrap_or_default()
    }

    /// What [`Predictions::get`] speaks of: class 1 of two, the likeliest of more, or the event in words. None where values
    /// are predicted.
    #[must_use]
    pub fn explained_class(&self, instance: usize) -> Option<&str> {
        self.about.spoken_of(instance, *self.answers.class.get(instance)?)
    }

    /// The predicted class: the likeliest after calibration. Class 1 of two if its probability is at least one half, the
    /// lowest index on ties of more. For an event: the event, or its negation.
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
        self.about.labels(instance).get(class).map(String::as_str)
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
        struct File<'a, R, O> {
            schema_version: &'static str,
            run_id: &'a str,
            task: ce_plugin_api::manifest::Task,
            classes: &'a [String],
            percentiles: Option<[Number; 2]>,
            threshold: Option<Threshold>,
            reject: Option<R>,
            metrics: Option<&'a Metrics>,
            predictions: Vec<One<'a, O>>,
        }
        #[derive(Serialize)]
        struct One<'a, O> {
            index: usize,
            #[serde(skip_serializing_if = "Option::is_none")]
            id: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            threshold: Option<Threshold>,
            predict: Number,
            low: Number,
            high: Number,
            class: Option<&'a str>,
            explained_class: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            reject: Option<O>,
            probabilities: serde_json::Map<String, serde_json::Value>,
        }
        let about = &self.about;
        let probabilities = |index| about.labels(index).iter().cloned().zip(self.probabilities(index).iter().copied());
        let one = |index: usize| One {
            index: about.number(index),
            id: about.id(index),
            threshold: about.own_threshold(index),
            predict: Number(self.answers.predict[index]),
            low: Number(self.answers.low[index]),
            high: Number(self.answers.high[index]),
            class: self.class(index),
            explained_class: self.explained_class(index),
            reject: about.rejections.as_ref().map(|all| all.file_of(index, about, self.answers.class[index])),
            probabilities: probabilities(index).map(|(label, p)| (label, p.into())).collect(),
        };
        File {
            schema_version: SCHEMA_VERSION,
            run_id: &about.run_id,
            task: about.schema.task,
            classes: &about.schema.classes,
            percentiles: self.percentiles().map(|percentiles| [percentiles.low(), percentiles.high()].map(Number)),
            threshold: self.threshold(),
            reject: about.rejections.as_ref().map(Rejections::file),
            metrics: self.metrics.as_ref(),
            predictions: (0..self.len()).map(one).collect(),
        }
        .serialize(serializer)
    }
}
