//! Every kept input of every fuzz target, as a plain test: what was found once stays mended. It never looks for new ones.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Where the inputs of the fuzz targets lie.
pub(super) fn folder(which: &str, target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(which).join(target)
}

/// The files of a folder in the order of their names; none if there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[track_caller]
fn run(target: &str, body: fn(&[u8])) {
    let corpus = files(&folder("corpus", target));
    assert!(!corpus.is_empty(), "{} holds nothing", folder("corpus", target).display());
    for path in corpus.iter().chain(&files(&folder("regressions", target))) {
        let bytes = std::fs::read(path).unwrap();
        let survived = catch_unwind(AssertUnwindSafe(|| body(&bytes))).is_ok();
        assert!(survived, "{} is not survived: see the panic above, and docs/FUZZING.md", path.display());
    }
}

#[test]
fn kept_sections_are_survived() {
    run("section", super::section);
}

#[test]
fn kept_manifests_are_survived() {
    run("manifest", super::manifest);
}

#[test]
fn kept_configurations_are_survived() {
    run("config", super::config);
}

#[test]
fn kept_locks_are_survived() {
    run("lock", super::lock);
}

#[test]
fn kept_models_are_survived() {
    run("model", super::model);
}

#[test]
fn kept_tables_are_survived() {
    run("csv", super::csv);
}

#[cfg(target_os = "linux")]
#[test]
fn kept_messages_are_survived() {
    run("protocol", super::protocol);
}
