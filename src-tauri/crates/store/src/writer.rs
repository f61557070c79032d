//! The one writer: a thread with the only connection that writes.
//!
//! Jobs that wait are committed together, each inside a savepoint of its own, so that a refused
//! one takes nothing with it and a queue of a thousand needs few fsyncs. With an empty queue a
//! job commits at once: an operator's command never waits for a batch to fill.

use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio::sync::{oneshot, watch};
use vakhta_app::command::Refusal;
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

type Outcome = Result<(), WriteError>;

/// A job and the way back to who asked for it. `run` is called once inside the transaction;
/// `answer` once after the commit, or instead of it.
struct Job {
    now: Timestamp,
    run: Box<dyn FnOnce(&mut WriteTx<'_>) -> Result<(), TxError> + Send>,
    answer: Box<dyn FnOnce(Outcome) + Send>,
}

enum Message {
    Write(Job),
    Close(mpsc::Sender<()>),
}

/// The way to the writer.
pub(crate) struct WriterHandle {
    queue: mpsc::SyncSender<Message>,
    commits: watch::Receiver<i64>,
    desk: Writer,
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
        let mut message = Message::Write(job);
        // The queue is bounded; a full one drains within a commit or two.
        loop {
            message = match self.queue.try_send(message) {
                Ok(()) => break,
                Err(mpsc::TrySendError::Full(message)) => message,
                Err(mpsc::TrySendError::Disconnected(_)) => return Err(closed()),
            };
            let mut commits = self.commits.clone();
            commits.mark_unchanged();
            let pause = std::time::Duration::from_millis(20);
            let _ = tokio::time::timeout(pause, commits.changed()).await;
        }
        receive.await.map_err(|_| closed())??;
        let value = result.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.ok_or_else(closed)
    }

    pub(crate) fn commits(&self) -> watch::Receiver<i64> {
        self.commits.clone()
    }

    pub(crate) fn desk(&self) -> Writer {
        self.desk
    }

    pub(crate) fn close(&self) {
        let (done, closed) = mpsc::channel();
        if self.queue.send(Message::Close(done)).is_ok() {
            let _ = closed.recv();
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
    let (queue, jobs) = mpsc::sync_channel(QUEUE);
    let last = crate::journal::last_seq(&connection).unwrap_or(0);
    let (announce, commits) = watch::channel(last);
    let thread = std::thread::Builder::new().name("vakhta-writer".into()).spawn(move || {
        let mut state = State { connection, reopen, desk, sealer, announce };
        state.serve(&jobs);
    })?;
    Ok(WriterHandle { queue, commits, desk, thread: Mutex::new(Some(thread)) })
}

struct State {
    connection: Connection,
    reopen: Reopen,
    desk: Writer,
    sealer: Arc<dyn Sealer>,
    announce: watch::Sender<i64>,
}

impl State {
    fn serve(&mut self, jobs: &mpsc::Receiver<Message>) {
        while let Ok(first) = jobs.recv() {
            let mut group = Vec::new();
            let mut closing = None;
            let mut next = Some(first);
            while let Some(message) = next {
                match message {
                    Message::Write(job) => group.push(job),
                    Message::Close(done) => {
                        closing = Some(done);
                        break;
                    }
                }
                next = if group.len() < GROUP { jobs.try_recv().ok() } else { None };
            }
            if !group.is_empty() {
                self.commit(group);
            }
            if let Some(done) = closing {
                let moved = self.connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
                if let Err(why) = moved {
                    tracing::debug!(%why, "the write-ahead log stays beside the file");
                }
                let _ = done.send(());
                return;
            }
        }
    }

    /// Runs a group in one transaction, commits, and only then answers.
    fn commit(&mut self, group: Vec<Job>) {
        let mut answers = Vec::with_capacity(group.len());
        let written = self.run(group, &mut answers);
        match written {
            Ok(seq) => {
                for (answer, outcome) in answers {
                    answer(outcome);
                }
                self.announce.send_if_modified(|last| std::mem::replace(last, seq) != seq);
            }
            Err(why) => {
                tracing::error!(%why, "nothing was written");
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

    #[allow(clippy::type_complexity)]
    fn run(
        &mut self,
        group: Vec<Job>,
        answers: &mut Vec<(Box<dyn FnOnce(Outcome) + Send>, Outcome)>,
    ) -> Result<i64, rusqlite::Error> {
        let mut waiting = group.into_iter();
        let begun = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let mut tx = match begun {
            Ok(tx) => tx,
            Err(why) => {
                answers.extend(waiting.map(|job| (job.answer, Ok(()))));
                return Err(why);
            }
        };
        let mut head = match Head::load(&tx, self.desk) {
            Ok(head) => head,
            Err(why) => {
                answers.extend(waiting.map(|job| (job.answer, Ok(()))));
                return Err(why);
            }
        };
        for job in waiting.by_ref() {
            let before = head.clone();
            let savepoint = tx.savepoint()?;
            let mut write = WriteTx::new(&savepoint, &mut head, self.sealer.as_ref(), job.now);
            match (job.run)(&mut write) {
                Ok(()) => {
                    savepoint.commit()?;
                    answers.push((job.answer, Ok(())));
                }
                Err(why) => {
                    // Dropping the savepoint rolls it back; the chain goes on from before it.
                    drop(savepoint);
                    head = before;
                    answers.push((job.answer, Err(why.into())));
                }
            }
        }
        head.save(&tx)?;
        tx.commit()?;
        Ok(head.seq())
    }

    /// After a failed fsync the connection cannot be trusted: open the file anew.
    fn start_over(&mut self) {
        match (self.reopen)() {
            Ok(connection) => self.connection = connection,
            Err(why) => tracing::error!(%why, "the database cannot be opened again"),
        }
    }
}

fn is_broken(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::CannotOpen
                | ErrorCode::NotADatabase
        )
    )
}
