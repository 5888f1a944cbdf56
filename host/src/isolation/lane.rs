//! One line of calls to a worker: shared memory in, shared memory out, and a socket for whose turn it is. It carries one call
//! at a time and knows nothing of what it means.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytemuck::{AnyBitPattern, NoUninit};

use super::arena::{ARENA_BYTES, Input, Output};
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
    sequence: u64,
    /// Where the worker was when it sent last.
    worker: Elsewhere,
    bytes_max: usize,
    /// What the reply to the call under way may still take.
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

impl Lane {
    /// Opens a lane to a worker.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn open(process: &Arc<Process>) -> io::Result<Self> {
        let (socket, theirs) = Channel::pair()?;
        let (input, output) = (Input::new()?, Output::new()?);
        let order = postcard::to_allocvec(&Order::Lane).map_err(io::Error::other)?;
        process.control.send_files(&order, &[theirs.as_fd(), input.fd(), output.fd()])?;
        Ok(Self {
            process: Arc::clone(process),
            socket,
            input,
            output,
            sequence: 0,
            worker: Elsewhere::default(),
            bytes_max: 0,
            allowance: Allowance::default(),
        })
    }

    /// Makes a call and waits for its outcome. `call` names it in messages.
    pub(crate) fn exchange(
        &mut self,
        call: &str,
        limit: Duration,
        ask: impl FnOnce(&mut Packer<'_>) -> Result<Request, TooLarge>,
    ) -> Result<Outcome, Lost> {
        self.sequence += 1;
        let mut packer = Packer::new(self.input.bytes_mut());
        let description = ask(&mut packer).and_then(|request| packer.finish(&request)).map_err(Lost::TooLarge)?;
        self.bytes_max = self.bytes_max.max((description.start + description.len) as usize);
        self.process.begins();
        let until = Instant::now() + limit;
        let head = Head { sequence: self.sequence, description };
        if let Err(error) = self.socket.send(&Turn::now(head).to_bytes()) {
            // A closed socket is a dead worker more often than not; waiting for it tells which.
            let silence =
                if error.kind() == io::ErrorKind::BrokenPipe { Silence::Closed } else { Silence::Failed(error) };
            return Err(self.silent(silence, call, limit));
        }
        let mut packet = [0; Turn::BYTES + 1];
        let looks = self.worker.is_elsewhere();
        let n_bytes = match self.socket.receive(&mut packet, until, self.process.pidfd(), looks) {
            Ok(n_bytes) => n_bytes,
            Err(silence) => return Err(self.silent(silence, call, limit)),
        };
        let outcome = self.read(packet.get(..n_bytes).unwrap_or_default()).map_err(|broken| self.broke(&broken))?;
        self.process.comes_back();
        Ok(outcome)
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

    fn silent(&self, silence: Silence, call: &str, limit: Duration) -> Lost {
        let (how, own) = self.process.silent(silence, call, limit);
        Lost::Ended { how, own }
    }

    fn read(&mut self, packet: &[u8]) -> Result<Outcome, Broken> {
        let turn = Turn::from_bytes(packet).ok_or(Broken::Description)?;
        let head = turn.head;
        self.worker = Elsewhere::of(&turn);
        if head.sequence != self.sequence {
            return Err(Broken::Reply);
        }
        let Span { start, len } = head.description;
        if len > DESCRIPTION_BYTES_MAX {
            return Err(Broken::Span { start, len });
        }
        self.allowance = Allowance::default();
        self.bytes_max = self.bytes_max.max(usize::try_from(start).unwrap_or(usize::MAX));
        description(&self.copied::<u8>(head.description)?)
    }

    /// Copies what the worker wrote at `span`, which is as long as `values`.
    pub(crate) fn copy_into<T: AnyBitPattern + NoUninit>(&self, span: Span, values: &mut [T]) -> Result<(), Broken> {
        let broken = Broken::Span { start: span.start, len: span.len };
        if span.len != values.len() as u64 {
            return Err(broken);
        }
        self.output.read(span, values).map_err(|_| broken)
    }
}

impl Copying for Lane {
    fn copied<T: AnyBitPattern + NoUninit>(&self, span: Span) -> Result<Vec<T>, Broken> {
        let mut values = vec![T::zeroed(); self.allowance.take::<T>(span, ARENA_BYTES)?];
        self.copy_into(span, &mut values)?;
        Ok(values)
    }
}

/// The files that make a lane, as the worker is handed them.
pub(crate) type LaneFiles = [OwnedFd; 3];
