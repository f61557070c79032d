//! Between columns and types: times, ids, and words of enums.

use jiff::Timestamp;
use rusqlite::types::Type;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

pub(crate) type Sql<T> = Result<T, rusqlite::Error>;

/// Microseconds since 1970.
pub(crate) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

pub(crate) fn time(micros: i64) -> Sql<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(unreadable)
}

pub(crate) fn uuid(bytes: Vec<u8>) -> Sql<Uuid> {
    Uuid::from_slice(&bytes).map_err(unreadable)
}

/// The value is not one that this program could have written.
pub(crate) fn unreadable(why: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(why))
}

/// The word of a plain enum, as serde writes it.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// The enum of a word.
pub(crate) fn from_word<T: DeserializeOwned>(word: &str) -> Sql<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).map_err(unreadable)
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Sql<T> {
    serde_json::from_str(text).map_err(unreadable)
}

pub(crate) fn to_json<T: Serialize>(value: &T) -> Sql<String> {
    serde_json::to_string(value).map_err(|why| rusqlite::Error::ToSqlConversionFailure(Box::new(why)))
}

/// An unsigned number in a signed column.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
