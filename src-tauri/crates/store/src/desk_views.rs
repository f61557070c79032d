//! What the desk's screen shows: the visits of a day, one visit with everything, a search.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use vakhta_app::request::BeforeRequest;
use vakhta_app::view::{FactView, IncidentView, PassageView, VisitDetail, VisitView, VisitorView};
use vakhta_domain::fold::{fold, other_layout};
use vakhta_domain::ids::{VisitId, VisitorId};
use vakhta_domain::visit::{Fact, FactId, Facts, Origin};

use crate::columns::{Sql, micros, time, uuid};
use crate::opening::Store;
use crate::tx_visits::{fact, facts};
use crate::user_rows::{author_name, device_name};
use crate::views::{
    INCIDENT_VIEW, PAGE, PASSAGE_VIEW, VISIT_VIEW, incident_view, passage_view, view_of_visit, visit_row,
    visit_view,
};
use crate::writer::WriteError;

/// Passages and incidents of one visit.
const OF_A_VISIT: u32 = 200;
/// Characters of a search that count.
const SEARCHED: usize = 200;
/// Visits that a search gives, at most.
const FOUND: u32 = 200;

/// What the database has of the desk's screen, as of one place in the journal.
#[derive(Clone, Debug)]
pub struct DeskPage {
    /// The place.
    pub seq: i64,
    /// Visits whose window touches the day, and whoever may be inside.
    pub visits: Vec<VisitView>,
    /// The newest, newest first.
    pub passages: Vec<PassageView>,
    /// Not yet resolved, newest first.
    pub incidents: Vec<IncidentView>,
}

impl Store {
    /// The desk's screen on a day.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn desk_page(&self, day: (Timestamp, Timestamp), now: Timestamp) -> Result<DeskPage, WriteError> {
        self.read(|connection| {
            // One read transaction: everything is of one moment.
            let reading = connection.unchecked_transaction()?;
            let page = DeskPage {
                seq: crate::journal::last_seq(&reading)?,
                visits: visits_of_day(&reading, day, now)?,
                passages: passages_before(&reading, BeforeRequest { before: None, limit: 100 })?,
                incidents: open_incidents(&reading)?,
            };
            Ok(page)
        })
    }

    /// A visit with all that is known of it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn visit_detail(&self, id: VisitId, now: Timestamp) -> Result<Option<VisitDetail>, WriteError> {
        self.read(|connection| {
            let reading = connection.unchecked_transaction()?;
            let Some(visit) = visit_view(&reading, id, now)? else { return Ok(None) };
            let visitor = self.visitor_of(&reading, id)?;
            detail(&reading, visit, visitor).map(Some)
        })
    }

    /// Passages from the end, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn passages_before(&self, page: BeforeRequest) -> Result<Vec<PassageView>, WriteError> {
        self.read(|connection| passages_before(connection, page))
    }

    /// Visits whose visitor, host or number has words that begin with all words of a text, read
    /// in either keyboard layout: those of today and to come first, the nearest first. Before them
    /// those of whoever has exactly this document, IIN or phone, or a phone that ends so.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn search(&self, text: &str, limit: u32, now: Timestamp) -> Result<Vec<VisitView>, WriteError> {
        let text: String = text.chars().take(SEARCHED).collect();
        let typed = pattern(&fold(&text));
        let swapped = other_layout(&text).and_then(|other| pattern(&fold(&other)));
        let Some(first) = typed.clone().or_else(|| swapped.clone()) else { return Ok(Vec::new()) };
        let second = swapped.unwrap_or_else(|| first.clone());
        self.read(|connection| {
            let mut found = Vec::new();
            for visitor in self.visitors_by_number(connection, &text)? {
                found.extend(visits_of(connection, visitor, now)?);
            }
            let condition = |words: &[String], from: usize| {
                let one = |place| format!("visit.search LIKE ?{place} ESCAPE '\\'");
                (from..from + words.len()).map(one).collect::<Vec<_>>().join(" AND ")
            };
            let query = format!(
                "{VISIT_VIEW} WHERE ({}) OR ({})
                 ORDER BY visit.valid_until < ?1, abs(visit.valid_from - ?1), visit.row DESC LIMIT ?2",
                condition(&first, 3),
                condition(&second, 3 + first.len()),
            );
            let mut statement = connection.prepare(&query)?;
            let now_micros = micros(now);
            let limit = limit.min(FOUND);
            let mut values: Vec<&dyn rusqlite::ToSql> = vec![&now_micros, &limit];
            values.extend(first.iter().chain(&second).map(|word| word as &dyn rusqlite::ToSql));
            let rows = statement.query_map(values.as_slice(), |row| visit_row(connection, row, now))?;
            let known: HashSet<VisitId> = found.iter().map(|visit| visit.id).collect();
            for visit in rows {
                let visit = visit?;
                if !known.contains(&visit.id) {
                    found.push(visit);
                }
            }
            found.truncate(limit as usize);
            Ok(found)
        })
    }
}

