//! The first start; in, out, locked, unlocked, proven anew.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use vakhta_app::permission::Role;
use vakhta_app::refusal::{ErrorCode, Problem, Refusal};
use vakhta_app::tx::TxResult;
use vakhta_app::users::people::{self, NewUser, factor_demanded};
use vakhta_app::users::port::{User, UserTx};
use vakhta_app::users::request::{FactorWanted, SetUp, SignIn, StepUp, Unlock};
use vakhta_app::users::sign_in::{self, Outcome, Proof};
use vakhta_app::users::view::{Access, FactorOffer, Me, Place, SeatPerson, SetUpDone, Stage};
use vakhta_app::users::words;
use vakhta_domain::ids::UserId;
use vakhta_secrets::{factor, password, recovery_codes};

use super::proofs::{compare, hashed, hashes, proof, taken_up};
use super::seats::{AGENT, new_seat, page_only, seat_key, with};
use super::{read, secret, settings, write_still as write};
use crate::access::{Actor, Caller, Token};
use crate::core::Core;

/// Failures of nobody known are written down at most so often: whoever types names that nobody has
/// must not fill the journal.
const BETWEEN_NOBODIES: SignedDuration = SignedDuration::from_secs(60);

/// How far whoever asks has come.
pub(super) async fn access(core: &Arc<Core>, caller: &Caller) -> Result<Access, Refusal> {
    let actor = Actor::of(core, caller).await?;
    let now = core.now();
    let (settings, people) = {
        let sessions = actor.seat.as_ref().map(|(_, seat)| seat.sessions.clone()).unwrap_or_default();
        read(core, move |core| {
            let mut people = Vec::new();
            for session in sessions {
                people.extend(core.store.user(session.user)?.filter(|user| !user.disabled));
            }
            Ok((core.store.settings(&core.system_zone)?, people))
        })
        .await?
    };
    let security = &settings.security;
    let person =
        |user: User| SeatPerson { id: user.id, pin: user.pin.is_some() && security.pins, name: user.name };
    let at_work = matches!(actor.stage, Stage::NewPassword | Stage::NewFactor | Stage::SignedIn);
    Ok(Access {
        stage: actor.stage,
        me: actor.user.as_ref().filter(|_| at_work).map(|user| me(&actor, user, now)),
        people: people.into_iter().map(person).collect(),
        site: settings.site.site.name,
        language: settings.desk.language,
        theme: settings.desk.theme,
        lock_after_minutes: security.lock_after_minutes,
        now,
    })
}

fn me(actor: &Actor, user: &User, now: Timestamp) -> Me {
    Me {
        id: user.id,
        login: user.login.clone(),
        name: user.name.clone(),
        roles: user.roles.clone(),
        permissions: actor.permissions().to_vec(),
        factor: user.factor.is_some(),
        factor_demanded: factor_demanded(&user.roles, &actor.security),
        recovery_codes: user.recovery_codes,
        pin: user.pin.is_some(),
        stepped_up_until: actor.stepped_up_until(now),
    }
}

// --- the first start ---

