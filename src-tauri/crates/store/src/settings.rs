//! The settings of the desk and its site, and the sessions of browsers.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use vakhta_app::settings::{DeskSettings, Settings, SiteDraft, SiteSettings};
use vakhta_app::tx::TxResult;
use vakhta_domain::operation::kind;

use crate::columns::{Sql, micros, time, to_json};
use crate::journal::Draft;
use crate::opening::Store;
use crate::tx::WriteTx;
use crate::writer::WriteError;

const DESK: &str = "desk";
const SITE: &str = "site";

impl Store {
    /// The settings; `system_zone` is in force where the site has none of its own.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn settings(&self, system_zone: &str) -> Result<Settings, WriteError> {
        self.read(|connection| settings(connection, system_zone))
    }

    /// When a browser with this session was last seen; `None` when it was never let in, or that
    /// is longer ago than `oldest`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn session_seen(&self, hash: &[u8], oldest: Timestamp) -> Result<Option<Timestamp>, WriteError> {
        self.read(|connection| {
            let query = "SELECT seen FROM web_session WHERE hash = ?1 AND seen >= ?2";
            let seen: Option<i64> = connection
                .prepare_cached(query)?
                .query_row(params![hash, micros(oldest)], |row| row.get(0))
                .optional()?;
            seen.map(time).transpose()
        })
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

    fn set_section<T: Serialize>(&mut self, section: &str, value: &T, author: &str) -> TxResult<()> {
        let text = self.sql(|_| to_json(value))?;
        self.set_setting(section, &text)?;
        let draft = Draft::new(kind::SETTINGS_CHANGED, section, author).field("value", text);
        self.journal(None, draft)
    }

    /// A browser was let in, or has come again; sessions that nobody used since `oldest` go.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn note_session(&mut self, hash: &[u8], oldest: Timestamp) -> TxResult<()> {
        let now = micros(self.now);
        self.sql(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO web_session (hash, begun, seen) VALUES (?1, ?2, ?2)
                     ON CONFLICT (hash) DO UPDATE SET seen = max(seen, excluded.seen)",
                )?
                .execute(params![hash, now])?;
            connection
                .prepare_cached("DELETE FROM web_session WHERE seen < ?1")?
                .execute([micros(oldest)])?;
            Ok(())
        })
    }
}

pub(crate) fn settings(connection: &Connection, system_zone: &str) -> Sql<Settings> {
    let site: SiteDraft = section(connection, SITE)?;
    let zone_in_force = site.zone.clone().unwrap_or_else(|| system_zone.to_owned());
    Ok(Settings { desk: section(connection, DESK)?, site: SiteSettings { site, zone_in_force } })
}

/// What was never set, or cannot be read any more, is as it is for everybody.
fn section<T: DeserializeOwned + Default>(connection: &Connection, key: &str) -> Sql<T> {
    let text: Option<String> = connection
        .prepare_cached("SELECT value FROM setting WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}
