//! Pins survive being written, and what is no lock is refused with its place.

use std::fs;

use super::write::Exclusive;
use super::*;

fn digest(number: u8) -> Digest {
    format!("sha256:{number:064x}").parse().unwrap()
}

fn pin(name: &str, version: &str, identifiers: &[&str], platform: &str, number: u8) -> Pin {
    Pin {
        name: name.to_owned(),
        version: version.parse().unwrap(),
        identifiers: identifiers.iter().map(|identifier| (*identifier).to_owned()).collect(),
        platform: platform.parse().unwrap(),
        digest: digest(number),
        side_files: BTreeMap::new(),
    }
}

fn with_side_files(pin: Pin, side_files: &[(&str, u8)]) -> Pin {
    let side_files = side_files.iter().map(|(name, number)| ((*name).to_owned(), digest(*number))).collect();
    Pin { side_files, ..pin }
}

fn parse(text: &str) -> Result<Lock, LockError> {
    Lock::parse(text, Path::new("/c/ce.lock"))
}

#[test]
fn a_lock_is_written_sorted_and_read_back() {
    let mut lock = Lock::default();
    lock.pin(pin("fast", "0.1.0", &["core.interval.fast", "core.explanation.fast"], "x86_64-linux", 2));
    lock.pin(pin("fast", "0.1.0", &["core.interval.fast", "core.explanation.fast"], "aarch64-macos", 1));
    lock.pin(pin("another", "1.0.0-rc.1+b", &["a.b"], "x86_64-linux", 3));
    let zeros = "0".repeat(63);
    let expected = format!(
        r#"# Written by `ce trust` and `ce untrust`. Pins alone permit nothing: see [plugins] trusted in ce.toml.
schema_version = "1.0.0"

[bundles."another"]
version = "1.0.0-rc.1+b"
identifiers = [
    "a.b",
]

[bundles."another".digests]
"x86_64-linux" = "sha256:{zeros}3"

[bundles."fast"]
version = "0.1.0"
identifiers = [
    "core.explanation.fast",
    "core.interval.fast",
]

[bundles."fast".digests]
"aarch64-macos" = "sha256:{zeros}1"
"x86_64-linux" = "sha256:{zeros}2"
"#
    );
    assert_eq!(lock.to_toml(), expected);
    assert_eq!(parse(&expected).unwrap(), lock);
    assert_eq!(parse(&Lock::default().to_toml()).unwrap(), Lock::default());
}

#[test]
fn side_files_are_written_under_their_platform_and_need_the_newer_version() {
    let plain = pin("fast", "0.1.0", &["a.b"], "x86_64-linux", 1);
    let mut lock = Lock::default();
    lock.pin(with_side_files(plain.clone(), &[("libz++-1.so.2", 3), ("libown.so.1", 2)]));
    lock.pin(pin("fast", "0.1.0", &["a.b"], "aarch64-linux", 4));
    let text = lock.to_toml();
    let zeros = "0".repeat(63);
    assert!(text.contains("schema_version = \"1.1.0\""), "{text}");
    let expected = format!(
        "\n[bundles.\"fast\".side_files.\"x86_64-linux\"]\n\"libown.so.1\" = \"sha256:{zeros}2\"\n\
         \"libz++-1.so.2\" = \"sha256:{zeros}3\"\n"
    );
    assert!(text.ends_with(&expected), "{text}");
    assert_eq!(parse(&text).unwrap(), lock);

    // Without them any host may change it again.
    lock.pin(plain);
    assert!(lock.entry("fast").unwrap().side_files.is_empty());
    assert!(lock.to_toml().contains("schema_version = \"1.0.0\""));
    let newer = parse("schema_version = '1.2.0'").unwrap();
    assert!(newer.to_toml().contains("schema_version = \"1.2.0\""));
}

#[test]
fn the_name_of_a_side_file_is_a_plain_file_name() {
    let of = |name: &str| {
        parse(&format!(
            "schema_version = '1.1.0'\n[bundles.a]\nversion = '1.0.0'\nidentifiers = []\ndigests = {{}}\n\
             [bundles.a.side_files.p-q]\n\"{name}\" = '{}'\n",
            digest(1)
        ))
    };
    assert!(of("libown.so.1").is_ok());
    for wrong in ["", ".hidden.so", "../libown.so", "a/b.so", "lib own.so", "$ORIGIN", "libö.so"] {
        let error = of(wrong).unwrap_err();
        assert_eq!(error.code(), "lock.malformed", "{wrong}");
        assert!(error.to_string().contains("ce.lock:7:1"), "{error}");
    }
}

