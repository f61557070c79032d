//! What is read of the people who work here, and the journal seen by person.

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OptionalExtension, params_from_iter};
use serde_json::Value;
use vakhta_app::users::attempts::Attempts;
use vakhta_app::users::port::User;
use vakhta_app::users::request::AuditRequest;
use vakhta_app::users::seat::{Seat, SeatKey, Session};
use vakhta_app::users::view::{AuditEntry, Place};
use vakhta_domain::ids::{UserId, VisitId, VisitorId};

use crate::columns::{Sql, micros, time};
use crate::opening::Store;
use crate::user_rows;
use crate::writer::WriteError;

/// Entries of one page of the audit.
const PAGE: u32 = 1_000;

impl Store {
    /// Everybody, in the order in which they were entered.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn users(&self) -> Result<Vec<User>, WriteError> {
        self.read(user_rows::users)
    }

    /// Whether anybody works here yet.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn has_users(&self) -> Result<bool, WriteError> {
        self.read(|connection| {
            connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM user)")?.query_row([], |row| row.get(0))
        })
    }

    /// One of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn user(&self, id: UserId) -> Result<Option<User>, WriteError> {
        self.read(|connection| user_rows::user(connection, id))
    }

    /// A seat by the hash of its token, as it was left.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn seat(&self, key: &SeatKey) -> Result<Option<Seat>, WriteError> {
        self.read(|connection| user_rows::seat(connection, key))
    }

    /// All sessions with where each is, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn sessions(&self) -> Result<Vec<(Session, Place, Option<String>)>, WriteError> {
        self.read(user_rows::sessions)
    }

    /// Failures in a row under a login.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn attempts_of(&self, login: &str) -> Result<Attempts, WriteError> {
        let key = user_rows::attempt_key(self.sealer(), login);
        self.read(|connection| user_rows::attempts(connection, &key))
    }

    /// As people call an author of the journal; `None` for one who has no name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn author_name(&self, author: &str) -> Result<Option<String>, WriteError> {
        self.read(|connection| user_rows::author_name(connection, author))
    }

    /// Who did what, newest first. Visitors are named only `with_visitors`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn audit(&self, request: &AuditRequest, with_visitors: bool) -> Result<Vec<AuditEntry>, WriteError> {
        self.read(|connection| audit(connection, request, with_visitors))
    }
}

fn audit(connection: &Connection, request: &AuditRequest, with_visitors: bool) -> Sql<Vec<AuditEntry>> {
    let mut entry = connection
        .prepare_cached("SELECT seq, written, author, kind, entity, payload FROM op WHERE seq = ?1")?;
    let mut entries = Vec::new();
    for seq in places(connection, request)? {
        entries.push(entry.query_row([seq], |row| {
            let payload: Option<Vec<u8>> = row.get(5)?;
            Ok(AuditEntry {
                seq: row.get(0)?,
                at: time(row.get(1)?)?,
                author: row.get(2)?,
                author_name: None,
                kind: row.get(3)?,
                entity: row.get(4)?,
                entity_name: None,
                fields: fields(payload.as_deref()),
            })
        })?);
    }
    for entry in &mut entries {
        entry.author_name = match user_rows::author_name(connection, &entry.author)? {
            Some(name) => Some(name),
            None => user_rows::device_name(connection, &entry.author)?,
        };
        // Somebody who was erased has no name, and is still told apart.
        let name = entity_name(connection, &entry.kind, &entry.entity, with_visitors)?;
        entry.entity_name = name.filter(|name| !name.is_empty());
    }
    Ok(entries)
}

