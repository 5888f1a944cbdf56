//! Where cargo puts the fixture bundles, the programs and the FAST bundle. It finds the place from the running test, so
//! that every profile and target directory is served.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

use super::workspace_root;

/// The directory of the running test's profile, such as `target/debug`.
fn profile_dir() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let deps = test.parent().expect("a test lies in a directory");
    // Tests lie in `deps`, examples in `examples`, both beside one another.
    deps.parent().expect("`deps` lies in the directory of the profile").to_owned()
}

/// The target directory: what `cargo build --target-dir` takes.
#[must_use]
pub fn target_dir() -> PathBuf {
    profile_dir().parent().expect("a profile's directory lies in the target directory").to_owned()
}

/// The profile that the tests were built with, as `cargo build --profile` takes it.
#[must_use]
pub fn profile() -> String {
    let name = profile_dir().file_name().expect("a profile's directory has a name").to_string_lossy().into_owned();
    if name == "debug" { "dev".to_owned() } else { name }
}

/// The library of a fixture bundle: `tests/bundles/NAME.rs`, an example of this package.
///
/// # Panics
/// If it was not built, or before its source was changed: `cargo test --test NAME` builds no examples.
#[must_use]
pub fn bundle_path(name: &str) -> PathBuf {
    let path = example_path(&library_name(name));
    let bundles = workspace_root().join("tests/bundles");
    let sources =
        [format!("{name}.rs"), format!("{name}.json"), format!("{name}/src/lib.rs"), format!("{name}/bundle.json")];
    for source in sources.iter().map(|source| bundles.join(source)).filter(|source| source.exists()) {
        let is_current = changed(&path) >= changed(&source);
        assert!(is_current, "{} is newer than its library: {BUILD}", source.display());
    }
    path
}

/// A program of this package: `tests/programs/NAME.rs`.
///
/// # Panics
/// If it was not built.
#[must_use]
pub fn program_path(name: &str) -> PathBuf {
    example_path(&format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// The library of the FAST bundle, built once per test process: no package can depend on it.
///
/// # Panics
/// If it cannot be built.
#[must_use]
pub fn fast_bundle() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            build(&workspace_root(), &["-p", "ce-fast"]);
            profile_dir().join(library_name("ce_fast"))
        })
        .clone()
}

/// The program `ce`, built once per test process: only tests of its own package are handed it by cargo.
///
/// # Panics
/// If it cannot be built.
#[must_use]
pub fn ce_program() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            build(&workspace_root(), &["-p", "ce-host", "--bin", "ce"]);
            profile_dir().join(format!("ce{}", std::env::consts::EXE_SUFFIX))
        })
        .clone()
}

/// Runs `cargo build` in `workspace`, with the profile and the target directory of the running test.
///
/// # Panics
/// If it fails.
pub fn build(workspace: &Path, arguments: &[&str]) {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into()));
    cargo.current_dir(workspace).args(["build", "--offline", "--quiet", "--profile", &profile()]);
    let output = cargo.arg("--target-dir").arg(target_dir()).args(arguments).output().expect("cargo can be run");
    assert!(output.status.success(), "cargo build {arguments:?} failed:\n{}", String::from_utf8_lossy(&output.stderr));
}

/// An example of another workspace that was built with [`build`].
///
/// # Panics
/// If it was not built.
#[must_use]
pub fn example_of(name: &str, crate_type: &str) -> PathBuf {
    if crate_type == "bin" { program_path(name) } else { example_path(&library_name(name)) }
}

/// The file name of a library on this system.
pub(crate) fn library_name(name: &str) -> String {
    format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

const BUILD: &str = "run `cargo test -p ce-tests`, or `cargo build -p ce-tests --examples` first";

fn example_path(file_name: &str) -> PathBuf {
    let path = profile_dir().join("examples").join(file_name);
    assert!(path.exists(), "{} is not there: {BUILD}", path.display());
    path
}

fn changed(path: &Path) -> SystemTime {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).expect("the file is there and has a time")
}
