//! One driver per device, started and stopped as the devices in the database say.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use vakhta_app::device::{Cause, DeviceAddress, DeviceCondition, DeviceState, Reason};
use vakhta_app::tx::DeviceRecord;
use vakhta_domain::ids::DeviceId;
use vakhta_isapi::driver::{self, Settings};
use vakhta_store::WriteError;

use crate::core::Core;
use crate::inbox::Inbox;

/// A driver that is given this long to end by itself.
const ENDING: Duration = Duration::from_millis(800);

/// The name of a device's password among the secrets.
#[must_use]
pub fn password_name(id: DeviceId) -> String {
    format!("device/{id}")
}

struct Watched {
    /// What it was started with; when that changes, it is started anew.
    record: DeviceRecord,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// The drivers.
#[derive(Default)]
pub struct Fleet {
    watched: Mutex<HashMap<DeviceId, Watched>>,
    active: AtomicBool,
}

impl Fleet {
    /// From now on [`Fleet::follow`] starts drivers.
    pub fn begin(&self) {
        self.active.store(true, Ordering::Release);
    }

    /// Whether this process watches devices.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.active.load(Ordering::Acquire)
    }

    /// Brings the drivers in line with the devices in the database: call it after any change.
    ///
    /// # Errors
    /// When the devices cannot be read.
    pub async fn follow(&self, core: &Arc<Core>) -> Result<(), WriteError> {
        if !self.is_active() {
            return Ok(());
        }
        let mut watched = self.watched.lock().await;
        let devices = core.blocking(|core| core.store.devices()).await;
        let devices = devices.map_err(|why| WriteError::Unavailable(why.to_string()))??;
        let gone: Vec<DeviceId> = watched
            .iter()
            .filter(|(id, watched)| {
                devices.iter().all(|device| device.id != **id || differs(device, watched))
            })
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            if let Some(old) = watched.remove(&id) {
                stop(old).await;
            }
            core.conditions.forget(id);
        }
        for device in devices {
            if !watched.contains_key(&device.id)
                && let Some(started) = start(core, device).await
            {
                watched.insert(started.record.id, started);
            }
        }
        Ok(())
    }

    /// Starts a device's driver anew, after something that the database does not show: a new
    /// password.
    pub async fn restart(&self, id: DeviceId) {
        if let Some(old) = self.watched.lock().await.remove(&id) {
            stop(old).await;
        }
    }

    /// Starts every driver anew: after a sleep, connections are dead without knowing it.
    ///
    /// # Errors
    /// When the devices cannot be read.
    pub async fn wake(&self, core: &Arc<Core>) -> Result<(), WriteError> {
        stop_all(&mut *self.watched.lock().await).await;
        self.follow(core).await
    }

    /// Ends all drivers.
    pub async fn end(&self) {
        self.active.store(false, Ordering::Release);
        stop_all(&mut *self.watched.lock().await).await;
    }
}

/// A hold that comes or goes is the driver's own doing, unless a person lifted it.
fn differs(device: &DeviceRecord, watched: &Watched) -> bool {
    let before = &watched.record;
    let lifted = device.hold.is_none() && watched.task.is_finished();
    device.url != before.url || device.user != before.user || lifted
}

async fn stop(mut watched: Watched) {
    let _ = watched.stop.send(true);
    if tokio::time::timeout(ENDING, &mut watched.task).await.is_err() {
        watched.task.abort();
    }
}

/// All of them at once, within the time that one is given.
async fn stop_all(watched: &mut HashMap<DeviceId, Watched>) {
    for one in watched.values() {
        let _ = one.stop.send(true);
    }
    let deadline = tokio::time::Instant::now() + ENDING;
    for (_, mut one) in watched.drain() {
        if tokio::time::timeout_at(deadline, &mut one.task).await.is_err() {
            one.task.abort();
        }
    }
}

async fn start(core: &Arc<Core>, device: DeviceRecord) -> Option<Watched> {
    if let Some(hold) = device.hold.clone() {
        // A restart must not cost the device another refusal.
        core.conditions.set(device.id, DeviceCondition::of(DeviceState::Refused(hold)));
        return None;
    }
    let name = password_name(device.id);
    let password = match core.blocking(move |core| core.secrets.get(&name)).await {
        Ok(Ok(Some(password))) => password,
        Ok(Ok(None)) => {
            let reason = Cause::NoPassword.into();
            core.conditions.set(device.id, DeviceCondition::of(DeviceState::Faulty { reason }));
            return None;
        }
        Ok(Err(why)) => {
            let reason = Reason::new(Cause::SecretsUnavailable, why.to_string());
            core.conditions.set(device.id, DeviceCondition::of(DeviceState::Faulty { reason }));
            return None;
        }
        Err(_) => return None,
    };
    let (send, receive) = watch::channel(false);
    let inbox = Inbox::new(core.store.clone(), core.pictures.clone(), Arc::clone(&core.conditions));
    let address = DeviceAddress { id: device.id, url: device.url.clone(), user: device.user.clone() };
    let driver =
        driver::watch(address, password.reveal().to_owned(), Arc::new(inbox), Settings::default(), receive);
    Some(Watched { record: device, stop: send, task: tokio::spawn(driver) })
}
