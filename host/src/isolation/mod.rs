//! Third-party bundles in processes of their own, held there: what they compute comes back through shared memory, and
//! what becomes of them is told. It never decides whether a bundle is trusted.

pub(crate) mod deadlines;
pub mod error;
pub mod fault;
pub mod level;
#[cfg(unix)]
pub(crate) mod lifetime;
pub mod log;
pub mod placement;
pub mod settings;
pub(crate) mod state;
pub(crate) mod watched;

#[cfg(all(test, target_os = "linux"))]
mod actor;
#[cfg(target_os = "linux")]
mod arena;
#[cfg(target_os = "linux")]
mod channel;
#[cfg(target_os = "linux")]
pub(crate) mod control;
#[cfg(target_os = "linux")]
pub(crate) mod held;
#[cfg(target_os = "linux")]
pub(crate) mod incidents;
#[cfg(target_os = "linux")]
mod lane;
#[cfg(target_os = "linux")]
mod process;
pub(crate) mod program;
#[cfg(target_os = "linux")]
pub(crate) mod proxy;
#[cfg(target_os = "linux")]
mod remote;
#[cfg(target_os = "linux")]
pub(crate) mod sandbox;
#[cfg(target_os = "linux")]
pub(crate) mod start;
#[cfg(target_os = "linux")]
mod turn;
#[cfg(target_os = "linux")]
pub(crate) mod wire;
#[cfg(target_os = "linux")]
pub(crate) mod worker;

#[cfg(target_os = "linux")]
pub use self::worker::worker_main;

/// Where there are no workers, no program is one.
#[cfg(not(target_os = "linux"))]
pub fn worker_main() {}
