//! Operations: sealed, numbered, chained; and the walk that verifies them.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Map, Value};
use uuid::Uuid;
use vakhta_app::secret::{Sealer, WrappedKey};
use vakhta_app::tx::TxError;
use vakhta_app::view::{JournalHead, JournalReport};
use vakhta_domain::hlc::{Hlc, HybridClock};
use vakhta_domain::ids::{DeskId, Incarnation, OpId};
use vakhta_domain::operation::{ChainCheck, Hash, Operation, SCHEMA, Writer};

use crate::columns::{Sql, micros, signed, unsigned, uuid};
use crate::journal_row::{COLUMNS, JournalRow};
use crate::opening::Store;
use crate::writer::WriteError;

/// The end of this desk's chain and its clock, as of the open transaction.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    writer: Writer,
    seq: i64,
    oseq: u64,
    hash: Hash,
    clock: HybridClock,
}

impl Head {
    pub(crate) fn load(connection: &Connection, writer: Writer) -> Sql<Self> {
        let hlc: i64 = connection.query_row("SELECT hlc FROM desk", [], |row| row.get(0))?;
        let last = connection
            .prepare_cached(
                "SELECT oseq, hash FROM op WHERE desk = ?1 AND incarnation = ?2 ORDER BY oseq DESC LIMIT 1",
            )?
            .query_row(params![writer.desk.0.as_bytes(), writer.incarnation.0.as_bytes()], |row| {
                Ok((unsigned(row.get(0)?), hash(row.get(1)?)))
            })
            .optional()?;
        let (oseq, hash) = last.unwrap_or((0, Hash::START));
        let seq = last_seq(connection)?;
        Ok(Self { writer, seq, oseq, hash, clock: HybridClock::resume(Hlc::from_i64(hlc)) })
    }

    /// Persists the clock's last reading with the group.
    pub(crate) fn save(&self, connection: &Connection) -> Sql<()> {
        connection
            .prepare_cached("UPDATE desk SET hlc = ?1 WHERE hlc < ?1")?
            .execute([self.clock.last().to_i64()])?;
        Ok(())
    }

    pub(crate) fn seq(&self) -> i64 {
        self.seq
    }
}

pub(crate) fn last_seq(connection: &Connection) -> Sql<i64> {
    connection.prepare_cached("SELECT coalesce(max(seq), 0) FROM op")?.query_row([], |row| row.get(0))
}

fn hash(bytes: Vec<u8>) -> Hash {
    // A hash of another length was not written by this program; it verifies as broken.
    Hash(<[u8; 32]>::try_from(bytes.as_slice()).unwrap_or([0xff; 32]))
}

/// An operation to be written: what changed, field by field.
pub(crate) struct Draft {
    id: OpId,
    kind: &'static str,
    entity: String,
    author: String,
    fields: Map<String, Value>,
    personal: Vec<(&'static str, String)>,
}

impl Draft {
    pub(crate) fn new(kind: &'static str, entity: impl ToString, author: impl ToString) -> Self {
        Self {
            id: OpId(Uuid::now_v7()),
            kind,
            entity: entity.to_string(),
            author: author.to_string(),
            fields: Map::new(),
            personal: Vec::new(),
        }
    }

    /// The fact that this operation brings is named by it.
    pub(crate) fn named(mut self, id: OpId) -> Self {
        self.id = id;
        self
    }

    /// A field that says nothing of a person. Null fields are left out.
    pub(crate) fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() {
            self.fields.insert(name.to_owned(), value);
        }
        self
    }

    /// A field about a person; it enters the journal sealed.
    pub(crate) fn personal(mut self, name: &'static str, value: Option<&str>) -> Self {
        self.personal.extend(value.map(|value| (name, value.to_owned())));
        self
    }
}

/// Seals, numbers, chains and writes an operation. `key` is the person's; without one the
/// site's own key seals.
pub(crate) fn append(
    connection: &Connection,
    head: &mut Head,
    sealer: &dyn Sealer,
    key: Option<&WrappedKey>,
    now: Timestamp,
    draft: Draft,
) -> Result<(), TxError> {
    let Draft { id, kind, entity, author, mut fields, personal } = draft;
    if !personal.is_empty() {
        // One sealing for all personal fields; bound to the operation, so that it cannot be
        // moved to another.
        let plain: Map<String, Value> =
            personal.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect();
        let plain = serde_json::to_vec(&plain).map_err(|why| TxError::Store(why.to_string()))?;
        let sealed = sealer.seal(key, id.0.as_bytes(), &plain)?;
        fields.insert("sealed".into(), Value::String(hex(&sealed)));
    }
    let payload = serde_json::to_vec(&fields).map_err(|why| TxError::Store(why.to_string()))?;
    let op = Operation {
        id,
        writer: head.writer,
        oseq: head.oseq + 1,
        hlc: head.clock.tick(now),
        schema: SCHEMA,
        kind: kind.to_owned(),
        entity,
        author,
        payload_hash: Hash::of(&payload),
        prev: head.hash,
    };
    let (oseq, hash) = (op.oseq, op.hash());
    let row = JournalRow::of(op, hash, Some(payload));
    let insert = "INSERT INTO op (seq, id, desk, incarnation, oseq, hlc, schema, kind, entity, author,
                                  written, payload, payload_hash, prev, hash)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
    let write = || -> Sql<()> {
        connection.prepare_cached(insert)?.execute(params![
            head.seq + 1,
            row.id,
            row.desk,
            row.incarnation,
            row.oseq,
            row.hlc,
            row.schema,
            text(&row.kind),
            text(&row.entity),
            text(&row.author),
            micros(now),
            row.payload,
            row.payload_hash,
            row.prev,
            row.hash
        ])?;
        Ok(())
    };
    write().map_err(|why| TxError::Store(why.to_string()))?;
    head.seq += 1;
    head.oseq = oseq;
    head.hash = hash;
    Ok(())
}

