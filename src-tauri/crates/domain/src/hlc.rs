//! The hybrid logical clock that orders the operations of all desks.
//!
//! A reading is a wall-clock millisecond and a counter. It never goes backwards: not when
//! the wall clock steps back, not after hearing from a faster peer. How far a peer may
//! drag it ahead is bounded at the centre, not here: a local write is never refused.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One reading: 48 bits of milliseconds since 1970, 16 bits of counter, so that readings
/// compare as integers and fit SQLite's and PostgreSQL's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hlc(u64);

const COUNTER_BITS: u32 = 16;
/// The year 6429 in 47 bits of milliseconds: keeps the integer positive where it is signed.
const MAX_MILLIS: u64 = (1 << 47) - 1;

impl Hlc {
    /// As stored.
    #[must_use]
    pub fn to_i64(self) -> i64 {
        // The top bit is never set: MAX_MILLIS has 47 bits.
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// From where it was stored; a negative number was never a reading and becomes zero.
    #[must_use]
    pub fn from_i64(stored: i64) -> Self {
        Self(u64::try_from(stored).unwrap_or(0))
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn millis(self) -> u64 {
        self.0 >> COUNTER_BITS
    }

    fn of_wall(now: Timestamp) -> Self {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0).min(MAX_MILLIS);
        Self(millis << COUNTER_BITS)
    }
}

/// The clock: the greatest reading given or heard so far. Persist it with every write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HybridClock {
    last: Hlc,
}

impl HybridClock {
    /// Goes on from a persisted reading.
    #[must_use]
    pub fn resume(last: Hlc) -> Self {
        Self { last }
    }

    /// A reading for a new operation, greater than every one before. A counter that is full
    /// carries into the milliseconds: 65,536 operations in a millisecond borrow from the next.
    pub fn tick(&mut self, now: Timestamp) -> Hlc {
        self.last = Hlc::of_wall(now).max(Hlc(self.last.0.saturating_add(1)));
        self.last
    }

    /// Takes note of another desk's reading, so that what is written here next comes after it.
    pub fn observe(&mut self, heard: Hlc) {
        self.last = self.last.max(heard);
    }

    /// The greatest reading so far.
    #[must_use]
    pub fn last(&self) -> Hlc {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        Tick(i64),
        Observe(u64),
        Restart,
    }

    fn step() -> impl Strategy<Value = Step> {
        // Wall clocks jump anywhere between 1970 and 2100, peers too.
        prop_oneof![
            6 => (0..4_102_444_800_000i64).prop_map(Step::Tick),
            2 => (0..4_102_444_800_000u64).prop_map(Step::Observe),
            1 => Just(Step::Restart),
        ]
    }

    proptest! {
        #[test]
        fn readings_only_ever_grow(steps in prop::collection::vec(step(), 1..200)) {
            let mut clock = HybridClock::default();
            let mut before = Hlc::default();
            for step in steps {
                match step {
                    Step::Tick(ms) => {
                        let reading = clock.tick(Timestamp::from_millisecond(ms).unwrap());
                        prop_assert!(reading > before);
                        prop_assert!(reading.millis() >= u64::try_from(ms).unwrap());
                        before = reading;
                    }
                    Step::Observe(ms) => {
                        let heard = Hlc(ms << COUNTER_BITS | 7);
                        clock.observe(heard);
                        prop_assert!(clock.last() >= heard);
                        before = before.max(heard);
                    }
                    Step::Restart => clock = HybridClock::resume(Hlc::from_i64(clock.last().to_i64())),
                }
            }
        }

        #[test]
        fn a_burst_within_one_millisecond_borrows_from_the_next(count in 1usize..70_000) {
            let now = Timestamp::from_millisecond(1_750_000_000_000).unwrap();
            let mut clock = HybridClock::default();
            let mut last = clock.tick(now);
            for _ in 0..count { let next = clock.tick(now); prop_assert!(next > last); last = next; }
            prop_assert!(last.millis() - 1_750_000_000_000 <= 2);
        }
    }
}
