//! The store with real SQLite and a real sealer.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use vakhta_app::device::{Anchor, Batch, ReceivedEvent};
use vakhta_app::refusal::{ErrorCode, Refusal};
use vakhta_app::request::{PageRequest, VisitDraft};
use vakhta_app::tx::{DeviceRecord, DeviceTx, TxError};
use vakhta_app::visits::DeskAction;
use vakhta_app::{days, devices, exits, passages, visits};
use vakhta_domain::device_event::DeviceEvent;
use vakhta_domain::device_time::{DeviceClock, DeviceTime, Reading};
use vakhta_domain::event_code::EventCode;
use vakhta_domain::ids::{DeviceId, Epoch, EventSerial, HardwareSerial, PersonNo, VisitId};
use vakhta_domain::passage::ReaderDirection;
use vakhta_domain::visit::Profile;
use vakhta_secrets::{OpenOptions, Place, SiteSealer};

use crate::{Store, WriteError};

const ALL: PageRequest = PageRequest { after: 0, limit: 5_000 };

fn start() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

fn at(minutes: i64) -> Timestamp {
    start() + SignedDuration::from_mins(minutes)
}

struct Desk {
    store: Store,
    entry: DeviceId,
    exit: DeviceId,
    folder: tempfile::TempDir,
}

fn open(folder: &std::path::Path) -> Store {
    let options = OpenOptions {
        place: Some(Place::Sealed),
        passphrase: Some(vakhta_app::secret::SecretText::new("for these tests".into())),
        ..OpenOptions::default()
    };
    let secrets = vakhta_secrets::open(folder, &options).unwrap();
    Store::open(folder, Arc::new(SiteSealer::open(secrets.as_ref()).unwrap())).unwrap()
}

async fn desk() -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut ids = Vec::new();
    for (name, direction) in [("Entry", ReaderDirection::In), ("Exit", ReaderDirection::Out)] {
        let id = DeviceId(Uuid::now_v7());
        ids.push(id);
        let record = DeviceRecord {
            id,
            name: name.into(),
            url: format!("http://{name}.test"),
            user: "admin".into(),
            direction,
            hold: None,
        };
        store
            .write(at(-100), move |tx| {
                devices::add(tx, record, "desk")?;
                devices::open_log(tx, id, &HardwareSerial(format!("HW-{id}")))
            })
            .await
            .unwrap();
    }
    Desk { store, entry: ids[0], exit: ids[1], folder }
}

impl Desk {
    async fn visit(&self, person: &str, profile: Profile) -> VisitId {
        let draft = VisitDraft {
            visitor: "Қуанышбекова Айгерім".into(),
            host: "Лебедев А.".into(),
            purpose: None,
            person_no: Some(person.into()),
            card_no: None,
            document: None,
            iin: None,
            phone: None,
            from: Some(at(0)),
            until: Some(at(480)),
            profile,
        };
        self.store.write(at(-60), move |tx| visits::add(tx, &draft, at(-60), "desk")).await.unwrap()
    }

    /// Of another visitor, from and until these minutes.
    async fn plan(
        &self,
        person: Option<&str>,
        card: Option<&str>,
        from: i64,
        until: i64,
    ) -> Result<VisitId, Refusal> {
        let draft = VisitDraft {
            visitor: "Ли Ян".into(),
            host: "Ким Д.".into(),
            purpose: None,
            person_no: person.map(Into::into),
            card_no: card.map(Into::into),
            document: None,
            iin: None,
            phone: None,
            from: Some(at(from)),
            until: Some(at(until)),
            profile: Profile::Single,
        };
        let planned = self.store.write(at(-50), move |tx| visits::add(tx, &draft, at(-50), "desk")).await;
        planned.map_err(|error| match error {
            WriteError::Refused(refusal) => refusal,
            other => panic!("{other:?}"),
        })
    }

