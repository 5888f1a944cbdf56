//! A request runs: which candidate is tried next, and what of a failed one is kept. It never decides what a route is, and
//! holds no formula.

use std::sync::Arc;

use ce_plugin_api::manifest::{Kind, Mode};

use super::about::About;
use super::asked::Asked;
use super::calibrate::AnswerColumns;
use super::fitted::{FittedEntry, Prepared};
use super::plan::Candidate;
use super::run::{self, Runner, Tally};
use super::{
    ExplainError, Explainer, Explanations, InputError, Instances, PluginFault, Predictions, Rejections, Warning,
    metrics, reject, report,
};
use crate::config::Slot;
use crate::isolation::fault::WorkerReason;

/// What a batch leaves behind beside its report.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) failed: Vec<Failed>,
    pub(super) tally: Tally,
}

/// What was tried and failed while running, before something worked.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    pub(super) slot: Slot,
    pub(super) fault: PluginFault,
}

impl Trace {
    pub(super) fn faults(self) -> Vec<PluginFault> {
        self.failed.into_iter().map(|failed| failed.fault).collect()
    }
}

impl Explainer {
    /// Tries the candidates in order. A plugin that fails while running is passed over, if a fallback was configured.
    pub(super) fn explain_with_fallbacks(
        &self,
        mode: Mode,
        instances: &Instances<'_>,
        trace: &mut Trace,
    ) -> Result<Explanations, ExplainError> {
        instances.refinement.check(Some(mode))?;
        instances.check_no_targets()?;
        let asked = self.check(instances)?;
        let plan = self.plan(mode)?;
        for candidate in &plan.candidates {
            for interval in &candidate.interval.usable {
                let attempt = || self.attempt(mode, candidate, interval, instances, &asked, &trace.tally);
                match self.again_if_lost(attempt) {
                    Ok(explanations) => return Ok(explanations),
                    Err(ExplainError::Plugin(fault)) if fault.kind == Kind::Interval => {
                        trace.failed.push(Failed { slot: Slot::interval(mode), fault: *fault });
                    }
                    Err(ExplainError::Plugin(fault)) if fault.kind == Kind::Explanation => {
                        trace.failed.push(Failed { slot: plan.explanation.slot, fault: *fault });
                        break;
                    }
                    Err(other) => return Err(other),
                }
            }
        }
        Err(exhausted(&trace.failed))
    }

    fn attempt(
        &self,
        mode: Mode,
        candidate: &Candidate,
        interval: &str,
        instances: &Instances<'_>,
        asked: &Asked,
        tally: &Tally,
    ) -> Result<Explanations, ExplainError> {
        let (fitted, prepared) = self.prepared(mode, candidate, interval)?;
        let runner = Runner {
            problem: &self.problem,
            fitted: &fitted,
            explainer: &prepared.explainer,
            identity: &prepared.identity,
            options: &prepared.options,
            tally,
            asked,
        };
        let explained = runner.batch(instances.x, self.cut).map_err(|fault| numbered(fault, instances))?;
        let chosen = report::Chosen {
            explanation: candidate.entry.info.identifier.clone(),
            interval: Arc::clone(&fitted.name),
            is_guarded: is_guarded(&prepared.options),
            calibrate: fitted.duration,
            prepare: prepared.duration,
        };
        let plugins = [(&prepared.info, prepared.options.as_str()), (&fitted.info, fitted.options.as_str())];
        let run_id = self.digests.run_id(Some(mode), &plugins, &self.problem.schema, asked, instances);
        let about = self.about(run_id, asked, instances);
        let mut explanations = report::assemble(mode, about, instances.x, explained, chosen);
        explanations.about.rejections = self.rejections(&fitted, asked, instances, &explanations.base)?;
        if !instances.refinement.is_nothing() {
            explanations = explanations.refined(&instances.refinement)?;
        }
        let kept = explanations.rejections().and_then(Rejections::kept);
        Ok(if let Some(kept) = kept { explanations.selected(&kept) } else { explanations })
    }

    pub(super) fn predict_with_fallbacks(
        &self,
        instances: &Instances<'_>,
        trace: &mut Trace,
    ) -> Result<(Predictions, report::Chosen), ExplainError> {
        instances.refinement.check(None)?;
        let asked = self.check(instances)?;
        let route = self.predicting()?;
        for interval in &route.usable {
            match self.again_if_lost(|| self.predict_attempt(interval, instances, &asked, &trace.tally)) {
                Err(ExplainError::Plugin(fault)) if fault.kind == Kind::Interval => {
                    trace.failed.push(Failed { slot: Slot::Interval, fault: *fault });
                }
                other => return other,
            }
        }
        Err(exhausted(&trace.failed))
    }

