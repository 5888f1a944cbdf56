//! The document of `ce show --json`.

use ce_plugin_api::manifest::{BundleInfo, PlotStyle, PluginInfo, Problem, SUPPORTED_SCHEMA};
use serde::Serialize;

use crate::bundle::platform::PlatformFacts;
use crate::cli::DOCUMENT_VERSION;
use crate::cli::inventory::{Item, Objection, What};

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
    /// What is odd about its manifest.
    oddities: &'a [Problem],
}

pub(super) fn of<'a>(identifier: &'a str, items: &[&'a Item<'a>]) -> Shown<'a> {
    let host = HostVersions {
        version: env!("CARGO_PKG_VERSION"),
        plugin_api: ce_plugin_api::VERSION,
        manifest_schema: SUPPORTED_SCHEMA,
    };
    let items = items.iter().map(|item| shown(item)).collect();
    Shown { schema_version: DOCUMENT_VERSION, identifier, host, items }
}

fn shown<'a>(item: &'a Item<'a>) -> ShownItem<'a> {
    let (plugin, plot_style) = match item.what {
        What::Plugin(info) => (Some(info), None),
        What::Style(style) => (None, Some(style)),
    };
    let file = item.file.map(|file| ShownFile {
        path: file.claim.path.display().to_string(),
        digest: file.claim.digest.to_string(),
        facts: &file.facts,
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
        file,
        plugin,
        plot_style,
    }
}
