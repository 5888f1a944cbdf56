//! `ce untrust` and `ce deny`: less trust than before. They never need the bundle to be there.

use std::path::PathBuf;

use super::{EditError, Files, list};
use crate::bundle::trust::{Claim, Subject};
use crate::config::nearest;

/// What `ce untrust` did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untrusted {
    /// The identifier.
    pub identifier: String,
    /// The bundle that owns it, if one does.
    pub bundle: Option<String>,
    /// Whether the bundle's pins were taken back, since none of its identifiers is listed any more.
    pub is_unpinned: bool,
    /// Identifiers of the bundle that are still listed: its code still runs.
    pub still_listed: Vec<String>,
}

/// What `ce deny` did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// The entry, as it stands in the list.
    pub entry: String,
    /// Whether it was there already; nothing was written then.
    pub is_old: bool,
    /// The files found that it refuses. None: it may be a typo, or meant for later.
    pub affected: Vec<PathBuf>,
}

/// Takes an identifier off the list; with the last one of a bundle its pins go too.
///
/// # Errors
/// [`EditError::NotTrusted`] if the identifier is neither listed nor left over in `ce.lock`; an unreadable or
/// unwritable file.
pub fn untrust(identifier: &str, files: &Files) -> Result<Untrusted, EditError> {
    let mut edit = files.open()?;
    let before = edit.list("trusted")?;
    let owner = edit.lock.owner(identifier).map(str::to_owned);
    let still_listed: Vec<String> = match owner.as_deref().and_then(|name| edit.lock.entry(name)) {
        Some(entry) => {
            before.iter().filter(|found| *found != identifier && entry.identifiers.contains(*found)).cloned().collect()
        }
        None => Vec::new(),
    };
    let is_unpinned = owner.is_some() && still_listed.is_empty();
    let is_listed = before.iter().any(|found| found == identifier);
    // A pin without a listing is what a crash leaves behind: it can still be taken back.
    if !is_listed && !is_unpinned {
        return Err(EditError::NotTrusted {
            identifier: identifier.to_owned(),
            path: files.config.clone(),
            nearest: nearest(identifier, before.iter().map(String::as_str)).map(str::to_owned),
        });
    }
    if is_listed {
        let text = list::remove(&edit.text, "trusted", identifier, &files.config)?;
        edit.write_config(text)?;
    }
    if let Some(name) = owner.as_deref().filter(|_| is_unpinned) {
        edit.lock.unpin(name);
        edit.write_lock()?;
    }
    Ok(Untrusted { identifier: identifier.to_owned(), bundle: owner, is_unpinned, still_listed })
}

/// Denies an identifier, the name of a bundle or a digest, for good. `candidates` only serve to say whom it concerns.
///
/// # Errors
/// [`EditError::Target`] for a path or `ID@sha256:…`, of which one half is meant; an unreadable or unwritable file.
pub fn deny(subject: &Subject, candidates: &[Claim], files: &Files) -> Result<Denied, EditError> {
    if let Subject::Pinned(identifier, digest) = subject {
        let found = format!("a deny list takes either `{identifier}` or `{digest}`, not both in one");
        return Err(EditError::Target { found });
    }
    let entry = subject.to_string();
    let mut edit = files.open()?;
    let is_old = edit.list("denied")?.contains(&entry);
    if !is_old {
        let text = list::add(&edit.text, "denied", std::slice::from_ref(&entry), &files.config)?;
        edit.write_config(text)?;
    }
    let affected = candidates.iter().filter(|claim| subject.denies(claim)).map(|claim| claim.path.clone()).collect();
    Ok(Denied { entry, is_old, affected })
}
