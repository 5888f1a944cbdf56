//! A worker as a process: started, watched, killed, and its end explained. It knows nothing of plugins.

mod cpu;
mod output;
mod spawn;

#[cfg(test)]
mod tests;

use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open, pidfd_send_signal};

use self::output::Tail;
use super::channel::{Channel, Silence};
use super::fault::{WorkerFault, WorkerReason};
use super::sandbox::Watch;

/// How long a killed process may take to be gone before its end is told without it.
const BURIAL: Duration = Duration::from_secs(5);
/// How long a process whose channel is closed may live on before that is a breach.
const FAREWELL: Duration = Duration::from_millis(500);
/// What is still read of its output once it is gone.
const LAST_WORDS_BYTES_MAX: usize = 64 << 10;

/// Threads that a worker may have: more than any pool of a machine with a bundle in it.
const THREADS_MAX: u64 = 4096;
/// How often they are counted.
const COUNTED_EVERY: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// What is done once a process has ended.
type Then = Box<dyn FnOnce() + Send>;

/// A worker's process.
pub(crate) struct Process {
    /// Tells it from every other worker of this host.
    pub(crate) generation: u64,
    pid: Pid,
    pidfd: OwnedFd,
    pub(crate) control: Channel,
    blame: Mutex<Blame>,
    end: Mutex<Option<Arc<WorkerFault>>>,
    ended: Condvar,
    /// What is done once it has ended.
    then: Mutex<Option<Then>>,
    /// Calls that were begun and did not come back.
    under_way: AtomicUsize,
    cpu_seconds: OnceLock<u64>,
}

/// A process that was started and not waited for yet. It is killed and waited for wherever this is dropped, so that no error
/// on the way leaves one behind.
#[derive(Debug)]
struct Unburied(Child);

