//! See `vakhta_fuzz::operation`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| vakhta_fuzz::operation::run(input));
