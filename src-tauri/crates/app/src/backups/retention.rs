//! Which copies stay.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::refusal::{Problem, Refusal};

const MOST: u32 = 366;
const A_DAY: SignedDuration = SignedDuration::from_hours(24);
/// Clocks of one machine are never further apart than this.
const AHEAD: SignedDuration = SignedDuration::from_mins(1);

/// How many copies stay: the last of each of so many days, weeks and months that have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Keep {
    /// Days, 1 to 366.
    pub daily: u32,
    /// Weeks from Monday on, 0 to 366.
    pub weekly: u32,
    /// Months, 0 to 366.
    pub monthly: u32,
}

impl Default for Keep {
    fn default() -> Self {
        Self { daily: 7, weekly: 5, monthly: 12 }
    }
}

impl Keep {
    /// Whether it is usable.
    ///
    /// # Errors
    /// [`Refusal`] that names the field which is not.
    pub fn checked(&self) -> Result<(), Refusal> {
        for (field, value, least) in
            [("daily", self.daily, 1), ("weekly", self.weekly, 0), ("monthly", self.monthly, 0)]
        {
            if !(least..=MOST).contains(&value) {
                return Err(Refusal::invalid(field, Problem::OutOfRange, format!("from {least} to {MOST}")));
            }
        }
        Ok(())
    }
}

/// A copy at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copy {
    /// When its snapshot was taken.
    pub taken: Timestamp,
    /// Whether it was read back and found whole.
    pub verified: bool,
    /// Whether it is known not to be whole. What is neither was only not read yet, as after a restore.
    pub broken: bool,
}

/// Whether something is dated by a clock that was wrong: later than now. Until then it counts as old, so
/// that a clock which was a year ahead for an hour does not keep backups from being made for a year.
#[must_use]
pub fn lies_ahead(taken: Timestamp, now: Timestamp) -> bool {
    taken.duration_since(now) > AHEAD
}

/// Which copies of a place may go, by their position. None goes before a newer one is verified, so
/// that the last verified one always stays; none goes within a day, so that what somebody made before
/// they changed something is still there afterwards. What lies ahead of now stays, and takes nobody's place.
#[must_use]
pub fn dispensable(copies: &[Copy], keep: &Keep, zone: &TimeZone, now: Timestamp) -> Vec<usize> {
    // One that was only not read back yet holds its place beside the last verified one.
    let known: Vec<usize> = (0..copies.len()).filter(|i| !lies_ahead(copies[*i].taken, now)).collect();
    let mut verified: Vec<usize> = known.iter().copied().filter(|i| copies[*i].verified).collect();
    verified.sort_by_key(|i| std::cmp::Reverse(copies[*i].taken));
    let Some(newest) = verified.first().map(|i| copies[*i].taken) else { return Vec::new() };
    let mut stay = BTreeSet::new();
    let day = |i: usize| {
        let date = copies[i].taken.to_zoned(zone.clone()).date();
        (i32::from(date.year()), i32::from(date.day_of_year()))
    };
    let week = |i: usize| {
        let week = copies[i].taken.to_zoned(zone.clone()).date().iso_week_date();
        (i32::from(week.year()), i32::from(week.week()))
    };
    let month = |i: usize| {
        let date = copies[i].taken.to_zoned(zone.clone()).date();
        (i32::from(date.year()), i32::from(date.month()))
    };
    let mut usable: Vec<usize> = known.iter().copied().filter(|i| !copies[*i].broken).collect();
    usable.sort_by_key(|i| std::cmp::Reverse(copies[*i].taken));
    for candidates in [&verified, &usable] {
        stay.extend(last_of_each(candidates, keep.daily, day));
        stay.extend(last_of_each(candidates, keep.weekly, week));
        stay.extend(last_of_each(candidates, keep.monthly, month));
    }
    let fresh = |taken: Timestamp| newest.duration_since(taken) < A_DAY;
    known.into_iter().filter(|i| !fresh(copies[*i].taken) && !stay.contains(i)).collect()
}

