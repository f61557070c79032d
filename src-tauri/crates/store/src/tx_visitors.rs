//! What proves or reaches a visitor, and forgetting one for good.

use rusqlite::{Connection, params};
use vakhta_app::secret::{Sealer, WrappedKey};
use vakhta_app::tx::TxResult;
use vakhta_app::visitors::VisitorTx;
use vakhta_domain::identity::{Identity, IdentityKind};
use vakhta_domain::ids::VisitorId;
use vakhta_domain::operation::kind;
use vakhta_domain::pairing::Candidate;

use crate::columns::{Sql, micros, uuid};
use crate::desk_views::search_text;
use crate::journal::Draft;
use crate::tx::WriteTx;
use crate::tx_visits::{PLAN_COLUMNS, facts, plan};

/// What a sealed value is bound to.
pub(crate) fn context(visitor: VisitorId, kind: IdentityKind) -> Vec<u8> {
    format!("{} of visitor {visitor}", kind.as_str()).into_bytes()
}

/// What a value is found by.
pub(crate) fn exact(sealer: &dyn Sealer, identity: &Identity) -> [u8; 32] {
    sealer.index(identity.kind().as_str(), &identity.key())
}

/// What a phone is found by that is remembered by its last digits.
pub(crate) fn tail(sealer: &dyn Sealer, digits: &str) -> [u8; 32] {
    sealer.index("phone tail", digits)
}

impl VisitorTx for WriteTx<'_> {
    fn set_identity(&mut self, visitor: VisitorId, identity: &Identity, author: &str) -> TxResult<()> {
        let (of, text) = (identity.kind(), identity.reveal());
        let key = self.key_of(visitor)?;
        let sealed = self.sealer().seal(Some(&key), &context(visitor, of), text.as_bytes())?;
        let exact = exact(self.sealer(), identity);
        let tail = identity.tail().map(|digits| tail(self.sealer(), &digits));
        self.sql(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO identity (visitor, kind, sealed, exact, tail) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (visitor, kind) DO UPDATE
                     SET sealed = excluded.sealed, exact = excluded.exact, tail = excluded.tail",
                )?
                .execute(params![visitor.0.as_bytes(), of.as_str(), sealed, exact, tail])
        })?;
        let draft = Draft::new(kind::VISITOR_IDENTITY, visitor, author)
            .field("what", of.as_str())
            .personal("value", Some(text));
        self.journal(Some(visitor), draft)
    }

    fn clear_identity(&mut self, visitor: VisitorId, of: IdentityKind, author: &str) -> TxResult<()> {
        let query = "DELETE FROM identity WHERE visitor = ?1 AND kind = ?2";
        let gone =
            self.sql(|connection| connection.execute(query, params![visitor.0.as_bytes(), of.as_str()]))?;
        if gone == 0 {
            return Ok(());
        }
        let draft = Draft::new(kind::VISITOR_IDENTITY, visitor, author)
            .field("what", of.as_str())
            .field("gone", true);
        self.journal(None, draft)
    }

    fn has_identity(&mut self, visitor: VisitorId, of: IdentityKind) -> TxResult<bool> {
        self.sql(|connection| {
            connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM identity WHERE visitor = ?1 AND kind = ?2)")?
                .query_row(params![visitor.0.as_bytes(), of.as_str()], |row| row.get(0))
        })
    }

    fn visitors_with(&mut self, identity: &Identity) -> TxResult<Vec<VisitorId>> {
        let exact = exact(self.sealer(), identity);
        self.sql(|connection| {
            connection
                .prepare_cached(
                    "SELECT visitor FROM identity WHERE kind = ?1 AND exact = ?2 ORDER BY row DESC",
                )?
                .query_map(params![identity.kind().as_str(), exact], |row| Ok(VisitorId(uuid(row.get(0)?)?)))?
                .collect()
        })
    }

    fn visits_of(&mut self, visitor: VisitorId) -> TxResult<Vec<Candidate>> {
        let query = format!("SELECT {PLAN_COLUMNS} FROM visit WHERE visitor = ?1");
        self.sql(|connection| {
            let mut statement = connection.prepare_cached(&query)?;
            let plans = statement.query_map([visitor.0.as_bytes()], plan)?.collect::<Sql<Vec<_>>>()?;
            plans.into_iter().map(|plan| Ok(Candidate { facts: facts(connection, plan.id)?, plan })).collect()
        })
    }

    fn erase_visitor(&mut self, visitor: VisitorId, author: &str) -> TxResult<Vec<String>> {
        let now = micros(self.now);
        let pictures = self.sql(|connection| {
            connection.execute(
                "INSERT OR IGNORE INTO erased (visitor, at, author) VALUES (?1, ?2, ?3)",
                params![visitor.0.as_bytes(), now, author],
            )?;
            forget(connection, visitor)
        })?;
        self.journal(None, Draft::new(kind::VISITOR_ERASED, visitor, author))?;
        Ok(pictures)
    }
}

