//! The bundle in the README of `ce-plugin-api`: it stands there word for word, and does what is said of it.

use ce_host::bundle::Digest;
use ce_host::plugin_api::kind::IntervalHandle;
use ce_tests::{Scratch, bundle_path, workspace_root};

use super::{answer, fit, options};

fn read(path: &str) -> String {
    std::fs::read_to_string(workspace_root().join(path)).unwrap()
}

#[test]
fn the_readme_shows_the_bundle_word_for_word() {
    let readme = read("plugin-api/README.md");
    for (language, path) in [("rust", "src/lib.rs"), ("json", "bundle.json")] {
        let text = read(&format!("tests/bundles/readme/{path}"));
        assert!(
            readme.contains(&format!("```{language}\n{text}```\n")),
            "plugin-api/README.md does not show tests/bundles/readme/{path}: copy it into the README"
        );
    }
}

#[test]
fn the_readmes_bundle_answers_with_its_mean_error_on_either_side() {
    let scratch = Scratch::new();
    let digest = Digest::of(&std::fs::read(bundle_path("readme")).unwrap());
    let mut host = scratch.host().trust_digest(digest).build().unwrap();
    host.register(&bundle_path("readme")).unwrap();
    let plugin = host.catalog().registry().handle::<IntervalHandle>("acme.interval.plain").unwrap();
    let [predict, low, high] = answer(&fit(plugin, &options(&serde_json::json!({}))).unwrap()).unwrap();
    // The calibration scores are off by 0.1, 0.2, 0.2 and 0.1.
    assert_eq!(predict, 0.5);
    assert!((low - 0.35).abs() < 1e-12 && (high - 0.65).abs() < 1e-12, "{low} {high}");
}
