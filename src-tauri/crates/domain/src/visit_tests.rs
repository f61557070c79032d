use jiff::SignedDuration;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::ids::{DeviceId, Epoch, EventSerial};
use crate::passage::LogEntry;

/// Minutes after an arbitrary morning.
pub(crate) fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap() + SignedDuration::from_mins(minutes)
}

/// A visit of eight hours from then.
pub(crate) fn plan(profile: Profile) -> Plan {
    Plan {
        id: VisitId(Uuid::from_u128(1)),
        visitor: VisitorId(Uuid::from_u128(2)),
        window: Window::new(at(0), at(480)).unwrap(),
        profile,
        needs_approval: false,
        person_no: None,
        card_no: None,
        planned_at: at(-60),
    }
}

fn fact(id: &str, kind: FactKind, minutes: i64, origin: Origin) -> Fact {
    Fact { id: FactId(id.into()), at: at(minutes), kind, origin, author: String::new() }
}

fn entered(id: &str, minutes: i64) -> Fact {
    fact(id, FactKind::Entered, minutes, Origin::Door)
}

fn left(id: &str, minutes: i64) -> Fact {
    fact(id, FactKind::Left, minutes, Origin::Door)
}

fn checked_out(id: &str, minutes: i64) -> Fact {
    fact(id, FactKind::Left, minutes, Origin::Desk)
}

fn closed(id: &str, minutes: i64) -> Fact {
    fact(id, FactKind::ClosedAutomatically, minutes, Origin::Automatic)
}

fn revoke(id: &str, revokes: &str) -> Fact {
    fact(id, FactKind::Reopened { revokes: FactId(revokes.into()) }, 0, Origin::Desk)
}

fn of(profile: Profile, now: i64, facts: impl IntoIterator<Item = Fact>) -> Status {
    status(&plan(profile), &facts.into_iter().collect(), at(now))
}

#[test]
fn a_single_visit_from_plan_to_exit() {
    use Profile::Single;
    assert_eq!(of(Single, -10, []), Status::Expected);
    assert_eq!(of(Single, 10, []), Status::Expected);
    assert_eq!(of(Single, 481, []), Status::NoShow);
    assert_eq!(of(Single, 10, [entered("e", 5)]), Status::CheckedIn);
    assert_eq!(of(Single, 900, [entered("e", 5)]), Status::CheckedIn, "nobody saw the visitor leave");
    assert_eq!(of(Single, 10, [entered("e", 5), left("x", 9)]), Status::CheckedOut);
}

#[test]
fn an_entry_after_the_window_turns_a_no_show_into_a_visit() {
    assert_eq!(of(Profile::Single, 600, [entered("e", 590)]), Status::CheckedIn);
}

#[test]
fn nothing_but_an_explicit_fact_brings_a_single_visit_back() {
    let gone = [entered("e", 5), left("x", 9), entered("again", 20)];
    assert_eq!(of(Profile::Single, 30, gone.clone()), Status::CheckedOut);
    let back = gone.into_iter().chain([revoke("r", "x")]);
    assert_eq!(of(Profile::Single, 30, back), Status::CheckedIn);
}

#[test]
fn a_multiple_visit_is_away_while_its_window_is_open() {
    use Profile::Multiple;
    let out = [entered("e", 5), left("x", 9)];
    assert_eq!(of(Multiple, 10, out.clone()), Status::Away);
    assert_eq!(of(Multiple, 481, out.clone()), Status::CheckedOut);
    let back = out.into_iter().chain([entered("e2", 30)]);
    assert_eq!(of(Multiple, 40, back.clone()), Status::CheckedIn);
    let by_the_desk = back.chain([checked_out("d", 50), entered("e3", 60)]);
    assert_eq!(of(Multiple, 70, by_the_desk), Status::CheckedOut, "the desk's word ends it");
}

#[test]
fn cancelled_before_any_entry_only() {
    let cancelled = fact("c", FactKind::Cancelled, 1, Origin::Desk);
    assert_eq!(of(Profile::Single, 10, [cancelled.clone()]), Status::Cancelled);
    assert_eq!(of(Profile::Single, 900, [cancelled.clone()]), Status::Cancelled, "not a no-show");
    assert_eq!(
        of(Profile::Single, 10, [cancelled, entered("e", 5)]),
        Status::CheckedIn,
        "somebody is inside"
    );
}

#[test]
fn approval_is_asked_for_where_the_plan_demands_it() {
    let plan = Plan { needs_approval: true, ..plan(Profile::Single) };
    let of = |facts: Vec<Fact>| status(&plan, &facts.into_iter().collect(), at(10));
    let approved = fact("a", FactKind::Approved, 2, Origin::Desk);
    let declined = fact("d", FactKind::Declined, 1, Origin::Desk);
    assert_eq!(of(vec![]), Status::Requested);
    assert_eq!(of(vec![approved.clone()]), Status::Expected);
    assert_eq!(of(vec![declined.clone()]), Status::Declined);
    assert_eq!(of(vec![declined.clone(), approved]), Status::Expected, "the later decision counts");
    assert_eq!(of(vec![declined, entered("e", 5)]), Status::CheckedIn);
}

