//! The command line with bundles: the FAST bundle from the file to the explanation, and bundles that must not run.

#[path = "../../../host/tests/cli/support.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line that need no bundle")]
mod support;

mod fast;
mod gallery;
mod isolation;
mod life_cycle;
mod never_mapped;
mod refused;
mod register;

use std::path::PathBuf;
use std::sync::OnceLock;

/// The program under test, built once per test process: only tests of its own package are handed it by cargo.
fn program() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let path = || {
        ce_tests::build(&ce_tests::workspace_root(), &["-p", "ce-host", "--bin", "ce"]);
        let profile = ce_tests::profile();
        let dir = if profile == "dev" { "debug" } else { &profile };
        ce_tests::target_dir().join(dir).join(format!("ce{}", std::env::consts::EXE_SUFFIX))
    };
    BUILT.get_or_init(path).clone()
}

/// A path as an argument.
fn text(path: &std::path::Path) -> &str {
    path.to_str().expect("the paths of tests are UTF-8")
}
