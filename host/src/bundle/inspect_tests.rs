//! What is made of files: real libraries, wrong ones, and every way to damage one.

use std::fs;
use std::process::Command;

use super::platform::samples::{Elf, MANIFEST, mach_o, pe, record};
use super::*;

fn inspect(bytes: &[u8]) -> Result<Inspected, InspectError> {
    Inspected::from_bytes(Path::new("sample.so"), bytes)
}

fn manifest_code(elf: &Elf) -> Option<&'static str> {
    inspect(&elf.bytes()).unwrap().manifest().err().map(ManifestError::code)
}

/// A pseudo-random sequence (xorshift), the same in every run.
fn random(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |limit| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % limit as u64) as usize
    }
}

#[test]
fn the_manifest_is_read_from_every_format() {
    for bytes in [Elf::default().bytes(), mach_o(&[], ""), pe("a.dll", "b.dll", "c.d")] {
        let inspected = inspect(&bytes).unwrap();
        let manifest = inspected.manifest().unwrap();
        assert_eq!(manifest.bundle.name, "sample");
        assert_eq!(manifest.plugin_api.to_string(), "1.0.0");
        assert_eq!(inspected.warnings(), []);
        assert_eq!(inspected.digest(), Digest::of(&bytes));
        assert_eq!(inspected.bytes()[..], bytes);
    }
}

#[test]
fn a_library_without_a_usable_manifest_is_no_error_and_says_why() {
    assert_eq!(manifest_code(&Elf::default()), None);
    assert_eq!(manifest_code(&Elf { records: vec![], ..Elf::default() }), Some("inspect.no_manifest"));
    assert_eq!(manifest_code(&Elf { records: vec![record(); 2], ..Elf::default() }), Some("inspect.several_manifests"));
    let twice = [record(), record()].concat();
    assert_eq!(manifest_code(&Elf { records: vec![twice], ..Elf::default() }), Some("section.second_record"));
    assert_eq!(manifest_code(&Elf { records: vec![vec![]], ..Elf::default() }), Some("section.truncated"));
    let mut wrong = record();
    let name = MANIFEST.find("plot:renderer").unwrap() + record().len() - MANIFEST.len();
    wrong[name] = b'P';
    assert_eq!(manifest_code(&Elf { records: vec![wrong], ..Elf::default() }), Some("manifest.capabilities"));
    let none = inspect(&Elf { records: vec![], ..Elf::default() }.bytes()).unwrap();
    assert_eq!(
        none.manifest().unwrap_err().to_string(),
        "no `.ce_bundle` section: not a bundle; build it with ce-plugin-api's export_bundle!"
    );
}

#[test]
fn a_library_for_another_platform_is_read_all_the_same() {
    let mut bytes = Elf::default().bytes();
    bytes[18] = 183; // aarch64
    let inspected = inspect(&bytes).unwrap();
    assert_eq!(inspected.facts().platform.to_string(), "aarch64-linux");
    assert!(inspected.manifest().is_ok());
}

#[test]
fn what_is_no_library_is_refused_with_its_path() {
    let error = inspect(b"just a text that somebody named .so").unwrap_err();
    assert_eq!(error.code(), "inspect.not_a_library");
    assert_eq!(
        error.to_string(),
        "`sample.so`: expected a shared library (ELF, Mach-O or PE), found other bytes: put only bundles here"
    );
}

#[test]
fn a_file_is_read_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sample.so");
    fs::write(&path, Elf::default().bytes()).unwrap();
    let inspected = Inspected::read(&path).unwrap();
    assert_eq!(inspected.path(), path);
    assert_eq!(inspected.bytes()[..], Elf::default().bytes());
    assert_eq!(inspected.manifest().unwrap().bundle.name, "sample");
}

