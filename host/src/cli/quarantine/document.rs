//! The document of `ce quarantine list --json` and `ce quarantine show --json`.

use std::time::SystemTime;

use serde::Serialize;

use crate::cli::DOCUMENT_VERSION;
use crate::quarantine::{Entry, HOST_VERSION, Quarantine, State};

/// The document.
#[derive(Serialize)]
pub(super) struct Held<'a> {
    /// The version of this document.
    schema_version: &'static str,
    /// The version of this host: entries of others hold nothing here.
    host_version: &'static str,
    /// The file that the entries stand in.
    file: String,
    /// By digest and host version.
    entries: Vec<HeldEntry<'a>>,
}

#[derive(Serialize)]
struct HeldEntry<'a> {
    /// `held`, `lapsed`, `suspected` or `other_host`.
    state: State,
    /// As it stands in the file.
    #[serde(flatten)]
    entry: &'a Entry,
}

pub(super) fn of<'a>(
    quarantine: &Quarantine,
    entries: impl IntoIterator<Item = &'a Entry>,
    now: SystemTime,
) -> Held<'a> {
    Held {
        schema_version: DOCUMENT_VERSION,
        host_version: HOST_VERSION,
        file: quarantine.file().map(|file| file.display().to_string()).unwrap_or_default(),
        entries: entries.into_iter().map(|entry| HeldEntry { state: entry.state(now), entry }).collect(),
    }
}
