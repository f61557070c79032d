//! Hikvision ISAPI: what the devices of a site say, read with suspicion and with patience.
//!
//! Most modules here are bytes in, facts out, and know of no socket.

pub mod decode;
pub mod digest;
pub mod event;
pub mod log_cursor;
pub mod multipart;
pub mod node;
pub mod paging;
pub mod search;
pub mod status;
pub mod time;
