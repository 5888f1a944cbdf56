//! The calls of the kernel and of the C library for which there is no safe wrapper. It never decides what is refused.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use seccompiler::sock_filter;

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
