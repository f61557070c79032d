//! The operating system's keyring, on a thread of its own.
//!
//! A keyring may prompt, hang or be restarted, and the libraries want a runtime to themselves
//! or none at all. So every call goes to a thread that does nothing else, and the caller waits
//! for a bounded time only.

#[cfg(any(windows, target_os = "macos"))]
mod native;
#[cfg(all(unix, not(target_os = "macos")))]
mod secret_service;

#[cfg(any(windows, target_os = "macos"))]
use native::{NAME, Vault};
#[cfg(all(unix, not(target_os = "macos")))]
use secret_service::{NAME, Vault};

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use vakhta_app::secret::{SecretError, SecretText, Secrets};

/// What a person sees in their keyring's window.
const SERVICE: &str = "Vakhta";
/// The library's own limit comes first and says more; this is for one that does not return.
const GRACE: Duration = Duration::from_millis(500);

enum Task {
    Get(String),
    Put(String, SecretText),
    Remove(String),
}

struct Job {
    task: Task,
    answer: SyncSender<Result<Option<SecretText>, String>>,
}

/// The entries of one data folder in the keyring: `Vakhta`, `<folder id>/<name>`.
pub(crate) struct Keyring {
    folder: String,
    patience: Duration,
    jobs: Sender<Job>,
}

impl Keyring {
    /// Starts the thread and tries the keyring by writing, reading and removing a value: a
    /// locked one answers everything else.
    pub(crate) fn start(folder: &str, patience: Duration) -> Result<Self, SecretError> {
        let (jobs, queue) = channel();
        thread::Builder::new()
            .name("keyring".into())
            .spawn(move || work(&queue, patience))
            .map_err(|error| crate::unavailable(format_args!("no thread for the keyring: {error}")))?;
        let keyring = Self { folder: folder.to_owned(), patience, jobs };
        keyring.probe()?;
        Ok(keyring)
    }

    fn probe(&self) -> Result<(), SecretError> {
        let value = SecretText::new(hex::encode(crate::cipher::random::<16>()?.as_slice()));
        self.put("probe", &value)?;
        let kept = self.get("probe")?;
        self.remove("probe")?;
        if kept.as_ref() == Some(&value) {
            Ok(())
        } else {
            Err(crate::unavailable(format_args!("the {NAME} does not keep what it is given")))
        }
    }

    fn account(&self, name: &str) -> String {
        format!("{}/{name}", self.folder)
    }

    fn ask(&self, task: Task) -> Result<Option<SecretText>, SecretError> {
        let (answer, wait) = sync_channel(1);
        let gone = || crate::unavailable(format_args!("the {NAME} cannot be reached: its thread has ended"));
        self.jobs.send(Job { task, answer }).map_err(|_| gone())?;
        match wait.recv_timeout(self.patience + GRACE) {
            Ok(result) => result.map_err(crate::unavailable),
            Err(RecvTimeoutError::Timeout) => Err(crate::unavailable(too_slow(self.patience))),
            Err(RecvTimeoutError::Disconnected) => Err(gone()),
        }
    }
}

fn too_slow(patience: Duration) -> String {
    format!("the {NAME} did not answer within {} s; it may be locked", patience.as_secs_f32())
}

fn work(queue: &Receiver<Job>, patience: Duration) {
    let mut vault = Vault::new(patience);
    while let Ok(Job { task, answer }) = queue.recv() {
        let result = vault.as_mut().map_err(|error| error.clone()).and_then(|vault| match task {
            Task::Get(account) => vault.get(&account),
            Task::Put(account, secret) => vault.put(&account, &secret).map(|()| None),
            Task::Remove(account) => vault.remove(&account).map(|()| None),
        });
        // Who asked may have stopped waiting.
        let _ = answer.send(result);
    }
}

impl Secrets for Keyring {
    fn get(&self, name: &str) -> Result<Option<SecretText>, SecretError> {
        self.ask(Task::Get(self.account(name)))
    }

    fn put(&self, name: &str, secret: &SecretText) -> Result<(), SecretError> {
        self.ask(Task::Put(self.account(name), secret.clone())).map(|_| ())
    }

    fn remove(&self, name: &str) -> Result<(), SecretError> {
        self.ask(Task::Remove(self.account(name))).map(|_| ())
    }

    fn place(&self) -> String {
        format!("the system's keyring ({NAME}), entries \"{SERVICE}\", opened by your own login")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_keyring_that_never_answers_holds_nobody_up() {
        let (jobs, _queue_that_nobody_reads) = channel();
        let keyring = Keyring { folder: "f".into(), patience: Duration::from_millis(20), jobs };
        let begun = Instant::now();
        let error = keyring.get("a").unwrap_err().to_string();
        assert!(error.contains("may be locked"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn a_thread_that_ended_is_an_error() {
        let (jobs, queue) = channel();
        drop(queue);
        let keyring = Keyring { folder: "f".into(), patience: Duration::from_secs(3), jobs };
        assert!(keyring.remove("a").unwrap_err().to_string().contains("ended"));
    }
}
