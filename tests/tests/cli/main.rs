//! The command line with bundles: the FAST bundle from the file to the explanation, and bundles that must not run.

#[path = "../../../host/tests/cli/support.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line that need no bundle")]
mod support;

mod fast;
mod gallery;
mod held_back;
mod isolation;
mod life_cycle;
mod never_mapped;
mod refused;
mod register;

/// The program under test.
fn program() -> std::path::PathBuf {
    ce_tests::ce_program()
}

/// A path as an argument.
fn text(path: &std::path::Path) -> &str {
    path.to_str().expect("the paths of tests are UTF-8")
}

/// Adds lines to the file that grants.
fn configure(user: &support::User, more: &str) {
    let path = user.run(["config", "path"]).ok().out;
    let config = std::fs::read_to_string(path.trim_end()).unwrap();
    std::fs::write(path.trim_end(), format!("{config}\n{more}\n")).unwrap();
}
