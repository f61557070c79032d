//! Whether an event is the one that is remembered, and whether a log is.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::DateTime;
use vakhta_app::device::Anchor;
use vakhta_domain::device_event::DeviceEvent;
use vakhta_domain::device_time::{DeviceTime, Reading};

use crate::time::{device_time, text_offset};

/// Whether the log is still the one that the anchor stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogVerdict {
    /// Reading goes on.
    Same,
    /// The log began anew: so does reading, in the next epoch.
    Cleared,
}

/// Judges a log by a complete run that began at the anchor.
///
/// * The anchor's serial is there: the log is the same if the event is.
/// * It is not, but lower serials are, later than the anchor: the numbers began again, and the
///   device does not care where a search is to begin.
/// * It is not, and nothing above it: a log that still had room for the anchor lost it.
/// * It is not, but serials above it are: old events fall out at the log's lower end, and the
///   anchor was one. That holds unless every event above it is earlier by the clock. Such a log
///   is another one; taking it for the same would pass over its events up to the anchor's
///   serial, while taking it for another costs no more than reading it once again.
///
/// An empty run thus says `Cleared`. Whoever asks should do so twice before believing that.
#[must_use]
pub fn verdict(anchor: &Anchor, run: &[DeviceEvent]) -> LogVerdict {
    let mut present = false;
    let mut later_below = false;
    let mut above = false;
    let mut comparable_above = false;
    let mut not_earlier_above = false;
    for event in run {
        let Some(serial) = event.serial else { continue };
        match serial.cmp(&anchor.serial) {
            Ordering::Equal if is_same(anchor, event) => return LogVerdict::Same,
            Ordering::Equal => present = true,
            Ordering::Less => later_below |= order(event, anchor) == Some(Ordering::Greater),
            Ordering::Greater => {
                above = true;
                if let Some(order) = order(event, anchor) {
                    comparable_above = true;
                    not_earlier_above |= order != Ordering::Less;
                }
            }
        }
    }
    let overwritten = above && (not_earlier_above || !comparable_above);
    if !present && !later_below && overwritten { LogVerdict::Same } else { LogVerdict::Cleared }
}

/// What is remembered of an event to know it again.
pub(super) fn anchor_of(event: &DeviceEvent) -> Option<Anchor> {
    let time_text = event.time.as_ref().map(|time| time.text.clone());
    event.serial.map(|serial| Anchor { serial, code: event.code, time_text })
}

/// The same serial is taken for granted. The stream and the search spell times differently, and
/// a device whose zone was changed spells old times anew; a time that one side lacks says nothing.
pub(super) fn is_same(anchor: &Anchor, event: &DeviceEvent) -> bool {
    anchor.code == event.code && same_time(anchor.time_text.as_deref(), event.time.as_ref())
}

/// Whether two tellings without a serial are of one event.
pub(super) fn is_same_unnumbered(one: &DeviceEvent, other: &DeviceEvent) -> bool {
    one.code == other.code
        && one.person_no == other.person_no
        && one.card_no == other.card_no
        && one.door_no == other.door_no
        && one.reader_no == other.reader_no
        && same_time(one.time.as_ref().map(|time| time.text.as_str()), other.time.as_ref())
}

fn same_time(one: Option<&str>, other: Option<&DeviceTime>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return true };
    if one == other.text {
        return true;
    }
    let (one, other) = (Clock::read(one), Clock::read(&other.text));
    let instants = one.instant.zip(other.instant).is_some_and(|(one, other)| one == other);
    instants || one.wall.zip(other.wall).is_some_and(|(one, other)| one == other)
}

/// How the event's time stands to the anchor's.
fn order(event: &DeviceEvent, anchor: &Anchor) -> Option<Ordering> {
    let event = Clock::read(&event.time.as_ref()?.text);
    let anchor = Clock::read(anchor.time_text.as_deref()?);
    let instants = event.instant.zip(anchor.instant).map(|(event, anchor)| event.cmp(&anchor));
    instants.or_else(|| event.wall.zip(anchor.wall).map(|(event, anchor)| event.cmp(&anchor)))
}

/// A time text in whole seconds: the stream may have fractions where the search has none.
struct Clock {
    instant: Option<i64>,
    wall: Option<DateTime>,
}

impl Clock {
    fn read(text: &str) -> Self {
        match device_time(text, None).reading {
            Some(Reading::Instant(at)) => Self {
                instant: Some(at.as_second()),
                wall: text_offset(text).map(|offset| offset.to_datetime(whole(at))),
            },
            Some(Reading::WallClock(wall)) => {
                Self { instant: None, wall: wall.with().subsec_nanosecond(0).build().ok() }
            }
            None => Self { instant: None, wall: None },
        }
    }
}

fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
