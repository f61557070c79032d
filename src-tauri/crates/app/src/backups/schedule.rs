//! When a backup is due.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::plan::BackupSchedule;

/// A week, and the day on which its last moment may lie.
const LOOK_DAYS: i64 = 8;

impl BackupSchedule {
    /// The last moment at or before `now` at which a backup was due, in the site's zone.
    #[must_use]
    pub fn last_due(&self, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
        let today = now.to_zoned(zone.clone()).date();
        (0..LOOK_DAYS).find_map(|back| {
            let moments = self.moments(zone, today.checked_sub(back.days()).ok()?);
            moments.into_iter().rev().find(|moment| *moment <= now)
        })
    }

    /// The first moment after `now` at which one will be due.
    #[must_use]
    pub fn next_due(&self, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
        let today = now.to_zoned(zone.clone()).date();
        (0..LOOK_DAYS).find_map(|ahead| {
            let moments = self.moments(zone, today.checked_add(ahead.days()).ok()?);
            moments.into_iter().find(|moment| *moment > now)
        })
    }

    fn moments(&self, zone: &TimeZone, date: Date) -> Vec<Timestamp> {
        let day = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
        if !self.days.get(day).copied().unwrap_or(false) {
            return Vec::new();
        }
        let zoned = |time: &super::plan::TimeOfDay| date.to_datetime(time.0).to_zoned(zone.clone()).ok();
        self.times.iter().filter_map(zoned).map(|zoned| zoned.timestamp()).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::super::plan::TimeOfDay;
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(5))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn one_is_due_at_three_in_the_sites_own_zone() {
        let usual = BackupSchedule::default();
        let three = at("2026-11-23T22:00:00Z");
        assert_eq!(usual.last_due(&zone(), three), Some(three));
        assert_eq!(usual.last_due(&zone(), at("2026-11-23T21:59:59Z")), Some(at("2026-11-22T22:00:00Z")));
        assert_eq!(usual.next_due(&zone(), three), Some(at("2026-11-24T22:00:00Z")));
    }

    #[test]
    fn days_that_are_not_chosen_are_passed_over() {
        // Monday and Thursday, twice each; 2026-11-23 is a Monday.
        let times = vec![TimeOfDay(time(3, 0, 0, 0)), TimeOfDay(time(15, 0, 0, 0))];
        let days = vec![true, false, false, true, false, false, false];
        let schedule = BackupSchedule { days, times, ..BackupSchedule::default() };
        assert_eq!(schedule.last_due(&zone(), at("2026-11-26T00:00:00Z")), Some(at("2026-11-25T22:00:00Z")));
        assert_eq!(schedule.last_due(&zone(), at("2026-11-25T00:00:00Z")), Some(at("2026-11-23T10:00:00Z")));
        assert_eq!(schedule.next_due(&zone(), at("2026-11-26T11:00:00Z")), Some(at("2026-11-29T22:00:00Z")));
    }
}
