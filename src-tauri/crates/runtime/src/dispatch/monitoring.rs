//! The monitoring token: made anew, taken away.

use std::sync::Arc;

use vakhta_app::health::{MonitoringToken, MonitoringView};
use vakhta_app::refusal::Refusal;
use vakhta_app::users::port::UserTx;
use vakhta_domain::operation::kind;

use super::{internal, read, write};
use crate::access::{Actor, Token};
use crate::core::Core;
use crate::monitoring::{Kept, SETTING, kept};

pub(super) async fn view(core: &Arc<Core>) -> Result<MonitoringView, Refusal> {
    let kept = read(core, |core| Ok(kept(core))).await?;
    Ok(MonitoringView {
        made: kept.as_ref().map(|kept| kept.made),
        ends: kept.as_ref().map(Kept::ends),
        used: core.health.token_last_used(),
    })
}

/// Another token in the place of any before it.
pub(super) async fn make(core: &Arc<Core>, actor: &Actor) -> Result<MonitoringToken, Refusal> {
    let (token, now, author) = (Token::fresh().map_err(internal)?, core.now(), actor.author.clone());
    let text = serde_json::to_string(&Kept::of(token.reveal(), now)).map_err(internal)?;
    write(core, now, move |tx| {
        tx.set_setting(SETTING, &text)?;
        tx.note(kind::MONITORING_TOKEN, "monitoring", &author, &[("what", "made")])
    })
    .await?;
    Ok(MonitoringToken { token: token.reveal().to_owned() })
}

pub(super) async fn remove(core: &Arc<Core>, actor: &Actor) -> Result<MonitoringView, Refusal> {
    let author = actor.author.clone();
    write(core, core.now(), move |tx| {
        tx.set_setting(SETTING, "")?;
        tx.note(kind::MONITORING_TOKEN, "monitoring", &author, &[("what", "removed")])
    })
    .await?;
    view(core).await
}
