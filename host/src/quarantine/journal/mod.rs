//! Which bundles a host is calling, so that its next start can tell whom it died of. It never ends anything, and never
//! decides what a death means.
//!
//! A host that lets bundles into its own process keeps one file there: a page of slots, mapped and shared, so that what was
//! written outlives the process whatever ends it. A call takes a slot and gives it back. The file is locked for as long as
//! the process lives: a slot that is taken in a file that is not locked was left by a dead process.

mod table;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as system;

#[cfg(not(unix))]
mod elsewhere;
#[cfg(not(unix))]
use elsewhere as system;

use std::cell::Cell;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) use self::system::Dead;
use self::table::Slot;
pub(crate) use self::table::Table;
use crate::bundle::Digest;
use crate::explain::fault;

/// The journal of this process in one directory. Copies are the same journal.
#[derive(Clone, Copy, Debug)]
pub struct Journal {
    table: Option<&'static Table>,
}

/// A bundle, as slots name it. Made once for a bundle, not for every call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark([u64; 4]);

/// A call that is under way. Dropping it says that the call came back, with whatever result.
#[derive(Debug)]
#[must_use = "a call is recorded for as long as its guard lives"]
pub struct Guard {
    slot: Option<&'static Slot>,
    /// The process that the call was recorded in: one that is forked within it has another.
    process: u64,
    /// A call begins and ends on one thread.
    _of_the_thread: PhantomData<*const ()>,
}

/// A bundle that a process was calling when it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Culprit {
    /// The bundle's bytes.
    pub digest: Digest,
    /// The call; the first one found where several threads were inside of the bundle. None for a call that this host does
    /// not know.
    pub call: Option<Call>,
    /// The number that the process had.
    pub pid: u32,
}

/// The calls into a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Call {
    /// It is mapped, and its constructors run.
    Load = 1,
    /// It registers its plugins.
    Register = 2,
    /// A learner opens a model.
    Open = 3,
    /// A learner describes its model.
    Info = 4,
    /// A learner scores rows.
    Predict = 5,
    /// An interval plugin fits a calibrator.
    Fit = 6,
    /// A calibrator answers.
    Answer = 7,
    /// An explanation plugin prepares an explainer.
    Prepare = 8,
    /// An explainer makes a step.
    Step = 9,
    /// Something fitted is saved.
    Save = 10,
    /// Something saved is restored.
    Restore = 11,
    /// A plot builder builds.
    Build = 12,
    /// A plot renderer renders.
    Render = 13,
    /// Something that it made is dropped.
    Drop = 14,
}

/// The next thread's number; 0 is nobody's.
static NEXT_THREAD: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static THREAD: Cell<u64> = const { Cell::new(0) };
}

/// The number of this thread, which no other thread of the process ever has.
fn this_thread() -> u64 {
    THREAD.with(|number| {
        if number.get() == 0 {
            number.set(NEXT_THREAD.fetch_add(1, Ordering::Relaxed));
        }
        number.get()
    })
}

/// Says that this process ends on purpose: calls that are under way are not what it dies of, unless this thread is within
/// one. It is called by itself when a program returns from `main` or calls `exit`; a program that catches a signal and ends
/// in another way calls it before.
pub fn ending() {
    system::ending();
}

/// Has a signal that hangs up, interrupts or terminates this process count as an end on purpose; the process ends of it as it
/// would have. For programs that do not look after these signals themselves: it sets the process's action for those that still
/// have the system's own.
pub fn end_on_signals() {
    system::end_on_signals();
}

impl Journal {
    /// The journal of this process in that directory, which is made if there is none.
    ///
    /// # Errors
    /// The system's, if the file cannot be made, locked or mapped. Where the system is no Unix there is nothing to fail: the
    /// journal records nothing.
    pub fn open(directory: &Path) -> io::Result<Self> {
        system::open(directory).map(|table| Self { table })
    }

    /// A journal that records nothing.
    #[must_use]
    pub const fn absent() -> Self {
        Self { table: None }
    }

    /// Whether calls are recorded.
    #[must_use]
    pub const fn is_absent(self) -> bool {
        self.table.is_none()
    }

    /// Records a call until the guard is dropped. No call of the system, no lock; where more calls are under way than there
    /// are slots (255), it is not recorded. Nor is it in a process that was forked from the one that opened the journal: it
    /// opens its own.
    #[inline]
    pub fn enter(self, mark: Mark, call: Call) -> Guard {
        let process = system::process();
        let table = self.table.filter(|table| table.process() == process);
        let slot = table.and_then(|table| table.claim(this_thread(), mark.0, call as u32));
        Guard { slot, process, _of_the_thread: PhantomData }
    }

    /// The bundles that dead processes were calling, one entry for each process and bundle, in no order. What was read is
    /// removed, so that every death is told once.
    ///
    /// # Errors
    /// The system's, if the directory cannot be read or a file not removed.
    pub fn culprits(directory: &Path) -> io::Result<Vec<Culprit>> {
        let dead = Dead::find(directory)?;
        let culprits = dead.culprits().to_vec();
        dead.bury().map_err(|(_, cause)| cause)?;
        Ok(culprits)
    }
}

impl Drop for Guard {
    #[inline]
    fn drop(&mut self) {
        if let Some(slot) = self.slot
            && self.process == system::process()
        {
            slot.leave();
        }
    }
}

impl From<Digest> for Mark {
    fn from(digest: Digest) -> Self {
        let bytes = digest.to_bytes();
        let (words, _) = bytes.as_chunks::<8>();
        Self([words[0], words[1], words[2], words[3]].map(u64::from_be_bytes))
    }
}

impl From<Mark> for Digest {
    fn from(Mark(words): Mark) -> Self {
        Self::from_bytes(std::array::from_fn(|byte_idx| words[byte_idx / 8].to_be_bytes()[byte_idx % 8]))
    }
}

impl Call {
    const ALL: [Self; 14] = [
        Self::Load,
        Self::Register,
        Self::Open,
        Self::Info,
        Self::Predict,
        Self::Fit,
        Self::Answer,
        Self::Prepare,
        Self::Step,
        Self::Save,
        Self::Restore,
        Self::Build,
        Self::Render,
        Self::Drop,
    ];

    /// The call of that number; another version of the host may have more of them.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only journals have numbers of calls"))]
    fn of(code: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|call| *call as u32 == code)
    }
}

/// The calls of plugins are recorded under the same names.
impl From<fault::Call> for Call {
    fn from(call: fault::Call) -> Self {
        match call {
            fault::Call::Open => Self::Open,
            fault::Call::Info => Self::Info,
            fault::Call::Predict => Self::Predict,
            fault::Call::Fit => Self::Fit,
            fault::Call::Answer => Self::Answer,
            fault::Call::Prepare => Self::Prepare,
            fault::Call::Step => Self::Step,
            fault::Call::Save => Self::Save,
            fault::Call::Restore => Self::Restore,
            fault::Call::Build => Self::Build,
            fault::Call::Render => Self::Render,
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Load => "load",
            Self::Register => "register",
            Self::Open => "open",
            Self::Info => "info",
            Self::Predict => "predict",
            Self::Fit => "fit",
            Self::Answer => "answer",
            Self::Prepare => "prepare",
            Self::Step => "step",
            Self::Save => "save",
            Self::Restore => "restore",
            Self::Build => "build",
            Self::Render => "render",
            Self::Drop => "drop",
        })
    }
}

#[cfg(all(test, unix))]
mod tests;
