//! Third-party bundles in processes of their own, held there: what they compute comes back through shared memory, and
//! what becomes of them is told. It never decides whether a bundle is trusted.

pub mod error;
pub mod fault;
pub mod level;
pub mod placement;
pub mod settings;
pub(crate) mod state;

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
#[cfg(target_os = "linux")]
pub(crate) mod proxy;
#[cfg(target_os = "linux")]
mod remote;
#[cfg(target_os = "linux")]
pub(crate) mod sandbox;
#[cfg(target_os = "linux")]
pub(crate) mod start;
#[cfg(target_os = "linux")]
pub(crate) mod wire;
#[cfg(target_os = "linux")]
pub(crate) mod worker;
