//! One event as a device tells it, before anybody has thought about it.

use serde::{Deserialize, Serialize};

use crate::device_time::DeviceTime;
use crate::event_code::EventCode;
use crate::ids::{CardNo, EventSerial, PersonNo};

/// An access-control event, from the event search or from the alert stream.
///
/// Devices fill what they do not know with `""`, `0` or nothing; here all three are `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceEvent {
    /// What happened, as (major, minor).
    pub code: EventCode,
    /// Place in the device's log; `None` where the firmware sends none.
    pub serial: Option<EventSerial>,
    /// The serial before this one, as streams tell it: a hole before it means loss.
    pub front_serial: Option<EventSerial>,
    /// When, by the device's own clock.
    pub time: Option<DeviceTime>,
    /// Who, by the number the device knows the person by.
    pub person_no: Option<PersonNo>,
    /// Which card was read.
    pub card_no: Option<CardNo>,
    /// Which reader of the device, counted from 1.
    pub reader_no: Option<u32>,
    /// Which door of the device, counted from 1.
    pub door_no: Option<u32>,
    /// What the person chose on an attendance terminal.
    pub attendance: Option<Attendance>,
    /// `currentEvent`: false for history that is being replayed; `None` where the body does
    /// not say (the event search never does).
    pub current: Option<bool>,
    /// The device still waits for somebody's decision; the outcome comes as another event.
    pub undecided: bool,
    /// Where the device keeps a picture. Only the path is to be used, and only against the
    /// configured host; it may hold credentials, so it is never logged.
    pub picture_url: Option<String>,
}

/// Which way a person went by an attendance terminal's own account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attendance {
    /// `checkIn`, `breakIn`, `overtimeIn`.
    In,
    /// `checkOut`, `breakOut`, `overtimeOut` (also spelt `overTimeOut`).
    Out,
}

impl Attendance {
    /// Reads `attendanceStatus`; `undefined` and anything unknown say nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "checkin" | "breakin" | "overtimein" => Some(Self::In),
            "checkout" | "breakout" | "overtimeout" => Some(Self::Out),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attendance_in_all_its_spellings() {
        assert_eq!(Attendance::parse("checkIn"), Some(Attendance::In));
        assert_eq!(Attendance::parse("overTimeOut"), Some(Attendance::Out));
        assert_eq!(Attendance::parse("overtimeOut"), Some(Attendance::Out));
        assert_eq!(Attendance::parse("undefined"), None);
    }
}
