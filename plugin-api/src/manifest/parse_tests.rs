//! Which manifests are read, and what is said about those that are not.

use serde_json::json;

use super::*;
use crate::manifest::{Kind, Mode, Permission, Task};

/// The example of the design.
const FAST: &str = r#"{
  "schema_version": "1.0.0",
  "bundle": { "name": "fast-explanations", "version": "0.1.0", "provider": "calibrated-explanations", "license": "MIT OR Apache-2.0" },
  "plugins": [
    { "kind": "interval", "identifier": "core.interval.fast", "version": "0.1.0",
      "tasks": ["classification", "regression"], "capabilities": ["interval:classification", "interval:regression"],
      "dependencies": [], "fast_compatible": true, "requires_bins": false, "confidence_source": "fast" },
    { "kind": "explanation", "identifier": "core.explanation.fast", "version": "0.1.0",
      "modes": ["fast"], "tasks": ["classification", "regression"],
      "capabilities": ["explain", "explanation:fast", "task:classification", "task:regression"],
      "dependencies": ["core.interval.fast"], "interval_dependency": "core.interval.fast", "plot_dependency": "plot_spec.default" }
  ]
}"#;

/// The example with one value put at a JSON pointer; null takes a key away.
fn fast_with(pointer: &str, value: Value) -> String {
    let mut root: Value = serde_json::from_str(FAST).unwrap();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match root.pointer_mut(parent).unwrap() {
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        object => object[key] = value,
    }
    root.to_string()
}

fn problems(text: &str) -> Vec<(&'static str, String)> {
    let problems = Manifest::parse(text, "1.0.0").expect_err("expected problems");
    problems.into_iter().map(|p| (p.code, p.place)).collect()
}

fn only(code: &'static str, place: &str) -> Vec<(&'static str, String)> {
    vec![(code, place.to_owned())]
}

#[test]
fn the_example_of_the_design_is_read_without_a_warning() {
    let (manifest, warnings) = Manifest::parse(FAST, "1.2.3").unwrap();
    assert_eq!(warnings, []);
    assert_eq!(manifest.plugin_api, Version::new(1, 2, 3));
    assert_eq!(manifest.bundle.name, "fast-explanations");
    let [interval, explanation] = manifest.plugins.as_slice() else { panic!("two plugins were announced") };
    assert_eq!((interval.kind, interval.fast_compatible), (Kind::Interval, true));
    assert_eq!(interval.confidence_source.as_deref(), Some("fast"));
    assert_eq!(explanation.modes, [Mode::Fast]);
    assert_eq!(explanation.tasks, [Task::Classification, Task::Regression]);
    assert_eq!(explanation.interval_dependency.as_deref(), Some("core.interval.fast"));
    assert_eq!(explanation.plot_dependency.as_deref(), Some("plot_spec.default"));
}

#[test]
fn all_problems_are_reported_at_once() {
    let text = r#"{ "schema_version": "1.0.0", "bundle": { "name": "Bad Name", "version": "1", "license": "" },
        "plugins": [{ "kind": "intervall", "identifier": "x", "version": "1.0.0", "tasks": ["ranking"] }, 3] }"#;
    assert_eq!(
        problems(text),
        [
            ("manifest.name", "bundle.name".to_owned()),
            ("manifest.version", "bundle.version".to_owned()),
            ("manifest.missing_key", "bundle.provider".to_owned()),
            ("manifest.text", "bundle.license".to_owned()),
            ("manifest.value", "plugins[0].kind".to_owned()),
            ("manifest.identifier", "plugins[0].identifier".to_owned()),
            ("manifest.value", "plugins[0].tasks[0]".to_owned()),
            ("manifest.missing_key", "plugins[0].capabilities".to_owned()),
            ("manifest.type", "plugins[1]".to_owned()),
        ]
    );
}

#[test]
fn every_required_key_is_missed() {
    for (pointer, place) in [
        ("/schema_version", "schema_version"),
        ("/bundle", "bundle"),
        ("/bundle/name", "bundle.name"),
        ("/bundle/version", "bundle.version"),
        ("/bundle/provider", "bundle.provider"),
        ("/bundle/license", "bundle.license"),
        ("/plugins/0/kind", "plugins[0].kind"),
        ("/plugins/0/identifier", "plugins[0].identifier"),
        ("/plugins/0/version", "plugins[0].version"),
        ("/plugins/0/capabilities", "plugins[0].capabilities"),
    ] {
        assert_eq!(problems(&fast_with(pointer, Value::Null)), only("manifest.missing_key", place));
    }
}

