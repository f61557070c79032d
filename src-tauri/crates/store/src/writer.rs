//! The one writer: a thread with the only connection that writes.
//!
//! Jobs that wait are committed together, each inside a savepoint of its own, so that a refused
//! one takes nothing with it and a queue of a thousand needs few fsyncs. With an empty queue a
//! job commits at once: an operator's command never waits for a batch to fill.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio::sync::{mpsc, oneshot, watch};
use vakhta_app::refusal::Refusal;
use vakhta_app::secret::Sealer;
use vakhta_app::tx::TxError;
use vakhta_domain::operation::Writer;

use crate::journal::Head;
use crate::opening::StoreError;
use crate::tx::WriteTx;

/// Jobs in one commit.
const GROUP: usize = 256;
/// Jobs that may wait; whoever comes then waits for room.
const QUEUE: usize = 4_096;

/// Why something was not written or read.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The request was not possible as things stand.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed; nothing of the job was written.
    #[error("the database failed: {0}")]
    Store(String),
    /// Vakhta is ending.
    #[error("the database is closed: {0}")]
    Unavailable(String),
    /// The database is damaged: nothing is written any more until a backup is restored.
    #[error("the database is damaged, and nothing is written any more; restore a backup: {0}")]
    Damaged(String),
}

/// How the writer fares, for whoever looks.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// What is wrong with the file, where something is.
    damage: Option<String>,
    /// Why the last commit failed, where it did.
    failing: Option<String>,
}

impl WriteError {
    /// Whether the file itself is not what it was.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        // SQLite gives up reading what is damaged heavily, and says so.
        match self {
            Self::Damaged(_) => true,
            Self::Store(words) => words.contains("malformed") || words.contains("not a database"),
            Self::Refused(_) | Self::Unavailable(_) => false,
        }
    }
}

impl From<TxError> for WriteError {
    fn from(error: TxError) -> Self {
        match error {
            TxError::Refused(refusal) => Self::Refused(refusal),
            other => Self::Store(other.to_string()),
        }
    }
}

impl From<rusqlite::Error> for WriteError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.to_string())
    }
}

