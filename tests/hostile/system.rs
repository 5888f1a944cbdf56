//! The system and the C library, as deeds need them: what Rust would not do by itself. It never decides what is done.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_long};

/// Reads where nothing is mapped.
pub(crate) fn read_nowhere() -> usize {
    // SAFETY: none: it is a crash that is asked for.
    unsafe { libc::strlen(std::ptr::without_provenance::<c_char>(8)) }
}

/// A system call by its number, with numbers for arguments. Returns the error, if it is one.
pub(crate) fn call(number: c_long, arguments: [c_long; 4]) -> Result<c_long, std::io::Error> {
    let [first, second, third, fourth] = arguments;
    // SAFETY: the kernel checks numbers, and an address among them is null.
    let answer = unsafe { libc::syscall(number, first, second, third, fourth) };
    if answer < 0 { Err(std::io::Error::last_os_error()) } else { Ok(answer) }
}

/// A signal to a process.
pub(crate) fn signal(process: c_int, signal: c_int) -> Result<c_long, std::io::Error> {
    call(libc::SYS_kill, [process.into(), signal.into(), 0, 0])
}

/// Ends the process without a word.
pub(crate) fn leave(status: c_int) -> ! {
    // SAFETY: it takes a number.
    unsafe { libc::_exit(status) }
}

/// Starts a process as the C library does.
pub(crate) fn fork() -> c_int {
    // SAFETY: none: where it is not refused, the child has one thread of many.
    unsafe { libc::fork() }
}

/// Does nothing about a signal.
pub(crate) fn ignore(signal: c_int) {
    // SAFETY: no handler is called.
    unsafe { libc::signal(signal, libc::SIG_IGN) };
}

/// Blocks every signal for this thread.
pub(crate) fn block_signals() {
    let mut all = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: it fills the set.
    unsafe { libc::sigfillset(all.as_mut_ptr()) };
    // SAFETY: the set was filled.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), std::ptr::null_mut()) };
}

/// Another locale for the whole process.
pub(crate) fn set_locale(name: &std::ffi::CStr) {
    // SAFETY: the text ends with a zero; other threads may read the locale meanwhile, which is what is asked for.
    unsafe { libc::setlocale(libc::LC_ALL, name.as_ptr()) };
}

/// Rounds upward from here on.
#[cfg(target_arch = "x86_64")]
pub(crate) fn round_upward() {
    let mut state = 0_u32;
    // SAFETY: writes four bytes to `state`, which is that large.
    unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut state, options(nostack, preserves_flags)) };
    state = state & !0x6000 | 0x4000;
    // SAFETY: a value that was read from the same register, with another way of rounding.
    unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const state, options(nostack, preserves_flags)) };
}

/// On this processor nothing is known to be changed.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn round_upward() {}

/// Closes descriptors, whoever's they are.
pub(crate) fn close(descriptors: std::ops::Range<c_int>) {
    for descriptor in descriptors {
        // SAFETY: none: they are others'.
        unsafe { libc::close(descriptor) };
    }
}

/// Sends bytes to every socket of the process.
pub(crate) fn send_to_all(bytes: &[u8]) {
    for descriptor in 3..64 {
        let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
        // SAFETY: the kernel reads as many bytes as there are.
        unsafe { libc::send(descriptor, bytes.as_ptr().cast(), bytes.len(), flags) };
    }
}

/// Writes bytes where they do not belong.
pub(crate) fn write_at(address: usize, bytes: &[u8]) {
    let to = std::ptr::with_exposed_provenance_mut::<u8>(address);
    for (idx, &byte) in bytes.iter().enumerate() {
        // SAFETY: none: it is memory that is no longer lent.
        let to = unsafe { to.add(idx) };
        // SAFETY: as above.
        unsafe { to.write_volatile(byte) };
    }
}

/// Text that is none.
pub(crate) fn no_text() -> String {
    // SAFETY: none: it is a lie that is asked for.
    unsafe { String::from_utf8_unchecked(b"\xff\xfe no text".to_vec()) }
}
