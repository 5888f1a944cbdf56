//! The quarantine as people read it.

use std::time::SystemTime;

use ce_plugin_api::error::printable;

use crate::cli::failure::Failure;
use crate::cli::io::Io;
use crate::cli::table::Table;
use crate::quarantine::{Entries, Entry, HOST_VERSION, State, rfc3339};

/// Characters of a digest in a list: enough to name it in the next command.
const DIGEST_SHOWN: usize = "sha256:".len() + 12;

pub(super) fn list(entries: &Entries, io: &mut Io<'_>) -> Result<(), Failure> {
    if entries.iter().len() == 0 {
        return io.print(format_args!("nothing is in quarantine\n"));
    }
    let mut table = Table::default();
    table.row(["BUNDLE", "DIGEST", "STATE", "UNTIL", "COUNT", "REASON"]);
    for entry in entries {
        table.row([
            name(entry),
            entry.digest.to_string().chars().take(DIGEST_SHOWN).collect(),
            state(entry, entries.now()),
            time(entry.until),
            entry.count.to_string(),
            entry.reason.as_deref().map_or_else(|| "-".to_owned(), foreign),
        ]);
    }
    io.print(format_args!("{table}"))
}

pub(super) fn show(entries: &[&Entry], now: SystemTime, io: &mut Io<'_>) -> Result<(), Failure> {
    for (entry_idx, entry) in entries.iter().enumerate() {
        let gap = if entry_idx == 0 { "" } else { "\n" };
        let mut facts = Table::indented(2);
        let mut fact = |what: &str, value: String| facts.row([what.to_owned(), value]);
        fact("state", state(entry, now));
        fact("until", time(entry.until));
        fact("reason", entry.reason.as_deref().map_or_else(|| "-".to_owned(), foreign));
        fact("detail", entry.detail.as_deref().map_or_else(|| "-".to_owned(), foreign));
        fact("incidents", entry.count.to_string());
        fact("deaths", format!("{} of hosts inside of its calls", entry.suspected));
        fact("first", time(Some(entry.first)));
        fact("last", time(Some(entry.last)));
        fact("digest", entry.digest.to_string());
        fact("file", entry.path.as_deref().map_or_else(|| "-".to_owned(), foreign));
        fact("host", format!("{} (this one is {HOST_VERSION})", foreign(&entry.host_version)));
        if entry.state(now) == State::Held {
            fact("remedy", entry.remedy());
        }
        io.print(format_args!("{gap}{}\n{facts}", name(entry)))?;
    }
    Ok(())
}

pub(super) fn released(entries: &[Entry], io: &mut Io<'_>) -> Result<(), Failure> {
    if entries.is_empty() {
        return io.print(format_args!("nothing is in quarantine\n"));
    }
    for entry in entries {
        io.print(format_args!("released `{}` ({})\n", name(entry), entry.digest))?;
    }
    Ok(())
}

fn name(entry: &Entry) -> String {
    entry.bundle.as_deref().map_or_else(|| "-".to_owned(), foreign)
}

fn state(entry: &Entry, now: SystemTime) -> String {
    match entry.state(now) {
        State::Held => "held".to_owned(),
        State::Lapsed => "lapsed".to_owned(),
        State::Suspected => "suspected".to_owned(),
        State::OtherHost => format!("host {}", foreign(&entry.host_version)),
    }
}

fn time(time: Option<SystemTime>) -> String {
    time.map_or_else(|| "-".to_owned(), rfc3339::text)
}

/// Text that a stranger wrote, as it may be shown on a terminal.
fn foreign(text: &str) -> String {
    printable(text.as_bytes(), 2000)
}
