//! In, out, locked, unlocked, proven anew. Each function is one transaction.

use jiff::{SignedDuration, Timestamp};
use vakhta_domain::ids::{SessionId, UserId};
use vakhta_domain::operation::kind;

use super::port::{User, UserTx};
use super::seat::{PIN_TRIES, Seat, SeatKey, Session};
use super::view::Place;
use crate::refusal::{ErrorCode, Refusal};
use crate::settings::SecuritySettings;
use crate::tx::TxResult;

/// A password that somebody was given lets them in for so long.
const GIVEN_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What was shown besides the password, already compared with what is known of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Nothing.
    None,
    /// A code of the second factor, by its time step.
    Step(i64),
    /// The hash of what looks like a recovery code.
    Recovery([u8; 32]),
}

/// A refusal that tells nobody which of login, password and code was wrong.
#[must_use]
pub fn wrong() -> Refusal {
    Refusal::new(ErrorCode::WrongCredential, "the name, the password or the code is not right")
}

/// Notes a try under a login before anything is compared, and tells whose login it is.
///
/// # Errors
/// [`ErrorCode::TooMany`] while it has to wait.
pub fn begin(tx: &mut dyn UserTx, login: &str, now: Timestamp) -> TxResult<Option<User>> {
    let attempts = tx.attempts(login)?.one_more(now)?;
    tx.set_attempts(login, attempts)?;
    tx.user_by_login(login)
}

/// The try that [`begin`] noted has failed, which the journal keeps when somebody has the login.
pub fn failed(tx: &mut dyn UserTx, user: Option<&User>, what: &str) -> TxResult<()> {
    match user {
        Some(user) => {
            let author = User::author(user.id);
            tx.note(kind::USER_REFUSED, &author.clone(), &author, &[("what", what)])
        }
        None => tx.note(kind::USER_REFUSED, "user/nobody", "user/nobody", &[("what", what)]),
    }
}

/// Who is to be signed in where.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The seat as it was found, when there is one.
    pub seat: Option<&'a SeatKey>,
    /// The token that it will have.
    pub next: &'a SeatKey,
    /// Where it is, when it is new.
    pub place: Place,
    /// What the browser calls itself.
    pub agent: Option<&'a str>,
    /// Whose password was right.
    pub user: UserId,
    /// What else was shown.
    pub proof: Proof,
    /// The session's name.
    pub session: SessionId,
}

/// Signs somebody in whose password was right. `login` is what they typed.
///
/// # Errors
/// [`ErrorCode::SecondFactor`] when a code is missing, which is no failure;
/// [`ErrorCode::WrongCredential`] for a code that was used already, or for who is kept out;
/// [`ErrorCode::Expired`] for a password that was given a week ago.
pub fn sign_in(
    tx: &mut dyn UserTx,
    entry: Entry<'_>,
    login: &str,
    limits: &SecuritySettings,
    now: Timestamp,
) -> TxResult<Outcome> {
    let Some(user) = tx.user(entry.user)?.filter(|user| !user.disabled) else {
        return Ok(Outcome::Refused(wrong()));
    };
    if user.given.is_some_and(|at| now.duration_since(at) > GIVEN_FOR) {
        let author = User::author(user.id);
        tx.note(kind::USER_REFUSED, &author.clone(), &author, &[("what", "expired password")])?;
        let words = "the password that was given has expired; ask for a new one";
        return Ok(Outcome::Refused(Refusal::new(ErrorCode::Expired, words)));
    }
    let attempts = tx.attempts(login)?;
    if user.factor.is_some() && entry.proof == Proof::None {
        tx.set_attempts(login, attempts.one_less())?;
        let words = "the code of the second factor is missing";
        return Ok(Outcome::Refused(Refusal::new(ErrorCode::SecondFactor, words)));
    }
    let author = User::author(user.id);
    let Some(mut user) = use_up(tx, user, entry.proof)? else {
        tx.note(kind::USER_REFUSED, &author.clone(), &author, &[("what", "used code")])?;
        return Ok(Outcome::Refused(wrong()));
    };
    tx.set_attempts(login, attempts_reset())?;
    user.seen = Some(now);
    tx.change_user(&user, None, &User::author(user.id))?;
    // Whoever knew the token before knows nothing now.
    let seat = match entry.seat.map(|key| tx.seat(key)).transpose()?.flatten() {
        Some(seat) => {
            tx.rekey_seat(&seat, entry.next)?;
            seat
        }
        None => tx.add_seat(entry.next, entry.place, entry.agent, false)?,
    };
    let mut seat = seat.at(limits, now);
    let proven = entry.proof != Proof::None;
    let session = Session {
        id: entry.session,
        user: user.id,
        begun: now,
        seen: now,
        // What was just proven need not be proven again at once.
        stepped_up: (proven || user.factor.is_none()).then_some(now),
        pin_failures: 0,
    };
    seat.welcome(session, now);
    tx.change_seat(&seat)?;
    let place = if seat.place == Place::Window { "window" } else { "browser" };
    let with = match entry.proof {
        Proof::None => "password",
        Proof::Step(_) => "second factor",
        Proof::Recovery(_) => "recovery code",
    };
    tx.note(kind::USER_SIGNED_IN, &author.clone(), &author, &[("place", place), ("with", with)])?;
    Ok(Outcome::Done)
}

/// What came of it. A refusal that was counted is written down: the transaction must happen, so
/// that it is no error of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As wished.
    Done,
    /// Not, and why.
    Refused(Refusal),
}

