//! Directories into candidates, in an order that is the same every time. It never opens a file.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The most entries of one plugins directory. A directory with more is a mistake, such as `/usr/lib`, and is left out.
pub const ENTRIES_MAX: usize = 4096;

/// How the name of a library ends.
const EXTENSIONS: [&str; 3] = ["so", "dll", "dylib"];

/// A file that may be a bundle, going by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The file: `dir` and its name.
    pub path: PathBuf,
    /// The directory that it was found in, as it was given.
    pub dir: PathBuf,
}

/// What lies in the plugins directories.
#[derive(Debug, Default)]
pub struct Discovery {
    /// The candidates: directories in the order given, in each the files in the order of the bytes of their names.
    pub candidates: Vec<Candidate>,
    /// What could not be looked at, in the same order.
    pub problems: Vec<DiscoverError>,
}

/// Why a directory, or an entry of one, could not be looked at. Whether that ends the run is the caller's decision.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoverError {
    /// There is no such directory.
    #[error("expected a plugins directory at `{}`, found nothing there: create it, or name another", dir.display())]
    NotFound {
        /// The directory, as it was given.
        dir: PathBuf,
    },
    /// It is a file.
    #[error("expected a plugins directory at `{}`, found a file: name the directory that it lies in", dir.display())]
    NotADirectory {
        /// The path, as it was given.
        dir: PathBuf,
    },
    /// The directory or the entry cannot be read.
    #[error("expected to read `{}`, found that it cannot be: {source}; check its permissions", path.display())]
    Unreadable {
        /// The directory, or the entry of one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The directory has too many entries. None of them is a candidate.
    #[error(
        "expected a plugins directory with at most {ENTRIES_MAX} entries, found more in `{}`: keep bundles in a \
         directory of their own",
        dir.display()
    )]
    TooManyEntries {
        /// The directory, as it was given.
        dir: PathBuf,
    },
}

impl DiscoverError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "discover.not_found",
            Self::NotADirectory { .. } => "discover.not_a_directory",
            Self::Unreadable { .. } => "discover.unreadable",
            Self::TooManyEntries { .. } => "discover.too_many_entries",
        }
    }

    /// The directory or entry that it is about.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::NotFound { dir } | Self::NotADirectory { dir } | Self::TooManyEntries { dir } => dir,
            Self::Unreadable { path, .. } => path,
        }
    }
}

/// Lists the files of these directories whose names end in `.so`, `.dll` or `.dylib`.
///
/// Directories within them are not entered. Hidden files are passed over. A directory or a file that is met again, also
/// through a link, counts once, where it was met first. A link out of its directory is a candidate, since it is refused only
/// when it is opened; what it leads to is not met by it.
#[must_use]
pub fn discover(dirs: &[PathBuf]) -> Discovery {
    let mut discovery = Discovery::default();
    let mut seen = BTreeSet::new();
    for dir in dirs {
        match list(dir, &mut seen) {
            Err(problem) => discovery.problems.push(problem),
            Ok((real_dir, paths)) => paths.into_iter().for_each(|path| match canonical(&path) {
                Ok(file) if !file.starts_with(&real_dir) || seen.insert(file.clone()) => {
                    discovery.candidates.push(Candidate { path, dir: dir.clone() });
                }
                Ok(_) => {}
                Err(problem) => discovery.problems.push(problem),
            }),
        }
    }
    discovery
}

/// Where a directory really lies, and its candidates, sorted; none if it was met before.
fn list(dir: &Path, seen: &mut BTreeSet<PathBuf>) -> Result<(PathBuf, Vec<PathBuf>), DiscoverError> {
    let real_dir = canonical(dir)?;
    if !seen.insert(real_dir.clone()) {
        return Ok((real_dir, Vec::new()));
    }
    let mut names = Vec::new();
    for (n_before, entry) in fs::read_dir(dir).map_err(|source| failed(dir, source))?.enumerate() {
        if n_before == ENTRIES_MAX {
            return Err(DiscoverError::TooManyEntries { dir: dir.to_owned() });
        }
        let entry = entry.map_err(|source| failed(dir, source))?;
        let is_dir = || fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_dir());
        if is_library_name(Path::new(&entry.file_name())) && !is_dir() {
            names.push(entry.file_name());
        }
    }
    names.sort_by(|left, right| left.as_encoded_bytes().cmp(right.as_encoded_bytes()));
    Ok((real_dir, names.into_iter().map(|name| dir.join(name)).collect()))
}

