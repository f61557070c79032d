use super::*;
use vakhta_domain::event_code::EventCode;

use crate::time::device_time;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + second).unwrap()
}

pub(super) fn event(serial: u64, minor: u32, time: &str) -> DeviceEvent {
    DeviceEvent {
        code: EventCode { major: 5, minor },
        serial: (serial > 0).then_some(EventSerial(serial)),
        front_serial: None,
        time: (!time.is_empty()).then(|| device_time(time, None)),
        person_no: None,
        card_no: None,
        reader_no: None,
        door_no: None,
        attendance: None,
        current: None,
        undecided: false,
        picture_url: None,
    }
}

fn plain(serial: u64) -> DeviceEvent {
    event(serial, 75, "2026-07-06T10:00:00+03:00")
}

fn plains(serials: impl IntoIterator<Item = u64>) -> Vec<DeviceEvent> {
    serials.into_iter().map(plain).collect()
}

fn serials(events: &[DeviceEvent]) -> Vec<u64> {
    events.iter().map(|event| event.serial.map_or(0, |serial| serial.0)).collect()
}

fn anchor(serial: u64) -> Anchor {
    anchor_of(&plain(serial)).unwrap()
}

fn settled(cursor: &mut LogCursor) -> Option<u64> {
    cursor.settle().map(|anchor| anchor.serial.0)
}

fn live(serial: u64, minor: u32) -> DeviceEvent {
    DeviceEvent { current: Some(true), ..event(serial, minor, "2026-07-06T10:00:00.250+03:00") }
}

#[test]
fn a_search_begins_at_the_anchor() {
    assert_eq!(LogCursor::resume(None).begin(), 1);
    let mut cursor = LogCursor::resume(Some(anchor(7)));
    assert_eq!(cursor.begin(), 7);
    let new = cursor.take_new(plains([9, 3, 8, 9, 7, 0, 8]));
    assert_eq!(serials(&new), [8, 9, 0]);
    assert_eq!(serials(&cursor.take_new(plains([9, 0, 8, 10]))), [10, 0]);
    assert_eq!(settled(&mut cursor), Some(10));
    assert_eq!(settled(&mut cursor), None);
    assert_eq!((cursor.begin(), cursor.newest()), (10, 10));
}

#[test]
fn within_a_run_only_what_follows_without_a_gap_is_settled() {
    let mut cursor = LogCursor::resume(Some(anchor(10)));
    cursor.take_new(plains([11, 12, 15]));
    assert_eq!(settled(&mut cursor), Some(12));
    cursor.take_new(plains([14]));
    assert_eq!(settled(&mut cursor), None);
    cursor.take_new(plains([13]));
    assert_eq!(settled(&mut cursor), Some(15));
}

#[test]
fn a_hole_is_asked_for_three_times_more() {
    let mut cursor = LogCursor::resume(Some(anchor(10)));
    cursor.take_new(plains([11, 13, 20_000]));
    for _ in 0..3 {
        cursor.on_run_complete(at(0), false);
        assert_eq!(cursor.holes(), [(12, 12), (14, 19_999)]);
        settled(&mut cursor);
        assert_eq!(cursor.begin(), 11);
    }
    assert_eq!(serials(&cursor.take_new(plains([15_000]))), [15_000]);
    cursor.on_run_complete(at(0), false);
    assert!(cursor.holes().is_empty());
    // Given up, but not refused, should it come after all.
    assert_eq!(serials(&cursor.take_new(plains([12]))), [12]);
    assert_eq!(settled(&mut cursor), Some(20_000));
    assert_eq!(cursor.completed(), Some(at(0)));
}

#[test]
fn holes_asked_for_by_themselves_count_too() {
    let mut cursor = LogCursor::resume(Some(anchor(10)));
    cursor.take_new(plains([10, 11, 13, 15]));
    cursor.on_run_complete(at(0), false);
    for _ in 0..3 {
        cursor.on_holes_asked(12, 12);
    }
    assert_eq!(cursor.holes(), [(14, 14)]);
    assert_eq!(settled(&mut cursor), Some(13));
}

