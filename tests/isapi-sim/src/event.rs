//! What happens at a device: how a test says it, and how the device keeps it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::picture;

/// Something for the device to log. Built by chaining:
/// `Pass::granted().person("1001").card("0012345678").picture(bytes)`.
///
/// As JSON or in a script every field may be left out; without `minor` a pass is a grant (5/75 by
/// face, 5/1 when there is a card).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pass {
    major: Option<u32>,
    minor: Option<u32>,
    person_no: Option<String>,
    name: Option<String>,
    card_no: Option<String>,
    reader_no: Option<u32>,
    door_no: Option<u32>,
    attendance: Option<String>,
    user_type: Option<String>,
    picture: Picture,
    ago_s: f64,
    silent: bool,
    extra: Map<String, Value>,
}

/// `true`, a size in bytes, or the bytes themselves (library only).
#[derive(Clone, Debug, Default)]
enum Picture {
    #[default]
    None,
    Tiny,
    Sized(usize),
    Bytes(Arc<[u8]>),
}

impl<'de> Deserialize<'de> for Picture {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Picture, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Raw {
            Flag(bool),
            Size(usize),
        }
        Ok(match Raw::deserialize(deserializer)? {
            Raw::Flag(true) => Picture::Tiny,
            Raw::Flag(false) => Picture::None,
            Raw::Size(n) => Picture::Sized(n),
        })
    }
}

impl Pass {
    /// A grant: 5/75 (face), or 5/1 once a card is given; [`Pass::minor`] for another credential.
    pub fn granted() -> Pass {
        Pass::default()
    }

    /// A refusal, e.g. 6 no permission, 8 expired, 9 unknown card, 76 face not recognised.
    pub fn refused(minor: u32) -> Pass {
        Pass::code(5, minor)
    }

    /// Any event, e.g. `code(5, 25)` door opened, `code(1, 1034)` duress.
    pub fn code(major: u32, minor: u32) -> Pass {
        Pass { major: Some(major), minor: Some(minor), ..Pass::default() }
    }

    /// The call button: 5/37.
    pub fn doorbell() -> Pass {
        Pass::code(5, 37)
    }

    /// `employeeNoString`.
    #[must_use]
    pub fn person(mut self, number: impl Into<String>) -> Pass {
        self.person_no = Some(number.into());
        self
    }

    /// `name`.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Pass {
        self.name = Some(name.into());
        self
    }

    /// `cardNo`.
    #[must_use]
    pub fn card(mut self, number: impl Into<String>) -> Pass {
        self.card_no = Some(number.into());
        self
    }

    /// The minor code; the major becomes 5 unless it was given.
    #[must_use]
    pub fn minor(mut self, minor: u32) -> Pass {
        self.minor = Some(minor);
        self
    }

    /// `cardReaderNo`; the kind's own reader otherwise.
    #[must_use]
    pub fn reader(mut self, number: u32) -> Pass {
        self.reader_no = Some(number);
        self
    }

    /// `doorNo`; 1 otherwise.
    #[must_use]
    pub fn door(mut self, number: u32) -> Pass {
        self.door_no = Some(number);
        self
    }

    /// `attendanceStatus`: `checkIn`, `checkOut`, `undefined`…
    #[must_use]
    pub fn attendance(mut self, status: impl Into<String>) -> Pass {
        self.attendance = Some(status.into());
        self
    }

    /// `userType`; `normal` otherwise.
    #[must_use]
    pub fn user_type(mut self, kind: impl Into<String>) -> Pass {
        self.user_type = Some(kind.into());
        self
    }

    /// A picture taken at the event.
    #[must_use]
    pub fn picture(mut self, bytes: impl Into<Arc<[u8]>>) -> Pass {
        self.picture = Picture::Bytes(bytes.into());
        self
    }

    /// A small valid JPEG.
    #[must_use]
    pub fn tiny_picture(mut self) -> Pass {
        self.picture = Picture::Tiny;
        self
    }

    /// Dates the event in the past; its serial is still the next one.
    #[must_use]
    pub fn ago(mut self, ago: Duration) -> Pass {
        self.ago_s = ago.as_secs_f64();
        self
    }

    /// Stored, but no open stream tells of it.
    #[must_use]
    pub fn silent(mut self) -> Pass {
        self.silent = true;
        self
    }

    /// A further field of the event, written as it is: `.extra("mask", "yes")`.
    #[must_use]
    pub fn extra(mut self, key: impl Into<String>, value: impl Into<Value>) -> Pass {
        self.extra.insert(key.into(), value.into());
        self
    }

    pub(crate) fn codes(&self) -> (u32, u32) {
        let minor = self.minor.unwrap_or(if self.card_no.is_some() { 1 } else { 75 });
        (self.major.unwrap_or(5), minor)
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.silent
    }

    pub(crate) fn ago_ms(&self) -> i64 {
        (self.ago_s * 1000.0) as i64
    }

    /// The stored form; what only the device knows is in `stamp`.
    pub(crate) fn into_event(self, stamp: Stamp) -> Event {
        let (major, minor) = self.codes();
        let picture: Option<Arc<[u8]>> = match self.picture {
            Picture::None => None,
            Picture::Tiny => Some(picture::tiny_jpeg().into()),
            Picture::Sized(n) => Some(picture::jpeg_of(n).into()),
            Picture::Bytes(bytes) => Some(bytes),
        };
        let picture = match (picture, stamp.comment) {
            (Some(p), Some(text)) => Some(picture::with_comment(&p, text).into()),
            (p, _) => p,
        };
        let card_no = match self.card_no {
            Some(card) if stamp.card_beyond_64 => match card.parse::<u128>() {
                Ok(n) if n < 1 << 64 => Some((n + (1 << 64)).to_string()),
                _ => Some(card),
            },
            card => card,
        };
        Event {
            epoch: stamp.epoch,
            serial: stamp.serial,
            front_serial: stamp.front_serial,
            major,
            minor,
            time: stamp.time,
            time_difference: stamp.time_difference,
            instant_ms: stamp.instant_ms,
            emitted_at: Instant::now(),
            hardware: stamp.hardware,
            reader_no: self.reader_no.unwrap_or(stamp.reader_no),
            door_no: self.door_no.unwrap_or(1),
            person_no: self.person_no,
            name: self.name,
            card_no,
            attendance: self.attendance,
            user_type: self.user_type,
            picture,
            extra: self.extra,
            told: AtomicBool::new(false),
        }
    }
}

