//! Where the drivers put what they read: the port of the device drivers over the store.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::watch;
use vakhta_app::device::{
    AuthHold, Batch, DeviceCondition, DeviceInbox, EpochReason, EventPicture, InboxError, LogPosition,
};
use vakhta_app::tx::{DeviceTx, PassageTx};
use vakhta_app::{devices, passages};
use vakhta_domain::ids::{DeviceId, HardwareSerial};
use vakhta_domain::passage::PassageKey;
use vakhta_store::{Store, WriteError};

use crate::pictures::{PictureError, Pictures};

/// A device that says nothing new but that it lives is told of at most this often.
const SIGNS_OF_LIFE: Duration = Duration::from_secs(1);

/// How devices are, as their drivers last told. Not durable: after a restart nobody knows.
#[derive(Debug, Default)]
pub struct Conditions {
    known: Mutex<Known>,
    /// Counts changes.
    version: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Known {
    conditions: HashMap<DeviceId, DeviceCondition>,
    told: Option<Instant>,
}

impl Conditions {
    /// Of one device.
    #[must_use]
    pub fn get(&self, id: DeviceId) -> Option<DeviceCondition> {
        self.known().conditions.get(&id).cloned()
    }

    /// Notes a device's condition.
    pub fn set(&self, id: DeviceId, condition: DeviceCondition) {
        let mut known = self.known();
        let state = condition.state.clone();
        let before = known.conditions.insert(id, condition);
        let same = before.is_some_and(|before| before.state == state);
        if same && known.told.is_some_and(|told| told.elapsed() < SIGNS_OF_LIFE) {
            return;
        }
        self.tell(known);
    }

    /// Nobody watches it any more.
    pub fn forget(&self, id: DeviceId) {
        let mut known = self.known();
        known.conditions.remove(&id);
        self.tell(known);
    }

    /// A number that grows when something is to be shown anew.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    fn tell(&self, mut known: MutexGuard<'_, Known>) {
        known.told = Some(Instant::now());
        drop(known);
        self.version.send_modify(|version| *version += 1);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The inbox of all devices.
pub struct Inbox {
    store: Store,
    pictures: Pictures,
    conditions: std::sync::Arc<Conditions>,
}

impl Inbox {
    /// Over a store.
    #[must_use]
    pub fn new(store: Store, pictures: Pictures, conditions: std::sync::Arc<Conditions>) -> Self {
        Self { store, pictures, conditions }
    }
}

fn not_written(why: WriteError) -> InboxError {
    InboxError(why.to_string())
}

impl DeviceInbox for Inbox {
    async fn open_log(&self, device: DeviceId, hardware: &HardwareSerial) -> Result<LogPosition, InboxError> {
        let hardware = hardware.clone();
        let open = move |tx: &mut vakhta_store::WriteTx<'_>| devices::open_log(tx, device, &hardware);
        self.store.write(self.now(), open).await.map_err(not_written)
    }

    async fn next_epoch(
        &self,
        device: DeviceId,
        hardware: &HardwareSerial,
        reason: EpochReason,
    ) -> Result<LogPosition, InboxError> {
        let hardware = hardware.clone();
        let next =
            move |tx: &mut vakhta_store::WriteTx<'_>| devices::next_epoch(tx, device, &hardware, reason);
        self.store.write(self.now(), next).await.map_err(not_written)
    }

    async fn record(&self, batch: Batch) -> Result<usize, InboxError> {
        self.store.write(self.now(), move |tx| passages::record(tx, &batch)).await.map_err(not_written)
    }

    async fn keep_picture(&self, picture: EventPicture) -> Result<(), InboxError> {
        let EventPicture { device, epoch, entry, jpeg } = picture;
        let key = PassageKey { device, epoch, entry };
        let (pictures, store, of) = (self.pictures.clone(), self.store.clone(), key.clone());
        let kept = tokio::task::spawn_blocking(move || {
            let whose = store.key_of_passage(&of).map_err(not_written)?;
            let whose = whose.as_ref().map(|(visitor, key)| (*visitor, key));
            match pictures.keep(&jpeg, whose) {
                Ok(name) => Ok(Some(name)),
                Err(why @ PictureError::TooLarge(..)) => {
                    // The passage counts without it.
                    tracing::warn!(%device, %why, "a picture was left out");
                    Ok(None)
                }
                Err(why) => Err(InboxError(why.to_string())),
            }
        });
        let Some(name) = kept.await.map_err(|why| InboxError(why.to_string()))?? else { return Ok(()) };
        let note = move |tx: &mut vakhta_store::WriteTx<'_>| tx.add_picture(&key, &name);
        self.store.write(self.now(), note).await.map(|_| ()).map_err(not_written)
    }

    async fn hold(&self, device: DeviceId, hold: Option<AuthHold>) -> Result<(), InboxError> {
        let note = move |tx: &mut vakhta_store::WriteTx<'_>| tx.set_hold(device, hold.as_ref());
        self.store.write(self.now(), note).await.map_err(not_written)
    }

    fn report(&self, device: DeviceId, condition: DeviceCondition) {
        self.conditions.set(device, condition);
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