/// The visits of somebody whose number was typed, the latest first.
fn visits_of(connection: &Connection, visitor: VisitorId, now: Timestamp) -> Sql<Vec<VisitView>> {
    let query = format!("{VISIT_VIEW} WHERE visit.visitor = ?1 ORDER BY visit.valid_from DESC LIMIT ?2");
    let mut statement = connection.prepare_cached(&query)?;
    let rows =
        statement.query_map(params![visitor.0.as_bytes(), FOUND], |row| visit_row(connection, row, now))?;
    rows.collect()
}

/// What a visit is found by.
pub(crate) fn search_text(visitor: &str, host: &str, person: Option<&str>, card: Option<&str>) -> String {
    // A leading space: every word has one before it, so that `% word%` means "begins with".
    format!(" {}", fold(&format!("{visitor} {host} {} {}", person.unwrap_or(""), card.unwrap_or(""))))
}

/// A LIKE pattern for each word; `None` without any.
fn pattern(folded: &str) -> Option<Vec<String>> {
    let words: Vec<String> = folded.split(' ').filter(|word| !word.is_empty()).take(8).map(like).collect();
    (!words.is_empty()).then_some(words)
}

fn like(word: &str) -> String {
    let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("% {escaped}%")
}

/// All facts of the visits are read at once: one query for ten thousand visits, not ten thousand.
fn visits_of_day(
    connection: &Connection,
    day: (Timestamp, Timestamp),
    now: Timestamp,
) -> Sql<Vec<VisitView>> {
    const OF_DAY: &str = "(visit.valid_until >= ?1 AND visit.valid_from < ?2) OR visit.maybe_inside = 1";
    let (from, until) = (micros(day.0), micros(day.1));
    let mut known: HashMap<VisitId, Facts> = HashMap::new();
    let mut statement = connection.prepare_cached(&format!(
        "SELECT fact.id, fact.kind, fact.at, fact.origin, fact.author, fact.revokes, fact.visit
         FROM visit JOIN fact ON fact.visit = visit.id WHERE {OF_DAY}"
    ))?;
    let mut rows = statement.query([from, until])?;
    while let Some(row) = rows.next()? {
        let visit = VisitId(uuid(row.get(6)?)?);
        known.entry(visit).or_default().add(fact(row)?);
    }
    let mut statement =
        connection.prepare_cached(&format!("{VISIT_VIEW} WHERE {OF_DAY} ORDER BY visit.row"))?;
    let nothing = Facts::default();
    let rows = statement.query_map([from, until], |row| {
        let plan = crate::tx_visits::plan(row)?;
        let facts = known.get(&plan.id).unwrap_or(&nothing);
        view_of_visit(row, plan, facts, now)
    })?;
    rows.collect()
}

