//! The desk is locked when the screen is: whoever comes back to the machine need not be who left it.
//!
//! Linux says so on its buses: logind when a session is to be locked or the machine to sleep, the
//! desktop's screen saver when it begins. Windows says it to windows alone, by a message that no safe
//! interface passes on; there the program that draws the lock screen is looked for.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::mpsc;

use crate::backend::{Asker, Link};

/// Locks the desk whenever the system is locked; for as long as the program runs.
pub async fn run(link: Arc<Link>) {
    let (tell, mut locked) = mpsc::channel(4);
    let watch = tokio::spawn(system::watch(tell));
    while let Some(how) = locked.recv().await {
        tracing::info!(how, "the desk is locked with the system");
        if let Err(why) = link.ask(Asker::Page, "lock", Value::Null).await {
            tracing::warn!(%why, "the desk could not be locked");
        }
    }
    watch.abort();
}

#[cfg(target_os = "linux")]
mod system {
    use futures_util::StreamExt;
    use tokio::sync::mpsc::Sender;
    use zbus::message::Type;
    use zbus::{Connection, MatchRule, MessageStream};

    /// As desktops call their screen savers.
    const SAVERS: [&str; 6] = [
        "org.freedesktop.ScreenSaver",
        "org.gnome.ScreenSaver",
        "org.kde.screensaver",
        "org.cinnamon.ScreenSaver",
        "org.mate.ScreenSaver",
        "org.xfce.ScreenSaver",
    ];
    const SIGNALS: usize = 16;

    pub(super) async fn watch(tell: Sender<&'static str>) {
        let session = async {
            let outcome = savers(&tell).await;
            tracing::debug!(?outcome, "the desktop says nothing of its screen saver");
        };
        let system = async {
            let outcome = logind(&tell).await;
            tracing::debug!(?outcome, "the system says nothing of its sessions");
        };
        tokio::join!(session, system);
    }

    async fn savers(tell: &Sender<&'static str>) -> zbus::Result<()> {
        let bus = Connection::session().await?;
        let rule = MatchRule::builder().msg_type(Type::Signal).member("ActiveChanged")?.build();
        let mut signals = MessageStream::for_match_rule(rule, &bus, Some(SIGNALS)).await?;
        while let Some(signal) = signals.next().await {
            let signal = signal?;
            let header = signal.header();
            let ours = header.interface().is_some_and(|name| SAVERS.contains(&name.as_str()));
            if ours && signal.body().deserialize::<bool>().unwrap_or(false) {
                let _ = tell.send("the screen saver").await;
            }
        }
        Ok(())
    }

    async fn logind(tell: &Sender<&'static str>) -> zbus::Result<()> {
        let bus = Connection::system().await?;
        let own = own_session(&bus).await;
        let rule = MatchRule::builder().msg_type(Type::Signal).sender("org.freedesktop.login1")?.build();
        let mut signals = MessageStream::for_match_rule(rule, &bus, Some(SIGNALS)).await?;
        while let Some(signal) = signals.next().await {
            let signal = signal?;
            let header = signal.header();
            let member = header.member().map(|name| name.as_str()).unwrap_or_default();
            let here = match (&own, header.path()) {
                (Some(own), Some(path)) => own == path.as_str(),
                // Rather once too often than not.
                _ => true,
            };
            match member {
                "Lock" if here => {
                    let _ = tell.send("its session").await;
                }
                "PrepareForSleep" if signal.body().deserialize::<bool>().unwrap_or(false) => {
                    let _ = tell.send("sleep").await;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The path of the session that this program belongs to.
    async fn own_session(bus: &Connection) -> Option<String> {
        let id = std::env::var("XDG_SESSION_ID").ok()?;
        let manager = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager");
        let found =
            bus.call_method(Some(manager.0), manager.1, Some(manager.2), "GetSession", &(id,)).await.ok()?;
        let path: zbus::zvariant::OwnedObjectPath = found.body().deserialize().ok()?;
        Some(path.as_str().to_owned())
    }
}

#[cfg(windows)]
mod system {
    use std::time::Duration;

    use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};
    use tokio::sync::mpsc::Sender;

    /// Draws the lock screen, and asks for passwords; it does not run otherwise.
    const LOCK_SCREEN: &str = "LogonUI.exe";
    const LOOK: Duration = Duration::from_secs(2);

    pub(super) async fn watch(tell: Sender<&'static str>) {
        let mut system = match System::new() {
            Ok(system) => system,
            Err(why) => return tracing::warn!(%why, "the desk cannot be locked with the system"),
        };
        let mut before = false;
        loop {
            tokio::time::sleep(LOOK).await;
            let looked = tokio::task::spawn_blocking(move || {
                system.refresh_processes_specifics(
                    ProcessesToUpdate::All,
                    true,
                    ProcessRefreshKind::nothing(),
                );
                let shown = system.processes_by_exact_name(LOCK_SCREEN.as_ref()).next().is_some();
                (system, shown)
            });
            let Ok((again, shown)) = looked.await else { return };
            system = again;
            if shown && !before {
                let _ = tell.send("the lock screen").await;
            }
            before = shown;
        }
    }
}

#[cfg(not(any(target_os = "linux", windows)))]
mod system {
    use tokio::sync::mpsc::Sender;

    pub(super) async fn watch(tell: Sender<&'static str>) {
        // Nobody tells; the sender lives as long as the program.
        tell.closed().await;
    }
}
