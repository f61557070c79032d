//! Visitors, visits and their facts.

use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;
use vakhta_app::tx::{NewVisit, TxResult, VisitTx};
use vakhta_domain::ids::{CardNo, OpId, PersonNo, VisitId, VisitorId};
use vakhta_domain::operation::kind;
use vakhta_domain::pairing::Candidate;
use vakhta_domain::visit::{Fact, FactId, FactKind, Facts, Plan, Window};

use crate::columns::{Sql, from_word, micros, time, unreadable, uuid};
use crate::desk_views::search_text;
use crate::journal::Draft;
use crate::tx::WriteTx;

/// Visits of one person or card that are looked at for one passage: the latest.
const CANDIDATES: u32 = 20;

pub(crate) const PLAN_COLUMNS: &str = "visit.id, visit.visitor, visit.valid_from, visit.valid_until, \
     visit.profile, visit.needs_approval, visit.person_no, visit.card_no, visit.planned_at";

impl VisitTx for WriteTx<'_> {
    fn new_op_id(&mut self) -> OpId {
        OpId(Uuid::now_v7())
    }

    fn add_visitor(&mut self, name: &str, author: &str) -> TxResult<VisitorId> {
        let id = VisitorId(Uuid::now_v7());
        let key = self.new_key()?;
        self.sql(|connection| {
            connection
                .prepare_cached("INSERT INTO visitor (id, name, key) VALUES (?1, ?2, ?3)")?
                .execute(params![id.0.as_bytes(), name, key.0])
        })?;
        let draft = Draft::new(kind::VISITOR_ADDED, id, author).personal("name", Some(name));
        self.journal(Some(id), draft)?;
        Ok(id)
    }

    fn visitor_name(&mut self, id: VisitorId) -> TxResult<String> {
        self.sql(|connection| {
            connection
                .prepare_cached("SELECT name FROM visitor WHERE id = ?1")?
                .query_row([id.0.as_bytes()], |row| row.get(0))
        })
    }

    fn add_visit(&mut self, visit: &NewVisit, author: &str) -> TxResult<()> {
        let NewVisit { plan, host, purpose } = visit;
        self.sql(|connection| {
            let visitor: String = connection
                .prepare_cached("SELECT name FROM visitor WHERE id = ?1")?
                .query_row([plan.visitor.0.as_bytes()], |row| row.get(0))?;
            let person = plan.person_no.as_ref().map(PersonNo::as_str);
            let search = search_text(&visitor, host, person, plan.card_no.as_ref().map(CardNo::as_str));
            connection
                .prepare_cached(
                    "INSERT INTO visit (id, visitor, host, purpose, valid_from, valid_until, profile,
                                        needs_approval, person_no, card_no, card_key, planned_at, search)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                )?
                .execute(params![
                    plan.id.0.as_bytes(),
                    plan.visitor.0.as_bytes(),
                    host,
                    purpose,
                    micros(plan.window.from()),
                    micros(plan.window.until()),
                    plan.profile.as_str(),
                    plan.needs_approval,
                    person,
                    plan.card_no.as_ref().map(CardNo::as_str),
                    plan.card_no.as_ref().map(CardNo::key),
                    micros(plan.planned_at),
                    search,
                ])
        })?;
        let draft = Draft::new(kind::VISIT_PLANNED, plan.id, author)
            .field("visitor", plan.visitor.to_string())
            .field("from", plan.window.from().to_string())
            .field("until", plan.window.until().to_string())
            .field("profile", plan.profile.as_str())
            .field("needs_approval", plan.needs_approval)
            .field("planned_at", plan.planned_at.to_string())
            .personal("host", Some(host))
            .personal("purpose", purpose.as_deref())
            .personal("person_no", plan.person_no.as_ref().map(PersonNo::as_str))
            .personal("card_no", plan.card_no.as_ref().map(CardNo::as_str));
        self.journal(Some(plan.visitor), draft)
    }

    fn visit(&mut self, id: VisitId) -> TxResult<Option<Candidate>> {
        self.sql(|connection| visit(connection, id))
    }

    fn candidates(&mut self, person: Option<&PersonNo>, card: Option<&CardNo>) -> TxResult<Vec<Candidate>> {
        let query = |condition: &str| {
            format!(
                "SELECT {PLAN_COLUMNS} FROM visit WHERE {condition} ORDER BY valid_from DESC LIMIT {CANDIDATES}"
            )
        };
        self.sql(|connection| {
            let mut plans: Vec<Plan> = Vec::new();
            if let Some(person) = person {
                let mut statement = connection.prepare_cached(&query("person_no = ?1"))?;
                plans.extend(statement.query_map([person.as_str()], plan)?.collect::<Sql<Vec<_>>>()?);
            }
            if let Some(card) = card {
                let mut statement = connection.prepare_cached(&query("card_key = ?1"))?;
                let more = statement.query_map([card.key()], plan)?.collect::<Sql<Vec<_>>>()?;
                let new: Vec<Plan> =
                    more.into_iter().filter(|new| plans.iter().all(|known| known.id != new.id)).collect();
                plans.extend(new);
            }
            plans.into_iter().map(|plan| Ok(Candidate { facts: facts(connection, plan.id)?, plan })).collect()
        })
    }

    fn maybe_inside(&mut self) -> TxResult<Vec<Candidate>> {
        let query = format!("SELECT {PLAN_COLUMNS} FROM visit WHERE maybe_inside = 1");
        self.sql(|connection| {
            let mut statement = connection.prepare_cached(&query)?;
            let plans = statement.query_map([], plan)?.collect::<Sql<Vec<_>>>()?;
            plans.into_iter().map(|plan| Ok(Candidate { facts: facts(connection, plan.id)?, plan })).collect()
        })
    }

    fn add_fact(&mut self, id: VisitId, fact: &Fact) -> TxResult<bool> {
        let revokes = fact.kind.revokes();
        let new = self.sql(|connection| {
            let new = connection
                .prepare_cached(
                    "INSERT OR IGNORE INTO fact (visit, id, kind, at, origin, author, revokes)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![
                    id.0.as_bytes(),
                    fact.id.0,
                    fact.kind.as_str(),
                    micros(fact.at),
                    fact.origin.as_str(),
                    fact.author,
                    revokes.map(|id| &id.0),
                ])?;
            let standing = facts(connection, id)?;
            let maybe_inside = standing.standing().entry().is_some() && standing.standing().exit().is_none()
                || standing.standing().inside_at(jiff::Timestamp::MAX);
            connection
                .prepare_cached("UPDATE visit SET maybe_inside = ?2 WHERE id = ?1 AND maybe_inside <> ?2")?
                .execute(params![id.0.as_bytes(), maybe_inside])?;
            Ok(new > 0)
        })?;
        if !new {
            return Ok(false);
        }
        let draft = Draft::new(kind::VISIT_FACT, id, &fact.author)
            .field("fact", fact.id.0.as_str())
            .field("kind", fact.kind.as_str())
            .field("at", fact.at.to_string())
            .field("origin", fact.origin.as_str())
            .field("revokes", revokes.map(|id| id.0.as_str()));
        let draft = match fact.id.0.strip_prefix("op/").and_then(|id| id.parse().ok()) {
            Some(op) => draft.named(op),
            None => draft,
        };
        self.journal(None, draft)?;
        Ok(true)
    }
}

