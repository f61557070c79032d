//! Added, changed, kept out; lost factors; and never without an administrator.

use jiff::{SignedDuration, Timestamp};
use vakhta_domain::ids::UserId;
use vakhta_domain::operation::kind;

use super::attempts::Attempts;
use super::port::{User, UserTx};
use super::words;
use crate::permission::Role;
use crate::refusal::{ErrorCode, Problem, Refusal};
use crate::settings::SecuritySettings;
use crate::tx::TxResult;

/// Somebody to be entered, with a password that was already hashed.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Who.
    pub id: UserId,
    /// As they sign in.
    pub login: String,
    /// As people call them.
    pub name: String,
    /// What they do.
    pub roles: Vec<Role>,
    /// Argon2id, as a PHC string.
    pub password: String,
    /// Somebody else chose it.
    pub password_given: bool,
}

/// Enters somebody.
///
/// # Errors
/// [`Refusal`] for a login that is unusable or taken, a name that is empty, no role.
pub fn add(tx: &mut dyn UserTx, new: NewUser, now: Timestamp, author: &str) -> TxResult<User> {
    let login = words::login(&new.login)?;
    if tx.user_by_login(&login)?.is_some() {
        return Err(Refusal::taken("login", &login).into());
    }
    let user = User {
        id: new.id,
        name: crate::visits::name(&new.name, "name")?,
        roles: checked_roles(&new.roles)?,
        disabled: false,
        password: new.password,
        given: new.password_given.then_some(now),
        factor: None,
        factor_step: 0,
        recovery_codes: 0,
        pin: None,
        factor_lost: None,
        seen: None,
        added: now,
        login,
    };
    tx.add_user(&user, author)?;
    Ok(user)
}

fn checked_roles(roles: &[Role]) -> Result<Vec<Role>, Refusal> {
    let roles: Vec<Role> = Role::ALL.into_iter().filter(|role| roles.contains(role)).collect();
    if roles.is_empty() {
        return Err(Refusal::invalid("roles", Problem::Empty, "at least one"));
    }
    Ok(roles)
}

/// Changes what is given of somebody. Who is kept out, or has other roles, is signed out.
///
/// # Errors
/// [`Refusal`] when nobody could administer afterwards.
pub fn change(
    tx: &mut dyn UserTx,
    id: UserId,
    name: Option<&str>,
    roles: Option<&[Role]>,
    disabled: Option<bool>,
    author: &str,
) -> TxResult<User> {
    let before = known(tx, id)?;
    let mut user = before.clone();
    if let Some(name) = name {
        user.name = crate::visits::name(name, "name")?;
    }
    if let Some(roles) = roles {
        user.roles = checked_roles(roles)?;
    }
    user.disabled = disabled.unwrap_or(user.disabled);
    if user == before {
        return Ok(user);
    }
    if administers(&before) && !administers(&user) {
        let others = tx.users()?.into_iter().filter(|other| other.id != id && administers(other));
        if others.count() == 0 {
            let words = "nobody could administer afterwards; make somebody else an administrator first";
            return Err(Refusal::new(ErrorCode::LastAdministrator, words).into());
        }
    }
    tx.change_user(&user, Some(kind::USER_CHANGED), author)?;
    if user.disabled || user.roles != before.roles {
        tx.end_sessions_of(id)?;
    }
    Ok(user)
}

fn administers(user: &User) -> bool {
    !user.disabled && user.roles.contains(&Role::Administrator)
}

/// Gives somebody a new password, hashed. `given` says when somebody else chose it; then their
/// sessions end and failures are forgotten.
pub fn set_password(
    tx: &mut dyn UserTx,
    id: UserId,
    hash: String,
    given: Option<Timestamp>,
    author: &str,
) -> TxResult<User> {
    let mut user = known(tx, id)?;
    user.password = hash;
    user.given = given;
    // Whoever knew the old one may have chosen it.
    user.pin = None;
    tx.change_user(&user, Some(kind::USER_PASSWORD), author)?;
    if given.is_some() {
        tx.end_sessions_of(id)?;
        tx.set_attempts(&user.login, Attempts::default())?;
    }
    Ok(user)
}

