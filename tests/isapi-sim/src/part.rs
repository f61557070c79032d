//! The parts of an alert stream, byte by byte.

use std::borrow::Cow;

use crate::device::{Device, lock};
use crate::documents::xml_document;
use crate::event::Event;
use crate::faults::{BoundaryStyle, Drift, Faults, NoBlankLine};
use crate::json::{Node, num, obj, text};

const BOUNDARY: &str = "MIME_boundary";

/// What the `boundary-in-picture` fault puts into pictures: everything that ends a part too early.
pub(crate) const BOUNDARY_TRAP: &[u8] =
    b"\r\n--MIME_boundary\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"trap\": {}}\r\n}}{{\r\n--MIME_boundary--\r\n";

/// What the answer's Content-Type says.
pub(crate) fn stream_content_type(style: BoundaryStyle) -> String {
    match style {
        BoundaryStyle::Plain => format!("multipart/mixed; boundary={BOUNDARY}"),
        BoundaryStyle::Quoted => format!("multipart/mixed; boundary=\"{BOUNDARY}\""),
        BoundaryStyle::Angle => format!("multipart/mixed; boundary=<{BOUNDARY}>"),
        BoundaryStyle::Dashed | BoundaryStyle::DashedRfc => format!("multipart/mixed; boundary=--{BOUNDARY}"),
        BoundaryStyle::Missing => "multipart/mixed".into(),
    }
}

/// The delimiter line as it is sent.
fn delimiter(style: BoundaryStyle) -> String {
    match style {
        BoundaryStyle::Angle => format!("--<{BOUNDARY}>"),
        BoundaryStyle::DashedRfc => format!("----{BOUNDARY}"),
        _ => format!("--{BOUNDARY}"),
    }
}

fn end_of_line(faults: &Faults) -> &'static str {
    if faults.part_lf { "\n" } else { "\r\n" }
}

/// Appends one part. `headers` come before Content-Type.
fn append(out: &mut Vec<u8>, faults: &Faults, headers: &[(&str, &str)], content_type: &str, body: &[u8]) {
    let eol = end_of_line(faults);
    // A picture without any framing could not be told from text: the fault concerns text parts.
    let no_blank_line =
        if content_type.starts_with("image/") { NoBlankLine::Off } else { faults.no_blank_line };
    let mut head = delimiter(faults.boundary_style) + eol;
    if no_blank_line != NoBlankLine::Bare {
        for (name, value) in headers {
            head += &format!("{name}: {value}{eol}");
        }
        head += &format!("Content-Type: {content_type}{eol}");
        if !faults.part_no_length {
            let length = i64::try_from(body.len()).unwrap_or(i64::MAX).saturating_add(faults.length_lies);
            head += &format!("Content-Length: {}{eol}", length.max(0));
        }
    }
    if no_blank_line == NoBlankLine::Off {
        head += eol;
    }
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(body);
    out.extend_from_slice(eol.as_bytes());
}

fn append_document(out: &mut Vec<u8>, faults: &Faults, node: &Node) {
    if faults.xml_stream {
        let body = xml_document(faults, "EventNotificationAlert", node);
        append(out, faults, &[], "application/xml; charset=\"UTF-8\"", body.as_bytes());
    } else {
        append(out, faults, &[], "application/json; charset=\"UTF-8\"", node.to_json().as_bytes());
    }
}

fn envelope(
    device: &Device,
    faults: &Faults,
    date_time: &str,
    posts: u64,
    kind: &str,
    state: &str,
    what: &str,
) -> Node {
    let posts = if faults.empty_post_count { text("") } else { num(posts) };
    // The address is the factory's, not the one the client uses: nobody may identify a device by it.
    obj([
        ("ipAddress", text("192.0.0.64")),
        ("portNo", num(80)),
        ("protocol", text("HTTP")),
        ("macAddress", text(lock(&device.state).mac())),
        ("channelID", num(3)),
        ("dateTime", text(date_time)),
        ("activePostCount", posts),
        ("eventType", text(kind)),
        ("eventState", text(state)),
        ("eventDescription", text(what)),
        ("deviceID", text(device.config.display_name())),
    ])
}

