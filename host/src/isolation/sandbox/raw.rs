//! The calls of the kernel and of the C library for which there is no safe wrapper. It never decides what is refused.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use seccompiler::sock_filter;

/// Closes every descriptor but the standard ones and `kept`: whatever the host was started with, or opened without saying that
/// it is not for other programs, is here too.
///
/// # Errors
/// What the system says; some are open then.
pub(in crate::isolation) fn close_others(kept: BorrowedFd<'_>) -> io::Result<()> {
    let kept = kept.as_raw_fd().unsigned_abs();
    let before = (kept > LAST_STANDARD + 1).then(|| (LAST_STANDARD + 1, kept - 1));
    let behind = (kept.max(LAST_STANDARD) + 1, u32::MAX);
    for (first, last) in before.into_iter().chain([behind]) {
        // SAFETY: numbers only; nothing in this process owns what is closed, since it has opened nothing yet but `kept`.
        let answer = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
        if answer != 0 {
            let error = io::Error::last_os_error();
            return if error.raw_os_error() == Some(libc::ENOSYS) { close_each(kept) } else { Err(error) };
        }
    }
    Ok(())
}

/// The number of standard error.
const LAST_STANDARD: u32 = 2;

/// The same before Linux 5.9, by the list of what is open.
fn close_each(kept: u32) -> io::Result<()> {
    let open: Vec<i32> = std::fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|number: &i32| number.unsigned_abs() > LAST_STANDARD && number.unsigned_abs() != kept)
        .collect();
    for number in open {
        // SAFETY: as above. The descriptor of the list itself is gone by now, and closing it again is an error alone.
        let _ = unsafe { libc::close(number) };
    }
    Ok(())
}

/// Ends the process at once. Nothing that the bundle wanted to do at its end is done: no handler, no destructor.
pub(in crate::isolation) fn leave(status: i32) -> ! {
    // SAFETY: it never returns, and touches nothing of this process.
    unsafe { libc::_exit(status) }
}

/// Installs a filter for this thread and those that it starts, and returns the listener for what it notifies of.
/// Needs no-new-privileges.
///
/// # Errors
/// `EBUSY` if a filter with a listener stands already; `EINVAL` if the kernel knows no listeners (before 5.0), or the
/// program is longer than the kernel takes.
pub(super) fn install_with_listener(program: &[sock_filter]) -> io::Result<OwnedFd> {
    let len = program.len().try_into().map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
    // The kernel reads through this pointer and writes nothing; the type of libc wants it mutable.
    let header = libc::sock_fprog { len, filter: program.as_ptr().cast_mut().cast() };
    let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
    // SAFETY: `header` names `len` instructions of `program`, borrowed until this function returns. The instruction is
    // `repr(C)` in both crates, with the fields of the kernel's header.
    let answer = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const header) };
    let number = i32::try_from(answer).ok().filter(|&number| number >= 0).ok_or_else(io::Error::last_os_error)?;
    // SAFETY: with that flag the kernel answers a new descriptor, and nobody else knows of it yet.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Waits for the next call that the filter notifies of.
///
/// # Errors
/// `ENOENT` if the caller ended, or turned away, in between; `EINTR` if a signal came.
pub(super) fn receive(listener: BorrowedFd<'_>) -> io::Result<libc::seccomp_notif> {
    let data = libc::seccomp_data { nr: 0, arch: 0, instruction_pointer: 0, args: [0; 6] };
    // The kernel wants it zeroed.
    let mut notice = libc::seccomp_notif { id: 0, pid: 0, flags: 0, data };
    // SAFETY: the number of the request carries the size of this very struct, which lives until the call returns.
    let answer = unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut notice) };
    if answer == 0 { Ok(notice) } else { Err(io::Error::last_os_error()) }
}

/// The version of the C library in use, if it is glibc: `(2, 36)`.
#[cfg(target_env = "gnu")]
pub(super) fn glibc() -> Option<(u32, u32)> {
    // SAFETY: it takes nothing, and may be called at any time.
    let version = unsafe { libc::gnu_get_libc_version() };
    // SAFETY: glibc answers a text that ends with a zero and is never changed or freed.
    let version = unsafe { std::ffi::CStr::from_ptr(version) };
    let mut numbers = version.to_str().ok()?.split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

/// The version of the C library in use, if it is glibc.
#[cfg(not(target_env = "gnu"))]
pub(super) fn glibc() -> Option<(u32, u32)> {
    None
}
