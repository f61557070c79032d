//! Documents of devices, whichever way they are written, and captures of them.

use jiff::civil::date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use vakhta_domain::device_event::DeviceEvent;
use vakhta_domain::device_time::{DeviceClock, judge};
use vakhta_isapi::event::{Alert, EventError, alert, alerts, event_page, page_entry};
use vakhta_isapi::node::{DEPTH_LIMIT, Node, ParseError, is_complete, parse, parse_prefix};
use vakhta_isapi::search::{device_info, search_capabilities, system_time};
use vakhta_isapi::status::{StatusKind, error_in, response_status};
use vakhta_isapi::time::{device_time, posix_offset, text_offset};
use vakhta_isapi::{decode::decode, time};

/// So many places at most where a document is cut.
const CUTS: usize = 24;
/// So many of a document's texts at most are read as times.
const TEXTS: usize = 64;

/// Never panics; a tree is no deeper than the limit and no larger than its document; what was cut off
/// says that it was; what cannot be told of a capture is an error with its place.
pub(crate) fn run(bytes: &[u8], content_type: Option<&str>) {
    document(bytes);
    for content_type in [content_type, Some("multipart/mixed; boundary=MIME_boundary")] {
        capture(bytes, content_type);
    }
}

fn document(bytes: &[u8]) {
    let whole = parse(bytes);
    assert!(whole.is_ok() || !is_complete(bytes), "complete, but {whole:?}");
    let (node, length) = match parse_prefix(bytes) {
        Ok(read) => read,
        Err(why) => {
            assert!(whole.is_err(), "a document, but not at the beginning: {why}");
            return;
        }
    };
    let Some(own) = bytes.get(..length) else { panic!("{length} of {} bytes", bytes.len()) };
    assert_eq!(parse(own).as_ref(), Ok(&node), "another document without what follows");
    // A list stands between an element and those of one name in it.
    assert!(depth(&node) <= 2 * DEPTH_LIMIT + 2, "{} levels", depth(&node));
    // A byte that is no text becomes a mark of three.
    assert!(size(&node) <= 3 * bytes.len(), "{} of {} bytes", size(&node), bytes.len());
    for cut in cuts(length) {
        let cut = parse_prefix(own.get(..cut).unwrap_or_default());
        assert!(matches!(cut, Err(ParseError::Incomplete | ParseError::Empty)), "cut off, and {cut:?}");
    }
    facts(&node);
    let mut texts = Vec::new();
    collect(&node, &mut texts);
    for (index, text) in texts.iter().enumerate() {
        times(text, texts.get(index + 1).copied());
    }
}

fn cuts(length: usize) -> impl Iterator<Item = usize> {
    let step = length.div_ceil(CUTS).max(1);
    (0..length).rev().step_by(step)
}

fn depth(node: &Node) -> usize {
    match node {
        Node::Null | Node::Text(_) => 0,
        Node::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Node::Object(fields) => 1 + fields.iter().map(|(_, node)| depth(node)).max().unwrap_or(0),
    }
}

fn size(node: &Node) -> usize {
    match node {
        Node::Null => 0,
        Node::Text(text) => text.len(),
        Node::List(items) => items.iter().map(size).sum(),
        Node::Object(fields) => fields.iter().map(|(name, node)| name.len() + size(node)).sum(),
    }
}

fn collect<'a>(node: &'a Node, texts: &mut Vec<&'a str>) {
    match node {
        Node::Text(text) if texts.len() < TEXTS => texts.push(text),
        Node::Null | Node::Text(_) => {}
        Node::List(items) => items.iter().for_each(|item| collect(item, texts)),
        Node::Object(fields) => fields.iter().for_each(|(_, node)| collect(node, texts)),
    }
}

/// Everything that is read of a document, whatever it is.
fn facts(node: &Node) {
    let all = alerts(node);
    match (alert(node), all.first()) {
        (first, Some(expected)) => assert_eq!(&first, expected),
        (first, None) => assert!(matches!(first, Err(EventError::NotAnEvent(_))), "{first:?}"),
    }
    for alert in all.into_iter().flatten() {
        if let Alert::Access(told) = alert {
            event(&told);
        }
    }
    for told in event_page(node).into_iter().flat_map(|page| page.events).flatten() {
        event(&told);
    }
    if let Ok(told) = page_entry(node, None) {
        event(&told);
    }
    let _ = (device_info(node), search_capabilities(node), system_time(node));
    if let Some(status) = response_status(node) {
        assert!(!status.words().is_empty());
        assert_eq!(error_in(node).is_some(), status.kind() != StatusKind::Fine);
    }
}

fn event(event: &DeviceEvent) {
    assert!(event.serial.is_none_or(|serial| serial.0 > 0), "a serial of nothing");
    assert!(event.reader_no != Some(0) && event.door_no != Some(0), "a reader or door of nothing");
    let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 57);
    let told = event.time.as_ref().and_then(|time| time.instant(Some(Offset::constant(5))));
    // The clock of a device is as wrong as its events are, and was measured so.
    for drift in [None, Some(SignedDuration::ZERO), told.map(|told| told.duration_since(now))] {
        let clock = DeviceClock { drift, offset: Some(Offset::constant(-3)) };
        let judged = judge(event.time.as_ref(), &clock, now, event.current);
        assert!(!(judged.live && event.current == Some(false)), "history was taken for live");
    }
}

fn times(text: &str, next: Option<&str>) {
    let read = device_time(text, next);
    assert_eq!(read.text, text);
    let _ = (read.instant(None), read.instant(Some(Offset::constant(14))));
    for offset in [
        text_offset(text),
        posix_offset(text, None),
        posix_offset(text, Some(date(2026, 7, 6).at(12, 0, 0, 0))),
    ] {
        let Some(offset) = offset else { continue };
        // As it is written in a search.
        assert!(!vakhta_isapi::search::time_text(Timestamp::UNIX_EPOCH, offset).is_empty());
        let _ = time::text_offset(&format!("1970-01-01T00:00:00{offset}"));
    }
}

fn capture(bytes: &[u8], content_type: Option<&str>) {
    let values = decode(bytes, content_type);
    assert!(values.len() <= 2 * bytes.len(), "{} of {} bytes", values.len(), bytes.len());
    for value in values {
        assert!(value.is_object(), "{value}");
        if let Some(error) = value.get("error") {
            assert!(error.as_str().is_some_and(|words| !words.is_empty()), "{value}");
            let offset = value.get("offset").and_then(serde_json::Value::as_u64);
            let is_within = |offset| usize::try_from(offset).is_ok_and(|offset| offset <= bytes.len());
            assert!(offset.is_some_and(is_within), "{value}");
        }
    }
}
