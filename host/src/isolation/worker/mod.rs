//! The worker's side: a process that is held, takes one bundle, and serves calls to it until its host goes. It never opens a
//! file once it is held, and never outlives its host.

pub(crate) mod objects;
pub(crate) mod serve;

use std::ffi::OsStr;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use self::objects::Objects;
use self::serve::Lane;
use super::channel::Channel;
use super::control::{Hello, LoadFailure, Loaded, Order, PACKET_BYTES_MAX, Ready, Sealed};
use super::lane::LaneFiles;
use super::sandbox::{self, Grants, Limits, raw};
use super::state::ThreadState;
use super::wire;
use crate::bundle::load::LoadCause;
use crate::bundle::load::remote::{Loader, preload};

/// What a worker is started with: `ce __worker`.
pub(crate) const ARGUMENT: &str = "__worker";

/// What is told of why a bundle cannot be loaded, within [`PACKET_BYTES_MAX`].
const MESSAGE_BYTES_MAX: usize = 8 << 10;
const DETAILS_BYTES_MAX: usize = 48 << 10;

/// Descriptors that a worker may have open: a lane takes one, and the bundle some.
const FILES: u64 = 1024;
/// The stack of a lane: as large as that of a program's first thread, since plugins are written for that.
pub(crate) const STACK_BYTES: usize = 8 << 20;

/// Whether the program said that it can be started as a worker.
static CAN_BE_WORKER: AtomicBool = AtomicBool::new(false);

/// Whether this very program can be started as a worker.
pub(crate) fn this_program_can() -> bool {
    CAN_BE_WORKER.load(Ordering::Relaxed)
}

/// Turns this process into a worker if that is what it was started for; otherwise returns at once.
///
/// A program that embeds the host calls this first thing in `main`, before it starts a thread. Then it needs no `ce` beside
/// it: third-party bundles run in further processes of the same program.
pub fn worker_main() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().as_deref() == Some(OsStr::new(ARGUMENT)) && arguments.next().is_none() {
        // Destructors of foreign libraries have no business here, and may hang.
        raw::leave(if run() == ExitCode::SUCCESS { 0 } else { 1 })
    }
    CAN_BE_WORKER.store(true, Ordering::Relaxed);
}

