//! Manifest text into a checked manifest. Unknown keys are warnings, everything else that is off is a problem. It never
//! decides whether the host can run the bundle.

use std::collections::BTreeSet;

use semver::Version;
use serde_json::Value;

use super::fields::Fields;
use super::problem::{Fault, Problem, Problems, Report, quoted};
use super::version::{PERMISSIONS_SINCE, SUPPORTED_SCHEMA, schema_is_supported};
use super::{BundleInfo, Manifest, Permission, PlotStyle, PluginInfo, json, plugin, style, value};

impl Manifest {
    /// Reads a manifest, together with the version of this crate that `export_bundle!` wrote beside it.
    ///
    /// Returns the manifest and the warnings: keys that it does not know, with the nearest that it does. Whether the host
    /// serves that version of this crate is decided by [`api_is_supported`](super::api_is_supported), not here.
    ///
    /// # Errors
    /// All problems at once, each with a code that does not change and its place. A `schema_version` that is no version
    /// or outside [`SUPPORTED_SCHEMA`] is reported without the others: nothing is known of the meaning of the rest.
    ///
    /// # Examples
    /// ```
    /// use ce_plugin_api::manifest::Manifest;
    ///
    /// let text = r#"{
    ///     "schema_version": "1.0.0",
    ///     "bundle": { "name": "demo", "version": "0.1.0", "provider": "me", "license": "MIT" },
    ///     "plugins": [{ "kind": "plot-renderer", "identifier": "demo.plot.text", "version": "0.1.0",
    ///                   "capabilities": ["plot:renderer"], "colour": "blue" }]
    /// }"#;
    /// let (manifest, warnings) = Manifest::parse(text, "1.0.0").unwrap();
    /// assert_eq!(manifest.plugins[0].identifier, "demo.plot.text");
    /// assert_eq!(warnings[0].to_string(), "plugins[0].colour: the unknown key `colour` is ignored");
    ///
    /// let problems = Manifest::parse(&text.replace("renderer", "rendrer"), "1.0.0").unwrap_err();
    /// assert_eq!(problems.code(), "manifest.value");
    /// ```
    pub fn parse(text: &str, plugin_api: &str) -> Result<(Self, Vec<Problem>), Problems> {
        let report = Report::default();
        let root = json::read(text, &report)?;
        let plugin_api = value::parse_version(plugin_api).map_err(|fault| {
            Fault::new("manifest.plugin_api", format!("{}: rebuild with `export_bundle!`", fault.message))
                .at("plugin_api")
        });
        if let Some(problem) = unsupported_schema(&root) {
            return Err(Problems::none_in([Some(problem), plugin_api.err()].into_iter().flatten().collect())
                .expect_err("one problem was put in"));
        }
        let plugin_api = plugin_api.map_err(|problem| report.problem(problem)).ok();
        let manifest = Fields::open(&root, String::new(), &report).and_then(|fields| document(fields, plugin_api));
        let warnings = report.finish()?;
        Ok((manifest.expect("what could not be read was reported as a problem"), warnings))
    }
}

/// Why nothing but the version of the format can be said, if it is so.
fn unsupported_schema(root: &Value) -> Option<Problem> {
    // Without the key this is most likely a manifest of today that lacks it: the ordinary report says so, and the rest.
    let found = root.get("schema_version").filter(|found| !found.is_null())?;
    let message = match value::version(found) {
        Ok(version) if schema_is_supported(&version) => return None,
        Ok(version) => format!(
            "the manifest has the format {}, this host reads {SUPPORTED_SCHEMA}: use a host that reads it, or a bundle \
             with a manifest of that format",
            quoted(&version.to_string())
        ),
        Err(fault) => format!("{}: this host reads {SUPPORTED_SCHEMA}", fault.message),
    };
    Some(Fault::new("manifest.schema_version", message).at("schema_version"))
}

fn document(mut fields: Fields<'_>, plugin_api: Option<Version>) -> Option<Manifest> {
    let schema_version = fields.required("schema_version", value::version);
    let bundle = fields.require("bundle").and_then(|found| bundle(found, &fields));
    let permissions = permissions(&mut fields, schema_version.as_ref());
    let plugins = objects(&mut fields, "plugins", plugin::read);
    let plot_styles = objects(&mut fields, "plot_styles", style::read);
    if plugins.as_ref().is_some_and(Vec::is_empty) && plot_styles.as_ref().is_some_and(Vec::is_empty) {
        let message = "expected at least one plugin or plot style, found none: list what the bundle registers";
        fields.problem("plugins", Fault::new("manifest.empty", message));
    }
    check_unique(&fields, "plugins", &plugins, |p: &PluginInfo| format!("{} {}", p.kind, quoted(&p.identifier)));
    check_unique(&fields, "plot_styles", &plot_styles, |s: &PlotStyle| format!("plot style {}", quoted(&s.identifier)));
    fields.finish();
    Some(Manifest {
        schema_version: schema_version?,
        plugin_api: plugin_api?,
        bundle: bundle?,
        permissions: permissions?,
        plugins: plugins?.into_iter().flatten().collect(),
        plot_styles: plot_styles?.into_iter().flatten().collect(),
    })
}

fn bundle(found: &Value, parent: &Fields<'_>) -> Option<BundleInfo> {
    let mut fields = Fields::open(found, parent.place_of("bundle"), parent.report())?;
    let name = fields.required("name", value::bundle_name);
    let version = fields.required("version", value::version);
    let provider = fields.required("provider", value::text);
    let license = fields.required("license", value::text);
    fields.finish();
    Some(BundleInfo { name: name?, version: version?, provider: provider?, license: license? })
}

/// What the bundle asks for. A manifest of a format that does not have the key yet asks for nothing: whoever wrote it
/// cannot have meant this.
fn permissions(fields: &mut Fields<'_>, schema_version: Option<&Version>) -> Option<Vec<Permission>> {
    match schema_version {
        Some(stated) if *stated < PERMISSIONS_SINCE => {
            fields.too_new("permissions", stated, &PERMISSIONS_SINCE);
            Some(Vec::new())
        }
        _ => fields.list("permissions", |found| value::one_of(found, Permission::ALL, Permission::as_str)),
    }
}

/// The list of objects under a key. An element is none where it could not be read, so that positions stay.
fn objects<T>(
    fields: &mut Fields<'_>,
    key: &'static str,
    read: impl Fn(Fields<'_>) -> Option<T>,
) -> Option<Vec<Option<T>>> {
    let Some(found) = fields.get(key) else { return Some(Vec::new()) };
    let Some(list) = found.as_array() else {
        let message = format!("expected a list of objects, found {}", value::describe(found));
        fields.problem(key, Fault::new("manifest.type", message));
        return None;
    };
    let item = |(index, element)| {
        Fields::open(element, format!("{}[{index}]", fields.place_of(key)), fields.report()).and_then(&read)
    };
    Some(list.iter().enumerate().map(item).collect())
}

fn check_unique<T>(fields: &Fields<'_>, key: &str, items: &Option<Vec<Option<T>>>, name: impl Fn(&T) -> String) {
    let mut seen = BTreeSet::new();
    for (index, item) in items.iter().flatten().enumerate() {
        let Some(name) = item.as_ref().map(&name) else { continue };
        if seen.contains(&name) {
            let message = format!("expected every identifier once per kind, found {name} again: rename one of them");
            let place = format!("{}[{index}].identifier", fields.place_of(key));
            fields.report().problem(Fault::new("manifest.duplicate", message).at(place));
        }
        seen.insert(name);
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
