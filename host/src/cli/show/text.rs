//! One plugin or plot style as people read it: a line per fact.

use std::fmt::Display;

use ce_plugin_api::error::printable;
use ce_plugin_api::manifest::{OptionSpec, PlotStyle, PluginInfo, SUPPORTED_SCHEMA};

use crate::cli::failure::Failure;
use crate::cli::inventory::{Item, What};
use crate::cli::io::{Io, shown};
use crate::cli::table::Table;

pub(super) fn print(items: &[&Item<'_>], io: &mut Io<'_>) -> Result<(), Failure> {
    for (item_idx, item) in items.iter().enumerate() {
        let gap = if item_idx == 0 { "" } else { "\n" };
        let what = item.what;
        io.print(format_args!("{gap}{} {} ({})\n", what.identifier(), what.version(item.manifest), what.kind()))?;
        io.print(format_args!("{}", facts(item)))?;
        if let What::Plugin(info) = what
            && !info.options.is_empty()
        {
            io.print(format_args!("  options\n{}", options(info)))?;
        }
    }
    Ok(())
}

fn facts(item: &Item<'_>) -> Table {
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
