//! Rows about the people who work here, read the same way inside and outside of a transaction.

use rusqlite::{Connection, OptionalExtension, Row, params};
use vakhta_app::secret::Sealer;
use vakhta_app::users::attempts::Attempts;
use vakhta_app::users::port::User;
use vakhta_app::users::seat::{Seat, SeatKey, Session};
use vakhta_app::users::view::Place;
use vakhta_app::users::words::folded;
use vakhta_domain::ids::{DeviceId, SessionId, UserId};

use crate::columns::{Sql, from_json, from_word, time, uuid};

const USER: &str = "SELECT id, login, name, roles, disabled, password, given, pin, factor, factor_step,
            factor_lost_by, factor_lost_at, seen, added,
            (SELECT count(*) FROM recovery_code WHERE recovery_code.user = user.id)
     FROM user";
const SESSION: &str = "SELECT id, user, begun, seen, stepped_up, pin_failures FROM session";

pub(crate) fn users(connection: &Connection) -> Sql<Vec<User>> {
    connection.prepare_cached(&format!("{USER} ORDER BY row"))?.query_map([], user_row)?.collect()
}

pub(crate) fn user(connection: &Connection, id: UserId) -> Sql<Option<User>> {
    connection
        .prepare_cached(&format!("{USER} WHERE id = ?1"))?
        .query_row([id.0.as_bytes()], user_row)
        .optional()
}

pub(crate) fn user_by_login(connection: &Connection, login: &str) -> Sql<Option<User>> {
    connection
        .prepare_cached(&format!("{USER} WHERE login_key = ?1"))?
        .query_row([folded(login)], user_row)
        .optional()
}

fn user_row(row: &Row<'_>) -> Sql<User> {
    let lost_by: Option<String> = row.get(10)?;
    let lost_at: Option<i64> = row.get(11)?;
    let (given, seen): (Option<i64>, Option<i64>) = (row.get(6)?, row.get(12)?);
    Ok(User {
        id: UserId(uuid(row.get(0)?)?),
        login: row.get(1)?,
        name: row.get(2)?,
        roles: from_json(&row.get::<_, String>(3)?)?,
        disabled: row.get(4)?,
        password: row.get(5)?,
        given: given.map(time).transpose()?,
        pin: row.get(7)?,
        factor: row.get(8)?,
        factor_step: row.get(9)?,
        factor_lost: match (lost_by, lost_at) {
            (Some(by), Some(at)) => Some((by, time(at)?)),
            _ => None,
        },
        seen: seen.map(time).transpose()?,
        added: time(row.get(13)?)?,
        recovery_codes: row.get(14)?,
    })
}

pub(crate) fn seat(connection: &Connection, key: &SeatKey) -> Sql<Option<Seat>> {
    let query = "SELECT row, place, agent, may_set_up, active, locked, touched FROM seat WHERE hash = ?1";
    let seat = connection
        .prepare_cached(query)?
        .query_row([key], |row| {
            let active: Option<Vec<u8>> = row.get(4)?;
            Ok(Seat {
                row: row.get(0)?,
                place: from_word(&row.get::<_, String>(1)?)?,
                agent: row.get(2)?,
                may_set_up: row.get(3)?,
                active: active.map(uuid).transpose()?.map(UserId),
                locked: row.get(5)?,
                touched: time(row.get(6)?)?,
                sessions: Vec::new(),
            })
        })
        .optional()?;
    let Some(mut seat) = seat else { return Ok(None) };
    seat.sessions = connection
        .prepare_cached(&format!("{SESSION} WHERE seat = ?1 ORDER BY place"))?
        .query_map([seat.row], session_row)?
        .collect::<Sql<_>>()?;
    Ok(Some(seat))
}

pub(crate) fn session(connection: &Connection, id: SessionId) -> Sql<Option<Session>> {
    connection
        .prepare_cached(&format!("{SESSION} WHERE id = ?1"))?
        .query_row([id.0.as_bytes()], session_row)
        .optional()
}

/// All of them, with where each is.
pub(crate) fn sessions(connection: &Connection) -> Sql<Vec<(Session, Place, Option<String>)>> {
    connection
        .prepare_cached(
            "SELECT session.id, session.user, session.begun, session.seen, session.stepped_up,
                    session.pin_failures, seat.place, seat.agent
             FROM session JOIN seat ON seat.row = session.seat ORDER BY session.begun DESC",
        )?
        .query_map([], |row| Ok((session_row(row)?, from_word(&row.get::<_, String>(6)?)?, row.get(7)?)))?
        .collect()
}

fn session_row(row: &Row<'_>) -> Sql<Session> {
    let stepped_up: Option<i64> = row.get(4)?;
    Ok(Session {
        id: SessionId(uuid(row.get(0)?)?),
        user: UserId(uuid(row.get(1)?)?),
        begun: time(row.get(2)?)?,
        seen: time(row.get(3)?)?,
        stepped_up: stepped_up.map(time).transpose()?,
        pin_failures: row.get(5)?,
    })
}

/// What failures under a login are kept by: nobody reads the login from it.
pub(crate) fn attempt_key(sealer: &dyn Sealer, login: &str) -> String {
    sealer.content_name(format!("login/{}", folded(login)).as_bytes())
}

pub(crate) fn attempts(connection: &Connection, key: &str) -> Sql<Attempts> {
    let found = connection
        .prepare_cached("SELECT failures, last FROM attempt WHERE key = ?1")?
        .query_row([key], |row| {
            let last: Option<i64> = row.get(1)?;
            Ok(Attempts { failures: row.get(0)?, last: last.map(time).transpose()? })
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// As people call an author; `None` for one who has no name.
pub(crate) fn author_name(connection: &Connection, author: &str) -> Sql<Option<String>> {
    if let Some(id) = author.strip_prefix("user/").and_then(|id| id.parse::<UserId>().ok()) {
        let query = "SELECT name FROM user WHERE id = ?1";
        return connection
            .prepare_cached(query)?
            .query_row(params![id.0.as_bytes()], |row| row.get(0))
            .optional();
    }
    Ok(author.strip_prefix("owner/").map(str::to_owned))
}

/// As people call a device by its id; `None` for what is none.
pub(crate) fn device_name(connection: &Connection, id: &str) -> Sql<Option<String>> {
    let Ok(id) = id.parse::<DeviceId>() else { return Ok(None) };
    connection
        .prepare_cached("SELECT name FROM device WHERE id = ?1")?
        .query_row([id.0.as_bytes()], |row| row.get(0))
        .optional()
}
