//! Who a visitor is: entered, looked at, forgotten.

use std::sync::Arc;

use vakhta_app::refusal::Refusal;
use vakhta_app::request::{IdentityChange, IdentityWanted};
use vakhta_app::users::port::UserTx;
use vakhta_app::view::VisitorView;
use vakhta_app::visitors;
use vakhta_domain::ids::VisitorId;
use vakhta_domain::operation::kind;
use vakhta_store::VisitorRow;

use super::{internal, read, secret, write};
use crate::access::Actor;
use crate::core::Core;

pub(super) async fn change(
    core: &Arc<Core>,
    actor: &Actor,
    change: IdentityChange,
) -> Result<VisitorView, Refusal> {
    let (author, visitor) = (actor.author.clone(), change.visitor);
    write(core, core.now(), move |tx| visitors::change(tx, &change, &author)).await?;
    let row = known(core, visitor).await?;
    core.blocking(move |core| core.store.visitor_view(&row)).await.map_err(internal)?.map_err(secret)
}

/// That somebody looked is written down before anything is shown.
pub(super) async fn reveal(
    core: &Arc<Core>,
    actor: &Actor,
    wanted: IdentityWanted,
) -> Result<String, Refusal> {
    let row = known(core, wanted.visitor).await?;
    let opened = core.blocking(move |core| core.store.open_identity(&row)).await;
    let opened = opened.map_err(internal)?.map_err(secret)?;
    let found = opened.into_iter().find(|identity| identity.kind() == wanted.kind);
    let found = found.ok_or_else(|| Refusal::not_found(wanted.kind.as_str(), wanted.visitor))?;
    let author = actor.author.clone();
    let what = [("what", wanted.kind.as_str())];
    let entity = wanted.visitor.to_string();
    write(core, core.now(), move |tx| tx.note(kind::VISITOR_REVEALED, &entity, &author, &what)).await?;
    Ok(found.reveal().to_owned())
}

/// The person's key is gone with the transaction; what it sealed is unreadable from then on, also
/// where a picture's file could not be removed.
pub(super) async fn erase(core: &Arc<Core>, actor: &Actor, visitor: VisitorId) -> Result<(), Refusal> {
    let (author, now) = (actor.author.clone(), core.now());
    let pictures = write(core, now, move |tx| visitors::erase(tx, visitor, now, &author)).await?;
    let removed = core.blocking(move |core| {
        for name in pictures {
            if let Err(why) = core.pictures.remove(&name) {
                tracing::warn!(%why, "a picture of somebody who was erased could not be removed");
            }
        }
    });
    removed.await.map_err(internal)?;
    // Nobody waits for a place that does not answer; the next backup tells it too.
    tokio::spawn(crate::backups::tell_erased(Arc::clone(core)));
    // Else the log beside the database would hold what was erased for a while.
    core.store.checkpoint().await.map_err(super::refusal)
}

async fn known(core: &Arc<Core>, visitor: VisitorId) -> Result<VisitorRow, Refusal> {
    let row = read(core, move |core| core.store.visitor(visitor)).await?;
    row.ok_or_else(|| Refusal::not_found("visitor", visitor))
}
