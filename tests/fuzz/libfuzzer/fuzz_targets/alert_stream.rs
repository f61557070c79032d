//! See `vakhta_fuzz::alert_stream`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| vakhta_fuzz::alert_stream::run(input));
