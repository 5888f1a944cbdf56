//! Bytes as a library, and as the record in its section. It never maps a library.

use ce_plugin_api::section::{self, Section};

use super::{path, told};
use crate::bundle::inspect::Inspected;

/// Reads bytes as the record of a manifest, and as a whole library that may hold one.
pub fn section(bytes: &[u8]) {
    match section::read(bytes) {
        Ok(Section { plugin_api, manifest }) => {
            let (record, padding) = bytes.split_at(section::encoded_len(plugin_api, manifest));
            assert!(record.ends_with(manifest.as_bytes()), "the manifest lies at the end of the record");
            assert!(padding.iter().all(|byte| *byte == 0), "nothing but zeros follows the record");
        }
        Err(error) => told(error.code(), &error),
    }
    match Inspected::from_bytes(path(), bytes) {
        Ok(inspected) => {
            assert_eq!(inspected.bytes().expect("they were kept"), bytes, "what was judged is what was read");
            if let Err(error) = inspected.manifest() {
                told(error.code(), error);
            }
        }
        Err(error) => told(error.code(), &error),
    }
}