/// A PIN, hashed; `None` takes it away.
pub fn set_pin(tx: &mut dyn UserTx, id: UserId, hash: Option<String>, author: &str) -> TxResult<User> {
    let mut user = known(tx, id)?;
    user.pin = hash;
    tx.change_user(&user, Some(kind::USER_PIN), author)?;
    Ok(user)
}

/// A second factor, sealed, whose code of this step was just shown; and recovery codes, hashed.
pub fn set_factor(
    tx: &mut dyn UserTx,
    id: UserId,
    sealed: Vec<u8>,
    step: i64,
    codes: &[[u8; 32]],
    author: &str,
) -> TxResult<User> {
    let mut user = known(tx, id)?;
    user.factor = Some(sealed);
    user.factor_step = step;
    user.factor_lost = None;
    user.recovery_codes = u32::try_from(codes.len()).unwrap_or(u32::MAX);
    tx.set_recovery_codes(id, codes)?;
    tx.change_user(&user, Some(kind::USER_FACTOR), author)?;
    Ok(user)
}

/// New recovery codes in place of the old ones.
pub fn renew_codes(tx: &mut dyn UserTx, id: UserId, codes: &[[u8; 32]], author: &str) -> TxResult<User> {
    let mut user = known(tx, id)?;
    user.recovery_codes = u32::try_from(codes.len()).unwrap_or(u32::MAX);
    tx.set_recovery_codes(id, codes)?;
    tx.change_user(&user, Some(kind::USER_CODES), author)?;
    Ok(user)
}

/// One person vouches that somebody else's second factor is lost.
///
/// # Errors
/// [`Refusal`] when they have none, or would vouch for themselves.
pub fn vouch(tx: &mut dyn UserTx, id: UserId, now: Timestamp, author: &str) -> TxResult<User> {
    let mut user = known(tx, id)?;
    if user.factor.is_none() {
        return Err(Refusal::new(ErrorCode::WrongState, "there is no second factor to lose").into());
    }
    if author == User::author(id) {
        return Err(Refusal::new(ErrorCode::TwoPeople, "nobody vouches for themselves").into());
    }
    user.factor_lost = Some((author.to_owned(), now));
    tx.change_user(&user, Some(kind::USER_FACTOR_LOST), author)?;
    Ok(user)
}

/// Whoever vouched is still sure of it.
const VOUCHED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Another person takes the lost factor away, within a day: the next signing in demands a new one of
/// who needs one.
///
/// # Errors
/// [`ErrorCode::TwoPeople`] when nobody has vouched, the same person did, or it is their own.
pub fn take_factor_away(tx: &mut dyn UserTx, id: UserId, now: Timestamp, author: &str) -> TxResult<User> {
    let mut user = known(tx, id)?;
    if !may_confirm(user.factor_lost.as_ref(), id, now, author) {
        let words = "two other people are needed: one who vouches for it, and one who confirms";
        return Err(Refusal::new(ErrorCode::TwoPeople, words).into());
    }
    user.factor = None;
    user.factor_lost = None;
    user.recovery_codes = 0;
    tx.set_recovery_codes(id, &[])?;
    tx.change_user(&user, Some(kind::USER_FACTOR_GONE), author)?;
    tx.end_sessions_of(id)?;
    Ok(user)
}

/// Whether `author` may take away what somebody vouched is lost.
#[must_use]
pub fn may_confirm(lost: Option<&(String, Timestamp)>, id: UserId, now: Timestamp, author: &str) -> bool {
    let fresh = |at: Timestamp| now.duration_since(at) <= VOUCHED_FOR;
    lost.is_some_and(|(by, at)| by != author && fresh(*at)) && author != User::author(id)
}

/// Whether a role of theirs demands a second factor.
#[must_use]
pub fn factor_demanded(roles: &[Role], settings: &SecuritySettings) -> bool {
    roles.iter().any(|role| settings.factor_roles.contains(role))
}

fn known(tx: &mut dyn UserTx, id: UserId) -> TxResult<User> {
    Ok(tx.user(id)?.ok_or_else(|| Refusal::not_found("user", id))?)
}
