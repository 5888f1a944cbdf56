//! What is found in libraries that the system's compiler makes, each with one thing wrong, and in damaged ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;
use crate::bundle::platform::samples::{Elf as Sample, mach_o, pe, record};

#[test]
fn every_code_is_explained_to_authors() {
    let guide = include_str!("../../../../docs/PLUGINS.md");
    for code in Code::ALL {
        assert!(guide.contains(&format!("`{code}`")), "docs/PLUGINS.md does not explain `{code}`");
    }
}

fn diagnose(path: &Path, bytes: &[u8]) -> Examined {
    diagnose_among(path, bytes, &mut Libraries::in_dirs(Vec::new()))
}

fn diagnose_among(path: &Path, bytes: &[u8], libraries: &mut Libraries) -> Examined {
    match Inspected::from_bytes(path, bytes) {
        Ok(inspected) => examine(&inspected, bytes, &Host::current(), libraries),
        Err(error) => Examined::unreadable(&error),
    }
}

/// The findings of this code that are not fine.
fn found(examined: &Examined, code: Code) -> Vec<&Finding> {
    let is_it = |finding: &&Finding| finding.code == code && finding.severity != Severity::Fine;
    examined.findings.iter().filter(is_it).collect()
}

#[track_caller]
fn one(examined: &Examined, code: Code, severity: Severity, words: &[&str]) {
    let all = found(examined, code);
    let [finding] = all.as_slice() else { panic!("expected one {code}: {examined:#?}") };
    assert_eq!(finding.severity, severity, "{finding:#?}");
    let text = format!("{}: {}; {}", finding.place, finding.cause, finding.remedy.as_deref().unwrap_or_default());
    words.iter().for_each(|word| assert!(text.contains(word), "expected `{word}`: {text}"));
}

#[test]
fn whatever_is_wrong_has_a_remedy_and_what_is_fine_has_none() {
    for bytes in [b"text".to_vec(), Sample::default().bytes(), mach_o(&["/x"], "/y"), pe("a.dll", "b.dll", "c.d")] {
        for finding in diagnose(Path::new("sample.so"), &bytes).findings {
            assert_eq!(finding.remedy.is_none(), finding.severity == Severity::Fine, "{finding:#?}");
        }
    }
}

#[test]
fn a_file_that_is_no_library_has_the_error_of_inspection() {
    let examined = diagnose(Path::new("sample.so"), b"text");
    one(&examined, Code::Library, Severity::Fault, &["other bytes"]);
    assert_eq!(examined.findings[0].reason, Some("inspect.not_a_library"));
}

#[test]
fn libraries_of_other_systems_are_told_apart_and_their_needs_are_not_guessed() {
    let examined = diagnose(Path::new("a.dylib"), &mach_o(&["/usr/local/lib/x.dylib"], "/nowhere"));
    one(&examined, Code::SearchPath, Severity::Fault, &["/nowhere"]);
    one(&examined, Code::SideLibrary, Severity::Warning, &["/usr/local/lib/x.dylib"]);
    one(&examined, Code::Needed, Severity::Warning, &["not looked for"]);
    if Host::current().platform.to_string() != "aarch64-macos" {
        one(&examined, Code::Platform, Severity::Fault, &["it is for aarch64-macos", "this host is"]);
    }
    one(
        &diagnose(Path::new("a.dll"), &pe("a.dll", "b.dll", "c.d")),
        Code::SideLibrary,
        Severity::Warning,
        &["`a.dll`"],
    );
}

#[test]
fn a_bundle_without_manifest_register_or_header_is_told_each() {
    let sample = Sample { symbol: "other", records: vec![], ..Sample::default() };
    let examined = diagnose(Path::new("a.so"), &sample.bytes());
    one(&examined, Code::Register, Severity::Fault, &["`register`", "export_bundle!"]);
    one(&examined, Code::Manifest, Severity::Fault, &[".ce_bundle"]);
    one(&examined, Code::Header, Severity::Fault, &["header"]);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn a_library_for_another_c_library_is_told() {
    let (other, name) =
        if cfg!(target_env = "musl") { ("glibc", "libc.so.6") } else { ("musl", "libc.musl-x86_64.so.1") };
    let sample = Sample { texts: vec![(1, name)], ..Sample::default() };
    let examined = diagnose(Path::new("a.so"), &sample.bytes());
    one(&examined, Code::Libc, Severity::Fault, &[&format!("linked against {other}"), name, "-unknown-linux-"]);
}

#[test]
fn no_damage_to_a_sample_panics() {
    for bytes in [Sample::default().bytes(), mach_o(&["/usr/lib/a", "b"], "c"), pe("a.dll", "b.dll", "c.d")] {
        for end in 0..bytes.len() {
            assert!(!diagnose(Path::new("a.so"), &bytes[..end]).findings.is_empty());
            drop(Elf::read(&bytes[..end]));
        }
        for index in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[index] = value;
                drop(Elf::read(&damaged));
                assert!(!diagnose(Path::new("a.so"), &damaged).findings.is_empty());
            }
        }
    }
}

