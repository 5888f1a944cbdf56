//! The entries as one document: read strictly, changed, written sorted. It never touches a file and never reads a clock.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ce_plugin_api::error::printable;
use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Culprit, DEATHS_MIN, DIED_IN_PROCESS, Entry, HOST_VERSION, Incident, QuarantineError, Selector};
use crate::bundle::Digest;
use crate::config::nearest;

/// The version of the format that this host writes.
pub(super) const SCHEMA_VERSION: Version = Version::new(1, 0, 0);

/// No user has so many bundles; beyond, those whose back-off ends first are dropped.
const ENTRIES_MAX: usize = 256;

/// Characters of a text that somebody else wrote.
const TEXT_MAX: usize = 2000;

/// Fewer digits name a digest only by chance.
const PREFIX_DIGITS_MIN: usize = 4;

/// All entries of one file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Document {
    schema_version: Version,
    entries: BTreeMap<(Digest, String), Entry>,
    unknown: Map<String, Value>,
}

/// Read before anything else: another major version may look altogether different.
#[derive(Deserialize)]
struct Head {
    schema_version: Version,
}

#[derive(Serialize, Deserialize)]
struct Body {
    schema_version: Version,
    entries: Vec<Entry>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

impl Default for Document {
    fn default() -> Self {
        Self { schema_version: SCHEMA_VERSION, entries: BTreeMap::new(), unknown: Map::new() }
    }
}

impl Document {
    /// Reads the text of a document; `path` is for errors.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, QuarantineError> {
        let malformed = |message: String| QuarantineError::Malformed { path: path.to_owned(), message };
        let head: Head = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        if head.schema_version.major != SCHEMA_VERSION.major {
            return Err(QuarantineError::SchemaVersion { path: path.to_owned(), found: head.schema_version });
        }
        let body: Body = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        let mut document = Self { schema_version: body.schema_version, unknown: body.unknown, ..Self::default() };
        for entry in body.entries {
            let (digest, version) = (entry.digest, entry.host_version.clone());
            if document.entries.insert((digest, version.clone()), entry).is_some() {
                let message =
                    format!("expected every digest once per host version, found {digest} of {version:?} again");
                return Err(malformed(message));
            }
        }
        Ok(document)
    }

    /// The document as JSON: sorted, so that the same entries are always the same bytes.
    pub(super) fn to_json(&self) -> String {
        let body = Body {
            schema_version: self.schema_version.clone(),
            entries: self.entries.values().cloned().collect(),
            unknown: self.unknown.clone(),
        };
        serde_json::to_string_pretty(&body).expect("texts, numbers and keys that are texts") + "\n"
    }

