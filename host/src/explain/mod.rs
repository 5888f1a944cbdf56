//! A request becomes a report: routed, calibrated, run, validated. This file holds what a caller asks; `flow` holds the
//! branches, and the other files take values and return values.

pub mod calibration;
pub mod model;
mod mondrian;

pub mod percentiles;
mod quantity;
pub mod threshold;

pub mod options;
pub mod route;

mod asked;
mod builder;
mod calibrate;
mod difficulty;
mod digests;
pub(crate) mod exact;
mod fitted;
mod flow;
mod instances;
pub(crate) mod ledger;
mod plan;
mod run;
pub(crate) mod validate;
mod violation;

mod about;
pub mod error;
pub mod fault;
pub mod metrics;
pub mod prediction;
pub mod refine;
pub mod reject;
pub mod report;
pub mod saved;

mod snapshot;
pub mod warning;

use std::sync::{Arc, Mutex, PoisonError};

use ce_plugin_api::manifest::Mode;
use ce_plugin_api::schema::Schema;

pub use builder::{ConditionSource, ExplainerBuilder};
pub use calibration::CalibrationSet;
pub use error::{ExplainError, InputError};
pub use fault::PluginFault;
pub use instances::Instances;
pub use metrics::Metrics;
pub use model::Model;
pub use percentiles::Percentiles;
pub use plan::{DEFAULT_INTERVAL, DEFAULT_STYLE};
pub use prediction::Predictions;
pub use refine::{Ranking, Refinement};
pub use reject::{Rejection, Rejections};
pub use report::{Explanation, Explanations, Rule};
pub use route::{Route, RouteError, Skip};
pub use saved::Saved;
pub use threshold::Threshold;
pub use warning::Warning;

use self::calibrate::Problem;
use self::difficulty::Difficulty;
use self::fitted::{Fits, Once};
use self::flow::Trace;
use self::options::{OptionOverrides, OptionSources};
use self::plan::{Candidate, Overrides, Plan, Planner};
use self::run::Cut;
use self::snapshot::{Begun, Outcome};
use crate::bundle::{Catalog, Source, SourceOrigin};
use crate::config::{Settings, Slot, TelemetryLevel};
use crate::plot::{self, PlotError, Plotted};
use crate::telemetry::{Shared, Sink, Snapshot};

/// Explains the predictions of one model with one calibration set.
///
/// What it selects is frozen: the order of calls changes nothing. It may be shared between threads.
pub struct Explainer {
    catalog: Arc<Catalog>,
    settings: Arc<Settings>,
    overrides: Overrides,
    options: OptionOverrides,
    problem: Problem,
    schema: Schema,
    seen: instances::Seen,
    seed: u64,
    cut: Cut,
    digests: digests::Fixed,
    level: TelemetryLevel,
    sink: Option<Arc<dyn Sink>>,
    fits: Fits,
    plans: Once<Mode, Plan>,
    /// The route of the calibrator that predictions are made with, laid out once too.
    predicting: Once<(), Route>,
    latest: Mutex<Option<Shared>>,
}

