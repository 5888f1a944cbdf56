//! Inputs that are made by the code that they are for, so that they stay what it writes: libraries, and messages of both
//! ends. With `CE_FUZZ_RECORD` set the test writes them, without it compares them.

#[cfg(target_os = "linux")]
mod messages;

use std::path::Path;

use super::kept::folder;
use crate::bundle::platform::samples::{Elf, mach_o, pe, record};

/// A file of a corpus, by its name.
type Sample = (String, Vec<u8>);

#[track_caller]
fn compare(target: &str, samples: Vec<Sample>) {
    let folder = folder("corpus", target);
    for (name, bytes) in samples {
        let path = folder.join(&name);
        if std::env::var_os("CE_FUZZ_RECORD").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        assert!(is(&path, &bytes), "{} is not what is written today: record it again", path.display());
    }
}

fn is(path: &Path, bytes: &[u8]) -> bool {
    std::fs::read(path).is_ok_and(|found| found == bytes)
}

#[test]
fn sample_libraries_are_what_the_tests_of_platforms_use() {
    let named = |name: &str, bytes| (name.to_owned(), bytes);
    compare(
        "section",
        vec![
            named("sample-record", record()),
            named("sample-elf", Elf::default().bytes()),
            named("sample-elf-without-record", Elf { records: Vec::new(), ..Elf::default() }.bytes()),
            named("sample-elf-two-records", Elf { records: vec![record(), record()], ..Elf::default() }.bytes()),
            named("sample-mach-o", mach_o(&["/usr/lib/libSystem.B.dylib"], "@loader_path")),
            named("sample-pe", pe("KERNEL32.dll", "other.dll", "other.function")),
        ],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn recorded_messages_are_what_host_and_worker_write() {
    compare("protocol", messages::all());
}
