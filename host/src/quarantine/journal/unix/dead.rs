//! The journals of dead processes. It reads and removes; it never touches the journal of a process that lives.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::mem::offset_of;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::ON_PURPOSE;
use super::head::{self, BYTES, Found, Head};
use crate::quarantine::journal::table::{BUSY, Slot, Table};
use crate::quarantine::journal::{Call, Culprit, Mark};

/// Files that are held open at once; the rest waits for the next start.
const FILES_MAX: usize = 64;

/// Dead processes that were calling bundles. Their files are locked until they are removed or this is dropped, so that
/// nobody else counts them meanwhile.
#[derive(Debug, Default)]
pub(in crate::quarantine) struct Dead {
    files: Vec<(PathBuf, File)>,
    culprits: Vec<Culprit>,
}

/// What is known of one file.
enum Fate {
    /// Its process lives, or it is none of ours.
    Leave,
    /// Nothing is to be learned from it.
    Remove,
    /// Its process died while it was calling these bundles.
    Died(Vec<Culprit>),
}

impl Dead {
    /// Looks for them. Files of the dead that were calling nobody are removed at once.
    pub(in crate::quarantine) fn find(directory: &Path) -> io::Result<Self> {
        let mut found = Self::default();
        let entries = match fs::read_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            entries => entries?,
        };
        let boot = Head::of_this_process().boot;
        for entry in entries {
            let entry = entry?;
            if found.files.len() == FILES_MAX {
                break;
            }
            let is_candidate =
                head::is_journal(Path::new(&entry.file_name())) && entry.file_type().is_ok_and(|kind| kind.is_file());
            if !is_candidate {
                continue;
            }
            // It may be gone by now, or somebody else's: then others take care of it.
            let Some(file) = lock(&entry.path()) else { continue };
            match fate(&file, &boot)? {
                Fate::Leave => {}
                Fate::Remove => remove(&entry.path(), &file)?,
                Fate::Died(culprits) => {
                    found.files.push((entry.path(), file));
                    found.culprits.extend(culprits);
                }
            }
        }
        Ok(found)
    }

    /// The bundles that they were calling: one for each process and bundle.
    pub(in crate::quarantine) fn culprits(&self) -> &[Culprit] {
        &self.culprits
    }

    /// Removes their files, once they are counted.
    pub(in crate::quarantine) fn bury(self) -> Result<(), (PathBuf, io::Error)> {
        let mut first = Ok(());
        for (path, file) in self.files {
            if let Err(cause) = remove(&path, &file) {
                first = first.and(Err((path, cause)));
            }
        }
        first
    }
}

/// The file, if no process holds it.
fn lock(path: &Path) -> Option<File> {
    let file = OpenOptions::new().read(true).write(true).open(path).ok()?;
    file.try_lock().ok()?;
    Some(file)
}

fn fate(file: &File, boot: &[u8; 40]) -> io::Result<Fate> {
    // Removed by whoever held the lock before.
    if file.metadata()?.nlink() == 0 {
        return Ok(Fate::Leave);
    }
    let mut bytes = Vec::with_capacity(BYTES + 1);
    file.take(BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(match Head::find(&bytes) {
        Found::Foreign => Fate::Leave,
        Found::HalfMade => Fate::Remove,
        Found::Journal(head) if head.boot != *boot => Fate::Remove,
        Found::Journal(head) => match culprits(head.pid, &bytes) {
            culprits if culprits.is_empty() => Fate::Remove,
            culprits => Fate::Died(culprits),
        },
    })
}

/// One culprit for each bundle that a thread was inside of; of a process that was ended on purpose, the one that ended it.
fn culprits(pid: u32, bytes: &[u8]) -> Vec<Culprit> {
    let ended = word(bytes, offset_of!(Table, ended));
    let mut culprits: Vec<Culprit> = Vec::new();
    for slot in bytes[offset_of!(Table, slots)..].chunks_exact(size_of::<Slot>()) {
        let is_responsible = ended == 0 || (ended != ON_PURPOSE && word(slot, offset_of!(Slot, thread)) == ended);
        if half_word(slot, offset_of!(Slot, state)) != BUSY || !is_responsible {
            continue;
        }
        let at = offset_of!(Slot, digest);
        let digest = Mark([0, 1, 2, 3].map(|word_idx| word(slot, at + 8 * word_idx))).into();
        if culprits.iter().all(|known| known.digest != digest) {
            culprits.push(Culprit { digest, call: Call::of(half_word(slot, offset_of!(Slot, call))), pid });
        }
    }
    culprits
}

/// A file that cannot be removed is emptied: counted once more, it would tell of a death that never was.
fn remove(path: &Path, file: &File) -> io::Result<()> {
    fs::remove_file(path).or_else(|_| file.set_len(0))
}

fn word(bytes: &[u8], at: usize) -> u64 {
    bytes[at..at + 8].try_into().map_or(0, u64::from_ne_bytes)
}

fn half_word(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].try_into().map_or(0, u32::from_ne_bytes)
}