pub(crate) fn visit(connection: &Connection, id: VisitId) -> Sql<Option<Candidate>> {
    let query = format!("SELECT {PLAN_COLUMNS} FROM visit WHERE id = ?1");
    let plan = connection.prepare_cached(&query)?.query_row([id.0.as_bytes()], plan).optional()?;
    plan.map(|plan| Ok(Candidate { facts: facts(connection, plan.id)?, plan })).transpose()
}

/// Reads [`PLAN_COLUMNS`].
pub(crate) fn plan(row: &Row<'_>) -> Sql<Plan> {
    let person: Option<String> = row.get(6)?;
    let card: Option<String> = row.get(7)?;
    Ok(Plan {
        id: VisitId(uuid(row.get(0)?)?),
        visitor: VisitorId(uuid(row.get(1)?)?),
        window: Window::new(time(row.get(2)?)?, time(row.get(3)?)?).map_err(unreadable)?,
        profile: from_word(&row.get::<_, String>(4)?)?,
        needs_approval: row.get(5)?,
        person_no: person.as_deref().map(PersonNo::new).transpose().map_err(unreadable)?,
        card_no: card.as_deref().map(CardNo::new).transpose().map_err(unreadable)?,
        planned_at: time(row.get(8)?)?,
    })
}

pub(crate) fn facts(connection: &Connection, visit: VisitId) -> Sql<Facts> {
    let mut statement = connection
        .prepare_cached("SELECT id, kind, at, origin, author, revokes FROM fact WHERE visit = ?1")?;
    let rows = statement.query_map([visit.0.as_bytes()], fact)?;
    rows.collect()
}

/// Reads id, kind, at, origin, author, revokes.
pub(crate) fn fact(row: &Row<'_>) -> Sql<Fact> {
    let (kind, revokes): (String, Option<String>) = (row.get(1)?, row.get(5)?);
    let kind = match (kind.as_str(), revokes) {
        ("reopened", Some(revokes)) => FactKind::Reopened { revokes: FactId(revokes) },
        ("not_passed", Some(revokes)) => FactKind::NotPassed { revokes: FactId(revokes) },
        ("undone", Some(revokes)) => FactKind::Undone { revokes: FactId(revokes) },
        ("requested", _) => FactKind::Requested,
        ("approved", _) => FactKind::Approved,
        ("declined", _) => FactKind::Declined,
        ("cancelled", _) => FactKind::Cancelled,
        ("entered", _) => FactKind::Entered,
        ("left", _) => FactKind::Left,
        ("closed_automatically", _) => FactKind::ClosedAutomatically,
        (other, _) => return Err(unreadable(std::io::Error::other(format!("a fact of kind {other}")))),
    };
    Ok(Fact {
        id: FactId(row.get(0)?),
        at: time(row.get(2)?)?,
        kind,
        origin: from_word(&row.get::<_, String>(3)?)?,
        author: row.get(4)?,
    })
}
