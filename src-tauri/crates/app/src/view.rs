//! What is shown: rows of lists and items of the live feed, ready for the wire. Times are
//! RFC 3339 in UTC.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use vakhta_domain::identity::IdentityKind;
use vakhta_domain::ids::{IncidentId, VisitId, VisitorId};
use vakhta_domain::passage::ReaderDirection;

use crate::device::{DeviceState, Reason};
use crate::settings::Settings;
use crate::visits::DeskAction;

/// A device, its settings and its condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeviceView {
    /// Its name among people.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// Login name.
    pub user: String,
    /// Where its readers lead.
    #[ts(type = "ReaderDirection")]
    pub direction: ReaderDirection,
    /// Its condition.
    #[serde(flatten)]
    pub state: DeviceState,
    /// What is the matter, in plain English; empty when all is well.
    pub words: String,
    /// What a person should know of it besides.
    pub notes: Vec<DeviceNote>,
    /// When any byte was last heard from it.
    pub heard: Option<Timestamp>,
    /// Device clock minus ours, milliseconds.
    pub drift_ms: Option<i64>,
    /// As it calls itself.
    pub model: Option<String>,
    /// The hardware's serial number.
    pub hardware: Option<String>,
    /// The life of its log.
    pub epoch: Option<u32>,
    /// The last event up to which its log is settled.
    pub last_serial: Option<u64>,
}

/// Something that a person should know of a device that is otherwise well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DeviceNote {
    /// Another device answers at its address; its log is read as a new one.
    HardwareSwapped {
        /// When that was noticed.
        at: Timestamp,
    },
    /// Its event log was cleared; reading goes on from its new beginning.
    LogCleared {
        /// When that was noticed.
        at: Timestamp,
    },
    /// It reports the serial number of another: perhaps one device at two addresses.
    SameAs {
        /// The other's name.
        device: String,
    },
}

/// What a test of a device found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeviceReport {
    /// It answered and let us in.
    pub ok: bool,
    /// In plain English.
    pub words: String,
    /// What went wrong, when something did.
    pub reason: Option<Reason>,
    /// As it calls itself.
    pub model: Option<String>,
    /// As it calls itself.
    pub firmware: Option<String>,
    /// As it calls itself.
    pub hardware: Option<String>,
    /// Device clock minus ours, milliseconds.
    pub drift_ms: Option<i64>,
    /// Whether its log can be searched.
    pub search: Option<bool>,
    /// Tries left before it locks, when it refused.
    pub tries_left: Option<u32>,
}

/// A visit in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VisitView {
    /// Place in the list.
    pub row: i64,
    /// Which.
    #[ts(type = "string")]
    pub id: VisitId,
    /// Who; empty for somebody who was erased.
    pub visitor: String,
    /// To whom.
    pub host: String,
    /// What for.
    pub purpose: Option<String>,
    /// Now, by its facts.
    #[ts(type = "VisitStatus")]
    pub status: String,
    /// The pass is good from …
    pub from: Timestamp,
    /// … until.
    pub until: Timestamp,
    /// `single` or `multiple`.
    #[ts(type = "Profile")]
    pub profile: String,
    /// The devices' number for the visitor.
    pub person_no: Option<String>,
    /// The visitor's card.
    pub card_no: Option<String>,
    /// The first entry.
    pub entered: Option<Timestamp>,
    /// By whose account: `desk`, `door`, `automatic`, `import`.
    #[ts(type = "Origin | null")]
    pub entered_by: Option<String>,
    /// The last exit.
    pub left: Option<Timestamp>,
    /// By whose account.
    #[ts(type = "Origin | null")]
    pub left_by: Option<String>,
    /// The present stay of a visitor who is inside, who may have been in and out before.
    #[serde(default)]
    pub inside: Option<Stay>,
    /// What the clock alone will make of it: a visit that nobody comes to, a window that ends.
    #[serde(default)]
    pub turns: Option<Turn>,
    /// What the desk may do with it now, in the order in which it is offered.
    #[serde(default)]
    pub actions: Vec<DeskAction>,
}

/// A stay that lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Stay {
    /// When it began.
    pub since: Timestamp,
    /// By whose account.
    #[ts(type = "Origin")]
    pub by: String,
}

/// A status that will come by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Turn {
    /// After this moment …
    pub at: Timestamp,
    /// … it is so …
    #[ts(type = "VisitStatus")]
    pub status: String,
    /// … and the desk may do this.
    pub actions: Vec<DeskAction>,
}

