//! The provenance of a report: what telemetry hands out. It reads what happened and never changes it.

mod held;
mod inputs;
mod retold;
mod selections;

use std::time::{Instant, SystemTime};

use ce_plugin_api::data::Operator;
use ce_plugin_api::manifest::{Kind, Mode};
use sha2::{Digest as _, Sha256};

use self::inputs::{inputs, options, preprocessor};
use self::selections::{note, selections, skipped, unusable};
use super::about::About;
use super::plan::Plan;
use super::quantity::Quantity;
use super::report::{Chosen, RuleCondition, Uncertain};
use super::{
    ExplainError, Explainer, Explanation, Explanations, Instances, Model, Predictions, Rejections, Rule, Threshold,
    Trace, Warning,
};
use crate::bundle::registry::Entry;
use crate::bundle::{Catalog, Digest};
use crate::config::{Slot, TelemetryLevel};
use crate::plot::{PlotError, Plotted};
use crate::telemetry::Number;
use crate::telemetry::snapshot::{
    Durations, Event, Failure, Instance, Level, ModelCalls, Plugin, Representation, Rule as RuleEntry, SCHEMA_VERSION,
    SideFile, Snapshot, Status, Triple, Uncertainty, Warned,
};

/// Categories of one feature that a snapshot shows; more are only hashed.
const CATEGORIES_MAX: usize = 50;

/// When a batch began, and what for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    at: SystemTime,
    clock: Instant,
    mode: Option<Mode>,
}

impl Begun {
    pub(super) fn now(mode: Option<Mode>) -> Self {
        Self { at: SystemTime::now(), clock: Instant::now(), mode }
    }
}

/// What came out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome<'a> {
    Explained(&'a Explanations),
    Predicted(&'a Predictions, &'a Chosen),
}

impl<'a> Outcome<'a> {
    fn chosen(self) -> &'a Chosen {
        match self {
            Self::Explained(explanations) => &explanations.chosen,
            Self::Predicted(_, chosen) => chosen,
        }
    }

    fn about(self) -> &'a About {
        match self {
            Self::Explained(explanations) => &explanations.about,
            Self::Predicted(predictions, _) => &predictions.about,
        }
    }

    /// The first instance's prediction.
    fn first(self) -> Option<Uncertain> {
        match self {
            Self::Explained(explanations) => Some(explanations.get(0)?.prediction()),
            Self::Predicted(predictions, _) => predictions.get(0),
        }
    }

    /// The digest of the file that this becomes, without writing it.
    fn digest(self) -> Digest {
        struct Hasher(Sha256);
        impl std::io::Write for Hasher {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0.update(bytes);
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let mut hasher = std::io::BufWriter::with_capacity(1 << 16, Hasher(Sha256::new()));
        let written = match self {
            Self::Explained(explanations) => explanations.write_json(&mut hasher),
            Self::Predicted(predictions, _) => predictions.write_json(&mut hasher),
        };
        let hasher = written.and_then(|()| hasher.into_inner().map_err(std::io::IntoInnerError::into_error));
        Digest::from(hasher.map_or_else(|_| Sha256::new(), |hasher| hasher.0))
    }
}

