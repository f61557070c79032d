//! See `vakhta_fuzz::digest_challenge`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| vakhta_fuzz::digest_challenge::run(input));
