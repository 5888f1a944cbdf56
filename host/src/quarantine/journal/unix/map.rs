//! A journal's file as memory, and what runs when the process ends. It never closes, unmaps or shrinks anything.

// The one file of the quarantine where memory is mapped by hand.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::fs::File;
use std::io;
use std::ptr::NonNull;
use std::sync::Once;

use rustix::mm::{MapFlags, ProtFlags, mmap};

use crate::quarantine::journal::table::Table;

unsafe extern "C" {
    // SAFETY: C's own, in every process of a Unix; it may be called at any time and keeps the function's address alone.
    safe fn atexit(function: extern "C" fn()) -> c_int;
}

/// Maps a whole file for ever, shared: what is written into it is the kernel's to keep, whatever ends the process.
pub(super) fn map(file: &File) -> io::Result<&'static Table> {
    let n_bytes = size_of::<Table>();
    if file.metadata()?.len() < n_bytes as u64 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("expected a file of {n_bytes} bytes")));
    }
    let protection = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: the kernel chooses an address that nothing else lies at.
    let address = unsafe { mmap(std::ptr::null_mut(), n_bytes, protection, MapFlags::SHARED, file, 0) }?;
    let table = NonNull::new(address.cast::<Table>()).ok_or_else(|| io::Error::other("mapped at address 0"))?;
    // SAFETY: as long as a table, aligned to a page, and never unmapped. A table consists of atomic integers, for which
    // every bit pattern is a value, whoever writes it. The file is the user's own, and this host never shrinks it while its
    // process lives: `dead` does so under the lock alone, which is held here.
    Ok(unsafe { table.as_ref() })
}

/// Has a function run when the process returns from `main` or calls `exit`; once, however often it is asked for.
pub(super) fn at_exit_once(function: extern "C" fn()) {
    static ONCE: Once = Once::new();
    // Where there is no room for it, a clean end within a call looks like a death, of which two are needed.
    ONCE.call_once(|| drop(atexit(function)));
}
