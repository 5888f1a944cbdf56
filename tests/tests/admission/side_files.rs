//! A bundle's own libraries: pinned with it, copied with it, mapped before it from the bytes that were judged. Whatever else
//! lies in their place is never mapped. The host runs in a process of its own, and every constructor leaves a file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ce_host::bundle::Digest;
use ce_tests::{OwnLibrary, RawBundle, Scratch, ce_program, program_path};
use serde_json::Value;

const MANIFEST: &str = r#"{
    "schema_version": "1.0.0",
    "bundle": { "name": "NAME", "version": "0.1.0", "provider": "ce-tests", "license": "MIT" },
    "plugins": [{ "kind": "interval", "identifier": "NAME.interval.none", "version": "0.1.0",
                  "tasks": ["classification"], "capabilities": ["interval:classification"] }]
}"#;

/// The constructors of a raw bundle and its libraries ran: then it is found to be no real bundle.
const MAPPED: &str = "load.no_symbol";

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    for dir in ["built", "built/deep", "elsewhere"] {
        scratch.make_dir(dir);
    }
    scratch
}

/// `raw` in `built`, with `libown.so`, which says `says` and needs `libdeep.so.1`.
fn built(scratch: &Scratch, says: u32, link: &str) -> PathBuf {
    let at = scratch.path("built");
    let deep = OwnLibrary { function: "deep", ..OwnLibrary::of("libdeep.so.1", 100) }.build(&at);
    let arguments = ["-Wl,--no-as-needed".to_owned(), deep.display().to_string()];
    let _ = OwnLibrary { arguments: &arguments, ..OwnLibrary::of("libown.so", says) }.build(&at);
    bundle("raw", &at, link)
}

/// A bundle that asks `libown.so` of the same directory.
fn bundle(name: &str, at: &Path, link: &str) -> PathBuf {
    let links =
        format!("-Clink-args=-L{} -l:libown.so -Wl,--unresolved-symbols=ignore-in-shared-libs {link}", at.display());
    let arguments = vec![links, "--cfg=asks_library".to_owned()];
    RawBundle { arguments, ..RawBundle::of(&MANIFEST.replace("NAME", name)) }.build(at, name)
}

/// What a host makes of the scratch places. With `swap` the first file takes the place of the second before loading.
fn look(scratch: &Scratch, environment: &[(&str, &str)], swap: Option<[&Path; 2]>) -> Outcome {
    let trace = scratch.path("trace");
    for says in ["", ".1", ".2", ".9", ".100"] {
        let _ = fs::remove_file(scratch.path(&format!("trace{says}")));
    }
    let mut host = Command::new(program_path("look"));
    host.args([scratch.config(), scratch.plugins_dir()]).args(swap.into_iter().flatten());
    host.env_clear().envs(environment.iter().copied()).env("BUNDLE_CONSTRUCTOR_WRITES", &trace);
    let output = host.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ran = [1, 2, 9, 100].into_iter().filter(|says| scratch.path(&format!("trace.{says}")).exists()).collect();
    Outcome { found, said: fs::read_to_string(trace).ok(), ran }
}

#[derive(Debug)]
struct Outcome {
    found: Value,
    /// What the bundle's constructor wrote, if it ran.
    said: Option<String>,
    /// The libraries whose constructors ran.
    ran: Vec<u32>,
}

impl Outcome {
    fn verdict(&self) -> &str {
        self.found["verdicts"]["libraw.so"].as_str().unwrap_or("nothing")
    }

    #[track_caller]
    fn assert_mapped_with(&self, says: u32) {
        assert_eq!((self.verdict(), &self.found["failed"]), ("trusted", &serde_json::json!([MAPPED])));
        assert_eq!(self.said, Some(format!("the constructor of `raw` ran, and its library says {says}\n")));
        assert_eq!(self.ran, [says, 100]);
    }

    #[track_caller]
    fn assert_refused(&self, code: &str) {
        assert_eq!(self.verdict(), code, "{self:?}");
        assert_eq!((&self.said, self.ran.as_slice()), (&None, &[][..]), "something was mapped");
    }
}

