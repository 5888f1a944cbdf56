//! The document of `ce doctor --json`.

use serde::Serialize;

use super::Report;
use crate::bundle::Digest;
use crate::bundle::doctor::{Finding, Severity};
use crate::bundle::trust::Host;
use crate::cli::DOCUMENT_VERSION;

/// The document.
#[derive(Serialize)]
pub(super) struct Diagnosis<'a> {
    /// The version of this document.
    schema_version: &'static str,
    /// What a bundle must fit.
    host: HostFacts,
    /// How many findings are faults: what cannot be used.
    n_faults: usize,
    /// How many are warnings.
    n_warnings: usize,
    /// What surrounds the bundles; empty where one bundle was asked for and the rest is in order.
    installation: &'a [Finding],
    /// The files that were looked at.
    bundles: Vec<Bundle<'a>>,
}

#[derive(Serialize)]
struct HostFacts {
    /// The version of the host.
    version: &'static str,
    /// Its platform.
    platform: String,
    /// The version of the plugin boundary that it speaks.
    plugin_api: &'static str,
}

#[derive(Serialize)]
struct Bundle<'a> {
    /// The file.
    path: String,
    /// The bundle's name and version; null without a good manifest.
    name: Option<&'a str>,
    version: Option<String>,
    /// The digest of its bytes; null if it is no library that can be read.
    digest: Option<Digest>,
    /// What was found.
    findings: &'a [Finding],
}

pub(super) fn of(report: &Report) -> Diagnosis<'_> {
    let host = HostFacts {
        version: env!("CARGO_PKG_VERSION"),
        platform: Host::current().platform.to_string(),
        plugin_api: ce_plugin_api::VERSION,
    };
    let bundles = report.files.iter().map(|file| Bundle {
        path: file.path.display().to_string(),
        name: file.bundle.as_ref().map(|(name, _)| name.as_str()),
        version: file.bundle.as_ref().map(|(_, version)| version.to_string()),
        digest: file.digest,
        findings: &file.findings,
    });
    Diagnosis {
        schema_version: DOCUMENT_VERSION,
        host,
        n_faults: report.count(Severity::Fault),
        n_warnings: report.count(Severity::Warning),
        installation: &report.installation,
        bundles: bundles.collect(),
    }
}
