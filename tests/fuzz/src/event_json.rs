//! What devices write in JSON: events, pages of the event search, complaints.

use crate::documents;

/// See [`documents::run`]; captures are told without a type.
///
/// # Panics
/// Where that does not hold.
pub fn run(bytes: &[u8]) {
    documents::run(bytes, None);
}
