//! What was fitted and prepared, once each, for all threads. It never chooses what to fit.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use ce_plugin_api::kind::{ExplainerHandle, ExplanationHandle, IntervalHandle};
use ce_plugin_api::manifest::{Kind, Mode, PluginInfo};

use super::ExplainError;
use super::calibrate::{Fitted, Identity, Problem};
use super::fault::Call;
use super::options::OptionSources;
use super::plan::Candidate;
use super::saved::Saved;
use crate::bundle::Catalog;
use crate::bundle::registry::Entry;

/// What fitting and preparing need.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) problem: &'a Problem,
    pub(crate) options: OptionSources<'a>,
    /// None for predictions alone.
    pub(crate) mode: Option<Mode>,
    /// Whether the calibrator is asked per feature.
    pub(crate) feature_questions: bool,
}

/// A fitted calibrator and the plugin that fitted it.
#[derive(Debug)]
pub(crate) struct FittedEntry {
    pub(crate) info: PluginInfo,
    /// The plugin's identifier, shared with every report: no batch copies it.
    pub(crate) name: Arc<str>,
    /// JSON: the options it was fitted with.
    pub(crate) options: String,
    fitted: Fitted,
}

impl FittedEntry {
    fn new(entry: &Entry, options: String, fitted: Fitted) -> Self {
        Self { info: entry.info.clone(), name: entry.info.identifier.as_str().into(), options, fitted }
    }
}

impl std::ops::Deref for FittedEntry {
    type Target = Fitted;

    fn deref(&self) -> &Fitted {
        &self.fitted
    }
}

/// A prepared explainer.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) explainer: ExplainerHandle,
    pub(crate) identity: Identity,
    pub(crate) info: PluginInfo,
    /// JSON: the options it was prepared with, which every batch is handed again.
    pub(crate) options: String,
    pub(crate) duration: Duration,
}

/// Work that is done once per key; a second thread waits for the first. A plugin's failure is kept like a result: the same
/// fit fails again. One of the model is not: it may be a service that is away for a moment. Nor is the end of a worker, which
/// may have had to do with that moment alone.
#[derive(Debug)]
pub(super) struct Once<K, T>(Mutex<HashMap<K, Slot<T>>>);

type Slot<T> = Arc<OnceLock<Result<Arc<T>, ExplainError>>>;

impl<K: Eq + Hash, T> Once<K, T> {
    pub(super) fn get(&self, key: K, make: impl FnOnce() -> Result<T, ExplainError>) -> Result<Arc<T>, ExplainError> {
        let slot = Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
        let outcome = slot.get_or_init(|| make().map(Arc::new)).clone();
        if outcome.as_ref().is_err_and(may_pass) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, kept| !Arc::ptr_eq(kept, &slot));
        }
        outcome
    }

    fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn set(&self, key: K, value: T) {
        let slot = Arc::new(OnceLock::from(Ok(Arc::new(value))));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, slot);
    }
}

/// Whether the same work may succeed the next time.
fn may_pass(error: &ExplainError) -> bool {
    matches!(error, ExplainError::Plugin(fault) if fault.kind == Kind::Learner || fault.cause.worker().is_some())
}

impl<K, T> Default for Once<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// A calibrator by its plugin, and whether questions carry features.
type FitKey = (String, bool);

/// Everything fitted and prepared for one explainer.
#[derive(Debug, Default)]
pub(crate) struct Fits {
    fitted: Once<FitKey, FittedEntry>,
    prepared: Once<(Mode, String, FitKey), Prepared>,
}

impl Fits {
    /// The calibrator of an interval plugin, fitted now if it was not yet.
    pub(crate) fn fitted(&self, context: &Context<'_>, identifier: &str) -> Result<Arc<FittedEntry>, ExplainError> {
        let (entry, plugin) = context.interval(identifier)?;
        self.fitted.get(context.fit_key(identifier), || {
            let options = context.text(&entry.info)?;
            let fitted = context.problem.fit(plugin, identity(entry), &options)?;
            Ok(FittedEntry::new(entry, options, fitted))
        })
    }

    /// The explainer of an explanation plugin over a fitted calibrator, prepared now if it was not yet.
    pub(crate) fn prepared(
        &self,
        context: &Context<'_>,
        entry: &Entry,
        fitted: &FittedEntry,
    ) -> Result<Arc<Prepared>, ExplainError> {
        let identity = identity(entry);
        self.prepared.get(context.prepare_key(entry, &fitted.info.identifier), || {
            let options = context.text(&entry.info)?;
            let start = Instant::now();
            let further = context.problem.further();
            let explainer = context
                .explanation(entry)?
                .prepare(context.problem.calibration(&further), fitted.calibrated.view(), &options)
                .map_err(|error| identity.failed(Call::Prepare, error).while_fitting())?;
            Ok(Prepared { explainer, identity, info: entry.info.clone(), options, duration: start.elapsed() })
        })
    }

