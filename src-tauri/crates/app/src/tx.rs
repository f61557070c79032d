//! What a use-case can do inside one write transaction. Every method that changes a row writes
//! its journal entry with it: there is no way to do the one without the other.

use jiff::Timestamp;
use vakhta_domain::device_time::Certainty;
use vakhta_domain::ids::{
    CardNo, DeviceId, Epoch, HardwareSerial, IncidentId, OpId, PersonNo, VisitId, VisitorId,
};
use vakhta_domain::incident::{Finding, IncidentKind, WithdrawnBecause};
use vakhta_domain::pairing::Candidate;
use vakhta_domain::passage::{Passage, PassageKey, ReaderDirection};
use vakhta_domain::visit::{Fact, Plan};

use crate::device::{Anchor, AuthHold, EpochReason, LogPosition};
use crate::visitors::VisitorTx;

/// Why a transaction did not happen. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum TxError {
    /// The request is not possible as things stand; not a fault.
    #[error(transparent)]
    Refused(#[from] crate::refusal::Refusal),
    /// The database failed.
    #[error("the database: {0}")]
    Store(String),
    /// Sealing failed.
    #[error(transparent)]
    Secret(#[from] crate::secret::SecretError),
}

/// Result of a step in a transaction.
pub type TxResult<T> = Result<T, TxError>;

/// A visit to be written down.
#[derive(Clone, Debug)]
pub struct NewVisit {
    /// What was agreed.
    pub plan: Plan,
    /// Whom the visitor comes to see.
    pub host: String,
    /// What for.
    pub purpose: Option<String>,
}

/// A passage to be written down.
#[derive(Clone, Debug)]
pub struct NewPassage<'a> {
    /// As thought about.
    pub passage: &'a Passage,
    /// How sure its time is.
    pub certainty: Certainty,
    /// The device's own words for the time.
    pub device_time: Option<&'a str>,
    /// When we first heard of it.
    pub received: Timestamp,
    /// Whose visit.
    pub visit: Option<VisitId>,
    /// Who, for the key that seals it.
    pub visitor: Option<VisitorId>,
}

/// A configured device as a use-case needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRecord {
    /// Its name among machines.
    pub id: DeviceId,
    /// Its name among people.
    pub name: String,
    /// `http://host[:port]` or `https://…`.
    pub url: String,
    /// Login name.
    pub user: String,
    /// Where its readers lead.
    pub direction: ReaderDirection,
    /// A refusal of our login that nobody has acted upon.
    pub hold: Option<AuthHold>,
}

/// An exit whose entry has not been seen yet.
#[derive(Clone, Debug)]
pub struct WaitingExit {
    /// Of which visit.
    pub visit: VisitId,
    /// The exit.
    pub passage: Passage,
    /// When we heard of it.
    pub heard: Timestamp,
}

/// An incident that may still be withdrawn.
#[derive(Clone, Debug)]
pub struct OpenIncident {
    /// Which.
    pub id: IncidentId,
    /// What kind.
    pub kind: IncidentKind,
    /// The passage behind it.
    pub passage: Passage,
}

/// One write transaction.
pub trait Tx: VisitorTx + PassageTx + IncidentTx + DeviceTx {}

impl<T: VisitorTx + PassageTx + IncidentTx + DeviceTx> Tx for T {}

/// Visitors, visits and their facts.
pub trait VisitTx {
    /// A fresh operation id, also used to name facts.
    fn new_op_id(&mut self) -> OpId;
    /// Enters a person with a sealing key of their own.
    fn add_visitor(&mut self, name: &str, author: &str) -> TxResult<VisitorId>;
    /// What a person is called; empty for who was erased.
    fn visitor_name(&mut self, id: VisitorId) -> TxResult<String>;
    /// Writes a planned visit.
    fn add_visit(&mut self, visit: &NewVisit, author: &str) -> TxResult<()>;
    /// One visit with its facts.
    fn visit(&mut self, id: VisitId) -> TxResult<Option<Candidate>>;
    /// Visits that name the person number or the card.
    fn candidates(&mut self, person: Option<&PersonNo>, card: Option<&CardNo>) -> TxResult<Vec<Candidate>>;
    /// Visits that somebody entered and nobody left, as far as rows can tell.
    fn maybe_inside(&mut self) -> TxResult<Vec<Candidate>>;
    /// Adds a fact; false when it was known.
    fn add_fact(&mut self, visit: VisitId, fact: &Fact) -> TxResult<bool>;
}

