//! The document of `ce show --json`.

use ce_plugin_api::manifest::{
    BundleInfo, Manifest, Permission, PlotStyle, PluginInfo, Problem as Oddity, SUPPORTED_SCHEMA,
};
use serde::Serialize;

use crate::bundle::SurveyedSide;
use crate::bundle::platform::PlatformFacts;
use crate::cli::DOCUMENT_VERSION;
use crate::cli::inventory::{Item, Objection, What};
use crate::config::{Because, Decision, IsolationSettings, Placement, PlacementError};

/// The document of `ce show --json`.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    /// The version of this document.
    schema_version: &'static str,
    /// The identifier that was asked for.
    identifier: &'a str,
    /// What the host supports.
    host: HostVersions,
    /// What goes by the identifier: more than one if several bundles claim it.
    items: Vec<ShownItem<'a>>,
}

/// What the host supports.
#[derive(Serialize)]
struct HostVersions {
    /// The version of the host.
    version: &'static str,
    /// The version of the plugin boundary that it speaks.
    plugin_api: &'static str,
    /// The versions of the manifest's format that it reads.
    manifest_schema: &'static str,
}

/// A plugin or a plot style.
#[derive(Serialize)]
struct ShownItem<'a> {
    /// `learner`, `interval`, `explanation`, `plot-builder`, `plot-renderer` or `plot-style`.
    kind: &'static str,
    /// Whether it is compiled in.
    is_built_in: bool,
    /// `built-in`, `trusted`, `unlisted` (loaded, never chosen), `denied` or `refused`.
    status: &'static str,
    /// What the trust rests on: `compiled_in`, `lock`, `environment` or `call`; null without trust.
    basis: Option<&'static str>,
    /// Why it cannot be used; null if it can.
    objection: Option<Objection>,
    /// What it depends on and cannot have.
    warnings: &'a [String],
    /// The bundle, by its manifest.
    bundle: &'a BundleInfo,
    /// The version of the manifest's format.
    manifest_schema: String,
    /// The version of the plugin boundary that the bundle was compiled against.
    plugin_api: String,
    /// The file; null if it is compiled in.
    file: Option<ShownFile<'a>>,
    /// Where its bundle runs, or would if it were trusted; null if it is compiled in.
    isolation: Option<ShownIsolation>,
    /// What its bundle may do beyond computing; null if it is compiled in.
    permissions: Option<ShownPermissions<'a>>,
    /// What the manifest announces, if it is a plugin.
    plugin: Option<&'a PluginInfo>,
    /// What the manifest announces, if it is a plot style.
    plot_style: Option<&'a PlotStyle>,
}

/// A bundle's file.
#[derive(Serialize)]
struct ShownFile<'a> {
    path: String,
    /// `sha256:…` of its bytes.
    digest: String,
    /// Where it runs, and what else it would map.
    facts: &'a PlatformFacts,
    /// The bundle's own libraries, which are mapped before it, in this order.
    side_files: Vec<ShownSide<'a>>,
    /// What is odd about its manifest.
    oddities: &'a [Oddity],
}

/// A library beside a bundle that it needs, or that one of its libraries needs.
#[derive(Serialize)]
struct ShownSide<'a> {
    /// The name of the file, by which it is needed.
    name: &'a str,
    /// `sha256:…` of its bytes; null if it cannot be pinned.
    digest: Option<String>,
    /// The digest that is pinned with the bundle; null if none is.
    pinned: Option<String>,
    /// Why it cannot be pinned; null if it can.
    problem: Option<String>,
}

/// Where a bundle runs.
#[derive(Serialize)]
struct ShownIsolation {
    /// `process` or `in-process`; null where nobody knows.
    mode: Option<Placement>,
    /// Who said so: `call`, `config:…` or `default`.
    named_by: Option<String>,
    /// What was named: `bundle`, `identifier`, `default` (nothing) or `no_workers` (there are none on this system).
    because: Option<&'static str>,
    /// The identifier that was named and takes the whole bundle along; null if there is none.
    identifier: Option<String>,
    /// The program that workers are made of, and who named it; null if nobody did.
    worker: Option<ShownWorker>,
    /// Why nobody knows; null if it is known.
    problem: Option<Problem>,
}

