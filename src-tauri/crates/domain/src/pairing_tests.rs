use jiff::SignedDuration;
use uuid::Uuid;

use super::*;
use crate::event_code::{EventCode, Verdict};
use crate::ids::{CardNo, DeviceId, Epoch, EventSerial, PersonNo, VisitId, VisitorId};
use crate::passage::{LogEntry, PassageKey};
use crate::visit::tests::at;
use crate::visit::{Fact, FactId, FactKind, Origin, Window};

fn visit(id: u128, window: (i64, i64), person: Option<&str>, card: Option<&str>) -> Candidate {
    Candidate {
        plan: Plan {
            id: VisitId(Uuid::from_u128(id)),
            visitor: VisitorId(Uuid::from_u128(id)),
            window: Window::new(at(window.0), at(window.1)).unwrap(),
            profile: Profile::Single,
            needs_approval: false,
            person_no: person.map(|no| PersonNo::new(no).unwrap()),
            card_no: card.map(|no| CardNo::new(no).unwrap()),
            planned_at: at(-100),
        },
        facts: Facts::default(),
    }
}

fn happened(mut visit: Candidate, kind: FactKind, minutes: i64) -> Candidate {
    let id = FactId(format!("{minutes}"));
    visit.facts.add(Fact { id, at: at(minutes), kind, origin: Origin::Door, author: String::new() });
    visit
}

fn passage(direction: Direction, minutes: i64, person: Option<&str>, card: Option<&str>) -> Passage {
    Passage {
        key: PassageKey {
            device: DeviceId(Uuid::from_u128(9)),
            epoch: Epoch(1),
            entry: LogEntry::Serial(EventSerial(1)),
        },
        code: EventCode { major: 5, minor: 75 },
        verdict: Verdict::Granted,
        direction,
        at: at(minutes),
        live: true,
        reader_no: Some(1),
        door_no: Some(1),
        person_no: person.map(|no| PersonNo::new(no).unwrap()),
        card_no: card.map(|no| CardNo::new(no).unwrap()),
    }
}

fn paired(passage: &Passage, candidates: &[Candidate]) -> Option<u128> {
    pair(passage, candidates).map(|candidate| candidate.plan.id.0.as_u128())
}

#[test]
fn the_person_number_decides_before_the_card() {
    let visits = [visit(1, (0, 60), None, Some("77")), visit(2, (0, 60), Some("1001"), None)];
    let both = passage(Direction::In, 10, Some("1001"), Some("77"));
    assert_eq!(paired(&both, &visits), Some(2));
    let card = passage(Direction::In, 10, None, Some("00077"));
    assert_eq!(paired(&card, &visits), Some(1));
    let unknown_number = passage(Direction::In, 10, Some("5"), Some("77"));
    assert_eq!(paired(&unknown_number, &visits), Some(1));
    assert_eq!(paired(&passage(Direction::In, 10, None, None), &visits), None);
}

#[test]
fn an_exit_belongs_to_the_visit_that_is_inside() {
    let morning = happened(visit(1, (0, 60), Some("1"), None), FactKind::Entered, 5);
    let visits = [morning, visit(2, (90, 200), Some("1"), None)];
    assert_eq!(paired(&passage(Direction::Out, 100, Some("1"), None), &visits), Some(1));
    assert_eq!(paired(&passage(Direction::In, 100, Some("1"), None), &visits), Some(2));
}

#[test]
fn outside_every_window_the_last_that_ended_counts_then_the_next_planned() {
    let visits = [
        visit(1, (0, 60), Some("1"), None),
        visit(2, (70, 80), Some("1"), None),
        visit(3, (200, 300), Some("1"), None),
    ];
    assert_eq!(paired(&passage(Direction::In, 100, Some("1"), None), &visits), Some(2));
    assert_eq!(paired(&passage(Direction::In, -10, Some("1"), None), &visits), Some(1));
    let before_it_was_planned = passage(Direction::In, -500, Some("1"), None);
    assert_eq!(paired(&before_it_was_planned, &visits), None, "history is not the start of a later visit");
}

#[test]
fn of_two_open_visits_the_one_that_can_still_be_entered() {
    let spent =
        happened(happened(visit(1, (10, 400), Some("1"), None), FactKind::Entered, 20), FactKind::Left, 30);
    let fresh = visit(2, (0, 400), Some("1"), None);
    assert_eq!(paired(&passage(Direction::In, 50, Some("1"), None), &[spent, fresh]), Some(2));
    let cancelled = happened(visit(3, (10, 400), Some("1"), None), FactKind::Cancelled, 5);
    let fresh = visit(4, (0, 400), Some("1"), None);
    assert_eq!(paired(&passage(Direction::In, 50, Some("1"), None), &[cancelled, fresh]), Some(4));
}

#[test]
fn a_visit_planned_as_the_visitor_walks_in_is_the_one() {
    let mut visit = visit(1, (0, 60), Some("1"), None);
    visit.plan.planned_at = at(0);
    let mut entry = passage(Direction::In, 0, Some("1"), None);
    entry.at = at(0) - SignedDuration::from_millis(900);
    assert_eq!(paired(&entry, &[visit.clone()]), Some(1));
    entry.at = at(0) - SignedDuration::from_secs(5);
    assert_eq!(paired(&entry, &[visit]), None);
}
