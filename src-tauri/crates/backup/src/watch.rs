//! How far a long task is, and ending it early.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use vakhta_app::backups::view::BackupStage;

use crate::BackupError;

/// A place that says nothing for so long is taken for dead.
pub const SILENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(250);

/// Seen by whoever waits, set by whoever works. Clones are the same.
#[derive(Clone, Debug)]
pub struct Watch(Arc<State>);

#[derive(Debug)]
struct State {
    stage: Mutex<(BackupStage, Option<String>)>,
    done: AtomicU64,
    total: AtomicU64,
    stopped: AtomicBool,
    silence: Duration,
}

/// What an interrupted read or write fails with.
#[derive(Debug, thiserror::Error)]
#[error("cancelled")]
pub struct Stopped;

impl Default for Watch {
    fn default() -> Self {
        Self::with_silence(SILENCE)
    }
}

impl Watch {
    /// One that takes a place for dead after another time.
    #[must_use]
    pub fn with_silence(silence: Duration) -> Self {
        Self(Arc::new(State {
            stage: Mutex::new((BackupStage::Snapshot, None)),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            silence,
        }))
    }

    /// A stage begins, of so many bytes; 0 where nobody knows.
    ///
    /// # Errors
    /// [`BackupError::Cancelled`].
    pub fn at(&self, stage: BackupStage, target: Option<&str>, total: u64) -> Result<(), BackupError> {
        *self.0.stage.lock().unwrap_or_else(PoisonError::into_inner) = (stage, target.map(str::to_owned));
        self.0.done.store(0, Ordering::Relaxed);
        self.0.total.store(total, Ordering::Relaxed);
        self.advance(0)
    }

    /// So many bytes more are done.
    ///
    /// # Errors
    /// [`BackupError::Cancelled`].
    pub fn advance(&self, bytes: u64) -> Result<(), BackupError> {
        self.0.done.fetch_add(bytes, Ordering::Relaxed);
        if self.is_stopped() { Err(BackupError::Cancelled) } else { Ok(()) }
    }

    /// The stage, its place, and how many bytes of how many are done.
    #[must_use]
    pub fn seen(&self) -> (BackupStage, Option<String>, u64, u64) {
        let (stage, target) = self.0.stage.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (stage, target, self.0.done.load(Ordering::Relaxed), self.0.total.load(Ordering::Relaxed))
    }

    /// Ends the task at its next step.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether it is to end.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::Relaxed)
    }

    /// Counts what passes, and fails once the task is stopped.
    pub fn over<T>(&self, inner: T) -> Watched<T> {
        Watched { inner, watch: self.clone() }
    }

    /// Waits for something as long as bytes go on passing.
    ///
    /// # Errors
    /// [`BackupError::Silent`], [`BackupError::Cancelled`], or its own.
    pub async fn alive<T>(
        &self,
        work: impl Future<Output = Result<T, BackupError>>,
    ) -> Result<T, BackupError> {
        let silent = async {
            let mut before = (self.0.done.load(Ordering::Relaxed), tokio::time::Instant::now());
            loop {
                tokio::time::sleep(LOOK).await;
                let done = self.0.done.load(Ordering::Relaxed);
                if self.is_stopped() {
                    return BackupError::Cancelled;
                }
                if done != before.0 {
                    before = (done, tokio::time::Instant::now());
                } else if before.1.elapsed() > self.0.silence {
                    return BackupError::Silent(self.0.silence.as_secs());
                }
            }
        };
        tokio::select! {
            done = work => done,
            why = silent => Err(why),
        }
    }
}

/// What passes is counted.
pub struct Watched<T> {
    inner: T,
    watch: Watch,
}

impl<T> Watched<T> {
    fn count(&self, bytes: usize) -> std::io::Result<usize> {
        self.watch.advance(bytes as u64).map_err(|_| std::io::Error::other(Stopped))?;
        Ok(bytes)
    }
}

impl<T: Read> Read for Watched<T> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let bytes = self.inner.read(buffer)?;
        self.count(bytes)
    }
}

impl<T: Write> Write for Watched<T> {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let bytes = self.inner.write(buffer)?;
        self.count(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}
