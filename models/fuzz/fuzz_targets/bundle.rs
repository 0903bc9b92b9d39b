#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| aldo_models::fuzz::bundle(bytes));
