//! Who carries commands out: the core in this process, or a service that holds the data folder.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use vakhta_app::command::{Command, Reply};
use vakhta_app::refusal::{ErrorCode, Refusal};
use vakhta_app::users::view::Place;
use vakhta_app::wire;
use vakhta_domain::ids::DeskId;
use vakhta_runtime::access::{Caller, Page, Token};
use vakhta_runtime::backups::{AtHand, at_hand, is_damage, rescue};
use vakhta_runtime::core::Core;
use vakhta_runtime::dispatch::{Answer, carry_out};
use vakhta_runtime::folder::FolderError;
use vakhta_runtime::local::{LocalSocket, Remote};

/// A command that holds the folder for itself is done within this time.
const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(50);
/// A service that went away may be back at once: it was updated, or it failed and was started
/// again. Only then is the folder taken over.
const GRACE: Duration = Duration::from_secs(10);
/// A request waits this long for the core to be opened, then it is told to ask again.
const OPENING: Duration = Duration::from_secs(60);

/// Who carries commands out.
#[derive(Clone)]
pub enum Backend {
    /// The folder is ours.
    Own(Arc<Core>),
    /// A service works on it; we are its client.
    Service(Arc<Connections>),
}

#[derive(Clone)]
enum State {
    Opening,
    Ready(Backend),
    /// Why, for the page.
    Failed(Refusal),
    Over,
}

/// Who asks through the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// The shell for itself, as the folder's owner: settings of the desktop, notifications.
    Shell,
    /// The page, for whoever has signed in there.
    Page,
}

/// The way to the backend, whatever it is at the moment.
pub struct Link {
    folder: PathBuf,
    /// What the page is known by. It lives as long as the program: who starts it signs in.
    token: Mutex<Option<Token>>,
    state: watch::Sender<State>,
    again: Notify,
    keeper: Mutex<Option<JoinHandle<()>>>,
    /// Stops the local socket, when the core is ours.
    stop: watch::Sender<bool>,
}

impl Link {
    /// Begins to open the folder, or to reach whoever holds it. To be called inside the runtime.
    pub fn begin(folder: PathBuf) -> Arc<Self> {
        let link = Arc::new(Self {
            folder,
            token: Mutex::default(),
            state: watch::Sender::new(State::Opening),
            again: Notify::new(),
            keeper: Mutex::default(),
            stop: watch::Sender::new(false),
        });
        let keeper = tokio::spawn(keep(Arc::clone(&link)));
        *link.keeper.lock().unwrap_or_else(PoisonError::into_inner) = Some(keeper);
        link
    }

    /// Carries a command out, waiting for the core where it is still being opened.
    ///
    /// # Errors
    /// Its refusal; [`ErrorCode::NotReady`] when there is nobody to ask.
    pub async fn call(&self, asker: Asker, command: Command) -> Result<Reply, Refusal> {
        let caller = match asker {
            Asker::Shell => Caller::Owner,
            Asker::Page => {
                Caller::Page(Page { token: self.token().clone(), place: Place::Window, agent: None })
            }
        };
        let answer = match self.backend().await? {
            Backend::Own(core) => carry_out(&core, &caller, command).await?,
            Backend::Service(connections) => connections.ask(&caller, &command).await?,
        };
        if let Some(token) = answer.token {
            *self.token() = Some(token);
        }
        Ok(answer.reply)
    }

    fn token(&self) -> std::sync::MutexGuard<'_, Option<Token>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Link::call`], by the names on the wire.
    ///
    /// # Errors
    /// As [`Link::call`]; [`ErrorCode::Invalid`] for what is no command.
    pub async fn ask(&self, asker: Asker, command: &str, with: Value) -> Result<Value, Refusal> {
        let command = wire::command_of(command, with)?;
        let reply = self.call(asker, command).await?;
        let reply =
            serde_json::to_value(reply).map_err(|why| Refusal::new(ErrorCode::Internal, why.to_string()))?;
        Ok(match reply {
            Value::Object(mut reply) => reply.remove("value").unwrap_or_default(),
            _ => Value::Null,
        })
    }

    /// Waits until there is a backend, but not for one that failed.
    async fn backend(&self) -> Result<Backend, Refusal> {
        let not_ready = |words: &str| Refusal::new(ErrorCode::NotReady, words);
        let mut state = self.state.subscribe();
        let settled = state.wait_for(|state| !matches!(state, State::Opening));
        let settled = tokio::time::timeout(OPENING, settled).await;
        match settled {
            Ok(Ok(state)) => match &*state {
                State::Ready(backend) => Ok(backend.clone()),
                State::Failed(why) => Err(why.clone()),
                State::Opening | State::Over => Err(not_ready("Vakhta is ending")),
            },
            Ok(Err(_)) => Err(not_ready("Vakhta is ending")),
            Err(_) => Err(not_ready("the data folder is still being opened; ask again")),
        }
    }

    /// Tries once more to open what could not be opened.
    pub fn reopen(&self) {
        if matches!(*self.state.borrow(), State::Failed(_)) {
            self.again.notify_one();
        }
    }

    /// The backups in the data folder, newest first, while the database cannot be opened. Who has the
    /// folder has them too: nobody can sign in then.
    pub async fn at_hand(&self) -> Vec<AtHand> {
        if !self.is_damaged() {
            return Vec::new();
        }
        let folder = self.folder.clone();
        tokio::task::spawn_blocking(move || at_hand(&folder)).await.unwrap_or_default()
    }

