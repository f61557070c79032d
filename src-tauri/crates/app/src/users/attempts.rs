//! Failed tries make the next one wait, longer each time, until nobody gets in under that name.

use jiff::{SignedDuration, Timestamp};

use crate::refusal::{ErrorCode, Refusal};

/// So many failures cost nothing: people mistype.
const FREE: u32 = 3;
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
/// After so many nobody gets in under the name until somebody gives a new password.
pub const AT_MOST: u32 = 100;

/// Failures in a row under one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// How many.
    pub failures: u32,
    /// The last one; `None` without any.
    pub last: Option<Timestamp>,
}

impl Attempts {
    /// Whether a try may be made now, and what the failures are once it has been: a try counts
    /// as failed from its beginning, so that many at once do not share one place.
    ///
    /// # Errors
    /// [`ErrorCode::TooMany`] with how long to wait; without a time when waiting does not help.
    pub fn one_more(self, now: Timestamp) -> Result<Self, Refusal> {
        if self.locked_out() {
            let words = "too many failures; somebody who manages users must give a new password";
            return Err(Refusal::new(ErrorCode::TooMany, words));
        }
        let due = self.last.map(|last| last + wait_after(self.failures));
        // A clock that was set back must not keep anybody out.
        let passed = self.last.is_none_or(|last| last > now) || due.is_none_or(|due| due <= now);
        if passed {
            return Ok(Self { failures: self.failures + 1, last: Some(now) });
        }
        let wait = due.map_or(SignedDuration::ZERO, |due| due.duration_since(now));
        // Up to the next whole second.
        let seconds = u32::try_from(wait.as_secs() + i64::from(wait.subsec_nanos() > 0)).unwrap_or(u32::MAX);
        Err(Refusal { wait_s: Some(seconds), ..Refusal::new(ErrorCode::TooMany, "too many failures; wait") })
    }

    /// The try was none after all: the password was right and only the second factor is missing.
    #[must_use]
    pub fn one_less(self) -> Self {
        Self { failures: self.failures.saturating_sub(1), ..self }
    }

    /// Nobody gets in under this name.
    #[must_use]
    pub fn locked_out(self) -> bool {
        self.failures >= AT_MOST
    }
}

/// After so many failures in a row.
fn wait_after(failures: u32) -> SignedDuration {
    if failures < FREE {
        return SignedDuration::ZERO;
    }
    let seconds = 1_i64.checked_shl(failures - FREE).filter(|seconds| *seconds > 0).unwrap_or(i64::MAX);
    SignedDuration::from_secs(seconds).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    #[test]
    fn the_first_tries_are_free_and_then_each_waits_longer() {
        let mut attempts = Attempts::default();
        for _ in 0..FREE {
            attempts = attempts.one_more(second(0)).unwrap();
        }
        let mut now = 0;
        let mut before = 0;
        while !attempts.locked_out() {
            let refused = attempts.one_more(second(now)).unwrap_err();
            assert_eq!(refused.code, ErrorCode::TooMany);
            let wait = i64::from(refused.wait_s.unwrap());
            assert!(wait >= before && wait <= 900, "{wait} after {before}");
            assert!(attempts.one_more(second(now + wait - 1)).is_err());
            now += wait;
            before = wait;
            attempts = attempts.one_more(second(now)).unwrap();
        }
        assert_eq!(attempts.failures, AT_MOST);
        let never = attempts.one_more(second(now + 1_000_000)).unwrap_err();
        assert_eq!((never.code, never.wait_s), (ErrorCode::TooMany, None));
    }

    #[test]
    fn a_clock_that_was_set_back_keeps_nobody_out() {
        let attempts = Attempts { failures: 50, last: Some(second(1_000)) };
        assert!(attempts.one_more(second(0)).is_ok());
    }

    #[test]
    fn a_missing_code_is_no_failure_and_a_wrong_one_is() {
        let one = Attempts::default().one_more(second(0)).unwrap();
        assert_eq!(one.one_less().failures, 0);
        assert_eq!(one.one_less().one_more(second(0)).unwrap().failures, 1);
    }
}
