//! What is told of events, as JSON.

use serde_json::{Value, json};
use vakhta_domain::device_event::DeviceEvent;
use vakhta_domain::device_time::DeviceTime;

use crate::event::Plate;

fn instant(time: Option<&DeviceTime>) -> Option<String> {
    time.and_then(|time| time.instant(None)).map(|at| at.to_string())
}

pub(super) fn access(event: &DeviceEvent) -> Value {
    let time = event.time.as_ref();
    // Until the remote check has an outcome, nobody has been let in or turned away.
    let verdict = if event.undecided { "none" } else { event.code.verdict().as_str() };
    json!({
        "major": event.code.major,
        "minor": event.code.minor,
        "meaning": event.code.meaning().map(|meaning| meaning.text),
        "serial": event.serial.map(|serial| serial.0),
        "device_time": time.map(|time| &time.text),
        "at": instant(time),
        "person_no": event.person_no.as_ref().map(|no| no.as_str()),
        "card_no": event.card_no.as_ref().map(|no| no.as_str()),
        "reader_no": event.reader_no,
        "door_no": event.door_no,
        "verdict": verdict,
        "live": event.current,
        "pictures": 0,
    })
}

pub(super) fn plate(read: &Plate) -> Value {
    json!({
        "plate": read.plate,
        "device_time": read.time.as_ref().map(|time| &time.text),
        "at": instant(read.time.as_ref()),
        "direction": read.direction,
        "pictures": 0,
    })
}

pub(super) fn other(event_type: &str, event_state: Option<&str>, time: Option<&DeviceTime>) -> Value {
    json!({
        "event_type": event_type,
        "event_state": event_state,
        "device_time": time.map(|time| &time.text),
        "at": instant(time),
    })
}