/// Passages and their pictures.
pub trait PassageTx {
    /// Whether an event has been written down.
    fn knows_passage(&mut self, key: &PassageKey) -> TxResult<bool>;
    /// Writes a passage that is not known yet.
    fn add_passage(&mut self, passage: &NewPassage<'_>) -> TxResult<()>;
    /// Grants of a device within a minute of a moment, with the visit each was paired with.
    fn grants_near(
        &mut self,
        device: DeviceId,
        epoch: Epoch,
        at: Timestamp,
    ) -> TxResult<Vec<(Passage, Option<VisitId>)>>;
    /// Events of a device within a minute of a moment that take a grant back.
    fn taken_back_near(&mut self, device: DeviceId, epoch: Epoch, at: Timestamp) -> TxResult<Vec<Passage>>;
    /// Notes the name under which a picture of a passage rests; false when it was noted.
    fn add_picture(&mut self, key: &PassageKey, name: &str) -> TxResult<bool>;
}

/// Incidents, and exits that may become some.
pub trait IncidentTx {
    /// Raises an incident, or counts the open one of the same cause.
    fn raise(&mut self, finding: &Finding) -> TxResult<()>;
    /// Incidents of a visit that nobody has settled.
    fn open_incidents(&mut self, visit: VisitId) -> TxResult<Vec<OpenIncident>>;
    /// Takes an incident back, visibly.
    fn withdraw(&mut self, id: IncidentId, because: WithdrawnBecause) -> TxResult<()>;
    /// Lets an exit wait for its entry.
    fn wait_for_entry(&mut self, exit: &WaitingExit) -> TxResult<()>;
    /// All exits that wait.
    fn waiting_exits(&mut self) -> TxResult<Vec<WaitingExit>>;
    /// The exit waits no longer.
    fn stop_waiting(&mut self, exit: &PassageKey) -> TxResult<()>;
}

/// Devices and the state of their logs.
pub trait DeviceTx {
    /// All devices that were not removed.
    fn devices(&mut self) -> TxResult<Vec<DeviceRecord>>;
    /// One device.
    fn device(&mut self, id: DeviceId) -> TxResult<Option<DeviceRecord>>;
    /// Adds a device.
    fn add_device(&mut self, device: &DeviceRecord, author: &str) -> TxResult<()>;
    /// Writes a device's changed settings.
    fn change_device(&mut self, device: &DeviceRecord, author: &str) -> TxResult<()>;
    /// Removes a device; its passages stay.
    fn remove_device(&mut self, id: DeviceId, author: &str) -> TxResult<()>;
    /// Notes or forgets a refusal.
    fn set_hold(&mut self, id: DeviceId, hold: Option<&AuthHold>) -> TxResult<()>;
    /// The newest epoch of this hardware on this device.
    fn log_position(&mut self, id: DeviceId, hardware: &HardwareSerial) -> TxResult<Option<LogPosition>>;
    /// Where reading of this hardware's log stood on a device that was removed since.
    fn removed_anchor(&mut self, hardware: &HardwareSerial) -> TxResult<Option<Anchor>>;
    /// The greatest epoch of this device, of whatever hardware.
    fn last_epoch(&mut self, id: DeviceId) -> TxResult<Option<Epoch>>;
    /// Begins an epoch.
    fn add_epoch(
        &mut self,
        id: DeviceId,
        hardware: &HardwareSerial,
        epoch: Epoch,
        reason: EpochReason,
    ) -> TxResult<()>;
    /// Moves the place from which reading goes on. Not journalled: it is read off the device.
    fn set_anchor(&mut self, id: DeviceId, epoch: Epoch, anchor: &Anchor) -> TxResult<()>;
}
