//! Bytes as a manifest. It never decides whether a host can run the bundle.

use ce_plugin_api::VERSION;
use ce_plugin_api::manifest::{Manifest, PluginInfo, check_options};

use super::told;

/// Reads a text as a manifest. One that is accepted says the same after it was written and read again.
pub fn manifest(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (manifest, warnings) = match Manifest::parse(text, VERSION) {
        Ok(read) => read,
        Err(problems) => return told(problems.code(), &problems),
    };
    warnings.iter().for_each(|warning| told(warning.code, warning));
    manifest.plugins.iter().for_each(defaults_are_accepted);

    let written = serde_json::to_string(&manifest).expect("a manifest is made of texts and finite numbers");
    let (again, warnings) = Manifest::parse(&written, VERSION).expect("what was accepted is accepted again");
    assert_eq!(again, manifest);
    // `plugin_api` is not the author's to write.
    assert!(warnings.iter().all(|warning| warning.place == "plugin_api"), "{warnings:?}");
}

fn defaults_are_accepted(plugin: &PluginInfo) {
    let defaults = plugin.options.iter().filter(|(_, option)| !option.default.is_null());
    let given = defaults.map(|(name, option)| (name.clone(), option.default.clone())).collect();
    check_options(&plugin.options, &given).expect("what is announced as the default fits");
}
