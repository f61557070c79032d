//! The recovery kit: made at the first start, and kept up to date with what must not be lost.

use std::sync::Arc;

use vakhta_app::refusal::Refusal;
use vakhta_secrets::kit::{self, Kit};

use super::{internal, read, secret};
use crate::authority::AUTHORITY;
use crate::core::Core;
use crate::fleet::password_name;

/// A kit that opens this folder from now on.
pub(super) async fn make(core: &Arc<Core>) -> Result<Kit, Refusal> {
    let names = names(core).await?;
    let made = core.blocking(move |core| {
        let kit = kit::draw(core.secrets.as_ref())?;
        kit.take_effect(core.folder.path(), core.secrets.as_ref(), &names)?;
        Ok(kit)
    });
    made.await.map_err(internal)?.map_err(secret)
}

/// A password or a key was kept or forgotten: the kit follows, where there is one.
pub(super) async fn keep_up(core: &Arc<Core>) -> Result<(), Refusal> {
    let names = names(core).await?;
    let kept = core.blocking(move |core| kit::keep(core.folder.path(), core.secrets.as_ref(), &names));
    kept.await.map_err(internal)?.map_err(secret).map(drop)
}

async fn names(core: &Arc<Core>) -> Result<Vec<String>, Refusal> {
    let devices = read(core, |core| core.store.devices()).await?;
    let passwords = devices.into_iter().map(|device| password_name(device.id));
    // Without it every workstation would have to be told of another authority.
    Ok(passwords.chain([AUTHORITY.to_owned()]).collect())
}
