//! Background tasks: each has a name, runs when something happens or by the clock, and leaves
//! its last result to be seen.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinHandle;
use vakhta_app::view::TaskView;
use vakhta_app::{days, exits};
use vakhta_domain::passage::ReaderDirection;
use vakhta_store::WriteError;

use crate::core::Core;

/// Exits that wait for their entry.
const EXITS: &str = "waiting-exits";
/// The end of the site's day.
const DAY_END: &str = "day-end";
/// Whether the database's file is whole; looked at after a start and daily.
const INTEGRITY: &str = "integrity";
/// Writing down beside the secrets where the journal has come to.
const ANCHOR: &str = "anchor";
/// Bringing keys under the site's newest one.
const SITE_KEY: &str = "site-key";
/// Backups that are due.
const BACKUPS: &str = "backups";
/// Looking how Vakhta is.
const HEALTH: &str = "health";
/// Noticing that the machine has slept.
pub(crate) const WAKE: &str = "wake";
/// Where the last closed day is kept.
const DAY_CLOSED: &str = "day_end.closed";

/// The background tasks and how they fared.
#[derive(Default)]
pub struct Tasks {
    results: Mutex<BTreeMap<&'static str, (Timestamp, String)>>,
    running: Mutex<Vec<JoinHandle<()>>>,
}

impl Tasks {
    /// Keeps what came of a task; one that is not in the table here is listed after those.
    pub fn note(&self, name: &'static str, at: Timestamp, result: String) {
        self.results.lock().unwrap_or_else(PoisonError::into_inner).insert(name, (at, result));
    }

    /// All of them.
    #[must_use]
    pub fn view(&self) -> Vec<TaskView> {
        let results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = [EXITS, DAY_END, INTEGRITY, ANCHOR, SITE_KEY, BACKUPS, HEALTH, WAKE];
        let others = results.keys().copied().filter(|name| !ours.contains(name));
        ours.into_iter()
            .chain(others)
            .map(|name| {
                let last = results.get(name);
                TaskView {
                    name: name.to_owned(),
                    last: last.map(|(at, _)| *at),
                    result: last.map(|(_, result)| result.clone()),
                }
            })
            .collect()
    }

    /// Ends all of them.
    pub async fn end(&self) {
        let running = std::mem::take(&mut *self.running.lock().unwrap_or_else(PoisonError::into_inner));
        for task in running {
            task.abort();
            let _ = task.await;
        }
    }
}

/// Starts the tasks.
pub fn begin(core: &Arc<Core>) {
    let tasks = [
        tokio::spawn(every(Arc::clone(core), EXITS, Duration::from_millis(500))),
        tokio::spawn(every(Arc::clone(core), DAY_END, Duration::from_secs(20))),
        tokio::spawn(check(Arc::clone(core))),
        tokio::spawn(anchor(Arc::clone(core))),
        tokio::spawn(site_key(Arc::clone(core))),
        tokio::spawn(crate::backups::keep_schedule(Arc::clone(core), BACKUPS)),
        tokio::spawn(crate::health::watch(Arc::clone(core), HEALTH)),
        tokio::spawn(crate::wake::watch(Arc::clone(core))),
    ];
    core.tasks.running.lock().unwrap_or_else(PoisonError::into_inner).extend(tasks);
}

async fn every(core: Arc<Core>, name: &'static str, period: Duration) {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let result = run(&core, name).await;
        let words = match result {
            Ok(Some(words)) => words,
            Ok(None) => "nothing to do".into(),
            Err(why) => {
                tracing::error!(task = name, %why, "a background task failed");
                why.to_string()
            }
        };
        core.tasks.note(name, core.now(), words);
    }
}

/// The whole file is read again after so long.
const CHECKED_EVERY: Duration = Duration::from_secs(24 * 3_600);
/// A disk that has failed is given so long to come to rest.
const REST: Duration = Duration::from_secs(10);

