//! The site's clock: its zone and the end of its day. Settings with a screen of their own come
//! with the window; until then the machine's zone and 23:59 hold.

use jiff::civil::{Date, Time, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// A place with a time zone.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its zone.
    pub zone: TimeZone,
    /// When its day is closed.
    pub day_end: Time,
}

impl Default for Site {
    fn default() -> Self {
        Self { zone: TimeZone::system(), day_end: time(23, 59, 0, 0) }
    }
}

impl Site {
    /// The last moment at or before `now` at which a day was to be closed.
    #[must_use]
    pub fn last_day_end(&self, now: Timestamp) -> Option<Timestamp> {
        let today = now.to_zoned(self.zone.clone()).date();
        let ended = self.day_end_of(today).filter(|end| *end <= now);
        ended.or_else(|| self.day_end_of(today.checked_sub(1.day()).ok()?))
    }

    fn day_end_of(&self, date: Date) -> Option<Timestamp> {
        let zoned = date.to_datetime(self.day_end).to_zoned(self.zone.clone()).ok()?;
        Some(zoned.timestamp())
    }

    /// Until when a visit that begins at `from` is good unless somebody says otherwise: to the
    /// end of the day, and at least an hour.
    #[must_use]
    pub fn usual_until(&self, from: Timestamp) -> Timestamp {
        let end = self.day_end_of(from.to_zoned(self.zone.clone()).date());
        let an_hour = from + SignedDuration::from_hours(1);
        end.map_or(an_hour, |end| end.max(an_hour))
    }

    /// Reads a time as people type it: RFC 3339, `2026-11-23T09:00`, `2026-11-23 09:00`, or
    /// `09:00` of today, in the site's zone where none is given.
    #[must_use]
    pub fn read_time(&self, text: &str, now: Timestamp) -> Option<Timestamp> {
        let text = text.trim();
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Some(instant);
        }
        let local = match text.parse::<jiff::civil::DateTime>() {
            Ok(local) => local,
            Err(_) => {
                let time: Time = text.parse().ok()?;
                now.to_zoned(self.zone.clone()).date().to_datetime(time)
            }
        };
        Some(local.to_zoned(self.zone.clone()).ok()?.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn almaty() -> Site {
        Site { zone: TimeZone::get("Asia/Almaty").unwrap(), day_end: time(23, 59, 0, 0) }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_day_ends_in_the_sites_own_zone() {
        // 23:59 in Almaty is 18:59 UTC.
        assert_eq!(almaty().last_day_end(at("2026-11-23T18:58:59Z")), Some(at("2026-11-22T18:59:00Z")));
        assert_eq!(almaty().last_day_end(at("2026-11-23T18:59:00Z")), Some(at("2026-11-23T18:59:00Z")));
    }

    #[test]
    fn a_visit_is_good_to_the_end_of_the_day_and_at_least_an_hour() {
        assert_eq!(almaty().usual_until(at("2026-11-23T04:00:00Z")), at("2026-11-23T18:59:00Z"));
        assert_eq!(almaty().usual_until(at("2026-11-23T18:50:00Z")), at("2026-11-23T19:50:00Z"));
    }

    #[test]
    fn times_as_people_type_them() {
        let now = at("2026-11-23T04:00:00Z");
        for text in ["2026-11-23T09:30:00+05:00", "2026-11-23T09:30", "2026-11-23 09:30", "09:30"] {
            assert_eq!(almaty().read_time(text, now), Some(at("2026-11-23T04:30:00Z")), "{text}");
        }
        assert_eq!(almaty().read_time("tomorrow", now), None);
    }
}
