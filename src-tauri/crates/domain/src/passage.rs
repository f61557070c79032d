//! What a device reported of a person at a reader, once it has been thought about.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::device_event::{Attendance, DeviceEvent};
use crate::event_code::{Effect, EventCode, Verdict};
use crate::ids::{CardNo, DeviceId, Epoch, EventSerial, PersonNo};

/// Names one event for ever: the natural key under which it is written once, whoever tells it
/// and however often.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PassageKey {
    /// Whose log.
    pub device: DeviceId,
    /// Which life of the log.
    pub epoch: Epoch,
    /// Which entry of it.
    pub entry: LogEntry,
}

/// An entry of a device's log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LogEntry {
    /// Numbered by the device.
    Serial(EventSerial),
    /// Of a firmware that sends no number: a digest of time, code, reader, door, person and
    /// card, hex. Two truly equal events within the device's time resolution count as one.
    Digest(String),
}

impl LogEntry {
    /// Which entry an event is.
    #[must_use]
    pub fn of(event: &DeviceEvent) -> Self {
        if let Some(serial) = event.serial {
            return Self::Serial(serial);
        }
        use sha2::{Digest, Sha256};
        let text = format!(
            "{}|{}|{:?}|{:?}|{}|{}",
            event.time.as_ref().map_or("", |time| &time.text),
            event.code,
            event.reader_no,
            event.door_no,
            event.person_no.as_ref().map_or("", PersonNo::as_str),
            event.card_no.as_ref().map(CardNo::key).unwrap_or_default(),
        );
        let digest = Sha256::digest(text.as_bytes());
        Self::Digest(digest[..16].iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The device's number, where it has one.
    #[must_use]
    pub fn serial(&self) -> Option<EventSerial> {
        match self {
            Self::Serial(serial) => Some(*serial),
            Self::Digest(_) => None,
        }
    }
}

impl std::fmt::Display for LogEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Serial(serial) => serial.fmt(f),
            Self::Digest(digest) => write!(f, "h{digest}"),
        }
    }
}

/// Where a reader leads, as the administrator set it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReaderDirection {
    /// Into the site.
    In,
    /// Out of it.
    Out,
    /// Either way: only the device's attendance status can tell.
    #[default]
    Both,
}

impl ReaderDirection {
    /// The word in the database, on the wire and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Both => "both",
        }
    }
}

/// Which way somebody went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Into the site.
    In,
    /// Out of it.
    Out,
    /// At a reader that does not tell: the person was seen, no status follows.
    Seen,
}

/// The reader's setting decides; else the device's attendance status; else nobody knows.
#[must_use]
pub fn direction(reader: ReaderDirection, attendance: Option<Attendance>) -> Direction {
    match (reader, attendance) {
        (ReaderDirection::In, _) | (ReaderDirection::Both, Some(Attendance::In)) => Direction::In,
        (ReaderDirection::Out, _) | (ReaderDirection::Both, Some(Attendance::Out)) => Direction::Out,
        (ReaderDirection::Both, None) => Direction::Seen,
    }
}

/// A passage: who, where, which way, when and with what answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Its name.
    pub key: PassageKey,
    /// What happened.
    pub code: EventCode,
    /// What the device decided.
    pub verdict: Verdict,
    /// Which way.
    pub direction: Direction,
    /// When, by the rule of [`crate::device_time::judge`].
    pub at: Timestamp,
    /// Whether it is news, as against history told late.
    pub live: bool,
    /// Which reader of the device.
    pub reader_no: Option<u32>,
    /// Which door of the device.
    pub door_no: Option<u32>,
    /// By which number the device knows the person.
    pub person_no: Option<PersonNo>,
    /// By which card.
    pub card_no: Option<CardNo>,
}

impl Passage {
    /// A grant that says that a person went somewhere.
    #[must_use]
    pub fn is_grant(&self) -> bool {
        self.verdict == Verdict::Granted
    }

    /// Whether this event says that the person of `grant` did not go through after all: the
    /// device that granted tells it later in its log, of the same reader and door where both
    /// name one, of the same person where both name one, within [`NOT_PASSED_WITHIN`].
    #[must_use]
    pub fn takes_back(&self, grant: &Passage) -> bool {
        let same = |a: Option<u32>, b: Option<u32>| a.is_none() || b.is_none() || a == b;
        self.code.effect() == Effect::NotPassed
            && grant.is_grant()
            && self.key.device == grant.key.device
            && self.key.epoch == grant.key.epoch
            && same(self.door_no, grant.door_no)
            && same(self.reader_no, grant.reader_no)
            && (self.person_no.is_none() || grant.person_no.is_none() || self.person_no == grant.person_no)
            && (self.card_no.is_none() || grant.card_no.is_none() || self.card_no == grant.card_no)
            && match (self.key.entry.serial(), grant.key.entry.serial()) {
                (Some(this), Some(that)) => this > that,
                _ => self.at >= grant.at,
            }
            && self.at.duration_since(grant.at).abs() <= NOT_PASSED_WITHIN
    }
}

/// A lane waits some seconds for the person to walk; what it says a minute later is about
/// somebody else.
pub const NOT_PASSED_WITHIN: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readers_setting_wins_over_the_attendance_key() {
        assert_eq!(direction(ReaderDirection::In, Some(Attendance::Out)), Direction::In);
        assert_eq!(direction(ReaderDirection::Out, None), Direction::Out);
        assert_eq!(direction(ReaderDirection::Both, Some(Attendance::Out)), Direction::Out);
        assert_eq!(direction(ReaderDirection::Both, None), Direction::Seen);
    }
}