#[test]
fn a_grant_that_was_taken_back_never_happened() {
    let taken_back = fact("n", FactKind::NotPassed { revokes: FactId("e".into()) }, 6, Origin::Door);
    assert_eq!(of(Profile::Single, 10, [entered("e", 5), taken_back]), Status::Expected);
}

#[test]
fn an_automatic_closing_is_replaced_by_a_real_exit_on_either_side_of_it() {
    for exit in [400, 1500] {
        let facts: Facts = [entered("e", 5), closed("c", 900), left("x", exit)].into_iter().collect();
        assert!(facts.standing().closing().is_none());
        assert_eq!(facts.standing().exit().map(|fact| &fact.id.0[..]), Some("x"));
        assert_eq!(status(&plan(Profile::Single), &facts, at(2000)), Status::CheckedOut);
    }
    let unseen: Facts = [entered("e", 5), closed("c", 900)].into_iter().collect();
    assert_eq!(unseen.standing().exit().map(|fact| fact.origin), Some(Origin::Automatic));
    assert_eq!(status(&plan(Profile::Single), &unseen, at(2000)), Status::CheckedOut);
}

#[test]
fn an_exit_of_an_earlier_stay_does_not_replace_a_closing() {
    let facts = [entered("e", 5), left("x", 9), entered("e2", 20), closed("c", 300)];
    assert_eq!(of(Profile::Multiple, 310, facts), Status::CheckedOut);
}

#[test]
fn a_doors_fact_has_the_passages_name() {
    let key = PassageKey {
        device: DeviceId(Uuid::from_u128(7)),
        epoch: Epoch(2),
        entry: LogEntry::Serial(EventSerial(41)),
    };
    assert_eq!(FactId::of_passage(&key).0, "door/00000000-0000-0000-0000-000000000007/2/41");
}

fn any_fact() -> impl Strategy<Value = Fact> {
    let kind = prop_oneof![
        4 => Just(FactKind::Entered),
        4 => Just(FactKind::Left),
        1 => Just(FactKind::Requested),
        1 => Just(FactKind::Approved),
        1 => Just(FactKind::Declined),
        1 => Just(FactKind::Cancelled),
        1 => Just(FactKind::ClosedAutomatically),
        1 => (0..12u8).prop_map(|n| FactKind::Reopened { revokes: FactId(n.to_string()) }),
        1 => (0..12u8).prop_map(|n| FactKind::NotPassed { revokes: FactId(n.to_string()) }),
    ];
    let origin = prop_oneof![Just(Origin::Desk), Just(Origin::Door)];
    (0..12u8, kind, -100..1000i64, origin).prop_map(|(id, kind, minutes, origin)| {
        // A fact of one name is one fact: what differs is told by the name.
        let origin = if kind == FactKind::ClosedAutomatically { Origin::Automatic } else { origin };
        fact(&format!("{id}"), kind, minutes, origin)
    })
}

