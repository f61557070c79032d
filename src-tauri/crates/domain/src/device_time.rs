//! Which time counts: the device's, corrected by what we measured of its clock, or ours.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A time as a device wrote it, and what could be read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceTime {
    /// Verbatim.
    pub text: String,
    /// `None` when the text is no time at all.
    pub reading: Option<Reading>,
}

/// What a device's time text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// With an offset: an instant.
    Instant(Timestamp),
    /// Without one: a wall clock somewhere.
    WallClock(DateTime),
}

/// What is known of a device's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceClock {
    /// Device clock minus ours, measured at the middle of a request; `None` when never measured.
    pub drift: Option<SignedDuration>,
    /// The device's own offset from UTC, for times that it writes without one.
    pub offset: Option<Offset>,
}

/// Beyond this a clock is wrong, not just off: its times no longer count for what is live.
pub const DRIFT_LIMIT: SignedDuration = SignedDuration::from_mins(2);
/// What is older than this is history, whatever the device says of it.
pub const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// How sure we are of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// The device's clock, corrected by a measured drift of at most two minutes.
    Measured,
    /// Our own clock at the moment of hearing of a live event.
    Received,
    /// The device's word alone, of a clock that is unmeasured or wrong.
    Uncertain,
}

/// The verdict on the time of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventTime {
    /// When it happened.
    pub at: Timestamp,
    /// How sure that is.
    pub certainty: Certainty,
    /// Whether it is happening now, as against history that is told late.
    pub live: bool,
}

impl DeviceTime {
    /// The instant by the device's clock, uncorrected. A wall clock without an offset is read
    /// in the device's own zone, where that is known.
    #[must_use]
    pub fn instant(&self, offset: Option<Offset>) -> Option<Timestamp> {
        match self.reading? {
            Reading::Instant(instant) => Some(instant),
            Reading::WallClock(clock) => TimeZone::fixed(offset?).to_timestamp(clock).ok(),
        }
    }
}

impl DeviceClock {
    /// The instant of a device's time with the measured drift taken out.
    #[must_use]
    pub fn corrected(&self, time: &DeviceTime) -> Option<Timestamp> {
        let instant = time.instant(self.offset)?;
        match self.drift {
            Some(drift) => instant.checked_sub(drift).ok(),
            None => Some(instant),
        }
    }

    /// Whether the measured drift is small enough to be corrected quietly.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.drift.is_some_and(|drift| drift.abs() <= DRIFT_LIMIT)
    }
}

/// Decides when an event happened and whether it is live.
///
/// `announced_current` is the stream's `currentEvent` for it, where a stream told of it.
/// History is never taken for live: an event is live only if nothing calls it history *and*
/// its corrected time is fresh; where the clock cannot be trusted for that, only if the
/// device itself calls it current.
#[must_use]
pub fn judge(
    time: Option<&DeviceTime>,
    clock: &DeviceClock,
    received: Timestamp,
    announced_current: Option<bool>,
) -> EventTime {
    let corrected = time.and_then(|time| clock.corrected(time));
    let fresh = corrected.is_some_and(|at| received.duration_since(at).abs() <= FRESH);
    let live = match announced_current {
        Some(false) => false,
        Some(true) => fresh || clock.drift.is_none() || corrected.is_none(),
        None => fresh,
    };
    // A live event whose corrected time is far from now disproves the measured drift.
    let trusted = clock.is_sound()
        && corrected.is_some_and(|at| !live || received.duration_since(at).abs() <= DRIFT_LIMIT);
    match corrected {
        Some(at) if trusted => EventTime { at, certainty: Certainty::Measured, live },
        _ if live => EventTime { at: received, certainty: Certainty::Received, live },
        _ => {
            let device = time.and_then(|time| time.instant(clock.offset));
            EventTime { at: device.unwrap_or(received), certainty: Certainty::Uncertain, live }
        }
    }
}