#[test]
fn libraries_are_installed_pinned_and_mapped_with_their_bundle() {
    let scratch = scratch();
    let raw = built(&scratch, 1, "");
    let installed = scratch.install(&raw).unwrap();
    let names: Vec<_> = installed.side_files.iter().map(|path| path.file_name().unwrap()).collect();
    assert_eq!(names, ["libdeep.so.1", "libown.so"], "each after what it needs itself");
    look(&scratch, &[], None).assert_refused("trust.unlisted");

    let trusted = scratch.trust(&installed.target()).unwrap();
    let digest = |name: &str| Digest::of(&fs::read(scratch.path("built").join(name)).unwrap());
    let pinned: Vec<_> = trusted.side_files.iter().map(|(name, digest)| (name.as_str(), *digest)).collect();
    assert_eq!(pinned, ["libdeep.so.1", "libown.so"].map(|name| (name, digest(name))));
    let outcome = look(&scratch, &[], None);
    outcome.assert_mapped_with(1);
    // `libown.so` is told of with its bundle, not as a bundle without a manifest.
    assert_eq!(outcome.found["verdicts"].as_object().unwrap().len(), 1);
    assert_eq!(outcome.found["unreadable"], serde_json::json!([]));
    let survey = scratch.survey();
    let side_files = &survey.files()[0].side_files;
    assert!(
        side_files.iter().all(|side| side.claim.found.as_ref().ok() == side.pinned.as_ref() && side.pinned.is_some())
    );

    let lock = fs::read_to_string(scratch.path("ce.lock")).unwrap();
    assert!(lock.contains("schema_version = \"1.1.0\"") && lock.contains(".side_files."), "{lock}");
    let removed = scratch.uninstall("raw").unwrap();
    assert_eq!((removed.side_files.len(), removed.left.len()), (2, 0));
    assert_eq!(fs::read_dir(scratch.plugins_dir()).unwrap().count(), 0);
}

#[test]
fn showing_a_plugin_lists_its_libraries_and_whether_they_are_pinned() {
    let scratch = scratch();
    let installed = scratch.install(&built(&scratch, 1, "")).unwrap();
    let show = |arguments: &[&str]| {
        let mut ce = Command::new(ce_program());
        ce.args(["show", "raw.interval.none"]).args(arguments).env_clear().current_dir(scratch.path(""));
        ce.arg("--config").arg(scratch.config()).arg("--plugins-dir").arg(scratch.plugins_dir());
        String::from_utf8(ce.output().unwrap().stdout).unwrap()
    };
    assert_eq!(show(&[]).matches(", not pinned\n").count(), 2, "{}", show(&[]));
    scratch.trust(&installed.target()).unwrap();
    let text = show(&[]);
    assert!(text.contains("libdeep.so.1 (sha256:") && text.matches(", pinned\n").count() == 2, "{text}");
    let document: Value = serde_json::from_str(&show(&["--json"])).unwrap();
    let sides = document["items"][0]["file"]["side_files"].as_array().unwrap();
    assert_eq!((&sides[1]["name"], sides.len()), (&Value::from("libown.so"), 2));
    assert!(sides.iter().all(|side| side["digest"] == side["pinned"] && side["problem"].is_null()), "{sides:?}");
}