/// The program that workers are made of.
#[derive(Serialize)]
struct ShownWorker {
    path: String,
    /// Who named it: `call` or `config:…`.
    named_by: String,
}

/// Why nobody knows where a bundle runs.
#[derive(Serialize)]
struct Problem {
    /// A code that does not change.
    code: &'static str,
    /// In words, with what to do.
    message: String,
}

/// What a bundle may do beyond computing, of `read_files` and `network`. In a worker it takes both, the asking and the grant;
/// in the host's process it may do all that the host may.
#[derive(Serialize)]
struct ShownPermissions<'a> {
    /// What its manifest asks for.
    asked: &'a [Permission],
    /// What was granted to its name, asked for or not.
    granted: &'a [Permission],
    /// Who granted: `config:…`; null if nobody spoke of the bundle.
    granted_by: Option<String>,
}

pub(super) fn of<'a>(identifier: &'a str, items: &[&'a Item<'a>], isolation: &'a IsolationSettings) -> Shown<'a> {
    let host = HostVersions {
        version: env!("CARGO_PKG_VERSION"),
        plugin_api: ce_plugin_api::VERSION,
        manifest_schema: SUPPORTED_SCHEMA,
    };
    let items = items.iter().map(|item| shown(item, isolation)).collect();
    Shown { schema_version: DOCUMENT_VERSION, identifier, host, items }
}

fn shown<'a>(item: &'a Item<'a>, isolation: &'a IsolationSettings) -> ShownItem<'a> {
    let (plugin, plot_style) = match item.what {
        What::Plugin(info) => (Some(info), None),
        What::Style(style) => (None, Some(style)),
    };
    let file = item.file.map(|file| ShownFile {
        path: file.claim.path.display().to_string(),
        digest: file.claim.digest.to_string(),
        facts: &file.facts,
        side_files: file.side_files.iter().map(side).collect(),
        oddities: &file.warnings,
    });
    ShownItem {
        kind: item.what.kind(),
        is_built_in: file.is_none(),
        status: item.standing.as_str(),
        basis: item.standing.basis(),
        objection: item.standing.objection(item.what.identifier()),
        warnings: &item.warnings,
        bundle: &item.manifest.bundle,
        manifest_schema: item.manifest.schema_version.to_string(),
        plugin_api: item.manifest.plugin_api.to_string(),
        isolation: item.placement(isolation).map(|placement| placed(placement, isolation)),
        permissions: item.file.map(|_| permissions(item.manifest, isolation)),
        file,
        plugin,
        plot_style,
    }
}

fn side(side: &SurveyedSide) -> ShownSide<'_> {
    ShownSide {
        name: &side.claim.name,
        digest: side.claim.found.as_ref().ok().map(ToString::to_string),
        pinned: side.pinned.as_ref().map(ToString::to_string),
        problem: side.claim.found.as_ref().err().map(|fault| format!("{fault}: {}", fault.remedy())),
    }
}

fn placed(placement: Result<Decision, PlacementError>, isolation: &IsolationSettings) -> ShownIsolation {
    let worker = isolation.worker.as_ref().map(|worker| ShownWorker {
        path: worker.value.display().to_string(),
        named_by: worker.origin.token().into_owned(),
    });
    let (decision, problem) = match placement {
        Ok(decision) => (Some(decision), None),
        Err(error) => (None, Some(Problem { code: error.code(), message: error.to_string() })),
    };
    ShownIsolation {
        mode: decision.as_ref().map(|decision| decision.placement),
        named_by: decision.as_ref().map(|decision| decision.origin.token().into_owned()),
        because: decision.as_ref().map(|decision| decision.because.as_str()),
        identifier: decision.and_then(|decision| match decision.because {
            Because::Identifier(identifier) => Some(identifier),
            _ => None,
        }),
        worker,
        problem,
    }
}

fn permissions<'a>(manifest: &'a Manifest, isolation: &'a IsolationSettings) -> ShownPermissions<'a> {
    let granted = isolation.permissions.get(&manifest.bundle.name);
    ShownPermissions {
        asked: &manifest.permissions,
        granted: granted.map_or(&[], |granted| &granted.value),
        granted_by: granted.map(|granted| granted.origin.token().into_owned()),
    }
}
