//! A store without a process around it, and passages to fill it with.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use vakhta_app::device::{Batch, ReceivedEvent};
use vakhta_app::request::VisitDraft;
use vakhta_app::tx::DeviceRecord;
use vakhta_app::{devices, passages, visits};
use vakhta_domain::device_event::DeviceEvent;
use vakhta_domain::device_time::{DeviceClock, DeviceTime, Reading};
use vakhta_domain::event_code::EventCode;
use vakhta_domain::ids::{DeviceId, Epoch, EventSerial, HardwareSerial, PersonNo};
use vakhta_domain::passage::ReaderDirection;
use vakhta_domain::visit::Profile;
use vakhta_secrets::SiteSealer;
use vakhta_store::Store;

use crate::place::Place;

/// Visits that passages may belong to.
pub(super) const VISITS: u64 = 10_000;

/// Opens the store of a place.
pub(super) fn open(place: &Place) -> anyhow::Result<Store> {
    let secrets = vakhta_secrets::open(place.data(), &place.secrets())?;
    let sealer = SiteSealer::open(secrets.as_ref())?;
    Ok(Store::open(place.data(), Arc::new(sealer))?)
}

/// Plans the visits, all in one transaction.
pub(super) async fn plan_visits(store: &Store) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let plan = move |tx: &mut vakhta_store::WriteTx<'_>| {
        for person in 1..=VISITS {
            let draft = VisitDraft {
                visitor: format!("Visitor {person}"),
                host: "Host".into(),
                purpose: None,
                person_no: Some(person.to_string()),
                card_no: None,
                document: None,
                iin: None,
                phone: None,
                from: Some(now - SignedDuration::from_hours(1)),
                until: Some(now + SignedDuration::from_hours(12)),
                profile: Profile::Multiple,
            };
            visits::add(tx, &draft, now, "bench")?;
        }
        Ok(())
    };
    Ok(store.write(now, plan).await?)
}

/// A device whose log is read from the beginning.
#[derive(Clone, Copy)]
pub(super) struct Door {
    id: DeviceId,
    serial: u64,
}

impl Door {
    pub(super) async fn add(store: &Store, direction: ReaderDirection) -> anyhow::Result<Self> {
        let id = DeviceId(Uuid::now_v7());
        let record = DeviceRecord {
            id,
            name: format!("Door {id}"),
            url: format!("http://{id}.test"),
            user: "admin".into(),
            direction,
            hold: None,
        };
        let add = move |tx: &mut vakhta_store::WriteTx<'_>| {
            devices::add(tx, record, "bench")?;
            devices::open_log(tx, id, &HardwareSerial(format!("HW-{id}")))
        };
        store.write(Timestamp::now(), add).await?;
        Ok(Self { id, serial: 0 })
    }

    /// The next events of its log; every other one is about somebody who is expected.
    pub(super) fn batch(&mut self, size: usize) -> Batch {
        let now = Timestamp::now();
        let mut events = Vec::with_capacity(size);
        for _ in 0..size {
            self.serial += 1;
            let expected = self.serial.is_multiple_of(2);
            let person = if expected { (self.serial / 2) % VISITS + 1 } else { 1_000_000 + self.serial };
            events.push(event(self.serial, person, now));
        }
        let clock = DeviceClock { drift: Some(SignedDuration::ZERO), offset: None };
        Batch { device: self.id, epoch: Epoch(1), clock, events, settled: None }
    }
}

fn event(serial: u64, person: u64, now: Timestamp) -> ReceivedEvent {
    let time = DeviceTime { text: now.to_string(), reading: Some(Reading::Instant(now)) };
    let event = DeviceEvent {
        code: EventCode { major: 5, minor: 75 },
        serial: Some(EventSerial(serial)),
        front_serial: None,
        time: Some(time),
        person_no: PersonNo::new(&person.to_string()).ok(),
        card_no: None,
        reader_no: Some(1),
        door_no: Some(1),
        attendance: None,
        current: Some(true),
        undecided: false,
        picture_url: None,
    };
    ReceivedEvent { event, received: now, announced_current: Some(true) }
}

/// Writes batches of one device, one after the other, as a driver does.
pub(super) async fn record(store: &Store, door: &mut Door, size: usize, count: usize) -> anyhow::Result<()> {
    for _ in 0..count {
        let batch = door.batch(size);
        store.write(Timestamp::now(), move |tx| passages::record(tx, &batch)).await?;
    }
    Ok(())
}
