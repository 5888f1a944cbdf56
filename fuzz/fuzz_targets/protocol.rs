//! Reads bytes as a message between host and worker. What it checks stands in `ce_host::fuzzing`, never here.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ce_host::fuzzing::protocol(bytes));
