//! The command line, run as a user runs it: arguments, environment and files in; exit status, stdout, stderr and files out.
//! What needs a bundle is in the tests across crates.

mod small;
mod support;

mod dry_run;
mod explain;
mod multiclass;
mod predict;
mod quantity;
mod regression;

mod telemetry;

mod bins;
mod calibrate;
mod categories;
mod class;
mod doctor;
mod ignore;
mod input;
mod metrics;
mod options;
mod refine;
mod reject;
mod rows;
mod settings;
mod thresholds;
mod unknown;

mod config;
mod list;
mod outputs;
mod quarantine;
mod show;

/// The program under test.
fn program() -> std::path::PathBuf {
    env!("CARGO_BIN_EXE_ce").into()
}
