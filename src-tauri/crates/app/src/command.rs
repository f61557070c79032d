//! The contract with everything that asks Vakhta for something: one list of commands, each with
//! what it takes, what it gives and the permission that it needs. The command line, the window
//! and the served page all go through it; `contract` writes it down for TypeScript.

use serde::{Deserialize, Serialize};

use crate::backups::plan::BackupSchedule;
use crate::backups::request::{BackupTargetChange, BackupTargetDraft, BackupTargetWanted, BackupWanted};
use crate::backups::view::{BackupTargetReport, BackupsView};
use crate::health::{HealthReport, MonitoringToken, MonitoringView};
use crate::permission::Permission;
use crate::request::{
    AuthorityRequest, BeforeRequest, DeviceChange, DeviceDraft, DeviceName, EventsRequest, IdentityChange,
    IdentityWanted, KitGroup, PageRequest, PictureName, SearchRequest, VisitAct, VisitDraft, VisitWanted,
    VisitorWanted, WatchRequest,
};
use crate::settings::{DeskSettings, SecuritySettings, Settings, SiteDraft};
use crate::users::request::{
    AuditRequest, FactorWanted, NewFactor, PasswordChange, PinChange, SessionWanted, SetUp, SignIn, StepUp,
    Unlock, UserChange, UserDraft, UserWanted,
};
use crate::users::view::{
    Access, AuditEntry, FactorOffer, KitView, Matrix, RecoveryCodes, SessionView, SetUpDone, UserGiven,
    UserView,
};
use crate::view::{
    AuthorityView, DeviceReport, DeviceView, EventBatch, FeedPage, IncidentView, JournalReport, KitState,
    PassageView, RunStatus, SearchReply, SiteKeyChanged, Snapshot, VisitDetail, VisitView, VisitorView,
};

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
            /// Its name on the wire.
            #[must_use]
            pub fn name(&self) -> String {
                crate::contract::snake(match self {
                    $(Self::$name(_) => stringify!($name),)*
                })
            }

            /// The permission that this command needs. There is no command without one.
            #[must_use]
            pub fn permission(&self) -> Permission {
                match self {
                    $(Self::$name(_) => Permission::$permission,)*
                }
            }
        }

        /// Every command by its name on the wire, with its permission.
        #[must_use]
        pub fn all() -> Vec<(String, Permission)> {
            vec![$((crate::contract::snake(stringify!($name)), Permission::$permission),)*]
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
    /// How far whoever sits there has come.
    Access(()) -> Access, Anyone;
    /// The first start: the site and its first administrator, where there is nobody yet.
    SetUp(SetUp) -> SetUpDone, Anyone;
    /// A second factor to be taken up by a phone.
    FactorOffer(FactorWanted) -> FactorOffer, Anyone;
    /// Lets somebody in.
    SignIn(SignIn) -> Access, Anyone;
    /// Lets somebody back to a locked desk.
    Unlock(Unlock) -> Access, Anyone;
    /// Whoever is at work leaves.
    SignOut(()) -> Access, Anyone;
    /// Locks the desk.
    Lock(()) -> Access, Anyone;
    /// A hand is on the desk.
    Touch(()) -> (), Anyone;
    /// Shows anew that it is the person who signed in.
    StepUp(StepUp) -> Access, SignedIn;
    /// Replaces one's own password.
    PasswordChange(PasswordChange) -> Access, SignedIn;
    /// Replaces one's own PIN, or takes it away.
    PinChange(PinChange) -> Access, SignedIn;
    /// Takes up a second factor in place of any other.
    FactorChange(NewFactor) -> RecoveryCodes, SignedIn;
    /// Replaces one's own recovery codes.
    RecoveryCodes(()) -> RecoveryCodes, SignedIn;
    /// Who works here.
    Users(()) -> Vec<UserView>, SeeUsers;
    /// Enters somebody.
    UserAdd(UserDraft) -> UserGiven, ManageUsers;
    /// Changes what is given.
    UserChange(UserChange) -> UserView, ManageUsers;
    /// Gives somebody a new password, and lets in again who is locked out.
    UserPassword(UserWanted) -> UserGiven, ManageUsers;
    /// Vouches that somebody's second factor is lost.
    FactorLost(UserWanted) -> UserView, VouchForUsers;
    /// Takes a lost second factor away, for which another person has vouched.
    FactorRemove(UserWanted) -> UserView, ManageUsers;
    /// One's own sessions; everybody's for who may see them.
    Sessions(()) -> Vec<SessionView>, SignedIn;
    /// Ends a session: one's own, or anybody's for who manages users.
    SessionEnd(SessionWanted) -> (), SignedIn;
    /// Who may do what.
    Matrix(()) -> Matrix, SignedIn;
    /// Who did what, newest first.
    Audit(AuditRequest) -> Vec<AuditEntry>, SeeAudit;
    /// The same as CSV, at most 100,000 entries; written down.
    AuditExport(AuditRequest) -> String, ExportAudit;
    /// Whether Vakhta runs on this folder, and how it is.
    Status(()) -> RunStatus, SignedIn;
    /// All that the caller may see, as of one place in the journal.
    Snapshot(()) -> Snapshot, SignedIn;
    /// What has happened since, as far as the caller may see it; waits for something to happen.
    /// A locked desk is told of incidents, without persons.
    Events(EventsRequest) -> EventBatch, Anyone;
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
    /// Enters, replaces or takes away a visitor's document, IIN or phone.
    VisitorIdentity(IdentityChange) -> VisitorView, ManageVisits;
    /// One of them in full; that somebody looked is written down.
    VisitorReveal(IdentityWanted) -> String, SeeDocuments;
    /// Forgets a visitor for good.
    VisitorErase(VisitorWanted) -> (), EraseVisitors;
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
    /// Changes how this desk looks and behaves.
    DeskSettings(DeskSettings) -> Settings, ManageDesk;
    /// Changes the site.
    SiteSettings(SiteDraft) -> Settings, ManageSite;
    /// Changes what signing in demands.
    SecuritySettings(SecuritySettings) -> Settings, ManageSecurity;
    /// Draws a new recovery kit, shown this once. The one before it is good until this is confirmed.
    KitMake(()) -> KitView, ManageSecurity;
    /// Somebody has the paper of the kit that was drawn last: it takes effect.
    KitConfirm(KitGroup) -> KitState, ManageSecurity;
    /// A new key for the site; what wraps and seals is brought under it.
    SiteKeyChange(()) -> SiteKeyChanged, ManageSecurity;
    /// How Vakhta is, part by part.
    Health(()) -> HealthReport, SeeHealth;
    /// Whether there is a monitoring token.
    Monitoring(()) -> MonitoringView, SeeHealth;
    /// Makes another monitoring token in the place of any before it.
    MonitoringTokenMake(()) -> MonitoringToken, ManageSecurity;
    /// Takes the monitoring token away.
    MonitoringTokenRemove(()) -> MonitoringView, ManageSecurity;
    /// Backups: when, where, how they fared.
    Backups(()) -> BackupsView, SeeHealth;
    /// Changes when they are made, and how many stay.
    BackupSchedule(BackupSchedule) -> BackupsView, ManageBackups;
    /// Adds a place for them.
    BackupTargetAdd(BackupTargetDraft) -> BackupsView, ManageBackups;
    /// Changes a place.
    BackupTargetChange(BackupTargetChange) -> BackupsView, ManageBackups;
    /// Uses a place no more; what lies there stays.
    BackupTargetRemove(BackupTargetWanted) -> BackupsView, ManageBackups;
    /// Writes, reads and removes something at a place that has not been added yet.
    BackupTargetTry(BackupTargetDraft) -> BackupTargetReport, ManageBackups;
    /// Begins to make one, at every place.
    BackupCreate(()) -> BackupsView, ManageBackups;
    /// Begins to read one back.
    BackupVerify(BackupWanted) -> BackupsView, ManageBackups;
    /// Begins to restore the newest for trial.
    BackupDrill(()) -> BackupsView, ManageBackups;
    /// Begins to put one in the place of what is there, which is kept aside; Vakhta starts anew with it.
    BackupRestore(BackupWanted) -> BackupsView, RestoreBackups;
    /// Ends what is being done with backups.
    BackupCancel(()) -> BackupsView, ManageBackups;
    /// Walks the journal's chain.
    JournalVerify(()) -> JournalReport, SeeAudit;
    /// What has happened after a place in the journal; waits for something to happen.
    Watch(WatchRequest) -> FeedPage, Own;
    /// An address that lets one browser in, once.
    Link(()) -> String, Own;
    /// The authority whose certificates show browsers on other machines that this is Vakhta; made
    /// where there is none.
    Authority(AuthorityRequest) -> AuthorityView, Own;
}