    async fn tell(&self, device: DeviceId, serial: u64, minor: u32, person: &str, minutes: i64) -> usize {
        self.batch(device, vec![event(serial, minor, person, minutes)]).await
    }

    async fn batch(&self, device: DeviceId, events: Vec<ReceivedEvent>) -> usize {
        let now = events.last().map_or(start(), |event| event.received);
        let clock = DeviceClock { drift: Some(SignedDuration::ZERO), offset: None };
        let batch = Batch { device, epoch: Epoch(1), clock, events, settled: None };
        self.store.write(now, move |tx| passages::record(tx, &batch)).await.unwrap()
    }

    fn status(&self, id: VisitId, minutes: i64) -> String {
        self.store.visit(id, at(minutes)).unwrap().unwrap().status
    }

    fn incidents(&self) -> Vec<(String, String)> {
        let incidents = self.store.incidents(ALL).unwrap();
        incidents.into_iter().map(|incident| (incident.kind, incident.status)).collect()
    }
}

fn event(serial: u64, minor: u32, person: &str, minutes: i64) -> ReceivedEvent {
    let event = DeviceEvent {
        code: EventCode { major: 5, minor },
        serial: Some(EventSerial(serial)),
        front_serial: None,
        time: Some(DeviceTime {
            text: at(minutes).to_string(),
            reading: Some(Reading::Instant(at(minutes))),
        }),
        person_no: PersonNo::new(person).ok(),
        card_no: None,
        reader_no: Some(1),
        door_no: Some(1),
        attendance: None,
        current: Some(true),
        undecided: false,
        picture_url: None,
    };
    ReceivedEvent { event, received: at(minutes), announced_current: None }
}

const GRANT: u32 = 75;
const NOT_PASSED: u32 = 137;

#[tokio::test]
async fn through_the_entry_and_out_of_the_exit() {
    let desk = desk().await;
    let visit = desk.visit("1001", Profile::Single).await;
    assert_eq!(desk.status(visit, 1), "expected");
    assert_eq!(desk.tell(desk.entry, 1, GRANT, "1001", 5).await, 1);
    assert_eq!(desk.status(visit, 6), "checked_in");
    assert_eq!(desk.tell(desk.exit, 1, GRANT, "1001", 30).await, 1);
    assert_eq!(desk.status(visit, 31), "checked_out");
    let view = desk.store.visit(visit, at(31)).unwrap().unwrap();
    assert_eq!((view.entered, view.left), (Some(at(5)), Some(at(30))));
    assert_eq!(view.left_by.as_deref(), Some("door"));
    assert_eq!(desk.incidents(), []);
}

#[tokio::test]
async fn a_number_or_card_that_another_visit_has_at_that_time_is_refused() {
    let desk = desk().await;
    let first = desk.visit("1001", Profile::Single).await;
    let taken = |planned: Result<VisitId, Refusal>| {
        let refusal = planned.unwrap_err();
        (refusal.code, refusal.field.unwrap(), refusal.by.unwrap())
    };
    let by_first = (ErrorCode::Taken, "person_no".to_owned(), "Қуанышбекова Айгерім".to_owned());
    assert_eq!(taken(desk.plan(Some("1001"), None, 470, 600).await), by_first);
    let before = desk.store.visits(ALL, at(-50)).unwrap().len();
    assert_eq!(before, 1, "nothing of it was written");
    // After it, by another number, or by nothing that a door could know: as before.
    desk.plan(Some("1001"), None, 480, 600).await.unwrap();
    desk.plan(Some("1002"), Some("00A7"), 0, 60).await.unwrap();
    desk.plan(None, None, 0, 60).await.unwrap();
    let by_second = (ErrorCode::Taken, "card_no".to_owned(), "Ли Ян".to_owned());
    assert_eq!(taken(desk.plan(Some("1003"), Some("a7"), 30, 90).await), by_second, "one card, spelt twice");
    // A visit that was called off needs its number no more.
    let cancel =
        move |tx: &mut crate::WriteTx<'_>| visits::act(tx, first, DeskAction::Cancel, at(-50), "desk");
    desk.store.write(at(-50), cancel).await.unwrap();
    desk.plan(Some("1001"), None, 0, 400).await.unwrap();
}

