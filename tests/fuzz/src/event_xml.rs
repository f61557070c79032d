//! What devices write in XML: events, answers, complaints.

use crate::documents;

/// See [`documents::run`]; captures are told as XML.
///
/// # Panics
/// Where that does not hold.
pub fn run(bytes: &[u8]) {
    documents::run(bytes, Some("application/xml; charset=\"UTF-8\""));
}
