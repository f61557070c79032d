//! Lists: keyset pages over rows, ready for the wire.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use vakhta_app::device::EpochReason;
use vakhta_app::request::PageRequest;
use vakhta_app::tx::DeviceRecord;
use vakhta_app::view::{IncidentView, PassageView, Stay, Turn, VisitView};
use vakhta_app::visits::actions;
use vakhta_domain::event_code::EventCode;
use vakhta_domain::ids::{CardNo, DeviceId, IncidentId, PersonNo, VisitId};
use vakhta_domain::incident::WithdrawnBecause;
use vakhta_domain::visit::{Fact, Facts, Plan, Status, just_after, status, turn};

use crate::columns::{Sql, from_word, time, unsigned, uuid};
use crate::opening::Store;
use crate::tx_devices::device;
use crate::tx_passages::visit_of;
use crate::tx_visits::{facts, plan};
use crate::writer::WriteError;

/// Rows in a page, at most.
pub(crate) const PAGE: u32 = 5_000;

/// A life of a device's log.
#[derive(Clone, Debug)]
pub struct LogRow {
    /// Which.
    pub epoch: u32,
    /// Settled up to here.
    pub serial: Option<u64>,
    /// The hardware that keeps it.
    pub hardware: String,
    /// Why it began.
    pub reason: EpochReason,
    /// When that was noticed.
    pub begun: Timestamp,
}

impl Store {
    /// Visits in the order in which they were planned.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn visits(&self, page: PageRequest, now: Timestamp) -> Result<Vec<VisitView>, WriteError> {
        self.read(|connection| visits(connection, page, now))
    }

    /// One visit.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn visit(&self, id: VisitId, now: Timestamp) -> Result<Option<VisitView>, WriteError> {
        self.read(|connection| visit_view(connection, id, now))
    }

    /// Passages in the order in which they were written down.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn passages(&self, page: PageRequest) -> Result<Vec<PassageView>, WriteError> {
        self.read(|connection| {
            let query = format!("{PASSAGE_VIEW} WHERE passage.row > ?1 ORDER BY passage.row LIMIT ?2");
            let mut statement = connection.prepare_cached(&query)?;
            let rows = statement.query_map(params![page.after, page.limit.min(PAGE)], passage_view)?;
            rows.collect()
        })
    }

    /// Incidents in the order in which they were raised.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn incidents(&self, page: PageRequest) -> Result<Vec<IncidentView>, WriteError> {
        self.read(|connection| {
            let query = format!("{INCIDENT_VIEW} WHERE incident.row > ?1 ORDER BY incident.row LIMIT ?2");
            let mut statement = connection.prepare_cached(&query)?;
            let rows = statement.query_map(params![page.after, page.limit.min(PAGE)], incident_view)?;
            rows.collect()
        })
    }

    /// Devices that were not removed, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn devices(&self) -> Result<Vec<DeviceRecord>, WriteError> {
        self.read(devices)
    }

    /// The lives of all devices' logs, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn device_logs(&self) -> Result<HashMap<DeviceId, Vec<LogRow>>, WriteError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT device, epoch, serial, hardware, reason, begun FROM device_log ORDER BY device, epoch",
            )?;
            let mut logs: HashMap<DeviceId, Vec<LogRow>> = HashMap::new();
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                logs.entry(DeviceId(uuid(row.get(0)?)?)).or_default().push(LogRow {
                    epoch: row.get(1)?,
                    serial: row.get::<_, Option<i64>>(2)?.map(unsigned),
                    hardware: row.get(3)?,
                    reason: from_word(&row.get::<_, String>(4)?)?,
                    begun: time(row.get(5)?)?,
                });
            }
            Ok(logs)
        })
    }

    /// Whether any exit waits for its entry.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn any_waiting_exit(&self) -> Result<bool, WriteError> {
        self.read(|connection| {
            let query = "SELECT EXISTS (SELECT 1 FROM waiting_exit)";
            connection.prepare_cached(query)?.query_row([], |row| row.get(0))
        })
    }

    /// A setting, as text.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn setting(&self, key: &str) -> Result<Option<String>, WriteError> {
        self.read(|connection| {
            let query = "SELECT value FROM setting WHERE key = ?1";
            connection.query_row(query, [key], |row| row.get(0)).optional()
        })
    }
}

pub(crate) fn devices(connection: &Connection) -> Sql<Vec<DeviceRecord>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, name, url, user, direction, hold FROM device WHERE removed = 0 ORDER BY name, row",
    )?;
    let rows = statement.query_map([], device)?;
    rows.collect()
}

/// Begins a query of visits; read by [`view_of_visit`].
pub(crate) const VISIT_VIEW: &str =
    "SELECT visit.id, visit.visitor, visit.valid_from, visit.valid_until, visit.profile,
            visit.needs_approval, visit.person_no, visit.card_no, visit.planned_at,
            visit.row, visitor.name, visit.host, visit.purpose
     FROM visit JOIN visitor ON visitor.id = visit.visitor";

fn visits(connection: &Connection, page: PageRequest, now: Timestamp) -> Sql<Vec<VisitView>> {
    let query = format!("{VISIT_VIEW} WHERE visit.row > ?1 ORDER BY visit.row LIMIT ?2");
    let mut statement = connection.prepare_cached(&query)?;
    let rows = statement
        .query_map(params![page.after, page.limit.min(PAGE)], |row| visit_row(connection, row, now))?;
    rows.collect()
}

