//! Bytes as a `ce.toml`, read and edited. It never writes a file.

use super::{path, told};
use crate::bundle::policy::list;
use crate::config::check_text;

/// An entry that no fuzzed text has by chance.
const ENTRY: &str = "fuzzed.entry";

/// Reads a text as a `ce.toml`. One that is accepted can be edited, and is accepted after each edit.
pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(error) = check_text(text, path()) {
        return told(error.code(), &error);
    }
    for key in ["trusted", "denied"] {
        let before = list::read(text, key, path()).expect("what was accepted has a list or none");
        let added = list::add(text, key, &[ENTRY.to_owned()], path()).expect("a list takes an entry");
        accepted(&added);
        let mut expected = before.clone();
        expected.push(ENTRY.to_owned());
        assert_eq!(list::read(&added, key, path()).expect("a list"), expected, "{added}");
        for entry in &expected {
            let removed = list::remove(&added, key, entry, path()).expect("a list gives an entry away");
            accepted(&removed);
            let left = list::read(&removed, key, path()).expect("a list");
            assert!(left.iter().eq(expected.iter().filter(|kept| *kept != entry)), "{removed}");
        }
    }
}

fn accepted(text: &str) {
    if let Err(error) = check_text(text, path()) {
        panic!("an edit made this of it: {error}\n{text}");
    }
}