pub(super) async fn set_up(
    core: &Arc<Core>,
    caller: &Caller,
    draft: SetUp,
) -> Result<(SetUpDone, Option<Token>), Refusal> {
    let actor = Actor::of(core, caller).await?;
    if !actor.fresh_site {
        return Err(Refusal::new(ErrorCode::WrongState, "this site has been set up already; sign in"));
    }
    if actor.stage == Stage::NotLetIn {
        let words = "open the address that `vakhtad link` prints, or run `vakhtad init` on the machine";
        return Err(Refusal::new(ErrorCode::SignIn, words));
    }
    let site = settings::checked_site(draft.site)?;
    words::password("password", &draft.password.0, &draft.login, password::is_common)?;
    let mut roles = draft.roles;
    roles.push(Role::Administrator);
    // Whoever owns the data folder may leave it to the first signing in.
    if draft.factor.is_none() && !actor.is_owner() && factor_demanded(&roles, &actor.security) {
        return Err(Refusal::invalid("factor", Problem::Empty, "an administrator needs a second factor"));
    }
    let now = core.now();
    let id = UserId(uuid::Uuid::now_v7());
    let new_factor = match &draft.factor {
        Some(new) => Some(taken_up(core, id, new, now).await?),
        None => None,
    };
    let hash = hashed(core, draft.password).await?;
    let codes = if new_factor.is_some() {
        recovery_codes::new(recovery_codes::COUNT).map_err(secret)?
    } else {
        Vec::new()
    };
    let code_hashes = hashes(&codes);
    let (token, entry) = new_seat(caller)?;
    let author = actor.author.clone();
    let (language, login, name) = (draft.language, draft.login.clone(), draft.name);
    write(core, now, move |tx| {
        // Two pages may ask at once.
        if !tx.users()?.is_empty() {
            return Err(Refusal::new(ErrorCode::WrongState, "this site has been set up already").into());
        }
        let author = if author == "user/nobody" { User::author(id) } else { author };
        let new = NewUser { id, login, name, roles, password: hash, password_given: false };
        let user = people::add(tx, new, now, &author)?;
        let mut desk = tx.desk_settings()?;
        desk.language = language;
        tx.set_desk_settings(&desk, &author)?;
        tx.set_site_settings(&site, &author)?;
        let proof = match new_factor {
            Some((sealed, step)) => {
                people::set_factor(tx, id, sealed, step - 1, &code_hashes, &author)?;
                Proof::Step(step)
            }
            None => Proof::None,
        };
        if let Some(entry) = entry {
            let entry = entry.of(id, proof);
            let limits = tx.security_settings()?;
            sign_in::sign_in(tx, entry.borrowed(), &user.login, &limits, now)?;
        }
        Ok(())
    })
    .await?;
    settings::take_effect(core).await?;
    let kit = super::kit::make(core, User::author(id)).await?;
    let caller = with(caller, token.as_ref());
    let done = SetUpDone { access: access(core, &caller).await?, recovery_codes: codes, kit };
    Ok((done, token))
}

/// A second factor for a phone; nothing is kept of it.
pub(super) async fn factor_offer(core: &Arc<Core>, wanted: FactorWanted) -> Result<FactorOffer, Refusal> {
    let login = words::login(&wanted.login)?;
    if let Some(wish) = &wanted.password {
        words::password("password", &wish.0, &login, password::is_common)?;
    }
    let site = settings::settings(core).await?.site.site.name;
    let new = factor::new_secret().map_err(secret)?;
    let uri = factor::uri(&new, &login, &site).map_err(secret)?;
    let qr = factor::qr(&uri).map_err(secret)?;
    Ok(FactorOffer { secret: new, uri, qr })
}

// --- in and out ---

pub(super) async fn sign_in(
    core: &Arc<Core>,
    caller: &Caller,
    request: SignIn,
) -> Result<(Access, Option<Token>), Refusal> {
    page_only(caller)?;
    let now = core.now();
    let login = request.login.clone();
    let user = write(core, now, move |tx| sign_in::begin(tx, &login, now)).await?;
    let right = compare(core, user.as_ref().map(|user| user.password.clone()), request.password).await?;
    let user = match user {
        Some(user) if right && !user.disabled => user,
        other => return refuse(core, other, sign_in::wrong(), "password").await,
    };
    let proof = match &request.code {
        None => Proof::None,
        Some(code) => match proof(core, &user, code, now).await? {
            Ok(proof) => proof,
            Err(refusal) => return refuse(core, Some(user), refusal, "code").await,
        },
    };
    let (token, entry) = new_seat(caller)?;
    let outcome = write(core, now, move |tx| {
        let limits = tx.security_settings()?;
        match &entry {
            Some(entry) => {
                sign_in::sign_in(tx, entry.of(user.id, proof).borrowed(), &request.login, &limits, now)
            }
            None => Ok(Outcome::Refused(sign_in::wrong())),
        }
    })
    .await?;
    done(outcome)?;
    let caller = with(caller, token.as_ref());
    Ok((access(core, &caller).await?, token))
}

