//! The routes of one mode, all of them decided before anything runs. It never calls a plugin.

use std::collections::BTreeMap;
use std::sync::Arc;

use ce_plugin_api::manifest::{Kind, Mode, Task};

use super::options::OptionSources;
use super::route::{Need, Route, RouteError, Router, Skip};
use crate::bundle::Catalog;
use crate::bundle::registry::Entry;
use crate::config::{Choice, Origin, Settings, Slot, Sourced};

/// The interval calibrator where nobody asks for another.
pub const DEFAULT_INTERVAL: &str = "core.interval.legacy";
/// The plot style where nobody asks for another, and the last but one of every chain.
pub const DEFAULT_STYLE: &str = "plot_spec.default";
/// The last plot style of every chain, where it is installed.
const LAST_STYLE: &str = "legacy";

/// What one explainer asks for beyond the host's settings, by slot.
pub(crate) type Overrides = BTreeMap<Slot, String>;

/// The routes of one mode.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The explanation plugin's route; its usable identifiers are those of `candidates`.
    pub(crate) explanation: Route,
    /// The usable explanation plugins, in order; never empty.
    pub(crate) candidates: Vec<Candidate>,
    /// The renderer asked for in place of the style's.
    pub(crate) renderer: Option<Route>,
}

/// An explanation plugin and what it is used with.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) entry: Arc<Entry>,
    pub(crate) interval: Route,
    pub(crate) plot: Route,
    /// Whether it asks calibrators per feature.
    pub(crate) feature_questions: bool,
}

/// What there is to choose from, and what was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planner<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) settings: &'a Settings,
    pub(crate) overrides: &'a Overrides,
    pub(crate) options: OptionSources<'a>,
    pub(crate) task: Task,
    /// Whether calibration is Mondrian.
    pub(crate) has_bins: bool,
}

impl Planner<'_> {
    /// The routes of a mode.
    pub(crate) fn plan(&self, mode: Mode) -> Result<Plan, RouteError> {
        let router = self.router(Some(mode));
        let slot = Slot::explanation(mode).unwrap_or(Slot::ExplanationFactual);
        let mut explanation = router.explanation(slot, self.choice(slot), &format!("core.explanation.{mode}"))?;
        let renderer = router.plot_renderer(self.choice(Slot::PlotRenderer))?;
        let renderer_name = renderer.as_ref().map(|route| route.usable[0].as_str());
        let mut candidates = Vec::new();
        let mut first_error = None;
        for identifier in std::mem::take(&mut explanation.usable) {
            let Ok(entry) = self.catalog.usable(Kind::Explanation, &identifier) else { continue };
            match self.candidate(&router, mode, entry, renderer_name) {
                Ok(candidate) => {
                    candidates.push(candidate);
                    explanation.usable.push(identifier);
                }
                Err(error) => {
                    let (code, reason) = (error.code(), error.to_string());
                    explanation.skipped.push(Skip { identifier, code, reason, remedy: None, worker: None });
                    first_error.get_or_insert(error);
                }
            }
        }
        match first_error {
            Some(error) if candidates.is_empty() => Err(error),
            _ => Ok(Plan { explanation, candidates, renderer }),
        }
    }

    /// The route of the calibrator that predictions are made with.
    pub(crate) fn predict(&self) -> Result<Route, RouteError> {
        let slot = Slot::Interval;
        self.router(None).interval(slot, self.choice(slot), None, DEFAULT_INTERVAL)
    }

    fn candidate(
        &self,
        router: &Router<'_>,
        mode: Mode,
        entry: &Arc<Entry>,
        renderer: Option<&str>,
    ) -> Result<Candidate, RouteError> {
        let slot = Slot::interval(mode);
        let feature_questions = mode == Mode::Fast || self.options.asks_per_feature(&entry.info);
        let need = Need { feature_questions, ..router.need };
        let interval = Router { need, ..*router };
        let interval = interval.interval(slot, self.choice(slot), Some(&entry.info), DEFAULT_INTERVAL)?;
        let last = [DEFAULT_STYLE, LAST_STYLE];
        let plot = router.plot_style(self.choice(Slot::PlotStyle), &entry.info, renderer, DEFAULT_STYLE, &last)?;
        Ok(Candidate { entry: Arc::clone(entry), interval, plot, feature_questions })
    }

    fn router(&self, mode: Option<Mode>) -> Router<'_> {
        Router {
            catalog: self.catalog,
            need: Need { task: self.task, mode, has_bins: self.has_bins, feature_questions: false },
        }
    }

    fn choice(&self, slot: Slot) -> Choice {
        let choice = self.settings.choice(slot);
        match self.overrides.get(&slot) {
            Some(asked) => Choice { requested: Some(Sourced::new(asked.clone(), Origin::Call)), ..choice },
            None => choice,
        }
    }
}
