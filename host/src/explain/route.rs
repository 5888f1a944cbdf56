//! A request and a catalog become a route: who is chosen, who was passed over, and why. It never calls a plugin.

use std::fmt;

use ce_plugin_api::manifest::{Kind, Mode, PlotStyle, PluginInfo, Task};
use serde::Serialize;

use crate::bundle::Catalog;
use crate::config::{Choice, Origin, Slot, Sourced};
use crate::isolation::fault::WorkerFault;

/// An identifier that was passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skip {
    /// The identifier.
    pub identifier: String,
    /// Why, as a code that does not change.
    pub code: &'static str,
    /// Why, in words.
    pub reason: String,
    /// What would change it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// How its worker ended, where that is why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<Box<WorkerFault>>,
}

/// What routing decided for one slot. It depends on request and catalog alone, so no order of calls changes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where the identifier was asked for.
    pub slot: Slot,
    /// What was asked for first, and by whom: a caller, a hint, or the default.
    pub requested: Sourced<String>,
    /// Every identifier that may be taken, in order: what was asked for, then the fallbacks.
    pub chain: Vec<String>,
    /// Those of the chain that can be used, in order; never empty. The first is chosen, unless it fails while running.
    pub usable: Vec<String>,
    /// Those of the chain that cannot be used.
    pub skipped: Vec<Skip>,
}

/// Nothing of what was asked for can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteError {
    /// Where the identifier was asked for.
    pub slot: Slot,
    /// What was asked for first, and by whom.
    pub requested: Sourced<String>,
    /// What was tried, and why not; never empty.
    pub tried: Vec<Skip>,
    /// Identifiers that look like the one asked for.
    pub nearest: Vec<String>,
}

/// The code of what serves other modes than the one asked for.
const WRONG_MODE: &str = "route.wrong_mode";

/// What a plugin must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// The task of the model.
    pub task: Task,
    /// How it is explained; `None` where it is only predicted.
    pub mode: Option<Mode>,
    /// Whether rows carry Mondrian categories.
    pub has_bins: bool,
    /// Whether calibrators are asked per feature.
    pub(crate) feature_questions: bool,
}

/// Chooses plugins from a catalog.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Router<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) need: Need,
}

