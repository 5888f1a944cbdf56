//! A socket between host and worker that keeps packets apart and can pass open files. Waiting has an end.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketFlags, SocketType, recv, recvmsg, send, sendmsg, socketpair,
};

/// Open files that one packet may pass.
pub(crate) const FILES_MAX: usize = 64;

/// How long the end that waits looks by itself, before it lets the system wake it: a short call, or a part of a long one, is
/// over by then, and being woken may take longer than the call. It keeps its processor meanwhile, since on a busy machine one
/// that is given away comes back late; so it looks only while the other end has another one.
const LOOKS: Duration = Duration::from_micros(200);

/// One end.
#[derive(Debug)]
pub(crate) struct Channel(OwnedFd);

/// Why nothing came.
#[derive(Debug)]
pub(crate) enum Silence {
    /// The time is over.
    TimedOut,
    /// The other end is closed, or what was watched besides has ended.
    Closed,
    /// The system says so.
    Failed(io::Error),
}

impl Channel {
    /// Both ends. They are closed when another program is started.
    pub(crate) fn pair() -> io::Result<(Self, Self)> {
        let (left, right) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        Ok((Self(left), Self(right)))
    }

    /// Sends a packet. There are never more than a few small ones under way in a direction, so room for it is no question.
    pub(crate) fn send(&self, packet: &[u8]) -> io::Result<()> {
        retry(|| send(&self.0, packet, SendFlags::NOSIGNAL | SendFlags::DONTWAIT)).map(drop)
    }

    /// Sends a packet with open files.
    pub(crate) fn send_files(&self, packet: &[u8], files: &[BorrowedFd<'_>]) -> io::Result<()> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(FILES_MAX))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if files.len() > FILES_MAX || !control.push(SendAncillaryMessage::ScmRights(files)) {
            return Err(io::Error::other(format!("more than {FILES_MAX} files in one packet")));
        }
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        retry(|| sendmsg(&self.0, &[IoSlice::new(packet)], &mut control, flags)).map(drop)
    }

    /// Waits for a packet, and returns its true length: longer than `buffer`, it was cut. `besides` is a process whose end
    /// ends the waiting. With `looks` the waiting begins with a short while of looking.
    pub(crate) fn receive(
        &self,
        buffer: &mut [u8],
        until: Instant,
        besides: &OwnedFd,
        looks: bool,
    ) -> Result<usize, Silence> {
        if let Some(taken) = looks.then(|| self.look(buffer)).flatten() {
            return taken;
        }
        self.wait(until, besides)?;
        self.take_with(buffer, RecvFlags::TRUNC)
    }

    /// Waits for a packet as long as it takes: the worker's side.
    pub(crate) fn take(&self, buffer: &mut [u8], looks: bool) -> Result<usize, Silence> {
        let seen = looks.then(|| self.look(buffer)).flatten();
        seen.unwrap_or_else(|| self.take_with(buffer, RecvFlags::TRUNC))
    }

    /// Looks for a packet for a short while; none if there was none.
    fn look(&self, buffer: &mut [u8]) -> Option<Result<usize, Silence>> {
        let until = Instant::now() + LOOKS;
        loop {
            match self.take_with(buffer, RecvFlags::TRUNC | RecvFlags::DONTWAIT) {
                Err(Silence::Failed(error)) if error.kind() == io::ErrorKind::WouldBlock => {}
                taken => return Some(taken),
            }
            if Instant::now() >= until {
                return None;
            }
            std::hint::spin_loop();
        }
    }

    fn take_with(&self, buffer: &mut [u8], flags: RecvFlags) -> Result<usize, Silence> {
        match retry(|| recv(&self.0, &mut *buffer, flags)) {
            Ok((_, 0)) => Err(Silence::Closed),
            Ok((_, n_bytes)) => Ok(n_bytes),
            Err(error) if error.raw_os_error() == Some(Errno::CONNRESET.raw_os_error()) => Err(Silence::Closed),
            Err(error) => Err(Silence::Failed(error)),
        }
    }

    /// Waits for a packet with open files, as long as it takes. One that is longer than `buffer` is an error.
    pub(crate) fn take_files(&self, buffer: &mut [u8]) -> Result<(usize, Vec<OwnedFd>), Silence> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(FILES_MAX))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::CMSG_CLOEXEC;
        let received = retry(|| recvmsg(&self.0, &mut [IoSliceMut::new(buffer)], &mut control, flags));
        let received = received.map_err(Silence::Failed)?;
        let mut files = Vec::new();
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(passed) = message {
                files.extend(passed);
            }
        }
        if received.bytes == 0 {
            return Err(Silence::Closed);
        }
        let cut = rustix::net::ReturnFlags::TRUNC | rustix::net::ReturnFlags::CTRUNC;
        if received.flags.intersects(cut) {
            return Err(Silence::Failed(io::Error::other("the packet is longer than agreed")));
        }
        Ok((received.bytes, files))
    }

    /// As [`Channel::take_files`], with an end to the waiting.
    pub(crate) fn receive_files(
        &self,
        buffer: &mut [u8],
        until: Instant,
        besides: &OwnedFd,
    ) -> Result<(usize, Vec<OwnedFd>), Silence> {
        self.wait(until, besides)?;
        self.take_files(buffer)
    }

    /// Waits until there is a packet. The end is a moment: no signal that comes in between puts it off.
    fn wait(&self, until: Instant, besides: &OwnedFd) -> Result<(), Silence> {
        loop {
            // Looked at once more when the time is over: this process may have stood still meanwhile.
            let left = until.checked_duration_since(Instant::now()).unwrap_or_default();
            let mut polled = [PollFd::new(&self.0, PollFlags::IN), PollFd::new(besides, PollFlags::IN)];
            match poll(&mut polled, Some(&timespec(left))) {
                Ok(0) if Instant::now() >= until => return Err(Silence::TimedOut),
                Ok(0) => {}
                Ok(_) if !polled[0].revents().is_empty() => return Ok(()),
                Ok(_) => return Err(Silence::Closed),
                Err(Errno::INTR) => {}
                Err(error) => return Err(Silence::Failed(error.into())),
            }
        }
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl From<OwnedFd> for Channel {
    fn from(socket: OwnedFd) -> Self {
        Self(socket)
    }
}

impl From<Channel> for OwnedFd {
    fn from(channel: Channel) -> Self {
        channel.0
    }
}

fn retry<T>(call: impl FnMut() -> rustix::io::Result<T>) -> io::Result<T> {
    Ok(rustix::io::retry_on_intr(call)?)
}

fn timespec(left: Duration) -> Timespec {
    Timespec { tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX), tv_nsec: i64::from(left.subsec_nanos()) }
}