    fn predict_attempt(
        &self,
        interval: &str,
        instances: &Instances<'_>,
        asked: &Asked,
        tally: &Tally,
    ) -> Result<(Predictions, report::Chosen), ExplainError> {
        let fitted = self.fits.fitted(&self.context_of_predictions(), interval)?;
        let (answers, scores) = run::predict(&self.problem, &fitted, tally, asked, instances.x, self.cut)
            .map_err(|fault| numbered(fault, instances))?;
        let plugins = [(&fitted.info, fitted.options.as_str())];
        let run_id = self.digests.run_id(None, &plugins, &self.problem.schema, asked, instances);
        let chosen = report::Chosen {
            explanation: String::new(),
            interval: Arc::clone(&fitted.name),
            is_guarded: false,
            calibrate: fitted.duration,
            prepare: std::time::Duration::ZERO,
        };
        let mut about = self.about(run_id, asked, instances);
        about.rejections = self.rejections(&fitted, asked, instances, &answers)?;
        let n_classes = self.schema.classes.len();
        let measured = |targets: &Vec<f64>| metrics::measure(asked, n_classes, &scores, &answers, targets);
        let metrics = instances.targets.as_ref().map(measured).transpose().map_err(InputError::from)?;
        let predictions = Predictions { about, answers, scores, metrics, passed_over: Vec::new(), telemetry: None };
        let kept = predictions.rejections().and_then(Rejections::kept);
        let predictions = if let Some(kept) = kept { predictions.selected(&kept) } else { predictions };
        Ok((predictions, chosen))
    }

    /// Makes an attempt once more where what it needs had been fitted in a worker that is gone, and could not be saved.
    fn again_if_lost<T>(&self, attempt: impl Fn() -> Result<T, ExplainError>) -> Result<T, ExplainError> {
        let is_lost = |fault: &PluginFault| fault.cause.worker().is_some_and(|how| how.reason == WorkerReason::Lost);
        match attempt() {
            Err(ExplainError::Plugin(fault)) if is_lost(&fault) => {
                self.fits.forget();
                attempt()
            }
            outcome => outcome,
        }
    }

    /// Checks a batch, and says what is asked of it.
    pub(super) fn check(&self, instances: &Instances<'_>) -> Result<Asked, InputError> {
        instances.check(&self.schema, &self.seen, self.problem.set.mondrian())
    }

    /// Which rows of a batch to reject, where that was asked.
    fn rejections(
        &self,
        fitted: &FittedEntry,
        asked: &Asked,
        instances: &Instances<'_>,
        base: &AnswerColumns,
    ) -> Result<Option<Rejections>, ExplainError> {
        let Some(request) = &instances.rejection else { return Ok(None) };
        reject::decide(request, &self.problem, fitted, asked, base).map(Some)
    }

    /// What a report says of its batch.
    fn about(&self, run_id: String, asked: &Asked, instances: &Instances<'_>) -> About {
        let rejection = instances.rejection.as_ref();
        let warnings = Warning::about(&self.problem.set, &self.schema.classes, asked, rejection);
        About::new(run_id, self.schema.clone(), asked, instances, warnings)
    }

    pub(super) fn prepared(
        &self,
        mode: Mode,
        candidate: &Candidate,
        interval: &str,
    ) -> Result<(Arc<FittedEntry>, Arc<Prepared>), ExplainError> {
        let context = self.context(mode, candidate);
        let fitted = self.fits.fitted(&context, interval)?;
        let prepared = self.fits.prepared(&context, &candidate.entry, &fitted)?;
        Ok((fitted, prepared))
    }
}

/// Whether an explanation plugin was told to ask only about rows that are like the calibration rows.
fn is_guarded(options: &str) -> bool {
    let options: serde_json::Value = serde_json::from_str(options).unwrap_or_default();
    options["plugin"]["guarded"] == true
}

/// The fault with the caller's number of the instance. One that came up while fitting is about a calibration row.
fn numbered(fault: PluginFault, instances: &Instances<'_>) -> PluginFault {
    let number = |row_idx| if fault.in_calibration { row_idx } else { instances.number(row_idx) };
    PluginFault { instance: fault.instance.map(number), ..fault }
}

fn exhausted(failed: &[Failed]) -> ExplainError {
    let mut faults: Vec<PluginFault> = failed.iter().map(|failed| failed.fault.clone()).collect();
    let last = Box::new(faults.pop().expect("a candidate was tried, and every one failed"));
    if faults.is_empty() {
        ExplainError::Plugin(last)
    } else {
        ExplainError::Exhausted { last, skipped: faults.iter().map(ToString::to_string).collect() }
    }
}
