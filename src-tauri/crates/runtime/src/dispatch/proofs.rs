//! What proves who somebody is, compared outside of any transaction: it is slow, and few at a time
//! are done.

use std::sync::Arc;

use jiff::Timestamp;
use vakhta_app::refusal::{ErrorCode, Problem, Refusal};
use vakhta_app::request::Password;
use vakhta_app::secret::Sealer;
use vakhta_app::users::port::{User, UserTx};
use vakhta_app::users::request::NewFactor;
use vakhta_app::users::sign_in::{self, Proof};
use vakhta_domain::ids::UserId;
use vakhta_secrets::factor::{self, Found};
use vakhta_secrets::{password, recovery_codes};

use super::{internal, secret, write_still as write};
use crate::core::Core;

/// Seconds that a code of a second factor is good.
const STEP_S: i64 = 30;

/// Whether a password or PIN is the one of this hash. Takes as long where there is none.
pub(super) async fn compare(
    core: &Arc<Core>,
    hash: Option<String>,
    given: Password,
) -> Result<bool, Refusal> {
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

pub(super) fn hashes(codes: &[String]) -> Vec<[u8; 32]> {
    codes.iter().filter_map(|code| recovery_codes::hash(code)).collect()
}

/// Sealed, with the step of the code that the phone has just shown.
pub(super) async fn taken_up(
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

/// What a code proves, as far as it can be told without the store.
pub(super) async fn proof(
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

fn wrong_clock(seconds: i64) -> Refusal {
    let words = format!(
        "the code is of a time {} s {} this machine's clock: one of the two clocks is wrong",
        seconds.abs(),
        if seconds > 0 { "after" } else { "before" }
    );
    let wait_s = u32::try_from(seconds.abs()).ok();
    Refusal { wait_s, ..Refusal::new(ErrorCode::WrongClock, words) }
}
