//! What is shown of backups.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::plan::{BackupSchedule, BackupTarget};

/// All that a person needs to know about backups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BackupsView {
    /// When they are made, and how many stay.
    pub schedule: BackupSchedule,
    /// Where they go, the folder in the data folder first.
    pub targets: Vec<BackupTargetView>,
    /// When the next one is due.
    pub next: Option<Timestamp>,
    /// When the newest was taken that was read back whole.
    pub verified: Option<Timestamp>,
    /// Whether a lost machine could be restored: a verified copy lies elsewhere, and the recovery kit is
    /// on paper.
    pub recoverable: bool,
    /// What is being done at the moment.
    pub work: Option<BackupWork>,
    /// What came of what was done last since the start.
    pub last: Option<BackupOutcome>,
    /// What the last drill saw.
    pub drill: Option<DrillReport>,
}

/// A place with the copies that are known to lie there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BackupTargetView {
    /// The place.
    #[serde(flatten)]
    pub target: BackupTarget,
    /// Why it could not be used last time.
    pub problem: Option<BackupProblem>,
    /// Newest first.
    pub copies: Vec<BackupCopy>,
}

/// A backup at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BackupCopy {
    /// Its name there.
    pub name: String,
    /// When its snapshot was taken.
    pub taken: Timestamp,
    /// Bytes; pictures lie beside it, each once.
    pub size: u64,
    /// When it was last read back whole.
    pub verified: Option<Timestamp>,
    /// What was found wrong with it.
    pub problem: Option<BackupProblem>,
}

/// What went wrong with a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BackupProblem {
    /// For programs.
    pub kind: BackupProblemKind,
    /// For whoever looks closer, English.
    pub words: String,
}

/// What can go wrong with a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BackupProblemKind {
    /// A file of this machine could not be read or written: a full disk, a share that is away.
    Disk,
    /// The place refuses or fails.
    Target,
    /// The place is silent.
    Silent,
    /// It is not at the place.
    Missing,
    /// It is not what it was, or no backup.
    Broken,
    /// The key does not open it.
    Locked,
    /// The database itself is damaged, or could not be read.
    Database,
    /// The secrets, or something else of this machine.
    Machine,
}

/// What can be done with backups, one thing at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BackupTask {
    /// Make one.
    Create,
    /// Read one back.
    Verify,
    /// Restore one for trial.
    Drill,
    /// Put one in the place of what is there.
    Restore,
}

/// What a task is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BackupStage {
    /// Taking the snapshot.
    Snapshot,
    /// Compressing and encrypting.
    Pack,
    /// Sending it to a place.
    Send,
    /// Sending pictures that are not there yet.
    Pictures,
    /// Reading back what was sent.
    ReadBack,
    /// Fetching it.
    Fetch,
    /// Looking whether it is whole, and opening it.
    Check,
}

/// What is being done at the moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BackupWork {
    /// What.
    pub task: BackupTask,
    /// Since when.
    pub since: Timestamp,
    /// How far it has come: at several places at once, each for itself; else one.
    pub parts: Vec<BackupProgress>,
}

/// How far a stage of a task has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BackupProgress {
    /// What it is at.
    pub stage: BackupStage,
    /// At which place; `None` where that does not matter.
    pub target: Option<String>,
    /// Bytes of the stage that are done, as far as they are known.
    pub done: u64,
    /// All bytes of the stage; 0 where nobody knows.
    pub total: u64,
}

/// What came of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BackupOutcome {
    /// What it was.
    pub task: BackupTask,
    /// When it ended.
    pub at: Timestamp,
    /// Whether it was ended by hand.
    pub cancelled: bool,
    /// What went wrong; `None` when nothing did.
    pub problem: Option<BackupProblem>,
}

/// What a drill saw: the newest backup restored for trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DrillReport {
    /// When.
    pub at: Timestamp,
    /// From which place.
    pub target: String,
    /// Which backup.
    pub name: String,
    /// How long it took, milliseconds.
    pub took_ms: u64,
    /// Rows that came back, all tables together.
    pub rows: u64,
    /// Pictures that the backup names.
    pub pictures: u64,
    /// Pictures of those that are not at the place.
    pub pictures_missing: u64,
    /// What went wrong; `None` when all of it came back.
    pub problem: Option<BackupProblem>,
}

/// What was found at a place that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BackupTargetReport {
    /// Backups that lie there already, of any desk.
    pub backups: u64,
    /// Desks whose backups those are.
    pub desks: u64,
}
