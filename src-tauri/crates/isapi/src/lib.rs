//! Hikvision ISAPI: what the devices of a site say, read with suspicion and with patience.
//!
//! Bytes in, facts out; none of these knows of a socket:
//!
//! | module | |
//! | --- | --- |
//! | [`node`] | one tree for XML and JSON, within limits |
//! | [`time`] | times and zones as devices write them |
//! | [`event`] | alerts of the stream, pages of the event search |
//! | [`status`] | what a device answers instead of what it was asked for |
//! | [`search`] | what is asked of a device, and what it says of itself |
//! | [`multipart`] | the alert stream, part by part, in any chunks and with any lies |
//! | [`digest`] | the login |
//! | [`paging`], [`log_cursor`] | when a search is over; what of a log has been read, and whether it is still the same log |
//! | [`decode`] | a capture, told as JSON |
//!
//! Around them, the drivers:
//!
//! | module | |
//! | --- | --- |
//! | [`client`] | HTTP with login, time-outs and limits |
//! | [`probe`] | what a device is, what its clock says, the test that a person asks for |
//! | `reading`, `stream`, `session` | one search run; the open stream; both together until the device is lost |
//! | [`driver`] | one device, watched for as long as it is configured |

pub mod client;
pub mod decode;
pub mod digest;
pub mod driver;
pub mod event;
pub mod log_cursor;
pub mod multipart;
pub mod node;
pub mod paging;
pub mod probe;
mod reading;
pub mod search;
mod session;
pub mod status;
mod stream;
pub mod time;