impl Explainer {
    /// Explains why the predictions are what they are.
    ///
    /// # Errors
    /// [`ExplainError`]: the rows, a route, an option, or a plugin that failed without a configured fallback.
    pub fn explain_factual<'a>(&self, instances: impl Into<Instances<'a>>) -> Result<Explanations, ExplainError> {
        self.explain(Mode::Factual, instances)
    }

    /// Explains what the predictions would be if a feature's value were another.
    ///
    /// # Errors
    /// As for [`Explainer::explain_factual`].
    pub fn explain_alternative<'a>(&self, instances: impl Into<Instances<'a>>) -> Result<Explanations, ExplainError> {
        self.explain(Mode::Alternative, instances)
    }

    /// Explains with one calibrator per feature and without perturbed rows.
    ///
    /// # Errors
    /// As for [`Explainer::explain_factual`].
    pub fn explain_fast<'a>(&self, instances: impl Into<Instances<'a>>) -> Result<Explanations, ExplainError> {
        self.explain(Mode::Fast, instances)
    }

    /// Explains in any mode.
    ///
    /// # Errors
    /// As for [`Explainer::explain_factual`].
    pub fn explain<'a>(&self, mode: Mode, instances: impl Into<Instances<'a>>) -> Result<Explanations, ExplainError> {
        let instances = instances.into();
        let begun = Begun::now(Some(mode));
        let mut trace = Trace::default();
        let mut outcome = self.explain_with_fallbacks(mode, &instances, &mut trace);
        if self.level > TelemetryLevel::Off {
            let told = outcome.as_ref().map(Outcome::Explained);
            let snapshot = self.record(begun, &instances, told, &trace);
            if let Ok(explanations) = &mut outcome {
                explanations.telemetry = Some(snapshot);
            }
        }
        if let Ok(explanations) = &mut outcome {
            explanations.passed_over = trace.faults();
        }
        outcome
    }

    /// Predicts with calibrated probabilities or values, without explaining.
    ///
    /// # Errors
    /// As for [`Explainer::explain_factual`].
    pub fn predict<'a>(&self, instances: impl Into<Instances<'a>>) -> Result<Predictions, ExplainError> {
        let instances = instances.into();
        let begun = Begun::now(None);
        let mut trace = Trace::default();
        let mut outcome = self.predict_with_fallbacks(&instances, &mut trace);
        if self.level > TelemetryLevel::Off {
            let told = outcome.as_ref().map(|(predictions, chosen)| Outcome::Predicted(predictions, chosen));
            let snapshot = self.record(begun, &instances, told, &trace);
            if let Ok((predictions, _)) = &mut outcome {
                predictions.telemetry = Some(snapshot);
            }
        }
        outcome.map(|(predictions, _)| Predictions { passed_over: trace.faults(), ..predictions })
    }

    /// Draws one explanation of a report that this explainer made, in the style that was routed to.
    ///
    /// # Errors
    /// [`PlotError`] if there is no such instance, or every style of the chain failed.
    pub fn plot(&self, explanations: &Explanations, instance: usize, format: &str) -> Result<Plotted, PlotError> {
        let plan = self.plan(explanations.mode).map_err(PlotError::from)?;
        let chosen = plan.candidates.iter().find(|c| c.entry.info.identifier == explanations.chosen.explanation);
        let route = &chosen.unwrap_or(&plan.candidates[0]).plot;
        let outcome = plot::draw(
            &plot::Canvas {
                catalog: &self.catalog,
                options: self.options(),
                renderers: plan.renderer.as_ref().map(|route| route.usable.as_slice()).unwrap_or_default(),
            },
            route,
            explanations,
            instance,
            format,
        );
        if let Some(telemetry) = &explanations.telemetry {
            telemetry.change(|snapshot| snapshot::plotted(snapshot, &self.catalog, &outcome));
        }
        outcome
    }

    /// The same explainer, calibrated with further rows too: exactly what one is that was built with all of them, in this
    /// order. Only the further rows are scored. This one stays as it is.
    ///
    /// Calibrators are fitted anew, since an appended row may move every bound.
    ///
    /// # Errors
    /// [`ExplainError`] if the further rows do not fit the calibration set, or the model fails.
    pub fn append(&self, more: &CalibrationSet) -> Result<Self, ExplainError> {
        let set = self.problem.set.followed_by(more)?;
        let schema = set.schema(self.problem.model.info())?;
        let schema_text = serde_json::to_string(&schema).unwrap_or_default();
        let difficulty = self.problem.difficulty.as_deref().map(Difficulty::model);
        let digests = digests::Fixed::of(&self.problem.model, difficulty, &set, None, self.seed);
        Ok(Self {
            catalog: Arc::clone(&self.catalog),
            settings: Arc::clone(&self.settings),
            overrides: self.overrides.clone(),
            options: self.options.clone(),
            seen: instances::Seen::of(&set, &schema.categorical),
            problem: self.problem.grown(set, schema_text)?,
            schema,
            seed: self.seed,
            cut: self.cut,
            digests,
            level: self.level,
            sink: self.sink.clone(),
            fits: Fits::default(),
            plans: Once::default(),
            predicting: Once::default(),
            latest: Mutex::default(),
        })
    }

    /// What happened in the latest batch of any thread, failed ones included; none while telemetry is off or before the
    /// first batch. The snapshot is a copy.
    #[must_use]
    pub fn runtime_telemetry(&self) -> Option<Snapshot> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        latest.as_ref().map(Shared::copy)
    }

    /// The model that is explained.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.problem.model
    }

    /// What the columns mean.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// What this explainer would choose for a mode: the routes of explanation plugin, interval calibrator and plot style.
    ///
    /// # Errors
    /// [`RouteError`] if nothing that was asked for can be used.
    pub fn routes(&self, mode: Mode) -> Result<Vec<Route>, ExplainError> {
        let plan = self.plan(mode)?;
        let first = &plan.candidates[0];
        let mut routes = vec![plan.explanation.clone(), first.interval.clone(), first.plot.clone()];
        routes.extend(plan.renderer.clone());
        Ok(routes)
    }

    /// Checks a batch, and says what its reports would warn of. Nothing is scored, fitted or recorded.
    ///
    /// # Errors
    /// [`ExplainError::Input`] if the rows, their categories or what is asked of them does not fit model and calibration set.
    pub fn review<'a>(&self, instances: impl Into<Instances<'a>>) -> Result<Vec<Warning>, ExplainError> {
        let instances = instances.into();
        let asked = self.check(&instances)?;
        Ok(Warning::about(&self.problem.set, &self.schema.classes, &asked, instances.rejection.as_ref()))
    }

    /// What this explainer would choose for predictions alone: the route of the interval calibrator.
    ///
    /// # Errors
    /// As for [`Explainer::routes`].
    pub fn predict_route(&self) -> Result<Route, ExplainError> {
        Ok(Route::clone(&*self.predicting()?))
    }

    /// The routes of a mode, decided once.
    fn plan(&self, mode: Mode) -> Result<Arc<Plan>, ExplainError> {
        self.plans.get(mode, || Ok(self.planner().plan(mode)?))
    }

    /// The bundle of a plugin that a slot takes, where it was loaded from a file.
    pub(crate) fn library(&self, slot: Slot, identifier: &str) -> Option<&Source> {
        let entry = self.catalog.registry().entry(route::slot_kind(slot)?, identifier)?;
        Some(&*entry.source).filter(|source| matches!(source.origin, SourceOrigin::Library { .. }))
    }

    fn predicting(&self) -> Result<Arc<Route>, ExplainError> {
        self.predicting.get((), || Ok(self.planner().predict()?))
    }

    fn planner(&self) -> Planner<'_> {
        Planner {
            catalog: &self.catalog,
            settings: &self.settings,
            overrides: &self.overrides,
            options: self.options(),
            task: self.schema.task,
            has_bins: self.problem.set.mondrian().is_some(),
        }
    }

    fn context(&self, mode: Mode, candidate: &Candidate) -> fitted::Context<'_> {
        let feature_questions = candidate.feature_questions;
        fitted::Context { mode: Some(mode), feature_questions, ..self.context_of_predictions() }
    }

    fn context_of_predictions(&self) -> fitted::Context<'_> {
        fitted::Context {
            catalog: &self.catalog,
            problem: &self.problem,
            options: self.options(),
            mode: None,
            feature_questions: false,
        }
    }

    fn options(&self) -> OptionSources<'_> {
        OptionSources { settings: &self.settings, overrides: &self.options, seed: self.seed }
    }

    /// Makes the snapshot of a batch, keeps it as the latest, and tells the sink.
    fn record(
        &self,
        begun: Begun,
        instances: &Instances<'_>,
        outcome: Result<Outcome<'_>, &ExplainError>,
        trace: &Trace,
    ) -> Shared {
        let snapshot = snapshot::make(self, begun, instances, outcome, trace);
        if let Some(sink) = &self.sink {
            sink.record(snapshot.clone());
        }
        let shared = Shared::new(snapshot);
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(shared.clone());
        shared
    }
}

impl std::fmt::Debug for Explainer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Explainer").field("schema", &self.schema).field("seed", &self.seed).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