#[test]
fn the_overwritten_part_of_a_log_is_not_waited_for() {
    let mut cursor = LogCursor::resume(None);
    cursor.take_new(plains(50_000..51_010));
    assert_eq!(settled(&mut cursor), None);
    cursor.on_run_complete(at(0), false);
    assert_eq!(settled(&mut cursor), Some(51_009));
    // Of a short log, the first events may be late.
    let mut cursor = LogCursor::resume(None);
    cursor.take_new(plains([50_001]));
    cursor.on_run_complete(at(0), false);
    assert_eq!(cursor.holes(), [(1, 50_000)]);
    // A log that begins near its beginning may show its first events late.
    let mut cursor = LogCursor::resume(None);
    cursor.take_new(plains([3]));
    cursor.on_run_complete(at(0), false);
    assert_eq!(cursor.holes(), [(1, 2)]);
    // With the anchor still there, nothing was overwritten.
    let mut cursor = LogCursor::resume(Some(anchor(10)));
    cursor.take_new(plains([10, 50_000]));
    cursor.on_run_complete(at(0), false);
    assert_eq!(cursor.holes(), [(11, 49_999)]);
}

#[test]
fn a_run_that_smells_counts_once_it_brings_nothing() {
    let mut cursor = LogCursor::resume(Some(anchor(10)));
    cursor.take_new(plains([12]));
    cursor.on_run_complete(at(0), true);
    assert!(cursor.holes().is_empty() && cursor.completed().is_none());
    for _ in 0..4 {
        cursor.on_run_complete(at(1), true);
    }
    assert_eq!(settled(&mut cursor), Some(12));
}

#[test]
fn nothing_is_settled_past_what_is_awaited() {
    let mut cursor = LogCursor::resume(Some(anchor(10)));
    assert_eq!(cursor.announce(live(12, 75), at(0)), Announcement::New);
    assert!(cursor.awaiting());
    cursor.take_new(plains([11, 13, 14]));
    for _ in 0..9 {
        cursor.on_run_complete(at(1), false);
    }
    assert_eq!(settled(&mut cursor), Some(11));
    assert_eq!(serials(&cursor.take_new(plains([12]))), [12]);
    assert!(!cursor.awaiting());
    assert_eq!(cursor.announced_current(EventSerial(12)), Some(true));
    assert_eq!(settled(&mut cursor), Some(14));
}

#[test]
fn what_the_log_never_shows_is_taken_from_the_stream_but_is_no_anchor() {
    let mut cursor = LogCursor::resume(Some(anchor(10)));
    cursor.announce(live(12, 75), at(0));
    cursor.announce(live(0, 21), at(0));
    cursor.take_new(plains([11]));
    assert!(cursor.overdue(at(60), SignedDuration::from_secs(60)).is_empty());
    let due = cursor.overdue(at(61), SignedDuration::from_secs(60));
    assert_eq!(serials(&due.iter().map(|due| due.event.clone()).collect::<Vec<_>>()), [12, 0]);
    assert_eq!(due.first().map(|due| due.at), Some(at(0)));
    assert!(!cursor.awaiting());
    assert_eq!(settled(&mut cursor), Some(11));
    assert!(cursor.take_new(plains([12])).is_empty(), "it counts as met");
    assert_eq!(cursor.announce(live(12, 75), at(99)), Announcement::Known);
    assert_eq!(settled(&mut cursor), Some(12), "now the log has shown it");
}

#[test]
fn an_announcement_without_a_serial_is_found_by_what_it_tells() {
    let mut cursor = LogCursor::resume(None);
    assert_eq!(cursor.announce(live(0, 75), at(0)), Announcement::New);
    assert!(cursor.awaiting());
    assert_eq!(cursor.take_new(plains([0])).len(), 1);
    assert!(!cursor.awaiting());
}

#[test]
fn a_clock_of_ours_set_back_delays_nothing() {
    let mut cursor = LogCursor::resume(None);
    cursor.announce(live(5, 75), at(3600));
    assert!(cursor.overdue(at(0), SignedDuration::from_secs(60)).is_empty());
    assert_eq!(cursor.overdue(at(61), SignedDuration::from_secs(60)).len(), 1);
}

