//! The whole of Vakhta against devices that misbehave: the real `vakhtad` as a child process,
//! real TCP, a real data folder. Tests named `row_NN_…` are the rows of the checklist of device
//! failures.

#![allow(missing_docs)]
// All of it is test code; clippy only knows functions marked as tests for that.
#![allow(clippy::expect_used, clippy::panic)]

mod browser;
mod desk;
mod device;
mod feed;
mod s3;
mod tell;

mod access;
mod answers;
mod backups;
mod canary;
mod clock;
mod crash;
#[cfg(target_os = "linux")]
mod faults;
mod health;
mod kills;
mod load;
mod log;
mod login;
mod page;
mod picture;
mod process;
mod record;
mod rights;
mod secrets;
mod spine;
mod stream;
mod tls;
mod visitors;
