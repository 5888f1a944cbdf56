//! Hostile libraries written in C, compiled by the tests themselves. It never loads one.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::built::library_name;
use super::raw::record;
use super::workspace_root;

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