impl Router<'_> {
    /// The explanation plugin of a mode.
    pub(crate) fn explanation(&self, slot: Slot, choice: Choice, default: &str) -> Result<Route, RouteError> {
        let default = Sourced::new(default.to_owned(), Origin::Default);
        self.route(slot, choice, default, &[], |identifier| self.plugin(Kind::Explanation, identifier))
    }

    /// The interval calibrator for an explanation plugin, or for predictions alone.
    pub(crate) fn interval(
        &self,
        slot: Slot,
        choice: Choice,
        explanation: Option<&PluginInfo>,
        default: &str,
    ) -> Result<Route, RouteError> {
        let hint = explanation.and_then(|info| hint(info, info.interval_dependency.as_ref()));
        let default = hint.unwrap_or_else(|| Sourced::new(default.to_owned(), Origin::Default));
        self.route(slot, choice, default, &[], |identifier| self.plugin(Kind::Interval, identifier))
    }

    /// The plot style for an explanation plugin. Beside the configured fallbacks a style has its own, and `last` ends every
    /// chain; both count only once the first choice can be used, so that a misspelt style is an error, or where it draws other modes.
    pub(crate) fn plot_style(
        &self,
        choice: Choice,
        explanation: &PluginInfo,
        renderer: Option<&str>,
        default: &str,
        last: &[&str],
    ) -> Result<Route, RouteError> {
        let hint = hint(explanation, explanation.plot_dependency.as_ref());
        let default = hint.unwrap_or_else(|| Sourced::new(default.to_owned(), Origin::Default));
        let first = choice.requested.as_ref().unwrap_or(&default).value.clone();
        let mut tail: Vec<String> =
            self.catalog.registry().style(&first).map(|entry| entry.style.fallbacks.clone()).unwrap_or_default();
        tail.extend(
            last.iter().filter(|style| self.catalog.registry().style(style).is_some()).map(ToString::to_string),
        );
        self.route(Slot::PlotStyle, choice, default, &tail, |identifier| self.style(identifier, renderer))
    }

    /// A renderer asked for in place of the style's.
    pub(crate) fn plot_renderer(&self, choice: Choice) -> Result<Option<Route>, RouteError> {
        let Some(requested) = choice.requested.clone() else { return Ok(None) };
        self.route(Slot::PlotRenderer, choice, requested, &[], |identifier| self.plugin(Kind::PlotRenderer, identifier))
            .map(Some)
    }

    /// Lays out the chain and sorts it into what can be used and what cannot. What was asked for and cannot be used is an
    /// error unless a fallback was configured; `tail` excuses only a style that draws other modes.
    fn route(
        &self,
        slot: Slot,
        choice: Choice,
        default: Sourced<String>,
        tail: &[String],
        check: impl Fn(&str) -> Result<(), Skip>,
    ) -> Result<Route, RouteError> {
        let requested = choice.requested.unwrap_or(default);
        let configured = choice.fallbacks.map(|fallbacks| fallbacks.value).unwrap_or_default();
        let n_configured = 1 + configured.len();
        let mut chain: Vec<String> = Vec::new();
        let mut usable: Vec<String> = Vec::new();
        let mut skipped = Vec::new();
        let candidates = std::iter::once(&requested.value).chain(&configured).chain(tail);
        for (candidate_idx, identifier) in candidates.enumerate() {
            // A plot style is one setting for all modes: that it does not draw this one is no mistake.
            let is_excused = skipped.iter().all(|skip: &Skip| skip.code == WRONG_MODE);
            if candidate_idx == n_configured && usable.is_empty() && !is_excused {
                break;
            }
            if chain.contains(identifier) {
                continue;
            }
            chain.push(identifier.clone());
            match check(identifier) {
                Ok(()) => usable.push(identifier.clone()),
                Err(skip) => skipped.push(skip),
            }
        }
        if usable.is_empty() {
            let nearest = self.catalog.nearest(slot_kind(slot), &requested.value);
            return Err(RouteError { slot, requested, tried: skipped, nearest });
        }
        Ok(Route { slot, requested, chain, usable, skipped })
    }

    fn plugin(&self, kind: Kind, identifier: &str) -> Result<(), Skip> {
        let entry = self.catalog.usable(kind, identifier)?;
        let info = &entry.info;
        let unfit = |code, reason: String, remedy: Option<&str>| {
            Err(Skip {
                identifier: identifier.to_owned(),
                code,
                reason,
                remedy: remedy.map(ToOwned::to_owned),
                worker: None,
            })
        };
        let names = |list: Vec<&str>| list.join(", ");
        if matches!(kind, Kind::Interval | Kind::Explanation) && !info.tasks.contains(&self.need.task) {
            let serves = names(info.tasks.iter().map(|task| task.as_str()).collect());
            return unfit(
                "route.wrong_task",
                format!("it serves {serves}, the model's task is {}", self.need.task),
                None,
            );
        }
        if let (Kind::Explanation, Some(mode)) = (kind, self.need.mode)
            && !info.modes.contains(&mode)
        {
            let serves = names(info.modes.iter().map(|mode| mode.as_str()).collect());
            return unfit(WRONG_MODE, format!("it serves the modes {serves}, asked is {mode}"), None);
        }
        if kind == Kind::Interval && self.need.feature_questions && !info.fast_compatible {
            return unfit(
                "route.not_fast",
                "it does not answer per feature, which mode fast and the option fast_filter need".to_owned(),
                Some(&self.fast_remedy()),
            );
        }
        if kind == Kind::Interval && info.requires_bins && !self.need.has_bins {
            return unfit("route.needs_bins", "it needs Mondrian categories, and there are none".to_owned(), None);
        }
        match info.dependencies.iter().find_map(|dependency| self.catalog.missing(dependency)) {
            Some(missing) => unfit(
                "route.missing_dependency",
                format!("it depends on `{}`: {}", missing.identifier, missing.reason),
                missing.remedy.as_deref(),
            ),
            None => Ok(()),
        }
    }

    /// How to get a calibrator that answers per feature.
    fn fast_remedy(&self) -> String {
        const ASK: &str = "ask for one whose manifest says fast_compatible: --interval-plugin core.interval.fast";
        match self.catalog.missing("core.interval.fast").and_then(|skip| skip.remedy) {
            Some(remedy) => format!("{remedy}; then {ASK}"),
            None => ASK.to_owned(),
        }
    }

    fn style(&self, identifier: &str, renderer: Option<&str>) -> Result<(), Skip> {
        let style: &PlotStyle = self.catalog.usable_style(identifier)?;
        let unfit = |code, reason: String, remedy| {
            Err(Skip { identifier: identifier.to_owned(), code, reason, remedy, worker: None })
        };
        if let Some(mode) = self.need.mode
            && !style.modes.is_empty()
            && !style.modes.contains(&mode)
        {
            let draws: Vec<&str> = style.modes.iter().map(|mode| mode.as_str()).collect();
            return unfit(WRONG_MODE, format!("it draws {}, asked is {mode}", draws.join(", ")), None);
        }
        let parts =
            [(Kind::PlotBuilder, style.builder.as_str()), (Kind::PlotRenderer, renderer.unwrap_or(&style.renderer))];
        for (kind, part) in parts {
            if let Err(missing) = self.catalog.usable(kind, part) {
                let reason = format!("its {kind} `{part}` cannot be used: {}", missing.reason);
                return unfit("route.missing_dependency", reason, missing.remedy);
            }
        }
        Ok(())
    }
}

fn hint(info: &PluginInfo, identifier: Option<&String>) -> Option<Sourced<String>> {
    identifier.map(|hint| Sourced::new(hint.clone(), Origin::Hint(info.identifier.clone())))
}

/// The kind that a slot takes; none for plot styles, which are metadata.
pub(super) fn slot_kind(slot: Slot) -> Option<Kind> {
    match slot {
        Slot::ExplanationFactual | Slot::ExplanationAlternative | Slot::ExplanationFast => Some(Kind::Explanation),
        Slot::Interval | Slot::IntervalFast => Some(Kind::Interval),
        Slot::PlotStyle => None,
        Slot::PlotRenderer => Some(Kind::PlotRenderer),
    }
}

impl RouteError {
    /// A code that does not change: why the first choice cannot be used.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.tried.first().map_or("route.unknown", |skip| skip.code)
    }
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sourced { value, origin } = &self.requested;
        write!(f, "`{value}` (asked for as {} by {origin}) cannot be used", self.slot)?;
        for (tried_idx, skip) in self.tried.iter().enumerate() {
            match tried_idx {
                0 => write!(f, ": {}", skip.reason)?,
                _ => write!(f, "; nor can the fallback `{}`: {}", skip.identifier, skip.reason)?,
            }
        }
        if !self.nearest.is_empty() {
            write!(f, "; did you mean `{}`?", self.nearest.join("` or `"))?;
        }
        if let Some(remedy) = self.tried.first().and_then(|skip| skip.remedy.as_ref()) {
            write!(f, "; remedy: {remedy}")?;
        }
        Ok(())
    }
}

impl std::error::Error for RouteError {}
