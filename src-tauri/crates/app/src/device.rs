//! The port between the device drivers and everything else.

use std::fmt;
use std::future::Future;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use vakhta_domain::device_event::DeviceEvent;
use vakhta_domain::device_time::DeviceClock;
use vakhta_domain::event_code::EventCode;
use vakhta_domain::ids::{DeviceId, Epoch, EventSerial, HardwareSerial};
use vakhta_domain::passage::LogEntry;

/// How to reach a device. The password is asked for when it is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAddress {
    /// Whose.
    pub id: DeviceId,
    /// `http://host[:port]` or `https://…`, without a path.
    pub url: String,
    /// Login name on the device.
    pub user: String,
}

/// Where reading of a device's log stands, durably.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPosition {
    /// The log's life.
    pub epoch: Epoch,
    /// The last event up to which everything is settled; reading goes on from it, and meets it
    /// again to see that the log is still the same. `None` before the first event.
    pub anchor: Option<Anchor>,
}

/// An event that is known to stand in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// Its serial.
    pub serial: EventSerial,
    /// What it was.
    pub code: EventCode,
    /// Its time as the device wrote it.
    pub time_text: Option<String>,
}

/// Why a new epoch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EpochReason {
    /// The first time that this hardware is met on this device.
    FirstContact,
    /// Other hardware answers at the address.
    HardwareSwapped,
    /// The device's log starts again at low serials.
    LogCleared,
}

/// An event with what is known of how it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedEvent {
    /// As told.
    pub event: DeviceEvent,
    /// When we first heard of it, by our clock.
    pub received: Timestamp,
    /// The stream's `currentEvent` for this serial, where a stream told of it.
    pub announced_current: Option<bool>,
}

/// Some events of one device, to be written down together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Whose.
    pub device: DeviceId,
    /// In which life of its log.
    pub epoch: Epoch,
    /// What is known of its clock.
    pub clock: DeviceClock,
    /// In the order of their serials where they have any.
    pub events: Vec<ReceivedEvent>,
    /// The new anchor, when this batch settles everything up to it.
    pub settled: Option<Anchor>,
}

/// A picture that came with, or was fetched for, an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPicture {
    /// Whose.
    pub device: DeviceId,
    /// In which life of its log.
    pub epoch: Epoch,
    /// Of which event.
    pub entry: LogEntry,
    /// JPEG bytes as they came, at most 10 MB.
    pub jpeg: Vec<u8>,
}

/// One real refusal of our login. Kept durably: a restart must not cost the device another try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AuthHold {
    /// When the device refused.
    pub since: Timestamp,
    /// How many tries it says are left before it locks.
    pub tries_left: Option<u32>,
    /// How many seconds it says it stays locked; `None` when it is not.
    pub locked_for_s: Option<u32>,
}

/// Why something is the matter with a device, in kinds that the user interface has words for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Its event stream is being opened.
    OpeningStream,
    /// It has no event stream.
    NoStream,
    /// Another program holds its event stream.
    StreamHeldElsewhere,
    /// Its event stream does not open.
    StreamDoesNotOpen,
    /// It closed its event stream.
    StreamClosed,
    /// Its event stream broke off.
    StreamBroke,
    /// Its event stream closes as soon as it is opened.
    StreamUseless,
    /// Its event log cannot be searched at the moment.
    LogNotSearchable,
    /// It has neither a stream nor a log that can be searched: nothing is recorded.
    NothingRecorded,
    /// No connection.
    Unreachable,
    /// The connection broke in the middle of an exchange.
    ConnectionBroke,
    /// It refuses the user name or password.
    Refused,
    /// It asks for a login that we do not know.
    LoginUnknown,
    /// It answers with an error.
    AnswersError,
    /// Its answer cannot be read.
    Unreadable,
    /// What it told could not be written down here.
    NotWritten,
    /// Its password is not in the keyring.
    NoPassword,
    /// The keyring does not answer.
    SecretsUnavailable,
    /// It would be asked again with a password that may lock it.
    WouldLock,
}

impl Cause {
    fn words(self) -> &'static str {
        match self {
            Self::OpeningStream => "its event stream is being opened",
            Self::NoStream => "it has no event stream",
            Self::StreamHeldElsewhere => "another program holds its event stream",
            Self::StreamDoesNotOpen => "its event stream does not open",
            Self::StreamClosed => "it closed its event stream",
            Self::StreamBroke => "its event stream broke off",
            Self::StreamUseless => "its event stream closes as soon as it is opened",
            Self::LogNotSearchable => "its event log cannot be searched at the moment",
            Self::NothingRecorded => {
                "it has no event stream that stays open, and its event log cannot be searched: nothing is \
                 recorded"
            }
            Self::Unreachable => "it cannot be reached",
            Self::ConnectionBroke => "the connection broke",
            Self::Refused => "it refuses the user name or password",
            Self::LoginUnknown => "it asks for a login that Vakhta does not offer",
            Self::AnswersError => "it answers with an error",
            Self::Unreadable => "its answer cannot be read",
            Self::NotWritten => "what it told could not be written down",
            Self::NoPassword => {
                "its password is not in the keyring; set it: vakhtad device change NAME --password"
            }
            Self::SecretsUnavailable => "the keyring does not answer",
            Self::WouldLock => {
                "not tried: it locks itself after a few more wrong passwords; set the right one first \
                 (vakhtad device change NAME --password)"
            }
        }
    }
}