pub(crate) fn visit_view(connection: &Connection, id: VisitId, now: Timestamp) -> Sql<Option<VisitView>> {
    let query = format!("{VISIT_VIEW} WHERE visit.id = ?1");
    let mut statement = connection.prepare_cached(&query)?;
    statement.query_row([id.0.as_bytes()], |row| visit_row(connection, row, now)).optional()
}

/// Reads [`VISIT_VIEW`], with the facts.
pub(crate) fn visit_row(connection: &Connection, row: &Row<'_>, now: Timestamp) -> Sql<VisitView> {
    let plan = plan(row)?;
    let facts = facts(connection, plan.id)?;
    view_of_visit(row, plan, &facts, now)
}

/// Reads what [`VISIT_VIEW`] has beyond the plan, and computes what follows from the facts.
pub(crate) fn view_of_visit(row: &Row<'_>, plan: Plan, facts: &Facts, now: Timestamp) -> Sql<VisitView> {
    let standing = facts.standing();
    let visitor: String = row.get(10)?;
    // With the visit of somebody who was erased nothing can be done any more.
    let offered = |now| if visitor.is_empty() { Vec::new() } else { actions(&plan, facts, now) };
    let when = |fact: Option<&Fact>| fact.map(|fact| fact.at);
    let who = |fact: Option<&Fact>| fact.map(|fact| fact.origin.as_str().to_owned());
    Ok(VisitView {
        row: row.get(9)?,
        id: plan.id,
        host: row.get(11)?,
        purpose: row.get(12)?,
        status: status(&plan, facts, now).as_str().to_owned(),
        from: plan.window.from(),
        until: plan.window.until(),
        profile: plan.profile.as_str().to_owned(),
        person_no: plan.person_no.as_ref().map(|no: &PersonNo| no.to_string()),
        card_no: plan.card_no.as_ref().map(|no: &CardNo| no.to_string()),
        entered: when(standing.entry()),
        entered_by: who(standing.entry()),
        left: when(standing.exit()),
        left_by: who(standing.exit()),
        inside: standing
            .stay()
            .filter(|_| status(&plan, facts, now) == Status::CheckedIn)
            .map(|fact| Stay { since: fact.at, by: fact.origin.as_str().to_owned() }),
        turns: turn(&plan, facts, now).map(|(at, then)| Turn {
            at,
            status: then.as_str().to_owned(),
            actions: offered(just_after(at)),
        }),
        actions: offered(now),
        visitor,
    })
}

pub(crate) const PASSAGE_VIEW: &str =
    "SELECT passage.row, device.name, passage.serial, passage.epoch, passage.major, passage.minor,
            passage.at, passage.certainty, passage.device_time, passage.received, passage.live,
            passage.direction, passage.reader_no, passage.door_no, passage.person_no, passage.card_no,
            passage.verdict, passage.visit, visitor.name, passage.picture
     FROM passage JOIN device ON device.id = passage.device
     LEFT JOIN visit ON visit.id = passage.visit
     LEFT JOIN visitor ON visitor.id = visit.visitor";

/// Reads [`PASSAGE_VIEW`].
pub(crate) fn passage_view(row: &Row<'_>) -> Sql<PassageView> {
    let code = EventCode { major: row.get(4)?, minor: row.get(5)? };
    Ok(PassageView {
        row: row.get(0)?,
        device: row.get(1)?,
        serial: row.get::<_, Option<i64>>(2)?.map(unsigned),
        epoch: row.get(3)?,
        major: code.major,
        minor: code.minor,
        meaning: code.meaning().map(|meaning| meaning.text.to_owned()),
        at: time(row.get(6)?)?,
        certainty: row.get(7)?,
        device_time: row.get(8)?,
        received: time(row.get(9)?)?,
        live: row.get(10)?,
        direction: row.get(11)?,
        reader_no: row.get(12)?,
        door_no: row.get(13)?,
        person_no: row.get(14)?,
        card_no: row.get(15)?,
        verdict: row.get(16)?,
        visit: visit_of(row.get(17)?)?,
        visitor: row.get(18)?,
        picture: row.get(19)?,
    })
}

pub(crate) const INCIDENT_VIEW: &str =
    "SELECT incident.row, incident.id, incident.kind, incident.severity, incident.status, incident.at,
            incident.count, incident.late, incident.visit, visitor.name, device.name, incident.withdrawn,
            incident.previous
     FROM incident
     LEFT JOIN visit ON visit.id = incident.visit
     LEFT JOIN visitor ON visitor.id = visit.visitor
     LEFT JOIN passage ON passage.row = incident.passage
     LEFT JOIN device ON device.id = passage.device";

/// Reads [`INCIDENT_VIEW`].
pub(crate) fn incident_view(row: &Row<'_>) -> Sql<IncidentView> {
    let previous: Option<Vec<u8>> = row.get(12)?;
    let withdrawn: Option<String> = row.get(11)?;
    Ok(IncidentView {
        row: row.get(0)?,
        id: IncidentId(uuid(row.get(1)?)?),
        kind: row.get(2)?,
        severity: row.get(3)?,
        status: row.get(4)?,
        at: time(row.get(5)?)?,
        count: row.get(6)?,
        late: row.get(7)?,
        visit: visit_of(row.get(8)?)?,
        visitor: row.get(9)?,
        device: row.get(10)?,
        withdrawn: withdrawn.map(|word| WithdrawnBecause::of(&word).as_str().to_owned()),
        previous: previous.map(|bytes| uuid(bytes).map(IncidentId)).transpose()?,
    })
}