#[test]
fn a_library_that_changed_or_is_gone_is_not_mapped_and_neither_is_its_bundle() {
    let scratch = scratch();
    let installed = scratch.install(&built(&scratch, 1, "")).unwrap();
    scratch.trust(&installed.target()).unwrap();
    let own = scratch.plugins_dir().join("libown.so");
    let original = fs::read(&own).unwrap();
    // A library that works just as well: what it needs, and what it calls itself, are the same.
    built(&scratch, 2, "");
    let other = fs::read(scratch.path("built/libown.so")).unwrap();
    scratch.put("libown.so", &other);
    look(&scratch, &[], None).assert_refused("trust.side_file_digest");
    // Whoever trusts the bundle and the other bytes for one process does not beat the pin.
    let both = format!("{},{}", installed.digest, Digest::of(&other));
    look(&scratch, &[("CE_TRUST_PLUGIN", &both)], None).assert_refused("trust.side_file_digest");
    assert_eq!(scratch.trust(&installed.target()).unwrap_err().code(), "trust.side_file_digest");
    scratch.upgrade(&installed.target()).unwrap();
    look(&scratch, &[], None).assert_mapped_with(2);

    scratch.put("libown.so", &original[..original.len() / 2]);
    let verdict = look(&scratch, &[], None);
    verdict.assert_refused("trust.side_file");
    fs::remove_file(&own).unwrap();
    look(&scratch, &[], None).assert_refused("trust.needs_library");
    // A link out of the plugins directory leads nowhere, even to the pinned bytes.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(scratch.path("built/libown.so"), &own).unwrap();
        look(&scratch, &[], None).assert_refused("trust.side_file");
        fs::remove_file(&own).unwrap();
    }
    scratch.put("libown.so", &other);
    scratch.put("libdeep.so.1", &original);
    look(&scratch, &[], None).assert_refused("trust.side_file");
}

#[test]
fn what_is_swapped_after_the_judgement_is_not_what_is_mapped() {
    let scratch = scratch();
    let installed = scratch.install(&built(&scratch, 1, "")).unwrap();
    scratch.trust(&installed.target()).unwrap();
    built(&scratch, 2, "");
    let (other, own) = (scratch.path("built/libown.so"), scratch.plugins_dir().join("libown.so"));
    let outcome = look(&scratch, &[], Some([&other, &own]));
    outcome.assert_mapped_with(1);
    look(&scratch, &[], None).assert_refused("trust.side_file_digest");
}

#[test]
fn a_library_must_say_what_it_is_called() {
    let scratch = scratch();
    let at = scratch.path("built");
    let _ = OwnLibrary { has_soname: false, ..OwnLibrary::of("libown.so", 1) }.build(&at);
    let raw = bundle("raw", &at, "");
    let error = scratch.install(&raw).unwrap_err();
    assert_eq!(error.code(), "trust.side_file");
    let text = error.to_string();
    assert!(text.contains("`libown.so`") && text.contains("DT_SONAME") && text.contains("-soname"), "{text}");
    scratch.put("libraw.so", &fs::read(&raw).unwrap());
    scratch.put("libown.so", &fs::read(at.join("libown.so")).unwrap());
    assert_eq!(scratch.trust("raw.interval.none").unwrap_err().code(), "trust.side_file");
    look(&scratch, &[("CE_TRUST_PLUGIN", "raw.interval.none")], None).assert_refused("trust.side_file");
}

#[test]
fn a_library_of_the_same_name_where_the_bundle_says_is_not_mapped() {
    for flags in ["", ",--disable-new-dtags"] {
        let scratch = scratch();
        let elsewhere = scratch.path("elsewhere");
        // A library of the system, and in no process that does not ask for it.
        let resolv = "-Wl,--no-as-needed -l:libresolv.so.2";
        let link = format!("-Wl,-rpath,{}{flags} {resolv}", elsewhere.display());
        let raw = built(&scratch, 1, &link);
        for (name, function) in [
            ("libown.so", "own"),
            ("libdeep.so.1", "deep"),
            ("libc.so.6", "own"),
            ("libgcc_s.so.1", "own"),
            ("libresolv.so.2", "own"),
        ] {
            let _ = OwnLibrary { function, ..OwnLibrary::of(name, 9) }.build(&elsewhere);
        }
        let installed = scratch.install(&raw).unwrap();
        scratch.trust(&installed.target()).unwrap();
        let facts = scratch.survey().files()[0].facts.clone();
        assert!(
            !facts.search_paths.is_empty() && facts.needed_system.contains(&"libresolv.so.2".to_owned()),
            "{facts:?}"
        );
        look(&scratch, &[], None).assert_mapped_with(1);
    }
}

