//! What must never be mapped. Each of these libraries has a constructor that writes a file, and is looked at, judged and
//! loaded by a host in a process of its own: no case may leave the file. The first test shows that it would be left.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ce_host::bundle::Digest;
use ce_tests::{RawBundle, Scratch, bundle_path, empty_library, program_path};
use serde_json::Value;

const MANIFEST: &str = r#"{
    "schema_version": "1.0.0",
    "bundle": { "name": "raw", "version": "0.1.0", "provider": "ce-tests", "license": "MIT" },
    "plugins": [{ "kind": "interval", "identifier": "raw.interval.none", "version": "0.1.0",
                  "tasks": ["classification"], "capabilities": ["interval:classification"] }]
}"#;

/// What a host makes of the scratch places, and whether anything was mapped. `environment` is all that it has.
fn look(scratch: &Scratch, environment: &[(&str, &str)]) -> (Value, bool) {
    let trace = scratch.path("trace");
    let mut host = Command::new(program_path("look"));
    host.args([scratch.config(), scratch.plugins_dir()]).env_clear().envs(environment.iter().copied());
    let output = host.env("BUNDLE_CONSTRUCTOR_WRITES", &trace).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (serde_json::from_slice(&output.stdout).unwrap(), trace.exists())
}

/// Puts a library where the host looks, and grants it everything that can be granted for one process.
fn placed(scratch: &Scratch, library: &Path) -> String {
    let bytes = fs::read(library).unwrap();
    scratch.put("lib.so", &bytes);
    Digest::of(&bytes).to_string()
}

/// The code with which a library is refused although its digest is trusted, and that it was not mapped.
fn refused(scratch: &Scratch, library: &Path) -> String {
    let digest = placed(scratch, library);
    let (outcome, is_mapped) = look(scratch, &[("CE_TRUST_PLUGIN", &digest)]);
    assert!(!is_mapped, "a refused library was mapped: {outcome}");
    let verdict = outcome["verdicts"]["lib.so"].as_str().or_else(|| outcome["unreadable"][0].as_str());
    verdict.unwrap_or_else(|| panic!("nothing was said: {outcome}")).to_owned()
}

fn constructor() -> PathBuf {
    bundle_path("constructor")
}

#[test]
fn what_is_trusted_is_mapped_and_its_constructor_leaves_a_file() {
    let scratch = Scratch::with_trusted(&[constructor()]);
    let (outcome, is_mapped) = look(&scratch, &[]);
    assert_eq!(outcome["verdicts"]["libconstructor.so"], "trusted");
    assert_eq!(outcome["failed"], serde_json::json!([]));
    assert!(is_mapped, "the trace that must be missing elsewhere is missing here too");

    // The raw libraries below are refused for what is said of each, not for being raw.
    let scratch = Scratch::new();
    let raw = RawBundle::of(MANIFEST).build(&scratch.path(""), "raw");
    let digest = placed(&scratch, &raw);
    let (outcome, is_mapped) = look(&scratch, &[("CE_TRUST_PLUGIN", &digest)]);
    assert_eq!(outcome["verdicts"]["lib.so"], "trusted");
    assert_eq!(outcome["failed"], serde_json::json!(["load.no_symbol"]));
    assert!(is_mapped, "the trace that must be missing elsewhere is missing here too");
}

#[test]
fn what_is_denied_is_not_mapped_whoever_trusts_it() {
    for by in ["test.interval.constructor", "test-constructor", "DIGEST"] {
        let scratch = Scratch::with_trusted(&[constructor()]);
        let digest = Digest::of(&fs::read(constructor()).unwrap()).to_string();
        let by = if by == "DIGEST" { digest.as_str() } else { by };
        let (outcome, is_mapped) = look(&scratch, &[("CE_DENY_PLUGIN", by), ("CE_TRUST_PLUGIN", &digest)]);
        assert_eq!(outcome["verdicts"]["libconstructor.so"], "trust.denied", "denied by {by}");
        assert!(!is_mapped, "denied by {by}");

        scratch.configure(&format!("denied = [\"{by}\"]"));
        let (outcome, is_mapped) = look(&scratch, &[("CE_TRUST_PLUGIN", &digest)]);
        assert_eq!(outcome["verdicts"]["libconstructor.so"], "trust.denied", "denied by {by}");
        assert!(!is_mapped, "denied by {by}");
    }
}

#[test]
fn what_is_unlisted_or_unpinned_is_not_mapped() {
    let scratch = Scratch::new();
    scratch.install(&constructor()).unwrap();
    let (outcome, is_mapped) = look(&scratch, &[]);
    assert_eq!(outcome["verdicts"]["libconstructor.so"], "trust.unlisted");
    assert!(!is_mapped);

    fs::write(scratch.config(), "[plugins]\ntrusted = [\"test.interval.constructor\"]\n").unwrap();
    let (outcome, is_mapped) = look(&scratch, &[]);
    assert_eq!(outcome["verdicts"]["libconstructor.so"], "trust.unpinned");
    assert!(!is_mapped);
}

