//! What backups are made of and what is known of them: a snapshot of the file, what stands in one, and a
//! file that came back made ready to be worked on.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use uuid::Uuid;
use vakhta_app::backups::plan::{BackupSchedule, BackupTarget};
use vakhta_app::backups::view::BackupCopy;
use vakhta_app::tx::TxResult;
use vakhta_app::view::JournalHead;
use vakhta_domain::ids::{DeskId, Incarnation, VisitorId};
use vakhta_domain::operation::Writer;

use crate::columns::{Sql, from_json, micros, signed, time, to_json, unsigned, uuid};
use crate::integrity::damage;
use crate::journal::heads;
use crate::opening::{FILE, KNOWN, Store, StoreError, connect, migrate, schema_of};
use crate::settings::section;
use crate::tx::WriteTx;
use crate::tx_visitors::forget;
use crate::writer::WriteError;

const SCHEDULE: &str = "backup.schedule";
const TARGETS: &str = "backup.targets";

/// What stands in a database file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Who wrote it last.
    pub writer: Writer,
    /// The version of its schema.
    pub schema: u32,
    /// The greatest place in its journal.
    pub seq: i64,
    /// The end of every writer's chain.
    pub heads: Vec<JournalHead>,
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// Pictures that it names.
    pub pictures: Vec<String>,
}

/// Somebody who is to be forgotten wherever they come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Who.
    pub visitor: VisitorId,
    /// Since when.
    pub at: Timestamp,
    /// By whom.
    pub author: String,
}

/// The version of the schema of the database in a data folder, and of those that this program writes;
/// `None` where there is no database yet.
///
/// # Errors
/// When the file cannot be read.
pub fn schema(folder: &Path) -> Result<Option<(u32, u32)>, StoreError> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Ok(None);
    }
    let found = reading(&path).and_then(|file| schema_of(&file)).map_err(|source| error(&path, source))?;
    let version = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    // A file that was only just made is not yet of any version.
    Ok((found > 0).then(|| (version(found), version(KNOWN))))
}

/// Writes what stands in the database of a data folder, as of one moment, into a new file that is one
/// file and nothing beside it. Others go on reading and writing meanwhile. Blocks; `watch` is given the
/// way to end it early.
///
/// # Errors
/// When the database cannot be read, or the file not be written; then it is not there. When it was ended.
pub fn snapshot(
    folder: &Path,
    to: &Path,
    watch: impl FnOnce(rusqlite::InterruptHandle),
) -> Result<(), StoreError> {
    let path = folder.join(FILE);
    let connection = reading(&path).map_err(|source| error(&path, source))?;
    watch(connection.get_interrupt_handle());
    let written = connection.execute("VACUUM INTO ?1", [to.to_string_lossy()]);
    if written.is_err() {
        let _ = std::fs::remove_file(to);
    }
    written.map_err(|source| error(&path, source))?;
    // Windows makes durable what is open for writing alone.
    let made = std::fs::OpenOptions::new().write(true).open(to);
    made.and_then(|file| file.sync_all()).map_err(StoreError::Start)
}

/// Reads a database file through and tells what stands in it. Blocks.
///
/// # Errors
/// When it cannot be read. [`StoreError::Damaged`] when it is not whole.
pub fn inspect(path: &Path) -> Result<Contents, StoreError> {
    let file = reading(path).map_err(|source| error(path, source))?;
    let found = damage(&file).map_err(|source| error(path, source))?;
    if !found.is_empty() {
        return Err(StoreError::Damaged(found.join("; ")));
    }
    contents(&file).map_err(|source| error(path, source))
}

