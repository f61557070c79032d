//! One's own account: the password, the PIN, the second factor and its recovery codes.

use std::sync::Arc;

use vakhta_app::refusal::{ErrorCode, Problem, Refusal};
use vakhta_app::request::Password;
use vakhta_app::users::people;
use vakhta_app::users::port::{User, UserTx};
use vakhta_app::users::request::{NewFactor, PasswordChange, PinChange};
use vakhta_app::users::sign_in;
use vakhta_app::users::view::{Access, RecoveryCodes, Stage};
use vakhta_app::users::words;
use vakhta_secrets::{password, recovery_codes};

use super::access::{access, refuse};
use super::proofs::{compare, hashed, hashes, taken_up};
use super::{secret, write};
use crate::access::{Actor, Caller};
use crate::core::Core;

pub(super) async fn password_change(
    core: &Arc<Core>,
    actor: &Actor,
    caller: &Caller,
    request: PasswordChange,
) -> Result<Access, Refusal> {
    let user = proven_by_password(core, actor, request.old).await?;
    words::password("new", &request.new.0, &user.login, password::is_common)?;
    if compare(core, Some(user.password.clone()), request.new.clone()).await? {
        return Err(Refusal::invalid("new", Problem::Common, "is the present one"));
    }
    let hash = hashed(core, request.new).await?;
    let (author, seat) = (actor.author.clone(), seat_of(actor));
    write(core, core.now(), move |tx| {
        people::set_password(tx, user.id, hash, None, &author)?;
        tx.end_other_sessions_of(user.id, seat)
    })
    .await?;
    access(core, caller).await
}

pub(super) async fn pin_change(
    core: &Arc<Core>,
    actor: &Actor,
    caller: &Caller,
    request: PinChange,
) -> Result<Access, Refusal> {
    if actor.stage != Stage::SignedIn {
        // A password that somebody else chose must not leave a PIN behind.
        return Err(Refusal::new(ErrorCode::Forbidden, "finish signing in first"));
    }
    let user = proven_by_password(core, actor, request.password).await?;
    let hash = match request.pin {
        Some(pin) => {
            words::pin(&pin.0)?;
            Some(hashed(core, pin).await?)
        }
        None => None,
    };
    let author = actor.author.clone();
    write(core, core.now(), move |tx| people::set_pin(tx, user.id, hash, &author)).await?;
    access(core, caller).await
}

pub(super) async fn factor_change(
    core: &Arc<Core>,
    actor: &Actor,
    request: NewFactor,
) -> Result<RecoveryCodes, Refusal> {
    let (user, now) = (actor.signed_in()?.clone(), core.now());
    // Whoever finds a desk open must not make it theirs.
    if actor.stepped_up_until(now).is_none() {
        return Err(Refusal::new(ErrorCode::StepUp, "show once more that it is you"));
    }
    let (sealed, step) = taken_up(core, user.id, &request, now).await?;
    let codes = recovery_codes::new(recovery_codes::COUNT).map_err(secret)?;
    let (hashes, author, seat) = (hashes(&codes), actor.author.clone(), seat_of(actor));
    write(core, now, move |tx| {
        people::set_factor(tx, user.id, sealed, step, &hashes, &author)?;
        tx.end_other_sessions_of(user.id, seat)
    })
    .await?;
    Ok(RecoveryCodes { codes })
}

pub(super) async fn renew_codes(core: &Arc<Core>, actor: &Actor) -> Result<RecoveryCodes, Refusal> {
    let (user, now) = (actor.signed_in()?, core.now());
    if user.factor.is_none() {
        return Err(Refusal::new(ErrorCode::WrongState, "recovery codes stand in for a second factor"));
    }
    if actor.stepped_up_until(now).is_none() {
        return Err(Refusal::new(ErrorCode::StepUp, "show once more that it is you"));
    }
    let codes = recovery_codes::new(recovery_codes::COUNT).map_err(secret)?;
    let (id, hashes, author) = (user.id, hashes(&codes), actor.author.clone());
    write(core, now, move |tx| people::renew_codes(tx, id, &hashes, &author)).await?;
    Ok(RecoveryCodes { codes })
}

/// The seat that asks: what proves somebody was changed there, and counts from now on everywhere.
fn seat_of(actor: &Actor) -> i64 {
    actor.seat.as_ref().map_or(0, |(_, seat)| seat.row)
}

/// Whoever is at work, once they have given their password; failures count.
async fn proven_by_password(core: &Arc<Core>, actor: &Actor, given: Password) -> Result<User, Refusal> {
    let (user, now) = (actor.signed_in()?.clone(), core.now());
    let login = user.login.clone();
    write(core, now, move |tx| sign_in::begin(tx, &login, now).map(drop)).await?;
    if !compare(core, Some(user.password.clone()), given).await? {
        return refuse(core, Some(user), sign_in::wrong(), "password").await;
    }
    let login = user.login.clone();
    write(core, now, move |tx| tx.set_attempts(&login, Default::default())).await?;
    Ok(user)
}
