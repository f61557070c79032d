//! A Hikvision access terminal that is not there: real TCP, digest, search, alert stream, and
//! every fault that a client of such devices has to live with.
//!
//! It shares no code with the client under test, or both would share a mistake.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use isapi_sim::{Config, Kind, Pass, Simulator};
//!
//! let device = Simulator::start(Config::kind(Kind::TurnstileIn).fault("max-results=clamp:10")).await?;
//! let serial = device.pass(Pass::granted().person("1001").card("0012345678").tiny_picture());
//! device.set_fault("stream-silent")?;
//! println!("{} logged {serial}", device.url());
//! # Ok(()) }
//! ```

mod auth;
mod clock;
mod config;
mod control;
mod device;
mod digest;
mod documents;
mod event;
mod fault_table;
mod faults;
mod http;
mod json;
mod part;
mod picture;
mod script;
mod search;
mod server;
mod simulator;
mod stream;
mod system;

pub use config::{Config, Kind};
pub use device::Stats;
pub use event::{LogEntry, Pass};
pub use faults::{FaultError, FaultInfo, faults_as_text, list_faults};
pub use picture::{jpeg_of, tiny_jpeg};
pub use script::{SCRIPT_HELP, Script, ScriptError};
pub use simulator::{Error, Handle, Simulator};
