//! The contract with everything that asks Vakhta for something: the command line today, the
//! window and the network later. One list of commands, each with its permission and its reply.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vakhta_domain::ids::VisitId;
use vakhta_domain::passage::ReaderDirection;
use vakhta_domain::visit::Profile;

use crate::view::{
    DeviceReport, DeviceView, FeedItem, IncidentView, JournalReport, PassageView, RunStatus, VisitView,
};
use crate::visits::DeskAction;

/// A request. Requests of a list give a page: rows after `after`, at most `limit` of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "command", content = "with", rename_all = "snake_case")]
pub enum Command {
    /// Whether Vakhta runs on this folder, and how it is.
    Status,
    /// Adds a device.
    DeviceAdd(DeviceDraft),
    /// Changes what is given.
    DeviceChange(DeviceChange),
    /// All devices with their condition.
    DeviceList,
    /// Speaks to a device once and reports what it found.
    DeviceTest {
        /// Its name.
        name: String,
    },
    /// Removes a device; its passages stay.
    DeviceRemove {
        /// Its name.
        name: String,
    },
    /// Plans a visit.
    VisitAdd(VisitDraft),
    /// Visits, oldest first.
    VisitList(PageRequest),
    /// The desk checks in, checks out, cancels or re-opens.
    VisitAct {
        /// Which visit.
        id: VisitId,
        /// What to do.
        action: DeskAction,
    },
    /// Everything that devices told, in the order in which it was written down.
    Passages(PageRequest),
    /// A picture by the name that a passage gives.
    Picture {
        /// 64 hex digits.
        name: String,
    },
    /// Incidents, oldest first.
    Incidents(PageRequest),
    /// Walks the journal's chain.
    JournalVerify,
    /// What has happened after a place in the journal; waits for something to happen.
    Watch {
        /// The place; `None` for the present end.
        after: Option<i64>,
        /// A durable reader's name: goes on where that reader stopped, and remembers.
        reader: Option<String>,
        /// How long to wait for the first item, in milliseconds, at most 30,000.
        wait_ms: u32,
    },
}

/// A page of a list.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PageRequest {
    /// The `row` of the last item that the caller has; 0 to begin.
    pub after: i64,
    /// At most this many, at most 5,000.
    pub limit: u32,
}

/// What a caller must be allowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See how Vakhta is.
    SeeStatus,
    /// Configure devices.
    ManageDevices,
    /// See devices and their condition.
    SeeDevices,
    /// Plan and change visits.
    ManageVisits,
    /// See visits, passages, pictures and the feed.
    SeeVisits,
    /// See incidents.
    SeeIncidents,
    /// Check the journal.
    Audit,
}

impl Command {
    /// The permission that this command needs. There is no command without one: the match has
    /// no default arm.
    #[must_use]
    pub fn permission(&self) -> Permission {
        match self {
            Self::Status => Permission::SeeStatus,
            Self::DeviceAdd(_)
            | Self::DeviceChange(_)
            | Self::DeviceTest { .. }
            | Self::DeviceRemove { .. } => Permission::ManageDevices,
            Self::DeviceList => Permission::SeeDevices,
            Self::VisitAdd(_) | Self::VisitAct { .. } => Permission::ManageVisits,
            Self::VisitList(_) | Self::Passages(_) | Self::Picture { .. } | Self::Watch { .. } => {
                Permission::SeeVisits
            }
            Self::Incidents(_) => Permission::SeeIncidents,
            Self::JournalVerify => Permission::Audit,
        }
    }
}

/// A password on its way from who typed it to the keyring. Not printed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A device to be added.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeviceDraft {
    /// Its name among people.
    pub name: String,
    /// `http://host[:port]` or `https://…`.
    pub url: String,
    /// Login name.
    pub user: String,
    /// Where its readers lead.
    pub direction: ReaderDirection,
    /// Goes to the keyring and nowhere else.
    pub password: Password,
}

/// What to change of a device; what is `None` stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
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
    pub direction: Option<ReaderDirection>,
    /// A new password.
    pub password: Option<Password>,
}

/// A visit to be planned.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    /// When the pass begins to be good.
    pub from: Timestamp,
    /// When it ceases to be.
    pub until: Timestamp,
    /// How often it lets in.
    pub profile: Profile,
}

/// An answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "reply", content = "value", rename_all = "snake_case")]
pub enum Reply {
    /// Done, nothing to tell.
    Done,
    /// How Vakhta is.
    Status(RunStatus),
    /// Devices.
    Devices(Vec<DeviceView>),
    /// One device.
    Device(DeviceView),
    /// What a test found.
    Tested(DeviceReport),
    /// One visit.
    Visit(VisitView),
    /// Visits.
    Visits(Vec<VisitView>),
    /// Passages.
    Passages(Vec<PassageView>),
    /// A picture, JPEG, hex.
    Picture(String),
    /// Incidents.
    Incidents(Vec<IncidentView>),
    /// What the chain is like.
    Journal(JournalReport),
    /// What happened, and the place up to which that is.
    Feed {
        /// In order.
        items: Vec<FeedItem>,
        /// Ask for what comes after this.
        next: i64,
    },
}

/// A request that cannot be granted as things stand. Not a fault, and it does not look like one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// For programs.
    pub code: ErrorCode,
    /// For people, English; says what to do where that is known.
    pub message: String,
}

/// What a user interface can match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// A field is not usable; the message names it.
    Invalid,
    /// There is no such thing.
    NotFound,
    /// The name or address belongs to another.
    Taken,
    /// The thing is in a state that does not allow it.
    WrongState,
    /// The device cannot be spoken to.
    Device,
    /// The caller may not.
    Forbidden,
    /// Vakhta is ending or starting; ask again.
    NotReady,
    /// A fault of Vakhta or its machine.
    Internal,
}

impl Refusal {
    /// Any refusal.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// A field is not usable.
    pub fn invalid(field: &str, why: impl fmt::Display) -> Self {
        Self::new(ErrorCode::Invalid, format!("{field}: {why}"))
    }

    /// There is no such thing.
    pub fn not_found(what: &str, name: impl fmt::Display) -> Self {
        Self::new(ErrorCode::NotFound, format!("there is no {what} “{name}”"))
    }

    /// Belongs to another.
    pub fn taken(field: &str, by: &str) -> Self {
        Self::new(ErrorCode::Taken, format!("{field}: “{by}” has it already"))
    }

    /// The visit's status does not allow it.
    pub fn state(status: &str) -> Self {
        Self::new(ErrorCode::WrongState, format!("the visit is {status}; that does not allow it"))
    }
}
