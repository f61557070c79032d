//! Passages and their pictures.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use vakhta_app::tx::{NewPassage, PassageTx, TxResult};
use vakhta_domain::event_code::{Effect, EventCode};
use vakhta_domain::ids::{CardNo, DeviceId, Epoch, EventSerial, PersonNo, VisitId};
use vakhta_domain::operation::kind;
use vakhta_domain::passage::{LogEntry, NOT_PASSED_WITHIN, Passage, PassageKey};

use crate::columns::{Sql, from_word, micros, signed, time, unsigned, uuid, word};
use crate::journal::Draft;
use crate::tx::WriteTx;

pub(crate) const PASSAGE_COLUMNS: &str = "passage.device, passage.epoch, passage.entry, passage.serial, \
     passage.major, passage.minor, passage.verdict, passage.direction, passage.at, passage.live, \
     passage.reader_no, passage.door_no, passage.person_no, passage.card_no";

impl PassageTx for WriteTx<'_> {
    fn knows_passage(&mut self, key: &PassageKey) -> TxResult<bool> {
        self.sql(|connection| Ok(row_of(connection, key)?.is_some()))
    }

    fn add_passage(&mut self, new: &NewPassage<'_>) -> TxResult<()> {
        let passage = new.passage;
        let certainty = word(&new.certainty);
        let direction = word(&passage.direction);
        self.sql(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO passage (device, epoch, entry, serial, major, minor, verdict, direction,
                                          at, certainty, live, received, device_time, reader_no, door_no,
                                          person_no, card_no, visit, takes_back)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
                )?
                .execute(params![
                    passage.key.device.0.as_bytes(),
                    passage.key.epoch.0,
                    passage.key.entry.to_string(),
                    passage.key.entry.serial().map(|serial| signed(serial.0)),
                    passage.code.major,
                    passage.code.minor,
                    passage.verdict.as_str(),
                    direction,
                    micros(passage.at),
                    certainty,
                    passage.live,
                    micros(new.received),
                    new.device_time,
                    passage.reader_no,
                    passage.door_no,
                    passage.person_no.as_ref().map(PersonNo::as_str),
                    passage.card_no.as_ref().map(CardNo::as_str),
                    new.visit.map(|id| id.0.as_bytes().to_vec()),
                    passage.code.effect() == Effect::NotPassed,
                ])
        })?;
        let draft = Draft::new(kind::PASSAGE_RECORDED, entity(&passage.key), passage.key.device)
            .field("major", passage.code.major)
            .field("minor", passage.code.minor)
            .field("verdict", passage.verdict.as_str())
            .field("direction", direction)
            .field("at", passage.at.to_string())
            .field("certainty", certainty)
            .field("live", passage.live)
            .field("received", new.received.to_string())
            .field("device_time", new.device_time)
            .field("reader_no", passage.reader_no)
            .field("door_no", passage.door_no)
            .field("visit", new.visit.map(|id| id.to_string()))
            .personal("person_no", passage.person_no.as_ref().map(PersonNo::as_str))
            .personal("card_no", passage.card_no.as_ref().map(CardNo::as_str));
        self.journal(new.visitor, draft)
    }

    fn grants_near(
        &mut self,
        device: DeviceId,
        epoch: Epoch,
        at: Timestamp,
    ) -> TxResult<Vec<(Passage, Option<VisitId>)>> {
        self.near(device, epoch, at, "verdict = 'granted'")
    }

    fn taken_back_near(&mut self, device: DeviceId, epoch: Epoch, at: Timestamp) -> TxResult<Vec<Passage>> {
        let near = self.near(device, epoch, at, "takes_back = 1")?;
        Ok(near.into_iter().map(|(passage, _)| passage).collect())
    }

    fn add_picture(&mut self, key: &PassageKey, name: &str) -> TxResult<bool> {
        let changed = self.sql(|connection| {
            connection
                .prepare_cached(
                    "UPDATE passage SET picture = ?4
                     WHERE device = ?1 AND epoch = ?2 AND entry = ?3 AND picture IS NULL",
                )?
                .execute(params![key.device.0.as_bytes(), key.epoch.0, key.entry.to_string(), name])
        })?;
        if changed > 0 {
            let draft = Draft::new(kind::PASSAGE_PICTURED, entity(key), key.device).field("picture", name);
            self.journal(None, draft)?;
        }
        Ok(changed > 0)
    }
}

impl WriteTx<'_> {
    /// Each condition has an index of its own.
    fn near(
        &self,
        device: DeviceId,
        epoch: Epoch,
        at: Timestamp,
        condition: &str,
    ) -> TxResult<Vec<(Passage, Option<VisitId>)>> {
        let query = format!(
            "SELECT {PASSAGE_COLUMNS}, passage.visit FROM passage
             WHERE {condition} AND device = ?1 AND epoch = ?2 AND at BETWEEN ?3 AND ?4"
        );
        let span = i64::try_from(NOT_PASSED_WITHIN.as_micros()).unwrap_or(i64::MAX);
        self.sql(|connection| {
            let mut statement = connection.prepare_cached(&query)?;
            let rows = statement.query_map(
                params![device.0.as_bytes(), epoch.0, micros(at) - span, micros(at) + span],
                |row| Ok((passage(row)?, visit_of(row.get(14)?)?)),
            )?;
            rows.collect()
        })
    }
}

/// How the journal names a passage.
pub(crate) fn entity(key: &PassageKey) -> String {
    format!("{}/{}/{}", key.device, key.epoch, key.entry)
}

pub(crate) fn row_of(connection: &Connection, key: &PassageKey) -> Sql<Option<i64>> {
    connection
        .prepare_cached("SELECT row FROM passage WHERE device = ?1 AND epoch = ?2 AND entry = ?3")?
        .query_row(params![key.device.0.as_bytes(), key.epoch.0, key.entry.to_string()], |row| row.get(0))
        .optional()
}

pub(crate) fn visit_of(bytes: Option<Vec<u8>>) -> Sql<Option<VisitId>> {
    bytes.map(|bytes| uuid(bytes).map(VisitId)).transpose()
}

/// Reads [`PASSAGE_COLUMNS`].
pub(crate) fn passage(row: &Row<'_>) -> Sql<Passage> {
    let serial: Option<i64> = row.get(3)?;
    let entry = match serial {
        Some(serial) => LogEntry::Serial(EventSerial(unsigned(serial))),
        None => LogEntry::Digest(row.get::<_, String>(2)?.trim_start_matches('h').to_owned()),
    };
    let (person, card): (Option<String>, Option<String>) = (row.get(12)?, row.get(13)?);
    Ok(Passage {
        key: PassageKey { device: DeviceId(uuid(row.get(0)?)?), epoch: Epoch(row.get(1)?), entry },
        code: EventCode { major: row.get(4)?, minor: row.get(5)? },
        verdict: from_word(&row.get::<_, String>(6)?)?,
        direction: from_word(&row.get::<_, String>(7)?)?,
        at: time(row.get(8)?)?,
        live: row.get(9)?,
        reader_no: row.get(10)?,
        door_no: row.get(11)?,
        person_no: person.and_then(|text| PersonNo::new(&text).ok()),
        card_no: card.and_then(|text| CardNo::new(&text).ok()),
    })
}
