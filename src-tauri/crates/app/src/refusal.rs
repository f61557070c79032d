//! Requests that cannot be granted as things stand. Not a fault, and they do not look like one.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Why a request was not granted, and what is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// For programs.
    pub code: ErrorCode,
    /// The field that is not usable, as it is called in the request.
    #[serde(default)]
    pub field: Option<String>,
    /// What is wrong with it.
    #[serde(default)]
    pub problem: Option<Problem>,
    /// Whole seconds to wait before it is worth asking again.
    #[serde(default)]
    pub wait_s: Option<u32>,
    /// Whose it is already.
    #[serde(default)]
    pub by: Option<String>,
    /// For people, English; says what to do where that is known.
    pub message: String,
}

/// What a user interface can match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// A field is not usable; `field` names it.
    Invalid,
    /// There is no such thing.
    NotFound,
    /// The name, the address or the number belongs to another; `by` says to whom.
    Taken,
    /// The thing is in a state that does not allow it.
    WrongState,
    /// The device cannot be spoken to.
    Device,
    /// The caller may not.
    Forbidden,
    /// Nobody is signed in, or no longer.
    SignIn,
    /// The desk is locked.
    Locked,
    /// The password is right, and a code of the second factor is asked for.
    SecondFactor,
    /// The name, the password, the code or the PIN is not right.
    WrongCredential,
    /// The password was given by somebody else too long ago.
    Expired,
    /// The code is right, and of another time: a clock is wrong, `wait_s` seconds ahead or behind.
    WrongClock,
    /// Too many failures; `wait_s` says how long to wait, its absence that waiting does not help.
    TooMany,
    /// A fresh proof is asked for that it is still the same person.
    StepUp,
    /// Nobody could administer afterwards.
    LastAdministrator,
    /// It takes two people.
    TwoPeople,
    /// The database is damaged, and nothing is written any more until a backup is restored.
    Damaged,
    /// Vakhta is ending or starting; ask again.
    NotReady,
    /// A fault of Vakhta or its machine.
    Internal,
}

/// What can be wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// Nothing is in it.
    Empty,
    /// More than fits.
    TooLong,
    /// Less than is needed.
    TooShort,
    /// Among the first that are tried.
    Common,
    /// The end is not after the beginning.
    EndsBeforeItBegins,
    /// No address that could be spoken to.
    NotAnAddress,
    /// An address of another kind than `http://`.
    NotHttp,
    /// Less or more than is allowed.
    OutOfRange,
    /// No time zone of the world.
    UnknownZone,
    /// Not in the form that it must have.
    Malformed,
    /// Its last sign does not follow from the others.
    Mistyped,
    /// Another one is known of this person.
    Differs,
    /// It was tried, and does not do what is asked of it; the message says how.
    Unusable,
}

impl Refusal {
    /// Any refusal.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, field: None, problem: None, wait_s: None, by: None, message: message.into() }
    }

    /// A field is not usable.
    pub fn invalid(field: &str, problem: Problem, why: impl fmt::Display) -> Self {
        Self {
            field: Some(field.to_owned()),
            problem: Some(problem),
            ..Self::new(ErrorCode::Invalid, format!("{field}: {why}"))
        }
    }

    /// There is no such thing.
    pub fn not_found(what: &str, name: impl fmt::Display) -> Self {
        Self::new(ErrorCode::NotFound, format!("there is no {what} “{name}”"))
    }

    /// Belongs to another.
    pub fn taken(field: &str, by: &str) -> Self {
        Self {
            field: Some(field.to_owned()),
            by: Some(by.to_owned()),
            ..Self::new(ErrorCode::Taken, format!("{field}: “{by}” has it already"))
        }
    }

    /// The visit's status does not allow it.
    pub fn state(status: &str) -> Self {
        Self::new(ErrorCode::WrongState, format!("the visit is {status}; that does not allow it"))
    }
}
