//! Bundles that are held back for a time: they killed or hung what ran them, broke its protocol, or took the host down. It
//! never decides whether a bundle is trusted, and never maps one.
//!
//! Entries stand in `quarantine.json`, by the digest of the bundle and the version of the host: other bytes or another host
//! are not held. The [`Journal`] says after the death of a host which bundles it was calling.

mod document;
mod entry;
mod error;
mod journal;
mod store;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

pub(crate) use entry::rfc3339;
pub use entry::{Entry, HOST_VERSION, State};
pub use error::QuarantineError;
#[cfg(unix)]
pub(crate) use journal::Table;
pub use journal::{Call, Culprit, Guard, Journal, Mark, end_on_signals, ending};

use self::document::Document;
use self::journal::Dead;
use crate::bundle::Digest;
use crate::config::Places;

/// The code under which a bundle is passed over that is held back.
pub const HELD: &str = "quarantine.held";

/// The reason of a bundle whose calls hosts did not survive.
pub const DIED_IN_PROCESS: &str = "died_in_process";

/// How many deaths of hosts inside of its calls quarantine a bundle: one may have been anybody's.
pub const DEATHS_MIN: u32 = 2;

/// The quarantine of one user. Clones share what could not be written.
#[derive(Clone)]
pub struct Quarantine {
    file: Option<PathBuf>,
    /// All there is without a file; with one, what it could not take.
    memory: Arc<Mutex<Document>>,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

/// Something that a bundle did.
#[derive(Clone, Copy, Debug)]
pub struct Incident<'a> {
    /// The bundle's bytes.
    pub digest: Digest,
    /// The bundle's name.
    pub bundle: &'a str,
    /// The bundle's file.
    pub path: &'a Path,
    /// A code that does not change, such as `worker.crashed`.
    pub reason: &'a str,
    /// In words; at most 2,000 characters are kept, and no control characters.
    pub detail: &'a str,
}

/// What the quarantine held at one moment.
#[derive(Clone, Debug)]
pub struct Entries {
    all: Vec<Entry>,
    now: SystemTime,
}

/// What to release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// Everything.
    All,
    /// A digest, its beginning, or the name of a bundle.
    Of(String),
}

/// What was released.
#[derive(Clone, Debug, PartialEq)]
pub struct Released {
    /// The entries that are gone.
    pub entries: Vec<Entry>,
    /// Whether the file was no quarantine and has been replaced by an empty one.
    pub is_replaced: bool,
}

/// What hosts without a state directory know, until their process ends.
static OF_THE_PROCESS: LazyLock<Arc<Mutex<Document>>> = LazyLock::new(Arc::default);

impl Quarantine {
    /// The quarantine in this file, which need not exist.
    pub fn at(file: impl Into<PathBuf>) -> Self {
        Self { file: Some(file.into()), memory: Arc::default(), clock: Arc::new(SystemTime::now) }
    }

    /// The user's quarantine. Without a state directory all hosts of this process share one that ends with it.
    #[must_use]
    pub fn of(places: &Places) -> Self {
        match places.state_dir() {
            Ok(state) => Self::at(state.join("quarantine.json")),
            Err(_) => Self { file: None, memory: OF_THE_PROCESS.clone(), clock: Arc::new(SystemTime::now) },
        }
    }

    /// The same quarantine with another clock.
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// The file; none without a state directory.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// What is held now. A file that does not exist holds nothing, and costs one call of the system.
    ///
    /// # Errors
    /// [`QuarantineError`] if the file cannot be read, everybody may write to it, or it is no quarantine. It is never taken
    /// for an empty one: that would let everything go.
    pub fn read(&self) -> Result<Entries, QuarantineError> {
        let mut document = self.file.as_deref().map_or_else(|| Ok(Document::default()), store::read)?;
        document.merge(&self.memory());
        Ok(Entries { all: document.into_entries(), now: self.now() })
    }

    /// Counts an incident; its bundle is held back from now on, each time for twice as long.
    ///
    /// # Errors
    /// [`QuarantineError`] if the file cannot be read or written. The bundle is held back all the same, by this quarantine
    /// and its clones, and the file gets to know it with the next incident that it can take.
    pub fn record(&self, incident: &Incident<'_>) -> Result<Entry, QuarantineError> {
        let recorded = self.edit(|document, now| Ok(document.record(incident, now)));
        if recorded.is_err() {
            let known = self.file.as_deref().and_then(|file| store::read(file).ok()).unwrap_or_default();
            let mut memory = self.memory();
            memory.take_over(incident.digest, &known);
            memory.record(incident, self.now());
        }
        recorded
    }

    /// What is remembered of a bundle because the file could not take it.
    #[must_use]
    pub fn remembered(&self, digest: &Digest) -> Option<Entry> {
        let entries = self.memory().clone().into_entries();
        entries.into_iter().find(|entry| entry.digest == *digest && entry.host_version == HOST_VERSION)
    }

