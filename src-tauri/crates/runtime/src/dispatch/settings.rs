//! The settings of the desk and its site.

use std::sync::Arc;

use jiff::tz::TimeZone;
use vakhta_app::permission::Permission;
use vakhta_app::refusal::Refusal;
use vakhta_app::settings::{DeskSettings, SecuritySettings, Settings, SiteDraft};

use super::{read, write};
use crate::access::Actor;
use crate::core::Core;

pub(super) async fn settings(core: &Arc<Core>) -> Result<Settings, Refusal> {
    read(core, |core| core.store.settings(&core.system_zone)).await
}

/// What a page of anybody needs: how the desk looks and the site's clock. The rest is for who may see it.
pub(super) async fn seen(core: &Arc<Core>, actor: &Actor) -> Result<Settings, Refusal> {
    let mut settings = settings(core).await?;
    if !actor.may(Permission::SeeSettings) {
        settings.security = SecuritySettings::default();
    }
    Ok(settings)
}

pub(super) async fn set_desk(
    core: &Arc<Core>,
    desk: DeskSettings,
    author: String,
) -> Result<Settings, Refusal> {
    write(core, core.now(), move |tx| tx.set_desk_settings(&desk, &author)).await?;
    settings(core).await
}

pub(super) async fn set_site(core: &Arc<Core>, site: SiteDraft, author: String) -> Result<Settings, Refusal> {
    let site = checked_site(site)?;
    write(core, core.now(), move |tx| tx.set_site_settings(&site, &author)).await?;
    take_effect(core).await
}

pub(super) async fn set_security(
    core: &Arc<Core>,
    security: SecuritySettings,
    author: String,
) -> Result<Settings, Refusal> {
    let security = security.checked()?;
    write(core, core.now(), move |tx| tx.set_security_settings(&security, &author)).await?;
    settings(core).await
}

pub(super) fn checked_site(site: SiteDraft) -> Result<SiteDraft, Refusal> {
    site.checked(|name| TimeZone::get(name).is_ok())
}

/// The site's clock goes by its settings from now on.
pub(super) async fn take_effect(core: &Arc<Core>) -> Result<Settings, Refusal> {
    let settings = settings(core).await?;
    core.set_site(&settings.site);
    Ok(settings)
}