/// A heartbeat, the `count`th of its stream.
pub(crate) fn heartbeat(out: &mut Vec<u8>, device: &Device, faults: &Faults, count: u64) {
    let alarm = faults.videoloss_active && count % 2 == 1;
    let state = if alarm { "active" } else { "inactive" };
    let now = device.now_text(faults);
    let node = envelope(device, faults, &now, count, "videoloss", state, "videoloss alarm");
    append_document(out, faults, &node);
}

/// An event and its picture.
pub(crate) fn event(out: &mut Vec<u8>, device: &Device, faults: &Faults, event: &Event, current: bool) {
    let mut node = envelope(
        device,
        faults,
        &event.time,
        1,
        "AccessControllerEvent",
        "active",
        "Access Controller Event",
    );
    if let Some(difference) = &event.time_difference {
        node.push("timeDiff", text(difference.clone()));
    }
    let picture = event.picture.as_deref().filter(|_| !faults.no_pictures);
    let mut body = obj([
        ("deviceName", text(device.config.display_name())),
        ("majorEventType", num(event.major)),
        ("subEventType", num(event.minor)),
    ]);
    append_columns(&mut body, event, faults);
    if !faults.no_current_event {
        body.push("currentEvent", Node::Bool(current));
    }
    body.push("frontSerialNo", num(event.front_serial));
    body.push("picturesNumber", num(u8::from(picture.is_some())));
    body.push("purePwdVerifyEnable", Node::Bool(true));
    if faults.content_id && picture.is_some() {
        body.push("pid", text("pictureImage"));
    }
    if faults.type_drift != Drift::Off {
        body.drift();
    }
    node.push("AccessControllerEvent", body);
    append_document(out, faults, &node);
    if let Some(picture) = picture {
        let disposition = ("Content-Disposition", "form-data; name=\"Picture\"; filename=\"Picture.jpg\"");
        let headers: &[(&str, &str)] =
            if faults.content_id { &[disposition, ("Content-ID", "pictureImage")] } else { &[disposition] };
        append(out, faults, headers, "image/jpeg", picture);
    }
}

/// The columns that a searched and a streamed event share.
pub(crate) fn append_columns(node: &mut Node, event: &Event, faults: &Faults) {
    let fill = faults.fill_columns;
    let mut column = |name: &'static str, value: Option<Node>, filler: Node| {
        if let Some(value) = value.or(fill.then_some(filler)) {
            node.push(name, value);
        }
    };
    let own = |value: &Option<String>| value.as_ref().map(|v| text(v.clone()));
    let person = event.is_authentication();
    column("cardNo", own(&event.card_no), text(""));
    column("cardType", event.card_no.as_ref().map(|_| num(1)), num(0));
    column("name", own(&event.name), text(""));
    column("cardReaderNo", Some(num(event.reader_no)), num(0));
    column("doorNo", Some(num(event.door_no)), num(0));
    column("employeeNoString", own(&event.person_no), text(""));
    column("serialNo", Some(num(event.serial)), num(0));
    let user_type = own(&event.user_type).or_else(|| event.person_no.as_ref().map(|_| text("normal")));
    column("userType", user_type, text("normal"));
    column("currentVerifyMode", Some(text(if person { "cardOrFaceOrFp" } else { "invalid" })), text(""));
    let attendance = own(&event.attendance).or_else(|| event.person_no.as_ref().map(|_| text("undefined")));
    column("attendanceStatus", attendance, text("undefined"));
    column("mask", person.then(|| text("unknown")), text("no"));
    column("alarmInNo", None, num(0));
    column("netUser", None, text(""));
    for (key, value) in &event.extra {
        node.set(key, Node::from_serde(value));
    }
}

/// A part that no parser can use, a different one each time.
pub(crate) fn garbage(out: &mut Vec<u8>, faults: &Faults, count: u64) {
    let body: Cow<'static, [u8]> = match count % 4 {
        0 => b"{\"ipAddress\": \"192.0.0.64\", \"eventType\": \"Acc"[..].into(),
        1 => b"\x00\xff\xfe\x80}{\"}"[..].into(),
        2 => b"<EventNotificationAlert><eventType>AccessControllerEvent</event"[..].into(),
        _ => Vec::new().into(),
    };
    append(out, faults, &[], "application/json; charset=\"UTF-8\"", &body);
}