/// A person who visits, as far as everybody at the desk may know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VisitorView {
    /// Who.
    #[ts(type = "string")]
    pub id: VisitorId,
    /// What is known of them, masked.
    pub identity: Vec<IdentityView>,
    /// They were erased: nothing names them any more.
    pub erased: bool,
}

/// Something that proves or reaches a person, masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct IdentityView {
    /// What.
    #[ts(type = "IdentityKind")]
    pub kind: IdentityKind,
    /// Its last signs after dots.
    pub masked: String,
}

/// A visit with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VisitDetail {
    /// The visit.
    pub visit: VisitView,
    /// Who comes.
    pub visitor: VisitorView,
    /// What happened, in the order in which it happened, from its planning on.
    pub facts: Vec<FactView>,
    /// Its passages, oldest first; the last 200.
    pub passages: Vec<PassageView>,
    /// Its incidents, oldest first; the last 200.
    pub incidents: Vec<IncidentView>,
}

/// A fact of a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FactView {
    /// Its name.
    pub id: String,
    /// What.
    #[ts(type = "FactKind")]
    pub kind: String,
    /// When it happened.
    pub at: Timestamp,
    /// By whose account.
    #[ts(type = "Origin")]
    pub origin: String,
    /// The person or the device.
    pub author: String,
    /// The fact that it takes back.
    pub revokes: Option<String>,
    /// It was taken back by another.
    pub revoked: bool,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SearchReply {
    /// Visits of today and to come first, then earlier ones.
    pub visits: Vec<VisitView>,
}

/// A passage in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PassageView {
    /// Place in the list.
    pub row: i64,
    /// The device's name.
    pub device: String,
    /// Number in the device's log; null where the firmware gives none.
    pub serial: Option<u64>,
    /// Life of the log.
    pub epoch: u32,
    /// Event code.
    pub major: u32,
    /// Event code.
    pub minor: u32,
    /// What the code means; null when nobody knows.
    pub meaning: Option<String>,
    /// When it happened.
    pub at: Timestamp,
    /// How sure that is: `measured`, `received`, `uncertain`.
    #[ts(type = "Certainty")]
    pub certainty: String,
    /// The device's own words for the time.
    pub device_time: Option<String>,
    /// When we heard of it.
    pub received: Timestamp,
    /// News, as against history told late.
    pub live: bool,
    /// `in`, `out`, `seen`.
    #[ts(type = "Direction")]
    pub direction: String,
    /// Reader of the device.
    pub reader_no: Option<u32>,
    /// Door of the device.
    pub door_no: Option<u32>,
    /// The devices' number for the person.
    pub person_no: Option<String>,
    /// The card.
    pub card_no: Option<String>,
    /// `granted`, `refused`, `none`.
    #[ts(type = "Verdict")]
    pub verdict: String,
    /// Whose visit.
    #[ts(type = "string | null")]
    pub visit: Option<VisitId>,
    /// Who.
    pub visitor: Option<String>,
    /// Name of the picture; see the command `picture`.
    pub picture: Option<String>,
}

/// An incident in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct IncidentView {
    /// Place in the list.
    pub row: i64,
    /// Which.
    #[ts(type = "string")]
    pub id: IncidentId,
    /// What kind.
    #[ts(type = "IncidentKind")]
    pub kind: String,
    /// How bad.
    #[ts(type = "Severity")]
    pub severity: String,
    /// `new`, `investigating`, `resolved`, `false_alarm`.
    #[ts(type = "IncidentStatus")]
    pub status: String,
    /// When it first happened.
    pub at: Timestamp,
    /// How often, within its window.
    pub count: u32,
    /// Found in history that was told late.
    pub late: bool,
    /// Whose visit.
    #[ts(type = "string | null")]
    pub visit: Option<VisitId>,
    /// Who.
    pub visitor: Option<String>,
    /// At which device.
    pub device: Option<String>,
    /// Why it was withdrawn, when it was.
    #[ts(type = "WithdrawnBecause | null")]
    pub withdrawn: Option<String>,
    /// An earlier incident of the same cause.
    #[ts(type = "string | null")]
    pub previous: Option<IncidentId>,
}

/// What the journal's chain is like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct JournalReport {
    /// Whether every link holds.
    pub whole: bool,
    /// How many operations were walked.
    pub operations: u64,
    /// How many of them have no content any more; their hashes still hold.
    #[serde(default)]
    pub without_content: u64,
    /// Number and hash of the last good operation of each writer.
    pub heads: Vec<JournalHead>,
    /// How far it had come when that was last written down beside the secrets.
    #[serde(default)]
    pub anchored: Option<JournalHead>,
    /// The first broken place, in words.
    pub broken: Option<String>,
}

