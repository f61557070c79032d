use uuid::Uuid;

use super::*;
use crate::event_code::EventCode;
use crate::ids::{DeviceId, Epoch, EventSerial};
use crate::passage::LogEntry;
use crate::visit::tests::{at, plan};
use crate::visit::{Fact, FactId, Origin};

fn passage(minor: u32, direction: Direction, minutes: i64) -> Passage {
    let code = EventCode { major: 5, minor };
    Passage {
        key: PassageKey {
            device: DeviceId(Uuid::from_u128(9)),
            epoch: Epoch(1),
            entry: LogEntry::Serial(EventSerial(u64::try_from(minutes + 1000).unwrap())),
        },
        code,
        verdict: code.verdict(),
        direction,
        at: at(minutes),
        live: true,
        reader_no: Some(1),
        door_no: Some(1),
        person_no: None,
        card_no: None,
    }
}

const GRANT: u32 = 75;

fn door(kind: FactKind, passage: &Passage) -> Fact {
    let id = FactId::of_passage(&passage.key);
    Fact { id, at: passage.at, kind, origin: Origin::Door, author: String::new() }
}

fn called_off(kind: FactKind) -> Fact {
    Fact { id: FactId("off".into()), at: at(1), kind, origin: Origin::Desk, author: String::new() }
}

#[test]
fn a_pass_is_expired_outside_its_window_and_when_the_device_says_so() {
    let plan = plan(Profile::Single);
    let found = |minor, direction, minutes| {
        expired_pass(&plan, &Facts::default(), &passage(minor, direction, minutes)).is_some()
    };
    assert!(!found(GRANT, Direction::In, 10));
    assert!(found(GRANT, Direction::In, 481));
    assert!(found(GRANT, Direction::In, -5));
    assert!(found(GRANT, Direction::Seen, 481));
    assert!(!found(GRANT, Direction::Out, 481), "leaving late is a long stay");
    assert!(found(8, Direction::In, 10), "refused as expired");
    assert!(found(6, Direction::In, 481), "refused outside the window");
    assert!(!found(6, Direction::In, 10), "refused for another reason");
    assert!(!found(25, Direction::In, 481), "a contact is not a pass");
}

#[test]
fn a_single_pass_is_spent_after_its_exit() {
    let (entry, exit) = (passage(GRANT, Direction::In, 10), passage(GRANT, Direction::Out, 20));
    let facts: Facts = [door(FactKind::Entered, &entry), door(FactKind::Left, &exit)].into_iter().collect();
    let again = passage(GRANT, Direction::In, 30);
    assert!(expired_pass(&plan(Profile::Single), &facts, &again).is_some());
    assert!(expired_pass(&plan(Profile::Multiple), &facts, &again).is_none());
    let earlier = passage(GRANT, Direction::In, 5);
    assert!(expired_pass(&plan(Profile::Single), &facts, &earlier).is_none(), "told late, went before");
}

#[test]
fn an_entry_on_a_visit_that_was_called_off() {
    let plan = plan(Profile::Single);
    let entry = passage(GRANT, Direction::In, 10);
    for kind in [FactKind::Cancelled, FactKind::Declined] {
        let facts: Facts = [door(FactKind::Entered, &entry), called_off(kind)].into_iter().collect();
        assert!(entry_on_cancelled(&plan, &facts, &entry).is_some());
        let refused = passage(6, Direction::In, 12);
        assert!(entry_on_cancelled(&plan, &facts, &refused).is_none());
    }
    let facts: Facts = [door(FactKind::Entered, &entry)].into_iter().collect();
    assert!(entry_on_cancelled(&plan, &facts, &entry).is_none());
}

#[test]
fn an_exit_needs_an_entry_before_it() {
    let plan = plan(Profile::Single);
    let exit = passage(GRANT, Direction::Out, 20);
    let exited = door(FactKind::Left, &exit);
    let alone: Facts = [exited.clone()].into_iter().collect();
    assert!(exit_without_entry(&plan, &alone, &exit).is_some());

    let before: Facts =
        [exited.clone(), door(FactKind::Entered, &passage(GRANT, Direction::In, 10))].into_iter().collect();
    assert!(exit_without_entry(&plan, &before, &exit).is_none());

    let after: Facts =
        [exited.clone(), door(FactKind::Entered, &passage(GRANT, Direction::In, 30))].into_iter().collect();
    assert!(exit_without_entry(&plan, &after, &exit).is_some());

    let mut taken_back = alone;
    taken_back.add(Fact {
        id: FactId("n".into()),
        at: at(20),
        kind: FactKind::NotPassed { revokes: exited.id },
        origin: Origin::Door,
        author: String::new(),
    });
    assert!(exit_without_entry(&plan, &taken_back, &exit).is_none());
}

#[test]
fn an_exit_waits_for_the_entry_readers_or_a_minute() {
    let now = |seconds| at(20) + SignedDuration::from_secs(seconds);
    assert!(!exit_is_due(at(20), now(1), None, now(30)), "nobody has read the entry readers");
    assert!(exit_is_due(at(20), now(1), None, now(61)));
    assert!(!exit_is_due(at(20), now(1), Some(at(19)), now(30)), "read, but not that far");
    assert!(exit_is_due(at(20), now(1), Some(now(2)), now(3)));
}

#[test]
fn a_reason_is_read_as_it_was_written_and_the_sentence_of_an_older_row_as_another() {
    use WithdrawnBecause::{EntryReadLater, NobodyWentThrough, Other};
    for because in [EntryReadLater, NobodyWentThrough, Other] {
        assert_eq!(WithdrawnBecause::of(because.as_str()), because);
    }
    assert_eq!(WithdrawnBecause::of("the entry was read later"), Other);
}
