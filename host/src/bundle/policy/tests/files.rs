//! Installing and uninstalling move files, and only files.

use super::*;

/// A test binary is an ELF, Mach-O or PE file of this platform: everything but a bundle.
fn own_program() -> Vec<u8> {
    fs::read(std::env::current_exe().unwrap()).unwrap()
}

fn on_disk(directory: &TempDir, file_name: &str, name: &str, bytes: &[u8]) -> Claim {
    let path = directory.path().join(file_name);
    fs::write(&path, bytes).unwrap();
    Claim { path, digest: Digest::of(bytes), ..claim(name, "1.0.0", &["x.a"], 1) }
}

#[test]
fn installing_copies_the_bytes_under_the_name_of_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let dir = directory.path().join("new/plugins");
    let bytes = b"the bytes of a bundle";
    let claim = Claim { digest: Digest::of(bytes), ..fast() };
    let done = install::place(&claim, bytes, &[], &dir, &judge(&[])).unwrap();
    assert_eq!((&done.path, done.is_old), (&dir.join("fast-1.so"), false));
    assert_eq!(done.target(), format!("x.explanation@{}", claim.digest));
    assert_eq!(fs::read(&done.path).unwrap(), bytes);
    assert!(install::place(&claim, bytes, &[], &dir, &judge(&[])).unwrap().is_old);

    let other = Claim { digest: Digest::of(b"other"), ..claim.clone() };
    let error = install::place(&other, b"other", &[], &dir, &judge(&[])).unwrap_err();
    assert_eq!(error.code(), "policy.file_exists");
    assert!(error.to_string().contains("ce uninstall fast"), "{error}");
    assert_eq!(fs::read(&done.path).unwrap(), bytes, "it was left alone");
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 1, "no temporary file is left");

    let error = install::place(&claim, bytes, &[], &dir, &judge(&["fast"])).unwrap_err();
    assert_eq!(error.code(), "trust.denied");
    for unfound in ["/d/fast", "/d/.fast.so", "/d/fast.so.1"] {
        let claim = Claim { path: unfound.into(), ..claim.clone() };
        let error = install::place(&claim, bytes, &[], &dir, &judge(&[])).unwrap_err();
        assert_eq!(error.code(), "policy.file_name", "{unfound}");
    }
}

#[test]
fn what_is_no_bundle_is_not_installed() {
    let directory = tempfile::tempdir().unwrap();
    let file = Path::new("/downloads/program.so");
    let program = crate::bundle::inspect::Inspected::from_bytes(file, &own_program()).unwrap();
    let dir = directory.path().join("plugins");
    let error = install(&program, &dir, &judge(&[])).unwrap_err();
    assert!(matches!(error.code(), "trust.not_a_library" | "trust.no_manifest"), "{error}");
    assert!(!dir.exists());
}

#[test]
fn uninstalling_removes_the_file_and_tells_that_the_pin_stays() {
    let directory = tempfile::tempdir().unwrap();
    let [fast, other] = ["fast", "other"].map(|name| on_disk(&directory, &format!("{name}.so"), name, name.as_bytes()));
    let desk = Desk::new();
    desk.trust(&fast.path.display().to_string(), std::slice::from_ref(&fast)).unwrap();
    let done = uninstall("fast", &[other.clone(), fast.clone()], &desk.lock()).unwrap();
    assert_eq!((done.path, done.is_still_pinned), (fast.path.clone(), true));
    assert!(!fast.path.exists() && other.path.exists());
    assert!(!uninstall("other", std::slice::from_ref(&other), &desk.lock()).unwrap().is_still_pinned);
}

#[test]
fn uninstalling_needs_exactly_one_file_that_is_still_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let [first, second] = ["first.so", "second.so"].map(|file| on_disk(&directory, file, "fast", file.as_bytes()));
    let both = [first.clone(), second.clone()];
    let error = uninstall("fast", &both, &Lock::default()).unwrap_err();
    assert_eq!(error.code(), "policy.several_files");
    assert!(error.to_string().contains("first.so") && error.to_string().contains("second.so"), "{error}");
    let error = uninstall("fats", &both, &Lock::default()).unwrap_err();
    assert_eq!(error.code(), "policy.unknown");

    fs::write(&first.path, "changed").unwrap();
    assert_eq!(uninstall("fast", &both[..1], &Lock::default()).unwrap_err().code(), "policy.changed");
    assert!(first.path.exists() && second.path.exists());
}
