//! The recovery kit: made at the first start, confirmed by typing a part of it from its paper, drawn
//! anew when it is wanted, and kept up to date with what must not be lost.

use std::sync::Arc;

use vakhta_app::backups::plan::BackupTarget;
use vakhta_app::refusal::{ErrorCode, Problem, Refusal};
use vakhta_app::request::Password;
use vakhta_app::secret::{Sealer, SecretError, SecretText};
use vakhta_app::users::port::UserTx;
use vakhta_app::users::view::KitView;
use vakhta_app::view::KitState;
use vakhta_backup::identity::BACKUP_IDENTITY;
use vakhta_domain::operation::kind;
use vakhta_secrets::kit::{self, Kit};
use vakhta_store::WriteError;

use super::{internal, read, secret, write};
use crate::access::Actor;
use crate::authority::AUTHORITY;
use crate::core::Core;
use crate::fleet::password_name;

/// Which kit somebody has confirmed.
const CONFIRMED: &str = "kit.confirmed";
/// What the last group of the present kit is compared with: its keyed hash.
const CHECK: &str = "kit.check";

/// The first kit, which opens this folder from now on.
pub(super) async fn make(core: &Arc<Core>, author: String) -> Result<KitView, Refusal> {
    let kit = drawn(core).await?;
    take_effect(core, &kit, false, author).await?;
    Ok(view(&kit))
}

/// Another kit; the one before it is good until somebody has shown that they have this one.
pub(super) async fn draw(core: &Arc<Core>) -> Result<KitView, Refusal> {
    let kit = drawn(core).await?;
    let shown = view(&kit);
    core.draw_kit(kit);
    Ok(shown)
}

async fn drawn(core: &Arc<Core>) -> Result<Kit, Refusal> {
    core.blocking(|core| kit::draw(core.secrets.as_ref())).await.map_err(internal)?.map_err(secret)
}

/// Somebody types the last group from the paper: of the kit that was drawn last, else of the present
/// one.
pub(super) async fn confirm(core: &Arc<Core>, actor: &Actor, group: Password) -> Result<KitState, Refusal> {
    let wrong = || Refusal::invalid("group", Problem::Mistyped, "not the last group of this kit's code");
    let author = actor.author.clone();
    if let Some(drawn) = core.drawn_kit().filter(|drawn| drawn.is_confirmed_by(&group.0)) {
        take_effect(core, &drawn, true, author).await?;
        core.forget_drawn_kit();
        return Ok(core.kit_state());
    }
    let id = core.kit_state().id.ok_or_else(|| {
        Refusal::new(ErrorCode::WrongState, "there is no recovery kit to confirm; make one")
    })?;
    let check = read(core, |core| core.store.setting(CHECK)).await?;
    let typed = kit::last_group(&group.0).map(|typed| check_of(core, &id, &typed));
    if check.is_none() || typed != check {
        return Err(wrong());
    }
    write(core, core.now(), move |tx| {
        tx.set_setting(CONFIRMED, &id)?;
        tx.note(kind::KIT_CONFIRMED, &format!("kit/{id}"), &author, &[])
    })
    .await?;
    look(core).await?;
    Ok(core.kit_state())
}

async fn take_effect(core: &Arc<Core>, kit: &Kit, confirmed: bool, author: String) -> Result<(), Refusal> {
    let names = names(core).await?;
    let (id, group) = (kit.id.clone(), kit::last_group(kit.code.reveal()));
    let check = group.map(|group| check_of(core, &id, &group)).unwrap_or_default();
    let effective = kit.clone();
    let made =
        core.blocking(move |core| effective.take_effect(core.folder.path(), core.secrets.as_ref(), &names));
    made.await.map_err(internal)?.map_err(secret)?;
    write(core, core.now(), move |tx| {
        let entity = format!("kit/{id}");
        tx.set_setting(CHECK, &check)?;
        tx.note(kind::KIT_MADE, &entity, &author, &[])?;
        if confirmed {
            tx.set_setting(CONFIRMED, &id)?;
            tx.note(kind::KIT_CONFIRMED, &entity, &author, &[])?;
        }
        Ok(())
    })
    .await?;
    look(core).await
}

fn view(kit: &Kit) -> KitView {
    KitView { code: kit.code.reveal().to_owned(), id: kit.id.clone(), made: kit.made() }
}

fn check_of(core: &Core, id: &str, group: &SecretText) -> String {
    hex::encode(core.sealer.index("recovery kit", &format!("{id} {}", group.reveal())))
}

/// A password was kept or forgotten, or the site has a new key: the kit follows, where there is one.
pub(crate) async fn keep_up(core: &Arc<Core>) -> Result<(), Refusal> {
    let names = names(core).await?;
    let kept = core.blocking(move |core| kit::keep(core.folder.path(), core.secrets.as_ref(), &names));
    kept.await.map_err(internal)?.map_err(secret).map(drop)
}

/// Looks at the kit that the folder has.
async fn look(core: &Arc<Core>) -> Result<(), Refusal> {
    let state = core.blocking(state).await.map_err(internal)?.map_err(super::refusal)?;
    core.set_kit_state(state);
    Ok(())
}

/// The kit of a folder, as its file and the database have it. Blocks.
pub(crate) fn state(core: &Core) -> Result<KitState, WriteError> {
    let confirmed = core.store.setting(CONFIRMED)?;
    let status = match kit::status(core.folder.path()) {
        Ok(status) => status,
        // Then a new one is to be made: as good as none.
        Err(why @ (SecretError::Unavailable(_) | SecretError::Sealed(_))) => {
            tracing::error!(%why, "the recovery kit's file cannot be read");
            None
        }
    };
    Ok(status.map_or_else(KitState::default, |status| KitState {
        confirmed: confirmed.is_some_and(|id| id == status.id),
        id: Some(status.id),
        made: Some(status.made),
    }))
}

async fn names(core: &Arc<Core>) -> Result<Vec<String>, Refusal> {
    let devices = read(core, |core| core.store.devices()).await?;
    let places = read(core, |core| core.store.backup_targets()).await?;
    let passwords = devices.into_iter().map(|device| password_name(device.id));
    let places = places.into_iter().map(|place| BackupTarget::secret_name(&place.id));
    // Without the one every workstation would have to be told of another authority, without the other
    // no backup could be opened.
    let fixed = [AUTHORITY.to_owned(), BACKUP_IDENTITY.to_owned()];
    Ok(passwords.chain(places).chain(fixed).collect())
}
