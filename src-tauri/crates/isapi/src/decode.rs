//! Tells what is in a capture: the engine of `vakhtad isapi decode`.
//!
//! A capture may be anything that a device ever sent: a page of the event search, a dump of the
//! alert stream with or without its HTTP header, a push, single documents or several in a row.
//! What is broken costs only itself; its neighbours are told.

mod http;
mod recover;
mod values;

use std::collections::HashMap;

use serde_json::{Value, json};
use vakhta_domain::device_event::DeviceEvent;

use crate::event::{self, Alert};
use crate::multipart::{Part, Splitter, StreamItem};
use crate::node::{self, Node, ParseError};
use crate::status;

use http::Body;
use values::{access, other, plate};

/// A document that is cut off makes the search for the next one look at everything behind it:
/// so often is enough.
const CUT_LIMIT: usize = 32;
/// Streams and documents may take turns in one body; what follows a stream is read once more.
const TURN_LIMIT: usize = 32;

/// All that a capture tells, in its order: access events, heartbeats, plates, other alerts, and
/// an `error` with its `offset` in the input for whatever cannot be read.
#[must_use]
pub fn decode(body: &[u8], content_type: Option<&str>) -> Vec<Value> {
    let mut telling = Telling::default();
    let mut at = node::leading_space(body);
    while at < body.len() {
        let message = http::message(body, at, content_type);
        let end = message.end + node::leading_space(body.get(message.end..).unwrap_or_default());
        // What only asks for a login is of interest when nothing follows it.
        let next = if message.passing && end < body.len() { None } else { telling.body(&message.body) };
        at = next.map_or(end, |offset| message.body.input_offset(offset));
    }
    telling.values
}

/// What was told so far.
#[derive(Default)]
struct Telling {
    values: Vec<Value>,
    /// The event that the next picture belongs to.
    pictured: Option<usize>,
    /// Events by what the pictures of theirs are called.
    named: HashMap<String, usize>,
}

/// Where the bytes that are read stand in the input.
type Place<'a> = &'a dyn Fn(usize) -> usize;

/// How far a stream goes.
enum Over {
    /// Another message begins there.
    Message(usize),
    /// Nothing behind it is a part.
    Parts(usize),
}

impl Telling {
    /// Tells a body. Returns where in it another message begins.
    fn body(&mut self, body: &Body<'_>) -> Option<usize> {
        let bytes: &[u8] = &body.bytes;
        let mut content_type = body.content_type.as_deref().filter(|content_type| is_multipart(content_type));
        let first = bytes.get(node::leading_space(bytes));
        let mut parts = content_type.is_some() && !matches!(first, Some(b'{' | b'[' | b'<'));
        let (mut at, mut dashes) = (0, false);
        for _ in 0..TURN_LIMIT {
            let rest = bytes.get(at..).unwrap_or_default();
            let place = |offset| body.input_offset(at + offset);
            if !parts {
                // With a type that says nothing of parts, or a wrong one, the bytes decide.
                at += self.documents(rest, &place, true)?;
                (parts, dashes) = (true, true);
                continue;
            }
            let before = self.values.len();
            match self.parts(rest, content_type, &place, body.is_open()) {
                Over::Message(offset) => return Some(at + offset),
                Over::Parts(offset) if self.values.len() > before => {
                    let rest = rest.get(offset..).unwrap_or_default();
                    let rest = rest.get(node::leading_space(rest)..).unwrap_or_default();
                    // Any other text behind a stream is as good as none.
                    if !(rest.starts_with(b"--") || matches!(rest.first(), Some(b'{' | b'[' | b'<'))) {
                        return None;
                    }
                    at = bytes.len() - rest.len();
                    content_type = None;
                }
                Over::Parts(_) if !dashes => {}
                Over::Parts(_) => {
                    // A single line is the last delimiter, or what was written of it.
                    if !rest.get(http::line(rest).1..).unwrap_or_default().trim_ascii().is_empty() {
                        self.error("dashes that no part follows", place(0));
                    }
                    return None;
                }
            }
            (parts, dashes) = (false, false);
        }
        self.error("too many streams in a row", body.input_offset(at));
        None
    }
    /// Tells a stream; `open` when another message may follow within `bytes`.
    fn parts(&mut self, bytes: &[u8], content_type: Option<&str>, place: Place<'_>, open: bool) -> Over {
        let mut splitter = Splitter::new(content_type);
        let (mut at, mut from, mut message) = (0, 1, None);
        let mut items = Vec::new();
        while let Some(header) = http::next_header(bytes, from).filter(|_| open) {
            items.extend(splitter.feed(bytes.get(at..header).unwrap_or_default()));
            (at, from) = (header, header + 1);
            if splitter.may_end() {
                message = Some(header);
                break;
            }
        }
        if message.is_none() {
            items.extend(splitter.feed(bytes.get(at..).unwrap_or_default()));
        }
        items.extend(splitter.finish());
        let offset = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        for item in items {
            match item {
                StreamItem::Part(part) => self.part(&part, place(offset(part.offset))),
                StreamItem::Malformed { offset: at, reason } => self.error(reason, place(offset(at))),
            }
        }
        message.map_or(Over::Parts(offset(splitter.over())), Over::Message)
    }

