//! Backups as this process makes, tries and restores them: one task at a time, in the background.
//!
//! | module | |
//! | --- | --- |
//! | `create` | a snapshot, packed and sent to every place; what may go there |
//! | `copies` | what is known of those that lie at a place, and which of them go |
//! | `try_out` | reading one back, and the weekly drill |
//! | `restore` | a backup made ready beside the data, and put in its place at the next opening |
//! | `rescue` | the same where the database cannot be opened any more |
//! | `places` | what is set as a way to a place; the erasure register and the kit's file beside backups |
//! | `schedule` | the task that begins what is due |

mod copies;
mod create;
mod places;
mod rescue;
mod restore;
mod schedule;
mod try_out;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::watch;
use vakhta_app::backups::plan::HERE;
use vakhta_app::backups::retention::lies_ahead;
use vakhta_app::backups::view::{
    BackupOutcome, BackupProblem, BackupProblemKind, BackupTargetView, BackupTask, BackupWork, BackupsView,
    DrillReport,
};
use vakhta_app::refusal::{ErrorCode, Refusal};
use vakhta_app::secret::SecretError;
use vakhta_backup::BackupError;
use vakhta_backup::watch::Watch;
use vakhta_store::{StoreError, WriteError};

use crate::core::Core;

pub(crate) use create::before_migration;
pub use places::{From, place_of};
pub(crate) use places::{target_of, tell_erased};
pub use rescue::{AtHand, at_hand, is_damage, rescue};
pub use restore::{apply, restore_alone};
pub(crate) use schedule::run as keep_schedule;

/// Backups that lie in the data folder itself.
const FOLDER: &str = "backups";
/// What is under way; empty between tasks.
const WORK: &str = "backup.work";
/// What is fetched, there.
const PART: &str = "fetched.part";
/// Where the last drill's report is kept.
const DRILL: &str = "backup.drill";

/// What is being done, what came of it, and whether the process is to start anew.
#[derive(Debug)]
pub struct Backups {
    state: Mutex<State>,
    restart: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    work: Option<Work>,
    last: Option<BackupOutcome>,
    problems: BTreeMap<String, BackupProblem>,
}

#[derive(Debug)]
struct Work {
    task: BackupTask,
    since: Timestamp,
    watch: Watch,
}

impl Default for Backups {
    fn default() -> Self {
        Self { state: Mutex::default(), restart: watch::Sender::new(false) }
    }
}

impl Backups {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends what is being done, at its next step.
    pub fn cancel(&self) {
        if let Some(work) = &self.state().work {
            work.watch.stop();
        }
    }

    /// Waits until the core is to be closed and opened anew, with what was restored.
    pub async fn wants_restart(&self) {
        let mut wanted = self.restart.subscribe();
        if wanted.wait_for(|wanted| *wanted).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// How a place fared last.
    fn fared(&self, target: &str, problem: Option<BackupProblem>) {
        match problem {
            Some(problem) => self.state().problems.insert(target.to_owned(), problem),
            None => self.state().problems.remove(target),
        };
    }
}

/// Why a task did not come to its end.
#[derive(Debug)]
pub(crate) enum Trouble {
    Cancelled,
    Problem(BackupProblem),
}

impl Trouble {
    fn new(kind: BackupProblemKind, words: impl std::fmt::Display) -> Self {
        Self::Problem(BackupProblem { kind, words: words.to_string() })
    }
}

impl std::convert::From<BackupError> for Trouble {
    fn from(error: BackupError) -> Self {
        use BackupProblemKind as Kind;
        let kind = match &error {
            BackupError::Cancelled => return Self::Cancelled,
            BackupError::Disk { .. } => Kind::Disk,
            BackupError::Target(_) => Kind::Target,
            BackupError::Silent(_) => Kind::Silent,
            BackupError::Missing(_) => Kind::Missing,
            BackupError::Broken(_) => Kind::Broken,
            BackupError::Locked => Kind::Locked,
        };
        Self::new(kind, error)
    }
}

impl std::convert::From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::new(BackupProblemKind::Database, error)
    }
}

impl std::convert::From<WriteError> for Trouble {
    fn from(error: WriteError) -> Self {
        Self::new(BackupProblemKind::Database, error)
    }
}

impl std::convert::From<SecretError> for Trouble {
    fn from(error: SecretError) -> Self {
        Self::new(BackupProblemKind::Machine, error)
    }
}

impl std::convert::From<Refusal> for Trouble {
    fn from(error: Refusal) -> Self {
        Self::new(BackupProblemKind::Machine, error)
    }
}