#[test]
fn too_many_announcements_are_not_hoarded() {
    let mut cursor = LogCursor::resume(None);
    for serial in 0..25_000_i64 {
        cursor.announce(live(serial.unsigned_abs() + 1, 75), at(serial));
    }
    let due = cursor.overdue(at(25_000), SignedDuration::from_hours(99));
    assert_eq!(due.len(), 25_000 - AWAITED_LIMIT);
    assert_eq!(due.first().map(|due| due.at), Some(at(0)));
}

#[test]
fn replays_are_known_and_contradictions_suspicious() {
    let mut cursor = LogCursor::resume(Some(anchor(10)));
    cursor.take_new(plains([11, 13]));
    assert_eq!(cursor.announce(live(10, 75), at(0)), Announcement::Known);
    assert_eq!(cursor.announce(live(13, 75), at(0)), Announcement::Known);
    assert_eq!(cursor.announce(live(13, 76), at(0)), Announcement::Suspicious);
    assert_eq!(cursor.announce(live(10, 76), at(0)), Announcement::Suspicious);
    assert_eq!(cursor.announce(live(1, 75), at(0)), Announcement::Suspicious);
    assert_eq!(cursor.announce(plain(1), at(0)), Announcement::Suspicious);
    let history = DeviceEvent { current: Some(false), ..plain(1) };
    assert_eq!(cursor.announce(history, at(0)), Announcement::Known);
    cursor.trust(&plain(1));
    assert_eq!(cursor.announce(live(1, 75), at(0)), Announcement::Known);
    assert_eq!(cursor.announce(live(14, 75), at(0)), Announcement::New);
    assert_eq!(cursor.announce(live(14, 75), at(0)), Announcement::New);
    assert_eq!(cursor.announce(live(14, 76), at(0)), Announcement::Suspicious);
}

#[test]
fn the_streams_first_word_counts() {
    let mut cursor = LogCursor::resume(None);
    cursor.announce(plain(1), at(0));
    assert_eq!(cursor.announced_current(EventSerial(1)), None);
    cursor.announce(live(1, 75), at(0));
    cursor.announce(DeviceEvent { current: Some(false), ..plain(1) }, at(0));
    assert_eq!(cursor.announced_current(EventSerial(1)), Some(true));
}

#[test]
fn a_number_out_of_range_moves_nothing() {
    let mut cursor = LogCursor::resume(Some(anchor(10)));
    assert_eq!(cursor.take_new(vec![plain(u64::MAX), plain(11)]).len(), 2);
    cursor.announce(live(u64::MAX, 1), at(0));
    cursor.on_run_complete(at(0), false);
    assert_eq!(settled(&mut cursor), Some(11));
}

#[test]
fn a_log_is_known_by_its_anchor() {
    use LogVerdict::{Cleared, Same};
    let anchor = anchor(100);
    let (before, same, after) =
        ("2026-07-06T09:00:00+03:00", "2026-07-06T10:00:00+03:00", "2026-07-06T11:00:00+03:00");
    for (expected, run) in [
        (Same, vec![event(100, 75, same), event(101, 75, after)]),
        (Same, vec![event(100, 75, "2026-07-06T07:00:00Z")]),
        (Same, vec![event(100, 75, "2026-07-06T10:00:00")]),
        (Same, vec![event(100, 75, "2026-07-06T10:00:00.500+02:00")]),
        (Same, vec![event(100, 75, "")]),
        (Same, vec![event(3, 75, after), event(100, 75, same)]),
        (Cleared, vec![event(100, 76, same), event(101, 75, after)]),
        (Cleared, vec![event(100, 75, after), event(101, 75, after)]),
        (Cleared, vec![]),
        (Cleared, vec![event(0, 75, same)]),
        (Same, vec![event(102, 75, after), event(101, 75, same)]),
        (Same, vec![event(102, 75, after), event(101, 75, before)]),
        (Same, vec![event(102, 75, "")]),
        (Cleared, vec![event(102, 75, before), event(101, 75, before), event(103, 75, "")]),
        (Cleared, vec![event(1, 75, after), event(2, 75, after)]),
        (Cleared, vec![event(1, 75, after), event(102, 75, after)]),
        (Same, vec![event(99, 75, before), event(102, 75, after)]),
        (Cleared, vec![event(99, 75, before)]),
    ] {
        assert_eq!(verdict(&anchor, &run), expected, "{run:#?}");
    }
}
