//! A bundle in a worker: its process, started again after a death, its lanes, and the calls over them. It never decides
//! whether the bundle is trusted, and never computes.

use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use ce_plugin_api::PluginError;
use ce_plugin_api::error::printable;
use ce_plugin_api::manifest::Kind;

use super::arena::{self, Room};
use super::deadlines::Deadlines;
use super::error::StartError;
use super::fault::{WorkerFault, WorkerReason, of_a_bundle};
use super::incidents::Incidents;
use super::lane::{Lane, Lost, Timed};
use super::level::Level;
use super::log::Log;
use super::process::Process;
use super::remote::Remote;
use super::start::{Plan, Started, start};
use super::wire::{Broken, Failure, MESSAGE_BYTES_MAX, ObjectAt, Outcome, Packer, Reply, Request, TooLarge, cut};
use super::worker::STACK_BYTES;
use crate::bundle::load::image::Image;
use crate::explain::fault::Call;

/// A bundle that runs in a worker.
#[derive(Debug)]
pub(crate) struct HeldBundle {
    this: Weak<Self>,
    /// The process that started it. One that was forked from it shares the memory and the sockets, and must use neither.
    owner: u32,
    plan: Plan,
    deadlines: Deadlines,
    /// The bundle's own libraries, then itself, as sealed files.
    files: Vec<Arc<Image>>,
    registered: Vec<(Kind, String)>,
    level: Level,
    missing: Vec<String>,
    incidents: Incidents,
    workers: Mutex<Workers>,
    /// Held while the end of a worker is written down.
    burial: Mutex<()>,
    freed: Condvar,
    n_lanes_max: usize,
    log: Arc<Log>,
    /// Calls share it; one that is made again after its worker died has it alone.
    together: RwLock<()>,
}

#[derive(Debug, Default)]
struct Workers {
    process: Option<Arc<Process>>,
    free: Vec<Lane>,
    n_lanes: usize,
}

/// What a call does with its objects, its requests and their replies.
pub(crate) struct Job<'a, T> {
    pub(crate) call: Call,
    /// The object that is called, if it is not the plugin itself.
    pub(crate) object: Option<&'a Remote>,
    /// The instances of each part of the call, which is a request of its own: the worker makes one while the next is written.
    /// One at least.
    pub(crate) parts: &'a [Range<usize>],
    /// Writes the request of a part.
    pub(crate) ask: &'a dyn Fn(usize, ObjectAt, &mut Packer<'_>) -> Result<Request, TooLarge>,
    /// Takes the reply to a part; what the last one gives is what the call gives.
    pub(crate) take: &'a mut dyn FnMut(usize, Reply, &Lane) -> Result<T, Broken>,
}

/// The parts of a call that has one.
pub(crate) const UNDIVIDED: &[Range<usize>] = &[Range { start: 0, end: PluginError::WHOLE_CALL }];

