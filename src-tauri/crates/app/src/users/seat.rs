//! A seat: one window or one browser, where several people of a shared desk may be signed in and
//! one of them is at work. The page holds the seat's token and nothing else.

use jiff::{SignedDuration, Timestamp};
use vakhta_domain::ids::{SessionId, UserId};

use super::view::Place;
use crate::settings::SecuritySettings;

/// The hash of a seat's token: what is kept lets nobody in.
pub type SeatKey = [u8; 32];

/// After so many wrong PINs the password is asked for.
pub const PIN_TRIES: u32 = 5;
/// A fresh proof serves for this long.
pub const STEP_UP: SignedDuration = SignedDuration::from_mins(5);

/// One window or one browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Its number in the store.
    pub row: i64,
    /// Where.
    pub place: Place,
    /// What the browser calls itself.
    pub agent: Option<String>,
    /// It was let in by a link, or is the window: it may set the site up.
    pub may_set_up: bool,
    /// Who is at work.
    pub active: Option<UserId>,
    /// Somebody has locked it.
    pub locked: bool,
    /// When a hand was last on it.
    pub touched: Timestamp,
    /// Who is signed in here, the last one first.
    pub sessions: Vec<Session>,
}

/// Somebody signed in at a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// Who.
    pub user: UserId,
    /// Since when.
    pub begun: Timestamp,
    /// When they last did something.
    pub seen: Timestamp,
    /// When they last gave a fresh proof.
    pub stepped_up: Option<Timestamp>,
    /// Wrong PINs in a row.
    pub pin_failures: u32,
}

impl Session {
    /// It ends then at the latest.
    #[must_use]
    pub fn until(&self, limits: &SecuritySettings) -> Timestamp {
        self.begun + SignedDuration::from_hours(limits.session_hours.into())
    }

    /// Whether it has ended by the clock.
    #[must_use]
    pub fn is_over(&self, limits: &SecuritySettings, now: Timestamp) -> bool {
        let idle = SignedDuration::from_hours(limits.session_idle_hours.into());
        now >= self.until(limits) || now.duration_since(self.seen) >= idle
    }

    /// Until when a fresh proof serves; `None` when there is none.
    #[must_use]
    pub fn stepped_up_until(&self, now: Timestamp) -> Option<Timestamp> {
        // A proof from the future is of a clock that was set back since.
        let until = self.stepped_up.filter(|at| *at <= now)? + STEP_UP;
        (until > now).then_some(until)
    }
}

impl Seat {
    /// Drops the sessions that are over, and locks what nobody has touched for too long.
    #[must_use]
    pub fn at(mut self, limits: &SecuritySettings, now: Timestamp) -> Self {
        self.sessions.retain(|session| !session.is_over(limits, now));
        if self.session().is_none() {
            self.active = None;
        }
        let idle = SignedDuration::from_mins(limits.lock_after_minutes.into());
        self.locked |= now.duration_since(self.touched) >= idle;
        self
    }

    /// The session of who is at work, or was when the desk was locked.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        let active = self.active?;
        self.sessions.iter().find(|session| session.user == active)
    }

    /// The same, to be changed.
    pub fn session_mut(&mut self) -> Option<&mut Session> {
        let active = self.active?;
        self.of_mut(active)
    }

    /// Somebody's session here.
    pub fn of_mut(&mut self, user: UserId) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| session.user == user)
    }

    /// Somebody comes to work here: the last one first.
    pub fn welcome(&mut self, session: Session, now: Timestamp) {
        self.sessions.retain(|other| other.user != session.user);
        self.come_back(session, now);
    }

    /// Somebody who is signed in comes back to work.
    pub fn come_back(&mut self, session: Session, now: Timestamp) {
        self.sessions.retain(|other| other.id != session.id);
        self.active = Some(session.user);
        self.locked = false;
        self.touched = now;
        self.sessions.insert(0, Session { seen: now, pin_failures: 0, ..session });
    }

    /// Whoever is at work leaves. Others who are signed in may come back.
    pub fn sign_out(&mut self) {
        if let Some(active) = self.active.take() {
            self.sessions.retain(|session| session.user != active);
        }
        self.locked = !self.sessions.is_empty();
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn minute(minute: i64) -> Timestamp {
        Timestamp::from_second(1_000_000_000 + minute * 60).unwrap()
    }

    fn session(user: u128, now: Timestamp) -> Session {
        Session {
            id: SessionId(Uuid::from_u128(user + 100)),
            user: UserId(Uuid::from_u128(user)),
            begun: now,
            seen: now,
            stepped_up: None,
            pin_failures: 0,
        }
    }

    fn seat() -> Seat {
        Seat {
            row: 1,
            place: Place::Browser,
            agent: None,
            may_set_up: false,
            active: None,
            locked: false,
            touched: minute(0),
            sessions: Vec::new(),
        }
    }

    #[test]
    fn a_desk_that_nobody_touches_locks_itself_and_keeps_its_people() {
        let limits = SecuritySettings::default();
        let mut seat = seat();
        seat.welcome(session(1, minute(0)), minute(0));
        let lock = i64::from(limits.lock_after_minutes);
        assert!(!seat.clone().at(&limits, minute(lock - 1)).locked);
        let locked = seat.at(&limits, minute(lock));
        assert!(locked.locked && locked.session().is_some());
    }

    #[test]
    fn a_session_ends_when_idle_and_at_its_limit() {
        let limits = SecuritySettings::default();
        let (idle, most) = (i64::from(limits.session_idle_hours) * 60, i64::from(limits.session_hours) * 60);
        let mut seat = seat();
        seat.welcome(session(1, minute(0)), minute(0));
        assert!(seat.clone().at(&limits, minute(idle - 1)).session().is_some());
        assert!(seat.clone().at(&limits, minute(idle)).session().is_none());
        seat.session_mut().unwrap().seen = minute(most);
        assert!(seat.at(&limits, minute(most)).active.is_none());
    }

    #[test]
    fn who_signs_out_leaves_a_locked_desk_to_the_others() {
        let mut seat = seat();
        seat.welcome(session(1, minute(0)), minute(0));
        seat.welcome(session(2, minute(1)), minute(1));
        assert_eq!(seat.sessions.len(), 2);
        assert_eq!(seat.active, Some(UserId(Uuid::from_u128(2))));
        seat.sign_out();
        assert!(seat.locked && seat.active.is_none() && seat.sessions.len() == 1);
        let first = seat.sessions[0].clone();
        seat.come_back(first, minute(2));
        seat.sign_out();
        assert!(!seat.locked && seat.sessions.is_empty());
    }

    #[test]
    fn signing_in_again_replaces_the_session() {
        let mut seat = seat();
        seat.welcome(session(1, minute(0)), minute(0));
        seat.welcome(Session { id: SessionId(Uuid::from_u128(7)), ..session(1, minute(1)) }, minute(1));
        assert_eq!(seat.sessions.len(), 1);
        assert_eq!(seat.session().unwrap().id, SessionId(Uuid::from_u128(7)));
    }

    #[test]
    fn a_fresh_proof_grows_old() {
        let mut session = session(1, minute(0));
        assert_eq!(session.stepped_up_until(minute(0)), None);
        session.stepped_up = Some(minute(0));
        assert_eq!(session.stepped_up_until(minute(4)), Some(minute(5)));
        assert_eq!(session.stepped_up_until(minute(5)), None);
        assert_eq!(session.stepped_up_until(minute(-1)), None);
    }
}