/// Bytes for a column of text.
fn text(bytes: &[u8]) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(ValueRef::Text(bytes))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Store {
    /// Walks the chain of every writer from its beginning and tells the first broken place. A chain
    /// alone does not show that its end was cut off: `anchor` is a head that was kept elsewhere.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn verify_journal(&self, anchor: Option<JournalHead>) -> Result<JournalReport, WriteError> {
        self.read(|connection| verify(connection, anchor))
    }

    /// The end of this desk's own chain; `None` before its first operation.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn journal_head(&self) -> Result<Option<JournalHead>, WriteError> {
        let writer = self.desk();
        self.read(|connection| {
            let query =
                "SELECT oseq, hash FROM op WHERE desk = ?1 AND incarnation = ?2 ORDER BY oseq DESC LIMIT 1";
            let found = connection
                .prepare_cached(query)?
                .query_row(params![writer.desk.0.as_bytes(), writer.incarnation.0.as_bytes()], |row| {
                    Ok((unsigned(row.get(0)?), hash(row.get(1)?)))
                })
                .optional()?;
            Ok(found.map(|(oseq, hash)| head(writer, oseq, hash)))
        })
    }

    /// In words, what contradicts a head that was kept elsewhere; `None` where it stands in the
    /// journal.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn contradicted(&self, anchor: &JournalHead) -> Result<Option<String>, WriteError> {
        self.read(|connection| contradicted(connection, anchor))
    }
}

/// The end of every writer's chain.
pub(crate) fn heads(connection: &Connection) -> Sql<Vec<JournalHead>> {
    connection
        .prepare(
            "SELECT desk, incarnation, oseq, hash FROM op AS last
             WHERE oseq = (SELECT max(oseq) FROM op WHERE desk = last.desk AND incarnation = last.incarnation)
             ORDER BY seq",
        )?
        .query_map([], |row| {
            let writer =
                Writer { desk: DeskId(uuid(row.get(0)?)?), incarnation: Incarnation(uuid(row.get(1)?)?) };
            Ok(head(writer, unsigned(row.get(2)?), hash(row.get(3)?)))
        })?
        .collect()
}

fn head(writer: Writer, oseq: u64, hash: Hash) -> JournalHead {
    JournalHead {
        desk: writer.desk.to_string(),
        incarnation: writer.incarnation.to_string(),
        oseq,
        hash: hash.to_string(),
    }
}

fn verify(connection: &Connection, anchor: Option<JournalHead>) -> Sql<JournalReport> {
    let mut chains: HashMap<Writer, ChainCheck> = HashMap::new();
    let mut order: Vec<Writer> = Vec::new();
    let (mut operations, mut without_content) = (0, 0);
    let mut statement =
        connection.prepare(&format!("SELECT {COLUMNS}, seq FROM op ORDER BY desk, incarnation, oseq"))?;
    let mut rows = statement.query([])?;
    let mut broken = None;
    while let Some(row) = rows.next()? {
        let read = JournalRow::read(row).map_err(|why| why.to_string());
        let read = read.and_then(|row| match row.operation() {
            Ok((op, hash)) => Ok((op, hash, row.payload)),
            Err(why) => Err(why.to_string()),
        });
        let (op, hash, payload) = match read {
            Ok(read) => read,
            // Not a failure to look, but what was looked for.
            Err(why) => {
                broken = Some(format!("entry {}: {why}", row.get::<_, i64>(13)?));
                break;
            }
        };
        let writer = op.writer;
        let chain = chains.entry(writer).or_insert_with(|| {
            order.push(writer);
            ChainCheck::default()
        });
        if let Err(why) = chain.next(&op, hash, payload.as_deref()) {
            broken = Some(format!("desk {}, incarnation {}: {why}", writer.desk, writer.incarnation));
            break;
        }
        operations += 1;
        without_content += u64::from(payload.is_none());
    }
    let reached = |writer: &Writer| chains.get(writer).map(|chain| (*writer, chain.head()));
    let heads: Vec<JournalHead> =
        order.iter().filter_map(reached).map(|(writer, (oseq, hash))| head(writer, oseq, hash)).collect();
    if let (None, Some(anchor)) = (&broken, &anchor) {
        broken = contradicted(connection, anchor)?;
    }
    Ok(JournalReport {
        whole: broken.is_none(),
        operations,
        without_content,
        heads,
        anchored: anchor,
        broken,
    })
}

/// In words, what contradicts a head that was kept elsewhere; `None` where it stands in the journal.
fn contradicted(connection: &Connection, anchor: &JournalHead) -> Sql<Option<String>> {
    let (Ok(desk), Ok(incarnation)) =
        (anchor.desk.parse::<DeskId>(), anchor.incarnation.parse::<Incarnation>())
    else {
        return Ok(None);
    };
    let of = format!("desk {desk}, incarnation {incarnation}");
    let there = connection
        .prepare_cached("SELECT hash FROM op WHERE desk = ?1 AND incarnation = ?2 AND oseq = ?3")?
        .query_row(params![desk.0.as_bytes(), incarnation.0.as_bytes(), signed(anchor.oseq)], |row| {
            Ok(hash(row.get(0)?).to_string())
        })
        .optional()?;
    let reached = anchor.oseq;
    Ok(match there {
        None => Some(format!(
            "{of}: the journal had reached operation {reached} and ends before it: its end was cut off"
        )),
        Some(there) if there != anchor.hash => {
            Some(format!("{of}: operation {reached} is another than the one that was there before"))
        }
        Some(_) => None,
    })
}