#[test]
fn others_who_may_write_are_told() {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.so");
        fs::write(&path, Sample::default().bytes()).unwrap();
        for (mode, severity, who) in [
            (0o644, Severity::Fine, "0644"),
            (0o664, Severity::Warning, "its group"),
            (0o646, Severity::Warning, "everybody"),
        ] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let finding = writable("a.so", &fs::metadata(&path).unwrap());
            assert_eq!(finding.severity, severity);
            assert!(finding.cause.contains(who), "{}", finding.cause);
        }
    }
}

/// A bundle in C: whatever `source` adds, the manifest, `register` and the header.
#[cfg(target_os = "linux")]
fn bundle(dir: &Path, source: &str, arguments: &[&str]) -> (PathBuf, Vec<u8>) {
    fs::write(dir.join("record"), record()).unwrap();
    let whole = format!(
        "__asm__(\".pushsection .ce_bundle,\\\"a\\\"\\n.incbin \\\"record\\\"\\n.popsection\");\n\
         int register_(void) __asm__(\"register\");\nint register_(void) {{ return 0; }}\n\
         int _1as_0lib_1header_0root_bmodule_bloader;\n{source}\n"
    );
    let path = cc(dir, "libbundle.so", &whole, arguments);
    let bytes = fs::read(&path).unwrap();
    (path, bytes)
}

#[cfg(target_os = "linux")]
fn cc(dir: &Path, name: &str, source: &str, arguments: &[&str]) -> PathBuf {
    let text = dir.join(format!("{name}.c"));
    fs::write(&text, source).unwrap();
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let mut command = Command::new(compiler);
    command.current_dir(dir).args(["-shared", "-fPIC", "-O1", "-o", name]).arg(&text).args(arguments);
    let run = command.output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    dir.join(name)
}

#[cfg(target_os = "linux")]
mod real {
    use super::*;

    #[test]
    fn a_bundle_that_is_in_order_has_no_other_finding() {
        let dir = tempfile::tempdir().unwrap();
        let (path, bytes) = bundle(dir.path(), "#include <stdlib.h>\nvoid *f(void) { return malloc(1); }", &["-lm"]);
        let examined = diagnose_among(&path, &bytes, &mut Libraries::of_the_system());
        assert!(examined.findings.iter().all(|finding| finding.severity == Severity::Fine), "{examined:#?}");
        assert_eq!(examined.bundle.unwrap().0, "sample");
    }

    #[test]
    fn search_paths_are_told_with_their_kind() {
        let dir = tempfile::tempdir().unwrap();
        for (kind, flag) in [("RUNPATH", "-Wl,--enable-new-dtags"), ("RPATH", "-Wl,--disable-new-dtags")] {
            let (path, bytes) = bundle(dir.path(), "", &[flag, "-Wl,-rpath,$ORIGIN/x:/nowhere"]);
            let examined = diagnose(&path, &bytes);
            one(&examined, Code::SearchPath, Severity::Fault, &[kind, "$ORIGIN/x:/nowhere", "-rpath"]);
        }
    }

    #[test]
    fn an_executable_stack_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let (path, bytes) = bundle(dir.path(), "", &["-Wl,-z,execstack"]);
        one(&diagnose(&path, &bytes), Code::ExecutableStack, Severity::Fault, &["executable stacks", "noexecstack"]);
        // Without the header the loader takes the architecture's default.
        let mut without = bytes.clone();
        let at = without.windows(8).position(|window| window == [0x51, 0xe5, 0x74, 0x64, 7, 0, 0, 0]).unwrap();
        without[at..at + 4].fill(0);
        if cfg!(target_arch = "x86_64") {
            one(&diagnose(&path, &without), Code::ExecutableStack, Severity::Fault, &["does not say"]);
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn text_relocations_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let source = "__asm__(\".text\\n.quad somewhere\\n\");\nint somewhere;";
        let (path, bytes) = bundle(dir.path(), source, &["-Wl,-z,notext"]);
        one(&diagnose(&path, &bytes), Code::TextRelocations, Severity::Warning, &["TEXTREL", "-fPIC"]);
    }

