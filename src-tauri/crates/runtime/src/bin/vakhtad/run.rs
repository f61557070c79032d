//! `vakhtad run`.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::watch;
use vakhta_runtime::core::Core;
use vakhta_runtime::dispatch::link;
use vakhta_runtime::folder::FolderError;
use vakhta_runtime::local::{LocalSocket, Remote};
use vakhta_runtime::web;

use crate::arguments;

/// A command that opened the folder itself is done within this time.
const LOCK_PATIENCE: Duration = Duration::from_secs(10);

pub async fn run(folder: &Path, mut options: arguments::Run) -> anyhow::Result<ExitCode> {
    let mut interrupted = Interrupted::listen()?;
    // What was restored is worked on by a core of its own, at the same address.
    while life(folder, &mut options, &mut interrupted).await? {
        tracing::info!("the folder is opened anew, with what was restored");
    }
    Ok(ExitCode::SUCCESS)
}

/// For whoever started it; they may have gone away since, and it goes on.
fn say(words: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{words}");
}

/// From opening the folder to its end; whether it is to be opened anew.
async fn life(
    folder: &Path,
    options: &mut arguments::Run,
    interrupted: &mut Interrupted,
) -> anyhow::Result<bool> {
    // What cannot be served is said before anything is opened.
    let listener = match options.listen {
        Some(address) => Some(web::bind(address, &options.names).await?),
        None => None,
    };
    let core = open(folder).await?;
    let (stop, stopped) = watch::channel(false);
    let socket = LocalSocket::open(core.folder.path()).context("the local socket could not be opened")?;
    let serving = tokio::spawn(socket.serve(Arc::clone(&core), stopped.clone()));
    core.begin().await?;
    tracing::info!(folder = %folder.display(), secrets = core.secrets.place(), "Vakhta runs");
    if let Some(listener) = listener {
        let serving = web::serve(Arc::clone(&core), listener, stopped).await?;
        options.listen = Some(serving.address);
        let page = link(&core).await?;
        say(format_args!("the page: {page}"));
        say(format_args!(
            "the live feed: {}, token in {}",
            serving.feed,
            folder.join(web::TOKEN_FILE).display()
        ));
        if let Some(authority) = serving.authority {
            say(format_args!("workstations trust {} (vakhtad authority says how)", authority.path));
        }
    }
    say(format_args!("vakhtad runs on {}", folder.display()));
    let again = tokio::select! {
        () = interrupted.wait() => false,
        () = core.backups.wants_restart() => true,
    };
    let _ = stop.send(true);
    core.end().await;
    let _ = serving.await;
    Ok(again)
}

/// Waits for a command that works on the folder at the moment; another `run` stays.
async fn open(folder: &Path) -> anyhow::Result<Arc<Core>> {
    let begun = tokio::time::Instant::now();
    loop {
        let path = folder.to_owned();
        let opened = tokio::task::spawn_blocking(move || Core::open(&path)).await?;
        match opened {
            Err(why) if is_busy(&why) && Remote::reach(folder).await.is_some() => {
                return Err(why.context("Vakhta runs on this folder already"));
            }
            Err(why) if is_busy(&why) && begun.elapsed() < LOCK_PATIENCE => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            other => return other,
        }
    }
}

/// Whether another process works on the folder.
pub fn is_busy(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<FolderError>(), Some(FolderError::Busy(_)))
}

#[cfg(unix)]
struct Interrupted(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Interrupted {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Interrupted(
    tokio::signal::windows::CtrlC,
    tokio::signal::windows::CtrlClose,
    tokio::signal::windows::CtrlShutdown,
);

#[cfg(windows)]
impl Interrupted {
    fn listen() -> io::Result<Self> {
        use tokio::signal::windows;
        Ok(Self(windows::ctrl_c()?, windows::ctrl_close()?, windows::ctrl_shutdown()?))
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
            _ = self.2.recv() => {}
        }
    }
}
