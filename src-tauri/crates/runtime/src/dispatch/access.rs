//! In, out, locked, unlocked, proven anew; and one's own account.

use std::sync::Arc;

use jiff::Timestamp;
use vakhta_app::permission::Role;
use vakhta_app::refusal::{ErrorCode, Problem, Refusal};
use vakhta_app::request::Password;
use vakhta_app::secret::Sealer;
use vakhta_app::tx::TxResult;
use vakhta_app::users::people::{self, NewUser, factor_demanded};
use vakhta_app::users::port::{User, UserTx};
use vakhta_app::users::request::{
    FactorWanted, NewFactor, PasswordChange, PinChange, SetUp, SignIn, StepUp, Unlock,
};
use vakhta_app::users::seat::SeatKey;
use vakhta_app::users::sign_in::{self, Entry, Outcome, Proof};
use vakhta_app::users::view::{
    Access, FactorOffer, KitView, Me, Place, RecoveryCodes, SeatPerson, SetUpDone, Stage,
};
use vakhta_app::users::words;
use vakhta_domain::ids::{SessionId, UserId};
use vakhta_domain::operation::kind;
use vakhta_secrets::factor::{self, Found};
use vakhta_secrets::{password, recovery_codes};

use super::{internal, read, secret, settings, write};
use crate::access::{Actor, Caller, Page, Token};
use crate::core::Core;

const CODES: usize = recovery_codes::COUNT;
/// Seconds that a code of a second factor is good.
const STEP_S: i64 = 30;
/// Characters of what a browser calls itself that are kept.
const AGENT: usize = 120;

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
    let codes = if new_factor.is_some() { recovery_codes::new(CODES).map_err(secret)? } else { Vec::new() };
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
    let made = super::kit::make(core).await?;
    let kit_id = made.id.clone();
    write(core, core.now(), move |tx| {
        tx.note(kind::KIT_MADE, &format!("kit/{kit_id}"), &User::author(id), &[])
    })
    .await?;
    let caller = with(caller, token.as_ref());
    let done = SetUpDone {
        access: access(core, &caller).await?,
        recovery_codes: codes,
        kit: KitView { code: made.code.reveal().to_owned(), id: made.id, made: core.now() },
    };
    Ok((done, token))
}

/// A second factor for a phone; nothing is kept of it.
pub(super) async fn factor_offer(core: &Arc<Core>, wanted: FactorWanted) -> Result<FactorOffer, Refusal> {
    let login = words::login(&wanted.login)?;
    let site = settings::settings(core).await?.site.site.name;
    let new = factor::new_secret().map_err(secret)?;
    let uri = factor::uri(&new, &login, &site).map_err(secret)?;
    let qr = factor::qr(&uri).map_err(secret)?;
    Ok(FactorOffer { secret: new, uri, qr })
}

/// Sealed, with the step of the code that the phone has just shown.
async fn taken_up(
    core: &Arc<Core>,
    id: UserId,
    new: &NewFactor,
    now: Timestamp,
) -> Result<(Vec<u8>, i64), Refusal> {
    let (text, code) = (new.secret.0.clone(), new.code.0.clone());
    match factor::find(&text, &code, now) {
        Found::Step(step) => {
            let context = User::factor_context(id);
            let sealed = core.blocking(move |core| core.sealer.seal(None, &context, text.as_bytes())).await;
            Ok((sealed.map_err(internal)?.map_err(secret)?, step))
        }
        Found::OtherTime { seconds } => Err(wrong_clock(seconds)),
        Found::None => {
            Err(Refusal::invalid("code", Problem::Malformed, "not the code of this second factor"))
        }
    }
}

