//! The listing as people read it: a table, then what needs attention.

use ce_plugin_api::manifest::Mode;

use crate::bundle::Survey;
use crate::bundle::trust::{Refused, Verdict};
use crate::cli::failure::Failure;
use crate::cli::inventory::{Item, What};
use crate::cli::io::{Io, shown};
use crate::cli::table::Table;
use crate::config::{IsolationSettings, Placement};

/// Prints the listing; with `is_whole`, also what cannot be used.
pub(super) fn print(
    survey: &Survey,
    items: &[Item<'_>],
    refused: &[&Refused],
    is_whole: bool,
    io: &mut Io<'_>,
) -> Result<(), Failure> {
    io.print(format_args!("{}", table(items, survey.isolation())))?;
    let warnings = items.iter().flat_map(|item| {
        let (kind, identifier) = (item.what.kind(), item.what.identifier());
        item.warnings.iter().map(move |warning| format!("{kind} {identifier}: {warning}"))
    });
    section(io, "warnings", warnings)?;
    if !is_whole {
        return Ok(());
    }
    section(io, "odd manifests", oddities(survey))?;
    let refusals = refused.iter().map(|refused| {
        format!("{}\n    {}: {}\n    remedy: {}", named(refused), refused.code(), refused.reason, refused.remedy())
    });
    section(io, "refused", refusals)?;
    section(io, "no libraries", survey.unreadable().iter().map(|error| format!("{}: {error}", error.code())))?;
    let duplicates = survey.files().iter().filter_map(|file| match &file.verdict {
        Verdict::Duplicate(twin) => Some(format!("{} has the bytes of {}", shown(&twin.path), shown(&twin.of))),
        _ => None,
    });
    section(io, "duplicates", duplicates)?;
    section(io, "entries that match nothing", survey.idle().iter().map(ToString::to_string))
}

fn table(items: &[Item<'_>], isolation: &IsolationSettings) -> Table {
    let mut table = Table::default();
    table.row(["KIND", "IDENTIFIER", "VERSION", "STATUS", "BUNDLE", "SERVES"]);
    for item in items {
        let bundle = &item.manifest.bundle;
        table.row([
            item.what.kind().to_owned(),
            item.what.identifier().to_owned(),
            item.what.version(item.manifest).to_string(),
            item.standing.to_string(),
            format!("{} {}{}", bundle.name, bundle.version, mark(item, isolation)),
            serves(item.what),
        ]);
    }
    table
}

/// What stands behind a bundle that is not held in a process of its own, though it may run.
fn mark(item: &Item<'_>, isolation: &IsolationSettings) -> String {
    match item.placement(isolation) {
        Some(_) if !item.standing.is_loaded() => String::new(),
        Some(Ok(decision)) if decision.placement == Placement::InProcess => format!(", {}", decision.placement),
        Some(Err(error)) => format!(", {}", error.code()),
        Some(Ok(_)) | None => String::new(),
    }
}

/// What it is for, in a few words.
fn serves(what: What<'_>) -> String {
    let modes = |modes: &[Mode]| modes.iter().map(|mode| mode.as_str()).collect::<Vec<_>>().join(", ");
    match what {
        What::Style(style) if style.modes.is_empty() => "every mode".to_owned(),
        What::Style(style) => modes(&style.modes),
        What::Plugin(info) => {
            let tasks = info.tasks.iter().map(|task| task.as_str()).collect::<Vec<_>>().join(", ");
            let formats = info.formats.join(", ");
            let fast = if info.fast_compatible { "answers mode fast" } else { "" };
            let parts = [modes(&info.modes), tasks, formats, fast.to_owned()];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
        }
    }
}

fn section(io: &mut Io<'_>, title: &str, lines: impl Iterator<Item = String>) -> Result<(), Failure> {
    for (line_idx, line) in lines.enumerate() {
        if line_idx == 0 {
            io.print(format_args!("\n{title}:\n"))?;
        }
        io.print(format_args!("  {line}\n"))?;
    }
    Ok(())
}

fn named(refused: &Refused) -> String {
    let path = shown(&refused.claim.path);
    refused.claim.name().map_or_else(|| path.clone(), |name| format!("{path} (bundle `{name}`)"))
}

fn oddities(survey: &Survey) -> impl Iterator<Item = String> {
    survey.files().iter().flat_map(|file| {
        file.warnings.iter().map(|warning| format!("{}: {}: {warning}", shown(&file.claim.path), warning.code))
    })
}
