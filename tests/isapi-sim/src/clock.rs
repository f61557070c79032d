//! The device's own clock and time zone, both of which may be wrong.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// How a device writes a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TimeFormat {
    /// `2026-07-06T08:00:00+03:00`
    #[default]
    Offset,
    /// No offset at all.
    Bare,
    /// No seconds: `2026-07-06T08:00+03:00`.
    Minutes,
    /// With milliseconds.
    Millis,
    /// UTC with `Z`; the envelope then carries `timeDiff`.
    Utc,
}

/// A device zone in the vendor's spelling: POSIX with the sign inverted, and the daylight saving
/// part given as a shift.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    pub(crate) text: String,
    zone: TimeZone,
}

impl Zone {
    /// Reads `CST-3:00:00` or `CST-1:00:00DST01:00:00,M3.5.0/02:00:00,M10.5.0/03:00:00`.
    pub(crate) fn parse(source: &str) -> Result<Zone, String> {
        let wrong = || format!("not a device time zone: {source:?} (expected e.g. CST-3:00:00)");
        let (main, rules) = source.split_once(',').map_or((source, None), |(m, r)| (m, Some(r)));
        let (standard, saving) = main.split_once("DST").map_or((main, None), |(s, d)| (s, Some(d)));
        let digits = standard.find(|c: char| !c.is_ascii_alphabetic()).ok_or_else(wrong)?;
        let (name, west) = standard.split_at(digits);
        if name.len() < 3 {
            return Err(wrong());
        }
        let west = seconds(west).ok_or_else(wrong)?;
        let zone = match (saving, rules) {
            (Some(shift), Some(rules)) => {
                let shift = if shift.is_empty() { 3600 } else { seconds(shift).ok_or_else(wrong)? };
                let posix = format!("{name}{}DST{},{rules}", posix_time(west), posix_time(west - shift));
                TimeZone::posix(&posix).map_err(|e| format!("{}: {e}", wrong()))?
            }
            _ => TimeZone::fixed(Offset::from_seconds(-west).map_err(|_| wrong())?),
        };
        Ok(Zone { text: source.to_owned(), zone })
    }

    fn offset_at(&self, ms: i64, shift_s: i32) -> Offset {
        let offset = self.zone.to_offset(timestamp(ms));
        offset.checked_add(SignedDuration::from_secs(i64::from(shift_s))).unwrap_or(offset)
    }

    /// Writes an instant (milliseconds since 1970) the way the device would.
    pub(crate) fn write(&self, ms: i64, shift_s: i32, format: TimeFormat) -> String {
        let offset = match format {
            TimeFormat::Utc => Offset::UTC,
            _ => self.offset_at(ms, shift_s),
        };
        let civil = offset.to_datetime(timestamp(ms));
        let zone = offset_text(offset);
        match format {
            TimeFormat::Offset => format!("{}{zone}", civil.strftime("%Y-%m-%dT%H:%M:%S")),
            TimeFormat::Bare => civil.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            TimeFormat::Minutes => format!("{}{zone}", civil.strftime("%Y-%m-%dT%H:%M")),
            TimeFormat::Millis => format!("{}{zone}", civil.strftime("%Y-%m-%dT%H:%M:%S%.3f")),
            TimeFormat::Utc => format!("{}Z", civil.strftime("%Y-%m-%dT%H:%M:%S")),
        }
    }

    /// The offset as `+03:00` at an instant.
    pub(crate) fn difference(&self, ms: i64, shift_s: i32) -> String {
        offset_text(self.offset_at(ms, shift_s))
    }

    /// Reads a time; one without an offset is in the device's own zone.
    pub(crate) fn read(&self, source: &str) -> Option<i64> {
        if let Ok(instant) = source.parse::<Timestamp>() {
            return Some(instant.as_millisecond());
        }
        let civil: DateTime = source.parse().ok()?;
        self.zone.to_timestamp(civil).ok().map(|t| t.as_millisecond())
    }
}

fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn offset_text(offset: Offset) -> String {
    let total = offset.seconds();
    let sign = if total < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", total.abs() / 3600, total.abs() / 60 % 60)
}

/// `[-+]H[:MM[:SS]]` in seconds.
fn seconds(source: &str) -> Option<i32> {
    let (sign, rest) = match source.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, source.strip_prefix('+').unwrap_or(source)),
    };
    let mut total = 0;
    let mut unit = 3600;
    for field in rest.split(':') {
        total += field.parse::<i32>().ok()? * unit;
        unit /= 60;
    }
    Some(sign * total)
}

fn posix_time(total: i32) -> String {
    let sign = if total < 0 { "-" } else { "" };
    let t = total.abs();
    format!("{sign}{}:{:02}:{:02}", t / 3600, t / 60 % 60, t % 60)
}

/// The real time, milliseconds since 1970.
pub(crate) fn real_now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JULY: i64 = 1_783_285_200_000; // 2026-07-05T21:00:00Z
    const JANUARY: i64 = 1_767_225_600_000; // 2026-01-01T00:00:00Z

    #[test]
    fn the_sign_of_the_vendor_zone_is_inverted() {
        let zone = Zone::parse("CST-3:00:00").unwrap();
        assert_eq!(zone.write(JULY, 0, TimeFormat::Offset), "2026-07-06T00:00:00+03:00");
        assert_eq!(
            Zone::parse("CST+3:30:00").unwrap().write(JULY, 0, TimeFormat::Offset),
            "2026-07-05T17:30:00-03:30"
        );
    }

    #[test]
    fn formats() {
        let zone = Zone::parse("CST-3:00:00").unwrap();
        assert_eq!(zone.write(JULY, 0, TimeFormat::Bare), "2026-07-06T00:00:00");
        assert_eq!(zone.write(JULY, 0, TimeFormat::Minutes), "2026-07-06T00:00+03:00");
        assert_eq!(zone.write(JULY, 0, TimeFormat::Utc), "2026-07-05T21:00:00Z");
        assert_eq!(zone.write(JULY + 7, 0, TimeFormat::Millis), "2026-07-06T00:00:00.007+03:00");
        assert_eq!(zone.write(JULY, 3600, TimeFormat::Offset), "2026-07-06T01:00:00+04:00");
    }

    #[test]
    fn daylight_saving_changes_the_offset() {
        let zone = Zone::parse("CST-1:00:00DST01:00:00,M3.5.0/02:00:00,M10.5.0/03:00:00").unwrap();
        assert_eq!(zone.write(JULY, 0, TimeFormat::Offset), "2026-07-05T23:00:00+02:00");
        assert_eq!(zone.write(JANUARY, 0, TimeFormat::Offset), "2026-01-01T01:00:00+01:00");
    }

    #[test]
    fn a_time_without_offset_is_local() {
        let zone = Zone::parse("CST-3:00:00").unwrap();
        assert_eq!(zone.read("2026-07-06T00:00:00+03:00"), Some(JULY));
        assert_eq!(zone.read("2026-07-05T21:00:00Z"), Some(JULY));
        assert_eq!(zone.read("2026-07-06T00:00:00"), Some(JULY));
        assert_eq!(zone.read("yesterday"), None);
        assert!(Zone::parse("Europe/Moscow").is_err());
    }
}
