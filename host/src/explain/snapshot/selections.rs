//! What routing decided, slot by slot, and what failed while running after that.

use ce_plugin_api::manifest::Mode;

use super::{Chosen, Explainer, Plan, Trace, held};
use crate::explain::{Route, RouteError, Skip};
use crate::telemetry::snapshot::{Selection, Skipped};

/// What routing decided, and what failed while running after that.
pub(super) fn selections(
    explainer: &Explainer,
    mode: Option<Mode>,
    plan: Option<&Plan>,
    chosen: Option<&Chosen>,
    trace: &Trace,
) -> Vec<Selection> {
    let mut selections = Vec::new();
    if let (Some(plan), Some(_)) = (plan, mode) {
        let candidate = chosen.and_then(|chosen| {
            plan.candidates.iter().find(|candidate| candidate.entry.info.identifier == chosen.explanation)
        });
        let candidate = candidate.unwrap_or(&plan.candidates[0]);
        selections.push(selection(&plan.explanation, chosen.map(|chosen| chosen.explanation.clone()), trace));
        selections.push(selection(&candidate.interval, chosen.map(|chosen| chosen.interval.to_string()), trace));
        selections.push(selection(&candidate.plot, None, trace));
        selections.extend(plan.renderer.as_ref().map(|route| selection(route, None, trace)));
    } else if let Ok(route) = explainer.predicting() {
        selections.push(selection(&route, chosen.map(|chosen| chosen.interval.to_string()), trace));
    }
    selections
}

/// A slot in which nothing could be used.
pub(super) fn unusable(error: &RouteError) -> Selection {
    Selection {
        slot: error.slot.to_string(),
        requested: error.requested.value.clone(),
        requested_by: error.requested.origin.token().into_owned(),
        chosen: None,
        skipped: error.tried.iter().map(skipped).collect(),
        fallback_used: false,
    }
}

pub(super) fn skipped(skip: &Skip) -> Skipped {
    let (identifier, code, reason) = (skip.identifier.clone(), skip.code.to_owned(), skip.reason.clone());
    Skipped { identifier, code, reason, worker: skip.worker.as_deref().map(held::end) }
}

/// Notes what was passed over: once, however many candidates or instances it was tried for.
pub(super) fn note(skipped: &mut Vec<Skipped>, skip: Skipped) {
    if !skipped.iter().any(|known| known.identifier == skip.identifier && known.code == skip.code) {
        skipped.push(skip);
    }
}

fn selection(route: &Route, chosen: Option<String>, trace: &Trace) -> Selection {
    let mut skipped: Vec<Skipped> = route.skipped.iter().map(skipped).collect();
    for failed in trace.failed.iter().filter(|failed| failed.slot == route.slot) {
        let (identifier, code) = (failed.fault.identifier.clone(), failed.fault.code().to_owned());
        let worker = failed.fault.cause.worker().map(held::end);
        note(&mut skipped, Skipped { identifier, code, reason: failed.fault.to_string(), worker });
    }
    Selection {
        slot: route.slot.to_string(),
        requested: route.requested.value.clone(),
        requested_by: route.requested.origin.token().into_owned(),
        fallback_used: chosen.as_ref().is_some_and(|chosen| *chosen != route.requested.value),
        chosen,
        skipped,
    }
}
