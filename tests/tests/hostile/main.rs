//! Hostile bundles: each does its worst, the host survives it and tells the right reason, and the next request is answered.
//! What each must come to, in a worker and in the host's own process, stands in `tests/hostile/README.md`.
#![cfg(target_os = "linux")]

#[path = "../explain/case.rs"]
#[allow(dead_code, reason = "shared with the tests of explanations")]
mod case;

#[path = "../../../host/tests/cli/support.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line that need no bundle")]
mod support;

mod patched;
mod places;
mod risk;
mod verdict;

mod called;
mod in_process;
mod listed;
mod loaded;
mod outputs;
mod program;
mod protocol;
mod refused;

/// The program under test.
fn program() -> std::path::PathBuf {
    ce_tests::ce_program()
}