impl std::convert::From<tokio::task::JoinError> for Trouble {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::new(BackupProblemKind::Machine, error)
    }
}

impl std::convert::From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::new(BackupProblemKind::Disk, error)
    }
}

/// What a person wants done.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// One at every place.
    Create,
    /// Reading one back.
    Verify(String, String),
    /// The newest restored for trial.
    Drill,
    /// One in the place of what is there.
    Restore(String, String),
}

/// Begins a task, unless one is being done. It goes on by itself; [`view`] tells how it is.
///
/// # Errors
/// [`ErrorCode::WrongState`] while another is being done.
pub fn begin(core: &Arc<Core>, wanted: Wanted, author: String) -> Result<(), Refusal> {
    let task = match wanted {
        Wanted::Create => BackupTask::Create,
        Wanted::Verify(..) => BackupTask::Verify,
        Wanted::Drill => BackupTask::Drill,
        Wanted::Restore(..) => BackupTask::Restore,
    };
    let watch = Watch::default();
    {
        let mut state = core.backups.state();
        if state.work.is_some() {
            let why = "something is being done with backups already; wait for it or cancel it";
            return Err(Refusal::new(ErrorCode::WrongState, why));
        }
        state.work = Some(Work { task, since: core.now(), watch: watch.clone() });
    }
    let core = Arc::clone(core);
    tokio::spawn(async move {
        let outcome = match wanted {
            Wanted::Create => create::run(&core, &watch, &author).await,
            Wanted::Verify(target, name) => try_out::verify(&core, &watch, &target, &name).await,
            Wanted::Drill => try_out::drill(&core, &watch, &author).await,
            Wanted::Restore(target, name) => restore::run(&core, &watch, &target, &name, &author).await,
        };
        clear(&work_folder(core.folder.path()));
        ended(&core, task, outcome);
    });
    Ok(())
}

fn ended(core: &Core, task: BackupTask, outcome: Result<(), Trouble>) {
    let (cancelled, problem) = match outcome {
        Ok(()) => (false, None),
        Err(Trouble::Cancelled) => (true, None),
        Err(Trouble::Problem(problem)) => {
            tracing::error!(?task, why = problem.words, "a task with backups failed");
            (false, Some(problem))
        }
    };
    let restart = task == BackupTask::Restore && !cancelled && problem.is_none();
    let mut state = core.backups.state();
    state.work = None;
    state.last = Some(BackupOutcome { task, at: core.now(), cancelled, problem });
    drop(state);
    if restart {
        core.backups.restart.send_replace(true);
    }
}

/// All that a person needs to know. Blocks.
///
/// # Errors
/// When the database cannot be read.
pub fn view(core: &Core) -> Result<BackupsView, WriteError> {
    let schedule = core.store.backup_schedule()?;
    let mut copies = core.store.backup_copies()?;
    let targets = places::all(core)?;
    let state = core.backups.state();
    let now = core.now();
    let verified = copies.iter().filter(|(_, copy)| copy.verified.is_some()).map(|(_, copy)| copy.taken);
    let verified = verified.filter(|taken| !lies_ahead(*taken, now)).max();
    let elsewhere = copies.iter().any(|(target, copy)| target != HERE && copy.verified.is_some());
    let targets = targets
        .into_iter()
        .map(|target| {
            let ours = copies.extract_if(.., |(of, _)| *of == target.id).map(|(_, copy)| copy).collect();
            BackupTargetView { problem: state.problems.get(&target.id).cloned(), copies: ours, target }
        })
        .collect();
    let work = state.work.as_ref().map(|work| BackupWork {
        task: work.task,
        since: work.since,
        parts: work.watch.parts(),
    });
    Ok(BackupsView {
        next: schedule.next_due(&core.site().zone, core.now()),
        schedule,
        targets,
        verified,
        recoverable: elsewhere && core.kit_state().confirmed,
        work,
        last: state.last.clone(),
        drill: drill_report(core)?,
    })
}

fn drill_report(core: &Core) -> Result<Option<DrillReport>, WriteError> {
    let text = core.store.setting(DRILL)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

fn work_folder(data: &Path) -> PathBuf {
    data.join(WORK)
}

/// What a task or a killed process has left.
fn clear(folder: &Path) {
    if let Err(why) = std::fs::remove_dir_all(folder)
        && why.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(folder = %folder.display(), %why, "what was under way could not be removed");
    }
}

/// An empty folder for what is under way, for its owner only.
fn fresh_work(data: &Path) -> Result<PathBuf, Trouble> {
    let folder = work_folder(data);
    clear(&folder);
    crate::folder::create_private(&folder)?;
    Ok(folder)
}
