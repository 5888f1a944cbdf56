//! A worker is started and shown a bundle: who are you, how are you held, take this. Every step has its deadline, and the
//! bundle comes only once the worker is held as far as the settings ask.

use std::io;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ce_plugin_api::error::printable;
use ce_plugin_api::manifest::Kind;

use super::control::{Hello, Loaded, Order, PACKET_BYTES_MAX, Ready, Sealed};
use super::error::StartError;
use super::level::Level;
use super::process::Process;
use super::sandbox::Watch;
use super::wire;
use crate::bundle::load::LoadCause;

/// How long a worker may take until it is held: no code of a bundle is in it, so this is the machine's time alone.
const READY: Duration = Duration::from_secs(20);

/// What a worker is to be.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) program: PathBuf,
    pub(crate) least: Level,
    pub(crate) memory_bytes: u64,
    pub(crate) cpu_seconds: Option<u64>,
    pub(crate) may_read_files: bool,
    pub(crate) may_use_network: bool,
    pub(crate) needed: Vec<String>,
    /// By which name each of the bundle's own libraries is needed, in their order.
    pub(crate) side_files: Vec<String>,
    /// How long mapping and registering may take.
    pub(crate) registration: Duration,
}

/// A worker that holds a bundle.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) process: Arc<Process>,
    pub(crate) level: Level,
    /// What falls short of the whole sandbox, in words.
    pub(crate) missing: Vec<String>,
    /// What was registered, in order.
    pub(crate) registered: Vec<(Kind, String)>,
}

/// Starts a worker and gives it a bundle: sealed files, its own libraries first.
///
/// # Errors
/// [`StartError`]; nothing is left running.
pub(crate) fn start(plan: &Plan, bundle: &[BorrowedFd<'_>]) -> Result<Started, StartError> {
    let process = Process::start(&plan.program).map_err(|error| unfit(&plan.program, &error.to_string()))?;
    let started = introduce(plan, &process)
        .and_then(|(level, missing)| load(plan, &process, bundle).map(|registered| (level, missing, registered)));
    match started {
        Ok((level, missing, registered)) => Ok(Started { process, level, missing, registered }),
        Err(error) => {
            process.dismiss();
            Err(error)
        }
    }
}

fn introduce(plan: &Plan, process: &Arc<Process>) -> Result<(Level, Vec<String>), StartError> {
    let hello = Hello {
        wire: wire::VERSION,
        host_version: env!("CARGO_PKG_VERSION").to_owned(),
        host: std::process::id(),
        memory_bytes: plan.memory_bytes,
        cpu_seconds: plan.cpu_seconds,
        may_read_files: plan.may_read_files,
        may_use_network: plan.may_use_network,
        needed: plan.needed.clone(),
    };
    let program = |why: &str| unfit(&plan.program, why);
    send(process, &hello, &[]).map_err(|error| program(&error.to_string()))?;
    process.computes_at_most(plan.cpu_seconds);
    let mut packet = vec![0; PACKET_BYTES_MAX];
    let answer = process.control.receive_files(&mut packet, Instant::now() + READY, process.pidfd());
    let (n_bytes, listener) = answer.map_err(|silence| {
        let (how, _) = process.silent(silence, "start", READY);
        program(&format!("it does not answer as one: {how}"))
    })?;
    let ready = postcard::from_bytes::<Ready>(&packet[..n_bytes]);
    let (level, missing) = match ready {
        Ok(Ready::Held { level, missing }) => (level, missing),
        Ok(Ready::Refused(why)) => return Err(program(&why)),
        Err(_) => return Err(program("it does not answer as one")),
    };
    let level = Level::parse(&level).ok_or_else(|| program("it does not say how it is held"))?;
    if level < plan.least {
        return Err(StartError::Sandbox { level, least: plan.least, missing });
    }
    if let Some(listener) = listener.into_iter().next() {
        process.listen(Watch::new(listener)).map_err(|error| program(&error.to_string()))?;
    }
    let sealed = process.control.receive(&mut packet, Instant::now() + READY, process.pidfd(), false);
    match sealed.map(|n_bytes| postcard::from_bytes::<Sealed>(packet.get(..n_bytes).unwrap_or_default())) {
        Ok(Ok(Sealed { wire: wire::VERSION })) => Ok((level, missing)),
        Ok(_) => Err(program("it does not answer as one")),
        Err(silence) => {
            let (how, _) = process.silent(silence, "start", READY);
            Err(program(&format!("it could not be held to the end: {how}")))
        }
    }
}

fn load(plan: &Plan, process: &Arc<Process>, bundle: &[BorrowedFd<'_>]) -> Result<Vec<(Kind, String)>, StartError> {
    let ended = |how| StartError::Ended(how);
    // No code of the bundle has run: whatever goes wrong here is not its doing.
    let order = Order::Load { side_files: plan.side_files.clone() };
    send(process, &order, bundle).map_err(|error| unfit(&plan.program, &format!("it cannot be reached: {error}")))?;
    let mut packet = vec![0; PACKET_BYTES_MAX];
    let until = Instant::now() + plan.registration;
    let n_bytes = process.control.receive(&mut packet, until, process.pidfd(), false).map_err(|silence| {
        let (how, _) = process.silent(silence, "register", plan.registration);
        ended(how)
    })?;
    let loaded = packet.get(..n_bytes).and_then(|packet| postcard::from_bytes::<Loaded>(packet).ok());
    let broken = || ended(process.broke_protocol("its first reply is none".to_owned()));
    loaded.ok_or_else(broken)?.map_err(|failure| StartError::Load {
        code: LoadCause::known_code(&failure.code),
        message: shown(&failure.message, 2000),
        details: failure.details.map(|details| {
            let lines = details.lines().map(|line| shown(line, 2000));
            lines.collect::<Vec<_>>().join("\n")
        }),
    })
}

fn send(process: &Process, packet: &impl serde::Serialize, files: &[BorrowedFd<'_>]) -> io::Result<()> {
    let packet = postcard::to_allocvec(packet).map_err(io::Error::other)?;
    if files.is_empty() { process.control.send(&packet) } else { process.control.send_files(&packet, files) }
}

fn unfit(program: &Path, why: &str) -> StartError {
    StartError::Program { program: program.to_owned(), why: why.to_owned() }
}

/// Words that come out of a process with foreign code in it.
fn shown(text: &str, length_max: usize) -> String {
    printable(text.as_bytes(), length_max)
}
