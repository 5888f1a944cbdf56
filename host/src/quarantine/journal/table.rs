//! What a journal's file holds: a head and slots of 64 bytes each. It never maps anything.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Calls that can be recorded at once.
pub(super) const N_SLOTS: usize = 255;

/// Nobody's.
const FREE: u32 = 0;
/// Taken, and not yet written.
const CLAIMED: u32 = 1;
/// A call is under way.
pub(super) const BUSY: u32 = 2;

/// The whole file. Every word is atomic, since whoever maps the file may change it.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Table {
    /// Written before the file is mapped, and read by others: magic, process, boot.
    head: [AtomicU64; 7],
    /// 0 while the process runs; [`ON_PURPOSE`](super::unix) or the thread that ended it within a call.
    pub(super) ended: AtomicU64,
    pub(super) slots: [Slot; N_SLOTS],
}

/// One call. A slot fills one line of the cache, so that threads do not slow each other down.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Slot {
    pub(super) state: AtomicU32,
    pub(super) call: AtomicU32,
    pub(super) thread: AtomicU64,
    pub(super) digest: [AtomicU64; 4],
}

impl Table {
    /// The number of the process that the table was made by. A forked child shares the memory, and must not write there.
    #[inline]
    pub(super) fn process(&self) -> u64 {
        self.head[1].load(Ordering::Relaxed)
    }

    /// Takes a free slot and writes a call into it; none if all are taken. Each thread looks at its own slot first.
    #[inline]
    pub(super) fn claim(&self, thread: u64, digest: [u64; 4], call: u32) -> Option<&Slot> {
        let own = (thread % N_SLOTS as u64) as usize;
        let (before, from) = self.slots.split_at(own);
        let slot = from.iter().chain(before).find(|slot| slot.claim())?;
        slot.call.store(call, Ordering::Relaxed);
        slot.thread.store(thread, Ordering::Relaxed);
        slot.digest.iter().zip(digest).for_each(|(word, value)| word.store(value, Ordering::Relaxed));
        // After the rest: a process that dies in between was not yet inside of the call.
        slot.state.store(BUSY, Ordering::Release);
        Some(slot)
    }
}

impl Slot {
    fn claim(&self) -> bool {
        self.state.compare_exchange(FREE, CLAIMED, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    pub(super) fn leave(&self) {
        self.state.store(FREE, Ordering::Release);
    }
}
