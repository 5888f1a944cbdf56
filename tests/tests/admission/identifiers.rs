//! Who owns an identifier: bundles side by side stay distinct, claims on what others own are refused, and a project's
//! `ce.toml` grants nothing.

use std::fs;
use std::path::PathBuf;

use ce_host::bundle::SourceOrigin;
use ce_host::bundle::policy::EditError;
use ce_host::bundle::trust::Verdict;
use ce_host::plugin_api::kind::IntervalHandle;
use ce_host::plugin_api::manifest::Kind;
use ce_tests::{Scratch, bundle_path, fast_bundle};

use super::{answer, fit, options};

#[test]
fn bundles_side_by_side_stay_distinct() {
    let scratch = Scratch::with_trusted(&[bundle_path("second"), bundle_path("shifted"), fast_bundle()]);
    let host = scratch.host().build().unwrap();
    let registry = host.catalog().registry();
    assert!(host.catalog().failed().is_empty() && host.catalog().refused().is_empty());
    let predict = |identifier: &str, own: serde_json::Value| {
        let plugin = registry.handle::<IntervalHandle>(identifier).unwrap();
        answer(&fit(plugin, &options(&own)).unwrap()).unwrap()[0]
    };
    assert_eq!(predict("test.interval.shifted", serde_json::json!({ "shift": 0.25 })), 0.75);
    assert_eq!(predict("second.interval.plain", serde_json::json!({})), 0.5);
    assert_eq!(predict("test.interval.shifted", serde_json::json!({ "shift": -0.25 })), 0.25);

    let mut origins = Vec::new();
    for (identifier, bundle) in [
        ("test.interval.shifted", "test-shifted"),
        ("second.interval.plain", "second"),
        ("core.interval.fast", "fast-explanations"),
        ("core.interval.legacy", "builtin"),
    ] {
        let entry = registry.entry(Kind::Interval, identifier).unwrap();
        assert!(entry.source.name.contains(bundle), "{identifier} is of {}", entry.source.name);
        assert!(!origins.contains(&entry.source.digest()), "{identifier} shares its digest");
        origins.push(entry.source.digest());
    }
    // The prefix `core.` makes nothing built in.
    let fast = registry.entry(Kind::Interval, "core.interval.fast").unwrap();
    assert!(matches!(fast.source.origin, SourceOrigin::Library { .. }));
}

#[test]
fn a_claim_on_a_built_ins_identifier_is_refused_at_the_door() {
    let scratch = Scratch::new();
    assert_eq!(refusal(scratch.install(&bundle_path("claims_builtin")).unwrap_err()), "trust.built_in_identifier");
    scratch.put("x.so", &fs::read(bundle_path("claims_builtin")).unwrap());
    assert_eq!(refusal(scratch.trust("core.interval.legacy").unwrap_err()), "trust.built_in_identifier");
    assert_eq!(verdicts(&scratch), ["trust.built_in_identifier"]);
}

#[test]
fn a_claim_on_a_pinned_bundles_identifier_is_refused_at_the_door() {
    let scratch = Scratch::with_trusted(&[fast_bundle()]);
    assert_eq!(refusal(scratch.install(&bundle_path("claims_fast")).unwrap_err()), "trust.identifier_owned");
    scratch.put("a.so", &fs::read(bundle_path("claims_fast")).unwrap());
    assert_eq!(verdicts(&scratch), ["trust.identifier_owned", "trusted"]);
    // Asked for by its identifier, the pinned bundle is what is meant, as before.
    assert!(scratch.trust("core.interval.fast").unwrap().listed.is_empty());
    let host = scratch.host().build().unwrap();
    let entry = host.catalog().usable(Kind::Interval, "core.interval.fast").unwrap();
    assert_eq!(entry.source.name, "fast-explanations");
}

#[test]
fn of_two_claimants_none_is_trusted_by_identifier_alone() {
    let scratch = Scratch::new();
    scratch.install(&fast_bundle()).unwrap();
    let claimant = scratch.install(&bundle_path("claims_fast")).unwrap();
    assert_eq!(scratch.trust("core.interval.fast").unwrap_err().code(), "policy.ambiguous");
    // The form that `ce install` prints says which bytes are meant.
    assert_eq!(scratch.trust(&claimant.target()).unwrap().name, "test-claims-fast");
    assert_eq!(verdicts(&scratch).iter().filter(|code| **code == "trust.identifier_owned").count(), 1);
}

#[test]
fn a_projects_file_that_grants_anything_is_an_error_and_grants_nothing() {
    let scratch = Scratch::new();
    let installed = scratch.install(&bundle_path("shifted")).unwrap();
    let project = scratch.path("project");
    fs::create_dir(&project).unwrap();
    let dir = scratch.plugins_dir();
    for (grant, key) in [
        ("[plugins]\ntrusted = [\"test.interval.shifted\"]\n".to_owned(), "trusted"),
        (format!("[plugins]\ndirs = [\"{}\"]\n", dir.display()), "dirs"),
        ("[intervals]\ndefault_fallbacks = [\"core.interval.legacy\"]\n".to_owned(), "default_fallbacks"),
    ] {
        fs::write(project.join("ce.toml"), &grant).unwrap();
        let error = scratch.host().working_dir(&project).build().unwrap_err();
        assert_eq!(error.code(), "config.project_forbidden", "{grant}: {error}");
        assert!(error.to_string().contains(key), "{error}");
    }
    fs::write(project.join("ce.toml"), "[intervals]\ndefault = \"test.interval.shifted\"\n").unwrap();
    let host = scratch.host().working_dir(&project).build().unwrap();
    let skip = host.catalog().usable(Kind::Interval, "test.interval.shifted").unwrap_err();
    assert_eq!(skip.code, "trust.unlisted", "{}: {}", installed.path.display(), skip.reason);
}

/// What each file of the plugins directory is, in the order of their names.
fn verdicts(scratch: &Scratch) -> Vec<&'static str> {
    let verdict = |verdict: &Verdict| match verdict {
        Verdict::Trusted(_) => "trusted",
        Verdict::Refused(refused) => refused.code(),
        Verdict::Duplicate(_) => "duplicate",
    };
    let survey = scratch.survey();
    let mut files: Vec<(PathBuf, &str)> =
        survey.files().iter().map(|file| (file.claim.path.clone(), verdict(&file.verdict))).collect();
    files.sort();
    files.into_iter().map(|(_, code)| code).collect()
}

fn refusal(error: EditError) -> &'static str {
    match error {
        EditError::Unusable(refused) => refused.code(),
        other => panic!("expected a refusal, found {other}"),
    }
}
