//! The live feed: the journal told in the words of a desk. Readers go on from a place in the
//! journal, so that nothing is missed or told twice, whatever was restarted in between.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use vakhta_app::tx::TxResult;
use vakhta_app::view::{FeedItem, FeedPage, Happening, VisitHappening};
use vakhta_domain::ids::{DeviceId, IncidentId, VisitId};
use vakhta_domain::operation::kind;

use crate::columns::{Sql, time};
use crate::opening::Store;
use crate::settings::settings;
use crate::tx::WriteTx;
use crate::views::{INCIDENT_VIEW, PASSAGE_VIEW, incident_view, passage_view, visit_view};
use crate::writer::WriteError;

struct Op {
    seq: i64,
    kind: String,
    entity: String,
    written: i64,
    payload: Option<Vec<u8>>,
}

impl Store {
    /// What happened after a place in the journal; looks at most at `limit` operations.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn feed(
        &self,
        after: i64,
        limit: u32,
        now: Timestamp,
        system_zone: &str,
    ) -> Result<FeedPage, WriteError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seq, kind, entity, written, payload FROM op WHERE seq > ?1 ORDER BY seq LIMIT ?2",
            )?;
            let ops = statement
                .query_map(params![after, limit], |row| {
                    Ok(Op {
                        seq: row.get(0)?,
                        kind: row.get(1)?,
                        entity: row.get(2)?,
                        written: row.get(3)?,
                        payload: row.get(4)?,
                    })
                })?
                .collect::<Sql<Vec<_>>>()?;
            let next = ops.last().map_or(after, |op| op.seq);
            let mut items = Vec::with_capacity(ops.len());
            for op in ops {
                if let Some(what) = happening(connection, &op, now, system_zone)? {
                    items.push(FeedItem { seq: op.seq, written: time(op.written)?, what });
                }
            }
            Ok(FeedPage { items, next })
        })
    }

    /// How far a durable reader has come; `None` when it has never read.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn reader(&self, name: &str) -> Result<Option<i64>, WriteError> {
        self.read(|connection| {
            let query = "SELECT seq FROM reader WHERE name = ?1";
            connection.query_row(query, [name], |row| row.get(0)).optional()
        })
    }
}

impl WriteTx<'_> {
    /// Remembers how far a durable reader has come, in the transaction of what it did with what
    /// it read. A reader never goes back.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn advance_reader(&mut self, name: &str, seq: i64) -> TxResult<()> {
        self.sql(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO reader (name, seq) VALUES (?1, ?2)
                     ON CONFLICT (name) DO UPDATE SET seq = max(seq, excluded.seq)",
                )?
                .execute(params![name, seq])
        })?;
        Ok(())
    }

    /// Remembers something for the program itself; not journaled.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_setting(&mut self, key: &str, value: &str) -> TxResult<()> {
        self.sql(|connection| {
            connection.execute(
                "INSERT INTO setting (key, value) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                params![key, value],
            )
        })?;
        Ok(())
    }
}

fn happening(connection: &Connection, op: &Op, now: Timestamp, system_zone: &str) -> Sql<Option<Happening>> {
    match op.kind.as_str() {
        kind::PASSAGE_RECORDED => {
            Ok(passage(connection, &op.entity)?.map(|view| Happening::Passage(Box::new(view))))
        }
        kind::PASSAGE_PICTURED => {
            Ok(passage(connection, &op.entity)?.map(|view| Happening::Picture(Box::new(view))))
        }
        kind::VISIT_PLANNED | kind::VISIT_FACT => visit(connection, op, now),
        kind::INCIDENT_RAISED | kind::INCIDENT_REPEATED | kind::INCIDENT_WITHDRAWN => {
            incident(connection, &op.entity)
        }
        kind::DEVICE_ADDED
        | kind::DEVICE_CHANGED
        | kind::DEVICE_REMOVED
        | kind::DEVICE_EPOCH
        | kind::DEVICE_HOLD => device(connection, op),
        kind::VISITOR_ERASED => Ok(Some(Happening::Erased(()))),
        kind::SETTINGS_CHANGED => Ok(Some(Happening::Settings(Box::new(settings(connection, system_zone)?)))),
        _ => Ok(None),
    }
}

fn passage(connection: &Connection, entity: &str) -> Sql<Option<vakhta_app::view::PassageView>> {
    let mut parts = entity.splitn(3, '/');
    let (Some(device), Some(epoch), Some(entry)) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(None);
    };
    let (Ok(device), Ok(epoch)) = (device.parse::<DeviceId>(), epoch.parse::<u32>()) else {
        return Ok(None);
    };
    let query =
        format!("{PASSAGE_VIEW} WHERE passage.device = ?1 AND passage.epoch = ?2 AND passage.entry = ?3");
    connection
        .prepare_cached(&query)?
        .query_row(params![device.0.as_bytes(), epoch, entry], passage_view)
        .optional()
}

fn visit(connection: &Connection, op: &Op, now: Timestamp) -> Sql<Option<Happening>> {
    let Ok(id) = op.entity.parse::<VisitId>() else { return Ok(None) };
    let Some(view) = visit_view(connection, id, now)? else { return Ok(None) };
    let payload: Value =
        op.payload.as_deref().and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default();
    let text = |name: &str| payload.get(name).and_then(Value::as_str);
    let planned = op.kind == kind::VISIT_PLANNED;
    let at = text("at").and_then(|text| text.parse().ok());
    Ok(Some(Happening::Visit(Box::new(VisitHappening {
        fact: if planned { "planned" } else { text("kind").unwrap_or_default() }.to_owned(),
        at: at.map_or_else(|| time(op.written), Ok)?,
        origin: if planned { "desk" } else { text("origin").unwrap_or_default() }.to_owned(),
        visit: view,
    }))))
}

fn incident(connection: &Connection, entity: &str) -> Sql<Option<Happening>> {
    let Ok(id) = entity.parse::<IncidentId>() else { return Ok(None) };
    let query = format!("{INCIDENT_VIEW} WHERE incident.id = ?1");
    let view = connection.prepare_cached(&query)?.query_row([id.0.as_bytes()], incident_view).optional()?;
    Ok(view.map(|view| Happening::Incident(Box::new(view))))
}

fn device(connection: &Connection, op: &Op) -> Sql<Option<Happening>> {
    let Ok(id) = op.entity.parse::<DeviceId>() else { return Ok(None) };
    let name: Option<String> = connection
        .prepare_cached("SELECT name FROM device WHERE id = ?1")?
        .query_row([id.0.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(name.map(|name| Happening::Device { change: op.kind.clone(), name }))
}
