//! What every format tells: whether it is a library for this host, and a bundle. It never looks at other files.

use super::{Code, Finding};
use crate::bundle::inspect::{InspectError, Inspected, ManifestError};
use crate::bundle::platform::{Format, PlatformFacts};
use crate::bundle::trust::{Host, ManifestFault};

/// What a file is that cannot be understood.
pub(super) fn unreadable(place: &str, error: &InspectError) -> Finding {
    let code = match error {
        InspectError::Platform { .. } => Code::Library,
        _ => Code::File,
    };
    // The error says what to do as well: its last part is the remedy.
    Finding::fault(code, place, error, "copy or build it again, or remove it from the plugins directory")
        .told_as(error.code())
}

/// What its facts say.
pub(super) fn facts(place: &str, facts: &PlatformFacts, host: &Host) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.push(if facts.is_shared_library {
        Finding::fine(Code::Library, place, format_args!("a shared library ({}, {} bits)", facts.format, facts.bits))
    } else {
        let cause = format!("a {} file that is no shared library", facts.format);
        let remedy = "build it with `crate-type = [\"cdylib\"]`, in C with `-shared`";
        Finding::fault(Code::Library, place, cause, remedy).told_as("trust.not_a_library")
    });
    let platform = &facts.platform;
    findings.push(if *platform == host.platform {
        Finding::fine(Code::Platform, place, platform)
    } else {
        let cause = format!("it is for {platform}, this host is {}", host.platform);
        Finding::fault(Code::Platform, place, cause, format_args!("get or build the bundle for {}", host.platform))
            .told_as("trust.platform")
    });
    findings.extend(libc(place, facts));
    findings.push(if facts.exports_register {
        Finding::fine(Code::Register, place, "`register` is exported")
    } else {
        let remedy = "call `export_bundle!` in the crate that is the library, and do not hide its symbols";
        Finding::fault(Code::Register, place, "no `register` among the exported symbols", remedy)
            .told_as("trust.no_register")
    });
    if !facts.needed_foreign.is_empty() {
        let cause =
            format!("libraries that are not the system's would be mapped with it: {}", quoted(&facts.needed_foreign));
        let remedy = "link them statically; what a bundle brings along must be as trusted as the bundle";
        findings.push(Finding::warning(Code::SideLibrary, place, cause, remedy).told_as("trust.needs_library"));
    }
    findings
}

/// A library brings the C library with it that it was linked against, and a process can have one only.
fn libc(place: &str, facts: &PlatformFacts) -> Option<Finding> {
    let is_musl = |name: &String| name == "libc.so" || ["libc.musl-", "ld-musl-"].iter().any(|p| name.starts_with(p));
    let is_glibc =
        |name: &String| name.starts_with("libc.so.6") || name.starts_with("ld-linux") || name.starts_with("ld64.so");
    let needs = |is: &dyn Fn(&String) -> bool| facts.needed_system.iter().find(|name| is(name));
    let found = needs(&is_musl).map(|name| ("musl", name)).or_else(|| needs(&is_glibc).map(|name| ("glibc", name)));
    let (found, name) = found.filter(|_| facts.format == Format::Elf)?;
    let host = if cfg!(target_env = "musl") { "musl" } else { "glibc" };
    if !cfg!(target_os = "linux") {
        return None;
    }
    Some(if found == host {
        Finding::fine(Code::Libc, place, format_args!("{found} (`{}`)", name.escape_debug()))
    } else {
        let cause = format!("it is linked against {found} (`{}`), this host against {host}", name.escape_debug());
        let remedy = format!(
            "build it for the target {}-unknown-linux-{}",
            facts.platform.arch(),
            if host == "musl" { "musl" } else { "gnu" }
        );
        Finding::fault(Code::Libc, place, cause, remedy)
    })
}

/// What its manifest says.
pub(super) fn manifest(place: &str, inspected: &Inspected, host: &Host) -> Vec<Finding> {
    let section = inspected.facts().format.manifest_section();
    let place = format!("{place}: section {section}");
    match inspected.manifest() {
        Err(error) => vec![no_manifest(&place, error)],
        Ok(manifest) => {
            let bundle = &manifest.bundle;
            let cause = format!("`{}` {}, format {}", bundle.name, bundle.version, manifest.schema_version);
            let mut findings = vec![Finding::fine(Code::Manifest, &place, cause)];
            findings.extend(inspected.warnings().iter().map(|oddity| {
                Finding::warning(Code::Manifest, &place, oddity, "correct bundle.json and build the bundle again")
            }));
            let (found, speaks) = (&manifest.plugin_api, &host.plugin_api);
            findings.push(if ce_plugin_api::manifest::api_is_supported(found, speaks) {
                Finding::fine(Code::PluginApi, &place, format_args!("{found} (this host speaks {speaks})"))
            } else {
                plugin_api(&place, found, speaks)
            });
            findings
        }
    }
}

fn no_manifest(place: &str, error: &ManifestError) -> Finding {
    match ManifestFault::from(error) {
        ManifestFault::Missing => {
            let remedy = "call `export_bundle!` in the crate that is the library; a library that is no bundle does not belong here";
            Finding::fault(Code::Manifest, place, error, remedy)
        }
        ManifestFault::SchemaVersion(_) => {
            let remedy = "use a newer version of this host, or an older one of the bundle";
            Finding::fault(Code::Manifest, place, error, remedy)
        }
        ManifestFault::PluginApi(_) => {
            let remedy = format!("rebuild it against ce-plugin-api {}, or use a newer host", ce_plugin_api::VERSION);
            Finding::fault(Code::PluginApi, place, error, remedy)
        }
        ManifestFault::Invalid(_) => {
            Finding::fault(Code::Manifest, place, error, "correct bundle.json and build the bundle again")
        }
    }
    .told_as(error.code())
}

fn plugin_api(place: &str, found: &semver::Version, speaks: &semver::Version) -> Finding {
    let cause = format!("compiled against ce-plugin-api {found}, this host speaks {speaks}");
    Finding::fault(
        Code::PluginApi,
        place,
        cause,
        format_args!("rebuild it against ce-plugin-api {speaks}, or use a newer host"),
    )
    .told_as("trust.plugin_api")
}

/// Names out of a foreign file.
pub(super) fn quoted<T: AsRef<str>>(names: &[T]) -> String {
    names.iter().map(|name| format!("`{}`", name.as_ref().escape_debug())).collect::<Vec<_>>().join(", ")
}

/// Where a file of another format than ELF makes the system look for libraries.
pub(super) fn search_paths(place: &str, paths: &[String]) -> Finding {
    let cause = format!("it makes the system look for libraries in {}", quoted(paths));
    Finding::fault(Code::SearchPath, place, cause, "link it without `-rpath`").told_as("trust.runpath")
}

/// Nothing is passed over in silence.
pub(super) fn not_looked_for(place: &str) -> Finding {
    let cause =
        "the libraries that it needs were not looked for: that can be done for ELF files of this host's platform";
    Finding::warning(Code::Needed, place, cause, "run `ce doctor` on a Linux system that it is for")
}
