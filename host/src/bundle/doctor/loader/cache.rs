//! `ld.so.cache`: where the loader of glibc finds libraries by name. It never follows what it reads.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// How the table begins that glibc reads since 2.2. An older one may stand before it.
const MAGIC: &[u8] = b"glibc-ld.so.cache1.1";

/// Where the number of entries stands, and where the entries begin.
const COUNT_AT: usize = MAGIC.len();
const ENTRIES_AT: usize = 48;

/// Flags, name, path, a version of the system, capabilities of the processor.
const ENTRY_BYTES: usize = 24;

/// The most entries that are read.
const ENTRIES_MAX: usize = 65_536;

/// The paths by name, in the order of the file. What cannot be read is left out.
pub(super) fn parse(bytes: &[u8]) -> BTreeMap<String, Vec<PathBuf>> {
    let mut libraries: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    // Every offset counts from the beginning of this table.
    let table = bytes.windows(MAGIC.len()).position(|window| window == MAGIC).and_then(|start| bytes.get(start..));
    let Some(table) = table else { return libraries };
    let n_entries = number(table, COUNT_AT).unwrap_or_default().min(ENTRIES_MAX);
    for entry_idx in 0..n_entries {
        let at = ENTRIES_AT + entry_idx * ENTRY_BYTES;
        let name = number(table, at + 4).and_then(|offset| text(table, offset));
        let path = number(table, at + 8).and_then(|offset| text(table, offset));
        if let (Some(name), Some(path)) = (name, path) {
            libraries.entry(name).or_default().push(PathBuf::from(path));
        }
    }
    libraries
}

/// The system wrote the file for itself, in its own order of bytes.
fn number(table: &[u8], at: usize) -> Option<usize> {
    let bytes = table.get(at..at.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(u32::from_ne_bytes(bytes)).ok()
}

fn text(table: &[u8], at: usize) -> Option<String> {
    let window = table.get(at..)?;
    let window = &window[..window.len().min(4096)];
    let end = window.iter().position(|byte| *byte == 0)?;
    String::from_utf8(window[..end].to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(entries: &[(&str, &str)]) -> Vec<u8> {
        let texts_at = ENTRIES_AT + ENTRY_BYTES * entries.len();
        let (mut table, mut texts) = (MAGIC.to_vec(), Vec::new());
        table.extend((entries.len() as u32).to_ne_bytes());
        table.resize(ENTRIES_AT, 0);
        let mut add = |text: &str| {
            let at = (texts_at + texts.len()) as u32;
            texts.extend(text.bytes().chain([0]));
            at
        };
        for (name, path) in entries {
            let numbers = [3, add(name), add(path), 0, 0, 0];
            table.extend(numbers.into_iter().flat_map(u32::to_ne_bytes));
        }
        [table, texts].concat()
    }

    #[test]
    fn paths_are_found_by_name_also_behind_an_older_table() {
        let new =
            cache(&[("liba.so.1", "/lib/liba.so.1"), ("liba.so.1", "/old/liba.so.1"), ("libb.so", "/lib/libb.so")]);
        for bytes in [new.clone(), [b"ld.so-1.7.0\0\0\0\0\0".to_vec(), new].concat()] {
            let libraries = parse(&bytes);
            assert_eq!(libraries["liba.so.1"], [PathBuf::from("/lib/liba.so.1"), PathBuf::from("/old/liba.so.1")]);
            assert_eq!(libraries.len(), 2);
        }
    }

    #[test]
    fn no_damage_panics() {
        let whole = cache(&[("liba.so.1", "/lib/liba.so.1"), ("libb.so", "/lib/libb.so")]);
        (0..whole.len()).for_each(|end| drop(parse(&whole[..end])));
        let mut huge = whole;
        huge[COUNT_AT..COUNT_AT + 4].fill(0xff);
        assert_eq!(parse(&huge).len(), 2);
    }
}