/// Makes the snapshot of one batch.
pub(super) fn make(
    explainer: &Explainer,
    begun: Begun,
    instances: &Instances<'_>,
    outcome: Result<Outcome<'_>, &ExplainError>,
    trace: &Trace,
) -> Snapshot {
    let run_ms = millis(begun.clock.elapsed());
    let plan = begun.mode.map(|mode| explainer.plan(mode));
    let misrouted = plan.as_ref().and_then(|plan| plan.as_ref().err());
    let plan = plan.as_ref().and_then(|plan| plan.as_deref().ok());
    let ok = outcome.ok();
    let chosen = ok.map(Outcome::chosen);
    let candidate = chosen.and_then(|chosen| {
        let all = plan.map(|plan| plan.candidates.iter()).into_iter().flatten();
        all.into_iter().find(|candidate| candidate.entry.info.identifier == chosen.explanation)
    });
    // Where nothing came out: what would have been tried first.
    let routed = candidate.or_else(|| plan.map(|plan| &plan.candidates[0]));
    let first = match ok {
        Some(Outcome::Explained(explanations)) => explanations.get(0),
        _ => None,
    };
    let entries = entries(explainer, chosen, trace);
    let interval = chosen.map(|chosen| chosen.interval.to_string());
    let about = ok.map(Outcome::about);
    let is_probability = about.is_some_and(|about| about.quantity.is_probability());
    let (calls, rows) = trace.tally.counts();
    Snapshot {
        schema_version: SCHEMA_VERSION.to_owned(),
        run_id: about.map(|about| about.run_id.clone()),
        batch_id: instances.batch_id.clone().unwrap_or_else(|| uuid::Uuid::now_v7().to_string()),
        started_at: humantime::format_rfc3339_millis(begun.at).to_string(),
        level: if explainer.level == TelemetryLevel::Full { Level::Full } else { Level::Summary },
        status: if ok.is_some() { Status::Ok } else { Status::Failed },
        error: outcome.err().map(|error| Failure { code: error.code().to_owned(), message: error.discreet() }),
        host_version: env!("CARGO_PKG_VERSION").to_owned(),
        api_version: ce_plugin_api::VERSION.to_owned(),
        mode: begun.mode.map(|mode| mode.to_string()),
        task: explainer.schema.task.to_string(),
        proba_source: interval.clone().filter(|_| is_probability),
        interval_source: interval,
        explanation_source: chosen.map(|chosen| chosen.explanation.clone()).filter(|source| !source.is_empty()),
        plot_source: None,
        plot_fallbacks: routed.map_or_else(Vec::new, |candidate| candidate.plot.chain.clone()),
        interval_dependencies: routed
            .map_or_else(Vec::new, |candidate| interval_dependencies(explainer, &candidate.entry)),
        uncertainty: ok.and_then(uncertainty),
        rules: first.map_or_else(Vec::new, rules),
        explained_class: ok.and_then(|_| instances.asked_class().map(str::to_owned)),
        ignored_features: instances.all_ignored(),
        refinements: match ok {
            Some(Outcome::Explained(explanations)) => explanations.refinements().iter().map(Into::into).collect(),
            _ => Vec::new(),
        },
        reject: about.and_then(|about| about.rejections.as_ref().map(Rejections::file)),
        warnings: about.map_or_else(Vec::new, |about| about.warnings.iter().map(warned).collect()),
        preprocessor: preprocessor(explainer),
        selection: match misrouted {
            Some(ExplainError::Route(error)) => vec![unusable(error)],
            _ => selections(explainer, begun.mode, plan, chosen, trace),
        },
        plugins: model_plugins(explainer).chain(entries.iter().map(|entry| plugin(entry))).collect(),
        inputs: inputs(explainer, instances),
        options: entries.iter().flat_map(|entry| options(explainer, &entry.info)).collect(),
        seed: explainer.seed,
        model_calls: ModelCalls { calls, rows },
        output_sha256: ok.map(|outcome| hex(outcome.digest())),
        durations: Durations {
            calibrate_ms: chosen.map_or(0.0, |chosen| millis(chosen.calibrate)),
            prepare_ms: chosen.map_or(0.0, |chosen| millis(chosen.prepare)),
            run_ms,
        },
        instances: if explainer.level == TelemetryLevel::Full { every_instance(ok) } else { Vec::new() },
    }
}

