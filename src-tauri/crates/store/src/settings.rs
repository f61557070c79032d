//! The settings of the desk, its site, and what signing in demands.

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde::de::DeserializeOwned;
use vakhta_app::settings::{DeskSettings, SecuritySettings, Settings, SiteDraft, SiteSettings};
use vakhta_app::tx::TxResult;
use vakhta_domain::operation::kind;

use crate::columns::{Sql, to_json};
use crate::journal::Draft;
use crate::opening::Store;
use crate::tx::WriteTx;
use crate::writer::WriteError;

pub(crate) const DESK: &str = "desk";
const SITE: &str = "site";
pub(crate) const SECURITY: &str = "security";

impl Store {
    /// The settings; `system_zone` is in force where the site has none of its own.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn settings(&self, system_zone: &str) -> Result<Settings, WriteError> {
        self.read(|connection| settings(connection, system_zone))
    }
}

impl WriteTx<'_> {
    /// Changes the desk's settings.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_desk_settings(&mut self, desk: &DeskSettings, author: &str) -> TxResult<()> {
        self.set_section(DESK, desk, author)
    }

    /// Changes the site's settings.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_site_settings(&mut self, site: &SiteDraft, author: &str) -> TxResult<()> {
        self.set_section(SITE, site, author)
    }

    /// Changes what signing in demands.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_security_settings(&mut self, security: &SecuritySettings, author: &str) -> TxResult<()> {
        self.set_section(SECURITY, security, author)
    }

    pub(crate) fn set_section<T: Serialize>(
        &mut self,
        section: &str,
        value: &T,
        author: &str,
    ) -> TxResult<()> {
        let text = self.sql(|_| to_json(value))?;
        self.set_setting(section, &text)?;
        let draft = Draft::new(kind::SETTINGS_CHANGED, section, author).field("value", text);
        self.journal(None, draft)
    }
}

pub(crate) fn settings(connection: &Connection, system_zone: &str) -> Sql<Settings> {
    let site: SiteDraft = section(connection, SITE)?;
    let zone_in_force = site.zone.clone().unwrap_or_else(|| system_zone.to_owned());
    Ok(Settings {
        desk: section(connection, DESK)?,
        site: SiteSettings { site, zone_in_force },
        security: section(connection, SECURITY)?,
    })
}

/// What was never set, or cannot be read any more, is as it is for everybody.
pub(crate) fn section<T: DeserializeOwned + Default>(connection: &Connection, key: &str) -> Sql<T> {
    let text: Option<String> = connection
        .prepare_cached("SELECT value FROM setting WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}
