//! One plugin or plot style as people read it: a line per fact.

use std::fmt::Display;
use std::path::Path;

use ce_plugin_api::error::printable;
use ce_plugin_api::manifest::{OptionSpec, Permission, PlotStyle, PluginInfo, SUPPORTED_SCHEMA};

use crate::bundle::SurveyedSide;
use crate::cli::failure::Failure;
use crate::cli::inventory::{Item, What};
use crate::cli::io::{Io, shown};
use crate::cli::table::Table;
use crate::config::{IsolationSettings, Placement};

/// Prints the items; `config` is where the user grants.
pub(super) fn print(
    items: &[&Item<'_>],
    isolation: &IsolationSettings,
    config: Option<&Path>,
    io: &mut Io<'_>,
) -> Result<(), Failure> {
    for (item_idx, item) in items.iter().enumerate() {
        let gap = if item_idx == 0 { "" } else { "\n" };
        let what = item.what;
        io.print(format_args!("{gap}{} {} ({})\n", what.identifier(), what.version(item.manifest), what.kind()))?;
        io.print(format_args!("{}", facts(item, isolation, config)))?;
        if let What::Plugin(info) = what
            && !info.options.is_empty()
        {
            io.print(format_args!("  options\n{}", options(info)))?;
        }
    }
    Ok(())
}

fn facts(item: &Item<'_>, isolation: &IsolationSettings, config: Option<&Path>) -> Table {
    let mut facts = Facts(Table::indented(2));
    let manifest = item.manifest;
    let basis = item.standing.basis().map(|basis| format!(", basis: {basis}")).unwrap_or_default();
    facts.add("status", format_args!("{}{basis}", item.standing));
    if let Some(objection) = item.standing.objection(item.what.identifier()) {
        facts.add("reason", objection.reason);
        facts.add("remedy", objection.remedy);
    }
    item.warnings.iter().for_each(|warning| facts.add("warning", warning));
    match item.file {
        None => facts.add("origin", "built in: compiled into this host"),
        Some(file) => {
            facts.add("origin", shown(&file.claim.path));
            facts.add("digest", file.claim.digest);
            facts.add("platform", &file.claim.platform);
            file.side_files.iter().for_each(|side| facts.add("library", beside(side)));
            held(item, isolation, config, &mut facts);
        }
    }
    let bundle = &manifest.bundle;
    let (provider, license) = (foreign(&bundle.provider), foreign(&bundle.license));
    facts.add("bundle", format_args!("{} {}, by {provider}, {license}", bundle.name, bundle.version));
    facts.add("manifest", format_args!("schema {} (this host reads {SUPPORTED_SCHEMA})", manifest.schema_version));
    facts.add("plugin API", format_args!("{} (this host speaks {})", manifest.plugin_api, ce_plugin_api::VERSION));
    match item.what {
        What::Plugin(info) => plugin(info, &mut facts),
        What::Style(style) => plot_style(style, &mut facts),
    }
    for oddity in item.file.into_iter().flat_map(|file| &file.warnings) {
        facts.add("odd", format_args!("{}: {oddity}", oddity.code));
    }
    facts.0
}

/// One of its bundle's own libraries, and whether it is pinned.
fn beside(side: &SurveyedSide) -> String {
    let name = &side.claim.name;
    match (&side.claim.found, side.pinned) {
        (Err(fault), _) => format!("{name} {fault}: {}", fault.remedy()),
        (Ok(digest), Some(pinned)) if *digest == pinned => format!("{name} ({digest}), pinned"),
        (Ok(digest), Some(pinned)) => format!("{name} ({digest}), not the pinned one ({pinned})"),
        (Ok(digest), None) => format!("{name} ({digest}), not pinned"),
    }
}

/// Where its bundle runs, and what it may do there.
fn held(item: &Item<'_>, isolation: &IsolationSettings, config: Option<&Path>, facts: &mut Facts) {
    let placement = match item.placement(isolation) {
        Some(Ok(decision)) => {
            facts.add("isolation", &decision);
            Some(decision.placement)
        }
        Some(Err(error)) => {
            facts.add("isolation", format_args!("{}: {error}", error.code()));
            None
        }
        None => return,
    };
    if let Some(worker) = &isolation.worker {
        facts.add("worker", format_args!("{} (from {})", shown(&worker.value), worker.origin));
    }
    let bundle = &item.manifest.bundle.name;
    let permissions = isolation.permissions_of(bundle, &item.manifest.permissions);
    facts.add("asks for", names(&permissions.asked));
    let by = permissions.granted.as_ref().map_or_else(String::new, |granted| format!(" (by {})", granted.origin));
    if placement == Some(Placement::InProcess) {
        facts.add("granted", "all that the host may, since it runs in the host's process");
        return;
    }
    if let (Some(Placement::Process), Some(config)) = (placement, config) {
        let line = format!("\"{bundle}\" = \"{}\" under [isolation] in {}", Placement::InProcess, shown(config));
        facts.add("in-process", format_args!("only with {line}: it is then as strong as the host"));
    }
    facts.add("granted", format_args!("{}{by}", names(permissions.grants())));
    let (asked, granted) = (&permissions.asked, permissions.grants());
    let missing: Vec<Permission> = asked.iter().copied().filter(|asked| !granted.contains(asked)).collect();
    if let (false, Some(config)) = (missing.is_empty(), config) {
        let words: Vec<String> = granted.iter().chain(&missing).map(|permission| format!("\"{permission}\"")).collect();
        let entry = format!("\"{bundle}\" = [{}]", words.join(", "));
        facts.add("to grant", format_args!("{entry} under [isolation.permissions] in {}", shown(config)));
    }
    let idle: Vec<Permission> = granted.iter().copied().filter(|granted| !asked.contains(granted)).collect();
    if !idle.is_empty() {
        facts.add("note", format_args!("granted without being asked for, and not given: {}", names(&idle)));
    }
}

fn names(permissions: &[Permission]) -> String {
    let names: Vec<&str> = permissions.iter().map(|permission| permission.as_str()).collect();
    if names.is_empty() { "nothing beyond computing".to_owned() } else { names.join(", ") }
}

fn plugin(info: &PluginInfo, facts: &mut Facts) {
    facts.list("tasks", info.tasks.iter().map(|task| task.as_str()));
    facts.list("modes", info.modes.iter().map(|mode| mode.as_str()));
    facts.list("formats", info.formats.iter().map(String::as_str));
    facts.list("capabilities", info.capabilities.iter().map(String::as_str));
    facts.list("depends on", info.dependencies.iter().map(String::as_str));
    facts.list("calibrator", info.interval_dependency.as_deref());
    facts.list("plot style", info.plot_dependency.as_deref());
    if info.fast_compatible {
        facts.add("mode fast", "answers per feature, as mode fast needs");
    }
    if info.requires_bins {
        facts.add("bins", "needs Mondrian categories");
    }
    facts.list("confidence", info.confidence_source.as_deref());
}

fn plot_style(style: &PlotStyle, facts: &mut Facts) {
    facts.add("builder", &style.builder);
    facts.add("renderer", &style.renderer);
    facts.list("modes", style.modes.iter().map(|mode| mode.as_str()));
    facts.list("fallbacks", style.fallbacks.iter().map(String::as_str));
}

fn options(info: &PluginInfo) -> Table {
    let mut table = Table::indented(4);
    for (name, spec) in &info.options {
        let description = spec.description.as_deref().map(foreign).unwrap_or_default();
        let default = foreign(&spec.default.to_string());
        table.row([name.clone(), spec.value_type.to_string(), format!("default {default}"), range(spec), description]);
    }
    table
}

/// The values that are allowed.
fn range(spec: &OptionSpec) -> String {
    if !spec.choices.is_empty() {
        return foreign(&spec.choices.join(" | "));
    }
    match (spec.minimum, spec.maximum) {
        (Some(minimum), Some(maximum)) => format!("{minimum} to {maximum}"),
        (Some(minimum), None) => format!("at least {minimum}"),
        (None, Some(maximum)) => format!("at most {maximum}"),
        (None, None) => "any".to_owned(),
    }
}

/// Text that a stranger wrote, as it may be shown on a terminal.
fn foreign(text: &str) -> String {
    printable(text.as_bytes(), 2000)
}

/// Names and values, a line each.
struct Facts(Table);

impl Facts {
    fn add(&mut self, name: &str, value: impl Display) {
        self.0.row([name.to_owned(), foreign(&value.to_string())]);
    }

    /// Nothing is said where there is nothing to say.
    fn list<'a>(&mut self, name: &str, values: impl IntoIterator<Item = &'a str>) {
        let values: Vec<&str> = values.into_iter().collect();
        if !values.is_empty() {
            self.add(name, values.join(", "));
        }
    }
}
