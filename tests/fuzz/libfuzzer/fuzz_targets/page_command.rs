//! See `vakhta_fuzz::page_command`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| vakhta_fuzz::page_command::run(input));