fn passages_before(connection: &Connection, page: BeforeRequest) -> Sql<Vec<PassageView>> {
    let query = format!("{PASSAGE_VIEW} WHERE passage.row < ?1 ORDER BY passage.row DESC LIMIT ?2");
    let mut statement = connection.prepare_cached(&query)?;
    let before = page.before.unwrap_or(i64::MAX);
    let rows = statement.query_map(params![before, page.limit.min(PAGE)], passage_view)?;
    rows.collect()
}

fn open_incidents(connection: &Connection) -> Sql<Vec<IncidentView>> {
    let query = format!(
        "{INCIDENT_VIEW} WHERE incident.status IN ('new', 'investigating') AND incident.withdrawn IS NULL
         ORDER BY incident.row DESC LIMIT ?1"
    );
    let mut statement = connection.prepare_cached(&query)?;
    let rows = statement.query_map([OF_A_VISIT], incident_view)?;
    rows.collect()
}

fn detail(connection: &Connection, visit: VisitView, visitor: VisitorView) -> Sql<VisitDetail> {
    let id = visit.id;
    let known = facts(connection, id)?;
    let (planned_at, author) = planned(connection, id)?;
    let mut shown = vec![FactView {
        id: "planned".into(),
        kind: "planned".into(),
        at: planned_at,
        origin: "desk".into(),
        author: author_name(connection, &author)?.unwrap_or(author),
        revokes: None,
        revoked: false,
    }];
    let revoked: Vec<&FactId> = known.iter().filter_map(|fact| fact.kind.revokes()).collect();
    let mut in_order: Vec<&Fact> = known.iter().collect();
    in_order.sort_by_key(|fact| (fact.at, &fact.id));
    for fact in in_order {
        shown.push(FactView {
            id: fact.id.0.clone(),
            kind: fact.kind.as_str().to_owned(),
            at: fact.at,
            origin: fact.origin.as_str().to_owned(),
            author: author_of(connection, fact)?,
            revokes: fact.kind.revokes().map(|id| id.0.clone()),
            revoked: revoked.contains(&&fact.id),
        });
    }
    let query = format!("{PASSAGE_VIEW} WHERE passage.visit = ?1 ORDER BY passage.at DESC LIMIT ?2");
    let mut passages: Vec<PassageView> = connection
        .prepare_cached(&query)?
        .query_map(params![id.0.as_bytes(), OF_A_VISIT], passage_view)?
        .collect::<Sql<_>>()?;
    passages.reverse();
    let query = format!("{INCIDENT_VIEW} WHERE incident.visit = ?1 ORDER BY incident.row DESC LIMIT ?2");
    let mut incidents: Vec<IncidentView> = connection
        .prepare_cached(&query)?
        .query_map(params![id.0.as_bytes(), OF_A_VISIT], incident_view)?
        .collect::<Sql<_>>()?;
    incidents.reverse();
    Ok(VisitDetail { visit, visitor, facts: shown, passages, incidents })
}

/// A door's fact is by a device, which people know by its present name; a person's is by theirs.
fn author_of(connection: &Connection, fact: &Fact) -> Sql<String> {
    let name = if fact.origin == Origin::Door {
        device_name(connection, &fact.author)?
    } else {
        author_name(connection, &fact.author)?
    };
    Ok(name.unwrap_or_else(|| fact.author.clone()))
}

/// When a visit was planned and by whom, as the journal has it.
fn planned(connection: &Connection, id: VisitId) -> Sql<(Timestamp, String)> {
    let at: i64 = connection
        .prepare_cached("SELECT planned_at FROM visit WHERE id = ?1")?
        .query_row([id.0.as_bytes()], |row| row.get(0))?;
    // A visit takes its id from an operation of its moment; its entry is the one of this entity.
    let author: Option<String> = connection
        .prepare_cached(
            "SELECT author FROM op WHERE entity = ?1 AND kind = 'visit.planned' ORDER BY seq LIMIT 1",
        )?
        .query_row([id.to_string()], |row| row.get(0))
        .optional()?;
    Ok((time(at)?, author.unwrap_or_default()))
}