    /// Puts one of them in the place of the database, and opens it.
    ///
    /// # Errors
    /// [`ErrorCode::WrongState`] where nothing is damaged; why it could not be done.
    pub async fn rescue(&self, desk: DeskId, name: String) -> Result<(), Refusal> {
        if !self.is_damaged() {
            return Err(Refusal::new(ErrorCode::WrongState, "the database is not damaged"));
        }
        let failed = |why: anyhow::Error| Refusal::new(ErrorCode::Internal, format!("{why:#}"));
        rescue(&self.folder, desk, name).await.map_err(failed)?;
        self.reopen();
        Ok(())
    }

    fn is_damaged(&self) -> bool {
        matches!(&*self.state.borrow(), State::Failed(why) if why.code == ErrorCode::Damaged)
    }

    /// Leaves the result of a task of the window where tasks are looked at. A service has no
    /// window, and nothing to keep.
    pub fn note(&self, task: &'static str, result: String) {
        if let State::Ready(Backend::Own(core)) = &*self.state.borrow() {
            core.tasks.note(task, Timestamp::now(), result);
        }
    }

    /// Ends what is ours: drivers, tasks, the database. A service goes on.
    pub async fn end(&self) {
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(keeper) = keeper {
            keeper.abort();
        }
        let _ = self.stop.send_replace(true);
        if let State::Ready(Backend::Own(core)) = self.state.send_replace(State::Over) {
            core.end().await;
        }
    }
}

/// Opens the folder, or follows the service that holds it, and takes over when that is gone.
async fn keep(link: Arc<Link>) {
    let mut grace = Duration::ZERO;
    loop {
        match settle(&link.folder, grace).await {
            Ok(Found::Free(core)) => match begin(&link, &core).await {
                Ok(()) => {
                    tracing::info!(folder = %link.folder.display(), secrets = core.secrets.place(), "the core runs");
                    link.state.send_replace(State::Ready(Backend::Own(Arc::clone(&core))));
                    core.backups.wants_restart().await;
                    tracing::info!("the folder is opened anew, with what was restored");
                    link.state.send_replace(State::Opening);
                    link.stop.send_replace(true);
                    core.end().await;
                    link.stop.send_replace(false);
                }
                Err(why) => {
                    core.end().await;
                    fail(&link, &why).await;
                }
            },
            Ok(Found::Service(mut remote)) => {
                tracing::info!(folder = %link.folder.display(), "a service holds the folder");
                let connections = Arc::new(Connections::to(link.folder.clone()));
                link.state.send_replace(State::Ready(Backend::Service(connections)));
                remote.closed().await;
                tracing::info!("the service went away");
                grace = GRACE;
                link.state.send_replace(State::Opening);
            }
            Err(why) => fail(&link, &why).await,
        }
    }
}

/// Says why, and waits until a person wants it tried again.
async fn fail(link: &Link, why: &anyhow::Error) {
    tracing::error!("{why:#}");
    let code = if is_damage(why) { ErrorCode::Damaged } else { ErrorCode::Internal };
    link.state.send_replace(State::Failed(Refusal::new(code, format!("{why:#}"))));
    link.again.notified().await;
    link.state.send_replace(State::Opening);
}

async fn begin(link: &Link, core: &Arc<Core>) -> anyhow::Result<()> {
    let socket = LocalSocket::open(core.folder.path()).context("the local socket could not be opened")?;
    tokio::spawn(socket.serve(Arc::clone(core), link.stop.subscribe()));
    core.begin().await
}

enum Found {
    Free(Arc<Core>),
    Service(Remote),
}

/// Whoever answers within the grace, else the folder itself.
async fn settle(folder: &Path, grace: Duration) -> anyhow::Result<Found> {
    let begun = Instant::now();
    loop {
        if let Some(remote) = Remote::reach(folder).await {
            return Ok(Found::Service(remote));
        }
        if begun.elapsed() < grace {
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        let path = folder.to_owned();
        match tokio::task::spawn_blocking(move || Core::open(&path)).await? {
            Ok(core) => return Ok(Found::Free(core)),
            Err(why) if is_busy(&why) && begun.elapsed() < grace + PATIENCE => {
                tokio::time::sleep(PAUSE).await
            }
            Err(why) => return Err(why),
        }
    }
}

fn is_busy(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<FolderError>(), Some(FolderError::Busy(_)))
}

/// Connections to a service. A request has one for itself as long as it is being answered, so
/// that one that waits for events holds up no other.
pub struct Connections {
    folder: PathBuf,
    idle: Mutex<Vec<Remote>>,
}

impl Connections {
    fn to(folder: PathBuf) -> Self {
        Self { folder, idle: Mutex::default() }
    }

    async fn ask(&self, caller: &Caller, command: &Command) -> Result<Answer, Refusal> {
        let mut remote = self.connection().await?;
        let answer = remote.ask_as(caller, command).await;
        // One that was cut has been said to be so; it is not used again.
        if !matches!(&answer, Err(refusal) if refusal.code == ErrorCode::NotReady) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(remote);
        }
        answer
    }

    async fn connection(&self) -> Result<Remote, Refusal> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut remote) = idle else { break };
            // A request that is lost on a dead connection may have been carried out: look first.
            if tokio::time::timeout(Duration::ZERO, remote.closed()).await.is_err() {
                return Ok(remote);
            }
        }
        let gone = || Refusal::new(ErrorCode::NotReady, "the service does not answer; ask again");
        Remote::reach(&self.folder).await.ok_or_else(gone)
    }
}