type Work = Box<dyn FnOnce(&mut WriteTx<'_>) -> Result<(), TxError> + Send>;
type Outcome = Result<(), WriteError>;
type Answer = Box<dyn FnOnce(Outcome) + Send>;
type Answered = (Answer, Outcome);

/// A job and the way back to who asked for it. `run` is called once inside the transaction;
/// `answer` once after the commit, or instead of it.
struct Job {
    now: Timestamp,
    run: Work,
    answer: Answer,
}

enum Message {
    Write(Job),
    Checkpoint(oneshot::Sender<()>),
    Close(oneshot::Sender<()>),
}

/// The way to the writer.
pub(crate) struct WriterHandle {
    queue: mpsc::Sender<Message>,
    commits: watch::Receiver<i64>,
    reopened: watch::Receiver<u64>,
    desk: Writer,
    told: Arc<Mutex<Told>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl WriterHandle {
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        now: Timestamp,
        job: impl FnOnce(&mut WriteTx<'_>) -> Result<T, TxError> + Send + 'static,
    ) -> Result<T, WriteError> {
        let (send, receive) = oneshot::channel();
        let result = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&result);
        let job = Job {
            now,
            run: Box::new(move |tx| {
                let value = job(tx)?;
                *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
                Ok(())
            }),
            answer: Box::new(move |outcome| {
                // Whoever asked may have gone away; what was written stays written.
                let _ = send.send(outcome);
            }),
        };
        let closed = || WriteError::Unavailable("Vakhta is ending".into());
        self.queue.send(Message::Write(job)).await.map_err(|_| closed())?;
        receive.await.map_err(|_| closed())??;
        let value = result.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.ok_or_else(closed)
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is wrong with the file, where something is.
    pub(crate) fn damage(&self) -> Option<String> {
        self.told().damage.clone()
    }

    /// The file is damaged.
    pub(crate) fn damaged(&self, words: String) {
        self.told().damage.get_or_insert(words);
    }

    /// Why the last commit failed, where it did.
    pub(crate) fn failing(&self) -> Option<String> {
        self.told().failing.clone()
    }

    pub(crate) async fn checkpoint(&self) -> Result<(), WriteError> {
        let (done, moved) = oneshot::channel();
        let closed = || WriteError::Unavailable("Vakhta is ending".into());
        self.queue.send(Message::Checkpoint(done)).await.map_err(|_| closed())?;
        moved.await.map_err(|_| closed())
    }

    pub(crate) fn commits(&self) -> watch::Receiver<i64> {
        self.commits.clone()
    }

    /// Counts how often the file was opened anew.
    pub(crate) fn reopened(&self) -> watch::Receiver<u64> {
        self.reopened.clone()
    }

    pub(crate) fn desk(&self) -> Writer {
        self.desk
    }

    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

type Reopen = Box<dyn Fn() -> Result<Connection, StoreError> + Send>;

pub(crate) fn start(
    connection: Connection,
    reopen: Reopen,
    desk: Writer,
    sealer: Arc<dyn Sealer>,
) -> Result<WriterHandle, std::io::Error> {
    let (queue, mut jobs) = mpsc::channel(QUEUE);
    let last = crate::journal::last_seq(&connection).unwrap_or(0);
    let (announce, commits) = watch::channel(last);
    let (anew, reopened) = watch::channel(0);
    let told = Arc::new(Mutex::new(Told::default()));
    let telling = Arc::clone(&told);
    let thread = std::thread::Builder::new().name("vakhta-writer".into()).spawn(move || {
        let mut state = State { connection, reopen, desk, sealer, announce, anew, told: telling };
        state.serve(&mut jobs);
    })?;
    Ok(WriterHandle { queue, commits, reopened, desk, told, thread: Mutex::new(Some(thread)) })
}

/// A commit that came to its end.
struct Written {
    /// The greatest place in the journal.
    seq: i64,
    /// Whether anything was to be made durable: one of nothing succeeds on a broken disk too.
    changed: bool,
}

struct State {
    connection: Connection,
    reopen: Reopen,
    desk: Writer,
    sealer: Arc<dyn Sealer>,
    announce: watch::Sender<i64>,
    anew: watch::Sender<u64>,
    told: Arc<Mutex<Told>>,
}

impl State {
    fn serve(&mut self, jobs: &mut mpsc::Receiver<Message>) {
        while let Some(first) = jobs.blocking_recv() {
            let mut group = Vec::new();
            let mut next = Some(first);
            while let Some(Message::Write(job)) = next {
                group.push(job);
                next = if group.len() < GROUP { jobs.try_recv().ok() } else { None };
            }
            if !group.is_empty() {
                self.commit(group);
            }
            match next {
                Some(Message::Checkpoint(done)) => {
                    self.empty_log();
                    let _ = done.send(());
                }
                Some(Message::Close(done)) => {
                    self.empty_log();
                    let _ = done.send(());
                    return;
                }
                Some(Message::Write(_)) | None => {}
            }
        }
        self.empty_log();
    }

    /// After a clean end there is one file.
    fn empty_log(&self) {
        if let Err(why) = self.connection.pragma_update(None, "wal_checkpoint", "TRUNCATE") {
            tracing::debug!(%why, "the write-ahead log stays beside the file");
        }
    }

    /// Runs a group in one transaction, commits, and only then answers.
    fn commit(&mut self, group: Vec<Job>) {
        let mut answers = Vec::with_capacity(group.len());
        let written = self.run(group, &mut answers);
        match written {
            Ok(Written { seq, changed }) => {
                if changed {
                    self.told.lock().unwrap_or_else(PoisonError::into_inner).failing = None;
                }
                for (answer, outcome) in answers {
                    answer(outcome);
                }
                self.announce.send_if_modified(|last| std::mem::replace(last, seq) != seq);
            }
            Err(why) => {
                tracing::error!(%why, "nothing was written");
                {
                    let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
                    told.failing = Some(why.to_string());
                    if is_damage(&why) {
                        told.damage.get_or_insert(why.to_string());
                    }
                }
                let broken = is_broken(&why);
                for (answer, _) in answers {
                    answer(Err(WriteError::Store(why.to_string())));
                }
                if broken {
                    self.start_over();
                }
            }
        }
    }

    /// Runs every job in one transaction and commits. Who waits for an answer is put into
    /// `answers` in any case.
    fn run(&mut self, group: Vec<Job>, answers: &mut Vec<Answered>) -> Result<Written, rusqlite::Error> {
        let mut jobs = group.into_iter();
        let written = self.run_jobs(&mut jobs, answers);
        answers.extend(jobs.map(|job| (job.answer, Ok(()))));
        written
    }

    fn run_jobs(
        &mut self,
        jobs: &mut impl Iterator<Item = Job>,
        answers: &mut Vec<Answered>,
    ) -> Result<Written, rusqlite::Error> {
        let mut tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let changes = tx.total_changes();
        let mut head = Head::load(&tx, self.desk)?;
        for job in jobs {
            let before = head.clone();
            // The answer is kept first: whatever fails below, who waits is told.
            answers.push((job.answer, Ok(())));
            let savepoint = tx.savepoint()?;
            let mut write = WriteTx::new(&savepoint, &mut head, self.sealer.as_ref(), job.now);
            match (job.run)(&mut write) {
                Ok(()) => savepoint.commit()?,
                Err(why) => {
                    // Dropping the savepoint rolls it back; the chain goes on from before it.
                    drop(savepoint);
                    if tx.is_autocommit() {
                        return Err(rolled_back(&why));
                    }
                    head = before;
                    if let Some((_, outcome)) = answers.last_mut() {
                        *outcome = Err(why.into());
                    }
                }
            }
        }
        head.save(&tx)?;
        let changed = tx.total_changes() != changes;
        tx.commit()?;
        Ok(Written { seq: head.seq(), changed })
    }

    /// After a failed fsync the connection cannot be trusted: open the file anew.
    fn start_over(&mut self) {
        match (self.reopen)() {
            Ok(connection) => {
                self.connection = connection;
                self.anew.send_modify(|count| *count += 1);
            }
            Err(why) => tracing::error!(%why, "the database cannot be opened again"),
        }
    }
}

/// A full disk or a failing one ends the whole transaction, not the job alone. What came after it
/// would be committed by itself, chained to operations that are gone.
fn rolled_back(why: &TxError) -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK);
    rusqlite::Error::SqliteFailure(code, Some(why.to_string()))
}

/// The file itself is not what it was; opening it anew mends nothing.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn is_broken(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::SystemIoFailure
                | ErrorCode::OperationAborted
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::CannotOpen
                | ErrorCode::NotADatabase
        )
    )
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
