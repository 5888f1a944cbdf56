//! Starts workers from one thread that never ends: the signal that a worker gets at its parent's death is sent at the end of
//! the very thread that started it.

use std::io;
use std::process::{Child, Command};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};

type Job = (Command, Sender<io::Result<Child>>);

/// The thread of this process. One that was forked from it has no such thread.
static STARTER: Mutex<Option<(u32, Sender<Job>)>> = Mutex::new(None);

/// Starts a program.
pub(super) fn spawn(command: Command) -> io::Result<Child> {
    let jobs = starter()?;
    let (reply, outcome) = channel();
    let gone = || io::Error::other("the thread that starts workers is gone");
    jobs.send((command, reply)).map_err(|_| gone())?;
    outcome.recv().map_err(|_| gone())?
}

/// The thread that starts programs, which is made where there is none in this process.
fn starter() -> io::Result<Sender<Job>> {
    let mut starter = STARTER.lock().unwrap_or_else(PoisonError::into_inner);
    let own = std::process::id();
    if let Some((_, jobs)) = starter.as_ref().filter(|(process, _)| *process == own) {
        return Ok(jobs.clone());
    }
    let (jobs, inbox) = channel::<Job>();
    std::thread::Builder::new().name("ce-starter".to_owned()).spawn(move || {
        for (mut command, reply) in inbox {
            // Nobody waits any more: nothing to tell.
            let _ = reply.send(command.spawn());
        }
    })?;
    *starter = Some((own, jobs.clone()));
    Ok(jobs)
}
