//! An allocator that counts what the current thread allocates. It never allocates itself, and changes nothing.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// What was allocated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Allocated {
    /// How often memory was asked for, growing included.
    pub(crate) times: u64,
    /// Bytes in all.
    pub(crate) bytes: u64,
}

/// What was held in memory.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Held {
    /// Bytes at the end, which the result holds.
    pub(crate) kept: i64,
    /// Bytes at most at any time.
    pub(crate) peak: i64,
}

// Without a destructor and constant from the start, so that reading them allocates nothing.
thread_local! {
    static COUNT: Cell<Allocated> = const { Cell::new(Allocated { times: 0, bytes: 0 }) };
    /// `kept` is what this thread holds now: allocated here, not freed here.
    static HELD: Cell<Held> = const { Cell::new(Held { kept: 0, peak: 0 }) };
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(bytes: usize) {
    COUNT.with(|count| {
        let Allocated { times, bytes: before } = count.get();
        count.set(Allocated { times: times + 1, bytes: before + bytes as u64 });
    });
    hold(bytes as i64);
}

/// So many more bytes are held, or fewer.
fn hold(bytes: i64) {
    HELD.with(|held| {
        let Held { kept, peak } = held.get();
        held.set(Held { kept: kept + bytes, peak: peak.max(kept + bytes) });
    });
}

// SAFETY: each method hands its arguments on to the system's allocator, which keeps every promise of the trait.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promise about `layout` is handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        hold(-(layout.size() as i64));
        // SAFETY: the caller's promise about `pointer` and `layout` is handed on; `System` made the memory.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promise about `layout` is handed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // While it is moved, both are there.
        count(new_size);
        hold(-(layout.size() as i64));
        // SAFETY: the caller's promise about `pointer`, `layout` and `new_size` is handed on; `System` made the memory.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

/// What `work` allocates on this thread, and what it returns.
pub(crate) fn counted<T>(work: impl FnOnce() -> T) -> (Allocated, T) {
    let before = COUNT.get();
    let result = work();
    let after = COUNT.get();
    (Allocated { times: after.times - before.times, bytes: after.bytes - before.bytes }, result)
}

/// What this thread holds while and after `work`, beyond what it held before, and what `work` returns.
pub(crate) fn held<T>(work: impl FnOnce() -> T) -> (Held, T) {
    let before = HELD.get().kept;
    HELD.set(Held { kept: before, peak: before });
    let result = work();
    let Held { kept, peak } = HELD.get();
    (Held { kept: kept - before, peak: peak - before }, result)
}