/// Removes the key and whatever names a person from the rows; gives the names of their pictures.
pub(crate) fn forget(connection: &Connection, visitor: VisitorId) -> Sql<Vec<String>> {
    let id = visitor.0.as_bytes();
    let pictures = connection
        .prepare_cached(
            "SELECT DISTINCT passage.picture FROM passage JOIN visit ON visit.id = passage.visit
             WHERE visit.visitor = ?1 AND passage.picture IS NOT NULL",
        )?
        .query_map([id], |row| row.get(0))?
        .collect::<Sql<Vec<String>>>()?;
    for picture in &pictures {
        connection
            .prepare_cached("INSERT OR IGNORE INTO picture_gone (name) VALUES (?1)")?
            .execute([picture])?;
    }
    connection.execute(
        "UPDATE passage SET picture = NULL, person_no = NULL, card_no = NULL
         WHERE visit IN (SELECT id FROM visit WHERE visitor = ?1)",
        [id],
    )?;
    let hosts = connection
        .prepare_cached("SELECT row, host FROM visit WHERE visitor = ?1")?
        .query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Sql<Vec<(i64, String)>>>()?;
    for (row, host) in hosts {
        connection
            .prepare_cached(
                "UPDATE visit SET person_no = NULL, card_no = NULL, card_key = NULL, purpose = NULL,
                                  search = ?2
                 WHERE row = ?1",
            )?
            .execute(params![row, search_text("", &host, None, None)])?;
    }
    connection.execute("DELETE FROM identity WHERE visitor = ?1", [id])?;
    connection.execute("UPDATE visitor SET name = '', key = x'' WHERE id = ?1", [id])?;
    Ok(pictures)
}

/// Keys that one transaction wraps anew.
const REWRAPPED: u32 = 500;

impl WriteTx<'_> {
    /// Wraps keys of persons under the newest of the site's keys, from a row on: how many, and the row
    /// to go on after; `None` when that was all.
    ///
    /// # Errors
    /// When the database cannot be written, or a key is not of this site.
    pub fn rewrap_visitors(&mut self, after: i64) -> TxResult<(u64, Option<i64>)> {
        let query = "SELECT row, key FROM visitor WHERE row > ?1 AND length(key) > 0 ORDER BY row LIMIT ?2";
        let keys: Vec<(i64, Vec<u8>)> = self.sql(|connection| {
            let mut statement = connection.prepare_cached(query)?;
            let rows =
                statement.query_map(params![after, REWRAPPED], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })?;
        let mut changed = 0;
        for (row, key) in &keys {
            let key = WrappedKey(key.clone());
            let new = self.sealer().rewrap(&key)?;
            if new != key {
                let update = "UPDATE visitor SET key = ?2 WHERE row = ?1";
                self.sql(|connection| connection.prepare_cached(update)?.execute(params![row, new.0]))?;
                changed += 1;
            }
        }
        let more = keys.len() == REWRAPPED as usize;
        Ok((changed, keys.last().filter(|_| more).map(|(row, _)| *row)))
    }
}
