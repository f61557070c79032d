//! The simulator seen from outside, over TCP.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod client;
mod driving;
mod load;
mod searching;
mod streaming;