    fn part(&mut self, part: &Part, offset: usize) {
        if !is_picture(part) {
            self.documents(&part.body, &|_| offset, false);
            return;
        }
        let name = part.content_id.as_deref().map(|id| id.trim_matches(['<', '>']));
        let named = name.and_then(|name| self.named.get(name).copied());
        let event = named.or(self.pictured).and_then(|index| self.values.get_mut(index));
        if let Some(pictures) = event.and_then(|event| event.get_mut("pictures")) {
            *pictures = json!(pictures.as_u64().unwrap_or(0) + 1);
        }
    }

    /// Tells one document after the other. Stops at a line of dashes, which parts follow, and
    /// returns where it is, if parts are expected.
    fn documents(&mut self, bytes: &[u8], place: Place<'_>, parts_follow: bool) -> Option<usize> {
        let (mut at, mut cuts) = (0, 0);
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let space = recover::between(rest);
            at += space;
            let rest = rest.get(space..).unwrap_or_default();
            let first = *rest.first()?;
            if parts_follow && rest.starts_with(b"--") {
                return Some(at);
            }
            let here: Place<'_> = &|offset| place(at + offset);
            at += match node::parse_list(rest, "InfoList") {
                Ok((document, length, items)) => {
                    self.document(&document, here, &items);
                    length
                }
                Err(ParseError::Malformed { .. }) if !matches!(first, b'{' | b'[' | b'<') => {
                    let skipped = recover::next_document(rest, parts_follow);
                    // A dump that begins in the middle of a part's header loses nothing by it.
                    let is_head =
                        skipped < rest.len() && recover::is_header(rest.get(..skipped).unwrap_or_default());
                    if !is_head {
                        self.error(
                            ParseError::Malformed { offset: 0, reason: "neither XML nor JSON" },
                            here(0),
                        );
                    }
                    skipped
                }
                Err(error) => {
                    cuts += usize::from(!matches!(error, ParseError::Malformed { .. }));
                    let read = self.broken_document(rest, &error, here);
                    if cuts >= CUT_LIMIT {
                        return None;
                    }
                    let tail = rest.get(read..).unwrap_or_default();
                    read + recover::next_document(tail, parts_follow)
                }
            };
        }
    }

    /// Tells what can be had of a document that is cut off or broken; returns how much of it was
    /// gone through.
    fn broken_document(&mut self, bytes: &[u8], error: &ParseError, place: Place<'_>) -> usize {
        let reached = match error {
            ParseError::Malformed { offset, .. } => *offset,
            _ => bytes.len(),
        };
        let Some(page) = recover::page(bytes, reached) else {
            self.error(error, place(0));
            return 0;
        };
        let mut bad = false;
        for (offset, entry) in page.entries {
            match entry {
                Ok(entry) => self.page_entry(event::page_entry(&entry, None), place(offset)),
                Err(error) => {
                    bad = true;
                    self.error(error, place(offset));
                }
            }
        }
        if !bad {
            self.error(error, place(page.end));
        }
        page.end
    }

    fn document(&mut self, document: &Node, place: Place<'_>, items: &[usize]) {
        if let Some(page) = event::event_page(document) {
            let announced = page.num_of_matches.unwrap_or(0);
            if page.events.is_empty() && (announced > 0 || page.error.is_some()) {
                let words = page.error.map(|status| status.words());
                self.error(
                    words.unwrap_or_else(|| format!("a page without its {announced} events")),
                    place(0),
                );
            }
            for (index, entry) in page.events.into_iter().enumerate() {
                self.page_entry(entry, place(items.get(index).copied().unwrap_or(0)));
            }
            return;
        }
        if let Some(status) = status::response_status(document) {
            self.error(status.words(), place(0));
            return;
        }
        let alerts = event::alerts(document);
        if alerts.is_empty() {
            self.not_an_alert(document, place(0));
        }
        let single = alerts.len() == 1;
        for alert in alerts {
            match alert {
                Ok(alert) => self.alert(&alert),
                Err(error) => self.error(error, place(0)),
            }
        }
        if let Some(index) = self.pictured.filter(|_| single) {
            let names = event::picture_names(document).into_iter();
            self.named.extend(names.map(|name| (name.to_owned(), index)));
        }
    }

    fn not_an_alert(&mut self, document: &Node, offset: usize) {
        match document.child("SubscribeEventResponse") {
            // The first part of a subscription: nothing is wrong, and nothing has happened.
            Some(_) => self.tell(other("SubscribeEventResponse", None, None)),
            None => {
                if let Err(error) = event::alert(document) {
                    self.error(error, offset);
                }
            }
        }
    }

    fn page_entry(&mut self, entry: Result<DeviceEvent, event::EventError>, offset: usize) {
        match entry {
            Ok(event) => self.tell_pictured(access(&event)),
            Err(error) => self.error(error, offset),
        }
    }

    fn alert(&mut self, alert: &Alert) {
        match alert {
            Alert::Access(event) => self.tell_pictured(access(event)),
            Alert::Plate(read) => self.tell_pictured(plate(read)),
            // Does not come between an event and its pictures, and would have none of its own.
            Alert::Heartbeat { time } => {
                let time = time.as_ref().map_or(Value::Bool(true), |time| json!(time.text));
                self.values.push(json!({ "heartbeat": time }));
            }
            Alert::Other { event_type, event_state, time } => {
                self.tell(other(event_type, event_state.as_deref(), time.as_ref()));
            }
        }
    }

    fn tell_pictured(&mut self, value: Value) {
        self.pictured = Some(self.values.len());
        self.values.push(value);
    }

    /// Pictures that follow belong to this, and not to the event before it.
    fn tell(&mut self, value: Value) {
        self.pictured = None;
        self.values.push(value);
    }

    fn error(&mut self, error: impl ToString, offset: usize) {
        self.tell(json!({ "error": error.to_string(), "offset": offset }));
    }
}

fn is_multipart(content_type: &str) -> bool {
    content_type.trim_start().get(..10).is_some_and(|start| start.eq_ignore_ascii_case("multipart/"))
}

/// By its bytes first: types and names are missing or wrong often enough.
fn is_picture(part: &Part) -> bool {
    const MAGIC: [&[u8]; 4] = [b"\xff\xd8", b"\x89PNG", b"BM", b"GIF8"];
    if MAGIC.iter().any(|magic| part.body.starts_with(magic)) {
        return true;
    }
    let first = part.body.get(node::leading_space(&part.body));
    if first.is_none() || node::is_complete(&part.body) {
        return false;
    }
    let is_image = |text: &str| text.trim_start().to_ascii_lowercase().starts_with("image/");
    let is_image_name = |name: &str| {
        let name = name.to_ascii_lowercase();
        [".jpg", ".jpeg", ".png", ".bmp"].iter().any(|ending| name.ends_with(ending))
    };
    part.content_type.as_deref().is_some_and(is_image)
        || [&part.filename, &part.name].into_iter().flatten().any(|name| is_image_name(name))
}

#[cfg(test)]
mod tests;