#[tokio::test]
async fn an_event_told_twice_is_written_once() {
    let desk = desk().await;
    desk.visit("1001", Profile::Multiple).await;
    assert_eq!(desk.tell(desk.entry, 7, GRANT, "1001", 5).await, 1);
    let before = desk.store.verify_journal(None).unwrap().operations;
    assert_eq!(desk.tell(desk.entry, 7, GRANT, "1001", 5).await, 0);
    let twice = vec![event(8, GRANT, "1001", 6), event(8, GRANT, "1001", 6)];
    assert_eq!(desk.batch(desk.entry, twice).await, 1);
    assert_eq!(desk.store.passages(ALL).unwrap().len(), 2);
    assert!(desk.store.verify_journal(None).unwrap().operations > before);
}

#[tokio::test]
async fn an_exit_waits_for_the_entry_of_a_device_that_lags() {
    let desk = desk().await;
    let visit = desk.visit("1001", Profile::Single).await;
    desk.tell(desk.exit, 1, GRANT, "1001", 30).await;
    let settle = async |read: Option<i64>, now: Timestamp| {
        let read = read.map(at);
        desk.store.write(now, move |tx| exits::settle(tx, read, now)).await.unwrap()
    };
    assert_eq!(settle(None, at(30) + SignedDuration::from_secs(59)).await, 1);
    assert_eq!(desk.incidents(), []);
    assert_eq!(settle(None, at(31)).await, 0, "a minute is over");
    assert_eq!(desk.incidents(), [("exit_without_entry".into(), "new".into())]);

    desk.tell(desk.entry, 1, GRANT, "1001", 20).await;
    assert_eq!(desk.incidents(), [("exit_without_entry".into(), "false_alarm".into())], "visibly withdrawn");
    let incident = &desk.store.incidents(ALL).unwrap()[0];
    assert_eq!(incident.withdrawn.as_deref(), Some("entry_read_later"));
    assert_eq!(desk.status(visit, 40), "checked_out");
}

#[tokio::test]
async fn an_entry_that_comes_in_time_raises_nothing() {
    let desk = desk().await;
    desk.visit("1001", Profile::Single).await;
    desk.tell(desk.exit, 1, GRANT, "1001", 30).await;
    desk.tell(desk.entry, 1, GRANT, "1001", 20).await;
    let settled = desk.store.write(at(60), move |tx| exits::settle(tx, None, at(60))).await.unwrap();
    assert_eq!((settled, desk.incidents()), (0, vec![]));
}

#[tokio::test]
async fn a_grant_without_a_passage_is_taken_back_in_either_order() {
    for order in [[0, 1], [1, 0]] {
        let desk = desk().await;
        let visit = desk.visit("1001", Profile::Single).await;
        let told = [event(1, GRANT, "1001", 5), event(2, NOT_PASSED, "", 5)];
        for place in order {
            desk.batch(desk.entry, vec![told[place].clone()]).await;
        }
        assert_eq!(desk.status(visit, 6), "expected", "{order:?}");
        // The next person's grant stands.
        desk.tell(desk.entry, 3, GRANT, "1001", 7).await;
        assert_eq!(desk.status(visit, 8), "checked_in", "{order:?}");
    }
}

#[tokio::test]
async fn an_entry_on_a_cancelled_visit_wins_and_raises_an_incident() {
    let desk = desk().await;
    let visit = desk.visit("1001", Profile::Single).await;
    let cancel = move |tx: &mut crate::WriteTx<'_>| visits::act(tx, visit, DeskAction::Cancel, at(1), "desk");
    desk.store.write(at(1), cancel).await.unwrap();
    assert_eq!(desk.status(visit, 2), "cancelled");
    desk.tell(desk.entry, 1, GRANT, "1001", 5).await;
    assert_eq!(desk.status(visit, 6), "checked_in");
    assert_eq!(desk.incidents(), [("entry_on_cancelled".into(), "new".into())]);
}

