//! Opening the file: its settings, migrations, the desk's identity; and reading from it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use rusqlite_migration::{M, Migrations};
use tokio::sync::watch;
use uuid::Uuid;
use vakhta_app::secret::Sealer;
use vakhta_app::tx::TxError;
use vakhta_domain::ids::{DeskId, Incarnation};
use vakhta_domain::operation::Writer;

use crate::columns::uuid;
use crate::desk_views::search_text;
use crate::tx::WriteTx;
use crate::writer::{self, WriteError, WriterHandle};

/// The file in the data folder.
pub const FILE: &str = "vakhta.sqlite3";
/// Versions before this one can corrupt a WAL database when it is reset.
const OLDEST_SQLITE: i32 = 3_051_003;
const READERS: u32 = 4;

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says no.
    #[error("the database {path}: {source}")]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// What it said.
        source: rusqlite::Error,
    },
    /// Written by a newer version.
    #[error(
        "the database was written by a newer version of Vakhta (schema {found}, this one knows {known}); update Vakhta"
    )]
    Newer {
        /// What the file says.
        found: usize,
        /// What this program knows.
        known: usize,
    },
    /// A migration failed; the file is as it was.
    #[error("the database could not be brought up to date: {0}")]
    Migration(#[from] rusqlite_migration::Error),
    /// The SQLite that was linked has a known fault.
    #[error("SQLite {0} is too old to be trusted with a write-ahead log")]
    OldSqlite(String),
    /// The file is not whole.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// No connection could be had.
    #[error("no connection to the database: {0}")]
    Pool(#[from] r2d2::Error),
    /// The file could not be made, or the writer not be started.
    #[error("the database could not be started: {0}")]
    Start(std::io::Error),
}

/// Whether this error, or one that has it for its cause, says that the file itself is not what it was.
#[must_use]
pub fn is_damage(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<rusqlite::Error>() {
        return writer::is_damage(error);
    }
    matches!(error.downcast_ref(), Some(StoreError::Damaged(_)))
        || error.downcast_ref::<WriteError>().is_some_and(WriteError::is_damage)
}

/// The open database. Cheap to clone; the file is closed when the last clone is gone.
#[derive(Clone)]
pub struct Store {
    readers: r2d2::Pool<SqliteConnectionManager>,
    writer: Arc<WriterHandle>,
    sealer: Arc<dyn Sealer>,
}

fn migrations() -> Migrations<'static> {
    Migrations::new(vec![
        M::up(include_str!("../../../../migrations/sqlite/0001_spine.sql")),
        M::up_with_hook(include_str!("../../../../migrations/sqlite/0002_window.sql"), |transaction| {
            Ok(fill_search(transaction)?)
        }),
        M::up(include_str!("../../../../migrations/sqlite/0003_users.sql")),
        M::up(include_str!("../../../../migrations/sqlite/0004_visitors.sql")),
        M::up(include_str!("../../../../migrations/sqlite/0005_backups.sql")),
    ])
}
pub(crate) const KNOWN: usize = 5;

impl Store {
    /// Opens, or creates, the database in a data folder, brings it up to date and starts the
    /// writer. Whoever calls holds the folder's lock.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn open(folder: &Path, sealer: Arc<dyn Sealer>) -> Result<Self, StoreError> {
        if rusqlite::version_number() < OLDEST_SQLITE {
            return Err(StoreError::OldSqlite(rusqlite::version().to_owned()));
        }
        let path = folder.join(FILE);
        create_private(&path).map_err(StoreError::Start)?;
        let mut connection = connect(&path)?;
        migrate(&mut connection)?;
        let desk =
            identity(&connection).map_err(|source| StoreError::Sqlite { path: path.clone(), source })?;
        let manager = SqliteConnectionManager::file(&path)
            .with_flags(OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .with_init(|reader| {
                reader.pragma_update(None, "query_only", true)?;
                reader.busy_timeout(std::time::Duration::from_secs(5))
            });
        let readers = r2d2::Pool::builder().max_size(READERS).min_idle(Some(1)).build(manager)?;
        let reopen = move || connect(&path);
        let writer = writer::start(connection, Box::new(reopen), desk, Arc::clone(&sealer))
            .map_err(StoreError::Start)?;
        Ok(Self { readers, writer: Arc::new(writer), sealer })
    }

    /// Whether a data folder has a database already. An empty file is none.
    #[must_use]
    pub fn exists(folder: &Path) -> bool {
        std::fs::metadata(folder.join(FILE)).is_ok_and(|file| file.len() > 0)
    }

    /// Runs a job in a write transaction and returns when it is durable. Jobs that wait
    /// together are committed together; each keeps its own outcome.
    ///
    /// # Errors
    /// What the job said, or that it could not be written.
    pub async fn write<T: Send + 'static>(
        &self,
        now: Timestamp,
        job: impl FnOnce(&mut WriteTx<'_>) -> Result<T, TxError> + Send + 'static,
    ) -> Result<T, WriteError> {
        match self.writer.damage() {
            Some(damage) => Err(WriteError::Damaged(damage)),
            None => self.writer.write(now, job).await,
        }
    }

