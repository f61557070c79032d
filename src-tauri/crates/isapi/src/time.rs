//! The times that devices write: nearly ISO 8601, in every dialect of it.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use vakhta_domain::device_time::{DeviceTime, Reading};

/// Reads a device's time. `time_diff` is the field of that name, which a few old devices send
/// along: beside a `Z` it tells only their zone, to a text without any offset it is the offset.
#[must_use]
pub fn device_time(text: &str, time_diff: Option<&str>) -> DeviceTime {
    DeviceTime { text: text.to_owned(), reading: reading(text, time_diff) }
}

fn reading(text: &str, time_diff: Option<&str>) -> Option<Reading> {
    let (clock, zone) = clock(text.trim())?;
    let offset = match zone.trim() {
        "" => time_diff.and_then(|diff| offset(diff.trim())),
        zone => Some(offset(zone)?),
    };
    match offset {
        Some(offset) => TimeZone::fixed(offset).to_timestamp(clock).ok().map(Reading::Instant),
        None => Some(Reading::WallClock(clock)),
    }
}

/// The offset that a time text carries.
#[must_use]
pub fn text_offset(text: &str) -> Option<Offset> {
    offset(clock(text.trim())?.1.trim())
}

/// Up to `most` digits at the start, at least one.
fn digits(text: &str, most: usize) -> Option<(i32, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(length)?;
    Some((number.parse().ok()?, rest))
}

fn skip<'a>(text: &'a str, any_of: &[char]) -> &'a str {
    text.strip_prefix(any_of).unwrap_or(text)
}

/// Date and time of day at the start of `text`, and what follows them. The separators may be
/// missing (`20250415T000000`).
fn clock(text: &str) -> Option<(DateTime, &str)> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(skip(rest, &['-', '/', '.']), 2)?;
    let (day, rest) = digits(skip(rest, &['-', '/', '.']), 2)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?.trim_start();
    let (hour, rest) = digits(rest, 2)?;
    let (minute, rest) = digits(skip(rest, &[':']), 2)?;
    let (second, rest) = match rest.strip_prefix(':') {
        Some(rest) => digits(rest, 2)?,
        None if rest.starts_with(|c: char| c.is_ascii_digit()) => digits(rest, 2)?,
        None => (0, rest),
    };
    let (nanosecond, rest) = fraction(rest);
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let time = Time::new(
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        // No clock here knows leap seconds, but a text may.
        i8::try_from(if second == 60 { 59 } else { second }).ok()?,
        nanosecond,
    );
    Some((DateTime::from_parts(date.ok()?, time.ok()?), rest))
}

/// Nanoseconds of a `.5` or `,5` at the start; digits beyond the ninth are dropped.
fn fraction(text: &str) -> (i32, &str) {
    let Some(rest) = text.strip_prefix(['.', ',']) else {
        return (0, text);
    };
    let (nanosecond, length) =
        rest.bytes().take_while(u8::is_ascii_digit).enumerate().fold((0, 0), |(sum, _), (index, digit)| {
            let place = u32::try_from(index).ok().and_then(|index| 8_u32.checked_sub(index));
            let unit = place.map_or(0, |place| 10_i32.pow(place));
            (sum + i32::from(digit - b'0') * unit, index + 1)
        });
    (nanosecond, rest.get(length..).unwrap_or_default())
}

/// `Z`, `+08:00`, `+0800`, `+08`, `+8:00`, with seconds too.
fn offset(text: &str) -> Option<Offset> {
    if text.eq_ignore_ascii_case("z") || text.eq_ignore_ascii_case("utc") {
        return Some(Offset::UTC);
    }
    let (sign, rest) = sign(text)?;
    let (seconds, rest) = hours(rest)?;
    // No zone is further from UTC than that: it is a broken clock's, and no instant.
    let is_offset = rest.trim().is_empty() && seconds <= 18 * 3600;
    is_offset.then(|| Offset::from_seconds(sign * seconds).ok()).flatten()
}

fn sign(text: &str) -> Option<(i32, &str)> {
    match text.strip_prefix('-') {
        Some(rest) => Some((-1, rest)),
        None => Some((1, text.strip_prefix('+')?)),
    }
}

/// Seconds of `h[h][[:]mm[[:]ss]]` at the start, and what follows.
fn hours(text: &str) -> Option<(i32, &str)> {
    // Three digits are one of the hour and two of the minute (`-500`).
    let run = text.bytes().take_while(u8::is_ascii_digit).count();
    let (hour, rest) = digits(text, if run == 3 || run == 5 { 1 } else { 2 })?;
    let (minute, rest) = digits(skip(rest, &[':']), 2).unwrap_or((0, rest));
    let (second, rest) = digits(skip(rest, &[':']), 2).unwrap_or((0, rest));
    (minute < 60 && second < 60).then_some((hour * 3600 + minute * 60 + second, rest))
}

/// The offset of a POSIX zone as devices write it: `CST-8:00:00` is eight hours *ahead* of UTC.
/// With a rule for summer time (`CST-1:00:00DST01:00:00,M3.5.0/02:00:00,M10.5.0/03:00:00`) it
/// depends on the day: it is that of `local`, or the winter's without one.
#[must_use]
pub fn posix_offset(zone: &str, local: Option<DateTime>) -> Option<Offset> {
    let zone = zone.trim();
    let rest = match zone.strip_prefix('<') {
        Some(quoted) => quoted.split_once('>')?.1,
        None => zone.trim_start_matches(|c: char| c.is_ascii_alphabetic()),
    };
    let (sign, rest) = sign(rest).unwrap_or((1, rest));
    let (seconds, rest) = hours(rest)?;
    let winter = -sign * seconds;
    let summer = local.and_then(|local| summer_offset(winter, rest, local));
    Offset::from_seconds(summer.unwrap_or(winter)).ok()
}

