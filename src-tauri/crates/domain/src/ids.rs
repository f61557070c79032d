//! Identifiers, each a type of its own, so that one cannot stand where another is meant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta] $name:ident),+ $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { Uuid::parse_str(text).map(Self) }
        }
    )+};
}

uuid_id! {
    /// One installation of Vakhta.
    DeskId,
    /// A desk's life between two restores or machine changes; a new one begins with each.
    Incarnation,
    /// One operation of the journal, anywhere, for ever (UUID version 7).
    OpId,
    /// A configured device: keeps its identity when the hardware behind it is swapped.
    DeviceId,
    /// A person who visits; lasts across visits.
    VisitorId,
    /// One planned or actual stay.
    VisitId,
    /// Something that needs a person.
    IncidentId,
    /// Somebody who works with Vakhta.
    UserId,
    /// Somebody signed in somewhere.
    SessionId,
}

/// The serial number that the hardware reports of itself (`DeviceInfo/serialNumber`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HardwareSerial(pub String);

impl fmt::Display for HardwareSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Number of an event in a device's log; grows within an [`Epoch`], 1 to 3,000,000,000 by the
/// vendor's guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventSerial(pub u64);

impl fmt::Display for EventSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Counts the lives of a device's log: a cleared log or swapped hardware starts the next one.
/// Unique per [`DeviceId`]; the first is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u32);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A number or word that the devices know a person by (`employeeNoString`), at most 32
/// characters by the vendor's guide. Kept as text: it may have leading zeros or be name-like.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct PersonNo(String);

/// Why a text is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing but spaces, or only zeros: devices fill absent fields with them.
    #[error("the number is empty or zero")]
    Empty,
    /// Longer than a device can hold.
    #[error("the number is longer than {limit} characters")]
    TooLong {
        /// The most characters allowed.
        limit: usize,
    },
}

const ID_LIMIT: usize = 128;

/// Devices fill fields up with NUL, spaces and line breaks; nothing of that is the number.
fn checked(text: &str) -> Result<String, IdError> {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    let text = text.trim();
    if text.is_empty() || text.bytes().all(|b| b == b'0') {
        return Err(IdError::Empty);
    }
    if text.chars().count() > ID_LIMIT {
        return Err(IdError::TooLong { limit: ID_LIMIT });
    }
    Ok(text.to_owned())
}

impl PersonNo {
    /// # Errors
    /// When the text is empty, all zeros or longer than 128 characters, control characters aside.
    pub fn new(text: &str) -> Result<Self, IdError> {
        checked(text).map(Self)
    }

    /// As the device wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for PersonNo {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

/// A card number as the device wrote it. Kept as text: it may exceed 64 bits or have leading
/// zeros. Two card numbers are the same when their [`CardNo::key`] is.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct CardNo(String);

impl CardNo {
    /// # Errors
    /// As [`PersonNo::new`].
    pub fn new(text: &str) -> Result<Self, IdError> {
        checked(text).map(Self)
    }

    /// As the device wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two spellings of one card have in common: no leading zeros, upper-case hex.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.trim_start_matches('0').to_ascii_uppercase()
    }
}

impl PartialEq for CardNo {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl Eq for CardNo {}

impl fmt::Display for CardNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for CardNo {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_the_same_with_and_without_leading_zeros_and_in_either_case() {
        assert_eq!(CardNo::new("000ab12").unwrap(), CardNo::new("AB12").unwrap());
        assert_eq!(CardNo::new("18446744073709551886").unwrap().as_str(), "18446744073709551886");
        assert_ne!(
            CardNo::new("18446744073709551886").unwrap(),
            CardNo::new("18446744073709551885").unwrap()
        );
    }

    #[test]
    fn what_a_device_writes_for_nothing_is_nothing() {
        for text in ["", "  ", "0", "0000000000"] {
            assert_eq!(PersonNo::new(text), Err(IdError::Empty), "{text:?}");
            assert!(CardNo::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_person_number_keeps_its_zeros() {
        assert_eq!(PersonNo::new("0042").unwrap().as_str(), "0042");
    }

    #[test]
    fn padding_and_control_characters_are_not_the_number() {
        for text in ["42\0\0", "42\r\n", " 42 \0 ", "4\u{1}2", "\u{7}42"] {
            assert_eq!(PersonNo::new(text).unwrap().as_str(), "42", "{text:?}");
        }
        assert_eq!(CardNo::new("\0\0"), Err(IdError::Empty));
        assert_eq!(PersonNo::new(&"7".repeat(128)).unwrap().as_str().len(), 128);
        assert!(PersonNo::new(&"7".repeat(129)).is_err());
    }
}