fn contents(file: &Connection) -> Sql<Contents> {
    let names = file
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<Sql<Vec<String>>>()?;
    let mut rows = BTreeMap::new();
    for name in names {
        // A name of the schema, and no text of anybody's.
        let count = file.query_row(&format!("SELECT count(*) FROM \"{name}\""), [], |row| row.get(0))?;
        rows.insert(name, unsigned(count));
    }
    let writer = file.query_row("SELECT desk, incarnation FROM desk", [], |row| {
        Ok(Writer { desk: DeskId(uuid(row.get(0)?)?), incarnation: Incarnation(uuid(row.get(1)?)?) })
    })?;
    let pictures = file
        .prepare("SELECT DISTINCT picture FROM passage WHERE picture IS NOT NULL ORDER BY picture")?
        .query_map([], |row| row.get(0))?
        .collect::<Sql<Vec<String>>>()?;
    Ok(Contents {
        writer,
        schema: u32::try_from(schema_of(file)?).unwrap_or(u32::MAX),
        seq: crate::journal::last_seq(file)?,
        heads: heads(file)?,
        rows,
        pictures,
    })
}

/// The erasure register of the database in a data folder, as far as it can be read: for one that is about
/// to be replaced because it cannot be opened any more.
#[must_use]
pub fn erased_in(folder: &Path) -> Vec<Erased> {
    reading(&folder.join(FILE)).and_then(|file| register(&file)).unwrap_or_default()
}

fn register(connection: &Connection) -> Sql<Vec<Erased>> {
    connection
        .prepare("SELECT visitor, at, author FROM erased ORDER BY at")?
        .query_map([], |row| {
            Ok(Erased { visitor: VisitorId(uuid(row.get(0)?)?), at: time(row.get(1)?)?, author: row.get(2)? })
        })?
        .collect()
}

/// Makes a database file that came back ready to be worked on: brought up to date, in a new life of its
/// desk, without whoever was erased since, with nobody signed in and nothing left to be told. Gives the
/// pictures that are to be removed. Blocks.
///
/// # Errors
/// When it cannot be read or written, or was written by a newer version.
pub fn revive(path: &Path, erased: &[Erased]) -> Result<Vec<String>, StoreError> {
    let mut file = connect(path)?;
    migrate(&mut file)?;
    let revived = revived(&mut file, erased).map_err(|source| error(path, source))?;
    file.pragma_update(None, "journal_mode", "delete").map_err(|source| error(path, source))?;
    Ok(revived)
}

fn revived(file: &mut Connection, erased: &[Erased]) -> Sql<Vec<String>> {
    let tx = file.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    tx.execute("UPDATE desk SET incarnation = ?1", [Uuid::now_v7().as_bytes()])?;
    let mut pictures = Vec::new();
    for person in erased {
        enter(&tx, person)?;
    }
    // The register of the file itself too: whoever stands in it must have no key any more.
    let gone = tx
        .prepare("SELECT erased.visitor FROM erased JOIN visitor ON visitor.id = erased.visitor WHERE length(visitor.key) > 0")?
        .query_map([], |row| Ok(VisitorId(uuid(row.get(0)?)?)))?
        .collect::<Sql<Vec<_>>>()?;
    for visitor in gone {
        pictures.extend(forget(&tx, visitor)?);
    }
    // What was due before is listed, not told; and who was signed in then need not be here now.
    tx.execute("UPDATE reader SET seq = (SELECT coalesce(max(seq), 0) FROM op)", [])?;
    tx.execute_batch("DELETE FROM session; DELETE FROM seat; DELETE FROM backup_copy;")?;
    tx.commit()?;
    Ok(pictures)
}

fn enter(connection: &Connection, person: &Erased) -> Sql<()> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO erased (visitor, at, author) VALUES (?1, ?2, ?3)")?
        .execute(params![person.visitor.0.as_bytes(), micros(person.at), person.author])
        .map(drop)
}

fn reading(path: &Path) -> Sql<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(connection)
}

fn error(path: &Path, source: rusqlite::Error) -> StoreError {
    StoreError::Sqlite { path: path.to_owned(), source }
}