impl Drop for Unburied {
    fn drop(&mut self) {
        // Of one that was waited for, both are answered without asking the system.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What is known against a worker, strongest first.
#[derive(Debug, Default)]
struct Blame {
    refused: Option<String>,
    protocol: Option<String>,
    deadline: Option<String>,
    /// The host needs it no longer.
    dismissed: bool,
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Process").field("generation", &self.generation).field("pid", &self.pid).finish_non_exhaustive()
    }
}

impl Process {
    /// Starts `program` as a worker; `-` in a message stands for whatever `program` is.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn start(program: &Path) -> io::Result<Arc<Self>> {
        static GENERATION: AtomicU64 = AtomicU64::new(1);
        let (control, theirs) = Channel::pair()?;
        let (reader, writer) = io::pipe()?;
        let mut command = Command::new(program);
        // Its own group, so that whatever it might start dies with it; nothing of the environment; no directory that it
        // would keep busy. Without `pre_exec` this is a spawn and not a fork of the whole host.
        command.arg0("ce").arg(super::worker::ARGUMENT).env_clear().current_dir("/").process_group(0);
        command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(writer.try_clone()?).stderr(writer);
        let child = Unburied(spawn::spawn(command)?);
        let pid = i32::try_from(child.0.id()).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| io::Error::other("the system gave a process no number"))?;
        let process = Arc::new(Self {
            generation: GENERATION.fetch_add(1, Ordering::Relaxed),
            pid,
            // The child was not waited for, so the number is its own.
            pidfd: pidfd_open(pid, PidfdFlags::empty())?,
            control,
            blame: Mutex::default(),
            end: Mutex::default(),
            ended: Condvar::new(),
            then: Mutex::default(),
            under_way: AtomicUsize::new(0),
            cpu_seconds: OnceLock::new(),
        });
        let watched = Arc::clone(&process);
        let watching = std::thread::Builder::new().name("ce-worker-end".to_owned());
        watching.spawn(move || watched.see_it_end(child, reader))?;
        Ok(process)
    }

    /// Listens for system calls that are refused; each kills the process.
    ///
    /// # Errors
    /// If no thread can be started.
    pub(crate) fn listen(self: &Arc<Self>, watch: Watch) -> io::Result<()> {
        let process = Arc::clone(self);
        let listening = std::thread::Builder::new().name("ce-worker-calls".to_owned());
        listening
            .spawn(move || {
                while let Ok(Some(refused)) = watch.next() {
                    process.blamed(|blame| {
                        blame.refused.get_or_insert(refused.syscall);
                    });
                    process.kill();
                }
            })
            .map(drop)
    }

    /// Says how many seconds of computing it is limited to, so that their end can be told from other ends.
    pub(crate) fn computes_at_most(&self, seconds: Option<u64>) {
        if let Some(seconds) = seconds {
            // Said once: before it has a bundle.
            let _ = self.cpu_seconds.set(seconds);
        }
    }

    /// The process as something whose end can be waited for.
    pub(crate) fn pidfd(&self) -> &OwnedFd {
        &self.pidfd
    }

    /// The process's number.
    pub(crate) fn id(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// How it ended, if it did.
    pub(crate) fn end(&self) -> Option<Arc<WorkerFault>> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it ends within a moment, as one does whose channel is closed.
    pub(crate) fn comes_to_its_end(&self) -> bool {
        self.wait_for_end_until(Instant::now() + FAREWELL).is_some()
    }

    /// A call begins. Unless it comes back, [`Process::comes_back`] is never called for it.
    pub(crate) fn begins(&self) {
        self.under_way.fetch_add(1, Ordering::Relaxed);
    }

    /// A call came back.
    pub(crate) fn comes_back(&self) {
        self.under_way.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether others than the caller lost a call with this process.
    pub(crate) fn took_others_along(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 1
    }

    /// It sent what it may not: it is killed, and its end told.
    pub(crate) fn broke_protocol(&self, how: String) -> Arc<WorkerFault> {
        self.blamed(|blame| {
            blame.protocol.get_or_insert(how);
        });
        self.kill();
        self.wait_for_end()
    }

    /// Nothing came back of a call: why, and how the process ended. Whether the caller's own call was the cause is the
    /// second.
    pub(crate) fn silent(&self, silence: Silence, call: &str, limit: Duration) -> (Arc<WorkerFault>, bool) {
        match silence {
            Silence::TimedOut => {
                let seconds = limit.as_secs_f64();
                self.blamed(|blame| {
                    blame.deadline.get_or_insert(format!("`{call}` took longer than {seconds} s"));
                });
                self.kill();
                (self.wait_for_end(), true)
            }
            Silence::Closed => {
                let gone = self.wait_for_end_until(Instant::now() + FAREWELL);
                let own = gone.is_none();
                (gone.unwrap_or_else(|| self.broke_protocol("it closed its channel, and lived on".to_owned())), own)
            }
            Silence::Failed(error) => (self.broke_protocol(format!("its channel cannot be used: {error}")), true),
        }
    }

    /// Ends it without anybody's fault.
    pub(crate) fn dismiss(&self) {
        self.blamed(|blame| blame.dismissed = true);
        self.kill();
    }

    fn blamed(&self, note: impl FnOnce(&mut Blame)) {
        note(&mut self.blame.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Kills the whole group.
    fn kill(&self) {
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        if end.is_none() {
            self.kill_group();
        }
    }

    /// The process is named by its descriptor, which is never anybody else's; the group only while that process was not
    /// waited for, also not by some other part of the program, since then its number is still its own.
    fn kill_group(&self) {
        if pidfd_send_signal(&self.pidfd, Signal::KILL).is_ok() {
            // Gone already: nothing to kill.
            let _ = kill_process_group(self.pid, Signal::KILL);
        }
    }

    fn wait_for_end(&self) -> Arc<WorkerFault> {
        let told = self.wait_for_end_until(Instant::now() + BURIAL);
        told.unwrap_or_else(|| {
            // What is known against it does not hang on seeing it gone.
            let mut stuck = self.verdict(None, None, Vec::new());
            stuck.detail =
                format!("{}; it was killed, and is not gone", stuck.detail).trim_start_matches("; ").to_owned();
            Arc::new(stuck)
        })
    }

    pub(super) fn wait_for_end_until(&self, until: Instant) -> Option<Arc<WorkerFault>> {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if end.is_some() {
                return end.clone();
            }
            let left = until.checked_duration_since(Instant::now())?;
            end = self.ended.wait_timeout(end, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Drains its output until it is gone, then tells how it ended.
    fn see_it_end(&self, mut child: Unburied, mut output: io::PipeReader) {
        let mut tail = Tail::default();
        let mut is_open = true;
        let mut counted = Instant::now();
        loop {
            let mut polled = [PollFd::new(&self.pidfd, PollFlags::IN), PollFd::new(&output, PollFlags::IN)];
            let n_polled = if is_open { 2 } else { 1 };
            match poll(&mut polled[..n_polled], Some(&LOOK_AGAIN)) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                // Nothing can be seen of it any more: it is ended below.
                Err(_) => break,
            }
            // By the clock: one that writes all the time is never waited for.
            if counted.elapsed() >= COUNTED_EVERY {
                counted = Instant::now();
                self.count_threads();
            }
            let (is_gone, has_written) = (!polled[0].revents().is_empty(), !polled[1].revents().is_empty());
            if is_gone {
                break;
            }
            if has_written {
                is_open = read_some(&mut output, &mut tail).is_some_and(|n_bytes| n_bytes > 0);
            }
        }
        // Held while it is buried, so that nobody kills what has its number next.
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        // Whatever is left of its group, before the number of the group is free.
        self.kill_group();
        // Known only until it is buried.
        let cpu_time = cpu::time_of(self.id());
        let status = child.0.wait();
        last_words(&mut output, &mut tail);
        let fault = self.verdict(status.ok(), cpu_time, tail.into_lines());
        *end = Some(Arc::new(fault));
        drop(end);
        self.ended.notify_all();
        self.go_on();
    }

    /// Does what is to be done after the end, once.
    fn go_on(&self) {
        let then = self.then.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(then) = then {
            then();
        }
    }

    /// Has something done once it has ended; at once if it has.
    pub(crate) fn when_it_ends(&self, then: impl FnOnce() + Send + 'static) {
        *self.then.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(then));
        // It may have ended in between, and its last act not have seen this.
        if self.end().is_some() {
            self.go_on();
        }
    }

    /// A bundle can start threads that cost it nothing, and the machine something: no limit of the system is for them alone.
    fn count_threads(&self) {
        if cpu::threads_of(self.id()).is_some_and(|n_threads| n_threads > THREADS_MAX) {
            self.blamed(|blame| {
                blame.refused.get_or_insert(format!("clone (it has more than {THREADS_MAX} threads)"));
            });
            self.kill();
        }
    }

    /// What it comes down to: what is known against it, and only then how it ended.
    fn verdict(&self, status: Option<ExitStatus>, cpu_time: Option<Duration>, output: Vec<String>) -> WorkerFault {
        let blame = self.blame.lock().unwrap_or_else(PoisonError::into_inner);
        let signal = status.and_then(|status| status.signal());
        let exited = status.and_then(|status| status.code());
        let mut fault = if let Some(syscall) = &blame.refused {
            WorkerFault { syscall: Some(syscall.clone()), ..WorkerFault::new(WorkerReason::RefusedSyscall, "") }
        } else if let Some(how) = &blame.protocol {
            WorkerFault::new(WorkerReason::Protocol, how.clone())
        } else if let Some(deadline) = &blame.deadline {
            WorkerFault::new(WorkerReason::Deadline, deadline.clone())
        } else if blame.dismissed {
            WorkerFault::new(WorkerReason::Lost, "it was dismissed")
        } else if let Some(seconds) = self.cpu_seconds_used_up(signal, cpu_time) {
            // Also when it is `SIGKILL`, which comes to who ignores `SIGXCPU`: else ignoring it would clear the bundle.
            let detail = format!("it used the {seconds} s of computing that it may");
            WorkerFault { signal: signal.map(signal_name), ..WorkerFault::new(WorkerReason::Crashed, detail) }
        } else {
            let reason = match (signal, exited) {
                (Some(libc::SIGABRT), _) if ran_out_of_memory(&output) => WorkerReason::OutOfMemory,
                (Some(libc::SIGSYS), _) => WorkerReason::RefusedSyscall,
                (Some(libc::SIGKILL), _) => WorkerReason::KilledBySystem,
                (Some(_), _) => WorkerReason::Crashed,
                (None, Some(_)) => WorkerReason::Exited,
                // Some other part of the program waited for it, so nobody can tell.
                (None, None) => WorkerReason::Lost,
            };
            let told = matches!(reason, WorkerReason::Exited).then_some(exited).flatten();
            WorkerFault { signal: signal.map(signal_name), status: told, ..WorkerFault::new(reason, "") }
        };
        fault.output = output;
        fault
    }

    fn cpu_seconds_used_up(&self, signal: Option<i32>, cpu_time: Option<Duration>) -> Option<u64> {
        let &seconds = self.cpu_seconds.get()?;
        let is_over = cpu_time.is_some_and(|time| time >= Duration::from_secs(seconds));
        match signal? {
            libc::SIGXCPU => Some(seconds),
            libc::SIGKILL if is_over => Some(seconds),
            _ => None,
        }
    }
}

fn read_some(output: &mut io::PipeReader, tail: &mut Tail) -> Option<usize> {
    let mut buffer = [0; 4096];
    // A signal to the host must not end the reading: a worker that nobody reads stands still once the pipe is full.
    let n_bytes = loop {
        match output.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => break read.ok()?,
        }
    };
    tail.add(&buffer[..n_bytes]);
    Some(n_bytes)
}

/// What still stands in the pipe of a process that is gone. Something else may hold its other end open, so this never waits.
fn last_words(output: &mut io::PipeReader, tail: &mut Tail) {
    let mut n_read = 0;
    while n_read < LAST_WORDS_BYTES_MAX {
        let mut polled = [PollFd::new(&*output, PollFlags::IN)];
        let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
        let is_there = poll(&mut polled, Some(&now)).is_ok_and(|n| n > 0);
        match is_there.then(|| read_some(output, tail)).flatten() {
            Some(n_bytes) if n_bytes > 0 => n_read += n_bytes,
            _ => return,
        }
    }
}

/// What Rust's and C++'s allocators say before they give up. It is the bundle's own word, and told as such.
fn ran_out_of_memory(output: &[String]) -> bool {
    let says_so = |line: &String| {
        (line.contains("memory allocation of") && line.contains("failed")) || line.contains("std::bad_alloc")
    };
    output.iter().rev().take(5).any(says_so)
}

fn signal_name(number: i32) -> String {
    let name = match number {
        libc::SIGABRT => "SIGABRT",
        libc::SIGALRM => "SIGALRM",
        libc::SIGBUS => "SIGBUS",
        libc::SIGFPE => "SIGFPE",
        libc::SIGHUP => "SIGHUP",
        libc::SIGILL => "SIGILL",
        libc::SIGINT => "SIGINT",
        libc::SIGKILL => "SIGKILL",
        libc::SIGPIPE => "SIGPIPE",
        libc::SIGQUIT => "SIGQUIT",
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGSYS => "SIGSYS",
        libc::SIGTERM => "SIGTERM",
        libc::SIGTRAP => "SIGTRAP",
        libc::SIGUSR1 => "SIGUSR1",
        libc::SIGUSR2 => "SIGUSR2",
        libc::SIGXCPU => "SIGXCPU",
        libc::SIGXFSZ => "SIGXFSZ",
        _ => return format!("signal {number}"),
    };
    name.to_owned()
}
