//! What lasts as long as the process: a file as memory, and what runs when the process ends, forks or is told to end. It never
//! closes, unmaps or shrinks anything, and never knows what the memory holds.

#![allow(unsafe_code)]

use std::ffi::c_int;
use std::fs::File;
use std::io;
use std::ptr::NonNull;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::mm::{MapFlags, ProtFlags, mmap};
use rustix::process::Signal;

/// What `signal` takes and returns in place of a function: the system's own action.
const BY_DEFAULT: usize = 0;

/// The signals by which somebody outside ends a program that they have had enough of.
const ENDING: [Signal; 3] = [Signal::HUP, Signal::INT, Signal::TERM];

/// What runs around a fork; none for nothing.
type Handler = Option<extern "C" fn()>;

unsafe extern "C" {
    // SAFETY: C's own, in every process of a Unix; it may be called at any time and keeps the function's address alone.
    safe fn atexit(function: extern "C" fn()) -> c_int;
    // SAFETY: as above. What runs in the child is a function that is fit for it.
    safe fn pthread_atfork(before: Handler, in_parent: Handler, in_child: Handler) -> c_int;
    // SAFETY: sends a signal to this thread; what then runs was set by somebody who answers for it.
    safe fn raise(signal: c_int) -> c_int;
    fn signal(signal: c_int, action: usize) -> usize;
}

/// Words that may be mapped from a file.
///
/// # Safety
/// The type consists of atomic integers and nothing else, so that every bit pattern is a value, whoever writes it and when.
pub(crate) unsafe trait Words {}

// SAFETY: a table is 8 words and 255 slots, each of atomic integers of 4 and 8 bytes without gaps that anybody reads.
unsafe impl Words for crate::quarantine::Table {}

/// Maps a whole file for ever, shared: what is written into it is the kernel's to keep, whatever ends the process. Nobody may
/// shrink the file while this process lives.
pub(crate) fn map<T: Words>(file: &File) -> io::Result<&'static T> {
    let n_bytes = size_of::<T>();
    if file.metadata()?.len() < n_bytes as u64 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("expected a file of {n_bytes} bytes")));
    }
    let protection = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: the kernel chooses an address that nothing else lies at.
    let address = unsafe { mmap(std::ptr::null_mut(), n_bytes, protection, MapFlags::SHARED, file, 0) }?;
    let words = NonNull::new(address.cast::<T>()).ok_or_else(|| io::Error::other("mapped at address 0"))?;
    // SAFETY: as long as a `T`, aligned to a page, and never unmapped; `Words` says that all bytes are values.
    Ok(unsafe { words.as_ref() })
}

/// Has a function run when the process returns from `main` or calls `exit`; once, however often it is asked for.
pub(crate) fn at_exit_once(function: extern "C" fn()) {
    static ONCE: Once = Once::new();
    // Where there is no room for it, a clean end within a call looks like a death, of which two are needed.
    ONCE.call_once(|| {
        let _ = atexit(function);
    });
}

/// The number of this process; 0 before anybody asked for it with [`know_process`]. One load: whoever asks for every call
/// cannot afford to ask the system.
#[inline]
pub(crate) fn process() -> u64 {
    PROCESS.load(Ordering::Relaxed)
}

static PROCESS: AtomicU64 = AtomicU64::new(0);

/// Finds out the number of this process, now and whenever it forks.
pub(crate) fn know_process() {
    extern "C" fn know() {
        PROCESS.store(u64::from(std::process::id()), Ordering::Relaxed);
    }
    static ONCE: Once = Once::new();
    know();
    ONCE.call_once(|| {
        let _ = pthread_atfork(None, None, Some(know));
    });
}

static ON_SIGNAL: std::sync::OnceLock<fn()> = std::sync::OnceLock::new();

/// Has a function run when somebody hangs up, interrupts or terminates this process, which then ends of the signal as it
/// would have. A signal that is ignored, or that somebody else looks after, is left alone. For programs, not for libraries: a
/// process has one action for a signal. The function runs within a signal: it takes no lock and no memory.
pub(crate) fn before_ending_signals(function: fn()) {
    if ON_SIGNAL.set(function).is_err() {
        return;
    }
    for wanted in ENDING.map(Signal::as_raw) {
        let handler = on_signal as extern "C" fn(c_int) as usize;
        // SAFETY: `on_signal` does nothing that is forbidden within a signal.
        let before = unsafe { signal(wanted, handler) };
        if before != BY_DEFAULT {
            // SAFETY: puts back what was there.
            let _ = unsafe { signal(wanted, before) };
        }
    }
}

extern "C" fn on_signal(found: c_int) {
    if let Some(function) = ON_SIGNAL.get() {
        function();
    }
    // SAFETY: the system's own action for the signal that is being looked after.
    let _ = unsafe { signal(found, BY_DEFAULT) };
    // It waits until this function has returned, and then ends the process.
    raise(found);
}

#[cfg(test)]
pub(crate) mod ends {
    //! Ways to end or double a process that the standard library does not have.

    use std::ffi::c_int;

    unsafe extern "C" {
        // SAFETY: C's own; the tests' children do nothing but enter a call and end.
        pub(crate) safe fn fork() -> c_int;
        // SAFETY: ends the process at once.
        pub(crate) safe fn _exit(status: c_int) -> !;
    }
}
