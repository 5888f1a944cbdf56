//! The file of hints: read whole, replaced at once or not at all. It never knows what a hint means.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::key::Key;
use super::{ENTRIES_MAX, Remembered};
use crate::bundle::lock::make_private_directory;

/// More than a thousand bundles with long manifests take. A larger file is not read, and none is written.
const BYTES_MAX: u64 = 16 << 20;

/// The version of this format.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Document {
    format: u32,
    /// Another version may find other facts in the same bytes.
    host_version: String,
    entries: Vec<(Key, Remembered)>,
}

/// The entries; none from a file that is not the user's alone, too large, damaged or of another version.
pub(super) fn read(path: &Path) -> Option<Vec<(Key, Remembered)>> {
    // Opening a pipe would wait for ever.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let file = File::open(path).ok()?;
    if !is_own(&file) || file.metadata().ok()?.len() > BYTES_MAX {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(BYTES_MAX).read_to_end(&mut bytes).ok()?;
    let document: Document = serde_json::from_slice(&bytes).ok()?;
    let is_ours = document.format == FORMAT && document.host_version == env!("CARGO_PKG_VERSION");
    (is_ours && document.entries.len() <= ENTRIES_MAX).then_some(document.entries)
}

/// Replaces the file. Only the user may read it, since it says what lies where.
pub(super) fn write(path: &Path, entries: Vec<(Key, Remembered)>) -> io::Result<()> {
    let document = Document { format: FORMAT, host_version: env!("CARGO_PKG_VERSION").to_owned(), entries };
    let bytes = serde_json::to_vec(&document)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let directory = path.parent().unwrap_or(Path::new("."));
    make_private_directory(directory)?;
    // A temporary file is the user's alone from the beginning. It need not outlive a crash: what is lost is read again.
    let mut new = tempfile::Builder::new().prefix(".bundles-").suffix(".tmp").tempfile_in(directory)?;
    new.write_all(&bytes)?;
    new.persist(path).map_err(|error| error.error).map(drop)
}

#[cfg(unix)]
fn is_own(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.metadata().is_ok_and(|metadata| metadata.mode() & 0o022 == 0)
}

#[cfg(not(unix))]
fn is_own(_file: &File) -> bool {
    true
}
