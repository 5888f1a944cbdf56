//! What was found in files when they were read earlier, so that listing them again reads only what changed. It is only ever
//! a hint: whatever is loaded is read and hashed anew, and nothing here decides anything.
//!
//! A hint is kept for a file of one name that nobody else may write to and that needs nothing beside the system, under its
//! device, inode, size and times. The time of the last change of the inode cannot be set by a program, so a file with
//! other contents and a faked time is read again.

mod key;
mod store;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use self::key::Key;
use super::digest::Digest;
use super::discover::Candidate;
use super::inspect::{InspectError, Inspected, Texts};
use super::platform::PlatformFacts;
use crate::config::Places;

/// The most files that are remembered.
const ENTRIES_MAX: usize = 4096;

/// The longest manifest that is remembered, in bytes.
const MANIFEST_BYTES_MAX: usize = 64 << 10;

/// The most threads that look at files.
const THREADS_MAX: usize = 8;

/// What was found in files when they were read earlier.
#[derive(Debug, Default)]
pub struct Hints {
    file: Option<PathBuf>,
    known: HashMap<Key, Remembered>,
}

/// What was found in one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Remembered {
    n_bytes: u64,
    digest: Digest,
    facts: PlatformFacts,
    plugin_api: String,
    manifest: String,
}

impl Hints {
    /// Those of the user. A cache that cannot be read, is damaged, of another version or open to others is none.
    #[must_use]
    pub fn of(places: &Places) -> Self {
        places.cache_dir().map_or_else(|_| Self::none(), |dir| Self::at(dir.join("bundles.json")))
    }

    /// None, and none are kept.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    fn at(file: PathBuf) -> Self {
        let known = store::read(&file).unwrap_or_default().into_iter().collect();
        Self { file: Some(file), known }
    }

    /// What is in these files, in their order, without their bytes. What is not remembered is read, and then remembered.
    pub(super) fn inspected(
        self,
        files: &[Candidate],
        read: impl Fn(&Candidate) -> Result<Inspected, InspectError> + Sync,
    ) -> Vec<Result<Inspected, InspectError>> {
        self.inspected_at(SystemTime::now(), files, read)
    }

    fn inspected_at(
        mut self,
        now: SystemTime,
        files: &[Candidate],
        read: impl Fn(&Candidate) -> Result<Inspected, InspectError> + Sync,
    ) -> Vec<Result<Inspected, InspectError>> {
        let keys: Vec<Option<Key>> =
            files.iter().map(|file| self.file.as_ref().and_then(|_| Key::of(&file.path))).collect();
        let known = |place: usize| self.known.get(keys[place].as_ref()?);
        // Parsing what is remembered takes its time as well.
        let all = in_threads(files.len(), &|place| match known(place) {
            Some(known) => (Ok(known.told(&files[place].path)), false),
            None => (read(&files[place]).map(Inspected::without_bytes), true),
        });
        let mut is_changed = false;
        for (place, (inspected, _)) in all.iter().enumerate().filter(|(_, (_, is_read))| *is_read) {
            // A file that changed since its key was made could be remembered under the wrong one, and so could a file that
            // changes once more within the same tick of the clock.
            let key = keys[place].filter(|key| key.is_settled(now) && Key::of(&files[place].path) == Some(*key));
            if let (Some(key), Some(remembered)) = (key, inspected.as_ref().ok().and_then(Remembered::of)) {
                self.known.insert(key, remembered);
                is_changed = true;
            }
        }
        if is_changed {
            self.keep(&keys);
        }
        all.into_iter().map(|(inspected, _)| inspected).collect()
    }

    /// Writes the file, what was met now first. That it cannot be written costs time, and is no error.
    fn keep(mut self, met: &[Option<Key>]) {
        let mut entries: Vec<(Key, Remembered)> =
            met.iter().flatten().filter_map(|key| self.known.remove_entry(key)).collect();
        let mut others: Vec<(Key, Remembered)> = self.known.into_iter().collect();
        others.sort_by_key(|(key, _)| *key);
        entries.extend(others);
        entries.truncate(ENTRIES_MAX);
        if let Some(file) = &self.file {
            let _ = store::write(file, entries);
        }
    }
}

impl Remembered {
    fn of(inspected: &Inspected) -> Option<Self> {
        let facts = inspected.facts();
        let Texts { plugin_api, manifest } = inspected.texts()?;
        // What lies beside a library may change while the library does not.
        let is_alone = facts.needed_foreign.is_empty() && manifest.len() <= MANIFEST_BYTES_MAX;
        is_alone.then(|| Self {
            n_bytes: inspected.n_bytes(),
            digest: inspected.digest(),
            facts: facts.clone(),
            plugin_api: plugin_api.clone(),
            manifest: manifest.clone(),
        })
    }

    fn told(&self, file: &Path) -> Inspected {
        let texts = Texts { plugin_api: self.plugin_api.clone(), manifest: self.manifest.clone() };
        Inspected::remembered(file, self.n_bytes, self.digest, self.facts.clone(), texts)
    }
}

/// The results for all places from 0, in their order.
fn in_threads<T: Send>(n_places: usize, work: &(impl Fn(usize) -> T + Sync)) -> Vec<T> {
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX).min(n_places);
    if n_threads < 2 {
        return (0..n_places).map(work).collect();
    }
    // In turns, since what is not remembered often lies together.
    let part = |first: usize| (first..n_places).step_by(n_threads).map(work).collect::<Vec<T>>();
    let parts: Vec<Vec<T>> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..n_threads).map(|first| scope.spawn(move || part(first))).collect();
        let joined = running.into_iter().map(|thread| thread.join());
        joined.map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    let mut parts: Vec<_> = parts.into_iter().map(Vec::into_iter).collect();
    (0..n_places).filter_map(|place| parts[place % n_threads].next()).collect()
}

#[cfg(test)]
mod tests;
