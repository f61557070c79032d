//! What a use-case about the people who work here can do inside a write transaction.

use jiff::Timestamp;
use vakhta_domain::ids::{SessionId, UserId};

use super::attempts::Attempts;
use super::seat::{Seat, SeatKey, Session};
use super::view::Place;
use crate::permission::Role;
use crate::tx::TxResult;

/// Somebody who works here, with what proves that it is them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// As they sign in, as they wrote it.
    pub login: String,
    /// As people call them.
    pub name: String,
    /// What they do, in the order of [`Role::ALL`].
    pub roles: Vec<Role>,
    /// They are kept out.
    pub disabled: bool,
    /// Argon2id, as a PHC string.
    pub password: String,
    /// When somebody else chose the password; `None` for their own.
    pub given: Option<Timestamp>,
    /// The second factor's secret, sealed by the site's key for [`User::factor_context`].
    pub factor: Option<Vec<u8>>,
    /// The last time step whose code was used: no code serves twice.
    pub factor_step: i64,
    /// Recovery codes that are left.
    pub recovery_codes: u32,
    /// Argon2id of the PIN, as a PHC string.
    pub pin: Option<String>,
    /// Who has vouched that the second factor is lost, as an author is written, and when.
    pub factor_lost: Option<(String, Timestamp)>,
    /// When they last signed in.
    pub seen: Option<Timestamp>,
    /// When they were entered.
    pub added: Timestamp,
}

impl User {
    /// What the sealed secret of a second factor is bound to.
    #[must_use]
    pub fn factor_context(id: UserId) -> Vec<u8> {
        format!("second factor of {id}").into_bytes()
    }

    /// As an entry of the journal names its author.
    #[must_use]
    pub fn author(id: UserId) -> String {
        format!("user/{id}")
    }
}

/// People, their sessions, and failed tries.
pub trait UserTx {
    /// Everybody, in the order in which they were entered.
    fn users(&mut self) -> TxResult<Vec<User>>;
    /// One of them.
    fn user(&mut self, id: UserId) -> TxResult<Option<User>>;
    /// By the name that they sign in with; case does not matter.
    fn user_by_login(&mut self, login: &str) -> TxResult<Option<User>>;
    /// Enters somebody. Login and name enter the journal sealed, proofs do not enter it.
    fn add_user(&mut self, user: &User, author: &str) -> TxResult<()>;
    /// Writes what changed of somebody. `what` is the journal's word for it; with `None` nothing
    /// is journaled (a time step, a time of signing in).
    fn change_user(&mut self, user: &User, what: Option<&'static str>, author: &str) -> TxResult<()>;
    /// Replaces all recovery codes by these, as hashes; the user's count follows.
    fn set_recovery_codes(&mut self, id: UserId, hashes: &[[u8; 32]]) -> TxResult<()>;
    /// Uses a recovery code up; false when there is none such.
    fn use_recovery_code(&mut self, id: UserId, hash: &[u8; 32]) -> TxResult<bool>;

    /// Failures under a login, whether or not anybody has it. The store keeps no login for it.
    fn attempts(&mut self, login: &str) -> TxResult<Attempts>;
    /// Writes them down; none are forgotten.
    fn set_attempts(&mut self, login: &str, attempts: Attempts) -> TxResult<()>;

    /// A seat by the hash of its token.
    fn seat(&mut self, key: &SeatKey) -> TxResult<Option<Seat>>;
    /// Makes a seat; seats and sessions that are over go.
    fn add_seat(
        &mut self,
        key: &SeatKey,
        place: Place,
        agent: Option<&str>,
        may_set_up: bool,
    ) -> TxResult<Seat>;
    /// Writes a seat: who is active, whether it is locked, when a hand was last on it, its sessions.
    fn change_seat(&mut self, seat: &Seat) -> TxResult<()>;
    /// Gives a seat another token.
    fn rekey_seat(&mut self, seat: &Seat, key: &SeatKey) -> TxResult<()>;
    /// A session wherever it is, with its seat's number.
    fn session(&mut self, id: SessionId) -> TxResult<Option<Session>>;
    /// Ends a session wherever it is.
    fn end_session(&mut self, id: SessionId) -> TxResult<()>;
    /// Ends all sessions of somebody.
    fn end_sessions_of(&mut self, user: UserId) -> TxResult<()>;
    /// Ends the sessions of somebody at every seat but one.
    fn end_other_sessions_of(&mut self, user: UserId, seat: i64) -> TxResult<()>;
    /// Something that happened and changed nothing else: signing in, a failure, a view of a
    /// document. Fields must say nothing of a person.
    fn note(
        &mut self,
        kind: &'static str,
        entity: &str,
        author: &str,
        fields: &[(&'static str, &str)],
    ) -> TxResult<()>;
}