/// The newest of each of the first so many spans; `newest_first` is in that order.
fn last_of_each(newest_first: &[usize], spans: u32, span: impl Fn(usize) -> (i32, i32)) -> Vec<usize> {
    let mut seen = Vec::new();
    let mut stay = Vec::new();
    for i in newest_first {
        let of = span(*i);
        if seen.last() != Some(&of) {
            if seen.len() >= spans as usize {
                break;
            }
            seen.push(of);
            stay.push(*i);
        }
    }
    stay
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use proptest::prelude::*;

    use super::*;

    fn nightly(nights: i32) -> Vec<Copy> {
        let last: jiff::Zoned = "2026-11-23T03:00:00+05:00[+05:00]".parse().unwrap();
        let taken = |back: i32| last.checked_sub(back.days()).unwrap().timestamp();
        (0..nights).map(|back| Copy { taken: taken(back), verified: true, broken: false }).collect()
    }

    fn now() -> Timestamp {
        "2026-11-23T22:00:00Z".parse().unwrap()
    }

    fn zone() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(5))
    }

    #[test]
    fn seven_days_five_weeks_and_twelve_months_of_two_years_stay() {
        let copies = nightly(730);
        let gone = dispensable(&copies, &Keep::default(), &zone(), now());
        // The newest is of all three; of the weeks two more, of the months one more lie in the days.
        let stay: Vec<usize> = (0..copies.len()).filter(|i| !gone.contains(i)).collect();
        assert_eq!(&stay[..7], [0, 1, 2, 3, 4, 5, 6]);
        let date = |i: &usize| copies[*i].taken.to_zoned(zone()).date().to_string();
        assert_eq!(
            stay[7..].iter().map(date).collect::<Vec<_>>(),
            [
                "2026-11-15",
                "2026-11-08",
                "2026-11-01",
                "2026-10-31",
                "2026-09-30",
                "2026-08-31",
                "2026-07-31",
                "2026-06-30",
                "2026-05-31",
                "2026-04-30",
                "2026-03-31",
                "2026-02-28",
                "2026-01-31",
                "2025-12-31",
            ]
        );
    }

    #[test]
    fn nothing_goes_for_one_that_was_not_verified() {
        let mut copies = nightly(40);
        copies.iter_mut().take(39).for_each(|copy| copy.verified = false);
        assert_eq!(dispensable(&copies, &Keep::default(), &zone(), now()), Vec::<usize>::new());
        copies[3].verified = true;
        let gone = dispensable(&copies, &Keep { daily: 1, weekly: 0, monthly: 0 }, &zone(), now());
        assert_eq!(gone, (4..40).collect::<Vec<_>>());
    }

    #[test]
    fn all_of_the_last_day_stay() {
        let hourly = |hour: i64| Copy {
            taken: now() - SignedDuration::from_hours(hour),
            verified: true,
            broken: false,
        };
        let copies: Vec<Copy> = (0..48).map(hourly).collect();
        let gone = dispensable(&copies, &Keep { daily: 1, weekly: 0, monthly: 0 }, &zone(), now());
        assert_eq!(gone, (24..48).collect::<Vec<_>>());
    }

    #[test]
    fn what_was_not_read_back_yet_keeps_its_place_and_what_is_broken_has_none() {
        // As after a restore: all of them lie there, and only the one that was made since was read back.
        let mut copies = nightly(60);
        copies.iter_mut().skip(1).for_each(|copy| copy.verified = false);
        let all = dispensable(&nightly(60), &Keep::default(), &zone(), now());
        assert_eq!(dispensable(&copies, &Keep::default(), &zone(), now()), all);
        copies.iter_mut().skip(1).for_each(|copy| copy.broken = true);
        assert_eq!(dispensable(&copies, &Keep::default(), &zone(), now()), (1..60).collect::<Vec<_>>());
    }

    #[test]
    fn what_a_wrong_clock_has_dated_stays_and_takes_nobodys_place() {
        let mut copies = nightly(9);
        let ahead = nightly(400)
            .into_iter()
            .map(|copy| Copy { taken: copy.taken + SignedDuration::from_hours(24 * 500), ..copy });
        copies.extend(ahead);
        let gone = dispensable(&copies, &Keep { daily: 7, weekly: 0, monthly: 0 }, &zone(), now());
        assert_eq!(gone, [7, 8]);
    }

    proptest! {
        #[test]
        fn the_last_verified_copy_and_all_that_is_newer_stay(
            taken in prop::collection::vec((0_i64..100_000_000, any::<bool>(), any::<bool>()), 0..60),
            daily in 1_u32..10, weekly in 0_u32..6, monthly in 0_u32..13,
        ) {
            let copies: Vec<Copy> = taken
                .into_iter()
                .map(|(second, verified, broken)| Copy { taken: Timestamp::from_second(second).unwrap(), verified, broken })
                .collect();
            let keep = Keep { daily, weekly, monthly };
            let gone = dispensable(&copies, &keep, &TimeZone::UTC, now());
            let newest = copies.iter().filter(|copy| copy.verified).map(|copy| copy.taken).max();
            prop_assert!(gone.iter().all(|i| Some(copies[*i].taken) < newest));
            // What stayed stays: nothing more goes the second time.
            let rest: Vec<Copy> =
                (0..copies.len()).filter(|i| !gone.contains(i)).map(|i| copies[i]).collect();
            prop_assert_eq!(dispensable(&rest, &keep, &TimeZone::UTC, now()), Vec::<usize>::new());
        }
    }
}
