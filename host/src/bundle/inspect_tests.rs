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
        assert_eq!(inspected.bytes().unwrap(), bytes);
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
    assert_eq!(inspected.bytes().unwrap(), Elf::default().bytes());
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

#[test]
fn what_is_only_shown_takes_no_memory_and_no_open_file() {
    let inspected = inspect(&Elf::default().bytes()).unwrap();
    let shown = inspected.clone().without_bytes();
    assert!(inspected.images().is_some() && shown.images().is_none());
    assert!(shown.bytes().is_err());
    assert_eq!((shown.digest(), shown.n_bytes()), (inspected.digest(), Elf::default().bytes().len() as u64));
}

/// A plugins directory in a scratch directory, of modes that the user's other files do not decide, with one library.
#[cfg(unix)]
struct Plugins {
    scratch: tempfile::TempDir,
}

#[cfg(unix)]
impl Plugins {
    fn new() -> Self {
        let plugins = Self { scratch: tempfile::tempdir().unwrap() };
        for dir in ["plugins", "plugins/sub", "elsewhere"] {
            fs::create_dir(plugins.at(dir)).unwrap();
            plugins.chmod(dir, 0o755);
        }
        plugins.put("plugins/a.so");
        plugins
    }

    fn at(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    fn put(&self, name: &str) {
        fs::write(self.at(name), Elf::default().bytes()).unwrap();
        self.chmod(name, 0o644);
    }

    fn chmod(&self, name: &str, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(self.at(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    fn link(&self, target: impl AsRef<Path>, name: &str) {
        std::os::unix::fs::symlink(target, self.at(name)).unwrap();
    }

    fn read(&self, name: &str, allow_writable: bool) -> Result<Inspected, InspectError> {
        let dir = self.at("plugins");
        Inspected::read_in(&Candidate { path: dir.join(name), dir }, allow_writable)
    }

    fn code(&self, name: &str) -> Option<&'static str> {
        self.read(name, false).err().map(|error| error.code())
    }
}

#[cfg(unix)]
#[test]
fn a_link_may_not_lead_out_of_the_plugins_directory() {
    let plugins = Plugins::new();
    plugins.put("elsewhere/b.so");
    plugins.put("plugins/sub/c.so");
    plugins.link("a.so", "plugins/stays.so");
    plugins.link(plugins.at("plugins/a.so"), "plugins/stays-absolute.so");
    plugins.link("../plugins/sub/c.so", "plugins/comes-back.so");
    plugins.link("../elsewhere/b.so", "plugins/out.so");
    plugins.link(plugins.at("elsewhere/b.so"), "plugins/out-absolute.so");
    plugins.link("../elsewhere", "plugins/dir");
    plugins.link("dir/b.so", "plugins/out-by-dir.so");
    plugins.link("loop.so", "plugins/loop.so");
    for stays in ["a.so", "stays.so", "stays-absolute.so", "comes-back.so"] {
        assert_eq!(plugins.code(stays), None, "{stays}");
    }
    for out in ["out.so", "out-absolute.so", "out-by-dir.so"] {
        assert_eq!(plugins.code(out), Some("inspect.outside"), "{out}");
        // Whoever names it knows where it lies.
        assert!(Inspected::read(&plugins.at("plugins").join(out)).is_ok(), "{out}");
    }
    assert_eq!(plugins.code("loop.so"), Some("inspect.open"));
    let text = plugins.read("out.so", false).unwrap_err().to_string();
    for part in ["plugins/out.so`", "elsewhere/b.so`", "ce install"] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    // A plugins directory that is a link itself is where it leads.
    plugins.link("plugins", "other");
    let dir = plugins.at("other");
    assert!(Inspected::read_in(&Candidate { path: dir.join("stays.so"), dir }, false).is_ok());
}

#[cfg(unix)]
#[test]
fn what_others_can_write_to_is_refused_unless_the_user_allows_it() {
    let plugins = Plugins::new();
    let cases = [
        ("plugins/a.so", 0o664, "its group"),
        ("plugins/a.so", 0o646, "everybody"),
        ("plugins", 0o775, "its group"),
        ("plugins", 0o757, "everybody"),
    ];
    for (what, mode, by) in cases {
        plugins.chmod(what, mode);
        let error = plugins.read("a.so", false).unwrap_err();
        assert_eq!(error.code(), "inspect.writable", "{what} {mode:o}");
        let text = error.to_string();
        assert!(text.contains(by) && text.contains("allow_writable = true"), "{text}");
        assert!(plugins.read("a.so", true).is_ok(), "{what} {mode:o}");
        plugins.chmod("plugins", 0o755);
        plugins.chmod("plugins/a.so", 0o644);
    }
    // Nobody replaces the files of others in a sticky directory.
    plugins.chmod("plugins", 0o1777);
    assert_eq!(plugins.code("a.so"), None);
    plugins.chmod("plugins", 0o755);
    // Where a link leads counts too.
    plugins.put("plugins/sub/c.so");
    plugins.link("sub/c.so", "plugins/c.so");
    plugins.chmod("plugins/sub", 0o777);
    assert_eq!(plugins.code("c.so"), Some("inspect.writable"));
}

#[cfg(unix)]
#[test]
fn what_somebody_names_may_be_a_groups_but_not_everybodys() {
    let plugins = Plugins::new();
    let code = || Inspected::read(&plugins.at("elsewhere/b.so")).err().map(|error| error.code());
    plugins.put("elsewhere/b.so");
    for (file, dir, expected) in [
        (0o664, 0o775, None),
        (0o646, 0o755, Some("inspect.writable")),
        (0o644, 0o777, Some("inspect.writable")),
        (0o644, 0o1777, None),
    ] {
        plugins.chmod("elsewhere/b.so", file);
        plugins.chmod("elsewhere", dir);
        assert_eq!(code(), expected, "{file:o} in {dir:o}");
    }
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

    let bytes = inspected.bytes().unwrap();
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