    /// Lets go what is held, and forgets what is suspected, also what no host has counted yet.
    ///
    /// # Errors
    /// [`QuarantineError`] if nothing, or several digests, are what was asked for, or a file cannot be read or written.
    /// [`Selector::All`] replaces a file that is malformed.
    pub fn release(&self, selector: &Selector) -> Result<Released, QuarantineError> {
        let dead = self.dead()?;
        let mut is_replaced = false;
        if let (Selector::All, Some(file)) = (selector, &self.file) {
            is_replaced = store::replace_malformed(file)?;
        }
        let entries = self.edit(|document, now| {
            dead.culprits().iter().for_each(|culprit| drop(document.suspect(culprit, None, now)));
            document.release(selector)
        })?;
        self.bury(dead)?;
        Ok(Released { entries, is_replaced })
    }

    /// The journal of this process, to be written around every call of a bundle that runs inside of it. Without a state
    /// directory, and where the system is no Unix, it records nothing.
    ///
    /// # Errors
    /// [`QuarantineError::Journal`] if its file cannot be made.
    pub fn journal(&self) -> Result<Journal, QuarantineError> {
        let Some(directory) = self.running() else { return Ok(Journal::absent()) };
        Journal::open(&directory).map_err(|cause| QuarantineError::journal(&directory, cause))
    }

    /// Counts the hosts that died inside of a bundle's call, each once, and returns the entries of those bundles. `known`
    /// says the name and the file of a bundle, if it is there.
    ///
    /// # Errors
    /// [`QuarantineError`] if a file cannot be read or written; what could not be counted will be the next time.
    pub fn count_deaths(
        &self,
        known: impl Fn(&Digest) -> Option<(String, PathBuf)>,
    ) -> Result<Vec<Entry>, QuarantineError> {
        let dead = self.dead()?;
        if dead.culprits().is_empty() {
            return Ok(Vec::new());
        }
        let counted = self.edit(|document, now| {
            let suspect = |culprit: &Culprit| document.suspect(culprit, known(&culprit.digest), now);
            // By digest: several hosts may have died of the same bundle.
            let entries = dead.culprits().iter().map(suspect).map(|entry| (entry.digest, entry));
            Ok(entries.collect::<BTreeMap<_, _>>())
        })?;
        self.bury(dead)?;
        Ok(counted.into_values().collect())
    }

    /// Reads, changes and writes while nobody else does, and takes the time when it is its turn.
    fn edit<T>(
        &self,
        change: impl FnOnce(&mut Document, SystemTime) -> Result<T, QuarantineError>,
    ) -> Result<T, QuarantineError> {
        let Some(file) = &self.file else {
            let (mut memory, now) = (self.memory(), self.now());
            memory.settle(now);
            return change(&mut memory, now);
        };
        let _exclusive = store::Exclusive::acquire(file)?;
        let (mut memory, now) = (self.memory(), self.now());
        let mut document = store::read(file)?;
        document.merge(&memory);
        document.settle(now);
        let done = change(&mut document, now)?;
        store::write(file, &document)?;
        memory.clear();
        Ok(done)
    }

    fn running(&self) -> Option<PathBuf> {
        self.file.as_deref().map(|file| file.with_file_name("running"))
    }

    fn dead(&self) -> Result<Dead, QuarantineError> {
        let Some(directory) = self.running() else { return Ok(Dead::default()) };
        Dead::find(&directory).map_err(|cause| QuarantineError::journal(&directory, cause))
    }

    fn bury(&self, dead: Dead) -> Result<(), QuarantineError> {
        dead.bury().map_err(|(path, cause)| QuarantineError::journal(&path, cause))
    }

    fn memory(&self) -> MutexGuard<'_, Document> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> SystemTime {
        entry::storable((self.clock)())
    }
}

impl fmt::Debug for Quarantine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quarantine").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Entries {
    /// The entry that holds a bundle back now.
    #[must_use]
    pub fn held(&self, digest: &Digest) -> Option<&Entry> {
        self.all.iter().find(|entry| entry.digest == *digest && entry.state(self.now) == State::Held)
    }

    /// All entries, by digest and host version, also those that hold nothing.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry> {
        self.all.iter()
    }

    /// What is meant by a digest, its beginning, or the name of a bundle: the entries of one digest, or of one name.
    ///
    /// # Errors
    /// [`QuarantineError`] if nothing, or several digests, are meant.
    pub fn select(&self, wanted: &str) -> Result<Vec<&Entry>, QuarantineError> {
        document::select(wanted, &self.all)
    }

    /// The moment.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.now
    }
}

impl<'a> IntoIterator for &'a Entries {
    type Item = &'a Entry;
    type IntoIter = std::slice::Iter<'a, Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(all(test, unix))]
mod child;
#[cfg(test)]
mod tests;