/// The end of one writer's chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct JournalHead {
    /// Whose.
    pub desk: String,
    /// In which of its lives.
    pub incarnation: String,
    /// Its last number.
    pub oseq: u64,
    /// Its last hash, hex.
    pub hash: String,
}

/// How Vakhta is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RunStatus {
    /// Whether a process watches the devices.
    pub running: bool,
    /// Its version.
    pub version: String,
    /// Where secrets rest, in words.
    pub secrets: String,
    /// What opens the data when the secrets are lost.
    #[serde(default)]
    pub kit: KitState,
    /// The background tasks and how they fared.
    pub tasks: Vec<TaskView>,
}

/// The recovery kit of a data folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KitState {
    /// As its paper says; `None` where there is none.
    pub id: Option<String>,
    /// When it was made.
    pub made: Option<Timestamp>,
    /// Somebody has typed a part of it from its paper. Until then nobody knows that it was printed.
    pub confirmed: bool,
}

/// What a change of the site's key did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SiteKeyChanged {
    /// Its number.
    pub number: u8,
    /// Keys of persons that were wrapped anew under it.
    pub rewrapped: u64,
}

/// A background task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TaskView {
    /// Its name.
    pub name: String,
    /// When it last ran.
    pub last: Option<Timestamp>,
    /// What came of it.
    pub result: Option<String>,
}

/// Something that happened, as the live feed tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FeedItem {
    /// Place in the journal.
    pub seq: i64,
    /// When it was written down.
    pub written: Timestamp,
    /// What.
    #[serde(flatten)]
    pub what: Happening,
}

/// What the live feed tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", content = "item", rename_all = "snake_case")]
pub enum Happening {
    /// A device told an event.
    Passage(Box<PassageView>),
    /// A picture of a passage has been kept.
    Picture(Box<PassageView>),
    /// Something happened to a visit.
    Visit(Box<VisitHappening>),
    /// An incident was raised, repeated or withdrawn.
    Incident(Box<IncidentView>),
    /// A device was added, changed, removed, refused our login, or began a new log.
    Device {
        /// What, as in the journal.
        change: String,
        /// Its name.
        name: String,
    },
    /// Somebody changed the settings.
    Settings(Box<Settings>),
    /// A person was erased: whatever named them is to be read anew.
    Erased(()),
}

/// Something that happened to a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VisitHappening {
    /// What: `planned` or the kind of fact.
    #[ts(type = "FactKind")]
    pub fact: String,
    /// When it happened.
    pub at: Timestamp,
    /// By whose account.
    #[ts(type = "Origin")]
    pub origin: String,
    /// The visit as it is now.
    pub visit: VisitView,
}

/// What happened, and the place up to which that is all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FeedPage {
    /// In the order of the journal.
    pub items: Vec<FeedItem>,
    /// Ask for what comes after this.
    pub next: i64,
}

/// What a page that is open is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EventBatch {
    /// The desk is locked: what the page shows must give way.
    #[serde(default)]
    pub locked: bool,
    /// Too much has happened meanwhile: take a new snapshot.
    pub behind: bool,
    /// In the order of the journal.
    pub items: Vec<FeedItem>,
    /// Ask for what comes after this.
    pub next: i64,
    /// All devices, when any condition has changed since the caller's version.
    pub devices: Option<Vec<DeviceView>>,
    /// The version of the devices' conditions.
    pub devices_version: u64,
}

/// All that the desk shows, as of one place in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Snapshot {
    /// Our clock.
    pub now: Timestamp,
    /// Ask for events after this.
    pub seq: i64,
    /// Of today in the site's zone, or inside whenever they came.
    pub visits: Vec<VisitView>,
    /// The newest 100, newest first.
    pub passages: Vec<PassageView>,
    /// Not yet resolved and not withdrawn, newest first; at most 200.
    pub incidents: Vec<IncidentView>,
    /// All of them.
    pub devices: Vec<DeviceView>,
    /// Of the desk and its site.
    pub settings: Settings,
    /// How Vakhta is.
    pub status: RunStatus,
}

/// The authority of this data folder; nothing of it is secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AuthorityView {
    /// Where its certificate is, for whoever installs it.
    pub path: String,
    /// The same certificate.
    pub pem: String,
    /// SHA-256 of it, as browsers show it: `AB:CD:…`.
    pub fingerprint: String,
    /// As it is called in a list of authorities.
    pub name: String,
    /// What it may vouch for, in words.
    pub vouches_for: Vec<String>,
    /// When it begins to be good.
    pub from: Timestamp,
    /// When it ceases to be.
    pub until: Timestamp,
}