#[test]
fn only_regular_files_of_a_limited_size_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let code = |path: &Path| Inspected::read(path).map(|_| ()).map_err(|error| error.code());
    assert_eq!(code(&dir.path().join("gone.so")), Err("inspect.open"));
    let path = dir.path().join("empty.so");
    fs::write(&path, "").unwrap();
    assert_eq!(code(&path), Err("inspect.not_a_library"));
    let path = dir.path().join("sparse.so");
    File::create(&path).unwrap().set_len(FILE_BYTES_MAX + 1).unwrap();
    assert_eq!(code(&path), Err("inspect.too_large"));
}

#[cfg(unix)]
#[test]
fn a_directory_a_pipe_and_a_device_do_not_block() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe.so");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [dir.path(), &pipe, Path::new("/dev/zero")] {
        assert_eq!(Inspected::read(path).map(|_| ()).map_err(|error| error.code()), Err("inspect.not_regular"));
    }
}

/// A library as rustc and the system's linker make it, small because it has no std.
#[cfg(target_os = "linux")]
fn real_library(dir: &Path) -> PathBuf {
    const SOURCE: &str = r#"
        #![no_std]
        #[panic_handler] fn panic(_: &core::panic::PanicInfo<'_>) -> ! { loop {} }
        #[used] #[unsafe(link_section = ".ce_bundle")] static MANIFEST: [u8; LEN] = *include_bytes!("record");
        #[unsafe(no_mangle)] pub extern "C" fn register() -> i32 { 0 }
    "#;
    let record = record();
    fs::write(dir.join("record"), &record).unwrap();
    fs::write(dir.join("real.rs"), SOURCE.replace("LEN", &record.len().to_string())).unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let library = dir.join("libreal.so");
    let flags =
        ["--edition=2024", "--crate-type=cdylib", "-Cpanic=abort", "-Copt-level=1", "-Clto=fat", "-Cstrip=symbols"];
    let links = ["-Clink-arg=-nostartfiles", "-Clink-arg=-Wl,--no-as-needed", "-Clink-arg=-lm"];
    let mut command = Command::new(rustc);
    command.args(flags).args(links).arg("-Clink-arg=-Wl,-rpath,/nowhere").arg("-o").arg(&library);
    let run = command.arg(dir.join("real.rs")).env_remove("RUSTFLAGS").output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    library
}

#[cfg(target_os = "linux")]
#[test]
fn a_real_library_is_read_and_no_damage_to_it_panics() {
    let dir = tempfile::tempdir().unwrap();
    let inspected = Inspected::read(&real_library(dir.path())).unwrap();
    assert_eq!(inspected.manifest().unwrap().bundle.name, "sample");
    let facts = inspected.facts();
    assert_eq!(facts.platform, platform::Platform::current());
    assert!(facts.is_shared_library && facts.exports_register);
    assert!(facts.needed_system.iter().any(|name| name == "libm.so.6"), "{facts:?}");
    assert_eq!(
        (facts.needed_foreign.as_slice(), facts.search_paths.as_slice()),
        (&[][..], &["/nowhere".to_owned()][..])
    );

    let bytes = inspected.bytes().to_vec();
    (0..bytes.len()).for_each(|end| drop(inspect(&bytes[..end])));
    flip(&bytes, 2000);
}

#[test]
fn no_damage_to_a_sample_of_any_format_panics() {
    for bytes in [Elf::default().bytes(), mach_o(&["/usr/lib/a", "b"], "c"), pe("a.dll", "b.dll", "c.d")] {
        (0..bytes.len()).for_each(|end| drop(inspect(&bytes[..end])));
        flip(&bytes, 2000);
        for index in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[index] = value;
                drop(inspect(&damaged));
            }
        }
    }
}

/// Flips bits, one to eight at a time: half of them in the first bytes, where most of the structure is.
fn flip(bytes: &[u8], n_times: usize) {
    let mut random = random(0x00CE_B00D);
    for _ in 0..n_times {
        let mut damaged = bytes.to_vec();
        for _ in 0..=random(8) {
            let limit = if random(2) == 0 { bytes.len().min(1024) } else { bytes.len() };
            damaged[random(limit)] ^= 1 << random(8);
        }
        drop(inspect(&damaged));
    }
}
