//! Outputs that no host may take: the same reason, word for word, whether they come out of a worker or not.

use std::path::PathBuf;

use ce_host::config::{Placement, Slot};
use ce_host::plugin_api::manifest::Kind;
use ce_tests::{bundle_path, workspace_root};
use serde_json::{Value, json};

use crate::places::{Places, by_second, by_second_alone, explain, explainer, places};
use crate::verdict::each;

/// Every way to misbehave that the bundle `misbehaves` offers for a kind of plugin.
fn ways(kind: &str) -> Vec<String> {
    let manifest = std::fs::read_to_string(workspace_root().join("tests/bundles/misbehaves.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let plugins = manifest["plugins"].as_array().unwrap();
    let plugin = plugins.iter().find(|plugin| plugin["kind"] == kind).unwrap();
    let choices = plugin["options"]["how"]["choices"].as_array().unwrap();
    choices.iter().map(|choice| choice.as_str().unwrap().to_owned()).filter(|choice| choice != "well").collect()
}

/// The code and the message with which it is refused, and that the host goes on.
fn refusal(places: &Places, placement: Placement, slot: Slot, identifier: &str, how: &str) -> (&'static str, String) {
    let builder = places.host(placement).choose(slot, identifier).option(identifier, "how", json!(how));
    let host = builder.build().unwrap();
    let error = explainer(&host).build().and_then(|explainer| explain(&explainer)).unwrap_err();
    assert!(by_second(&host) == by_second_alone(), "{how}: another bundle");
    (error.code(), error.to_string())
}

#[test]
fn what_may_not_be_handed_back_is_refused_in_the_same_words_in_both_places() {
    let bundles: [PathBuf; 2] = [bundle_path("misbehaves"), bundle_path("second")];
    let places = places(&bundles, "");
    for kind in [Kind::Interval, Kind::Explanation] {
        let slot = if kind == Kind::Interval { Slot::Interval } else { Slot::ExplanationFactual };
        let (ways, identifier) = (ways(kind.as_str()), format!("test.{kind}.misbehaves"));
        assert!(ways.len() > 12, "{ways:?}");
        each(&ways, |how| {
            let [held, free] = [Placement::Process, Placement::InProcess]
                .map(|placement| refusal(&places, placement, slot, &identifier, how));
            assert_eq!(held.0, "plugin.invalid_output", "{how}: {}", held.1);
            assert_eq!(held, free, "{how}");
        });
    }
}
