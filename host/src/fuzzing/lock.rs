//! Bytes as a `ce.lock`. It never writes a file.

use super::{path, told};
use crate::bundle::lock::Lock;

/// Reads a text as a `ce.lock`. One that is accepted has one way to be written, and says the same after that.
pub fn lock(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let lock = match Lock::parse(text, path()) {
        Ok(lock) => lock,
        Err(error) => return told(error.code(), &error),
    };
    let written = lock.to_toml();
    let again = Lock::parse(&written, path()).expect("what was written is read");
    assert_eq!(again, lock);
    assert_eq!(again.to_toml(), written);
    for (name, entry) in lock.bundles() {
        for identifier in &entry.identifiers {
            assert_eq!(lock.owner(identifier), Some(name), "an identifier has one owner");
        }
    }
}
