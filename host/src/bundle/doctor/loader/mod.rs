//! Finds a library by name as the system's loader would, without running it. It never maps one.

mod cache;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::elf::{Elf, Machine};

/// The largest library that is read, in bytes.
const FILE_BYTES_MAX: u64 = 512 << 20;

/// A library that was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) elf: Rc<Elf>,
}

/// Where one library's needs are looked for, besides the system's own places.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// Its search paths.
    pub(super) before: Vec<PathBuf>,
    /// The directory that it lies in. The loader does not look there, the host does for side files.
    pub(super) after: PathBuf,
}

/// Where this system has libraries, and those that were read. What is in `LD_LIBRARY_PATH` is left out: a worker has an
/// empty environment.
#[derive(Debug)]
pub(crate) struct Libraries {
    cache: BTreeMap<String, Vec<PathBuf>>,
    dirs: Vec<PathBuf>,
    read: BTreeMap<PathBuf, Option<Rc<Elf>>>,
    is_known: bool,
}

impl Libraries {
    /// Those of this system: glibc's cache and the directories that its loader has built in, or musl's path.
    pub(crate) fn of_the_system() -> Self {
        if !cfg!(target_os = "linux") {
            return Self { is_known: false, ..Self::in_dirs(Vec::new()) };
        }
        if cfg!(target_env = "musl") {
            let file = format!("/etc/ld-musl-{}.path", std::env::consts::ARCH);
            let path = fs::read_to_string(file).unwrap_or_else(|_| "/lib:/usr/local/lib:/usr/lib".to_owned());
            let dirs = path.split([':', '\n']).filter(|dir| !dir.is_empty());
            return Self::in_dirs(dirs.map(PathBuf::from).collect());
        }
        let multiarch = format!("{}-linux-gnu", std::env::consts::ARCH);
        let dirs = ["/lib64", "/usr/lib64", "/lib", "/usr/lib"].map(PathBuf::from);
        let dirs = dirs.iter().flat_map(|dir| [dir.join(&multiarch), dir.clone()]).collect();
        let cache = whole(Path::new("/etc/ld.so.cache")).map(|bytes| cache::parse(&bytes)).unwrap_or_default();
        Self { cache, ..Self::in_dirs(dirs) }
    }

    /// Those in these directories alone.
    pub(crate) fn in_dirs(dirs: Vec<PathBuf>) -> Self {
        Self { cache: BTreeMap::new(), dirs, read: BTreeMap::new(), is_known: true }
    }

    /// Whether it is known where this system has libraries.
    pub(super) fn are_known(&self) -> bool {
        self.is_known
    }

    /// Where is looked, in words.
    pub(super) fn searched(&self) -> String {
        let cache = (!self.cache.is_empty()).then(|| "/etc/ld.so.cache".to_owned());
        let dirs = self.dirs.iter().filter(|dir| dir.is_dir()).map(|dir| dir.display().to_string());
        cache.into_iter().chain(dirs).collect::<Vec<_>>().join(", ")
    }

    /// The first library of that name that fits the machine: in the places before, in the cache, in the system's directories,
    /// in the place after. A name with a slash is a path, and is looked up nowhere.
    pub(super) fn find(&mut self, name: &str, machine: Machine, places: &Places) -> Option<Found> {
        if name.contains('/') {
            return self.fitting(PathBuf::from(name), machine);
        }
        let cached = self.cache.get(name).cloned().unwrap_or_default();
        let before = places.before.iter().map(|dir| dir.join(name));
        let after = self.dirs.iter().chain([&places.after]).map(|dir| dir.join(name));
        let candidates: Vec<PathBuf> = before.chain(cached).chain(after).collect();
        candidates.into_iter().find_map(|path| self.fitting(path, machine))
    }

    /// The loader passes over a library of another machine, and looks on.
    fn fitting(&mut self, path: PathBuf, machine: Machine) -> Option<Found> {
        let read = || whole(&path).and_then(|bytes| Elf::read(&bytes)).map(Rc::new);
        let elf = self.read.entry(path.clone()).or_insert_with(read).clone()?;
        (elf.machine == machine).then_some(Found { path, elf })
    }
}

/// The bytes of a regular file; none if there is none, or it is too large.
pub(super) fn whole(path: &Path) -> Option<Vec<u8>> {
    // Opening a pipe would wait for ever.
    let metadata = fs::metadata(path).ok().filter(|metadata| metadata.is_file() && metadata.len() <= FILE_BYTES_MAX)?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).ok()?);
    File::open(path).ok()?.take(FILE_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
