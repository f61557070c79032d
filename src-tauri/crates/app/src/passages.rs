//! From what a device tells to what Vakhta knows: the decision behind every passage.

use jiff::Timestamp;
use vakhta_domain::device_time::{DeviceClock, EventTime, judge};
use vakhta_domain::event_code::{Effect, Verdict};
use vakhta_domain::ids::VisitId;
use vakhta_domain::incident::{self, Finding, IncidentKind, WithdrawnBecause};
use vakhta_domain::pairing::{Candidate, pair};
use vakhta_domain::passage::{Direction, LogEntry, Passage, PassageKey, ReaderDirection, direction};
use vakhta_domain::visit::{Fact, FactId, FactKind, Origin};

use crate::device::{Batch, ReceivedEvent};
use crate::tx::{NewPassage, Tx, TxResult, WaitingExit};

/// Writes down a batch of one device; what is known already is passed over. Returns how many
/// events were new. The events of a device that was removed meanwhile are dropped.
///
/// # Errors
/// When the store fails; then nothing of the batch is written.
pub fn record(tx: &mut dyn Tx, batch: &Batch) -> TxResult<usize> {
    let Some(device) = tx.device(batch.device)? else { return Ok(0) };
    let mut new = 0;
    for received in &batch.events {
        let key =
            PassageKey { device: batch.device, epoch: batch.epoch, entry: LogEntry::of(&received.event) };
        if tx.knows_passage(&key)? {
            continue;
        }
        record_one(tx, key, received, &batch.clock, device.direction)?;
        new += 1;
    }
    if let Some(anchor) = &batch.settled {
        tx.set_anchor(batch.device, batch.epoch, anchor)?;
    }
    Ok(new)
}

fn record_one(
    tx: &mut dyn Tx,
    key: PassageKey,
    received: &ReceivedEvent,
    clock: &DeviceClock,
    reader: ReaderDirection,
) -> TxResult<()> {
    let event = &received.event;
    let announced = received.announced_current.or(event.current);
    let time = judge(event.time.as_ref(), clock, received.received, announced);
    let passage = thought_about(key, received, time, reader);

    let concerns_a_person =
        passage.verdict != Verdict::None && (passage.person_no.is_some() || passage.card_no.is_some());
    let candidates = if concerns_a_person {
        tx.candidates(passage.person_no.as_ref(), passage.card_no.as_ref())?
    } else {
        Vec::new()
    };
    let visit = pair(&passage, &candidates);
    tx.add_passage(&NewPassage {
        passage: &passage,
        certainty: time.certainty,
        device_time: event.time.as_ref().map(|time| time.text.as_str()),
        received: received.received,
        visit: visit.map(|visit| visit.plan.id),
        visitor: visit.map(|visit| visit.plan.visitor),
    })?;
    if let Some(visit) = visit {
        follow(tx, visit.clone(), &passage, received.received)?;
    }
    if passage.code.effect() == Effect::NotPassed {
        take_back(tx, &passage)?;
    } else if passage.is_grant() {
        find_take_back(tx, &passage)?;
    }
    Ok(())
}

fn thought_about(
    key: PassageKey,
    received: &ReceivedEvent,
    time: EventTime,
    reader: ReaderDirection,
) -> Passage {
    let event = &received.event;
    Passage {
        key,
        code: event.code,
        // The outcome of a decision that is still open comes as an event of its own.
        verdict: if event.undecided { Verdict::None } else { event.code.verdict() },
        direction: direction(reader, event.attendance),
        at: time.at,
        live: time.live,
        reader_no: event.reader_no,
        door_no: event.door_no,
        person_no: event.person_no.clone(),
        card_no: event.card_no.clone(),
    }
}

