//! The document of `ce list --json`.

use std::path::PathBuf;

use ce_plugin_api::manifest::{Mode, Task};
use serde::Serialize;

use crate::bundle::inspect::InspectError;
use crate::bundle::trust::{Refused, Verdict};
use crate::bundle::{Survey, Surveyed};
use crate::cli::DOCUMENT_VERSION;
use crate::cli::inventory::{Item, What};
use crate::config::{IsolationSettings, Placement, Sourced};

/// The document of `ce list --json`.
#[derive(Serialize)]
pub(super) struct Listing<'a> {
    /// The version of this document.
    schema_version: &'static str,
    /// The version of the host.
    host_version: &'static str,
    /// The version of the plugin boundary that the host speaks.
    plugin_api: &'static str,
    /// The directories that were looked into, in order.
    directories: Vec<Directory>,
    /// Plugins and plot styles, by kind and identifier.
    items: Vec<Listed<'a>>,
    /// Files that must not be mapped; empty with `--trusted-only`.
    refused: Vec<ListedRefusal<'a>>,
    /// Files with the bytes of an earlier one, which stands for them.
    duplicates: Vec<ListedDuplicate>,
    /// Files that cannot be read or are no libraries; empty with `--trusted-only`.
    unreadable: Vec<ListedFault>,
}

/// A plugins directory.
#[derive(Serialize)]
struct Directory {
    path: String,
    /// Who named it: `call`, `env:…`, `config:…` or `default`.
    named_by: String,
}

/// A plugin or a plot style.
#[derive(Serialize)]
struct Listed<'a> {
    /// `learner`, `interval`, `explanation`, `plot-builder`, `plot-renderer` or `plot-style`.
    kind: &'static str,
    identifier: &'a str,
    /// The plugin's version; a style's is its bundle's.
    version: String,
    /// The bundle's name.
    bundle: &'a str,
    bundle_version: String,
    /// `built-in`, `trusted`, `unlisted` (loaded, never chosen), `denied` or `refused`.
    status: &'static str,
    /// What the trust rests on: `compiled_in`, `lock`, `environment` or `call`; null without trust.
    basis: Option<&'static str>,
    /// Why it cannot be used, as a code that does not change; null if it can.
    reason: Option<&'static str>,
    tasks: &'a [Task],
    modes: &'a [Mode],
    /// What it depends on and cannot have.
    warnings: &'a [String],
    /// Where its bundle runs, or would if it were trusted: `process` or `in-process`; null for what is compiled in, and where
    /// nobody knows (`ce show` says why).
    isolation: Option<Placement>,
}

/// A file that must not be mapped.
#[derive(Serialize)]
struct ListedRefusal<'a> {
    path: String,
    /// `sha256:…` of its bytes.
    digest: String,
    /// The bundle's name; null without a good manifest.
    bundle: Option<&'a str>,
    identifiers: Vec<&'a str>,
    /// Why, as a code that does not change.
    code: &'static str,
    /// Why, in words.
    reason: String,
    /// What would change it.
    remedy: String,
}

/// A file with the bytes of an earlier one.
#[derive(Serialize)]
struct ListedDuplicate {
    path: String,
    of: String,
}

/// A file that cannot be read or is no library.
#[derive(Serialize)]
struct ListedFault {
    path: String,
    code: &'static str,
    message: String,
}

/// The document; with `is_whole`, also what cannot be used.
pub(super) fn of<'a>(survey: &Survey, items: &'a [Item<'a>], refused: &[&'a Refused], is_whole: bool) -> Listing<'a> {
    let unreadable = if is_whole { survey.unreadable() } else { &[] };
    Listing {
        schema_version: DOCUMENT_VERSION,
        host_version: env!("CARGO_PKG_VERSION"),
        plugin_api: ce_plugin_api::VERSION,
        directories: survey.dirs().iter().map(directory).collect(),
        items: items.iter().map(|item| listed(item, survey.isolation())).collect(),
        refused: refused.iter().map(|refused| refusal(refused)).collect(),
        duplicates: survey.files().iter().filter_map(duplicate).collect(),
        unreadable: unreadable.iter().map(fault).collect(),
    }
}

fn directory(dir: &Sourced<PathBuf>) -> Directory {
    Directory { path: dir.value.display().to_string(), named_by: dir.origin.token().into_owned() }
}

fn listed<'a>(item: &'a Item<'a>, isolation: &IsolationSettings) -> Listed<'a> {
    let (tasks, modes): (&[Task], &[Mode]) = match item.what {
        What::Plugin(info) => (&info.tasks, &info.modes),
        What::Style(style) => (&[], &style.modes),
    };
    Listed {
        kind: item.what.kind(),
        identifier: item.what.identifier(),
        version: item.what.version(item.manifest).to_string(),
        bundle: &item.manifest.bundle.name,
        bundle_version: item.manifest.bundle.version.to_string(),
        status: item.standing.as_str(),
        basis: item.standing.basis(),
        reason: item.standing.objection(item.what.identifier()).map(|objection| objection.code),
        tasks,
        modes,
        warnings: &item.warnings,
        isolation: item.placement(isolation).and_then(Result::ok).map(|decision| decision.placement),
    }
}

fn refusal(refused: &Refused) -> ListedRefusal<'_> {
    ListedRefusal {
        path: refused.claim.path.display().to_string(),
        digest: refused.claim.digest.to_string(),
        bundle: refused.claim.name(),
        identifiers: refused.claim.identifiers().collect(),
        code: refused.code(),
        reason: refused.reason.to_string(),
        remedy: refused.remedy(),
    }
}

fn duplicate(file: &Surveyed) -> Option<ListedDuplicate> {
    match &file.verdict {
        Verdict::Duplicate(twin) => {
            Some(ListedDuplicate { path: twin.path.display().to_string(), of: twin.of.display().to_string() })
        }
        _ => None,
    }
}

fn fault(error: &InspectError) -> ListedFault {
    ListedFault { path: error.path().display().to_string(), code: error.code(), message: error.to_string() }
}
