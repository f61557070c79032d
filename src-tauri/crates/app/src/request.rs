//! What commands take.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use vakhta_domain::identity::IdentityKind;
use vakhta_domain::ids::{VisitId, VisitorId};
use vakhta_domain::passage::ReaderDirection;
use vakhta_domain::visit::Profile;

use crate::visits::DeskAction;

/// A page of a list: rows after a place, in the list's order.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct PageRequest {
    /// The `row` of the last item that the caller has; 0 to begin.
    pub after: i64,
    /// At most this many, at most 5,000.
    pub limit: u32,
}

/// A page of a list from its end: rows before a place, newest first.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct BeforeRequest {
    /// The `row` of the oldest item that the caller has; `None` to begin.
    pub before: Option<i64>,
    /// At most this many, at most 5,000.
    pub limit: u32,
}

/// What to wait for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct EventsRequest {
    /// The place in the journal that the caller has come to.
    pub after: i64,
    /// The version of the devices' conditions that the caller has; `None` when it has none.
    pub devices: Option<u64>,
    /// How long to wait for the first item, in milliseconds, at most 30,000.
    pub wait_ms: u32,
}

/// What to wait for, for readers that remember where they were.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct WatchRequest {
    /// The place; `None` for the present end.
    pub after: Option<i64>,
    /// A durable reader's name: goes on where that reader stopped, and remembers.
    pub reader: Option<String>,
    /// How long to wait for the first item, in milliseconds, at most 30,000.
    pub wait_ms: u32,
}

/// A picture.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PictureName {
    /// 64 hex digits.
    pub name: String,
}

/// A password on its way from who typed it to the keyring. Not printed.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(as = "String")]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Text about a person that is sealed before it is kept. Not printed.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(as = "String")]
pub struct Personal(pub String);

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Personal(…)")
    }
}

/// A device.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct DeviceName {
    /// Its name among people.
    pub name: String,
}

/// A device to be added.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct DeviceDraft {
    /// Its name among people.
    pub name: String,
    /// `http://host[:port]`.
    pub url: String,
    /// Login name.
    pub user: String,
    /// Where its readers lead.
    #[ts(type = "ReaderDirection")]
    pub direction: ReaderDirection,
    /// Goes to the keyring and nowhere else.
    #[ts(type = "string")]
    pub password: Password,
}

/// What to change of a device; what is `None` stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct DeviceChange {
    /// Its present name.
    pub name: String,
    /// A new name.
    pub new_name: Option<String>,
    /// A new address.
    pub url: Option<String>,
    /// A new login name.
    pub user: Option<String>,
    /// A new direction.
    #[ts(type = "ReaderDirection | null")]
    pub direction: Option<ReaderDirection>,
    /// A new password.
    #[ts(type = "string | null")]
    pub password: Option<Password>,
}

/// A visit to be planned.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct VisitDraft {
    /// Who comes.
    pub visitor: String,
    /// To whom.
    pub host: String,
    /// What for.
    pub purpose: Option<String>,
    /// By which number the devices will know the visitor.
    pub person_no: Option<String>,
    /// By which card.
    pub card_no: Option<String>,
    /// The number of a document of theirs.
    #[serde(default)]
    #[ts(type = "string | null")]
    pub document: Option<Personal>,
    /// Their individual identification number.
    #[serde(default)]
    #[ts(type = "string | null")]
    pub iin: Option<Personal>,
    /// Where to reach them.
    #[serde(default)]
    #[ts(type = "string | null")]
    pub phone: Option<Personal>,
    /// When the pass begins to be good; `None` for now.
    pub from: Option<Timestamp>,
    /// When it ceases to be; `None` for the end of the site's day.
    pub until: Option<Timestamp>,
    /// How often it lets in.
    #[ts(type = "Profile")]
    pub profile: Profile,
}

/// A visit.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct VisitWanted {
    /// Which.
    #[ts(type = "string")]
    pub id: VisitId,
}

/// A person who visits.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct VisitorWanted {
    /// Who.
    #[ts(type = "string")]
    pub id: VisitorId,
}

/// Something that proves or reaches a person.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct IdentityWanted {
    /// Whose.
    #[ts(type = "string")]
    pub visitor: VisitorId,
    /// What.
    #[ts(type = "IdentityKind")]
    pub kind: IdentityKind,
}

/// What is entered, replaced or taken away.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct IdentityChange {
    /// Whose.
    #[ts(type = "string")]
    pub visitor: VisitorId,
    /// What.
    #[ts(type = "IdentityKind")]
    pub kind: IdentityKind,
    /// As somebody typed it; `None` takes it away.
    #[ts(type = "string | null")]
    pub value: Option<Personal>,
}

/// The last group of a recovery kit's code, typed from its paper.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct KitGroup {
    /// Five signs.
    #[ts(type = "string")]
    pub group: Password,
}

/// What the desk does to a visit.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct VisitAct {
    /// Which visit.
    #[ts(type = "string")]
    pub id: VisitId,
    /// What to do.
    pub action: DeskAction,
}

/// What is looked for.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SearchRequest {
    /// A few letters of a name, or a number of a pass or card; a whole document number, IIN or phone,
    /// or the last four digits of a phone. At most 200 characters count.
    pub text: String,
    /// At most this many visits, at most 200.
    pub limit: u32,
}

/// The authority, or a new one in its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AuthorityRequest {
    /// Makes another one, which every workstation must then be told to trust.
    pub anew: bool,
    /// What a new one may vouch for besides this machine's own name and private addresses.
    pub names: Vec<String>,
}