#[test]
fn other_bytes_than_the_pinned_ones_are_not_mapped_whoever_trusts_them() {
    let scratch = Scratch::with_trusted(&[constructor()]);
    let path = scratch.plugins_dir().join("libconstructor.so");
    let mut bytes = fs::read(&path).unwrap();
    bytes.push(0);
    fs::write(&path, &bytes).unwrap();
    let digest = Digest::of(&bytes).to_string();
    for environment in [&[][..], &[("CE_TRUST_PLUGIN", digest.as_str())]] {
        let (outcome, is_mapped) = look(&scratch, environment);
        assert_eq!(outcome["verdicts"]["libconstructor.so"], "trust.digest");
        assert!(!is_mapped);
    }
}

#[test]
fn another_schema_is_not_mapped() {
    let scratch = Scratch::new();
    for version in ["2.0.0", "0.9.0"] {
        let manifest = MANIFEST.replace("\"schema_version\": \"1.0.0\"", &format!("\"schema_version\": \"{version}\""));
        let raw = RawBundle::of(&manifest).build(&scratch.path(""), "raw");
        assert_eq!(refused(&scratch, &raw), "trust.schema_version", "{version}");
    }
}

#[test]
fn another_boundary_is_not_mapped() {
    let scratch = Scratch::new();
    for plugin_api in ["9.0.0", "1.999.0", "0.1.0"] {
        let raw = RawBundle { plugin_api, ..RawBundle::of(MANIFEST) }.build(&scratch.path(""), "raw");
        assert_eq!(refused(&scratch, &raw), "trust.plugin_api", "{plugin_api}");
    }
}

#[test]
fn without_a_good_manifest_or_an_entry_point_nothing_is_mapped() {
    let scratch = Scratch::new();
    let at = scratch.path("");
    let raw = RawBundle { manifest: None, ..RawBundle::of("") }.build(&at, "raw");
    assert_eq!(refused(&scratch, &raw), "trust.no_manifest");
    let raw = RawBundle::of("{ \"schema_version\": \"1.0.0\" }").build(&at, "raw");
    assert_eq!(refused(&scratch, &raw), "trust.manifest");
    let raw = RawBundle { has_register: false, ..RawBundle::of(MANIFEST) }.build(&at, "raw");
    assert_eq!(refused(&scratch, &raw), "trust.no_register");
}

#[test]
fn a_built_in_identifier_is_not_mapped() {
    let scratch = Scratch::new();
    let manifest = MANIFEST.replace("raw.interval.none", "core.interval.legacy");
    let raw = RawBundle::of(&manifest).build(&scratch.path(""), "raw");
    assert_eq!(refused(&scratch, &raw), "trust.built_in_identifier");
}

#[test]
fn what_would_map_other_libraries_is_not_mapped() {
    let scratch = Scratch::new();
    let at = scratch.path("");
    empty_library(&at, "other");
    // Without --as-needed: the library is needed although nothing of it is used.
    let arguments = vec![format!("-L{}", at.display()), "-Clink-args=-Wl,--no-as-needed -lother".to_owned()];
    let raw = RawBundle { arguments, ..RawBundle::of(MANIFEST) }.build(&at, "raw");
    assert_eq!(refused(&scratch, &raw), "trust.needs_library");

    for flags in ["-Wl,-rpath,/nowhere", "-Wl,-rpath,$ORIGIN,--disable-new-dtags"] {
        let arguments = vec![format!("-Clink-args={flags}")];
        let raw = RawBundle { arguments, ..RawBundle::of(MANIFEST) }.build(&at, "raw");
        assert_eq!(refused(&scratch, &raw), "trust.runpath", "{flags}");
    }
}

#[test]
fn what_is_cut_off_or_no_library_is_not_mapped() {
    let scratch = Scratch::new();
    let bytes = fs::read(constructor()).unwrap();
    let cut = scratch.path("cut.so");
    for n_bytes in [0, 3, 63, 64, 4096, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&cut, &bytes[..n_bytes]).unwrap();
        let code = refused(&scratch, &cut);
        assert!(code.starts_with("inspect.") || code == "trust.no_manifest", "cut at {n_bytes}: {code}");
    }
    fs::write(&cut, "no library\n").unwrap();
    assert_eq!(refused(&scratch, &cut), "inspect.not_a_library");
    assert_eq!(refused(&scratch, &program_path("look")), "trust.not_a_library");
}