#[tokio::test]
async fn the_same_cause_is_one_incident_and_a_later_one_links_to_it() {
    let desk = desk().await;
    desk.visit("1001", Profile::Multiple).await;
    for (serial, minutes) in [(1, 490), (2, 500), (3, 600)] {
        desk.tell(desk.entry, serial, 8, "1001", minutes).await;
    }
    let incidents = desk.store.incidents(ALL).unwrap();
    let counts: Vec<u32> = incidents.iter().map(|incident| incident.count).collect();
    assert_eq!(counts, [2, 1], "half an hour later it is a new one");
    assert_eq!(incidents[1].previous, Some(incidents[0].id));
}

#[tokio::test]
async fn the_day_is_closed_for_who_has_no_pass_for_the_night() {
    let desk = desk().await;
    let visit = desk.visit("1001", Profile::Single).await;
    desk.tell(desk.entry, 1, GRANT, "1001", 5).await;
    let close = |minutes| desk.store.write(at(minutes), move |tx| days::close(tx, at(minutes)));
    assert_eq!(close(400).await.unwrap(), 0, "the pass reaches beyond the end of this day");
    assert_eq!(close(900).await.unwrap(), 1);
    assert_eq!(close(900).await.unwrap(), 0);
    let view = desk.store.visit(visit, at(901)).unwrap().unwrap();
    assert_eq!((view.status.as_str(), view.left_by.as_deref()), ("checked_out", Some("automatic")));
    desk.tell(desk.exit, 1, GRANT, "1001", 470).await;
    let view = desk.store.visit(visit, at(901)).unwrap().unwrap();
    assert_eq!((view.left, view.left_by.as_deref()), (Some(at(470)), Some("door")));
}

#[tokio::test]
async fn a_refused_job_takes_nothing_with_it() {
    let desk = desk().await;
    let refused = desk
        .store
        .write(at(0), |tx| -> Result<(), TxError> {
            use vakhta_app::tx::VisitTx;
            tx.add_visitor("nobody", "desk")?;
            Err(vakhta_app::refusal::Refusal::invalid(
                "test",
                vakhta_app::refusal::Problem::Malformed,
                "refused",
            )
            .into())
        })
        .await;
    assert!(matches!(refused, Err(WriteError::Refused(_))));
    desk.visit("1", Profile::Single).await;
    let report = desk.store.verify_journal(None).unwrap();
    assert!(report.whole, "{report:?}");
}

#[tokio::test]
async fn the_journal_refuses_to_be_changed_and_shows_who_changed_it_by_force() {
    let desk = desk().await;
    desk.visit("1001", Profile::Single).await;
    desk.store.close().await;
    let file = rusqlite::Connection::open(desk.folder.path().join("vakhta.sqlite3")).unwrap();
    assert!(file.execute("UPDATE op SET author = 'x' WHERE seq = 2", []).is_err());
    assert!(file.execute("DELETE FROM op WHERE seq = 2", []).is_err());
    assert!(file.execute("UPDATE op SET payload = x'00' WHERE seq = 2", []).is_err());
    file.execute("UPDATE op SET payload = NULL WHERE seq = 2", []).unwrap();
    let verify = || open(desk.folder.path()).verify_journal(None).unwrap();
    assert!(verify().whole, "a compacted payload leaves its hash");
    file.execute_batch("DROP TRIGGER op_is_never_changed; UPDATE op SET author = 'x' WHERE seq = 3;")
        .unwrap();
    let report = verify();
    assert!(report.broken.unwrap().contains("operation 3 was changed"));
}

