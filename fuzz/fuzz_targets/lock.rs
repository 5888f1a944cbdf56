//! Reads bytes as a `ce.lock`. What it checks stands in `ce_host::fuzzing`, never here.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ce_host::fuzzing::lock(bytes));
