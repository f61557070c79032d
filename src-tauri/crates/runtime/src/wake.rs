//! Noticing that the machine has slept: what was connected before is dead afterwards, and nobody
//! says so.
//!
//! Linux tells of it (logind, over the system bus). Everywhere the clocks do: asleep, the wall
//! clock goes on while the monotonic one stands still, or a tick comes much too late where both
//! go on. That also catches a process that was stopped for a while, and a clock that was set
//! forward; looking at the devices once more does no harm.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::core::Core;

/// How often the clocks are compared.
const TICK: Duration = Duration::from_secs(2);
/// What is missing between two ticks, at least, for a sleep.
const GAP: Duration = Duration::from_secs(5);
/// Bus and clocks tell of the same sleep.
const SAME: Duration = Duration::from_secs(15);

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug)]
struct Reading {
    monotonic: Instant,
    wall: SystemTime,
}

impl Reading {
    fn now() -> Self {
        Self { monotonic: Instant::now(), wall: SystemTime::now() }
    }
}

/// How long the machine slept between two readings that should be [`TICK`] apart; `None` when it
/// did not.
fn slept(before: Reading, now: Reading) -> Option<Duration> {
    let awake = now.monotonic.duration_since(before.monotonic);
    // A wall clock that was set back says nothing.
    let passed = now.wall.duration_since(before.wall).unwrap_or(awake);
    let stood_still = passed.saturating_sub(awake);
    let came_late = awake.saturating_sub(TICK);
    let gap = stood_still.max(came_late);
    (gap >= GAP).then_some(gap)
}

/// Watches for ever; wakes the core after each sleep.
pub(crate) async fn watch(core: Arc<Core>) {
    let (tell, mut told) = mpsc::channel(4);
    let wake = async {
        let mut last: Option<Instant> = None;
        while let Some(how) = told.recv().await {
            if last.is_some_and(|at| at.elapsed() < SAME) {
                continue;
            }
            last = Some(Instant::now());
            tracing::info!(how, "the machine has slept: every device is asked anew");
            core.woke().await;
            core.tasks.note(crate::tasks::WAKE, core.now(), format!("woke, {how}; every device asked anew"));
        }
    };
    tokio::join!(clocks(tell.clone()), system(tell), wake);
}

/// Tells of what the clocks show.
async fn clocks(tell: mpsc::Sender<&'static str>) {
    let mut before = Reading::now();
    loop {
        tokio::time::sleep(TICK).await;
        let now = Reading::now();
        if slept(before, now).is_some() {
            let _ = tell.send("by the clocks").await;
        }
        before = now;
    }
}

/// Tells of what the operating system says, where it does.
#[cfg(target_os = "linux")]
async fn system(tell: mpsc::Sender<&'static str>) {
    let outcome = async { logind::watch(&zbus::Connection::system().await?, tell).await }.await;
    if let Err(why) = outcome {
        tracing::debug!(%why, "the system does not tell of sleep; the clocks do");
    }
}

#[cfg(not(target_os = "linux"))]
async fn system(_tell: mpsc::Sender<&'static str>) {}

#[cfg(target_os = "linux")]
mod logind {
    use futures_util::StreamExt;
    use tokio::sync::mpsc;

    #[zbus::proxy(
        interface = "org.freedesktop.login1.Manager",
        default_service = "org.freedesktop.login1",
        default_path = "/org/freedesktop/login1",
        gen_blocking = false
    )]
    trait Manager {
        /// `true` before the machine sleeps, `false` after it.
        #[zbus(signal)]
        fn prepare_for_sleep(&self, start: bool) -> zbus::Result<()>;
    }

    /// Ends when the bus does.
    pub(super) async fn watch(bus: &zbus::Connection, tell: mpsc::Sender<&'static str>) -> zbus::Result<()> {
        let manager = ManagerProxy::new(bus).await?;
        let mut signals = manager.receive_prepare_for_sleep().await?;
        while let Some(signal) = signals.next().await {
            if !signal.args()?.start {
                let _ = tell.send("by the system").await;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "wake_tests.rs"]
mod tests;