    #[test]
    fn constructors_are_counted() {
        let dir = tempfile::tempdir().unwrap();
        let constructor =
            |n: u32| format!("__attribute__((constructor)) static void c{n}(void) {{ static volatile int x; x++; }}\n");
        let (path, bytes) = bundle(dir.path(), &constructor(0), &[]);
        assert_eq!(found(&diagnose(&path, &bytes), Code::Constructors), Vec::<&Finding>::new());
        let three: String = (0..3).map(constructor).collect();
        let (path, bytes) = bundle(dir.path(), &three, &[]);
        one(&diagnose(&path, &bytes), Code::Constructors, Severity::Warning, &["constructors", "inside of dlopen"]);
    }

    #[test]
    fn static_thread_local_storage_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let source = "__attribute__((tls_model(\"initial-exec\"))) __thread int x[300];\nint *f(void) { return x; }";
        let (path, bytes) = bundle(dir.path(), source, &[]);
        one(&diagnose(&path, &bytes), Code::StaticTls, Severity::Warning, &["STATIC_TLS", "1200 bytes"]);
    }

    #[test]
    fn a_library_that_is_not_there_is_told_with_who_needs_it() {
        let dir = tempfile::tempdir().unwrap();
        cc(dir.path(), "libgone.so", "int gone;", &[]);
        cc(dir.path(), "libside.so", "extern int gone; int *side(void) { return &gone; }", &["-L.", "-lgone"]);
        let source = "int *side(void); int *f(void) { return side(); }";
        let (path, bytes) = bundle(dir.path(), source, &["-L.", "-lside", "-nostdlib", "-Wl,--allow-shlib-undefined"]);
        let examined = diagnose(&path, &bytes);
        assert!(
            found(&examined, Code::Needed).iter().all(|finding| !finding.cause.contains("libgone")),
            "{examined:#?}"
        );
        one(&examined, Code::SideLibrary, Severity::Warning, &["`libside.so`"]);

        fs::remove_file(dir.path().join("libgone.so")).unwrap();
        let examined = diagnose_among(&path, &bytes, &mut Libraries::of_the_system());
        one(&examined, Code::Needed, Severity::Fault, &["`libgone.so` is needed by", "libside.so", "looked in"]);
        fs::remove_file(dir.path().join("libside.so")).unwrap();
        let examined = diagnose_among(&path, &bytes, &mut Libraries::of_the_system());
        one(&examined, Code::Needed, Severity::Fault, &["`libside.so` is needed and is not there"]);
    }

    #[test]
    fn a_version_that_the_library_is_too_old_for_is_told_with_a_symbol() {
        let dir = tempfile::tempdir().unwrap();
        let script = |text: &str| fs::write(dir.path().join("versions"), text).unwrap();
        let version = ["-Wl,--version-script=versions", "-Wl,-soname,libv.so"];
        script("V_1.2 { global: old; local: *; };\nV_1.10 { global: new; } V_1.2;\n");
        cc(dir.path(), "libv.so", "int old(void) { return 0; }\nint new(void) { return 0; }", &version);
        let source = "int old(void); int new(void); int f(void) { return old() + new(); }";
        let (path, bytes) = bundle(dir.path(), source, &["-L.", "-lv"]);
        let fits = diagnose_among(&path, &bytes, &mut Libraries::of_the_system());
        assert_eq!(found(&fits, Code::SymbolVersion), Vec::<&Finding>::new(), "{fits:#?}");

        script("V_1.2 { global: old; local: *; };\n");
        cc(dir.path(), "libv.so", "int old(void) { return 0; }", &version);
        let examined = diagnose_among(&path, &bytes, &mut Libraries::of_the_system());
        let words = ["`V_1.10` (for `new`) is wanted of", "it has V_ up to 1.2", "libv.so"];
        one(&examined, Code::SymbolVersion, Severity::Fault, &words);
    }

    #[test]
    fn every_truncation_of_a_library_gives_findings() {
        let dir = tempfile::tempdir().unwrap();
        let source = "#include <stdlib.h>\nvoid *f(void) { return malloc(1); }";
        let (path, bytes) = bundle(dir.path(), source, &["-Wl,-z,noseparate-code", "-s"]);
        let mut libraries = Libraries::of_the_system();
        for end in 0..bytes.len() {
            let examined = diagnose_among(&path, &bytes[..end], &mut libraries);
            assert!(!examined.findings.is_empty(), "cut off at {end}");
            drop(Elf::read(&bytes[..end]));
        }
        // Bits of the headers and tables, where damage leads furthest.
        for at in 0..bytes.len().min(2048) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0xff;
            drop(Elf::read(&damaged));
            assert!(!diagnose_among(&path, &damaged, &mut libraries).findings.is_empty());
        }
    }
}