/// Writes a failure down and tells it.
pub(super) async fn refuse<T>(
    core: &Arc<Core>,
    user: Option<User>,
    refusal: Refusal,
    what: &'static str,
) -> Result<T, Refusal> {
    let now = core.now();
    if user.is_some() || core.is_time_for_nobody(now, BETWEEN_NOBODIES) {
        write(core, now, move |tx| sign_in::failed(tx, user.as_ref(), what)).await?;
    }
    Err(refusal)
}

pub(super) async fn unlock(
    core: &Arc<Core>,
    actor: &Actor,
    caller: &Caller,
    request: Unlock,
) -> Result<Access, Refusal> {
    let (key, now) = (seat_key(actor)?, core.now());
    let user = request.user;
    let known = read(core, move |core| core.store.user(user)).await?;
    let by_pin = request.pin;
    if by_pin && !actor.security.pins {
        return Err(Refusal::new(ErrorCode::Forbidden, "PINs are not used at this site; give the password"));
    }
    if let (false, Some(user)) = (by_pin, &known) {
        let login = user.login.clone();
        write(core, now, move |tx| sign_in::begin(tx, &login, now).map(drop)).await?;
    }
    let hash = known.and_then(|user| if by_pin { user.pin } else { Some(user.password) });
    let right = compare(core, hash, request.secret).await?;
    let limits = actor.security.clone();
    let outcome = write(core, now, move |tx| {
        let outcome = sign_in::unlock(tx, &key, user, by_pin, right, &limits, now)?;
        if right && let Some(user) = tx.user(user)? {
            tx.set_attempts(&user.login, Default::default())?;
        }
        Ok(outcome)
    })
    .await?;
    done(outcome)?;
    access(core, caller).await
}

pub(super) async fn sign_out(core: &Arc<Core>, actor: &Actor, caller: &Caller) -> Result<Access, Refusal> {
    if let Some((key, _)) = &actor.seat {
        let key = *key;
        write(core, core.now(), move |tx| sign_in::sign_out(tx, &key)).await?;
    }
    access(core, caller).await
}

pub(super) async fn lock(core: &Arc<Core>, actor: &Actor, caller: &Caller) -> Result<Access, Refusal> {
    if let Some((key, _)) = &actor.seat {
        let key = *key;
        write(core, core.now(), move |tx| sign_in::lock(tx, &key)).await?;
        core.locked();
    }
    access(core, caller).await
}

pub(super) async fn touch(core: &Arc<Core>, actor: &Actor) -> Result<(), Refusal> {
    if let Some((key, _)) = &actor.seat {
        let (key, limits, now) = (*key, actor.security.clone(), core.now());
        write(core, now, move |tx| sign_in::touch(tx, &key, &limits, now)).await?;
    }
    Ok(())
}

pub(super) async fn step_up(
    core: &Arc<Core>,
    actor: &Actor,
    caller: &Caller,
    request: StepUp,
) -> Result<Access, Refusal> {
    let (user, key, now) = (actor.signed_in()?.clone(), seat_key(actor)?, core.now());
    let login = user.login.clone();
    write(core, now, move |tx| sign_in::begin(tx, &login, now).map(drop)).await?;
    let shown = if user.factor.is_some() {
        match proof(core, &user, &request.secret, now).await? {
            Ok(proof) => Some(proof),
            Err(refusal) => return refuse(core, Some(user), refusal, "fresh proof").await,
        }
    } else {
        compare(core, Some(user.password), request.secret).await?.then_some(Proof::None)
    };
    done(write(core, now, move |tx| sign_in::step_up(tx, &key, shown, now)).await?)?;
    access(core, caller).await
}

fn done(outcome: Outcome) -> Result<(), Refusal> {
    match outcome {
        Outcome::Done => Ok(()),
        Outcome::Refused(refusal) => Err(refusal),
    }
}

/// A browser that was let in by a link, so that it may set the site up.
pub(crate) async fn let_in(core: &Arc<Core>, token: &Token, agent: Option<String>) -> Result<(), Refusal> {
    let key = token.key();
    let agent: Option<String> = agent.map(|agent| agent.chars().take(AGENT).collect());
    write(core, core.now(), move |tx| -> TxResult<()> {
        tx.add_seat(&key, Place::Browser, agent.as_deref(), true).map(drop)
    })
    .await
}
