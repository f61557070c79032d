//! What happens, told to the page as it happens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tauri::State;
use tauri::ipc::Channel;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use vakhta_app::refusal::Refusal;
use vakhta_runtime::dispatch::PAGE_WAIT_MS;

use crate::backend::{Asker, Link};

/// Between two batches: the page draws at most 20 times a second.
const CALM: Duration = Duration::from_millis(50);
/// After a refusal; doubled each time, up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// The page's subscriptions that run.
#[derive(Default)]
pub struct Subscriptions(Mutex<Running>);

#[derive(Default)]
struct Running {
    last: u32,
    tasks: HashMap<u32, JoinHandle<()>>,
}

impl Subscriptions {
    fn add(&self, task: JoinHandle<()>) -> u32 {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.tasks.retain(|_, task| !task.is_finished());
        running.last = running.last.wrapping_add(1);
        let id = running.last;
        running.tasks.insert(id, task);
        id
    }

    fn remove(&self, id: u32) {
        let task = self.0.lock().unwrap_or_else(PoisonError::into_inner).tasks.remove(&id);
        if let Some(task) = task {
            task.abort();
        }
    }

    /// The page is gone, or another came: nobody hears them any more.
    pub fn clear(&self) {
        for (_, task) in self.0.lock().unwrap_or_else(PoisonError::into_inner).tasks.drain() {
            task.abort();
        }
    }
}

/// Tells of everything after a place in the journal, until it is unsubscribed.
///
/// # Errors
/// None; the page's library wants one of what is awaited.
#[tauri::command]
pub async fn subscribe(
    link: State<'_, Arc<Link>>,
    subscriptions: State<'_, Subscriptions>,
    after: i64,
    devices: Option<u64>,
    channel: Channel<Value>,
) -> Result<u32, Refusal> {
    let link = Arc::clone(&link);
    let follow = follow(
        after,
        devices,
        async move |with| link.ask(Asker::Page, "events", with).await,
        move |batch| channel.send(batch).is_ok(),
    );
    Ok(subscriptions.add(tokio::spawn(follow)))
}

/// Ends a subscription.
#[tauri::command]
pub fn unsubscribe(subscriptions: State<'_, Subscriptions>, id: u32) {
    subscriptions.remove(id);
}

/// Asks for what comes next, tells it and goes on from there; ends when nobody listens.
async fn follow(
    mut after: i64,
    mut devices: Option<u64>,
    ask: impl AsyncFn(Value) -> Result<Value, Refusal>,
    tell: impl Fn(Value) -> bool,
) {
    let mut pause = FIRST_PAUSE;
    loop {
        let begun = Instant::now();
        match ask(json!({ "after": after, "devices": devices, "wait_ms": PAGE_WAIT_MS })).await {
            Ok(batch) => {
                pause = FIRST_PAUSE;
                after = batch["next"].as_i64().unwrap_or(after);
                devices = batch["devices_version"].as_u64().or(devices);
                if !tell(batch) {
                    return;
                }
                tokio::time::sleep_until(begun + CALM).await;
            }
            Err(refusal) => {
                tracing::debug!(%refusal, "events cannot be asked for");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LAST_PAUSE);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use vakhta_app::refusal::ErrorCode;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_batch_goes_on_where_the_last_ended_at_most_twenty_a_second() {
        let begun = Instant::now();
        let told = Mutex::new(Vec::new());
        let ask = async |with: Value| {
            let after = with["after"].as_i64().unwrap();
            assert_eq!(with["devices"].as_u64(), (after > 7).then_some(3));
            Ok(json!({ "next": after + 1, "devices_version": 3 }))
        };
        let tell = |batch: Value| {
            let mut told = told.lock().unwrap();
            told.push(batch["next"].as_i64().unwrap());
            told.len() < 21
        };
        follow(7, None, ask, tell).await;
        assert_eq!(*told.lock().unwrap(), (8..29).collect::<Vec<_>>());
        assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_backend_that_cannot_be_reached_is_asked_again_and_nothing_is_told() {
        let asked = AtomicI64::new(0);
        let ask = async |_: Value| {
            if asked.fetch_add(1, Ordering::Relaxed) < 6 {
                return Err(Refusal::new(ErrorCode::NotReady, "gone"));
            }
            Ok(json!({ "next": 1 }))
        };
        let told = AtomicI64::new(0);
        let tell = |_: Value| {
            told.fetch_add(1, Ordering::Relaxed);
            false
        };
        follow(0, None, ask, tell).await;
        assert_eq!((asked.into_inner(), told.into_inner()), (7, 1));
    }
}
