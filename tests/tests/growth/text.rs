//! Copies of source folders with passages written over. It never writes a file that stays the same, so that cargo builds
//! only what changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Files by their path below a root.
#[derive(Default)]
pub(crate) struct Tree {
    files: BTreeMap<PathBuf, String>,
}

impl Tree {
    /// Adds every file of a folder of `from` under `to`.
    pub(crate) fn copy(&mut self, from: &Path, to: &str) {
        if from.is_file() {
            self.files.insert(PathBuf::from(to), fs::read_to_string(from).unwrap());
            return;
        }
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            self.copy(&entry.path(), &format!("{to}/{name}"));
        }
    }

    /// Adds a file.
    pub(crate) fn add(&mut self, path: &str, text: String) {
        self.files.insert(PathBuf::from(path), text);
    }

    /// What stands in a file.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.files.get(Path::new(path)).unwrap_or_else(|| panic!("no file {path} was copied"))
    }

    /// Writes `new` over `old`, which must stand in the file exactly once.
    pub(crate) fn replace(&mut self, path: &str, old: &str, new: &str) {
        let text = self.text(path);
        let n_found = text.matches(old).count();
        assert_eq!(n_found, 1, "expected this once in {path}, found it {n_found} times: adapt the growth test\n{old}");
        let text = text.replace(old, new);
        self.add(path, text);
    }

    /// Writes `addition` behind `anchor`, which must stand in the file exactly once.
    pub(crate) fn append(&mut self, path: &str, anchor: &str, addition: &str) {
        self.replace(path, anchor, &format!("{anchor}{addition}"));
    }

    /// Makes `root` hold these files. Those that are there and equal are left alone; others under `root` go.
    pub(crate) fn write(&self, root: &Path) {
        for (path, text) in &self.files {
            let path = root.join(path);
            if fs::read_to_string(&path).is_ok_and(|found| found == *text) {
                continue;
            }
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
        }
        self.remove_others(root, Path::new(""));
    }

    fn remove_others(&self, root: &Path, below: &Path) {
        for entry in fs::read_dir(root.join(below)).unwrap().map(Result::unwrap) {
            let path = below.join(entry.file_name());
            if entry.path().is_dir() {
                self.remove_others(root, &path);
            } else if !self.files.contains_key(&path) {
                fs::remove_file(entry.path()).unwrap();
            }
        }
    }
}