    pub(super) fn into_entries(self) -> Vec<Entry> {
        self.entries.into_values().collect()
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    /// Takes the entries of another document that are newer than those here.
    pub(super) fn merge(&mut self, other: &Self) {
        for (key, theirs) in &other.entries {
            let is_newer = |ours: &Entry| (ours.last, ours.count) < (theirs.last, theirs.count);
            if self.entries.get(key).is_none_or(is_newer) {
                self.entries.insert(key.clone(), theirs.clone());
            }
        }
    }

    /// Takes what another document knows of one bundle under this host, if it is newer.
    pub(super) fn take_over(&mut self, digest: Digest, other: &Self) {
        let key = (digest, HOST_VERSION.to_owned());
        let entries = other.entries.get_key_value(&key).map(|(key, entry)| (key.clone(), entry.clone()));
        self.merge(&Self { entries: entries.into_iter().collect(), ..Self::default() });
    }

    /// Brings times in order, drops what nothing is to be learned from, and what is too much.
    pub(super) fn settle(&mut self, now: std::time::SystemTime) {
        self.entries.values_mut().for_each(|entry| entry.settle(now));
        self.entries.retain(|_, entry| !entry.is_stale(now));
        while self.entries.len() >= ENTRIES_MAX {
            let first = self.entries.iter().min_by_key(|(_, entry)| (entry.end(), entry.last));
            let Some(key) = first.map(|(key, _)| key.clone()) else { return };
            self.entries.remove(&key);
        }
    }

    /// Counts an incident.
    pub(super) fn record(&mut self, incident: &Incident<'_>, now: std::time::SystemTime) -> Entry {
        let entry = self.entry(incident.digest, now);
        entry.bundle = Some(text(incident.bundle));
        entry.path = Some(incident.path.to_string_lossy().into_owned());
        entry.count(now, incident.reason, text(incident.detail));
        entry.clone()
    }

    /// Counts the death of a host inside of a bundle's call; from the second on it is an incident. `known` are the bundle's
    /// name and its file.
    pub(super) fn suspect(
        &mut self,
        culprit: &Culprit,
        known: Option<(String, PathBuf)>,
        now: std::time::SystemTime,
    ) -> Entry {
        let entry = self.entry(culprit.digest, now);
        entry.suspected = entry.suspected.saturating_add(1);
        if let Some((bundle, path)) = known {
            entry.bundle = Some(text(&bundle));
            entry.path = Some(path.to_string_lossy().into_owned());
        }
        let within = culprit.call.map_or_else(|| "a call".to_owned(), |call| format!("its call `{call}`"));
        let detail = format!("the process {} ended within {within}", culprit.pid);
        if entry.suspected >= DEATHS_MIN {
            entry.count(now, DIED_IN_PROCESS, detail);
        } else if entry.count == 0 {
            (entry.last, entry.detail) = (now, Some(detail));
        }
        entry.clone()
    }

    /// Removes what was selected, and returns it.
    pub(super) fn release(&mut self, selector: &Selector) -> Result<Vec<Entry>, QuarantineError> {
        let Selector::Of(wanted) = selector else {
            return Ok(std::mem::take(&mut self.entries).into_values().collect());
        };
        let released: Vec<Entry> = select(wanted, self.entries.values())?.into_iter().cloned().collect();
        self.entries.retain(|_, entry| !released.contains(entry));
        Ok(released)
    }

    fn entry(&mut self, digest: Digest, now: std::time::SystemTime) -> &mut Entry {
        self.entries.entry((digest, HOST_VERSION.to_owned())).or_insert_with(|| Entry::new(digest, now))
    }
}

/// What is meant by a digest, its beginning, or the name of a bundle. A name comes before a beginning without `sha256:`.
pub(super) fn select<'a>(
    wanted: &str,
    entries: impl IntoIterator<Item = &'a Entry>,
) -> Result<Vec<&'a Entry>, QuarantineError> {
    let entries: Vec<&Entry> = entries.into_iter().collect();
    let is_named = |entry: &Entry| entry.bundle.as_deref() == Some(wanted);
    let named: Vec<&Entry> = entries.iter().copied().filter(|entry| is_named(entry)).collect();
    if !named.is_empty() {
        return Ok(named);
    }
    let digits = wanted.strip_prefix("sha256:").unwrap_or(wanted).to_ascii_lowercase();
    let is_prefix = digits.len() >= PREFIX_DIGITS_MIN && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_prefix && digits.len() < wanted.len() {
        return Err(QuarantineError::Target { found: text(wanted), n_digits_min: PREFIX_DIGITS_MIN });
    }
    let prefix = format!("sha256:{digits}");
    let begins = |entry: &Entry| is_prefix && entry.digest.to_string().starts_with(&prefix);
    let found: Vec<&Entry> = entries.iter().copied().filter(|entry| begins(entry)).collect();
    match found.as_slice() {
        [] => {
            let nearest = nearest(wanted, entries.iter().filter_map(|entry| entry.bundle.as_deref()));
            Err(QuarantineError::Unknown { wanted: text(wanted), nearest: nearest.map(str::to_owned) })
        }
        [first, others @ ..] if others.iter().all(|entry| entry.digest == first.digest) => Ok(found),
        several => Err(QuarantineError::Ambiguous {
            wanted: text(wanted),
            choices: several.iter().map(|entry| (entry.digest, entry.bundle.clone())).collect(),
        }),
    }
}

fn text(foreign: &str) -> String {
    printable(foreign.as_bytes(), TEXT_MAX)
}
