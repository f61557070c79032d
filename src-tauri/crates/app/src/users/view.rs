//! What commands about the people who work here give.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use vakhta_domain::ids::{SessionId, UserId};

use crate::permission::{Permission, Role};
use crate::settings::{Language, Theme};

/// What a page shows before anything else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Access {
    /// How far whoever sits there has come.
    pub stage: Stage,
    /// Who is signed in and at work; also while something is still demanded of them.
    pub me: Option<Me>,
    /// Who is signed in at this desk and may come back by PIN or password, the last one first.
    pub people: Vec<SeatPerson>,
    /// The site's name.
    pub site: String,
    /// Of this desk.
    pub language: Language,
    /// Of this desk.
    pub theme: Theme,
    /// After so many minutes without a hand the desk locks itself.
    pub lock_after_minutes: u32,
    /// Our clock.
    pub now: Timestamp,
}

/// How far whoever sits before a page has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nobody works here yet, and this page may say who will.
    SetUp,
    /// Nobody works here yet, and this page was not let in.
    NotLetIn,
    /// Nobody is signed in at this desk.
    SignIn,
    /// The desk is locked.
    Locked,
    /// The password was given by somebody else and has to be replaced.
    NewPassword,
    /// A role of theirs demands a second factor that they do not have.
    NewFactor,
    /// At work.
    SignedIn,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Me {
    /// Who.
    #[ts(type = "string")]
    pub id: UserId,
    /// As they sign in.
    pub login: String,
    /// As people call them.
    pub name: String,
    /// What they do.
    pub roles: Vec<Role>,
    /// What they may at the moment.
    pub permissions: Vec<Permission>,
    /// They have a second factor.
    pub factor: bool,
    /// A role of theirs demands one.
    pub factor_demanded: bool,
    /// Recovery codes that are left.
    pub recovery_codes: u32,
    /// They have a PIN.
    pub pin: bool,
    /// Until when what needs a fresh proof may be done without another.
    pub stepped_up_until: Option<Timestamp>,
}

/// Somebody who is signed in at a desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SeatPerson {
    /// Who.
    #[ts(type = "string")]
    pub id: UserId,
    /// As people call them.
    pub name: String,
    /// They may unlock by PIN.
    pub pin: bool,
}

/// A second factor that is offered: nothing is kept until the phone has shown that it has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FactorOffer {
    /// Base32, for typing.
    pub secret: String,
    /// `otpauth://…`, for the code.
    pub uri: String,
    /// The code's modules, row by row: `1` is dark.
    pub qr: Vec<String>,
}

/// Recovery codes, shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecoveryCodes {
    /// Each lets in once in place of the second factor.
    pub codes: Vec<String>,
}

/// The site is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SetUpDone {
    /// The first administrator is signed in.
    pub access: Access,
    /// Shown this once; empty without a second factor.
    pub recovery_codes: Vec<String>,
    /// Shown this once.
    pub kit: KitView,
}

/// What opens the data without the keyring. Shown when it is made, never again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KitView {
    /// Groups of letters and digits, to be printed or written down.
    pub code: String,
    /// Which kit it is: stands on the paper and in the settings.
    pub id: String,
    /// When it was made.
    pub made: Timestamp,
}

/// Somebody who works here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UserView {
    /// Who.
    #[ts(type = "string")]
    pub id: UserId,
    /// As they sign in.
    pub login: String,
    /// As people call them.
    pub name: String,
    /// What they do.
    pub roles: Vec<Role>,
    /// They are kept out.
    pub disabled: bool,
    /// They have a second factor.
    pub factor: bool,
    /// They have not replaced the password that they were given.
    pub password_given: bool,
    /// Too many failures: nobody gets in under this name until somebody gives a new password.
    pub locked_out: bool,
    /// When they last signed in.
    pub seen: Option<Timestamp>,
    /// When they were entered.
    pub added: Timestamp,
    /// Who has vouched that the second factor is lost, when somebody has.
    pub factor_lost: Option<FactorLost>,
}

/// Somebody lost their second factor, and one person has said so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FactorLost {
    /// Who vouches, as people call them.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Whoever asks may confirm it: is another person, and may.
    pub confirmable: bool,
}

/// A password that somebody was given. Shown this once; replaced at the first signing in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UserGiven {
    /// Whose.
    pub user: UserView,
    /// The password.
    pub password: String,
}

/// A session: somebody signed in somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SessionView {
    /// Which.
    #[ts(type = "string")]
    pub id: SessionId,
    /// Whose.
    #[ts(type = "string")]
    pub user: UserId,
    /// As people call them.
    pub name: String,
    /// The window of the desk, or a browser.
    pub place: Place,
    /// What the browser calls itself, cut.
    pub agent: Option<String>,
    /// Since when.
    pub begun: Timestamp,
    /// When a hand was last on it.
    pub seen: Timestamp,
    /// It ends then at the latest.
    pub until: Timestamp,
    /// It is the one that asks.
    pub own: bool,
}

/// Where a page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In Vakhta's window.
    Window,
    /// In a browser.
    Browser,
}

/// Who may do what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Matrix {
    /// A line for each permission.
    pub lines: Vec<MatrixLine>,
}

/// A line of the matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MatrixLine {
    /// What may be done.
    pub permission: Permission,
    /// Who may.
    pub roles: Vec<Role>,
    /// Whether a fresh proof is demanded.
    pub step_up: bool,
    /// By which commands.
    pub commands: Vec<String>,
}

/// An entry of the audit: the journal, seen by person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AuditEntry {
    /// Place in the journal.
    pub seq: i64,
    /// When it was written.
    pub at: Timestamp,
    /// By whose hand: `user/…`, `owner/…`, a device's id, or a rule of Vakhta's own in words.
    pub author: String,
    /// As people call them, where that is known.
    pub author_name: Option<String>,
    /// What, for example `visit.fact`.
    pub kind: String,
    /// Of what.
    pub entity: String,
    /// As people call it, where that is known and the caller may see it.
    pub entity_name: Option<String>,
    /// What changed, as JSON: sealed fields are left out.
    pub fields: String,
}
