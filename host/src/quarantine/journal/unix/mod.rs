//! The journal of this process: made, locked and mapped once for each directory, and marked when the process ends on
//! purpose. It is never unmapped and never unlocked: both end with the process.

mod dead;
mod head;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, OnceLock, PoisonError};

pub(in crate::quarantine) use self::dead::Dead;
use self::head::Head;
use super::table::{BUSY, Table};
use super::this_thread;
use crate::bundle::lock::make_private_directory;
use crate::isolation::lifetime;

/// The process ended on purpose, and no call is what it died of. Not the number of a thread: those begin at 1.
const ON_PURPOSE: u64 = u64::MAX;

/// Directories that one process keeps journals in. Usually there is one; a program's tests may have one each.
const LIVE_MAX: usize = 1024;

/// How often another process may take a file for a dead one's before it is locked.
const TRIES_MAX: usize = 16;

/// A journal of this process, or of the one that it was forked from.
#[derive(Debug)]
struct Live {
    directory: PathBuf,
    path: PathBuf,
    pid: u32,
    /// Locked until the process ends.
    file: File,
    table: &'static Table,
}

/// Filled from the front and never emptied, so that it can be read while the process ends.
static LIVE: [OnceLock<Live>; LIVE_MAX] = [const { OnceLock::new() }; LIVE_MAX];

/// Held while a journal is made.
static MAKING: Mutex<()> = Mutex::new(());

/// The number of this process, which a journal's file tells too.
pub(super) use crate::isolation::lifetime::process;

/// The journal of this process in that directory.
pub(super) fn open(directory: &Path) -> io::Result<Option<&'static Table>> {
    let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let is_ours = |live: &&Live| live.directory == directory && live.is_own() && live.is_linked();
    if let Some(live) = live().find(is_ours) {
        return Ok(Some(live.table));
    }
    let full = || io::Error::other(format!("this process has journals in {LIVE_MAX} directories already"));
    let place = LIVE.iter().find(|place| place.get().is_none()).ok_or_else(full)?;
    make_private_directory(directory)?;
    let (path, file) = make(directory)?;
    let table = lifetime::map(&file)?;
    lifetime::know_process();
    lifetime::at_exit_once(at_exit);
    let live = Live { directory: directory.to_owned(), path, pid: process::id(), file, table };
    Ok(Some(place.get_or_init(|| live).table))
}

/// Says that the process ends on purpose. It takes no lock and no memory.
pub(super) fn ending() {
    let thread = this_thread();
    for live in live().filter(|live| live.is_own()) {
        let is_within = |slot: &super::table::Slot| {
            slot.state.load(Ordering::Acquire) == BUSY && slot.thread.load(Ordering::Relaxed) == thread
        };
        // Within a call it is the bundle that ends the process, and this thread's call that it ends in.
        let ended = if live.table.slots.iter().any(is_within) { thread } else { ON_PURPOSE };
        // The first who says so is right: what comes later runs while everything is taken down.
        let _ = live.table.ended.compare_exchange(0, ended, Ordering::AcqRel, Ordering::Relaxed);
    }
}

/// Has what somebody outside ends with a signal end on purpose, whatever call it is within: whoever presses Ctrl-C during a
/// long call has nothing against the bundle.
pub(super) fn end_on_signals() {
    lifetime::before_ending_signals(|| {
        for live in live().filter(|live| live.is_own()) {
            let _ = live.table.ended.compare_exchange(0, ON_PURPOSE, Ordering::AcqRel, Ordering::Relaxed);
        }
    });
}

/// Runs when the program returns from `main` or calls `exit`.
extern "C" fn at_exit() {
    ending();
    let is_clean = |live: &&Live| live.is_own() && live.table.ended.load(Ordering::Acquire) == ON_PURPOSE;
    for live in live().filter(is_clean) {
        // If it stays, the next start removes it.
        let _ = fs::remove_file(&live.path);
    }
}

fn live() -> impl Iterator<Item = &'static Live> {
    LIVE.iter().map_while(OnceLock::get)
}

/// Makes and locks a file of zeros with its head. The blocks are written, not left out: a mapped hole that the disk has no
/// room for would end the process.
fn make(directory: &Path) -> io::Result<(PathBuf, File)> {
    let contents = Head::of_this_process().to_file();
    for _ in 0..TRIES_MAX {
        let path = directory.join(head::file_name());
        let file = OpenOptions::new().create_new(true).read(true).write(true).mode(0o600).open(&path);
        let mut file = match file {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            file => file?,
        };
        file.lock()?;
        // Another process may have found it before it was locked, and taken it away.
        if is_linked(&file)? {
            file.write_all(&contents)?;
            return Ok((path, file));
        }
    }
    Err(io::Error::other(format!("a new file was taken away {TRIES_MAX} times before it could be locked")))
}

fn is_linked(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.nlink() > 0)
}

impl Live {
    /// Not so in a process that was forked from the one that opened it.
    fn is_own(&self) -> bool {
        self.pid == process::id()
    }

    fn is_linked(&self) -> bool {
        is_linked(&self.file).unwrap_or(false)
    }
}
