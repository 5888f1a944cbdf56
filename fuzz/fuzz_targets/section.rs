//! Reads bytes as the record of a manifest and as a whole library. What it checks stands in `ce_host::fuzzing`, never here.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ce_host::fuzzing::section(bytes));