#[tokio::test]
async fn what_this_program_never_wrote_is_told_as_the_broken_place() {
    let desk = desk().await;
    desk.visit("1001", Profile::Single).await;
    let file = rusqlite::Connection::open(desk.folder.path().join("vakhta.sqlite3")).unwrap();
    let prepare =
        "DROP TRIGGER op_is_never_changed; CREATE TEMP TABLE kept AS SELECT * FROM op WHERE seq = 2";
    file.execute_batch(prepare).unwrap();
    for (change, column) in [
        ("hlc = -1", "hlc"),
        ("oseq = -1", "oseq"),
        ("schema = 65536", "schema"),
        ("desk = x'00'", "desk"),
        ("author = CAST(x'ff' AS TEXT)", "author"),
        ("hash = x''", "hash"),
    ] {
        file.execute(&format!("UPDATE op SET {change} WHERE seq = 2"), []).unwrap();
        let broken = desk.store.verify_journal(None).unwrap().broken.unwrap();
        assert!(broken.contains("entry 2") && broken.contains(column), "{change}: {broken}");
        let restore = "UPDATE op SET (desk, oseq, hlc, schema, author, hash)
                       = (SELECT desk, oseq, hlc, schema, author, hash FROM kept) WHERE seq = 2";
        file.execute(restore, []).unwrap();
    }
    assert!(desk.store.verify_journal(None).unwrap().whole);
}

#[tokio::test]
async fn no_name_stands_in_the_journal_in_plain_text() {
    let desk = desk().await;
    desk.visit("8899001", Profile::Single).await;
    desk.tell(desk.entry, 1, GRANT, "8899001", 5).await;
    desk.store.close().await;
    let file = rusqlite::Connection::open(desk.folder.path().join("vakhta.sqlite3")).unwrap();
    let mut query = file.prepare("SELECT kind, payload FROM op").unwrap();
    let payloads: Vec<(String, Vec<u8>)> =
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    assert!(payloads.iter().any(|(kind, _)| kind == "visitor.added"));
    for (kind, payload) in payloads {
        let text = String::from_utf8(payload).unwrap();
        for secret in ["Қуанышбекова", "Лебедев", "8899001"] {
            assert!(!text.contains(secret), "{kind}: {text}");
        }
    }
}

#[tokio::test]
async fn an_anchor_and_an_epoch_are_kept_across_a_restart() {
    let desk = desk().await;
    let id = desk.entry;
    let anchor = Anchor {
        serial: EventSerial(41),
        code: EventCode { major: 5, minor: 75 },
        time_text: Some("2026-11-23T09:00:00+05:00".into()),
    };
    let settled = Batch {
        device: id,
        epoch: Epoch(1),
        clock: DeviceClock::default(),
        events: vec![],
        settled: Some(anchor.clone()),
    };
    desk.store.write(at(0), move |tx| passages::record(tx, &settled)).await.unwrap();
    desk.store.close().await;
    let store = open(desk.folder.path());
    let hardware = HardwareSerial(format!("HW-{id}"));
    let position = store.write(at(1), move |tx| devices::open_log(tx, id, &hardware)).await.unwrap();
    assert_eq!((position.epoch, position.anchor), (Epoch(1), Some(anchor)));
    // Other hardware begins an epoch of its own; the first one's goes on when it returns.
    let swapped = |name: &'static str| {
        let store = store.clone();
        async move {
            let hardware = HardwareSerial(name.into());
            store.write(at(2), move |tx| devices::open_log(tx, id, &hardware)).await.unwrap().epoch
        }
    };
    assert_eq!(swapped("HW-new").await, Epoch(2));
    assert_eq!(swapped("HW-new").await, Epoch(2));
}

