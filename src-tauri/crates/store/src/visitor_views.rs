//! What is read of visitors beyond their names: what proves or reaches them, and their keys.

use rusqlite::{Connection, OptionalExtension, params};
use vakhta_app::secret::{SecretError, WrappedKey};
use vakhta_app::view::{IdentityView, VisitorView};
use vakhta_domain::identity::{Identity, IdentityKind, TAIL};
use vakhta_domain::ids::{VisitId, VisitorId};
use vakhta_domain::passage::PassageKey;

use crate::columns::{Sql, unreadable, uuid};
use crate::opening::Store;
use crate::tx_visitors::{context, exact, tail};
use crate::writer::WriteError;

/// Visitors that one number is looked up for.
const FOUND: u32 = 50;

/// A visitor as the store has them.
#[derive(Clone, Debug)]
pub struct VisitorRow {
    /// Who.
    pub id: VisitorId,
    /// Their key and what it seals; `None` for who was erased.
    pub sealed: Option<SealedIdentity>,
}

/// A person's key and what it seals.
#[derive(Clone, Debug)]
pub struct SealedIdentity {
    key: WrappedKey,
    values: Vec<(IdentityKind, Vec<u8>)>,
}

impl Store {
    /// A visitor; `None` where there is none of this id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn visitor(&self, id: VisitorId) -> Result<Option<VisitorRow>, WriteError> {
        self.read(|connection| visitor(connection, id))
    }

    /// Whose visit it is, as everybody at the desk may know them.
    pub(crate) fn visitor_of(&self, connection: &Connection, visit: VisitId) -> Sql<VisitorView> {
        let query = "SELECT visitor FROM visit WHERE id = ?1";
        let id = connection.prepare_cached(query)?.query_row([visit.0.as_bytes()], |row| row.get(0))?;
        let id = VisitorId(uuid(id)?);
        let row = visitor(connection, id)?.unwrap_or(VisitorRow { id, sealed: None });
        self.visitor_view(&row).map_err(unreadable)
    }

    /// A visitor as everybody at the desk may know them: masked.
    ///
    /// # Errors
    /// When a value does not open under the person's key.
    pub fn visitor_view(&self, visitor: &VisitorRow) -> Result<VisitorView, SecretError> {
        let masked = |identity: &Identity| IdentityView { kind: identity.kind(), masked: identity.masked() };
        let identity = self.open_identity(visitor)?.iter().map(masked).collect();
        Ok(VisitorView { id: visitor.id, identity, erased: visitor.sealed.is_none() })
    }

    /// Opens what is known of a visitor.
    ///
    /// # Errors
    /// When a value does not open under the person's key.
    pub fn open_identity(&self, visitor: &VisitorRow) -> Result<Vec<Identity>, SecretError> {
        let Some(SealedIdentity { key, values }) = &visitor.sealed else { return Ok(Vec::new()) };
        let open = |(kind, sealed): &(IdentityKind, Vec<u8>)| {
            let plain = self.sealer().open(Some(key), &context(visitor.id, *kind), sealed)?;
            let text =
                String::from_utf8(plain).map_err(|why| SecretError::Sealed(why.utf8_error().to_string()))?;
            Ok(Identity::kept(*kind, text))
        };
        values.iter().map(open).collect()
    }

    /// Whoever has exactly this number, or a phone that ends with these four digits.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn visitors_by_number(&self, connection: &Connection, text: &str) -> Sql<Vec<VisitorId>> {
        let mut found = Vec::new();
        let mut add = |condition: &str, kind: &str, index: [u8; 32]| -> Sql<()> {
            let query = format!(
                "SELECT visitor FROM identity WHERE kind = ?1 AND {condition} = ?2 ORDER BY row DESC LIMIT {FOUND}"
            );
            let mut statement = connection.prepare_cached(&query)?;
            let rows = statement.query_map(params![kind, index], |row| Ok(VisitorId(uuid(row.get(0)?)?)))?;
            for id in rows {
                let id = id?;
                if !found.contains(&id) {
                    found.push(id);
                }
            }
            Ok(())
        };
        for kind in IdentityKind::ALL {
            if let Ok(identity) = Identity::new(kind, text) {
                add("exact", kind.as_str(), exact(self.sealer(), &identity))?;
            }
        }
        let digits = text.trim();
        if digits.len() == TAIL && digits.bytes().all(|digit| digit.is_ascii_digit()) {
            add("tail", IdentityKind::Phone.as_str(), tail(self.sealer(), digits))?;
        }
        Ok(found)
    }

    /// Whose passage it is and the key that seals what is theirs; `None` for nobody known.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn key_of_passage(&self, key: &PassageKey) -> Result<Option<(VisitorId, WrappedKey)>, WriteError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT visitor.id, visitor.key FROM passage JOIN visit ON visit.id = passage.visit
                     JOIN visitor ON visitor.id = visit.visitor
                     WHERE passage.device = ?1 AND passage.epoch = ?2 AND passage.entry = ?3
                       AND length(visitor.key) > 0",
                )?
                .query_row(params![key.device.0.as_bytes(), key.epoch.0, key.entry.to_string()], |row| {
                    Ok((VisitorId(uuid(row.get(0)?)?), WrappedKey(row.get(1)?)))
                })
                .optional()
        })
    }

    /// The key of whom a picture shows; `None` for nobody known.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn key_of_picture(&self, name: &str) -> Result<Option<WrappedKey>, WriteError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT visitor.key FROM passage JOIN visit ON visit.id = passage.visit
                     JOIN visitor ON visitor.id = visit.visitor
                     WHERE passage.picture = ?1 AND length(visitor.key) > 0 LIMIT 1",
                )?
                .query_row([name], |row| row.get(0).map(WrappedKey))
                .optional()
        })
    }
}

fn visitor(connection: &Connection, id: VisitorId) -> Sql<Option<VisitorRow>> {
    let query = "SELECT key FROM visitor WHERE id = ?1";
    let key: Option<Vec<u8>> =
        connection.prepare_cached(query)?.query_row([id.0.as_bytes()], |row| row.get(0)).optional()?;
    let Some(key) = key else { return Ok(None) };
    if key.is_empty() {
        return Ok(Some(VisitorRow { id, sealed: None }));
    }
    let values = connection
        .prepare_cached("SELECT kind, sealed FROM identity WHERE visitor = ?1")?
        .query_map([id.0.as_bytes()], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?
        .collect::<Sql<Vec<(String, Vec<u8>)>>>()?;
    let known = |(word, sealed): (String, Vec<u8>)| Some((IdentityKind::named(&word)?, sealed));
    let mut values: Vec<_> = values.into_iter().filter_map(known).collect();
    values.sort_by_key(|(kind, _)| *kind);
    Ok(Some(VisitorRow { id, sealed: Some(SealedIdentity { key: WrappedKey(key), values }) }))
}

#[cfg(test)]
#[path = "visitor_tests.rs"]
mod tests;