fn is_library_name(name: &Path) -> bool {
    let is_hidden = name.as_os_str().as_encoded_bytes().starts_with(b".");
    let is_library = |found: &str| EXTENSIONS.iter().any(|extension| found.eq_ignore_ascii_case(extension));
    !is_hidden && name.extension().and_then(|found| found.to_str()).is_some_and(is_library)
}

fn canonical(path: &Path) -> Result<PathBuf, DiscoverError> {
    fs::canonicalize(path).map_err(|source| failed(path, source))
}

fn failed(path: &Path, source: io::Error) -> DiscoverError {
    let path = path.to_owned();
    match source.kind() {
        // A link that leads nowhere exists itself; its error is told apart from a directory that was never made.
        io::ErrorKind::NotFound if fs::symlink_metadata(&path).is_err() => DiscoverError::NotFound { dir: path },
        io::ErrorKind::NotADirectory => DiscoverError::NotADirectory { dir: path },
        _ => DiscoverError::Unreadable { path, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir_with(names: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        names.iter().for_each(|name| fs::write(dir.path().join(name), "").unwrap());
        dir
    }

    fn names(discovery: &Discovery) -> Vec<String> {
        let name = |c: &Candidate| c.path.file_name().unwrap().to_str().unwrap().to_owned();
        discovery.candidates.iter().map(name).collect()
    }

    #[test]
    fn libraries_are_found_by_name_in_the_order_of_bytes() {
        let dir = dir_with(&["b.so", "a.dylib", "Z.so", "c.dll", "x.so.1", "notes.txt", "so", ".hidden.so", ".so"]);
        fs::create_dir(dir.path().join("folder.so")).unwrap();
        fs::create_dir(dir.path().join("sub")).unwrap();
        fs::write(dir.path().join("sub/deep.so"), "").unwrap();
        let discovery = discover(&[dir.path().to_owned()]);
        assert_eq!(names(&discovery), ["Z.so", "a.dylib", "b.so", "c.dll"]);
        assert!(discovery.problems.is_empty());
        assert_eq!(discovery.candidates[0].dir, dir.path());
        assert_eq!(discovery.candidates[0].path, dir.path().join("Z.so"));
    }

    #[test]
    fn directories_keep_their_order_and_count_once() {
        let (first, second) = (dir_with(&["z.so"]), dir_with(&["a.so"]));
        let dotted = first.path().join(".");
        let discovery = discover(&[first.path().to_owned(), second.path().to_owned(), dotted]);
        assert_eq!(names(&discovery), ["z.so", "a.so"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_behind_two_names_counts_once_and_a_dead_link_is_reported() {
        let dir = dir_with(&["b.so"]);
        std::os::unix::fs::symlink("b.so", dir.path().join("a.so")).unwrap();
        std::os::unix::fs::symlink("gone", dir.path().join("c.so")).unwrap();
        let discovery = discover(&[dir.path().to_owned()]);
        assert_eq!(names(&discovery), ["a.so"]);
        assert_eq!(discovery.problems.iter().map(DiscoverError::code).collect::<Vec<_>>(), ["discover.unreadable"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_its_directory_does_not_hide_what_it_leads_to() {
        let (first, second) = (dir_with(&[]), dir_with(&["b.so"]));
        std::os::unix::fs::symlink(second.path().join("b.so"), first.path().join("a.so")).unwrap();
        let discovery = discover(&[first.path().to_owned(), second.path().to_owned()]);
        assert_eq!(names(&discovery), ["a.so", "b.so"]);
    }

    #[test]
    fn a_directory_that_is_missing_or_a_file_is_reported_by_kind() {
        let dir = dir_with(&["a.so"]);
        let discovery = discover(&[dir.path().join("gone"), dir.path().join("a.so"), dir.path().to_owned()]);
        let codes: Vec<_> = discovery.problems.iter().map(DiscoverError::code).collect();
        assert_eq!(codes, ["discover.not_found", "discover.not_a_directory"]);
        assert_eq!(discovery.problems[0].path(), dir.path().join("gone"));
    }

    #[test]
    fn a_directory_with_too_many_entries_yields_none() {
        let dir = dir_with(&["a.so"]);
        (0..ENTRIES_MAX).for_each(|n| fs::write(dir.path().join(n.to_string()), "").unwrap());
        let discovery = discover(&[dir.path().to_owned()]);
        assert_eq!(discovery.problems[0].code(), "discover.too_many_entries");
        assert!(discovery.candidates.is_empty());
    }
}