/// The offset in seconds at `local` by the summer-time part of a zone.
///
/// What stands after `DST` is how far the clock is put forward, not, as POSIX has it, an offset
/// of its own; the zone is spelt anew with that resolved and left to jiff.
fn summer_offset(winter: i32, rule: &str, local: DateTime) -> Option<i32> {
    let (name, dates) = rule.split_once(',')?;
    let bias = name.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let bias = hours(bias.trim_start_matches(['+', '-'])).map_or(3600, |(seconds, _)| seconds);
    let spelt = format!("AAA{}BBB{},{dates}", posix(winter), posix(winter + bias));
    let zone = TimeZone::posix(&spelt).ok()?;
    let instant = zone.to_timestamp(local).ok()?;
    Some(zone.to_offset(instant).seconds())
}

fn posix(offset: i32) -> String {
    let sign = if offset > 0 { "-" } else { "" };
    let seconds = offset.abs();
    format!("{sign}{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use jiff::civil;

    use super::*;

    fn at(text: &str) -> Option<String> {
        device_time(text, None).instant(None).map(|at| at.to_string())
    }

    #[test]
    fn every_dialect() {
        for (text, expected) in [
            ("2026-07-06T03:00:00+03:00", "2026-07-06T00:00:00Z"),
            ("2026-07-06T08:00:00+0800", "2026-07-06T00:00:00Z"),
            ("2026-07-06T08:00:00+08", "2026-07-06T00:00:00Z"),
            ("2026-07-06T00:00:00Z", "2026-07-06T00:00:00Z"),
            ("2026-07-06T00:00:00z", "2026-07-06T00:00:00Z"),
            ("2009-11-14T15:27+08:00", "2009-11-14T07:27:00Z"),
            ("2009-11-14T15:27Z", "2009-11-14T15:27:00Z"),
            ("2026-07-06 08:00:00+08:00", "2026-07-06T00:00:00Z"),
            ("2026-07-06T08:00:00 +08:00", "2026-07-06T00:00:00Z"),
            ("2026-07-06T08:00:00.5+08:00", "2026-07-06T00:00:00.5Z"),
            ("2026-07-06T08:00:00.123456789999+08:00", "2026-07-06T00:00:00.123456789Z"),
            ("2026-07-05T19:15:00-04:45", "2026-07-06T00:00:00Z"),
            ("20250415T000000-500", "2025-04-15T05:00:00Z"),
            ("1970-01-01T00:00:59+00:00", "1970-01-01T00:00:59Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ] {
            assert_eq!(at(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn without_an_offset_it_is_a_wall_clock() {
        let time = device_time("2026-07-06T08:00:00", None);
        assert_eq!(time.reading, Some(Reading::WallClock(civil::date(2026, 7, 6).at(8, 0, 0, 0))));
        assert_eq!(time.instant(None), None);
        let time = device_time("2026-07-06T08:00:00", Some("+08:00"));
        assert_eq!(time.instant(None).unwrap().to_string(), "2026-07-06T00:00:00Z");
    }

    #[test]
    fn beside_a_z_the_time_diff_moves_nothing() {
        let time = device_time("2026-07-06T00:00:00Z", Some("+08:00"));
        assert_eq!(time.instant(None).unwrap().to_string(), "2026-07-06T00:00:00Z");
    }

    #[test]
    fn what_is_no_time_is_kept_as_text() {
        for text in ["", "now", "2026-13-01T00:00:00Z", "2026-07-06T25:00:00Z", "2026-07-06", "é", "2026-é"]
        {
            let time = device_time(text, Some("+08:00"));
            assert_eq!((time.text.as_str(), time.reading), (text, None));
        }
        assert_eq!(at("2026-07-06T00:00:00+18:00").as_deref(), Some("2026-07-05T06:00:00Z"));
        for beyond in ["+99:00", "+18:01", "-18:00:01", "+25:00", "-19"] {
            assert_eq!(at(&format!("2026-07-06T00:00:00{beyond}")), None, "{beyond}");
        }
        assert_eq!(at("2026-07-06T00:00:00 Moscow"), None);
    }

    #[test]
    fn posix_zones_have_their_sign_inverted() {
        let hours = |zone| posix_offset(zone, None).map(|offset| offset.seconds());
        assert_eq!(hours("CST-8:00:00"), Some(8 * 3600));
        assert_eq!(hours("CST+3:00:00"), Some(-3 * 3600));
        assert_eq!(hours("CST-5:30:00"), Some(19800));
        assert_eq!(hours("<+03>-3"), Some(3 * 3600));
        assert_eq!(hours("UTC0"), Some(0));
        assert_eq!(hours("CST-0:00:00"), Some(0));
        assert_eq!(hours("Berlin"), None);
        assert_eq!(hours(""), None);
    }

    #[test]
    fn summer_time_is_told_from_winter() {
        let zone = "CST-1:00:00DST01:00:00,M3.5.0/02:00:00,M10.5.0/03:00:00";
        let on = |month| posix_offset(zone, Some(civil::date(2026, month, 6).at(12, 0, 0, 0)));
        assert_eq!(on(7).unwrap().seconds(), 7200);
        assert_eq!(on(1).unwrap().seconds(), 3600);
        assert_eq!(posix_offset(zone, None).unwrap().seconds(), 3600);
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in ".{0,40}", near in "[0-9:TZ+.,/ A-Z<>-]{0,40}") {
            let _ = device_time(&text, Some(&near));
            let _ = device_time(&near, Some(&text));
            let _ = posix_offset(&text, None);
            let _ = posix_offset(&near, Some(civil::date(2026, 7, 6).at(0, 0, 0, 0)));
            let _ = text_offset(&near);
        }
    }
}
