//! The host's side: learns which call a worker was refused. It never answers one: the caller kills the worker.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, poll};

use super::{calls, raw};

/// A call that a worker must not make, and did not. The thread that made it stands still until the worker is killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::isolation) struct Refused {
    /// The name of the call, as in the manual of the system: `openat`.
    pub(crate) syscall: String,
    /// The thread that made it, as the host numbers it; 0 if the host cannot see it. The first thread of a process has the
    /// number of the process.
    pub(crate) pid: u32,
}

/// Reads what a worker's listener tells. For one thread of the host per worker.
#[derive(Debug)]
pub(crate) struct Watch {
    listener: OwnedFd,
}

impl Watch {
    /// `listener` is [`Held::listener`](super::Held) of the worker, taken before the worker has a bundle. While it is open
    /// a refused call stands still; closed, the kernel answers `ENOSYS`, and the call is not made either.
    pub(crate) fn new(listener: OwnedFd) -> Self {
        Self { listener }
    }

    /// Waits for the next refused call; `None` once the worker is gone. The caller kills the worker, and may ask again for
    /// what other threads of it were refused.
    ///
    /// Before Linux 6.11 a worker is gone only when it was waited for, so that must not wait for this; before 5.9 the end
    /// is not told at all, and this never returns `None`.
    ///
    /// # Errors
    /// What the system says, if the listener is none.
    pub(in crate::isolation) fn next(&self) -> io::Result<Option<Refused>> {
        loop {
            let mut polled = [PollFd::new(&self.listener, PollFlags::IN)];
            match poll(&mut polled, None) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            let events = polled[0].revents();
            if events.contains(PollFlags::IN) {
                match raw::receive(self.listener.as_fd()) {
                    Ok(notice) => return Ok(Some(refused(&notice))),
                    // The thread was interrupted or killed before it was heard, and the call was not made. If that was the
                    // end of the worker, the next round sees it.
                    Err(error) if matches!(error.raw_os_error(), Some(libc::ENOENT | libc::EINTR)) => continue,
                    Err(error) => return Err(error),
                }
            }
            if events.contains(PollFlags::HUP) {
                return Ok(None);
            }
            if events.intersects(PollFlags::ERR | PollFlags::NVAL) {
                return Err(io::Error::other("the descriptor of a worker's listener is none"));
            }
        }
    }
}

fn refused(notice: &libc::seccomp_notif) -> Refused {
    let number = i64::from(notice.data.nr);
    let syscall = calls::named::name(number).map_or_else(|| format!("system call {number}"), str::to_owned);
    Refused { syscall, pid: notice.pid }
}
