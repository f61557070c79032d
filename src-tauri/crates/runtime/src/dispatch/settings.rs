//! The settings of the desk and its site.

use std::sync::Arc;

use jiff::tz::TimeZone;
use vakhta_app::refusal::Refusal;
use vakhta_app::request::SettingsChange;
use vakhta_app::settings::Settings;

use super::{read, write};
use crate::core::Core;

pub(super) async fn settings(core: &Arc<Core>) -> Result<Settings, Refusal> {
    read(core, |core| core.store.settings(&core.system_zone)).await
}

pub(super) async fn change(
    core: &Arc<Core>,
    change: SettingsChange,
    author: &'static str,
) -> Result<Settings, Refusal> {
    let is_zone = |name: &str| TimeZone::get(name).is_ok();
    let site = change.site.map(|site| site.checked(is_zone)).transpose()?;
    write(core, core.now(), move |tx| {
        if let Some(desk) = &change.desk {
            tx.set_desk_settings(desk, author)?;
        }
        if let Some(site) = &site {
            tx.set_site_settings(site, author)?;
        }
        Ok(())
    })
    .await?;
    let settings = settings(core).await?;
    core.set_site(&settings.site);
    Ok(settings)
}
