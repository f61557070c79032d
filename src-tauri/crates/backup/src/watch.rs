//! How far a long task is, and ending it early.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use vakhta_app::backups::view::{BackupProgress, BackupStage};

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
    stopped: Arc<AtomicBool>,
    silence: Duration,
    /// What goes on at the same time, for as long as it does.
    parts: Mutex<Vec<Weak<State>>>,
}

impl State {
    fn new(at: (BackupStage, Option<String>), stopped: Arc<AtomicBool>, silence: Duration) -> Self {
        Self {
            stage: Mutex::new(at),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            stopped,
            silence,
            parts: Mutex::default(),
        }
    }

    fn seen(&self) -> BackupProgress {
        let (stage, target) = self.stage.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        BackupProgress { stage, target, done, total }
    }
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
        Self(Arc::new(State::new((BackupStage::Snapshot, None), Arc::default(), silence)))
    }

    /// For what is done at one place while others are at theirs: it has a progress of its own, and is
    /// stopped with the task.
    #[must_use]
    pub fn part(&self, target: &str) -> Self {
        let at = (BackupStage::Send, Some(target.to_owned()));
        let part = Arc::new(State::new(at, Arc::clone(&self.0.stopped), self.0.silence));
        self.0.parts.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&part));
        Self(part)
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

    /// The stage, and how far it has come.
    #[must_use]
    pub fn seen(&self) -> BackupProgress {
        self.0.seen()
    }

    /// How far each part has come that goes on; where there is none, how far the task itself has.
    #[must_use]
    pub fn parts(&self) -> Vec<BackupProgress> {
        let parts = self.0.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let seen: Vec<BackupProgress> =
            parts.iter().filter_map(Weak::upgrade).map(|part| part.seen()).collect();
        if seen.is_empty() { vec![self.seen()] } else { seen }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_seen_for_themselves_while_they_go_on_and_stop_together() {
        let task = Watch::default();
        task.at(BackupStage::Pack, None, 10).unwrap();
        assert_eq!(task.parts().len(), 1);
        let (one, other) = (task.part("one"), task.part("other"));
        other.at(BackupStage::ReadBack, Some("other"), 7).unwrap();
        other.advance(3).unwrap();
        let seen = task.parts();
        assert_eq!(
            seen.iter().map(|part| part.target.as_deref()).collect::<Vec<_>>(),
            [Some("one"), Some("other")]
        );
        assert_eq!((seen[0].done, seen[1].done, seen[1].stage), (0, 3, BackupStage::ReadBack));
        drop(one);
        assert_eq!(task.parts().len(), 1);
        task.stop();
        assert!(matches!(other.advance(1), Err(BackupError::Cancelled)));
    }
}
