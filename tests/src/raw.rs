//! Libraries that `export_bundle!` would never make, compiled by rustc alone: with any record, or none, and with any link
//! arguments. Their constructors write a file, so that a host that maps one is found out.

use std::path::{Path, PathBuf};
use std::process::Command;

use ce_plugin_api::section;

use super::built::library_name;
use super::workspace_root;

/// What a library is to carry and to need.
#[derive(Clone, Debug)]
pub struct RawBundle<'a> {
    /// The manifest; none leaves the section out.
    pub manifest: Option<&'a str>,
    /// The version of the boundary that the record states.
    pub plugin_api: &'a str,
    /// Whether `register` is exported.
    pub has_register: bool,
    /// Further arguments for rustc, such as `-lother`.
    pub arguments: Vec<String>,
}

impl<'a> RawBundle<'a> {
    /// A library that is in order as far as it can be judged without running it.
    #[must_use]
    pub fn of(manifest: &'a str) -> Self {
        let plugin_api = ce_plugin_api::VERSION;
        Self { manifest: Some(manifest), plugin_api, has_register: true, arguments: Vec::new() }
    }

    /// Compiles it into `dir`, as the library NAME.
    ///
    /// # Panics
    /// If it cannot be compiled.
    #[must_use]
    pub fn build(&self, dir: &Path, name: &str) -> PathBuf {
        let source = dir.join(format!("{name}.rs"));
        let text = include_str!("../bundles/raw.rs").replace("\"record\"", &format!("\"{name}.record\""));
        std::fs::write(&source, text).expect("the scratch directory can be written to");
        let mut arguments = self.arguments.clone();
        if let Some(manifest) = self.manifest {
            let record = record(self.plugin_api, manifest);
            std::fs::write(dir.join(format!("{name}.record")), record)
                .expect("the scratch directory can be written to");
            arguments.push("--cfg=has_record".to_owned());
        }
        if self.has_register {
            arguments.push("--cfg=has_register".to_owned());
        }
        let path = dir.join(library_name(name));
        rustc(&source, &path, &arguments);
        path
    }
}

/// Compiles a library with nothing in it, for others to need.
///
/// # Panics
/// If it cannot be compiled.
pub fn empty_library(dir: &Path, name: &str) {
    let source = dir.join(format!("{name}.rs"));
    std::fs::write(&source, "//! Nothing but one symbol.\n#[unsafe(no_mangle)]\npub extern \"C\" fn needed() {}\n")
        .expect("the scratch directory can be written to");
    rustc(&source, &dir.join(library_name(name)), &[]);
}

/// A library of a bundle's own, in C: `own` says a number, and so does the file that its constructor leaves.
#[derive(Clone, Copy, Debug)]
pub struct OwnLibrary<'a> {
    /// The name of the file, and of its `DT_SONAME`.
    pub name: &'a str,
    /// Whether it says what it is called.
    pub has_soname: bool,
    /// What it says.
    pub says: u32,
    /// The name of its function.
    pub function: &'a str,
    /// Further arguments for the compiler, such as a library that it needs itself.
    pub arguments: &'a [String],
}

impl<'a> OwnLibrary<'a> {
    /// One that is in order.
    #[must_use]
    pub fn of(name: &'a str, says: u32) -> Self {
        Self { name, has_soname: true, says, function: "own", arguments: &[] }
    }

    /// Compiles it into `dir`.
    ///
    /// # Panics
    /// If it cannot be compiled.
    #[must_use]
    pub fn build(&self, dir: &Path) -> PathBuf {
        let (source, output) = (dir.join(format!("{}.c", self.name)), dir.join(self.name));
        let text = include_str!("../bundles/own.c").replace("FUNCTION", self.function);
        std::fs::write(&source, text.replace("SAYS", &self.says.to_string()))
            .expect("the scratch directory can be written to");
        let mut cc = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
        cc.args(["-shared", "-fPIC", "-o"]).arg(&output).arg(&source);
        if self.has_soname {
            cc.arg(format!("-Wl,-soname,{}", self.name));
        }
        let run = cc.args(self.arguments).output().expect("a C compiler can be run");
        assert!(run.status.success(), "cc failed:\n{}", String::from_utf8_lossy(&run.stderr));
        output
    }
}

fn rustc(source: &Path, output: &Path, arguments: &[String]) {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.current_dir(workspace_root()).args([
        "--edition=2024",
        "--crate-type=cdylib",
        "-Cpanic=abort",
        "-Copt-level=1",
    ]);
    rustc.args(["-Cstrip=symbols", "--check-cfg=cfg(has_record)", "--check-cfg=cfg(has_register)"]);
    rustc.arg("--check-cfg=cfg(asks_library)").args(arguments);
    let output = rustc.arg("-o").arg(output).arg(source).output().expect("rustc can be run");
    assert!(output.status.success(), "rustc failed:\n{}", String::from_utf8_lossy(&output.stderr));
}

/// The record that `export_bundle!` would embed, whatever the texts.
pub(crate) fn record(plugin_api: &str, manifest: &str) -> Vec<u8> {
    let mut record = section::MAGIC.to_vec();
    record.extend(section::FORMAT.to_le_bytes());
    record.extend(u32::try_from(plugin_api.len()).expect("a short text").to_le_bytes());
    record.extend((manifest.len() as u64).to_le_bytes());
    record.extend(plugin_api.as_bytes());
    record.extend(manifest.as_bytes());
    record
}
