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
    let (query, values) = query(request);
    let mut statement = connection.prepare_cached(&query)?;
    let rows = statement.query_map(params_from_iter(values), |row| {
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
    })?;
    let mut entries = rows.collect::<Sql<Vec<_>>>()?;
    for entry in &mut entries {
        entry.author_name = match user_rows::author_name(connection, &entry.author)? {
            Some(name) => Some(name),
            None => user_rows::device_name(connection, &entry.author)?,
        };
        entry.entity_name = entity_name(connection, &entry.kind, &entry.entity, with_visitors)?;
    }
    Ok(entries)
}

/// By the index that narrows it most: the thing, else the person, else the kind, else the place.
fn query(request: &AuditRequest) -> (String, Vec<SqlValue>) {
    let mut query = "SELECT seq, written, author, kind, entity, payload FROM op WHERE seq < ?".to_owned();
    let mut values = vec![SqlValue::Integer(request.before.unwrap_or(i64::MAX))];
    if let Some(entity) = &request.entity {
        query += " AND entity = ?";
        values.push(SqlValue::Text(entity.clone()));
    }
    if let Some(author) = &request.author {
        query += " AND author = ?";
        values.push(SqlValue::Text(author.clone()));
    }
    if !request.kinds.is_empty() {
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
    values.push(SqlValue::Integer(request.limit.clamp(1, PAGE).into()));
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

    #[test]
    fn a_page_of_the_audit_is_found_without_sorting_all_of_it() {
        let connection = Connection::open_in_memory().unwrap();
        for sql in [
            include_str!("../../../../migrations/sqlite/0001_spine.sql"),
            include_str!("../../../../migrations/sqlite/0002_window.sql"),
            include_str!("../../../../migrations/sqlite/0003_users.sql"),
        ] {
            connection.execute_batch(sql).unwrap();
        }
        let person = Some("user/x".to_owned());
        let now = Some(Timestamp::UNIX_EPOCH);
        for request in [
            AuditRequest::default(),
            AuditRequest { author: person.clone(), ..AuditRequest::default() },
            AuditRequest { entity: Some("x".into()), ..AuditRequest::default() },
            AuditRequest {
                author: person,
                kinds: vec!["user.".into()],
                from: now,
                ..AuditRequest::default()
            },
        ] {
            let (query, values) = query(&request);
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
            let lines = plan.query_map(params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
            let lines = lines.collect::<Sql<Vec<_>>>().unwrap().join("; ");
            assert!(!lines.contains("TEMP B-TREE"), "{request:?}: {lines}");
        }
    }

    #[test]
    fn what_is_sealed_is_left_out() {
        assert_eq!(fields(Some(br#"{"sealed":"00","roles":"operator"}"#)), r#"{"roles":"operator"}"#);
        assert_eq!((fields(None), fields(Some(b"x"))), ("{}".to_owned(), "{}".to_owned()));
    }
}
