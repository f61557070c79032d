//! What commands about the people who work here take.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use vakhta_domain::ids::{SessionId, UserId};

use crate::permission::Role;
use crate::request::Password;
use crate::settings::{Language, SiteDraft};

/// The first start: the site and its first administrator.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SetUp {
    /// Of this desk.
    pub language: Language,
    /// The site.
    pub site: SiteDraft,
    /// Who signs in as …
    pub login: String,
    /// … and is called.
    pub name: String,
    /// Chosen by them.
    #[ts(type = "string")]
    pub password: Password,
    /// What they do besides administering.
    pub roles: Vec<Role>,
    /// The second factor. May only be left out where no role of theirs demands it.
    pub factor: Option<NewFactor>,
}

/// For whom a second factor is wanted: the name shows in the application on the phone.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct FactorWanted {
    /// As they sign in.
    pub login: String,
    /// The password that they want, where it is not theirs yet: refused here, before a phone has taken
    /// anything up, if it is to be refused.
    #[serde(default)]
    #[ts(optional, type = "string | null")]
    pub password: Option<Password>,
}

/// A second factor, and the proof that the phone has it.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct NewFactor {
    /// Base32, as the offer had it.
    #[ts(type = "string")]
    pub secret: Password,
    /// Six digits that the phone shows.
    #[ts(type = "string")]
    pub code: Password,
}

/// Who wants in.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SignIn {
    /// As they sign in; case does not matter.
    pub login: String,
    /// Theirs.
    #[ts(type = "string")]
    pub password: Password,
    /// Six digits of the second factor, or a recovery code; asked for after the password.
    #[ts(type = "string | null")]
    pub code: Option<Password>,
}

/// Who comes back to a locked desk.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Unlock {
    /// Somebody who is signed in at this desk.
    #[ts(type = "string")]
    pub user: UserId,
    /// Their PIN, or their password.
    #[ts(type = "string")]
    pub secret: Password,
    /// `secret` is the PIN.
    pub pin: bool,
}

/// Shows that it is still the person who signed in.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct StepUp {
    /// A fresh code of the second factor from who has one, else the password.
    #[ts(type = "string")]
    pub secret: Password,
}

/// A new password of one's own.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PasswordChange {
    /// The present one.
    #[ts(type = "string")]
    pub old: Password,
    /// The new one.
    #[ts(type = "string")]
    pub new: Password,
}

/// A PIN of one's own.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PinChange {
    /// The password, once more.
    #[ts(type = "string")]
    pub password: Password,
    /// Four to eight digits; `None` takes it away.
    #[ts(type = "string | null")]
    pub pin: Option<Password>,
}

/// Somebody who works here.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct UserWanted {
    /// Who.
    #[ts(type = "string")]
    pub id: UserId,
}

/// Somebody who will work here.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct UserDraft {
    /// As they sign in.
    pub login: String,
    /// As people call them.
    pub name: String,
    /// What they do.
    pub roles: Vec<Role>,
}

/// What to change of somebody; what is `None` stays.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct UserChange {
    /// Who.
    #[ts(type = "string")]
    pub id: UserId,
    /// As people call them.
    pub name: Option<String>,
    /// What they do.
    pub roles: Option<Vec<Role>>,
    /// Whether they are kept out.
    pub disabled: Option<bool>,
}

/// A session.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct SessionWanted {
    /// Which.
    #[ts(type = "string")]
    pub id: SessionId,
}

/// What of the audit is wanted, newest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct AuditRequest {
    /// By this person only: `user/…`, `owner/…`, `device/…`, as an entry's `author` has it.
    pub author: Option<String>,
    /// Kinds of entries that begin so, for example `user.`; several, any of which.
    pub kinds: Vec<String>,
    /// Of this thing only, as an entry's `entity` has it.
    pub entity: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Entries before this place; `None` to begin with the newest.
    pub before: Option<i64>,
    /// At most this many, at most 1,000.
    pub limit: u32,
}
