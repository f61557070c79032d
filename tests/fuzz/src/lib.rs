//! What must hold for any bytes that come from outside, one module a kind of input.
//!
//! Each `run` takes bytes and panics where a property does not hold. It is driven from two sides:
//! `libfuzzer` looks for bytes that break one (`cargo xtask fuzz`), and the test `corpus` runs all that
//! were ever worth keeping (`corpus/NAME`), with everybody's tests and without libFuzzer.
//!
//! | module | bytes | reads them |
//! | --- | --- | --- |
//! | [`alert_stream`] | a device's stream, in chunks | `isapi::multipart` |
//! | [`event_xml`], [`event_json`] | a device's document, a capture | `isapi::{node, event, search, status, time, decode}` |
//! | [`digest_challenge`] | a device's `WWW-Authenticate` | `isapi::digest` |
//! | [`operation`] | a row of the journal | `domain::operation`, `store` |
//! | [`page_command`] | what a page or a program asks | `app::wire` |

#![expect(clippy::panic, reason = "a property that does not hold is told by a panic, and by nothing else")]

pub mod alert_stream;
pub mod digest_challenge;
mod documents;
pub mod event_json;
pub mod event_xml;
pub mod operation;
pub mod page_command;

/// A name, the same as that of its corpus, and what it runs.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 6] = [
    ("alert_stream", alert_stream::run),
    ("event_xml", event_xml::run),
    ("event_json", event_json::run),
    ("digest_challenge", digest_challenge::run),
    ("operation", operation::run),
    ("page_command", page_command::run),
];
