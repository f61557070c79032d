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

/// Devices tell whole seconds, of their clock and of their events: what is corrected by the one
/// is known to this much either way.
pub const RESOLUTION: SignedDuration = SignedDuration::from_secs(1);

/// By so much two devices' corrected clocks, or a device's and a desk's, may disagree.
pub const BETWEEN_TWO_CLOCKS: SignedDuration = SignedDuration::from_secs(2);

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
        Some(at) if trusted => {
            // Within the device's resolution our own clock knows better when a live event was:
            // two doors a moment apart would otherwise swap places.
            let at = if live { received.clamp(at - RESOLUTION, at + RESOLUTION) } else { at };
            EventTime { at, certainty: Certainty::Measured, live }
        }
        _ if live => EventTime { at: received, certainty: Certainty::Received, live },
        _ => {
            let device = time.and_then(|time| time.instant(clock.offset));
            EventTime { at: device.unwrap_or(received), certainty: Certainty::Uncertain, live }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-23T09:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn device(text: &str) -> DeviceTime {
        let reading = match text.parse::<Timestamp>() {
            Ok(instant) => Some(Reading::Instant(instant)),
            Err(_) => text.parse().ok().map(Reading::WallClock),
        };
        DeviceTime { text: text.into(), reading }
    }

    fn clock(drift_s: i64) -> DeviceClock {
        DeviceClock { drift: Some(SignedDuration::from_secs(drift_s)), offset: None }
    }

    fn judged(text: &str, clock: &DeviceClock, current: Option<bool>) -> (String, Certainty, bool) {
        let time = judge(Some(&device(text)), clock, at(NOW), current);
        (time.at.to_string(), time.certainty, time.live)
    }

    #[test]
    fn a_small_drift_is_taken_out() {
        // The device is 40 s fast.
        assert_eq!(
            judged("2026-11-23T08:59:40Z", &clock(40), None),
            ("2026-11-23T08:59:01Z".into(), Certainty::Measured, true),
            "to the device's resolution, the nearest to when we heard"
        );
        assert_eq!(
            judged("2026-11-23T08:00:40Z", &clock(40), Some(false)),
            ("2026-11-23T08:00:00Z".into(), Certainty::Measured, false)
        );
    }

    #[test]
    fn within_a_second_our_clock_knows_better() {
        assert_eq!(judged("2026-11-23T08:59:59Z", &clock(0), Some(true)).0, "2026-11-23T09:00:00Z");
        assert_eq!(judged("2026-11-23T09:00:00Z", &clock(-1), Some(true)).0, "2026-11-23T09:00:00Z");
    }

    #[test]
    fn a_wrong_clock_gives_way_to_ours_when_live_and_is_marked_when_not() {
        // Two hours slow, measured.
        let live = judged("2026-11-23T07:00:00Z", &clock(-7200), Some(true));
        assert_eq!(live, (NOW.into(), Certainty::Received, true));
        let told_late = judged("2026-11-23T05:00:00Z", &clock(-7200), None);
        assert_eq!(told_late, ("2026-11-23T05:00:00Z".into(), Certainty::Uncertain, false));
        // Unmeasured.
        let unmeasured = judged("1970-01-01T00:00:10Z", &DeviceClock::default(), Some(true));
        assert_eq!(unmeasured, (NOW.into(), Certainty::Received, true));
    }

    #[test]
    fn history_is_never_live() {
        assert!(!judged("2026-11-23T09:00:00Z", &clock(0), Some(false)).2, "the device says so");
        assert!(!judged("2026-11-23T08:54:00Z", &clock(0), Some(true)).2, "too old, whatever it says");
        assert!(!judged("2026-11-23T08:54:00Z", &clock(0), None).2);
        assert!(judged("2026-11-23T08:59:00Z", &clock(0), None).2);
    }

    #[test]
    fn a_time_without_an_offset_is_read_in_the_devices_zone() {
        let zone = DeviceClock { offset: Some(Offset::constant(5)), ..clock(0) };
        assert_eq!(judged("2026-11-23T14:00:00", &zone, None).0, NOW);
        let nowhere = judged("2026-11-23T14:00:00", &clock(0), None);
        assert_eq!((nowhere.1, nowhere.2), (Certainty::Uncertain, false));
        assert_eq!(judged("soon", &clock(0), Some(true)), (NOW.into(), Certainty::Received, true));
    }
}
