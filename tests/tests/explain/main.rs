//! The host's library from a request to its report: routes, distance, determinism, faults and telemetry.

mod case;
mod cells;

mod determinism;
mod distance;
mod faults;
mod journey;
mod matrix;
mod telemetry;
mod whole;
