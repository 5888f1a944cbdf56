//! One line of calls to a worker: shared memory in, shared memory out, and a socket for whose turn it is. Two calls may be
//! under way in it, each with a room of its own; they are made one after the other. It knows nothing of what they mean.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytemuck::{AnyBitPattern, NoUninit};

use super::arena::{Input, Output, Room};
use super::channel::{Channel, Silence};
use super::control::Order;
use super::fault::WorkerFault;
use super::process::Process;
use super::turn::{Elsewhere, Turn};
use super::wire::{Allowance, Broken, Copying, Head, Outcome, Packer, Request, Span, TooLarge, description};

/// A description alone.
const DESCRIPTION_BYTES_MAX: u64 = 1 << 24;
/// A lane that held more than this in a call is closed afterwards, which frees the memory.
const KEPT_BYTES_MAX: usize = 256 << 20;

/// A lane, as the host holds it.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) process: Arc<Process>,
    socket: Channel,
    input: Input,
    output: Output,
    /// Calls that have an outcome.
    n_received: u64,
    /// The rooms of those that were sent and have none yet, in the order of sending.
    under_way: VecDeque<Room>,
    /// Until when those may take, all together: they are parts of one call.
    until: Instant,
    /// Where the worker was when it sent last.
    worker: Elsewhere,
    bytes_max: usize,
    /// The room of the reply that was read last.
    room: Room,
    /// What that reply may still take.
    allowance: Allowance,
}

/// Why a call has no outcome.
#[derive(Debug)]
pub(crate) enum Lost {
    /// The call does not fit into shared memory; nothing was sent.
    TooLarge(TooLarge),
    /// The worker ended. `own`: this very call is known to be the cause.
    Ended { how: Arc<WorkerFault>, own: bool },
}

/// What a call is, for messages, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timed<'a> {
    pub(crate) call: &'a str,
    pub(crate) limit: Duration,
}

impl Lane {
    /// Opens a lane to a worker, with shared memory of so many bytes in each direction.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn open(process: &Arc<Process>, n_bytes: usize) -> io::Result<Self> {
        let (socket, theirs) = Channel::pair()?;
        let (input, output) = (Input::new(n_bytes)?, Output::new(n_bytes)?);
        let order = postcard::to_allocvec(&Order::Lane).map_err(io::Error::other)?;
        process.control.send_files(&order, &[theirs.as_fd(), input.fd(), output.fd()])?;
        Ok(Self {
            process: Arc::clone(process),
            socket,
            input,
            output,
            n_received: 0,
            under_way: VecDeque::with_capacity(2),
            until: Instant::now(),
            worker: Elsewhere::default(),
            bytes_max: 0,
            room: Room::Whole,
            allowance: Allowance::default(),
        })
    }

    /// Makes a call and waits for its outcome.
    pub(crate) fn exchange(
        &mut self,
        timed: Timed<'_>,
        ask: impl FnOnce(&mut Packer<'_>) -> Result<Request, TooLarge>,
    ) -> Result<Outcome, Lost> {
        self.send(timed, Room::Whole, ask)?;
        self.receive(timed)
    }

    /// Sends a call, in a room where none is under way. What it ends with is received later, in the order of sending. The
    /// limit is that of all that are sent before the lane is idle again.
    pub(crate) fn send(
        &mut self,
        timed: Timed<'_>,
        room: Room,
        ask: impl FnOnce(&mut Packer<'_>) -> Result<Request, TooLarge>,
    ) -> Result<(), Lost> {
        let mut packer = Packer::new(self.input.bytes_mut(room));
        let description = ask(&mut packer).and_then(|request| packer.finish(&request)).map_err(Lost::TooLarge)?;
        self.bytes_max = self.bytes_max.max((description.start + description.len) as usize);
        if self.under_way.is_empty() {
            self.process.begins();
            self.until = Instant::now() + timed.limit;
        }
        self.under_way.push_back(room);
        let head = Head { sequence: self.n_received + self.under_way.len() as u64, description };
        self.socket.send(&Turn::now(head, room).to_bytes()).map_err(|error| {
            // A closed socket is a dead worker more often than not; waiting for it tells which.
            let silence =
                if error.kind() == io::ErrorKind::BrokenPipe { Silence::Closed } else { Silence::Failed(error) };
            self.silent(silence, timed)
        })
    }

    /// Waits for the outcome of the call that was sent first of those under way.
    pub(crate) fn receive(&mut self, timed: Timed<'_>) -> Result<Outcome, Lost> {
        let mut packet = [0; Turn::BYTES + 1];
        let looks = self.worker.is_elsewhere();
        let received = self.socket.receive(&mut packet, self.until, self.process.pidfd(), looks);
        let n_bytes = received.map_err(|silence| self.silent(silence, timed))?;
        let outcome = self.read(packet.get(..n_bytes).unwrap_or_default()).map_err(|broken| self.broke(&broken))?;
        if self.is_idle() {
            self.process.comes_back();
        }
        Ok(outcome)
    }

    /// Whether no call is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.under_way.is_empty()
    }

    /// What stands in the reply cannot be: the worker is killed.
    pub(crate) fn broke(&self, broken: &Broken) -> Lost {
        Lost::Ended { how: self.process.broke_protocol(broken.to_string()), own: true }
    }

    /// Whether it holds little enough to be kept for the next call.
    pub(crate) fn is_worth_keeping(&self) -> bool {
        // Asked of the system: the bundle may write more than the worker says, and fill what comes in by reading it.
        let held_bytes = self.output.held_bytes().saturating_add(self.input.held_bytes());
        self.bytes_max <= KEPT_BYTES_MAX && held_bytes <= KEPT_BYTES_MAX as u64 && self.process.end().is_none()
    }

    fn silent(&self, silence: Silence, timed: Timed<'_>) -> Lost {
        let (how, own) = self.process.silent(silence, timed.call, timed.limit);
        Lost::Ended { how, own }
    }

    fn read(&mut self, packet: &[u8]) -> Result<Outcome, Broken> {
        let turn = Turn::from_bytes(packet).ok_or(Broken::Description)?;
        self.worker = Elsewhere::of(&turn);
        if turn.head.sequence != self.n_received + 1 || self.under_way.front() != Some(&turn.room) {
            return Err(Broken::Reply);
        }
        let Span { start, len } = turn.head.description;
        if len > DESCRIPTION_BYTES_MAX {
            return Err(Broken::Span { start, len });
        }
        self.n_received += 1;
        self.under_way.pop_front();
        self.room = turn.room;
        self.allowance = Allowance::default();
        self.bytes_max = self.bytes_max.max(usize::try_from(start).unwrap_or(usize::MAX));
        description(&self.copied::<u8>(turn.head.description)?)
    }

    /// Copies what the worker wrote at `span`, which is as long as `values`.
    pub(crate) fn copy_into<T: AnyBitPattern + NoUninit>(&self, span: Span, values: &mut [T]) -> Result<(), Broken> {
        let broken = Broken::Span { start: span.start, len: span.len };
        if span.len != values.len() as u64 {
            return Err(broken);
        }
        self.output.read(self.room, span, values).map_err(|_| broken)
    }
}

impl Copying for Lane {
    fn copied<T: AnyBitPattern + NoUninit>(&self, span: Span) -> Result<Vec<T>, Broken> {
        let mut values = vec![T::zeroed(); self.allowance.take::<T>(span, self.output.n_bytes(self.room))?];
        self.copy_into(span, &mut values)?;
        Ok(values)
    }
}

/// The files that make a lane, as the worker is handed them.
pub(crate) type LaneFiles = [OwnedFd; 3];