fn wrong_clock(seconds: i64) -> Refusal {
    let words = format!(
        "the code is of a time {} s {} this machine's clock: one of the two clocks is wrong",
        seconds.abs(),
        if seconds > 0 { "after" } else { "before" }
    );
    let wait_s = u32::try_from(seconds.abs()).ok();
    Refusal { wait_s, ..Refusal::new(ErrorCode::WrongClock, words) }
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
    let Some(user) = user.filter(|user| right && !user.disabled) else {
        return refuse(core, None, sign_in::wrong(), "password").await;
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

/// What a code proves, as far as it can be told without the store.
async fn proof(
    core: &Arc<Core>,
    user: &User,
    code: &Password,
    now: Timestamp,
) -> Result<Result<Proof, Refusal>, Refusal> {
    if let Some(hash) = recovery_codes::hash(&code.0) {
        return Ok(Ok(Proof::Recovery(hash)));
    }
    let Some(sealed) = user.factor.clone() else { return Ok(Ok(Proof::None)) };
    let context = User::factor_context(user.id);
    let opened = core.blocking(move |core| core.sealer.open(None, &context, &sealed)).await;
    let opened = opened.map_err(internal)?.map_err(secret)?;
    let text = String::from_utf8(opened).map_err(internal)?;
    Ok(match factor::find(&text, &code.0, now) {
        Found::Step(step) => Ok(Proof::Step(step)),
        Found::OtherTime { seconds } => {
            if seconds > 0 {
                // Whoever guessed it is told when it will be good: it must not be good then.
                let (id, until) = (user.id, now.as_second() / STEP_S + seconds / STEP_S + 1);
                write(core, now, move |tx| match tx.user(id)? {
                    Some(mut user) => {
                        user.factor_step = user.factor_step.max(until);
                        tx.change_user(&user, None, &User::author(id))
                    }
                    None => Ok(()),
                })
                .await?;
            }
            Err(wrong_clock(seconds))
        }
        Found::None => Err(sign_in::wrong()),
    })
}

/// Writes a failure down and tells it.
async fn refuse<T>(
    core: &Arc<Core>,
    user: Option<User>,
    refusal: Refusal,
    what: &'static str,
) -> Result<T, Refusal> {
    write(core, core.now(), move |tx| sign_in::failed(tx, user.as_ref(), what)).await?;
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

// --- one's own account ---

pub(super) async fn password_change(
    core: &Arc<Core>,
    actor: &Actor,
    caller: &Caller,
    request: PasswordChange,
) -> Result<Access, Refusal> {
    let user = proven_by_password(core, actor, request.old).await?;
    words::password("new", &request.new.0, &user.login, password::is_common)?;
    if password::verify(&user.password, &request.new.0) {
        return Err(Refusal::invalid("new", Problem::Common, "is the present one"));
    }
    let hash = hashed(core, request.new).await?;
    let author = actor.author.clone();
    write(core, core.now(), move |tx| people::set_password(tx, user.id, hash, false, &author)).await?;
    access(core, caller).await
}

pub(super) async fn pin_change(
    core: &Arc<Core>,
    actor: &Actor,
    caller: &Caller,
    request: PinChange,
) -> Result<Access, Refusal> {
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
    // Who has one must show it first; who has none has just given the password.
    if user.factor.is_some() && actor.stepped_up_until(now).is_none() {
        return Err(Refusal::new(ErrorCode::StepUp, "show once more that it is you"));
    }
    let (sealed, step) = taken_up(core, user.id, &request, now).await?;
    let codes = recovery_codes::new(CODES).map_err(secret)?;
    let (hashes, author) = (hashes(&codes), actor.author.clone());
    write(core, now, move |tx| people::set_factor(tx, user.id, sealed, step, &hashes, &author)).await?;
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
    let codes = recovery_codes::new(CODES).map_err(secret)?;
    let (id, hashes, author) = (user.id, hashes(&codes), actor.author.clone());
    write(core, now, move |tx| people::renew_codes(tx, id, &hashes, &author)).await?;
    Ok(RecoveryCodes { codes })
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

// --- what is slow, off the async threads and few at a time ---

/// Whether a password or PIN is the one of this hash. Takes as long where there is none.
async fn compare(core: &Arc<Core>, hash: Option<String>, given: Password) -> Result<bool, Refusal> {
    let _place = core.proofs.acquire().await.map_err(internal)?;
    core.blocking(move |_| match hash {
        Some(hash) => password::verify(&hash, &given.0),
        None => password::matches_nobody(&given.0),
    })
    .await
    .map_err(internal)
}

pub(super) async fn hashed(core: &Arc<Core>, given: Password) -> Result<String, Refusal> {
    let _place = core.proofs.acquire().await.map_err(internal)?;
    core.blocking(move |_| password::hash(&given.0)).await.map_err(internal)?.map_err(secret)
}

fn hashes(codes: &[String]) -> Vec<[u8; 32]> {
    codes.iter().filter_map(|code| recovery_codes::hash(code)).collect()
}

fn done(outcome: Outcome) -> Result<(), Refusal> {
    match outcome {
        Outcome::Done => Ok(()),
        Outcome::Refused(refusal) => Err(refusal),
    }
}

// --- seats ---

/// What signing in makes of a page's seat: it has another token afterwards.
struct NewSeat {
    before: Option<SeatKey>,
    next: SeatKey,
    place: Place,
    agent: Option<String>,
}

struct OwnedEntry<'a> {
    seat: &'a NewSeat,
    user: UserId,
    proof: Proof,
    session: SessionId,
}

impl NewSeat {
    fn of(&self, user: UserId, proof: Proof) -> OwnedEntry<'_> {
        OwnedEntry { seat: self, user, proof, session: SessionId(uuid::Uuid::now_v7()) }
    }
}

impl OwnedEntry<'_> {
    fn borrowed(&self) -> Entry<'_> {
        Entry {
            seat: self.seat.before.as_ref(),
            next: &self.seat.next,
            place: self.seat.place,
            agent: self.seat.agent.as_deref(),
            user: self.user,
            proof: self.proof,
            session: self.session,
        }
    }
}

/// `None` for the owner, who sits nowhere.
fn new_seat(caller: &Caller) -> Result<(Option<Token>, Option<NewSeat>), Refusal> {
    let Caller::Page(page) = caller else { return Ok((None, None)) };
    let token = Token::fresh().map_err(internal)?;
    let agent = page.agent.as_ref().map(|agent| agent.chars().take(AGENT).collect());
    let before = page.token.as_ref().map(Token::key);
    let seat = NewSeat { before, next: token.key(), place: page.place, agent };
    Ok((Some(token), Some(seat)))
}

/// The same caller with another token.
fn with(caller: &Caller, token: Option<&Token>) -> Caller {
    match (caller, token) {
        (Caller::Page(page), Some(token)) => {
            Caller::Page(Page { token: Some(token.clone()), ..page.clone() })
        }
        _ => caller.clone(),
    }
}

fn seat_key(actor: &Actor) -> Result<SeatKey, Refusal> {
    let seat = actor.seat.as_ref().map(|(key, _)| *key);
    seat.ok_or_else(|| Refusal::new(ErrorCode::SignIn, "sign in"))
}

fn page_only(caller: &Caller) -> Result<(), Refusal> {
    match caller {
        Caller::Page(_) => Ok(()),
        Caller::Owner => {
            Err(Refusal::new(ErrorCode::WrongState, "the owner of the data folder needs not sign in"))
        }
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
