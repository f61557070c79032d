//! A new key for the site, and what is brought under it.

use std::sync::Arc;

use vakhta_app::refusal::Refusal;
use vakhta_app::secret::Sealer;
use vakhta_app::users::port::{User, UserTx};
use vakhta_app::view::SiteKeyChanged;
use vakhta_domain::operation::kind;

use super::{internal, kit, secret, write};
use crate::access::Actor;
use crate::core::Core;

/// The number of the key that everything was last brought under.
const REWRAPPED: &str = "site_key.rewrapped";

pub(super) async fn change(core: &Arc<Core>, actor: &Actor) -> Result<SiteKeyChanged, Refusal> {
    let rotated = core.blocking(|core| core.sealer.rotate(core.secrets.as_ref())).await;
    let number = rotated.map_err(internal)?.map_err(secret)?;
    // The kit goes first: what is sealed under a key that the kit does not hold cannot be recovered.
    kit::keep_up(core).await?;
    let author = actor.author.clone();
    write(core, core.now(), move |tx| {
        tx.note(kind::SITE_KEY_CHANGED, "site", &author, &[("number", &number.to_string())])
    })
    .await?;
    Ok(SiteKeyChanged { number, rewrapped: rewrap(core).await? })
}

/// Goes on with what a crash has interrupted; nothing to do after most starts.
///
/// # Errors
/// When the database or the secrets fail.
pub(crate) async fn go_on(core: &Arc<Core>) -> Result<Option<u64>, Refusal> {
    let done = super::read(core, |core| core.store.setting(REWRAPPED)).await?;
    let newest = core.sealer.newest().to_string();
    if done.is_some_and(|done| done == newest) {
        return Ok(None);
    }
    rewrap(core).await.map(Some)
}

/// Wraps every person's key and seals every second factor under the newest key; how many keys.
async fn rewrap(core: &Arc<Core>) -> Result<u64, Refusal> {
    let (mut total, mut after) = (0, Some(0));
    while let Some(row) = after {
        let (changed, next) = write(core, core.now(), move |tx| tx.rewrap_visitors(row)).await?;
        total += changed;
        after = next;
    }
    let (sealer, newest) = (Arc::clone(&core.sealer), core.sealer.newest());
    write(core, core.now(), move |tx| {
        for mut user in tx.users()? {
            let Some(sealed) = user.factor.take() else { continue };
            user.factor = Some(sealer.reseal(&User::factor_context(user.id), &sealed)?);
            tx.change_user(&user, None, "site")?;
        }
        tx.set_setting(REWRAPPED, &newest.to_string())
    })
    .await?;
    Ok(total)
}
