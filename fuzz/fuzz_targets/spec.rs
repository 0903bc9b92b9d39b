#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| aldo::fuzz::spec(bytes));