/// What follows for the visit: a fact, incidents, or an exit that waits for its entry.
fn follow(tx: &mut dyn Tx, mut visit: Candidate, passage: &Passage, heard: Timestamp) -> TxResult<()> {
    if let Some(finding) = incident::expired_pass(&visit.plan, &visit.facts, passage) {
        tx.raise(&finding)?;
    }
    let kind = match (passage.verdict, passage.direction) {
        (Verdict::Granted, Direction::In) => FactKind::Entered,
        (Verdict::Granted, Direction::Out) => FactKind::Left,
        _ => return Ok(()),
    };
    let fact = Fact {
        id: FactId::of_passage(&passage.key),
        at: passage.at,
        kind,
        origin: Origin::Door,
        author: passage.key.device.to_string(),
    };
    if !tx.add_fact(visit.plan.id, &fact)? {
        return Ok(());
    }
    visit.facts.add(fact);
    if let Some(finding) = incident::entry_on_cancelled(&visit.plan, &visit.facts, passage) {
        tx.raise(&finding)?;
    }
    if passage.direction == Direction::Out {
        if incident::exit_without_entry(&visit.plan, &visit.facts, passage).is_some() {
            tx.wait_for_entry(&WaitingExit { visit: visit.plan.id, passage: passage.clone(), heard })?;
        }
        return Ok(());
    }
    reconsider(tx, &visit)
}

/// Withdraws what the facts no longer bear out.
fn reconsider(tx: &mut dyn Tx, visit: &Candidate) -> TxResult<()> {
    for open in tx.open_incidents(visit.plan.id)? {
        let (still, because): (Option<Finding>, _) = match open.kind {
            IncidentKind::ExitWithoutEntry => (
                incident::exit_without_entry(&visit.plan, &visit.facts, &open.passage),
                WithdrawnBecause::EntryReadLater,
            ),
            IncidentKind::EntryOnCancelled => (
                incident::entry_on_cancelled(&visit.plan, &visit.facts, &open.passage),
                WithdrawnBecause::NobodyWentThrough,
            ),
            IncidentKind::ExpiredPass => continue,
        };
        if still.is_none() {
            tx.withdraw(open.id, because)?;
        }
    }
    Ok(())
}

/// A device says that the person of its latest grant did not go through.
fn take_back(tx: &mut dyn Tx, taken_back_by: &Passage) -> TxResult<()> {
    match grant_taken_back(tx, taken_back_by)? {
        Some((grant, Some(visit))) => revoke(tx, visit, &grant, taken_back_by),
        _ => Ok(()),
    }
}

/// A grant that is told after the event that takes it back.
fn find_take_back(tx: &mut dyn Tx, grant: &Passage) -> TxResult<()> {
    for taken_back_by in tx.taken_back_near(grant.key.device, grant.key.epoch, grant.at)? {
        match grant_taken_back(tx, &taken_back_by)? {
            Some((other, Some(visit))) if other.key == grant.key => {
                revoke(tx, visit, grant, &taken_back_by)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The grant that an event takes back: the last one before it that fits.
fn grant_taken_back(
    tx: &mut dyn Tx,
    taken_back_by: &Passage,
) -> TxResult<Option<(Passage, Option<VisitId>)>> {
    let PassageKey { device, epoch, .. } = taken_back_by.key;
    let near = tx.grants_near(device, epoch, taken_back_by.at)?;
    let fitting = near.into_iter().filter(|(grant, _)| taken_back_by.takes_back(grant));
    Ok(fitting.max_by_key(|(grant, _)| (grant.key.entry.serial(), grant.at)))
}

fn revoke(tx: &mut dyn Tx, visit: VisitId, grant: &Passage, taken_back_by: &Passage) -> TxResult<()> {
    let fact = Fact {
        id: FactId::of_passage(&taken_back_by.key),
        at: taken_back_by.at,
        kind: FactKind::NotPassed { revokes: FactId::of_passage(&grant.key) },
        origin: Origin::Door,
        author: taken_back_by.key.device.to_string(),
    };
    tx.add_fact(visit, &fact)?;
    match tx.visit(visit)? {
        Some(visit) => reconsider(tx, &visit),
        None => Ok(()),
    }
}
