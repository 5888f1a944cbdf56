//! What `ce list` and `ce show` tell of bundles that are refused or depend on something missing.

use ce_tests::{RawBundle, bundle_path, fast_bundle};
use serde_json::Value;

use crate::support::User;
use crate::text;

const FAST: &str = "core.interval.fast";

#[test]
fn a_refused_bundle_is_shown_with_reason_and_remedy() {
    let user = User::new();
    user.run(["install", text(&fast_bundle())]).ok();
    let ran = user.run(["show", FAST, "--kind", "intervals"]).ok();
    for fact in [
        "  status        refused (trust.unlisted)\n",
        "  reason        none of its identifiers is listed as trusted\n",
        "  remedy        ce trust core.explanation.fast\n",
        "  manifest      schema 1.0.0 (this host reads ^1.0)\n",
    ] {
        assert!(ran.out.contains(fact), "{fact}: {}", ran.out);
    }
    // The columns of the options are as wide as the longest entry.
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let option = "scale_factor integer default 5 1 to 1000 ";
    assert!(ran.out.lines().any(|line| words(line).starts_with(option)), "{}", ran.out);
    let document: Value = serde_json::from_str(&user.run(["show", FAST, "--json"]).ok().out).unwrap();
    let item = &document["items"][0];
    assert_eq!(
        (&item["status"], &item["basis"], &item["is_built_in"]),
        (&"refused".into(), &Value::Null, &false.into())
    );
    assert_eq!(item["objection"]["code"], "trust.unlisted");
    assert_eq!(item["objection"]["remedy"], "ce trust core.explanation.fast");
    assert!(item["file"]["digest"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(item["file"]["facts"]["exports_register"], true);
    assert_eq!(item["plugin"]["fast_compatible"], true);
}

#[test]
fn a_prefix_makes_nothing_built_in() {
    let user = User::new();
    user.run(["install", text(&fast_bundle())]).ok();
    user.run(["trust", FAST]).ok();
    let is_built_in = |identifier: &str| {
        let ran = user.run(["show", identifier, "--json"]).ok();
        serde_json::from_str::<Value>(&ran.out).unwrap()["items"][0]["is_built_in"] == true
    };
    assert!(!is_built_in(FAST));
    assert!(is_built_in("core.interval.legacy"));
}

#[test]
fn a_dependency_that_is_missing_is_a_warning() {
    let user = User::new();
    user.run(["install", text(&fast_bundle())]).ok();
    user.run(["trust", FAST]).ok();
    user.run(["untrust", FAST]).ok();
    let ran = user.run(["list"]).ok();
    let warning = "explanation core.explanation.fast: depends on `core.interval.fast`, which is not listed: ce trust core.interval.fast\n";
    assert!(ran.out.contains(warning), "{}", ran.out);
    let ran = user.ask("explain", &["--mode", "fast"]);
    ran.fails(1, "route.missing_dependency", &["core.interval.fast", "ce trust core.interval.fast"]);
}

#[test]
fn each_reason_to_refuse_has_its_code_and_remedy_in_the_list() {
    let manifest = r#"{ "schema_version": "1.0.0",
        "bundle": { "name": "raw", "version": "0.1.0", "provider": "ce-tests", "license": "MIT" },
        "plugins": [{ "kind": "interval", "identifier": "raw.interval.none", "version": "0.1.0",
                      "tasks": ["classification"], "capabilities": ["interval:classification"] }] }"#;
    let later = manifest.replacen("1.0.0", "9.0.0", 1);
    let good = RawBundle::of(manifest);
    for (name, bundle, code) in [
        ("bare", RawBundle { manifest: None, ..good.clone() }, "trust.no_manifest"),
        ("later", RawBundle::of(&later), "trust.schema_version"),
        ("wrong", RawBundle::of("{}"), "trust."),
        ("api", RawBundle { plugin_api: "9.0.0", ..good.clone() }, "trust.plugin_api"),
        ("mute", RawBundle { has_register: false, ..good.clone() }, "trust.no_register"),
    ] {
        let user = User::new();
        user.write("plugins/empty", "");
        let path = bundle.build(&user.path("plugins"), name);
        let ran = user.run(["list", "--plugins-dir", "plugins", "--json"]).ok();
        let document: Value = serde_json::from_str(&ran.out).unwrap();
        let refused = &document["refused"][0];
        assert!(refused["code"].as_str().unwrap().starts_with(code), "{name}: {document}");
        assert!(!refused["remedy"].as_str().unwrap().is_empty(), "{name}");
        let ran = user.run(["install", text(&path), "--plugins-dir", "new"]);
        assert_eq!(ran.status, 1, "{name}: {ran:#?}");
        assert!(ran.err.contains("nothing was changed"), "{name}: {}", ran.err);
    }
}

#[test]
fn two_bundles_that_claim_one_identifier_are_both_shown() {
    let user = User::new();
    user.run(["install", text(&fast_bundle())]).ok();
    user.run(["install", text(&bundle_path("claims_fast"))]).ok();
    let ran = user.run(["show", FAST]).ok();
    assert_eq!(ran.out.matches("core.interval.fast 0.1.0 (interval)\n").count(), 2, "{}", ran.out);
    user.run(["trust", FAST]).fails(1, "policy.ambiguous", &["core.interval.fast@sha256:", "libce_fast"]);
    user.run(["trust", text(&fast_bundle())]).ok();
    let ran = user.run(["list"]).ok();
    assert!(ran.out.contains("trust.identifier_owned"), "{}", ran.out);
}