impl Store {
    /// When backups are made, and how many stay.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn backup_schedule(&self) -> Result<BackupSchedule, WriteError> {
        self.read(|connection| section(connection, SCHEDULE))
    }

    /// Where they go besides the data folder.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn backup_targets(&self) -> Result<Vec<BackupTarget>, WriteError> {
        self.read(|connection| section(connection, TARGETS))
    }

    /// The backups that are known of, with the place of each, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn backup_copies(&self) -> Result<Vec<(String, BackupCopy)>, WriteError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT target, name, taken, size, verified, problem FROM backup_copy
                     ORDER BY taken DESC, row DESC",
                )?
                .query_map([], |row| {
                    let copy = BackupCopy {
                        name: row.get(1)?,
                        taken: time(row.get(2)?)?,
                        size: unsigned(row.get(3)?),
                        verified: row.get::<_, Option<i64>>(4)?.map(time).transpose()?,
                        problem: row.get::<_, Option<String>>(5)?.as_deref().map(from_json).transpose()?,
                    };
                    Ok((row.get(0)?, copy))
                })?
                .collect()
        })
    }

    /// Who was erased, in the order in which that was.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn erased(&self) -> Result<Vec<Erased>, WriteError> {
        self.read(register)
    }

    /// When the journal begins; `None` where nothing was written yet.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn begun(&self) -> Result<Option<Timestamp>, WriteError> {
        self.read(|connection| {
            let first: Option<i64> = connection
                .prepare_cached("SELECT written FROM op ORDER BY seq LIMIT 1")?
                .query_row([], |row| row.get(0))
                .optional()?;
            first.map(time).transpose()
        })
    }

    /// Pictures of who was erased.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn pictures_gone(&self) -> Result<Vec<String>, WriteError> {
        self.read(|connection| {
            connection.prepare("SELECT name FROM picture_gone")?.query_map([], |row| row.get(0))?.collect()
        })
    }
}

impl WriteTx<'_> {
    /// Changes when backups are made, and how many stay.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_backup_schedule(&mut self, schedule: &BackupSchedule, author: &str) -> TxResult<()> {
        self.set_section(SCHEDULE, schedule, author)
    }

    /// Changes where they go.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_backup_targets(&mut self, targets: &[BackupTarget], author: &str) -> TxResult<()> {
        self.set_section(TARGETS, &targets, author)
    }

    /// Where backups go besides the data folder, as of this transaction.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn backup_targets(&mut self) -> TxResult<Vec<BackupTarget>> {
        self.sql(|connection| section(connection, TARGETS))
    }

    /// Keeps what is known of a backup at a place. What this desk knows of copies is no fact of the
    /// site's, and is in no journal.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn keep_backup_copy(&mut self, target: &str, copy: &BackupCopy) -> TxResult<()> {
        self.sql(|connection| {
            let problem = copy.problem.as_ref().map(to_json).transpose()?;
            connection
                .prepare_cached(
                    "INSERT INTO backup_copy (target, name, taken, size, verified, problem)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (target, name) DO UPDATE
                     SET taken = excluded.taken, size = excluded.size, verified = excluded.verified,
                         problem = excluded.problem",
                )?
                .execute(params![
                    target,
                    copy.name,
                    micros(copy.taken),
                    signed(copy.size),
                    copy.verified.map(micros),
                    problem
                ])
                .map(drop)
        })
    }

    /// Keeps that a backup lies at a place, where nothing is known of it yet.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn find_backup_copy(&mut self, target: &str, found: &BackupCopy) -> TxResult<()> {
        self.sql(|connection| {
            connection
                .prepare_cached(
                    "INSERT OR IGNORE INTO backup_copy (target, name, taken, size) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![target, found.name, micros(found.taken), signed(found.size)])
                .map(drop)
        })
    }

    /// A backup is not at a place any more; of all of them where no name is given.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn forget_backup_copies(&mut self, target: &str, name: Option<&str>) -> TxResult<()> {
        let query = "DELETE FROM backup_copy WHERE target = ?1 AND (?2 IS NULL OR name = ?2)";
        self.sql(|connection| connection.prepare_cached(query)?.execute(params![target, name]).map(drop))
    }
}