/// Why something is the matter with a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Reason {
    /// In kinds.
    pub cause: Cause,
    /// The same in more words, English or the device's own.
    pub detail: Option<String>,
}

impl Reason {
    /// With more to say.
    pub fn new(cause: Cause, detail: impl Into<String>) -> Self {
        Self { cause, detail: Some(detail.into()) }
    }
}

impl From<Cause> for Reason {
    fn from(cause: Cause) -> Self {
        Self { cause, detail: None }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.detail, self.cause) {
            (None, cause) => f.write_str(cause.words()),
            (Some(detail), cause @ (Cause::LogNotSearchable | Cause::StreamDoesNotOpen)) => {
                write!(f, "{}: {detail}", cause.words())
            }
            (Some(detail), _) => f.write_str(detail),
        }
    }
}

/// What is the matter with a device, in kinds that the user interface has words for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DeviceState {
    /// Nobody watches it: Vakhta does not run on this data folder.
    Unwatched,
    /// Not yet met since Vakhta started.
    Connecting,
    /// Its stream is open and heard from.
    Online,
    /// It answers, but has no stream that stays open: events are asked for in turn.
    Polling {
        /// Why.
        reason: Reason,
    },
    /// Its stream is open and is all there is: its log cannot be searched.
    StreamOnly,
    /// The stream is open, but silent for longer than it should be; events are asked for in turn.
    StreamSilent {
        /// Since when.
        since: Timestamp,
    },
    /// It does not answer.
    Offline {
        /// Since when.
        since: Timestamp,
        /// Why.
        reason: Reason,
    },
    /// It refused the login; nothing is tried until a person has acted.
    Refused(AuthHold),
    /// It answers, but with something that is not ISAPI or not usable.
    Faulty {
        /// What.
        reason: Reason,
    },
}

/// A device's condition as its driver last knew it. Not durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCondition {
    /// What is the matter.
    pub state: DeviceState,
    /// When any byte was last heard from it.
    pub heard: Option<Timestamp>,
    /// Device clock minus ours, in milliseconds.
    pub drift_ms: Option<i64>,
    /// As `deviceInfo` told.
    pub model: Option<String>,
    /// As `deviceInfo` told.
    pub firmware: Option<String>,
    /// As `deviceInfo` told.
    pub hardware: Option<HardwareSerial>,
    /// Everything that the device logged before this moment (ours) has been read.
    pub read_up_to: Option<Timestamp>,
    /// How far apart its heartbeats are, in milliseconds, as learned.
    pub heartbeat_ms: Option<u64>,
}

impl DeviceCondition {
    /// Nothing is known yet but the state.
    #[must_use]
    pub fn of(state: DeviceState) -> Self {
        Self {
            state,
            heard: None,
            drift_ms: None,
            model: None,
            firmware: None,
            hardware: None,
            read_up_to: None,
            heartbeat_ms: None,
        }
    }
}

/// Why something could not be written down. The driver keeps its place and tries again.
#[derive(Debug, thiserror::Error)]
#[error("not written: {0}")]
pub struct InboxError(pub String);

/// What a device driver needs of the application: a place to put events, durably, and to learn
/// where it stopped. Everything returns only after the commit.
pub trait DeviceInbox: Send + Sync + 'static {
    /// Where reading goes on for this hardware on this device. Begins an epoch when the hardware
    /// has never been met on it, and returns the old position when it has.
    fn open_log(
        &self,
        device: DeviceId,
        hardware: &HardwareSerial,
    ) -> impl Future<Output = Result<LogPosition, InboxError>> + Send;

    /// Begins the next epoch for hardware whose log was cleared.
    fn next_epoch(
        &self,
        device: DeviceId,
        hardware: &HardwareSerial,
        reason: EpochReason,
    ) -> impl Future<Output = Result<LogPosition, InboxError>> + Send;

    /// Writes events down; those already known are passed over. Returns how many were new.
    fn record(&self, batch: Batch) -> impl Future<Output = Result<usize, InboxError>> + Send;

    /// Keeps a picture of an event; a repeated one is passed over.
    fn keep_picture(&self, picture: EventPicture) -> impl Future<Output = Result<(), InboxError>> + Send;

    /// Remembers, or with `None` forgets, that the device refused our login.
    fn hold(
        &self,
        device: DeviceId,
        hold: Option<AuthHold>,
    ) -> impl Future<Output = Result<(), InboxError>> + Send;

    /// Tells the current condition; never fails, never blocks.
    fn report(&self, device: DeviceId, condition: DeviceCondition);

    /// Our clock.
    fn now(&self) -> Timestamp;
}

/// Milliseconds of a drift, for conditions.
#[must_use]
pub fn drift_ms(drift: SignedDuration) -> i64 {
    i64::try_from(drift.as_millis()).unwrap_or(i64::MAX)
}
