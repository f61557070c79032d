//! What is shown: rows of lists and items of the live feed, ready for the wire. Times are
//! RFC 3339 in UTC.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vakhta_domain::ids::{IncidentId, VisitId};
use vakhta_domain::passage::ReaderDirection;

use crate::device::DeviceState;

/// A device, its settings and its condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceView {
    /// Its name among people.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// Login name.
    pub user: String,
    /// Where its readers lead.
    pub direction: ReaderDirection,
    /// Its condition; `None` when nobody watches it, because Vakhta does not run.
    #[serde(flatten)]
    pub state: Option<DeviceState>,
    /// What is the matter, in plain words; empty when all is well.
    pub words: String,
    /// Something that happened and was mended.
    pub note: Option<String>,
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

/// What a test of a device found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceReport {
    /// It answered and let us in.
    pub ok: bool,
    /// In plain words.
    pub words: String,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitView {
    /// Place in the list.
    pub row: i64,
    /// Which.
    pub id: VisitId,
    /// Who.
    pub visitor: String,
    /// To whom.
    pub host: String,
    /// What for.
    pub purpose: Option<String>,
    /// Now, by its facts.
    pub status: String,
    /// The pass is good from …
    pub from: Timestamp,
    /// … until.
    pub until: Timestamp,
    /// `single` or `multiple`.
    pub profile: String,
    /// The devices' number for the visitor.
    pub person_no: Option<String>,
    /// The visitor's card.
    pub card_no: Option<String>,
    /// The first entry.
    pub entered: Option<Timestamp>,
    /// By whose account: `desk`, `door`, `automatic`, `import`.
    pub entered_by: Option<String>,
    /// The last exit.
    pub left: Option<Timestamp>,
    /// By whose account.
    pub left_by: Option<String>,
}

/// A passage in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    pub certainty: String,
    /// The device's own words for the time.
    pub device_time: Option<String>,
    /// When we heard of it.
    pub received: Timestamp,
    /// News, as against history told late.
    pub live: bool,
    /// `in`, `out`, `seen`.
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
    pub verdict: String,
    /// Whose visit.
    pub visit: Option<VisitId>,
    /// Who.
    pub visitor: Option<String>,
    /// Name of the picture; see the command `picture`.
    pub picture: Option<String>,
}

/// An incident in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentView {
    /// Place in the list.
    pub row: i64,
    /// Which.
    pub id: IncidentId,
    /// What kind.
    pub kind: String,
    /// How bad.
    pub severity: String,
    /// `new`, `investigating`, `resolved`, `false_alarm`.
    pub status: String,
    /// When it first happened.
    pub at: Timestamp,
    /// How often, within its window.
    pub count: u32,
    /// Found in history that was told late.
    pub late: bool,
    /// Whose visit.
    pub visit: Option<VisitId>,
    /// Who.
    pub visitor: Option<String>,
    /// At which device.
    pub device: Option<String>,
    /// Why it was withdrawn, when it was.
    pub withdrawn: Option<String>,
    /// An earlier incident of the same cause.
    pub previous: Option<IncidentId>,
}

/// What the journal's chain is like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalReport {
    /// Whether every link holds.
    pub whole: bool,
    /// How many operations were walked.
    pub operations: u64,
    /// Number and hash of the last good operation of each writer.
    pub heads: Vec<JournalHead>,
    /// The first broken place, in words.
    pub broken: Option<String>,
}

/// The end of one writer's chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStatus {
    /// Whether a process watches the devices.
    pub running: bool,
    /// Its version.
    pub version: String,
    /// Where secrets rest, in words.
    pub secrets: String,
    /// The background tasks and how they fared.
    pub tasks: Vec<TaskView>,
}

/// A background task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskView {
    /// Its name.
    pub name: String,
    /// When it last ran.
    pub last: Option<Timestamp>,
    /// What came of it.
    pub result: Option<String>,
}

/// Something that happened, as the live feed tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "item", rename_all = "snake_case")]
pub enum Happening {
    /// A device told an event.
    Passage(Box<PassageView>),
    /// A picture of a passage has been kept.
    Picture(Box<PassageView>),
    /// Something happened to a visit.
    Visit {
        /// What: `planned` or the kind of fact.
        fact: String,
        /// When it happened.
        at: Timestamp,
        /// By whose account.
        origin: String,
        /// The visit as it is now.
        visit: Box<VisitView>,
    },
    /// An incident was raised, repeated or withdrawn.
    Incident(Box<IncidentView>),
    /// A device was added, changed, removed, refused our login, or began a new log.
    Device {
        /// What, as in the journal.
        change: String,
        /// Its name.
        name: String,
    },
}
