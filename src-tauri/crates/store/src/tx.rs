//! One write transaction: rows and journal together.

use jiff::Timestamp;
use rusqlite::Connection;
use vakhta_app::secret::{Sealer, WrappedKey};
use vakhta_app::tx::{TxError, TxResult};
use vakhta_domain::ids::VisitorId;

use crate::columns::Sql;
use crate::journal::{Draft, Head, append};

/// What a job gets: implements [`vakhta_app::tx::Tx`].
pub struct WriteTx<'a> {
    pub(crate) connection: &'a Connection,
    head: &'a mut Head,
    sealer: &'a dyn Sealer,
    pub(crate) now: Timestamp,
}

impl<'a> WriteTx<'a> {
    pub(crate) fn new(
        connection: &'a Connection,
        head: &'a mut Head,
        sealer: &'a dyn Sealer,
        now: Timestamp,
    ) -> Self {
        Self { connection, head, sealer, now }
    }

    /// Writes a journal entry; personal fields are sealed with the key of the person, if known.
    pub(crate) fn journal(&mut self, person: Option<VisitorId>, draft: Draft) -> TxResult<()> {
        let key = match person {
            Some(person) => Some(self.key_of(person)?),
            None => None,
        };
        append(self.connection, self.head, self.sealer, key.as_ref(), self.now, draft)
    }

    pub(crate) fn sealer(&self) -> &dyn Sealer {
        self.sealer
    }

    pub(crate) fn new_key(&self) -> TxResult<WrappedKey> {
        Ok(self.sealer.new_key()?)
    }

    pub(crate) fn key_of(&self, person: VisitorId) -> TxResult<WrappedKey> {
        let query = "SELECT key FROM visitor WHERE id = ?1";
        self.sql(|connection| {
            connection.prepare_cached(query)?.query_row([person.0.as_bytes()], |row| row.get(0))
        })
        .map(WrappedKey)
    }

    pub(crate) fn sql<T>(&self, run: impl FnOnce(&Connection) -> Sql<T>) -> TxResult<T> {
        run(self.connection).map_err(|why| TxError::Store(why.to_string()))
    }
}

#[cfg(test)]
#[path = "tx_tests.rs"]
mod tests;