#[test]
fn a_grant_for_one_process_must_name_the_libraries_too() {
    let scratch = scratch();
    let installed = scratch.install(&built(&scratch, 1, "")).unwrap();
    let grant = installed.digest.to_string();
    look(&scratch, &[("CE_TRUST_PLUGIN", &grant)], None).assert_refused("trust.side_file_unpinned");
    let digests = installed.side_files.iter().map(|path| Digest::of(&fs::read(path).unwrap()).to_string());
    let all: Vec<String> = digests.chain([grant]).collect();
    look(&scratch, &[("CE_TRUST_PLUGIN", &all.join(","))], None).assert_mapped_with(1);
    let denied = [("CE_TRUST_PLUGIN", &*all.join(",")), ("CE_DENY_PLUGIN", &*all[0])];
    look(&scratch, &denied, None).assert_refused("trust.denied");
}

#[test]
fn two_bundles_with_different_libraries_of_one_name_do_not_get_each_others() {
    let scratch = scratch();
    let first = scratch.install(&built(&scratch, 1, "")).unwrap();
    let deep = scratch.path("built/deep");
    let _ = OwnLibrary::of("libown.so", 2).build(&deep);
    let second = bundle("second-raw", &deep, "");
    let error = scratch.install(&second).unwrap_err();
    assert_eq!(error.code(), "policy.side_file_exists");
    assert!(!scratch.plugins_dir().join(second.file_name().unwrap()).exists(), "nothing was written");

    // In a directory of its own it can be trusted; but this process has a library of that name already.
    fs::write(
        scratch.config(),
        format!("{}[plugins]\ndirs = [\"built/deep\"]\n", fs::read_to_string(scratch.config()).unwrap()),
    )
    .unwrap();
    only_mine(&[&deep.join("libown.so"), &second]);
    scratch.trust(&first.target()).unwrap();
    scratch.trust("second-raw.interval.none").unwrap();
    let outcome = look(&scratch, &[], None);
    assert_eq!(outcome.found["verdicts"]["libsecond-raw.so"], "trusted");
    assert_eq!(outcome.found["failed"], serde_json::json!([MAPPED, "load.side_file_taken"]));
    assert_eq!(outcome.ran, [1, 100]);
}

#[test]
fn a_library_that_another_bundle_needs_is_left() {
    let scratch = scratch();
    scratch.install(&built(&scratch, 1, "")).unwrap();
    scratch.install(&bundle("other-raw", &scratch.path("built"), "")).unwrap();
    let first = scratch.uninstall("raw").unwrap();
    assert_eq!((first.side_files.len(), first.left.len()), (0, 2));
    let last = scratch.uninstall("other-raw").unwrap();
    assert_eq!((last.side_files.len(), last.left.len()), (2, 0));
}

/// In a worker, which can open nothing, the constructors of bundle and libraries run too: what fails comes after them.
#[cfg(not(feature = "private-copy"))]
#[test]
fn in_workers_each_bundle_gets_its_own_library_of_a_name() {
    let scratch = scratch();
    let (first, deep) = (built(&scratch, 1, ""), scratch.path("built/deep"));
    let _ = OwnLibrary::of("libown.so", 2).build(&deep);
    let second = bundle("second-raw", &deep, "-Wl,-rpath,/nowhere");
    only_mine(&[&deep.join("libown.so"), &second]);
    let dirs = "[plugins]\ndirs = [\"built/deep\"]\n";
    fs::write(scratch.config(), dirs).unwrap();
    let first = scratch.install(&first).unwrap();
    scratch.trust(&first.target()).unwrap();
    scratch.trust("second-raw.interval.none").unwrap();
    let (_, survey) = scratch.held_host().survey().unwrap();
    let catalog = survey.load();
    let failed: Vec<_> = catalog.failed().iter().map(|error| error.code()).collect();
    assert_eq!(failed, [MAPPED, MAPPED], "{:?}", catalog.failed());
}

/// What a compiler makes may be a group's.
fn only_mine(files: &[&Path]) {
    use std::os::unix::fs::PermissionsExt;
    files.iter().for_each(|file| fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap());
}
