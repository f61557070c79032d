//! The people who work here, their seats, and failed tries.

use jiff::SignedDuration;
use rusqlite::{Connection, params};
use vakhta_app::settings::{DeskSettings, SecuritySettings};
use vakhta_app::tx::TxResult;
use vakhta_app::users::attempts::Attempts;
use vakhta_app::users::port::{User, UserTx};
use vakhta_app::users::seat::{Seat, SeatKey, Session};
use vakhta_app::users::view::Place;
use vakhta_app::users::words::folded;
use vakhta_domain::ids::{SessionId, UserId};
use vakhta_domain::operation::kind;

use crate::columns::{Sql, micros, to_json, word};
use crate::journal::Draft;
use crate::settings::{DESK, SECURITY, section};
use crate::tx::WriteTx;
use crate::user_rows;

/// A seat where nobody is signed in is forgotten after this time without a hand.
const EMPTY_SEAT: SignedDuration = SignedDuration::from_hours(48);
/// No session lasts longer than this, whatever is set.
const OLD_SESSION: SignedDuration = SignedDuration::from_hours(8 * 24);
/// Logins whose failures are kept.
const ATTEMPTS: u32 = 10_000;

impl UserTx for WriteTx<'_> {
    fn users(&mut self) -> TxResult<Vec<User>> {
        self.sql(user_rows::users)
    }

    fn user(&mut self, id: UserId) -> TxResult<Option<User>> {
        self.sql(|connection| user_rows::user(connection, id))
    }

    fn user_by_login(&mut self, login: &str) -> TxResult<Option<User>> {
        self.sql(|connection| user_rows::user_by_login(connection, login))
    }

    fn add_user(&mut self, user: &User, author: &str) -> TxResult<()> {
        self.sql(|connection| {
            connection.execute(
                "INSERT INTO user (id, login, login_key, name, roles, disabled, password, given,
                                   factor_step, added)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9)",
                params![
                    user.id.0.as_bytes(),
                    user.login,
                    folded(&user.login),
                    user.name,
                    to_json(&user.roles)?,
                    user.disabled,
                    user.password,
                    user.given.map(micros),
                    micros(user.added),
                ],
            )
        })?;
        self.journal(None, described(kind::USER_ADDED, user, author))
    }

    fn change_user(&mut self, user: &User, what: Option<&'static str>, author: &str) -> TxResult<()> {
        self.sql(|connection| {
            let (lost_by, lost_at) = user.factor_lost.clone().unzip();
            connection
                .prepare_cached(
                    "UPDATE user SET name = ?2, roles = ?3, disabled = ?4, password = ?5, given = ?6,
                                     pin = ?7, factor = ?8, factor_step = ?9, factor_lost_by = ?10,
                                     factor_lost_at = ?11, seen = ?12
                     WHERE id = ?1",
                )?
                .execute(params![
                    user.id.0.as_bytes(),
                    user.name,
                    to_json(&user.roles)?,
                    user.disabled,
                    user.password,
                    user.given.map(micros),
                    user.pin,
                    user.factor,
                    user.factor_step,
                    lost_by,
                    lost_at.map(micros),
                    user.seen.map(micros),
                ])
        })?;
        match what {
            Some(kind::USER_CHANGED) => self.journal(None, described(kind::USER_CHANGED, user, author)),
            Some(what) => self.journal(None, Draft::new(what, User::author(user.id), author)),
            None => Ok(()),
        }
    }

    fn set_recovery_codes(&mut self, id: UserId, hashes: &[[u8; 32]]) -> TxResult<()> {
        self.sql(|connection| {
            connection.execute("DELETE FROM recovery_code WHERE user = ?1", [id.0.as_bytes()])?;
            for hash in hashes {
                connection
                    .prepare_cached("INSERT INTO recovery_code (user, hash) VALUES (?1, ?2)")?
                    .execute(params![id.0.as_bytes(), hash])?;
            }
            Ok(())
        })
    }

    fn use_recovery_code(&mut self, id: UserId, hash: &[u8; 32]) -> TxResult<bool> {
        let query = "DELETE FROM recovery_code WHERE user = ?1 AND hash = ?2";
        let gone = self.sql(|connection| connection.execute(query, params![id.0.as_bytes(), hash]))?;
        Ok(gone > 0)
    }

    fn attempts(&mut self, login: &str) -> TxResult<Attempts> {
        let key = user_rows::attempt_key(self.sealer(), login);
        self.sql(|connection| user_rows::attempts(connection, &key))
    }

    fn set_attempts(&mut self, login: &str, attempts: Attempts) -> TxResult<()> {
        let key = user_rows::attempt_key(self.sealer(), login);
        self.sql(|connection| {
            if attempts == Attempts::default() {
                return connection.execute("DELETE FROM attempt WHERE key = ?1", [key]).map(drop);
            }
            connection
                .prepare_cached(
                    "INSERT INTO attempt (key, failures, last) VALUES (?1, ?2, ?3)
                     ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, last = excluded.last",
                )?
                .execute(params![key, attempts.failures, attempts.last.map(micros)])?;
            // Whoever types names that nobody has must neither fill the disk nor wash the failures of
            // somebody away: the fewest failures go first.
            connection
                .prepare_cached(
                    "DELETE FROM attempt WHERE key IN
                       (SELECT key FROM attempt ORDER BY failures DESC, last DESC LIMIT -1 OFFSET ?1)",
                )?
                .execute([ATTEMPTS])?;
            Ok(())
        })
    }

    fn seat(&mut self, key: &SeatKey) -> TxResult<Option<Seat>> {
        self.sql(|connection| user_rows::seat(connection, key))
    }

    fn add_seat(
        &mut self,
        key: &SeatKey,
        place: Place,
        agent: Option<&str>,
        may_set_up: bool,
    ) -> TxResult<Seat> {
        let now = self.now;
        let row = self.sql(|connection| {
            forget(connection, micros(now - OLD_SESSION), micros(now - EMPTY_SEAT))?;
            connection.execute(
                "INSERT INTO seat (hash, place, agent, may_set_up, locked, touched)
                 VALUES (?1, ?2, ?3, ?4, 0, ?5)",
                params![key, word(&place), agent, may_set_up, micros(now)],
            )?;
            Ok(connection.last_insert_rowid())
        })?;
        Ok(Seat {
            row,
            place,
            agent: agent.map(str::to_owned),
            may_set_up,
            active: None,
            locked: false,
            touched: now,
            sessions: Vec::new(),
        })
    }

    fn change_seat(&mut self, seat: &Seat) -> TxResult<()> {
        self.sql(|connection| {
            let active = seat.active.map(|user| user.0.as_bytes().to_vec());
            connection
                .prepare_cached("UPDATE seat SET active = ?2, locked = ?3, touched = ?4 WHERE row = ?1")?
                .execute(params![seat.row, active, seat.locked, micros(seat.touched)])?;
            connection.prepare_cached("DELETE FROM session WHERE seat = ?1")?.execute([seat.row])?;
            for (place, session) in seat.sessions.iter().enumerate() {
                connection
                    .prepare_cached(
                        "INSERT INTO session (id, seat, user, place, begun, seen, stepped_up, pin_failures)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    )?
                    .execute(params![
                        session.id.0.as_bytes(),
                        seat.row,
                        session.user.0.as_bytes(),
                        i64::try_from(place).unwrap_or(i64::MAX),
                        micros(session.begun),
                        micros(session.seen),
                        session.stepped_up.map(micros),
                        session.pin_failures,
                    ])?;
            }
            Ok(())
        })
    }

    fn rekey_seat(&mut self, seat: &Seat, key: &SeatKey) -> TxResult<()> {
        let query = "UPDATE seat SET hash = ?2 WHERE row = ?1";
        self.sql(|connection| connection.execute(query, params![seat.row, key]).map(drop))
    }

    fn session(&mut self, id: SessionId) -> TxResult<Option<Session>> {
        self.sql(|connection| user_rows::session(connection, id))
    }

    fn end_session(&mut self, id: SessionId) -> TxResult<()> {
        let query = "DELETE FROM session WHERE id = ?1";
        self.sql(|connection| connection.execute(query, [id.0.as_bytes()]).map(drop))
    }

    fn end_sessions_of(&mut self, user: UserId) -> TxResult<()> {
        let query = "DELETE FROM session WHERE user = ?1";
        self.sql(|connection| connection.execute(query, [user.0.as_bytes()]).map(drop))
    }

    fn end_other_sessions_of(&mut self, user: UserId, seat: i64) -> TxResult<()> {
        let query = "DELETE FROM session WHERE user = ?1 AND seat <> ?2";
        self.sql(|connection| connection.execute(query, params![user.0.as_bytes(), seat]).map(drop))
    }

    fn note(
        &mut self,
        kind: &'static str,
        entity: &str,
        author: &str,
        fields: &[(&'static str, &str)],
    ) -> TxResult<()> {
        let draft = Draft::new(kind, entity, author);
        let draft = fields.iter().fold(draft, |draft, (name, value)| draft.field(name, *value));
        self.journal(None, draft)
    }
}

impl WriteTx<'_> {
    /// Locks every window where somebody is at work; browsers may be of other machines.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn lock_windows(&mut self) -> TxResult<()> {
        let query = "UPDATE seat SET locked = 1 WHERE place = 'window' AND active IS NOT NULL AND locked = 0";
        self.sql(|connection| connection.execute(query, []).map(drop))
    }

    /// The desk's settings, as of this transaction.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn desk_settings(&self) -> TxResult<DeskSettings> {
        self.sql(|connection| section(connection, DESK))
    }

    /// What signing in demands, as of this transaction.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn security_settings(&self) -> TxResult<SecuritySettings> {
        self.sql(|connection| section(connection, SECURITY))
    }
}

/// Somebody, for the journal: what names them is sealed.
fn described(kind: &'static str, user: &User, author: &str) -> Draft {
    let roles: Vec<&str> = user.roles.iter().map(|role| role.as_str()).collect();
    Draft::new(kind, User::author(user.id), author)
        .field("roles", roles.join(","))
        .field("disabled", user.disabled)
        .personal("login", Some(&user.login))
        .personal("name", Some(&user.name))
}

fn forget(connection: &Connection, old_session: i64, empty_seat: i64) -> Sql<()> {
    connection.execute("DELETE FROM session WHERE begun < ?1", [old_session])?;
    connection.execute(
        "DELETE FROM seat WHERE touched < ?1 AND NOT EXISTS (SELECT 1 FROM session WHERE session.seat = seat.row)",
        [empty_seat],
    )?;
    Ok(())
}