#[tokio::test]
async fn a_removed_device_that_returns_is_read_on_and_not_again() {
    let desk = desk().await;
    let (old, new) = (desk.entry, DeviceId(Uuid::now_v7()));
    let hardware = HardwareSerial(format!("HW-{old}"));
    let anchor = Anchor { serial: EventSerial(7), code: EventCode { major: 5, minor: 75 }, time_text: None };
    let known = anchor.clone();
    let position = desk
        .store
        .write(at(1), move |tx| {
            tx.set_anchor(old, Epoch(1), &known)?;
            tx.remove_device(old, "desk")?;
            let record = DeviceRecord {
                id: new,
                name: "Entry".into(),
                url: "http://entry.test".into(),
                user: "admin".into(),
                direction: ReaderDirection::In,
                hold: None,
            };
            devices::add(tx, record, "desk")?;
            devices::open_log(tx, new, &hardware)
        })
        .await
        .unwrap();
    assert_eq!(position.anchor, Some(anchor));
}

#[tokio::test]
async fn a_durable_reader_never_goes_back() {
    let desk = desk().await;
    desk.visit("1", Profile::Single).await;
    let page = desk.store.feed(0, 100, at(0), "UTC").unwrap();
    assert!(page.items.len() >= 3);
    let next = page.next;
    let advance = |seq| desk.store.write(at(0), move |tx| tx.advance_reader("test", seq));
    advance(next).await.unwrap();
    advance(1).await.unwrap();
    assert_eq!(desk.store.reader("test").unwrap(), Some(next));
    assert!(desk.store.feed(next, 100, at(0), "UTC").unwrap().items.is_empty());
}

#[tokio::test]
async fn the_devices_hold_is_kept() {
    let desk = desk().await;
    let id = desk.entry;
    let hold = vakhta_app::device::AuthHold { since: at(0), tries_left: Some(4), locked_for_s: None };
    let kept = hold.clone();
    desk.store.write(at(0), move |tx| tx.set_hold(id, Some(&kept))).await.unwrap();
    let devices = desk.store.devices().unwrap();
    assert_eq!(devices.iter().find(|device| device.id == id).unwrap().hold, Some(hold));
}

#[tokio::test]
async fn a_password_that_was_given_lets_in_for_a_week() {
    use vakhta_app::permission::Role;
    use vakhta_app::settings::SecuritySettings;
    use vakhta_app::users::people::{self, NewUser};
    use vakhta_app::users::sign_in::{self, Entry, Outcome, Proof};
    use vakhta_app::users::view::Place;
    use vakhta_domain::ids::{SessionId, UserId};

    let desk = desk().await;
    let id = UserId(Uuid::now_v7());
    let new = NewUser {
        id,
        login: "anna".into(),
        name: "Anna".into(),
        roles: vec![Role::Operator],
        password: "$argon2id$".into(),
        password_given: true,
    };
    desk.store.write(start(), move |tx| people::add(tx, new, start(), "owner/x")).await.unwrap();
    let sign_in = |day: i64, key: u8| {
        let now = start() + SignedDuration::from_hours(24 * day);
        desk.store.write(now, move |tx| {
            let next = [key; 32];
            let session = SessionId(Uuid::now_v7());
            let entry = Entry {
                seat: None,
                next: &next,
                place: Place::Browser,
                agent: None,
                user: id,
                proof: Proof::None,
                session,
            };
            sign_in::sign_in(tx, entry, "anna", &SecuritySettings::default(), now)
        })
    };
    assert_eq!(sign_in(6, 1).await.unwrap(), Outcome::Done);
    let Outcome::Refused(refusal) = sign_in(8, 2).await.unwrap() else { panic!("it is too old") };
    assert_eq!(refusal.code, ErrorCode::Expired);
    let again = start() + SignedDuration::from_hours(24 * 9);
    desk.store
        .write(again, move |tx| people::set_password(tx, id, "$argon2id$".into(), Some(again), "owner/x"))
        .await
        .unwrap();
    assert_eq!(sign_in(10, 3).await.unwrap(), Outcome::Done);
}