/// What the device adds to a pass.
pub(crate) struct Stamp {
    pub epoch: u32,
    pub serial: u64,
    pub front_serial: u64,
    pub time: String,
    pub time_difference: Option<String>,
    pub instant_ms: i64,
    pub hardware: Arc<str>,
    pub reader_no: u32,
    pub comment: Option<&'static [u8]>,
    pub card_beyond_64: bool,
}

/// A stored event. `time` is the text written at emission: a later clock change leaves it alone.
#[derive(Debug)]
pub(crate) struct Event {
    pub epoch: u32,
    pub serial: u64,
    pub front_serial: u64,
    pub major: u32,
    pub minor: u32,
    pub time: String,
    pub time_difference: Option<String>,
    pub instant_ms: i64,
    pub emitted_at: Instant,
    pub hardware: Arc<str>,
    pub reader_no: u32,
    pub door_no: u32,
    pub person_no: Option<String>,
    pub name: Option<String>,
    pub card_no: Option<String>,
    pub attendance: Option<String>,
    pub user_type: Option<String>,
    pub picture: Option<Arc<[u8]>>,
    pub extra: Map<String, Value>,
    /// A stream has written it in full.
    pub told: AtomicBool,
}

impl Event {
    /// Somebody was at a reader: the verify mode and person columns are filled.
    pub(crate) fn is_authentication(&self) -> bool {
        self.major == 5
            && (self.person_no.is_some() || self.card_no.is_some() || matches!(self.minor, 9 | 76 | 104))
    }

    pub(crate) fn picture_path(&self) -> String {
        format!(
            "/LOCALS/pic/acsLinkCap/{}_00/{}_{}.jpeg@WEB000000000001",
            self.epoch, self.serial, self.minor
        )
    }
}

/// An event as tests see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// Counts log clearings and hardware swaps, from 0.
    pub epoch: u32,
    /// `serialNumber` of the device that logged it.
    pub hardware: String,
    /// `serialNo`.
    pub serial: u64,
    /// Major code.
    pub major: u32,
    /// Minor code.
    pub minor: u32,
    /// The time as the device wrote it.
    pub time: String,
    /// `employeeNoString`.
    pub person_no: Option<String>,
    /// `cardNo`.
    pub card_no: Option<String>,
    /// `cardReaderNo`.
    pub reader_no: u32,
    /// `doorNo`.
    pub door_no: u32,
    /// Path of the picture, when there is one.
    pub picture: Option<String>,
}

impl From<&Event> for LogEntry {
    fn from(e: &Event) -> LogEntry {
        LogEntry {
            epoch: e.epoch,
            hardware: e.hardware.to_string(),
            serial: e.serial,
            major: e.major,
            minor: e.minor,
            time: e.time.clone(),
            person_no: e.person_no.clone(),
            card_no: e.card_no.clone(),
            reader_no: e.reader_no,
            door_no: e.door_no,
            picture: e.picture.as_ref().map(|_| e.picture_path()),
        }
    }
}
