//! A worker that does what a test tells it, held or not: what it prints and how it ends is the test's evidence. It never
//! loads a bundle.
//!
//! It is the program of the tests, started once more. It can be held only while it has one thread, and the harness starts
//! threads at once, also for a single test; so a function that the loader calls before `main` looks whether this process is
//! to be an actor. A program of its own would see nothing of the sandbox, which is private.

// The loader's table of functions to call first, and what has no wrapper since honest code never calls it.
#![allow(unsafe_code)]

mod acts;

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::channel::Channel;
use super::control::PACKET_BYTES_MAX;
use super::fault::WorkerFault;
use super::process::Process;
use super::sandbox::{self, Grants, Limits, Watch};

/// How long anything may take here. Nothing takes that long.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// What an actor does.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Part {
    /// Name and argument: [`acts`] lists them.
    pub(super) act: (String, String),
    /// Libraries of the system that it maps first.
    pub(super) needed: Vec<String>,
    /// How it is held; `None` if it is not.
    pub(super) held: Option<Holding>,
}

/// How an actor is held.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Holding {
    pub(super) cpu_seconds: Option<u64>,
    pub(super) read_files: bool,
    pub(super) network: bool,
}

/// What an actor that is held tells first.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Told {
    pub(super) level: String,
    pub(super) missing: Vec<String>,
}

/// Memory that an actor may have.
pub(super) const MEMORY_BYTES: u64 = 256 << 20;
const FILES: u64 = 64;

impl Part {
    pub(super) fn new(act: &str, argument: &str) -> Self {
        Self { act: (act.to_owned(), argument.to_owned()), ..Self::default() }
    }

    pub(super) fn held(self, how: Holding) -> Self {
        Self { held: Some(how), ..self }
    }

    /// Starts it, and hears how it is held.
    pub(super) fn start(&self) -> (Arc<Process>, Option<Told>) {
        let process = Process::start(&std::env::current_exe().unwrap()).unwrap();
        process.control.send(&postcard::to_allocvec(self).unwrap()).unwrap();
        let Some(how) = self.held else { return (process, None) };
        process.computes_at_most(how.cpu_seconds);
        let mut packet = vec![0; PACKET_BYTES_MAX];
        let told = process.control.receive_files(&mut packet, Instant::now() + PATIENCE, process.pidfd());
        let (n_bytes, files) = told.unwrap_or_else(|_| panic!("it is not held: {:?}", end_of(&process)));
        for listener in files {
            process.listen(Watch::new(listener)).unwrap();
        }
        (process, Some(postcard::from_bytes(&packet[..n_bytes]).unwrap()))
    }

    /// Starts it, and waits for its end.
    pub(super) fn play(&self) -> Arc<WorkerFault> {
        end_of(&self.start().0)
    }
}

/// Waits until it ended by itself.
pub(super) fn end_of(process: &Process) -> Arc<WorkerFault> {
    process.wait_for_end_until(Instant::now() + PATIENCE).expect("it ends by itself")
}

#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = before_main;

extern "C" fn before_main() {
    // The arguments as the standard library knows them are not there yet with every C library.
    let arguments = std::fs::read("/proc/self/cmdline").unwrap_or_default();
    if arguments.split(|&byte| byte == 0).nth(1) == Some(super::worker::ARGUMENT.as_bytes()) {
        perform();
        std::process::exit(0);
    }
}

fn perform() {
    let control = Channel::from(io::stdin().as_fd().try_clone_to_owned().unwrap());
    let mut packet = vec![0; PACKET_BYTES_MAX];
    let Ok(n_bytes) = control.take(&mut packet, false) else { return };
    let part: Part = postcard::from_bytes(&packet[..n_bytes]).unwrap();
    let libraries: Vec<_> = part.needed.iter().map(|name| acts::library(name).unwrap()).collect();
    if let Some(how) = part.held {
        let limits = Limits { memory_bytes: MEMORY_BYTES, files: FILES, cpu_seconds: how.cpu_seconds };
        let grants = Grants { read_files: how.read_files, network: how.network };
        let parent = rustix::process::getppid().unwrap().as_raw_nonzero().get().unsigned_abs();
        let held = sandbox::hold(&limits, &grants, parent).unwrap();
        let told = Told { level: held.level.name().to_owned(), missing: held.missing.clone() };
        let listener: Vec<BorrowedFd<'_>> = held.listener.iter().map(AsFd::as_fd).collect();
        control.send_files(&postcard::to_allocvec(&told).unwrap(), &listener).unwrap();
        held.seal().unwrap();
    }
    let (act, argument) = &part.act;
    acts::act(act, argument, &control, &libraries);
}
