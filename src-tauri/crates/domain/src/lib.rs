//! What Vakhta knows about visits, doors and time, without doing anything about it.
//!
//! Nothing here reads a clock, a file, a socket or a random number: "now", ids and
//! zones are arguments. That is kept by what this crate does *not* depend on, and by
//! `cargo xtask tidy`.

pub mod device_event;
pub mod device_time;
pub mod event_code;
pub mod fold;
pub mod hlc;
pub mod identity;
pub mod ids;
pub mod incident;
pub mod operation;
pub mod pairing;
pub mod passage;
pub mod visit;