#[test]
fn a_manifest_announces_a_plugin_or_a_plot_style() {
    assert_eq!(problems(&fast_with("/plugins", json!([]))), only("manifest.empty", "plugins"));
    assert_eq!(problems(&fast_with("/plugins", Value::Null)), only("manifest.empty", "plugins"));
    assert_eq!(problems(&fast_with("/plugins", json!({}))), only("manifest.type", "plugins"));
    let mut styles: Value = serde_json::from_str(FAST).unwrap();
    styles["plugins"] = json!([]);
    styles["plot_styles"] =
        json!([{ "identifier": "legacy", "builder": "core.plot.legacy", "renderer": "core.plot.legacy" }]);
    assert_eq!(Manifest::parse(&styles.to_string(), "1.0.0").unwrap().0.plot_styles[0].identifier, "legacy");
}

#[test]
fn another_format_is_reported_alone() {
    for version in ["2.0.0", "0.9.0", "1.0.0-rc.1", "1.0", "new"] {
        let text = json!({ "schema_version": version, "all": "different" }).to_string();
        assert_eq!(problems(&text), only("manifest.schema_version", "schema_version"), "{version}");
    }
    let text = fast_with("/schema_version", json!("2.0.0"));
    let codes: Vec<_> = Manifest::parse(&text, "one").unwrap_err().into_iter().map(|p| p.code).collect();
    assert_eq!(codes, ["manifest.schema_version", "manifest.plugin_api"]);
}

#[test]
fn a_newer_minor_version_of_the_format_is_read() {
    let (manifest, _) = Manifest::parse(&fast_with("/schema_version", json!("1.4.0")), "1.0.0").unwrap();
    assert_eq!(manifest.schema_version, Version::new(1, 4, 0));
}

#[test]
fn the_version_of_the_boundary_must_be_semver() {
    let problems = Manifest::parse(FAST, "1.0").unwrap_err();
    assert_eq!((problems.code(), problems.as_slice()[0].place.as_str()), ("manifest.plugin_api", "plugin_api"));
}

#[test]
fn unknown_keys_are_warnings_with_the_nearest_known_name() {
    let mut root: Value = serde_json::from_str(FAST).unwrap();
    root["plugin"] = json!([]);
    root["bundle"]["homepage"] = json!("https://example.org");
    root["plugins"][0]["fast_compatibel"] = json!(true);
    let (_, warnings) = Manifest::parse(&root.to_string(), "1.0.0").unwrap();
    let lines: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "bundle.homepage: the unknown key `homepage` is ignored",
            "plugins[0].fast_compatibel: the unknown key `fast_compatibel` is ignored; did you mean `fast_compatible`?",
            "plugin: the unknown key `plugin` is ignored; did you mean `plugins`?",
        ]
    );
    assert!(warnings.iter().all(|w| w.code == "manifest.unknown_key"));
}

/// The example of the design, of a format that has permissions, asking for these.
fn fast_asking(permissions: Value) -> String {
    let mut root: Value = serde_json::from_str(FAST).unwrap();
    root["schema_version"] = json!("1.1.0");
    root["permissions"] = permissions;
    root.to_string()
}

#[test]
fn a_bundle_asks_for_nothing_unless_it_says_so() {
    assert_eq!(Manifest::parse(FAST, "1.0.0").unwrap().0.permissions, []);
    for none in [json!([]), Value::Null] {
        let (manifest, warnings) = Manifest::parse(&fast_asking(none), "1.0.0").unwrap();
        assert_eq!((manifest.permissions, warnings), (vec![], vec![]));
    }
    let (manifest, warnings) = Manifest::parse(&fast_asking(json!(["network", "read_files"])), "1.1.0").unwrap();
    assert_eq!(manifest.permissions, [Permission::Network, Permission::ReadFiles]);
    assert_eq!(warnings, []);
}

#[test]
fn a_permission_is_one_of_those_that_there_are_and_is_asked_for_once() {
    let text = fast_asking(json!(["read_files", "read_file", "read_files", 3]));
    assert_eq!(
        problems(&text),
        [
            ("manifest.value", "permissions[1]".to_owned()),
            ("manifest.duplicate", "permissions[2]".to_owned()),
            ("manifest.type", "permissions[3]".to_owned()),
        ]
    );
    let unknown = Manifest::parse(&fast_asking(json!(["read_file"])), "1.1.0").unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "permissions[0]: expected one of `read_files`, `network`, found `read_file`; did you mean `read_files`?"
    );
    assert_eq!(problems(&fast_asking(json!("network"))), only("manifest.type", "permissions"));
}

