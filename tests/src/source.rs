//! The source files of the workspace, for the tests that read them. It never reads what was built.

use std::path::{Path, PathBuf};

/// A Rust file of the workspace.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The path below the workspace's root, with `/` between its parts.
    pub path: String,
    /// What stands in it.
    pub text: String,
}

/// The root of the workspace.
#[must_use]
pub fn workspace_root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("this package lies in the workspace").to_owned()
}

/// Every Rust file of the workspace's members, in the order of their paths.
///
/// # Panics
/// If one cannot be read.
#[must_use]
pub fn sources() -> Vec<SourceFile> {
    let root = workspace_root();
    let mut files = Vec::new();
    for member in ["plugin-api", "core", "plugins", "host", "tests", "examples"] {
        collect(&root, &root.join(member), &mut files);
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    files
}

fn collect(root: &Path, dir: &Path, files: &mut Vec<SourceFile>) {
    for entry in std::fs::read_dir(dir).expect("a directory of the workspace can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let below = path.strip_prefix(root).expect("it lies below the root");
            let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            let text = std::fs::read_to_string(&path).expect("a source file is UTF-8");
            files.push(SourceFile { path: parts.join("/"), text });
        }
    }
}