fn attempts_reset() -> super::attempts::Attempts {
    super::attempts::Attempts::default()
}

/// Each code serves once: `None` when it has.
fn use_up(tx: &mut dyn UserTx, mut user: User, proof: Proof) -> TxResult<Option<User>> {
    match proof {
        Proof::None => Ok(Some(user)),
        Proof::Step(step) if step > user.factor_step => {
            user.factor_step = step;
            Ok(Some(user))
        }
        Proof::Step(_) => Ok(None),
        Proof::Recovery(hash) => {
            if user.factor.is_none() || !tx.use_recovery_code(user.id, &hash)? {
                return Ok(None);
            }
            user.recovery_codes = user.recovery_codes.saturating_sub(1);
            Ok(Some(user))
        }
    }
}

/// Locks a seat; whoever was at work stays signed in.
pub fn lock(tx: &mut dyn UserTx, key: &SeatKey) -> TxResult<()> {
    let mut seat = seat_of(tx, key)?;
    if !seat.locked && seat.active.is_some() {
        seat.locked = true;
        tx.change_seat(&seat)?;
    }
    Ok(())
}

/// A hand is on the desk. A locked one stays locked.
pub fn touch(tx: &mut dyn UserTx, key: &SeatKey, limits: &SecuritySettings, now: Timestamp) -> TxResult<()> {
    let mut seat = seat_of(tx, key)?.at(limits, now);
    if seat.locked {
        return Ok(());
    }
    seat.touched = now;
    if let Some(session) = seat.session_mut() {
        session.seen = now;
    }
    tx.change_seat(&seat)
}

/// Somebody comes back by PIN or password, which `right` says was theirs. Five wrong PINs end
/// their session here: then the password is asked for, and the second factor.
///
/// # Errors
/// [`ErrorCode::SignIn`] when they are not signed in here any more.
pub fn unlock(
    tx: &mut dyn UserTx,
    key: &SeatKey,
    user: UserId,
    by_pin: bool,
    right: bool,
    limits: &SecuritySettings,
    now: Timestamp,
) -> TxResult<Outcome> {
    let mut seat = seat_of(tx, key)?.at(limits, now);
    let known = tx.user(user)?.filter(|user| !user.disabled);
    let Some(session) = seat.of_mut(user).filter(|_| known.is_some()) else {
        let words = "not signed in at this desk any more; sign in";
        return Ok(Outcome::Refused(Refusal::new(ErrorCode::SignIn, words)));
    };
    let author = User::author(user);
    if right {
        let session = session.clone();
        seat.come_back(session, now);
        tx.change_seat(&seat)?;
        let with = if by_pin { "PIN" } else { "password" };
        tx.note(kind::USER_UNLOCKED, &author.clone(), &author, &[("with", with)])?;
        return Ok(Outcome::Done);
    }
    tx.note(
        kind::USER_REFUSED,
        &author.clone(),
        &author,
        &[("what", if by_pin { "PIN" } else { "password" })],
    )?;
    if by_pin {
        session.pin_failures += 1;
        if session.pin_failures >= PIN_TRIES {
            seat.sessions.retain(|session| session.user != user);
            if seat.active == Some(user) {
                seat.active = None;
            }
            tx.change_seat(&seat)?;
            let words = "too many wrong PINs; sign in with the password";
            return Ok(Outcome::Refused(Refusal::new(ErrorCode::SignIn, words)));
        }
        tx.change_seat(&seat)?;
    }
    Ok(Outcome::Refused(wrong()))
}

/// Whoever is at work leaves.
pub fn sign_out(tx: &mut dyn UserTx, key: &SeatKey) -> TxResult<()> {
    let mut seat = seat_of(tx, key)?;
    if let Some(active) = seat.active {
        let author = User::author(active);
        tx.note(kind::USER_SIGNED_OUT, &author.clone(), &author, &[])?;
    }
    seat.sign_out();
    tx.change_seat(&seat)
}

/// Whoever is at work has shown that it is them; `right` says whether they did.
///
/// # Errors
/// [`ErrorCode::WrongCredential`] when they did not, or with a code that was used already.
pub fn step_up(
    tx: &mut dyn UserTx,
    key: &SeatKey,
    proof: Option<Proof>,
    now: Timestamp,
) -> TxResult<Outcome> {
    let mut seat = seat_of(tx, key)?;
    let Some(user) = seat.active.map(|user| tx.user(user)).transpose()?.flatten() else {
        return Ok(Outcome::Refused(Refusal::new(ErrorCode::SignIn, "sign in")));
    };
    let login = user.login.clone();
    let author = User::author(user.id);
    let proven = match proof {
        Some(proof) => use_up(tx, user, proof)?,
        None => None,
    };
    let Some(user) = proven else {
        tx.note(kind::USER_REFUSED, &author.clone(), &author, &[("what", "fresh proof")])?;
        return Ok(Outcome::Refused(wrong()));
    };
    tx.change_user(&user, None, &author)?;
    tx.set_attempts(&login, attempts_reset())?;
    if let Some(session) = seat.session_mut() {
        session.stepped_up = Some(now);
        session.seen = now;
    }
    seat.touched = now;
    tx.change_seat(&seat)?;
    tx.note(kind::USER_STEPPED_UP, &author.clone(), &author, &[])?;
    Ok(Outcome::Done)
}

fn seat_of(tx: &mut dyn UserTx, key: &SeatKey) -> TxResult<Seat> {
    Ok(tx.seat(key)?.ok_or_else(|| Refusal::new(ErrorCode::SignIn, "sign in"))?)
}