/// Adds to a snapshot what was drawn and with what, or what failed to draw.
pub(super) fn plotted(snapshot: &mut Snapshot, catalog: &Catalog, outcome: &Result<Plotted, PlotError>) {
    let tried = match outcome {
        Ok(plotted) => &plotted.skipped,
        Err(PlotError::Exhausted { skipped }) => skipped,
        Err(_) => return,
    };
    if let Ok(plotted) = outcome {
        snapshot.plot_source = Some(plotted.style.clone());
        for (kind, identifier) in [(Kind::PlotBuilder, &plotted.builder), (Kind::PlotRenderer, &plotted.renderer)] {
            let drew = catalog.registry().entry(kind, identifier).map(|entry| plugin(entry));
            if let Some(entry) = drew.filter(|entry| !snapshot.plugins.contains(entry)) {
                snapshot.plugins.push(entry);
            }
        }
    }
    let drew = outcome.as_ref().ok();
    for (slot, chosen) in [
        (Slot::PlotStyle, drew.map(|plotted| &plotted.style)),
        (Slot::PlotRenderer, drew.map(|plotted| &plotted.renderer)),
    ] {
        let slot = slot.to_string();
        let Some(selection) = snapshot.selection.iter_mut().find(|selection| selection.slot == slot) else { continue };
        selection.chosen = chosen.cloned();
        selection.fallback_used = chosen.is_some_and(|chosen| *chosen != selection.requested);
        if slot == Slot::PlotStyle.to_string() {
            tried.iter().for_each(|skip| note(&mut selection.skipped, skipped(skip)));
        }
    }
}

/// The plugins that took part, beside the learner.
fn entries<'a>(explainer: &'a Explainer, chosen: Option<&Chosen>, trace: &Trace) -> Vec<&'a Entry> {
    let registry = explainer.catalog.registry();
    let parts = chosen
        .into_iter()
        .flat_map(|chosen| [(Kind::Interval, &*chosen.interval), (Kind::Explanation, &*chosen.explanation)]);
    // Those that were passed over ran too.
    let failed = trace.failed.iter().map(|failed| (failed.fault.kind, failed.fault.identifier.as_str()));
    let mut entries: Vec<&Entry> = Vec::new();
    for (kind, identifier) in parts.chain(failed) {
        let Some(entry) = registry.entry(kind, identifier) else { continue };
        if !entries.iter().any(|known| std::ptr::eq(*known, entry.as_ref())) {
            entries.push(entry);
        }
    }
    entries
}

fn plugin(entry: &Entry) -> Plugin {
    let (trust, basis) = entry.source.trust();
    Plugin {
        kind: entry.info.kind.to_string(),
        identifier: entry.info.identifier.clone(),
        version: Some(entry.info.version.to_string()),
        bundle: entry.source.name.clone(),
        sha256: entry.source.digest().map(hex),
        trust: trust.to_owned(),
        basis: basis.to_owned(),
        side_files: entry.source.side_files.iter().map(side_file).collect(),
        isolation: Some(held::isolation(entry)),
    }
}

fn side_file((name, digest): &(String, Digest)) -> SideFile {
    SideFile { name: name.clone(), sha256: hex(*digest) }
}

/// Who opened the model, and the one that says how hard rows are.
fn model_plugins(explainer: &Explainer) -> impl Iterator<Item = Plugin> + use<> {
    let model = model_plugin(explainer, &explainer.problem.model);
    let difficulty =
        explainer.problem.difficulty.as_ref().map(|difficulty| model_plugin(explainer, difficulty.model()));
    let differs = difficulty.filter(|difficulty| *difficulty != model);
    std::iter::once(model).chain(differs)
}

/// The learner: a plugin's, or the calling program's own.
fn model_plugin(explainer: &Explainer, model: &Model) -> Plugin {
    let entry = explainer.catalog.registry().entry(Kind::Learner, model.identifier());
    entry.map_or_else(
        || Plugin {
            kind: Kind::Learner.to_string(),
            identifier: model.identifier().to_owned(),
            version: None,
            bundle: super::model::CALLER.to_owned(),
            sha256: None,
            trust: "caller".to_owned(),
            basis: "call".to_owned(),
            side_files: Vec::new(),
            isolation: None,
        },
        |entry| plugin(entry),
    )
}