#[test]
fn one_version_of_a_bundle_is_pinned() {
    let mut lock = Lock::default();
    lock.pin(pin("fast", "0.1.0", &["a.old"], "aarch64-macos", 1));
    lock.pin(pin("fast", "0.1.0", &["a.both"], "x86_64-linux", 2));
    assert_eq!(lock.entry("fast").unwrap().digests.len(), 2);
    assert_eq!(lock.owner("a.old"), Some("fast"));

    lock.pin(pin("fast", "0.2.0", &["a.new"], "x86_64-linux", 3));
    let entry = lock.entry("fast").unwrap();
    assert_eq!(entry.digests.iter().collect::<Vec<_>>(), [(&"x86_64-linux".parse().unwrap(), &digest(3))]);
    assert_eq!((lock.owner("a.new"), lock.owner("a.old")), (Some("fast"), None));

    lock.pin(pin("fast", "0.2.0", &["a.newer"], "x86_64-linux", 4));
    assert_eq!(lock.owner("a.new"), None, "the only platform was rebuilt without it");
    assert!(lock.unpin("fast").is_some());
    assert_eq!(lock, Lock::default());
}

#[test]
fn a_missing_lock_pins_nothing() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(Lock::read(&directory.path().join("ce.lock")).unwrap(), Lock::default());
    assert_eq!(Lock::read(directory.path()).unwrap_err().code(), "lock.unreadable");
}

#[test]
fn a_newer_minor_version_is_read_without_what_is_unknown_and_never_rewritten() {
    let text = "schema_version = '1.7.0'\nnew = 1\n[bundles.a]\nversion = '1.0.0'\nidentifiers = ['x.y']\nside = 2\n\
                digests = {}\n";
    let lock = parse(text).unwrap();
    assert_eq!(lock.owner("x.y"), Some("a"));
    let directory = tempfile::tempdir().unwrap();
    let error = lock.write(&directory.path().join("ce.lock")).unwrap_err();
    assert_eq!(error.code(), "lock.newer");
    assert!(!directory.path().join("ce.lock").exists());
}

#[test]
fn what_is_no_lock_is_refused_with_its_place() {
    let entry = |text: &str| format!("schema_version = '1.0.0'\n[bundles.a]\n{text}\n");
    let good = format!("version = '1.0.0'\nidentifiers = ['x.y']\ndigests.p-q = 'sha256:{:064x}'", 1);
    assert!(parse(&entry(&good)).is_ok());
    for (text, code, place) in [
        (String::new(), "lock.malformed", "ce.lock:1:1"),
        ("schema_version = 1".into(), "lock.malformed", "ce.lock:1:18"),
        ("schema_version = '1'".into(), "lock.malformed", "ce.lock:1:18"),
        ("schema_version = '2.0.0'\nbundles = 3".into(), "lock.schema_version", "ce.lock:1:18"),
        ("schema_version = '1.0.0'\nbundles = 3".into(), "lock.malformed", "ce.lock:2:11"),
        (entry("version = "), "lock.malformed", "ce.lock:3:1"),
        (entry(&good.replace("'1.0.0'", "'one'")), "lock.malformed", "ce.lock:3:11"),
        (entry(&good.replace("'x.y'", "'x.y', 'х.y'")), "lock.malformed", "ce.lock:4:23"),
        (entry(&good.replace("'x.y'", "'x.y', 'x.y'")), "lock.malformed", "ce.lock:4:23"),
        (entry(&good.replace("sha256:", "md5:")), "lock.malformed", "ce.lock:5:15"),
        (entry(&good.replace("p-q", "p")), "lock.malformed", "ce.lock:5:9"),
        (entry(&good.replace("00", "0")), "lock.malformed", "ce.lock:5:15"),
        (entry(&good).replace("bundles.a", "bundles.'a\"b'"), "lock.malformed", "ce.lock:2:10"),
        (entry(&good) + "\n[bundles.a]\n", "lock.malformed", "ce.lock:7:1"),
    ] {
        let error = parse(&text).unwrap_err();
        assert_eq!(error.code(), code, "{text}: {error}");
        assert!(error.to_string().contains(place), "{text}: {error}");
    }
    let twice = entry(&good) + "[bundles.b]\n" + &good;
    let error = parse(&twice).unwrap_err().to_string();
    assert!(error.contains("`x.y` again"), "{error}");
}

#[test]
fn editors_wait_for_one_another() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new/ce.lock");
    std::thread::scope(|scope| {
        for number in 0..8 {
            let path = &path;
            scope.spawn(move || {
                let _exclusive = Exclusive::acquire(path).unwrap();
                let mut lock = Lock::read(path).unwrap();
                lock.pin(pin(&format!("bundle-{number}"), "1.0.0", &[], "x86_64-linux", number));
                lock.write(path).unwrap();
            });
        }
    });
    assert_eq!(Lock::read(&path).unwrap().bundles().count(), 8);
    let names: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "no temporary file is left: {names:?}");
}

#[cfg(unix)]
#[test]
fn replacing_follows_a_link_and_keeps_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let [file, link] = ["file", "link"].map(|name| directory.path().join(name));
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    write::replace(&link, b"new").unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"new");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(write::create(&file, b"x").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&file).unwrap(), b"new");
}

#[cfg(unix)]
#[test]
fn a_lock_that_everybody_can_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ce.lock");
    std::fs::write(&path, Lock::default().to_toml()).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o602)).unwrap();
    assert_eq!(Lock::read(&path).unwrap_err().code(), "config.world_writable");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o660)).unwrap();
    assert!(Lock::read(&path).is_ok());
}