impl HeldBundle {
    /// Starts a worker with the bundle in it.
    ///
    /// # Errors
    /// [`StartError`]; an incident that is the bundle's is recorded.
    pub(crate) fn start(
        plan: Plan,
        deadlines: Deadlines,
        files: Vec<Arc<Image>>,
        incidents: Incidents,
        log: Arc<Log>,
    ) -> Result<Arc<Self>, StartError> {
        let started = started(&plan, &files, &incidents, &log)?;
        let n_lanes_max = n_lanes_max(plan.memory_bytes);
        let held = Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            owner: std::process::id(),
            plan,
            deadlines,
            files,
            registered: started.registered,
            level: started.level,
            missing: started.missing,
            incidents,
            workers: Mutex::new(Workers { process: Some(started.process), ..Workers::default() }),
            burial: Mutex::default(),
            freed: Condvar::new(),
            n_lanes_max,
            log,
            together: RwLock::new(()),
        });
        held.watch_end();
        Ok(held)
    }

    /// Has a worker that ends taken away at once, with the memory that it shared, also where nobody calls it any more.
    fn watch_end(&self) {
        let process = self.lock().process.clone();
        if let Some(process) = process {
            let (this, dead) = (Weak::clone(&self.this), Arc::downgrade(&process));
            process.when_it_ends(move || {
                if let (Some(this), Some(dead)) = (this.upgrade(), dead.upgrade())
                    && let Some(how) = dead.end()
                {
                    this.bury(&dead, &how);
                }
            });
        }
    }

    /// What was registered, in order.
    pub(crate) fn registered(&self) -> &[(Kind, String)] {
        &self.registered
    }

    /// Bytes that a lane shares with its worker in each direction.
    pub(crate) fn shared_bytes(&self) -> usize {
        arena::bytes_for(self.plan.memory_bytes)
    }

    /// How far its worker is held.
    pub(crate) fn level(&self) -> Level {
        self.level
    }

    /// What its worker falls short of the whole sandbox.
    pub(crate) fn missing(&self) -> &[String] {
        &self.missing
    }

    /// Makes a call. Where the worker dies of another call that was under way beside this one, this one is made once more,
    /// alone.
    pub(crate) fn call<T>(&self, mut job: Job<'_, T>) -> Result<T, PluginError> {
        let shared = self.together.read().unwrap_or_else(PoisonError::into_inner);
        let first = self.attempt(&mut job);
        drop(shared);
        let outcome = match first {
            Err(Attempt::Ended { bystander: true, .. }) => {
                let _alone = self.together.write().unwrap_or_else(PoisonError::into_inner);
                self.attempt(&mut job)
            }
            outcome => outcome,
        };
        outcome.map_err(Attempt::into_error)
    }

    /// Drops an object, if its worker still lives.
    pub(crate) fn drop_object(&self, generation: u64, object: ObjectAt) {
        let lives = {
            let workers = self.lock();
            workers.process.as_ref().is_some_and(|process| process.generation == generation && process.end().is_none())
        };
        if !lives {
            return;
        }
        let Ok(mut lane) = self.lane() else { return };
        if lane.process.generation == generation {
            let ask = |_: &mut Packer<'_>| Ok(Request::Drop { object });
            // What is dropped is needed by nobody: the worker's death of it is recorded, and met by the next call.
            let timed = Timed { call: "drop", limit: self.deadlines.of(Call::Answer) };
            if let Err(lost) = lane.exchange(timed, ask) {
                self.lost(lost, &lane);
            }
        }
        self.give_back(lane);
    }

    /// A call on a lane that the caller holds: for objects that are restored before they are called.
    pub(crate) fn exchange(
        &self,
        lane: &mut Lane,
        call: Call,
        ask: impl FnOnce(&mut Packer<'_>) -> Result<Request, TooLarge>,
    ) -> Result<Reply, Attempt> {
        let timed = Timed { call: &call.to_string(), limit: self.deadlines.of(call) };
        let outcome = lane.exchange(timed, ask);
        self.settled(outcome, lane)
    }

    /// A reply, or why there is none.
    fn settled(&self, outcome: Result<Outcome, Lost>, lane: &Lane) -> Result<Reply, Attempt> {
        match outcome {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(Failure::Plugin { code, instance, message })) => {
                let instance = usize::try_from(instance).unwrap_or(PluginError::WHOLE_CALL);
                // The worker cuts it; one that does not is no reason to keep more.
                let message = cut(message, MESSAGE_BYTES_MAX).into();
                Err(Attempt::Failed(of_a_bundle(PluginError { code, instance, message })))
            }
            Ok(Err(Failure::TooLarge)) => {
                let text = "the reply takes more memory than host and worker share, which is as much as `memory_mib` under \
                            [isolation] of ce.toml says, and at most 4 GiB";
                Err(Attempt::Failed(PluginError::new(ce_plugin_api::ErrorCode::Internal, text)))
            }
            Ok(Err(Failure::Broken(how))) => {
                // The bundle's words, if it is not the worker's own code that sent them.
                let how = printable(how.as_bytes(), 300);
                let how = lane.process.broke_protocol(format!("it cannot read the call: {how}"));
                Err(self.lost(Lost::Ended { how, own: true }, lane))
            }
            Err(lost) => Err(self.lost(lost, lane)),
        }
    }

    fn attempt<T>(&self, job: &mut Job<'_, T>) -> Result<T, Attempt> {
        let mut lane = self.lane().map_err(|fault| Attempt::Ended { how: fault, bystander: false })?;
        let outcome = match job.object {
            Some(object) => object.on(self, &mut lane),
            None => Ok(0),
        };
        let outcome = outcome.and_then(|object| self.in_parts(job, object, &mut lane));
        self.give_back(lane);
        outcome
    }

    /// Makes the parts of a call one after the other, each sent while the one before it is under way.
    fn in_parts<T>(&self, job: &mut Job<'_, T>, object: ObjectAt, lane: &mut Lane) -> Result<T, Attempt> {
        let timed = Timed { call: &job.call.to_string(), limit: self.deadlines.of(job.call) };
        let n_parts = job.parts.len();
        let room = |part: usize| match (n_parts, part % 2) {
            (1, _) => Room::Whole,
            (_, 0) => Room::First,
            _ => Room::Second,
        };
        let send = |job: &Job<'_, T>, lane: &mut Lane, part| {
            let sent = lane.send(timed, room(part), |packer| (job.ask)(part, object, packer));
            sent.map_err(|lost| self.lost(lost, lane))
        };
        let take = |job: &mut Job<'_, T>, lane: &mut Lane, part: usize| {
            let outcome = lane.receive(timed);
            let reply = self.settled(outcome, lane).map_err(|failed| failed.in_part(&job.parts[part]))?;
            (job.take)(part, reply, lane).map_err(|broken| self.lost(lane.broke(&broken), lane))
        };
        let mut outcome = send(job, lane, 0);
        for part in 1..n_parts {
            outcome = outcome.and_then(|()| send(job, lane, part));
            outcome = outcome.and_then(|()| take(job, lane, part - 1).map(drop));
        }
        let outcome = outcome.and_then(|()| take(job, lane, n_parts - 1));
        // What else is under way is heard out, so that the lane can be used again: a lane of a worker that ended is not.
        let mut has_ended = matches!(outcome, Err(Attempt::Ended { .. }));
        while !has_ended && !lane.is_idle() {
            let heard = lane.receive(timed);
            has_ended = matches!(self.settled(heard, lane), Err(Attempt::Ended { .. }));
        }
        outcome
    }

    /// A worker ended under a call: it is recorded, once.
    fn lost(&self, lost: Lost, lane: &Lane) -> Attempt {
        match lost {
            Lost::TooLarge(error) => {
                Attempt::Failed(PluginError::new(ce_plugin_api::ErrorCode::InvalidInput, error.to_string()))
            }
            Lost::Ended { how, own } => {
                // Also where somebody else killed it: nothing speaks against the call, or it had not even begun.
                let bystander = !own && (lane.process.took_others_along() || !how.is_the_bundles());
                self.bury(&lane.process, &how);
                Attempt::Ended { how, bystander }
            }
        }
    }

    /// A free lane, or a new one, of a worker that lives.
    fn lane(&self) -> Result<Lane, Arc<WorkerFault>> {
        if std::process::id() != self.owner {
            return Err(unavailable(
                "this process was forked from the one that started the worker; start a host after forking",
            ));
        }
        let mut workers = self.lock();
        loop {
            if let Some(process) = workers.process.clone() {
                if let Some(how) = process.end() {
                    drop(workers);
                    self.bury(&process, &how);
                    workers = self.lock();
                    continue;
                }
                if let Some(lane) = workers.free.pop() {
                    return Ok(lane);
                }
                if workers.n_lanes < self.n_lanes_max {
                    match Lane::open(&process, self.shared_bytes()) {
                        Ok(lane) => {
                            workers.n_lanes += 1;
                            return Ok(lane);
                        }
                        // A worker that has just ended: the next round meets its end.
                        Err(error) if is_of_the_dead(&error) && process.comes_to_its_end() => continue,
                        Err(error) if workers.n_lanes == 0 => {
                            // Who else waits must try, or wait, for itself.
                            self.freed.notify_all();
                            return Err(unavailable(&error.to_string()));
                        }
                        // The others' lanes have to do.
                        Err(_) => {}
                    }
                }
                workers = self.freed.wait(workers).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            // What the last one ended of may still be being written down.
            drop(workers);
            drop(self.burial.lock());
            workers = self.lock();
            if workers.process.is_some() {
                continue;
            }
            if let Some(why) = self.incidents.forbids_restart() {
                return Err(unavailable(&why));
            }
            let again = started(&self.plan, &self.files, &self.incidents, &self.log);
            let again = again.map_err(|error| Arc::new(WorkerFault::from(&error)))?;
            let other = match () {
                () if again.registered != self.registered => {
                    "started again, it registered something else than the first time"
                }
                () if again.level != self.level => "started again, it is held to another level than the first time",
                () => {
                    *workers = Workers { process: Some(again.process), ..Workers::default() };
                    drop(workers);
                    self.watch_end();
                    workers = self.lock();
                    continue;
                }
            };
            again.process.dismiss();
            let how = WorkerFault::new(WorkerReason::Protocol, other);
            drop(workers);
            self.incidents.record(&how);
            self.log.ended(&how);
            return Err(Arc::new(how));
        }
    }

    fn give_back(&self, lane: Lane) {
        let mut workers = self.lock();
        let is_current = workers.process.as_ref().is_some_and(|process| Arc::ptr_eq(process, &lane.process));
        if is_current {
            if lane.is_worth_keeping() {
                workers.free.push(lane);
            } else {
                workers.n_lanes -= 1;
            }
        }
        drop(workers);
        self.freed.notify_one();
    }

    /// Takes a dead worker's place away, and records how it ended, once. The lock is not held while that is written down.
    fn bury(&self, dead: &Arc<Process>, how: &Arc<WorkerFault>) {
        // Whoever comes later waits until it is written down.
        let _burial = self.burial.lock().unwrap_or_else(PoisonError::into_inner);
        let buried = {
            let mut workers = self.lock();
            let is_current = workers.process.as_ref().is_some_and(|process| Arc::ptr_eq(process, dead));
            is_current.then(|| std::mem::take(&mut *workers))
        };
        if buried.is_some() {
            self.log.ended(how);
            self.incidents.record(how);
            self.freed.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Workers> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for HeldBundle {
    fn drop(&mut self) {
        let process = self.lock().process.take();
        // A forked process has its copy of this, and no right to end what belongs to its parent.
        if let Some(process) = process.filter(|_| std::process::id() == self.owner) {
            process.dismiss();
        }
    }
}

/// Why an attempt at a call has no reply.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// The plugin's own error.
    Failed(PluginError),
    /// The worker ended, or there is none.
    Ended {
        how: Arc<WorkerFault>,
        /// Other calls were lost with this one, and it is not known to be the cause.
        bystander: bool,
    },
}

impl Attempt {
    /// The failure of a part of a call as one of the call: its instances are counted through.
    fn in_part(self, part: &Range<usize>) -> Self {
        match self {
            Self::Failed(error) => {
                let instance = part.clone().nth(error.instance).unwrap_or(PluginError::WHOLE_CALL);
                Self::Failed(PluginError { instance, ..error })
            }
            ended => ended,
        }
    }

    fn into_error(self) -> PluginError {
        match self {
            Self::Failed(error) => error,
            Self::Ended { how, .. } => WorkerFault::clone(&how).into(),
        }
    }
}

fn started(plan: &Plan, files: &[Arc<Image>], incidents: &Incidents, log: &Log) -> Result<Started, StartError> {
    let files: Vec<BorrowedFd<'_>> = files.iter().map(|file| file.as_fd()).collect();
    let started = start(plan, &files).inspect_err(|error| {
        if let Some(how) = error.incident() {
            incidents.record(how);
            log.ended(how);
        }
    })?;
    log.started(started.process.id());
    Ok(started)
}

/// Calls that can be under way at once: a lane takes addresses and, for its thread's stack, memory of the worker.
fn n_lanes_max(memory_bytes: u64) -> usize {
    const MAX: usize = 64;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let by_memory = usize::try_from(memory_bytes / (4 * STACK_BYTES as u64)).unwrap_or(MAX);
    threads.min(MAX).min(by_memory).max(1)
}

fn is_of_the_dead(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::BrokenPipe | std::io::ErrorKind::ConnectionReset)
}

fn unavailable(why: &str) -> Arc<WorkerFault> {
    Arc::new(WorkerFault::new(WorkerReason::Unavailable, why))
}