/// Where in the journal the entries of a page are, the newest first.
fn places(connection: &Connection, request: &AuditRequest) -> Sql<Vec<i64>> {
    let limit = request.limit.clamp(1, PAGE);
    let Some(range) = range(connection, request)? else { return Ok(Vec::new()) };
    if request.author.is_some() || request.entity.is_some() || request.kinds.is_empty() {
        let (query, values) = query(request, range, None, limit);
        return seqs(connection, &query, values);
    }
    // Each kind by its index, and the newest of all of them: a rare kind is not looked for among
    // millions of common ones.
    let mut found = Vec::new();
    for kind in kinds(connection, &request.kinds)? {
        let (query, values) = query(request, range, Some(kind), limit);
        found.extend(seqs(connection, &query, values)?);
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.dedup();
    found.truncate(limit as usize);
    Ok(found)
}

fn seqs(connection: &Connection, query: &str, values: Vec<SqlValue>) -> Sql<Vec<i64>> {
    connection.prepare_cached(query)?.query_map(params_from_iter(values), |row| row.get(0))?.collect()
}

/// The first and last place that can be meant; `None` where nothing was written in that time. A clock
/// that was set back leaves entries of another time between them.
fn range(connection: &Connection, request: &AuditRequest) -> Sql<Option<(i64, i64)>> {
    let bound = |query: &str, at| -> Sql<Option<i64>> {
        connection.prepare_cached(query)?.query_row([micros(at)], |row| row.get(0))
    };
    let first = match request.from {
        Some(from) => bound("SELECT min(seq) FROM op INDEXED BY op_by_written WHERE written >= ?1", from)?,
        None => Some(1),
    };
    let last = match request.until {
        Some(until) => bound("SELECT max(seq) FROM op INDEXED BY op_by_written WHERE written < ?1", until)?,
        None => Some(i64::MAX),
    };
    let before = request.before.unwrap_or(i64::MAX);
    Ok(first.zip(last.map(|last| last.min(before.saturating_sub(1)))))
}

/// All kinds that the journal has and that begin with one of these words.
fn kinds(connection: &Connection, words: &[String]) -> Sql<Vec<String>> {
    let mut next = connection.prepare_cached("SELECT min(kind) FROM op WHERE kind >= ?1 AND kind < ?2")?;
    let mut found = Vec::new();
    for word in words {
        let end = format!("{word}\u{10ffff}");
        let mut from = word.clone();
        while let Some(kind) = next.query_row([&from, &end], |row| row.get::<_, Option<String>>(0))? {
            from = format!("{kind}\0");
            found.push(kind);
        }
    }
    Ok(found)
}

/// By the index that narrows it most: the thing, else the person, else one kind, else the place.
fn query(
    request: &AuditRequest,
    (first, last): (i64, i64),
    kind: Option<String>,
    limit: u32,
) -> (String, Vec<SqlValue>) {
    let mut query = "SELECT seq FROM op WHERE seq BETWEEN ? AND ?".to_owned();
    let mut values = vec![SqlValue::Integer(first), SqlValue::Integer(last)];
    for (column, value) in [("entity", &request.entity), ("author", &request.author), ("kind", &kind)] {
        if let Some(value) = value {
            query += &format!(" AND {column} = ?");
            values.push(SqlValue::Text(value.clone()));
        }
    }
    if kind.is_none() && !request.kinds.is_empty() {
        // A word of kinds is a beginning: `user.` are all that begin so.
        let one = "(kind >= ? AND kind < ?)";
        query += &format!(" AND ({})", vec![one; request.kinds.len()].join(" OR "));
        for kind in &request.kinds {
            values.push(SqlValue::Text(kind.clone()));
            values.push(SqlValue::Text(format!("{kind}\u{10ffff}")));
        }
    }
    for (at, comparison) in [(request.from, ">="), (request.until, "<")] {
        if let Some(at) = at {
            query += &format!(" AND written {comparison} ?");
            values.push(SqlValue::Integer(micros(at)));
        }
    }
    query += " ORDER BY seq DESC LIMIT ?";
    values.push(SqlValue::Integer(limit.into()));
    (query, values)
}

/// What changed, without what is sealed.
fn fields(payload: Option<&[u8]>) -> String {
    let Some(payload) = payload else { return "{}".to_owned() };
    match serde_json::from_slice(payload) {
        Ok(Value::Object(mut fields)) => {
            fields.remove("sealed");
            Value::Object(fields).to_string()
        }
        _ => "{}".to_owned(),
    }
}

fn entity_name(
    connection: &Connection,
    kind: &str,
    entity: &str,
    with_visitors: bool,
) -> Sql<Option<String>> {
    let area = kind.split('.').next().unwrap_or_default();
    match area {
        "user" | "session" => user_rows::author_name(connection, entity),
        "device" => user_rows::device_name(connection, entity),
        "passage" => user_rows::device_name(connection, entity.split('/').next().unwrap_or_default()),
        "visit" if with_visitors => {
            let Ok(id) = entity.parse::<VisitId>() else { return Ok(None) };
            let query = "SELECT visitor.name FROM visit JOIN visitor ON visitor.id = visit.visitor
                         WHERE visit.id = ?1";
            connection.prepare_cached(query)?.query_row([id.0.as_bytes()], |row| row.get(0)).optional()
        }
        "visitor" if with_visitors => {
            let Ok(id) = entity.parse::<VisitorId>() else { return Ok(None) };
            let query = "SELECT name FROM visitor WHERE id = ?1";
            connection.prepare_cached(query)?.query_row([id.0.as_bytes()], |row| row.get(0)).optional()
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn migrated() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        for sql in [
            include_str!("../../../../migrations/sqlite/0001_spine.sql"),
            include_str!("../../../../migrations/sqlite/0002_window.sql"),
            include_str!("../../../../migrations/sqlite/0003_users.sql"),
            include_str!("../../../../migrations/sqlite/0004_visitors.sql"),
        ] {
            connection.execute_batch(sql).unwrap();
        }
        connection
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_page_of_the_audit_is_found_without_sorting_all_of_it() {
        let connection = migrated();
        let person = Some("user/x".to_owned());
        let now = Some(Timestamp::UNIX_EPOCH);
        for (request, kind) in [
            (AuditRequest::default(), None),
            (AuditRequest { author: person.clone(), ..AuditRequest::default() }, None),
            (AuditRequest { entity: Some("x".into()), ..AuditRequest::default() }, None),
            (
                AuditRequest { kinds: vec!["user.".into()], ..AuditRequest::default() },
                Some("user.added".to_owned()),
            ),
            (
                AuditRequest {
                    author: person,
                    kinds: vec!["user.".into()],
                    from: now,
                    ..AuditRequest::default()
                },
                None,
            ),
        ] {
            let (query, values) = query(&request, (1, 9), kind, 10);
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
            let lines = plan.query_map(params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
            let lines = lines.collect::<Sql<Vec<_>>>().unwrap().join("; ");
            assert!(!lines.contains("TEMP B-TREE"), "{request:?}: {lines}");
        }
    }

    #[test]
    fn kinds_are_merged_by_place_and_cut_by_time() {
        let connection = migrated();
        let write =
            "INSERT INTO op (seq, id, desk, incarnation, oseq, hlc, schema, kind, entity, author, written,
                                     payload, payload_hash, prev, hash)
                     VALUES (?1, ?2, x'', x'', ?1, ?1, 1, ?3, 'e', 'a', ?4, NULL, x'', x'', x'')";
        // The clock was set back between the fourth and the fifth.
        let written = [10, 20, 30, 40, 15, 25];
        let kinds = ["user.added", "visit.fact", "user.pin", "passage.recorded", "user.added", "userless"];
        for (seq, (at, kind)) in (1_i64..).zip(written.into_iter().zip(kinds)) {
            let id = format!("{seq}");
            connection.execute(write, rusqlite::params![seq, id.as_bytes(), kind, at * 1_000_000]).unwrap();
        }
        let of = |words: &[&str], from: Option<i64>, until: Option<i64>| {
            let kinds = words.iter().map(|word| (*word).to_owned()).collect();
            let (from, until) = (from.map(at), until.map(at));
            places(&connection, &AuditRequest { kinds, from, until, limit: 10, ..AuditRequest::default() })
                .unwrap()
        };
        assert_eq!(of(&["user."], None, None), [5, 3, 1]);
        assert_eq!(of(&["user.", "visit.fact", "user.added"], None, None), [5, 3, 2, 1]);
        assert_eq!(of(&[], Some(15), Some(30)), [6, 5, 2]);
        assert_eq!(of(&["user."], Some(15), None), [5, 3]);
        assert_eq!(of(&["no.such"], None, None), [0; 0]);
        assert_eq!(of(&[], Some(41), None), [0; 0]);
        let before = AuditRequest { before: Some(3), limit: 1, ..AuditRequest::default() };
        assert_eq!(places(&connection, &before).unwrap(), [2]);
    }

    #[test]
    fn what_is_sealed_is_left_out() {
        assert_eq!(fields(Some(br#"{"sealed":"00","roles":"operator"}"#)), r#"{"roles":"operator"}"#);
        assert_eq!((fields(None), fields(Some(b"x"))), ("{}".to_owned(), "{}".to_owned()));
    }
}
