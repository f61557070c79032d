//! The contract with everything that asks Vakhta for something: one list of commands, each with
//! what it takes, what it gives and the permission that it needs. The command line, the window
//! and the served page all go through it; `contract` writes it down for TypeScript.

use serde::{Deserialize, Serialize};

use crate::request::{
    BeforeRequest, DeviceChange, DeviceDraft, DeviceName, EventsRequest, PageRequest, PictureName,
    SearchRequest, SettingsChange, VisitAct, VisitDraft, VisitWanted, WatchRequest,
};
use crate::settings::Settings;
use crate::view::{
    DeviceReport, DeviceView, EventBatch, FeedPage, IncidentView, JournalReport, PassageView, RunStatus,
    SearchReply, Snapshot, VisitDetail, VisitView,
};

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
    /// See the settings.
    SeeSettings,
    /// Change the settings.
    ManageSettings,
    /// Check the journal.
    Audit,
    /// Act as the owner of the data folder: never granted to a page.
    Own,
}

macro_rules! registry {
    ($($(#[$about:meta])* $name:ident($request:ty) -> $reply:ty, $permission:ident;)*) => {
        /// A request.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(tag = "command", content = "with", rename_all = "snake_case")]
        pub enum Command {
            $($(#[$about])* $name($request),)*
        }

        /// An answer, under the name of the command that it answers.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(tag = "reply", content = "value", rename_all = "snake_case")]
        pub enum Reply {
            $($(#[$about])* $name($reply),)*
        }

        impl Command {
            /// The permission that this command needs. There is no command without one.
            #[must_use]
            pub fn permission(&self) -> Permission {
                match self {
                    $(Self::$name(_) => Permission::$permission,)*
                }
            }
        }

        /// Every command with what it takes and gives, for whoever writes the registry down.
        pub(crate) fn each(visit: &mut impl Visitor) {
            $(visit.command::<$request, $reply>(stringify!($name), Permission::$permission);)*
        }
    };
}

/// Is shown every command of the registry.
pub(crate) trait Visitor {
    /// One command, by the name of its variant.
    fn command<Q: ts_rs::TS + 'static, A: ts_rs::TS + 'static>(
        &mut self,
        variant: &str,
        permission: Permission,
    );
}

registry! {
    /// Whether Vakhta runs on this folder, and how it is.
    Status(()) -> RunStatus, SeeStatus;
    /// All that the desk shows, as of one place in the journal.
    Snapshot(()) -> Snapshot, SeeVisits;
    /// What has happened since; waits for something to happen.
    Events(EventsRequest) -> EventBatch, SeeVisits;
    /// Adds a device.
    DeviceAdd(DeviceDraft) -> DeviceView, ManageDevices;
    /// Changes what is given.
    DeviceChange(DeviceChange) -> DeviceView, ManageDevices;
    /// All devices with their condition.
    DeviceList(()) -> Vec<DeviceView>, SeeDevices;
    /// Speaks to a device once and reports what it found.
    DeviceTest(DeviceName) -> DeviceReport, ManageDevices;
    /// Speaks to a device that has not been added yet.
    DeviceTry(DeviceDraft) -> DeviceReport, ManageDevices;
    /// Removes a device; its passages stay.
    DeviceRemove(DeviceName) -> (), ManageDevices;
    /// Plans a visit.
    VisitAdd(VisitDraft) -> VisitView, ManageVisits;
    /// Visits in the order in which they were planned.
    VisitList(PageRequest) -> Vec<VisitView>, SeeVisits;
    /// The desk checks in, checks out, cancels, re-opens, or takes back what it did last.
    VisitAct(VisitAct) -> VisitView, ManageVisits;
    /// A visit with all its facts.
    VisitDetail(VisitWanted) -> VisitDetail, SeeVisits;
    /// People and visits by a few letters.
    Search(SearchRequest) -> SearchReply, SeeVisits;
    /// Everything that devices told, in the order in which it was written down.
    Passages(PageRequest) -> Vec<PassageView>, SeeVisits;
    /// The same from the end, newest first.
    PassagesBefore(BeforeRequest) -> Vec<PassageView>, SeeVisits;
    /// A picture by the name that a passage gives: JPEG, hex.
    Picture(PictureName) -> String, SeeVisits;
    /// Incidents in the order in which they were raised.
    Incidents(PageRequest) -> Vec<IncidentView>, SeeIncidents;
    /// The settings of the desk and its site.
    Settings(()) -> Settings, SeeSettings;
    /// Changes what is given.
    SettingsChange(SettingsChange) -> Settings, ManageSettings;
    /// Walks the journal's chain.
    JournalVerify(()) -> JournalReport, Audit;
    /// What has happened after a place in the journal; waits for something to happen.
    Watch(WatchRequest) -> FeedPage, Own;
    /// An address that lets one browser in, once.
    Link(()) -> String, Own;
}
