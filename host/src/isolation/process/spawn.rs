//! Starts workers from one thread that never ends: the signal that a worker gets at its parent's death is sent at the end of
//! the very thread that started it.

use std::io;
use std::process::{Child, Command};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};

type Job = (Command, Sender<io::Result<Child>>);

static STARTER: OnceLock<Mutex<Sender<Job>>> = OnceLock::new();

/// Starts a program.
pub(super) fn spawn(command: Command) -> io::Result<Child> {
    let jobs = match STARTER.get() {
        Some(jobs) => jobs,
        None => {
            let (jobs, inbox) = channel::<Job>();
            // Of two that come here at once the second's thread ends with its channel, before it started anything.
            std::thread::Builder::new().name("ce-starter".to_owned()).spawn(move || {
                for (mut command, reply) in inbox {
                    // Nobody waits any more: nothing to tell.
                    let _ = reply.send(command.spawn());
                }
            })?;
            STARTER.get_or_init(|| Mutex::new(jobs))
        }
    };
    let (reply, outcome) = channel();
    let gone = || io::Error::other("the thread that starts workers is gone");
    jobs.lock().unwrap_or_else(PoisonError::into_inner).send((command, reply)).map_err(|_| gone())?;
    outcome.recv().map_err(|_| gone())?
}
