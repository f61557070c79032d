//! The site's clock: its zone and the end of its day, as the settings have them.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use vakhta_app::settings::SiteSettings;

/// A place with a time zone.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its zone.
    pub zone: TimeZone,
    /// When its day is closed.
    pub day_end: Time,
}

/// The name of the machine's zone, as the IANA has it.
#[must_use]
pub fn system_zone() -> String {
    TimeZone::system().iana_name().unwrap_or("UTC").to_owned()
}

impl Site {
    /// As it is set. A zone that this machine does not know counts as the machine's.
    #[must_use]
    pub fn of(settings: &SiteSettings) -> Self {
        let zone = settings.site.zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        Self { zone: zone.unwrap_or_else(TimeZone::system), day_end: settings.site.day_end }
    }

    /// The first moment of the day of `now`, and the first of the next.
    #[must_use]
    pub fn day_of(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let today = now.to_zoned(self.zone.clone()).date();
        let start = |date: Option<Date>| {
            date.and_then(|date| date.to_zoned(self.zone.clone()).ok()).map(|start| start.timestamp())
        };
        let begins = start(Some(today)).unwrap_or(now);
        (begins, start(today.checked_add(1.day()).ok()).unwrap_or(now))
    }

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
}

/// Reads a time as people type it: RFC 3339, `2026-11-23T09:00`, `2026-11-23 09:00`, or `09:00`
/// of today, in `zone` where none is given.
#[must_use]
pub fn read_time(text: &str, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let local = match text.parse::<jiff::civil::DateTime>() {
        Ok(local) => local,
        Err(_) => {
            let time: Time = text.parse().ok()?;
            now.to_zoned(zone.clone()).date().to_datetime(time)
        }
    };
    Some(local.to_zoned(zone.clone()).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

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
    fn a_day_is_the_sites_own() {
        let day = (at("2026-11-22T19:00:00Z"), at("2026-11-23T19:00:00Z"));
        assert_eq!(almaty().day_of(at("2026-11-23T18:59:59Z")), day);
        assert_eq!(almaty().day_of(day.0), day);
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
            assert_eq!(read_time(text, &almaty().zone, now), Some(at("2026-11-23T04:30:00Z")), "{text}");
        }
        assert_eq!(read_time("tomorrow", &almaty().zone, now), None);
    }
}