fn run() -> ExitCode {
    // A descriptor of its own, so that what a bundle reads from its standard input is nothing.
    let control = match io::stdin().as_fd().try_clone_to_owned() {
        // Never closed but by the end of the process: a bundle may have closed it, and something else have its number.
        Ok(control) => ManuallyDrop::new(Channel::from(control)),
        Err(_) => return ExitCode::FAILURE,
    };
    if raw::close_others(control.as_fd()).is_err() {
        return ExitCode::FAILURE;
    }
    let Ok(nothing) = std::fs::File::open("/dev/null") else { return ExitCode::FAILURE };
    if rustix::stdio::dup2_stdin(&nothing).is_err() {
        return ExitCode::FAILURE;
    }
    drop(nothing);
    // Before its memory is limited.
    crate::memory::keep_freed();
    match serve(&control) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// An end that the host learns of by itself: its channel closes.
#[derive(Debug)]
struct Ended;

fn serve(control: &Channel) -> Result<(), Ended> {
    let mut packet = vec![0; PACKET_BYTES_MAX];
    let (n_bytes, _) = control.take_files(&mut packet).map_err(|_| Ended)?;
    let hello = postcard::from_bytes::<Hello>(&packet[..n_bytes]);
    let hello = match hello {
        Ok(hello) if hello.wire == wire::VERSION => hello,
        Ok(Hello { wire, .. }) => {
            return refuse(control, format!("the host speaks version {wire}, this program {}", wire::VERSION));
        }
        Err(_) => return refuse(control, "the host speaks another version".to_owned()),
    };
    // While files can still be opened.
    let loader = match Loader::new() {
        // Not closed either.
        Ok(loader) => ManuallyDrop::new(loader),
        Err(error) => return refuse(control, format!("its own mappings cannot be read: {error}")),
    };
    let preloaded = preload(&hello.needed);
    hold(control, &hello)?;

    let mut objects: Option<Arc<Objects>> = None;
    loop {
        let Ok((n_bytes, files)) = control.take_files(&mut packet) else { return Ok(()) };
        let order = postcard::from_bytes::<Order>(&packet[..n_bytes]).map_err(|_| Ended)?;
        match (order, &objects) {
            (Order::Load { side_files }, None) => {
                let loaded = match &preloaded {
                    Ok(()) => load(&loader, &side_files, files),
                    Err(cause) => Err(failure(cause)),
                };
                let reply: Loaded = match loaded {
                    Ok((plugins, registered)) => {
                        objects = Some(Arc::new(Objects::new(plugins)));
                        Ok(registered)
                    }
                    Err(failure) => Err(failure),
                };
                send(control, &reply, &[])?;
            }
            (Order::Lane, Some(objects)) => open_lane(files, Arc::clone(objects))?,
            _ => return Err(Ended),
        }
    }
}

fn refuse(control: &Channel, why: String) -> Result<(), Ended> {
    send(control, &Ready::Refused(why), &[])
}

fn hold(control: &Channel, hello: &Hello) -> Result<(), Ended> {
    let limits = Limits { memory_bytes: hello.memory_bytes, files: FILES, cpu_seconds: hello.cpu_seconds };
    let grants = Grants { read_files: hello.may_read_files, network: hello.may_use_network };
    let held = match sandbox::hold(&limits, &grants, hello.host) {
        Ok(held) => held,
        Err(error) => {
            refuse(control, error.to_string())?;
            return Err(Ended);
        }
    };
    let ready = Ready::Held { level: held.level.name().to_owned(), missing: held.missing.clone() };
    let listener: Vec<BorrowedFd<'_>> = held.listener.iter().map(AsFd::as_fd).collect();
    send(control, &ready, &listener)?;
    held.seal().map_err(|_| Ended)?;
    // From here on the bundle is to blame: the host waits for this before it sends one.
    send(control, &Sealed { wire: wire::VERSION }, &[])
}

type Registered = (Vec<crate::bundle::registry::Plugin>, Vec<(ce_plugin_api::manifest::Kind, String)>);

fn load(loader: &Loader, side_files: &[String], files: Vec<OwnedFd>) -> Result<Registered, LoadFailure> {
    let state = ThreadState::save();
    let loaded = loader.load(side_files, files);
    state.restore();
    let plugins = loaded.map_err(|cause| failure(&cause))?;
    let registered = plugins.iter().map(|(identifier, plugin)| (plugin.kind(), identifier.clone())).collect();
    Ok((plugins.into_iter().map(|(_, plugin)| plugin).collect(), registered))
}

/// All of it goes in one packet, and how the layouts of two boundaries differ may fill many.
fn failure(cause: &LoadCause) -> LoadFailure {
    LoadFailure {
        code: cause.code().to_owned(),
        message: wire::cut(cause.to_string(), MESSAGE_BYTES_MAX),
        details: cause.details().map(|details| wire::cut(details.to_owned(), DETAILS_BYTES_MAX)),
    }
}

fn open_lane(files: Vec<OwnedFd>, objects: Arc<Objects>) -> Result<(), Ended> {
    let files = LaneFiles::try_from(files).map_err(|_| Ended)?;
    let lane = Lane::new(files, objects).map_err(|_| Ended)?;
    let thread = std::thread::Builder::new().name("lane".to_owned()).stack_size(STACK_BYTES);
    thread.spawn(move || lane.serve()).map(drop).map_err(|_| Ended)
}

fn send(control: &Channel, packet: &impl serde::Serialize, files: &[BorrowedFd<'_>]) -> Result<(), Ended> {
    let packet = postcard::to_allocvec(packet).map_err(|_| Ended)?;
    let sent = if files.is_empty() { control.send(&packet) } else { control.send_files(&packet, files) };
    sent.map_err(|_| Ended)
}