fn interval_dependencies(explainer: &Explainer, entry: &Entry) -> Vec<String> {
    let registry = explainer.catalog.registry();
    let is_interval = |identifier: &&String| registry.entry(Kind::Interval, identifier).is_some();
    let mut dependencies: Vec<String> = entry.info.interval_dependency.iter().cloned().collect();
    for dependency in entry.info.dependencies.iter().filter(is_interval) {
        if !dependencies.contains(dependency) {
            dependencies.push(dependency.clone());
        }
    }
    dependencies
}

/// The block of the Python package: what the first prediction's interval rests on.
fn uncertainty(outcome: Outcome<'_>) -> Option<Uncertainty> {
    let first = outcome.first()?;
    let quantity = &outcome.about().quantity;
    Some(Uncertainty {
        representation: match quantity {
            Quantity::Class => Representation::VennAbers,
            Quantity::Value(_) => Representation::Percentile,
            Quantity::Event(_) | Quantity::EventOfEach(_) => Representation::Threshold,
        },
        calibrated_value: Number(first.value),
        lower_bound: Number(first.low),
        upper_bound: Number(first.high),
        legacy_interval: [Number(first.low), Number(first.high)],
        threshold: quantity.threshold_of(0).map(Event::from),
        raw_percentiles: quantity.percentiles().map(|percentiles| percentiles.fractions().map(Number)),
        confidence_level: quantity.percentiles().map(|percentiles| Number(percentiles.confidence_level())),
    })
}

fn warned(warning: &Warning) -> Warned {
    Warned { code: warning.code().to_owned(), message: warning.to_string() }
}

impl From<Threshold> for Event {
    fn from(threshold: Threshold) -> Self {
        match threshold.low().is_finite() {
            true => Self::Between([threshold.low(), threshold.high()]),
            false => Self::AtMost(threshold.high()),
        }
    }
}

fn rules(explanation: Explanation<'_>) -> Vec<RuleEntry> {
    explanation.rules().map(rule).collect()
}

fn rule(rule: Rule<'_>) -> RuleEntry {
    RuleEntry {
        rule: discreet(rule),
        features: rule.conditions().map(|condition| condition.feature() as u32).collect(),
        weight_uncertainty: triple(rule.weight()),
        prediction_uncertainty: triple(rule.prediction()),
    }
}

/// The text of a rule, in which a category of a feature with very many of them, such as a name, is hashed.
fn discreet(rule: Rule<'_>) -> String {
    let text = |condition: RuleCondition<'_>| {
        let is_one_of_many = condition.operator() == Operator::Equal && condition.n_categories() > CATEGORIES_MAX;
        if !is_one_of_many {
            return condition.text();
        }
        let digest = Digest::of(condition.label_text().as_bytes());
        format!("{} = {digest}", condition.feature_name())
    };
    rule.conditions().map(text).collect::<Vec<_>>().join(" & ")
}

fn triple(of: Uncertain) -> Triple {
    Triple { value: Number(of.value), low: Number(of.low), high: Number(of.high) }
}

fn every_instance(outcome: Option<Outcome<'_>>) -> Vec<Instance> {
    match outcome {
        Some(Outcome::Explained(explanations)) => explanations
            .iter()
            .map(|explanation| Instance {
                index: explanation.number(),
                prediction: triple(explanation.prediction()),
                class: explanation.class().map(ToOwned::to_owned),
                rules: rules(explanation),
            })
            .collect(),
        Some(Outcome::Predicted(predictions, _)) => (0..predictions.len())
            .filter_map(|index| {
                let class = predictions.explained_class(index).map(ToOwned::to_owned);
                let prediction = triple(predictions.get(index)?);
                Some(Instance { index: predictions.number(index)?, prediction, class, rules: Vec::new() })
            })
            .collect(),
        None => Vec::new(),
    }
}

/// A digest as telemetry writes it: the key says that it is SHA-256.
fn hex(digest: Digest) -> String {
    let text = digest.to_string();
    text.strip_prefix("sha256:").map_or_else(|| text.clone(), ToOwned::to_owned)
}

fn millis(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