fn profile() -> impl Strategy<Value = Profile> {
    prop_oneof![Just(Profile::Single), Just(Profile::Multiple)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// In whatever order and however often facts arrive, also when two desks tell different
    /// things under one name.
    #[test]
    fn order_and_repetition_do_not_matter(
        (facts, shuffled) in prop::collection::vec(any_fact(), 0..14).prop_flat_map(|facts| {
            let twice: Vec<Fact> = facts.iter().chain(facts.iter()).cloned().collect();
            (Just(facts), Just(twice).prop_shuffle())
        }),
        profile in profile(),
        now in -200..2000i64,
    ) {
        let one: Facts = facts.into_iter().collect();
        let other: Facts = shuffled.into_iter().collect();
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(of_set(profile, &one, now), of_set(profile, &other, now));
    }

    /// A check-out is not undone by anything but a fact that takes it back.
    #[test]
    fn a_check_out_stays(
        facts in prop::collection::vec(any_fact(), 0..10),
        by_the_desk in any::<bool>(),
        profile in profile(),
        minutes in -100..1000i64,
        now in -200..2000i64,
    ) {
        let exit = if by_the_desk || profile == Profile::Multiple { checked_out } else { left };
        // No fact of the strategy can name this one.
        let mut facts: Facts = facts.into_iter().collect();
        facts.add(exit("the exit", minutes));
        prop_assert_eq!(of_set(profile, &facts, now), Status::CheckedOut);
        facts.add(revoke("the return", "the exit"));
        prop_assert!(facts.standing().exit().is_none_or(|exit| exit.id.0 != "the exit"));
    }

    /// Whoever was seen to enter and not to leave is inside, whatever was cancelled.
    #[test]
    fn an_entry_without_an_exit_is_inside(
        facts in prop::collection::vec(any_fact(), 0..10),
        profile in profile(),
        now in -200..2000i64,
    ) {
        let facts: Facts = facts.into_iter().filter(|fact| {
            matches!(fact.kind, FactKind::Entered | FactKind::Cancelled | FactKind::Declined | FactKind::Approved)
        }).collect();
        let inside = facts.standing().entry().is_some();
        prop_assert_eq!(inside, of_set(profile, &facts, now) == Status::CheckedIn);
    }

    /// Time alone changes only what has not begun, or was away.
    #[test]
    fn only_the_window_ends_by_itself(
        facts in prop::collection::vec(any_fact(), 0..10),
        profile in profile(),
        (early, late) in (-200..2000i64).prop_flat_map(|early| (Just(early), early..2001)),
    ) {
        let facts: Facts = facts.into_iter().collect();
        let before = of_set(profile, &facts, early);
        let after = of_set(profile, &facts, late);
        let allowed = before == after
            || (before, after) == (Status::Expected, Status::NoShow)
            || (before, after) == (Status::Away, Status::CheckedOut);
        prop_assert!(allowed, "{:?} became {:?}", before, after);
    }
}

fn of_set(profile: Profile, facts: &Facts, now: i64) -> Status {
    status(&plan(profile), facts, at(now))
}

#[test]
fn a_stay_begins_with_the_last_entry_and_ends_with_the_exit() {
    let stay = |facts: Vec<Fact>| {
        let facts: Facts = facts.into_iter().collect();
        facts.standing().stay().map(|fact| fact.id.0.clone())
    };
    assert_eq!(stay(vec![]), None);
    assert_eq!(stay(vec![entered("a", 1), left("b", 2), entered("c", 3)]).as_deref(), Some("c"));
    assert_eq!(stay(vec![entered("a", 1), left("b", 2)]), None);
    assert_eq!(stay(vec![entered("a", 1), closed("b", 2)]), None);
}

#[test]
fn the_desk_takes_back_only_what_it_did_last_itself() {
    let undone = |facts: Vec<Fact>| {
        let facts: Facts = facts.into_iter().collect();
        facts.standing().undoable().map(|fact| fact.id.0.clone())
    };
    let checked_in = fact("in", FactKind::Entered, 1, Origin::Desk);
    assert_eq!(undone(vec![]), None);
    assert_eq!(undone(vec![entered("door", 1)]), None);
    assert_eq!(undone(vec![checked_in.clone()]).as_deref(), Some("in"));
    assert_eq!(undone(vec![checked_in.clone(), left("door", 2)]), None, "a door has told more since");
    assert_eq!(undone(vec![checked_in.clone(), closed("night", 2)]), None);
    assert_eq!(undone(vec![entered("door", 1), checked_out("out", 2)]).as_deref(), Some("out"));
    let undo = fact("undo", FactKind::Undone { revokes: FactId("in".into()) }, 3, Origin::Desk);
    assert_eq!(undone(vec![checked_in.clone(), undo.clone()]), None);
    assert_eq!(of(Profile::Single, 5, [checked_in, undo]), Status::Expected);
}

#[test]
fn the_clock_turns_what_is_expected_or_away_after_its_window_and_nothing_else() {
    let turns = |facts: Vec<Fact>, profile, now| {
        let facts: Facts = facts.into_iter().collect();
        turn(&plan(profile), &facts, at(now))
    };
    assert_eq!(turns(vec![], Profile::Single, 0), Some((at(480), Status::NoShow)));
    assert_eq!(turns(vec![], Profile::Single, 481), None);
    assert_eq!(turns(vec![entered("a", 1)], Profile::Single, 2), None);
    let away = vec![entered("a", 1), left("b", 2)];
    assert_eq!(turns(away.clone(), Profile::Multiple, 3), Some((at(480), Status::CheckedOut)));
    assert_eq!(of(Profile::Multiple, 480, away), Status::Away, "the window's last moment belongs to it");
}

#[test]
fn windows_overlap_where_a_moment_lies_in_both_and_not_where_they_only_touch() {
    let window = |from, until| Window::new(at(from), at(until)).unwrap();
    let day = window(0, 480);
    for (other, overlaps) in [
        (window(470, 600), true),
        (window(-60, 10), true),
        (window(100, 200), true),
        (window(-60, 600), true),
        (window(480, 600), false),
        (window(-60, 0), false),
    ] {
        assert_eq!((day.overlaps(&other), other.overlaps(&day)), (overlaps, overlaps), "{other:?}");
    }
}