/// Reads the whole file, after the start has been served, daily, and when a write has failed so that the file
/// was opened anew. What is damaged is written no more.
async fn check(core: Arc<Core>) {
    let mut ticks = tokio::time::interval(CHECKED_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut reopened = core.store.reopened();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            Ok(()) = reopened.changed() => tokio::time::sleep(REST).await,
        }
        reopened.mark_unchanged();
        let (words, seen) = match core.blocking(|core| core.store.quick_check()).await {
            Ok(Ok(found)) if found.is_empty() => ("the database is whole".to_owned(), Ok(())),
            Ok(Ok(found)) => {
                let found = found.join("; ");
                tracing::error!(found, "the database is damaged");
                core.store.damaged(found.clone());
                (format!("the database is damaged: {found}"), Err(found))
            }
            Ok(Err(why)) => {
                tracing::error!(%why, "the database could not be checked");
                if why.is_damage() {
                    core.store.damaged(why.to_string());
                }
                (why.to_string(), Err(why.to_string()))
            }
            Err(_) => return,
        };
        core.health.integrity_seen(seen);
        core.tasks.note(INTEGRITY, core.now(), words);
    }
}

/// Whoever cuts the journal's end off can hide what was written since.
const ANCHORED_EVERY: Duration = Duration::from_secs(60);

async fn anchor(core: Arc<Core>) {
    let mut ticks = tokio::time::interval(ANCHORED_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let words = crate::anchor::keep_now(&core).await;
        core.tasks.note(ANCHOR, core.now(), words);
    }
}

/// Goes on once with what the last end has interrupted.
async fn site_key(core: Arc<Core>) {
    let words = match crate::dispatch::go_on_rewrapping(&core).await {
        Ok(None) => "nothing to do".to_owned(),
        Ok(Some(keys)) => format!("{keys} keys were brought under the site's newest one"),
        Err(why) => {
            tracing::error!(%why, "keys could not be brought under the site's newest one");
            why.to_string()
        }
    };
    core.tasks.note(SITE_KEY, core.now(), words);
}

async fn run(core: &Arc<Core>, name: &'static str) -> Result<Option<String>, WriteError> {
    match name {
        EXITS => settle_exits(core).await,
        _ => close_day(core).await,
    }
}

async fn settle_exits(core: &Arc<Core>) -> Result<Option<String>, WriteError> {
    let waiting = core.blocking(|core| core.store.any_waiting_exit()).await;
    if !waiting.map_err(|why| WriteError::Unavailable(why.to_string()))?? {
        return Ok(None);
    }
    let read_up_to = entries_read_up_to(core).await?;
    let now = core.now();
    let waiting = core.store.write(now, move |tx| exits::settle(tx, read_up_to, now)).await?;
    Ok(Some(format!("{waiting} exits wait for their entry")))
}

/// The moment up to which every entry reader has been read: unknown while one is not heard from.
async fn entries_read_up_to(core: &Arc<Core>) -> Result<Option<Timestamp>, WriteError> {
    let devices = core.blocking(|core| core.store.devices()).await;
    let devices = devices.map_err(|why| WriteError::Unavailable(why.to_string()))??;
    let mut least = core.now();
    for device in devices.iter().filter(|device| device.direction != ReaderDirection::Out) {
        match core.conditions.get(device.id).and_then(|condition| condition.read_up_to) {
            Some(read) => least = least.min(read),
            None => return Ok(None),
        }
    }
    Ok(Some(least))
}

async fn close_day(core: &Arc<Core>) -> Result<Option<String>, WriteError> {
    let now = core.now();
    let Some(day_end) = core.site().last_day_end(now) else { return Ok(None) };
    let closed = core.blocking(|core| core.store.setting(DAY_CLOSED)).await;
    let closed = closed.map_err(|why| WriteError::Unavailable(why.to_string()))??;
    let closed: Option<Timestamp> = closed.and_then(|text| text.parse().ok());
    if closed.is_some_and(|closed| closed >= day_end) {
        return Ok(None);
    }
    let count = core
        .store
        .write(now, move |tx| {
            let count = days::close(tx, day_end)?;
            tx.set_setting(DAY_CLOSED, &day_end.to_string())?;
            Ok(count)
        })
        .await?;
    Ok(Some(format!("{count} visits were closed at {day_end}")))
}
