//! A learner as the host uses it: opened, described, counted. It never scores a row by itself.

use std::sync::atomic::{AtomicU64, Ordering};

use ce_plugin_api::PluginError;
use ce_plugin_api::data::{Matrix, Rows};
use ce_plugin_api::kind::{Learner, LearnerHandle};
use ce_plugin_api::manifest::{Kind, Task};
use ce_plugin_api::schema::LearnerInfo;

use super::fault::{Call, Cause, PluginFault, Violation};
use crate::bundle::Digest;

/// The identifier that telemetry gives for a model that the calling program brought itself.
pub const CALLER: &str = "caller";

/// An opened model: a learner plugin's, or the calling program's own.
#[derive(Debug)]
pub struct Model {
    handle: LearnerHandle,
    info: LearnerInfo,
    identifier: String,
    bundle: String,
    digest: Option<Digest>,
    n_calls: AtomicU64,
    n_rows: AtomicU64,
}

impl Model {
    /// Takes the calling program's own learner. Its panics are stopped like a plugin's.
    ///
    /// # Errors
    /// [`PluginFault`] if its description contradicts itself.
    pub fn new(learner: impl Learner) -> Result<Self, PluginFault> {
        Self::from_handle(LearnerHandle::new(learner), CALLER, CALLER, None)
    }

    /// Takes a function as the model: `predict` scores dense rows `[n, n_features]` into `[n, n_outputs]`.
    ///
    /// # Errors
    /// [`PluginFault`] if `info` contradicts itself.
    pub fn from_fn<F>(info: LearnerInfo, predict: F) -> Result<Self, PluginFault>
    where
        F: Fn(Matrix<'_>, &mut [f64]) -> Result<(), PluginError> + Send + Sync + 'static,
    {
        Self::new(Function { info, predict })
    }

    pub(crate) fn from_handle(
        handle: LearnerHandle,
        identifier: &str,
        bundle: &str,
        digest: Option<Digest>,
    ) -> Result<Self, PluginFault> {
        let fault = |cause| fault(identifier, bundle, Call::Info, cause);
        let info = handle.info().map_err(|error| fault(Cause::from(error)))?;
        check(&info).map_err(|violation| fault(Cause::Violation(violation)))?;
        Ok(Self {
            handle,
            info,
            identifier: identifier.to_owned(),
            bundle: bundle.to_owned(),
            digest,
            n_calls: AtomicU64::new(0),
            n_rows: AtomicU64::new(0),
        })
    }

    /// What the model is.
    #[must_use]
    pub fn info(&self) -> &LearnerInfo {
        &self.info
    }

    /// The learner plugin's identifier, or [`CALLER`].
    #[must_use]
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// The digest of the model's bytes, where it was opened from bytes.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// How often the model was called, and how many rows it was asked about in all.
    #[must_use]
    pub fn asked(&self) -> (u64, u64) {
        (self.n_calls.load(Ordering::Relaxed), self.n_rows.load(Ordering::Relaxed))
    }

    /// Scores rows into `scores`, `[rows.n_rows(), n_outputs]`, which are filled with NaN before.
    pub(crate) fn predict(&self, rows: Rows<'_>, scores: &mut [f64]) -> Result<(), PluginFault> {
        self.n_calls.fetch_add(1, Ordering::Relaxed);
        self.n_rows.fetch_add(rows.n_rows() as u64, Ordering::Relaxed);
        let fault = |cause| fault(&self.identifier, &self.bundle, Call::Predict, cause);
        self.handle.predict(rows, scores).map_err(|error| {
            let instance = (error.instance < rows.n_rows()).then(|| base_row(rows, error.instance));
            PluginFault { instance, ..fault(Cause::from(error)) }
        })?;
        self.check_scores(rows, scores)
    }

    fn check_scores(&self, rows: Rows<'_>, scores: &[f64]) -> Result<(), PluginFault> {
        let probabilities = self.info.task == Task::Classification;
        let fits = |score: &f64| if probabilities { (0.0..=1.0).contains(score) } else { score.is_finite() };
        let Some(place) = scores.iter().position(|score| !fits(score)) else { return Ok(()) };
        let value = scores[place];
        let violation = if value.is_nan() {
            Violation::Unanswered { what: "a score" }
        } else if probabilities {
            Violation::OutOfRange { what: "a probability", value, low: 0.0, high: 1.0 }
        } else {
            Violation::NotFinite { what: "a prediction", value }
        };
        Err(self.violated(rows, place / self.info.n_outputs, violation))
    }

    /// The fault of a score that cannot be right, about one of the rows that were asked about.
    pub(crate) fn violated(&self, rows: Rows<'_>, row_idx: usize, violation: Violation) -> PluginFault {
        let fault = fault(&self.identifier, &self.bundle, Call::Predict, Cause::Violation(violation));
        PluginFault { instance: Some(base_row(rows, row_idx)), ..fault }
    }
}

/// The base row behind a row of those asked about.
fn base_row(rows: Rows<'_>, row_idx: usize) -> usize {
    row_idx.checked_sub(rows.n_base()).map_or(row_idx, |edited_idx| rows.edits(edited_idx).0)
}

struct Function<F> {
    info: LearnerInfo,
    predict: F,
}

impl<F> Learner for Function<F>
where
    F: Fn(Matrix<'_>, &mut [f64]) -> Result<(), PluginError> + Send + Sync + 'static,
{
    fn info(&self) -> LearnerInfo {
        self.info.clone()
    }

    fn predict(&self, x: Matrix<'_>, scores: &mut [f64]) -> Result<(), PluginError> {
        (self.predict)(x, scores)
    }
}

fn fault(identifier: &str, bundle: &str, call: Call, cause: Cause) -> PluginFault {
    PluginFault {
        kind: Kind::Learner,
        identifier: identifier.to_owned(),
        bundle: bundle.to_owned(),
        call,
        instance: None,
        in_calibration: false,
        cause,
    }
}

fn check(info: &LearnerInfo) -> Result<(), Violation> {
    let n_outputs = match info.task {
        Task::Classification => info.classes.len(),
        _ => 1,
    };
    if info.task == Task::Classification && n_outputs < 2 {
        return Err(Violation::Contradiction(format!("named {n_outputs} classes, a classifier has two or more")));
    }
    if info.n_outputs != n_outputs {
        return Err(Violation::Length { what: "scores of a row", expected: n_outputs, found: info.n_outputs });
    }
    if info.n_features == 0 {
        return Err(Violation::Contradiction("described a model without features".to_owned()));
    }
    if !info.feature_names.is_empty() && info.feature_names.len() != info.n_features {
        return Err(Violation::Length {
            what: "feature names",
            expected: info.n_features,
            found: info.feature_names.len(),
        });
    }
    Ok(())
}
