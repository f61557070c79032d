//! Incidents, and exits that wait for their entry.

use rusqlite::{OptionalExtension, params};
use uuid::Uuid;
use vakhta_app::tx::{IncidentTx, OpenIncident, TxResult, WaitingExit};
use vakhta_domain::ids::{IncidentId, VisitId};
use vakhta_domain::incident::{Finding, SAME_CAUSE_WITHIN, WithdrawnBecause};
use vakhta_domain::operation::kind;
use vakhta_domain::passage::PassageKey;

use crate::columns::{Sql, from_word, micros, time, uuid};
use crate::journal::Draft;
use crate::tx::WriteTx;
use crate::tx_passages::{PASSAGE_COLUMNS, entity, passage, row_of};

/// The latest incident of a cause.
struct Latest {
    id: IncidentId,
    open: bool,
    last_at: i64,
}

impl IncidentTx for WriteTx<'_> {
    fn raise(&mut self, finding: &Finding) -> TxResult<()> {
        let latest = self.sql(|connection| {
            connection
                .prepare_cached(
                    "SELECT id, status IN ('new', 'investigating'), last_at FROM incident
                     WHERE visit = ?1 AND kind = ?2 ORDER BY row DESC LIMIT 1",
                )?
                .query_row(params![finding.visit.0.as_bytes(), finding.kind.as_str()], |row| {
                    Ok(Latest { id: IncidentId(uuid(row.get(0)?)?), open: row.get(1)?, last_at: row.get(2)? })
                })
                .optional()
        })?;
        let window = i64::try_from(SAME_CAUSE_WITHIN.as_micros()).unwrap_or(i64::MAX);
        match latest {
            Some(latest) if latest.open && (micros(finding.at) - latest.last_at).abs() <= window => {
                self.repeat(latest.id, finding)
            }
            latest => self.add_incident(finding, latest.map(|latest| latest.id)),
        }
    }

    fn open_incidents(&mut self, visit: VisitId) -> TxResult<Vec<OpenIncident>> {
        let query = format!(
            "SELECT {PASSAGE_COLUMNS}, incident.id, incident.kind FROM incident
             JOIN passage ON passage.row = incident.passage
             WHERE incident.visit = ?1 AND incident.status IN ('new', 'investigating')"
        );
        self.sql(|connection| {
            let mut statement = connection.prepare_cached(&query)?;
            let rows = statement.query_map([visit.0.as_bytes()], |row| {
                Ok(OpenIncident {
                    id: IncidentId(uuid(row.get(14)?)?),
                    kind: from_word(&row.get::<_, String>(15)?)?,
                    passage: passage(row)?,
                })
            })?;
            rows.collect()
        })
    }

    fn withdraw(&mut self, id: IncidentId, because: WithdrawnBecause) -> TxResult<()> {
        self.sql(|connection| {
            connection
                .prepare_cached("UPDATE incident SET status = 'false_alarm', withdrawn = ?2 WHERE id = ?1")?
                .execute(params![id.0.as_bytes(), because.as_str()])
        })?;
        let draft = Draft::new(kind::INCIDENT_WITHDRAWN, id, "rules")
            .field("status", "false_alarm")
            .field("withdrawn", because.as_str());
        self.journal(None, draft)
    }

    fn wait_for_entry(&mut self, exit: &WaitingExit) -> TxResult<()> {
        self.sql(|connection| {
            let Some(row) = row_of(connection, &exit.passage.key)? else { return Ok(0) };
            connection
                .prepare_cached(
                    "INSERT OR IGNORE INTO waiting_exit (passage, visit, heard) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![row, exit.visit.0.as_bytes(), micros(exit.heard)])
        })?;
        Ok(())
    }

    fn waiting_exits(&mut self) -> TxResult<Vec<WaitingExit>> {
        let query = format!(
            "SELECT {PASSAGE_COLUMNS}, waiting_exit.visit, waiting_exit.heard FROM waiting_exit
             JOIN passage ON passage.row = waiting_exit.passage"
        );
        self.sql(|connection| {
            let mut statement = connection.prepare_cached(&query)?;
            let rows = statement.query_map([], |row| {
                Ok(WaitingExit {
                    visit: VisitId(uuid(row.get(14)?)?),
                    passage: passage(row)?,
                    heard: time(row.get(15)?)?,
                })
            })?;
            rows.collect()
        })
    }

    fn stop_waiting(&mut self, exit: &PassageKey) -> TxResult<()> {
        self.sql(|connection| {
            let Some(row) = row_of(connection, exit)? else { return Ok(0) };
            connection.prepare_cached("DELETE FROM waiting_exit WHERE passage = ?1")?.execute([row])
        })?;
        Ok(())
    }
}

impl WriteTx<'_> {
    fn repeat(&mut self, id: IncidentId, finding: &Finding) -> TxResult<()> {
        let count: u32 = self.sql(|connection| {
            connection
                .prepare_cached(
                    "UPDATE incident SET count = count + 1, last_at = max(last_at, ?2) WHERE id = ?1
                     RETURNING count",
                )?
                .query_row(params![id.0.as_bytes(), micros(finding.at)], |row| row.get(0))
        })?;
        let draft = Draft::new(kind::INCIDENT_REPEATED, id, "rules")
            .field("count", count)
            .field("passage", entity(&finding.passage))
            .field("at", finding.at.to_string());
        self.journal(None, draft)
    }

    fn add_incident(&mut self, finding: &Finding, previous: Option<IncidentId>) -> TxResult<()> {
        let id = IncidentId(Uuid::now_v7());
        let severity = finding.kind.severity().as_str();
        self.sql(|connection| -> Sql<usize> {
            let passage = row_of(connection, &finding.passage)?;
            connection
                .prepare_cached(
                    "INSERT INTO incident (id, kind, severity, status, visit, passage, at, last_at, count,
                                           late, previous)
                     VALUES (?1, ?2, ?3, 'new', ?4, ?5, ?6, ?6, 1, ?7, ?8)",
                )?
                .execute(params![
                    id.0.as_bytes(),
                    finding.kind.as_str(),
                    severity,
                    finding.visit.0.as_bytes(),
                    passage,
                    micros(finding.at),
                    finding.late,
                    previous.map(|id| id.0.as_bytes().to_vec()),
                ])
        })?;
        let draft = Draft::new(kind::INCIDENT_RAISED, id, "rules")
            .field("kind", finding.kind.as_str())
            .field("severity", severity)
            .field("visit", finding.visit.to_string())
            .field("passage", entity(&finding.passage))
            .field("at", finding.at.to_string())
            .field("late", finding.late)
            .field("previous", previous.map(|id| id.to_string()));
        self.journal(None, draft)
    }
}