#[test]
fn a_manifest_of_a_format_without_permissions_asks_for_nothing_and_is_told_so() {
    for permissions in [json!(["network"]), json!(["anything"]), json!(3)] {
        let text = fast_with("/permissions", permissions);
        let (manifest, warnings) = Manifest::parse(&text, "1.1.0").unwrap();
        assert_eq!(manifest.permissions, []);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert_eq!((warnings[0].code, warnings[0].place.as_str()), ("manifest.unknown_key", "permissions"));
        assert!(warnings[0].message.contains("format 1.1.0, and this manifest states 1.0.0"), "{}", warnings[0]);
    }
    let mut later: Value = serde_json::from_str(&fast_asking(json!(["network"]))).unwrap();
    later["schema_version"] = json!("1.9.0");
    assert_eq!(Manifest::parse(&later.to_string(), "1.1.0").unwrap().0.permissions, [Permission::Network]);
}

#[test]
fn a_manifest_cannot_claim_trust() {
    for (pointer, place) in
        [("/trusted", "trusted"), ("/bundle/trust", "bundle.trust"), ("/plugins/0/trusted", "plugins[0].trusted")]
    {
        let (_, warnings) = Manifest::parse(&fast_with(pointer, json!(true)), "1.0.0").unwrap();
        assert_eq!((warnings[0].code, warnings[0].place.as_str()), ("manifest.trust_key", place));
        assert!(warnings[0].message.contains("trust is the host's to give"));
    }
}

#[test]
fn identifiers_are_unique_per_kind() {
    let mut root: Value = serde_json::from_str(FAST).unwrap();
    root["plugins"][1]["identifier"] = json!("core.interval.fast");
    assert!(Manifest::parse(&root.to_string(), "1.0.0").is_ok(), "two kinds may share an identifier");
    let again = root["plugins"][0].clone();
    root["plugins"].as_array_mut().unwrap().push(again);
    assert_eq!(problems(&root.to_string()), only("manifest.duplicate", "plugins[2].identifier"));
    let style = json!({ "identifier": "s", "builder": "a.b", "renderer": "a.b" });
    let styles = fast_with("/plot_styles", json!([style, style]));
    assert_eq!(problems(&styles), only("manifest.duplicate", "plot_styles[1].identifier"));
}

#[test]
fn a_key_that_stands_twice_is_a_problem() {
    let text = FAST.replacen("\"version\": \"0.1.0\"", "\"version\": \"0.1.0\", \"version\": \"9.0.0\"", 1);
    assert_eq!(problems(&text), only("manifest.duplicate_key", "bundle.version"));
}

#[test]
fn there_are_at_most_256_plugins() {
    let plugin = |n: usize| {
        json!({ "kind": "plot-builder", "identifier": format!("a.b{n}"), "version": "1.0.0",
                "capabilities": ["plot:builder"] })
    };
    let most: Vec<Value> = (0..256).map(plugin).collect();
    assert_eq!(Manifest::parse(&fast_with("/plugins", json!(most)), "1.0.0").unwrap().0.plugins.len(), 256);
    let more: Vec<Value> = (0..257).map(plugin).collect();
    assert_eq!(problems(&fast_with("/plugins", json!(more))), only("manifest.limit", "plugins"));
}

#[test]
fn no_document_of_another_shape_is_read() {
    for text in ["", "null", "[]", "3", "\"x\"", "{}", "{\"plugins\": 1}", "\u{feff}{}", "{\"schema_version\": null}"] {
        assert!(Manifest::parse(text, "1.0.0").is_err(), "{text}");
    }
}

#[test]
fn no_cut_and_no_changed_byte_panics() {
    for end in (0..FAST.len()).filter(|end| FAST.is_char_boundary(*end)) {
        assert!(Manifest::parse(&FAST[..end], "1.0.0").is_err());
    }
    for (index, byte) in FAST.bytes().enumerate() {
        for other in [b'"', b'{', b']', b'0', b' ', byte ^ 1] {
            let mut bytes = FAST.as_bytes().to_vec();
            bytes[index] = other;
            if let Ok(text) = std::str::from_utf8(&bytes) {
                let _ = Manifest::parse(text, "1.0.0");
            }
        }
    }
}
