//! Files that lie, or are none: refused before anything is mapped, so that it makes no difference where they would have run.

use std::path::Path;

use ce_host::bundle::trust::Verdict;
use ce_host::config::Placement;
use ce_tests::{RawBundle, Scratch, bundle_path, c_bundle};

use crate::loaded::MANIFEST;
use crate::patched::{Patch, patched};
use crate::places::{by_second, by_second_alone, places};
use crate::verdict::each;

/// The code with which a file is refused although its bytes are trusted; the good bundle beside it is let in.
fn code(library: &Path) -> String {
    let places = places(&[library.to_owned(), bundle_path("second")], "");
    let (_, survey) = places.host(Placement::Process).survey().unwrap();
    let name = library.file_name().unwrap();
    let judged = survey.files().iter().find(|file| file.claim.path.file_name() == Some(name));
    let code = match judged.map(|file| &file.verdict) {
        None => survey.unreadable()[0].code(),
        Some(Verdict::Refused(refused)) => refused.code(),
        Some(other) => panic!("{}: {other:?}", library.display()),
    };
    code.to_owned()
}

#[test]
fn what_lies_about_itself_is_refused() {
    let scratch = Scratch::new();
    let c = |arguments: &[&str], manifest: &str| c_bundle(&scratch.path(""), "well", manifest, arguments);
    let raw = |raw: RawBundle<'_>| raw.build(&scratch.path(""), "raw");
    let other = |from: &str, to: &str| MANIFEST.replace(from, to);
    assert_eq!(code(&c(&[], &other("schema_version\": \"1.0.0", "schema_version\": \"2.0.0"))), "trust.schema_version");
    assert_eq!(code(&c(&[], &other("\"plugins\"", "\"plugings\""))), "trust.manifest");
    assert_eq!(code(&c(&[], &other("interval:classification", "interval:regression"))), "trust.manifest");
    assert_eq!(code(&c(&[], &other("hostile.interval.c", "core.interval.legacy"))), "trust.built_in_identifier");
    assert_eq!(code(&c(&["-Wl,-rpath,/elsewhere"], MANIFEST)), "trust.runpath");
    assert_eq!(code(&raw(RawBundle { plugin_api: "9.0.0", ..RawBundle::of(MANIFEST) })), "trust.plugin_api");
    assert_eq!(code(&raw(RawBundle { has_register: false, ..RawBundle::of(MANIFEST) })), "trust.no_register");
    assert_eq!(code(&raw(RawBundle { manifest: None, ..RawBundle::of(MANIFEST) })), "trust.no_manifest");
    assert_eq!(code(&patched(&scratch, &[Patch::Machine])), "trust.platform");
}

#[test]
fn what_is_cut_off_anywhere_is_refused() {
    let scratch = Scratch::new();
    let bytes = std::fs::read(bundle_path("hostile")).unwrap();
    let cut = scratch.path("libcut.so");
    let offsets: Vec<usize> =
        (0..24).map(|part| bytes.len() * part / 24).chain([1, 4, 63, 64, bytes.len() - 1]).collect();
    each(&offsets, |&n_bytes| {
        std::fs::write(&cut, &bytes[..n_bytes]).unwrap();
        let code = code(&cut);
        assert!(code.starts_with("inspect.") || code == "trust.no_manifest", "cut at {n_bytes}: {code}");
    });
}

#[test]
fn two_bundles_that_claim_one_identifier_are_both_refused() {
    let scratch = Scratch::new();
    let second = patched(&scratch, &[Patch::Constructor("prints")]);
    let both = places(&[bundle_path("hostile"), second, bundle_path("second")], "");
    let host = both.host(Placement::Process).build().unwrap();
    let refused: Vec<_> = host.catalog().refused().iter().map(|file| file.verdict.clone()).collect();
    let codes = refused.iter().map(|verdict| match verdict {
        Verdict::Refused(refused) => refused.code(),
        other => panic!("{other:?}"),
    });
    assert_eq!(codes.collect::<Vec<_>>(), ["trust.ambiguous"; 2]);
    assert!(by_second(&host) == by_second_alone(), "another bundle");
}
