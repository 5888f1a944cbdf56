//! Processor time of this process and time on the wall. It never sleeps, and holds no state beyond a start.

use std::time::{Duration, Instant};

/// Both clocks, started together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch {
    cpu: Duration,
    wall: Instant,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { cpu: cpu(), wall: Instant::now() }
    }

    /// Seconds that this process has computed since the start, all its threads together.
    pub(crate) fn cpu_s(self) -> f64 {
        cpu().saturating_sub(self.cpu).as_secs_f64()
    }

    /// Seconds since the start.
    pub(crate) fn wall_s(self) -> f64 {
        self.wall.elapsed().as_secs_f64()
    }
}

/// Which clock `cpu_s` reads: `process`, or `wall` where the system is asked in another way than ours.
pub(crate) const CPU_CLOCK: &str = if cfg!(unix) { "process" } else { "wall" };

#[cfg(unix)]
fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    duration(time)
}

/// What the calling thread alone has computed so far: models are called by several.
#[cfg(unix)]
pub(crate) fn thread_cpu() -> Duration {
    duration(rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime))
}

#[cfg(unix)]
fn duration(time: rustix::time::Timespec) -> Duration {
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

#[cfg(not(unix))]
pub(crate) fn thread_cpu() -> Duration {
    cpu()
}

#[cfg(not(unix))]
fn cpu() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}
