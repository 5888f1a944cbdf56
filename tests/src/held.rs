//! What it takes to let bundles into workers: the program that workers are made of, and libraries written in C. It never
//! starts a worker.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::built::library_name;
use super::raw::record;
use super::{build, profile, target_dir, workspace_root};

/// The program `ce`, built once per test process: only tests of its own package are handed it by cargo.
///
/// # Panics
/// If it cannot be built.
pub fn ce() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let path = || {
        build(&workspace_root(), &["-p", "ce-host", "--bin", "ce"]);
        let profile = profile();
        let dir = if profile == "dev" { "debug" } else { &profile };
        target_dir().join(dir).join(format!("ce{}", std::env::consts::EXE_SUFFIX))
    };
    BUILT.get_or_init(path).clone()
}

/// Compiles `tests/hostile/NAME.c` into `dir`, with a manifest embedded as `export_bundle!` would embed it, and with further
/// arguments for the compiler.
///
/// # Panics
/// If it cannot be compiled. The compiler is the one that rustc links with.
#[must_use]
pub fn c_bundle(dir: &Path, name: &str, manifest: &str, arguments: &[&str]) -> PathBuf {
    let embedded = dir.join(format!("{name}.record"));
    std::fs::write(&embedded, record(ce_plugin_api::VERSION, manifest))
        .expect("the scratch directory can be written to");
    let library = dir.join(library_name(name));
    let mut cc = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    cc.args(["-shared", "-fPIC", "-O0", "-w"]).arg(format!("-DRECORD=\"{}\"", embedded.display())).args(arguments);
    cc.arg("-o").arg(&library).arg(workspace_root().join("tests/hostile").join(format!("{name}.c")));
    let output = cc.output().expect("the C compiler can be run");
    assert!(output.status.success(), "cc failed for {name}.c:\n{}", String::from_utf8_lossy(&output.stderr));
    library
}
