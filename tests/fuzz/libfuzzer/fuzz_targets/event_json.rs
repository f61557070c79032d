//! See `vakhta_fuzz::event_json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| vakhta_fuzz::event_json::run(input));