    /// Lets go what was fitted and prepared, so that it is made anew when it is needed next: some of it is gone with a worker.
    pub(super) fn forget(&self) {
        self.fitted.clear();
        self.prepared.clear();
    }

    /// Puts a saved calibrator and a saved explainer in place of those that would be fitted.
    pub(crate) fn restore(
        &self,
        context: &Context<'_>,
        candidate: &Candidate,
        saved: &Saved,
    ) -> Result<(), ExplainError> {
        let identifier = &candidate.interval.usable[0];
        let (interval, plugin) = context.interval(identifier)?;
        let options = context.text(&interval.info)?;
        let fitted = context.problem.restore(plugin, identity(interval), &saved.interval.bytes, &options)?;
        let fitted = FittedEntry::new(interval, options, fitted);
        let (entry, start) = (&candidate.entry, Instant::now());
        let options = context.text(&entry.info)?;
        let who = identity(entry);
        let explainer = context
            .explanation(entry)?
            .restore(&saved.explanation.bytes, &options)
            .map_err(|error| who.failed(Call::Restore, error))?;
        let duration = start.elapsed();
        let prepared = Prepared { explainer, identity: who, info: entry.info.clone(), options, duration };
        self.fitted.set(context.fit_key(identifier), fitted);
        self.prepared.set(context.prepare_key(entry, identifier), prepared);
        Ok(())
    }
}

impl<'a> Context<'a> {
    fn interval(&self, identifier: &str) -> Result<(&'a Entry, &'a IntervalHandle), ExplainError> {
        let found = self.catalog.usable(Kind::Interval, identifier).ok();
        let handle = self.catalog.registry().handle::<IntervalHandle>(identifier);
        found.map(AsRef::as_ref).zip(handle).ok_or_else(|| ExplainError::gone(Kind::Interval, identifier))
    }

    fn explanation(&self, entry: &Entry) -> Result<&'a ExplanationHandle, ExplainError> {
        let identifier = &entry.info.identifier;
        let handle = self.catalog.registry().handle::<ExplanationHandle>(identifier);
        handle.ok_or_else(|| ExplainError::gone(Kind::Explanation, identifier))
    }

    /// A calibrator that is asked per feature also prepares for that, so it is another fit.
    fn fit_key(&self, identifier: &str) -> FitKey {
        (identifier.to_owned(), self.feature_questions)
    }

    /// The options that a plugin is handed.
    pub(crate) fn text(&self, info: &PluginInfo) -> Result<String, ExplainError> {
        Ok(self.options.text(info, self.mode, self.feature_questions)?)
    }

    fn prepare_key(&self, entry: &Entry, interval: &str) -> (Mode, String, FitKey) {
        (self.mode.unwrap_or(Mode::Factual), entry.info.identifier.clone(), self.fit_key(interval))
    }
}

fn identity(entry: &Entry) -> Identity {
    Identity { kind: entry.info.kind, identifier: entry.info.identifier.clone(), bundle: entry.source.name.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::fault::Cause;
    use super::*;
    use crate::isolation::fault::{WorkerFault, WorkerReason};
    use ce_plugin_api::PluginError;

    #[test]
    fn a_failure_is_kept_and_the_end_of_a_worker_is_not() {
        let identity =
            Identity { kind: Kind::Interval, identifier: "test.interval".to_owned(), bundle: "test".to_owned() };
        let fault = |cause: Cause| Err(ExplainError::from(identity.fault(Call::Fit, None, cause)));
        let failed = || fault(Cause::Failed(PluginError::invalid_input("never")));
        let ended = || fault(Cause::Worker(WorkerFault::new(WorkerReason::Deadline, "now")));
        let once: Once<&str, u8> = Once::default();
        assert!(once.get("failed", failed).is_err());
        assert!(once.get("failed", || Ok(1)).is_err(), "the same fit fails again");
        assert!(once.get("ended", ended).is_err());
        assert_eq!(once.get("ended", || Ok(1)).ok().as_deref(), Some(&1));
        assert_eq!(once.get("ended", || Ok(2)).ok().as_deref(), Some(&1), "what is made is kept");
        once.clear();
        assert_eq!(once.get("ended", || Ok(2)).ok().as_deref(), Some(&2));
    }
}