    /// The same for what has to be written though the database is damaged: who signs in to restore a backup.
    ///
    /// # Errors
    /// What the job said, or that it could not be written.
    pub async fn write_still<T: Send + 'static>(
        &self,
        now: Timestamp,
        job: impl FnOnce(&mut WriteTx<'_>) -> Result<T, TxError> + Send + 'static,
    ) -> Result<T, WriteError> {
        self.writer.write(now, job).await
    }

    /// Runs a query on a connection of its own. Blocks: call it where that is allowed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, WriteError> {
        let reader = self.readers.get().map_err(|why| WriteError::Unavailable(why.to_string()))?;
        query(&reader).map_err(|why| {
            // Whoever comes across it first: what is damaged is written no more.
            if writer::is_damage(&why) {
                self.writer.damaged(why.to_string());
            }
            WriteError::from(why)
        })
    }

    pub(crate) fn writer(&self) -> &WriterHandle {
        &self.writer
    }

    pub(crate) fn sealer(&self) -> &dyn Sealer {
        self.sealer.as_ref()
    }

    /// Changes with every commit: the greatest `seq` of the journal.
    #[must_use]
    pub fn commits(&self) -> watch::Receiver<i64> {
        self.writer.commits()
    }

    /// Changes when the file had to be opened anew, after the disk failed: it should be looked at.
    #[must_use]
    pub fn reopened(&self) -> watch::Receiver<u64> {
        self.writer.reopened()
    }

    /// Who writes here.
    #[must_use]
    pub fn desk(&self) -> Writer {
        self.writer.desk()
    }

    /// Moves the write-ahead log into the file and empties it, so that what was erased is in neither.
    /// A reader that is busy puts it off.
    ///
    /// # Errors
    /// When Vakhta is ending.
    pub async fn checkpoint(&self) -> Result<(), WriteError> {
        self.writer.checkpoint().await
    }

    /// Finishes what was begun and moves the write-ahead log into the file, so that a clean end
    /// leaves one file.
    pub async fn close(&self) {
        self.writer.close().await;
    }
}

/// Makes the file for its owner's eyes only; the write-ahead log takes over its mode. On Windows
/// it has the access list of its folder.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

pub(crate) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let error = |source| StoreError::Sqlite { path: path.to_owned(), source };
    let connection = Connection::open(path).map_err(error)?;
    let set = |connection: &Connection| {
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        // NORMAL loses acknowledged commits when the power goes.
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "mmap_size", 0)?;
        // What was erased leaves no bytes in the file.
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
        connection.set_prepared_statement_cache_capacity(128);
        Ok(())
    };
    set(&connection).map_err(error)?;
    Ok(connection)
}

/// The version of a file's schema; 0 before the first migration.
pub(crate) fn schema_of(connection: &Connection) -> Result<usize, rusqlite::Error> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(found).unwrap_or(usize::MAX))
}

pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let found = schema_of(connection).map_err(rusqlite_migration::Error::from)?;
    if found > KNOWN {
        return Err(StoreError::Newer { found, known: KNOWN });
    }
    Ok(migrations().to_latest(connection)?)
}

/// Visits that were planned before there was a search are found by it too.
fn fill_search(connection: &Connection) -> Result<(), rusqlite::Error> {
    let mut visits = connection.prepare(
        "SELECT visit.row, visitor.name, visit.host, visit.person_no, visit.card_no
         FROM visit JOIN visitor ON visitor.id = visit.visitor",
    )?;
    let mut fill = connection.prepare("UPDATE visit SET search = ?2 WHERE row = ?1")?;
    let mut rows = visits.query([])?;
    while let Some(row) = rows.next()? {
        let (person, card): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
        let (visitor, host): (String, String) = (row.get(1)?, row.get(2)?);
        let text = search_text(&visitor, &host, person.as_deref(), card.as_deref());
        fill.execute(params![row.get::<_, i64>(0)?, text])?;
    }
    Ok(())
}

fn identity(connection: &Connection) -> Result<Writer, rusqlite::Error> {
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Writer { desk: DeskId(uuid(row.get(0)?)?), incarnation: Incarnation(uuid(row.get(1)?)?) })
    };
    let query = "SELECT desk, incarnation FROM desk";
    if let Some(writer) = connection.query_row(query, [], read).optional()? {
        return Ok(writer);
    }
    let (desk, incarnation) = (Uuid::now_v7(), Uuid::now_v7());
    connection.execute(
        "INSERT INTO desk (id, desk, incarnation) VALUES (1, ?1, ?2)",
        params![desk.as_bytes(), incarnation.as_bytes()],
    )?;
    Ok(Writer { desk: DeskId(desk), incarnation: Incarnation(incarnation) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_applies_to_nothing() {
        assert!(migrations().validate().is_ok());
    }

    #[test]
    fn the_linked_sqlite_is_one_to_trust() {
        assert!(rusqlite::version_number() >= OLDEST_SQLITE, "{}", rusqlite::version());
    }
}
