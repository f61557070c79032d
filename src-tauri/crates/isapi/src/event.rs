//! Events as devices tell them: pages of the event search and alerts of the stream.
//!
//! The same facts come under two sets of names (`major`/`minor`/`time` in the search,
//! `majorEventType`/`subEventType`/`dateTime` in alerts), on the envelope or inside of
//! `AccessControllerEvent`, as strings or as numbers. All of it is read the same way here.

use vakhta_domain::device_event::{Attendance, DeviceEvent};
use vakhta_domain::device_time::DeviceTime;
use vakhta_domain::event_code::EventCode;
use vakhta_domain::ids::{CardNo, EventSerial, PersonNo};

use crate::node::{Node, number};
use crate::status::{self, ResponseStatus};
use crate::time::device_time;

const MAJOR: &[&str] = &["majorEventType", "major"];
const MINOR: &[&str] = &["subEventType", "minor", "minorEventType"];
const ACCESS: &str = "AccessControllerEvent";
/// How deep an envelope may be wrapped in others.
const WRAPPERS: usize = 3;

/// An alert from the stream, a subscription or a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alert {
    /// The device is there, nothing happened.
    Heartbeat {
        /// When, by the device.
        time: Option<DeviceTime>,
    },
    /// Something at a door or reader.
    Access(Box<DeviceEvent>),
    /// A camera read a number plate.
    Plate(Box<Plate>),
    /// An event of another kind (video loss, motion, …).
    Other {
        /// `eventType`, as written.
        event_type: String,
        /// `active` or `inactive`, as written.
        event_state: Option<String>,
        /// When, by the device.
        time: Option<DeviceTime>,
    },
}

/// A number plate that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plate {
    /// As read; `unknown` when there was a vehicle but no plate to read.
    pub plate: Option<String>,
    /// When, by the device.
    pub time: Option<DeviceTime>,
    /// `forward`, `reverse` or `unknown`.
    pub direction: Option<String>,
    /// Lane.
    pub line: Option<u32>,
    /// In percent, as written: some firmware sends a fraction.
    pub confidence: Option<String>,
    /// The device's list that the plate stands in.
    pub list_name: Option<String>,
    /// The device's own name for this reading: tells a repetition.
    pub uuid: Option<String>,
}

/// Why something is not an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// Nothing in it speaks of an event.
    #[error("not an event: {0}")]
    NotAnEvent(String),
    /// An access event that does not say what happened.
    #[error("an access event without {0}")]
    NoCode(&'static str),
    /// An event code that is no number.
    #[error("an access event with an unreadable {0}")]
    BadCode(&'static str),
}

/// How an event search ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageStatus {
    /// This was the last page.
    Ok,
    /// There is more.
    More,
    /// There is nothing.
    NoMatch,
    /// Anything else, as written; empty when missing.
    Unknown(String),
}

/// A page of the event search, in the order of the device, which is none to rely on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPage {
    /// `responseStatusStrg`.
    pub status: PageStatus,
    /// How many events the device says this page has.
    pub num_of_matches: Option<u64>,
    /// How many events the device says the whole search has.
    pub total_matches: Option<u64>,
    /// What this page has; an unreadable entry does not cost its neighbours.
    pub events: Vec<Result<DeviceEvent, EventError>>,
    /// `searchID` of the run.
    pub search_id: Option<String>,
    /// What the device complains of in the place of events.
    pub error: Option<ResponseStatus>,
}

/// Where fields are looked for, the innermost first.
struct Scopes<'a>([Option<&'a Node>; 2]);

impl<'a> Scopes<'a> {
    fn texts(&self, names: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
        let [inner, outer] = self.0;
        let scopes = [inner, outer].into_iter().flatten();
        scopes.flat_map(move |scope| names.iter().filter_map(move |name| scope.text(name)))
    }

    fn text(&self, names: &'a [&'a str]) -> Option<&'a str> {
        self.texts(names).next()
    }

    fn bool(&self, name: &str) -> Option<bool> {
        self.0.iter().flatten().find_map(|scope| scope.bool(name))
    }

    /// A number that devices count from 1; 0 stands for nothing.
    fn counted(&self, names: &'a [&'a str]) -> Option<u64> {
        self.texts(names).filter_map(number).find(|&number| number != 0)
    }

    /// The first that can be read as a time, else the first there is.
    fn time(&self, time_diff: Option<&str>) -> Option<DeviceTime> {
        let time_diff = self.text(&["timeDiff"]).or(time_diff);
        let read = |text| device_time(text, time_diff);
        let names = &["time", "dateTime"];
        self.texts(names).map(read).find(|time| time.reading.is_some()).or_else(|| self.text(names).map(read))
    }

    fn code_part(&self, names: &'a [&'a str], what: &'static str) -> Result<u32, EventError> {
        let text = self.text(names).ok_or(EventError::NoCode(what))?;
        let part = number(text).and_then(|number| u32::try_from(number).ok());
        part.ok_or(EventError::BadCode(what))
    }
}

fn has_any(node: &Node, names: &[&str]) -> bool {
    names.iter().any(|name| node.text(name).is_some())
}

fn has_code(node: &Node) -> bool {
    has_any(node, MAJOR) && has_any(node, MINOR)
}

fn access_event(scopes: &Scopes<'_>, time_diff: Option<&str>) -> Result<DeviceEvent, EventError> {
    let code =
        EventCode { major: scopes.code_part(MAJOR, "major")?, minor: scopes.code_part(MINOR, "minor")? };
    let small = |names| scopes.counted(names).and_then(|number| u32::try_from(number).ok());
    let decided = ["frontSerialNo", "statusValue", "remoteCheckResult"];
    Ok(DeviceEvent {
        code,
        serial: scopes.counted(&["serialNo"]).map(EventSerial),
        front_serial: scopes.counted(&["frontSerialNo"]).map(EventSerial),
        time: scopes.time(time_diff),
        person_no: scopes.texts(&["employeeNoString", "employeeNo"]).find_map(|no| PersonNo::new(no).ok()),
        card_no: scopes.texts(&["cardNo"]).find_map(|no| CardNo::new(no).ok()),
        reader_no: small(&["cardReaderNo"]),
        door_no: small(&["doorNo"]),
        attendance: scopes.text(&["attendanceStatus"]).and_then(Attendance::parse),
        current: scopes.bool("currentEvent"),
        undecided: scopes.bool("remoteCheck") == Some(true) && scopes.text(&decided).is_none(),
        picture_url: scopes.text(&["pictureURL"]).map(str::to_owned),
    })
}

fn is_envelope(node: &Node) -> bool {
    node.text("eventType").is_some()
        || has_code(node)
        || [ACCESS, "ANPR"]
            .iter()
            .any(|name| matches!(node.child(name), Some(Node::Object(_) | Node::List(_))))
}

/// All alert envelopes in a body, wrapped or in a list.
fn envelopes<'a>(node: &'a Node, wrappers: usize, found: &mut Vec<&'a Node>) {
    match node {
        node if is_envelope(node) => found.push(node),
        Node::List(items) => {
            for item in items.iter().filter(|_| wrappers > 0) {
                envelopes(item, wrappers - 1, found);
            }
        }
        Node::Object(fields) => {
            for (_, child) in fields.iter().filter(|_| wrappers > 0) {
                envelopes(child, wrappers - 1, found);
            }
        }
        Node::Null | Node::Text(_) => {}
    }
}

/// Reads the alert that a body is.
///
/// # Errors
/// When it is none, or an access event that does not say what happened.
pub fn alert(body: &Node) -> Result<Alert, EventError> {
    match alerts(body).into_iter().next() {
        Some(first) => first,
        None => Err(EventError::NotAnEvent(root_name(body))),
    }
}

/// All alerts in a body, in its order; most bodies are one.
#[must_use]
pub fn alerts(body: &Node) -> Vec<Result<Alert, EventError>> {
    let mut found = Vec::new();
    envelopes(body, WRAPPERS, &mut found);
    found.into_iter().flat_map(envelope_alerts).collect()
}

fn root_name(body: &Node) -> String {
    match body {
        Node::Object(fields) => match fields.first() {
            Some((name, _)) => name.chars().take(64).collect(),
            None => "an empty object".to_owned(),
        },
        Node::List(_) => "a list".to_owned(),
        Node::Null | Node::Text(_) => "no object".to_owned(),
    }
}

fn envelope_alerts(envelope: &Node) -> Vec<Result<Alert, EventError>> {
    let event_type = envelope.text("eventType").unwrap_or_default();
    let of_type = |name: &str| event_type.eq_ignore_ascii_case(name);
    let inner: Vec<&Node> = match envelope.child(ACCESS) {
        Some(inner) => inner.items().iter().filter(|item| matches!(item, Node::Object(_))).collect(),
        // Under whatever name: what has a code is the event.
        None if of_type(ACCESS) => {
            envelope.fields().iter().map(|(_, child)| child).filter(|child| has_code(child)).collect()
        }
        None => Vec::new(),
    };
    let access = |scopes| access_event(&scopes, None).map(|event| Alert::Access(Box::new(event)));
    if !inner.is_empty() {
        return inner.into_iter().map(|inner| access(Scopes([Some(inner), Some(envelope)]))).collect();
    }
    if of_type(ACCESS) || has_code(envelope) {
        return vec![access(Scopes([Some(envelope), None]))];
    }
    vec![Ok(match envelope.child("ANPR") {
        Some(anpr) => Alert::Plate(Box::new(plate(&Scopes([Some(anpr), Some(envelope)])))),
        None if of_type("ANPR") => Alert::Plate(Box::new(plate(&Scopes([Some(envelope), None])))),
        None => other(envelope, event_type),
    })]
}

fn other(envelope: &Node, event_type: &str) -> Alert {
    let time = Scopes([Some(envelope), None]).time(None);
    let state = envelope.text("eventState");
    let idle_video = event_type.eq_ignore_ascii_case("videoloss")
        && state.is_some_and(|state| state.eq_ignore_ascii_case("inactive"));
    if idle_video || event_type.eq_ignore_ascii_case("heartBeat") {
        return Alert::Heartbeat { time };
    }
    Alert::Other { event_type: event_type.to_owned(), event_state: state.map(str::to_owned), time }
}

fn plate(scopes: &Scopes<'_>) -> Plate {
    let text = |names| scopes.text(names).map(str::to_owned);
    Plate {
        plate: text(&["licensePlate", "plateNumber", "originalLicensePlate"]),
        // On the envelope of alerts, and more precise there than inside.
        time: Scopes([scopes.0[1], scopes.0[0]]).time(None),
        direction: text(&["direction"]),
        line: scopes.counted(&["line", "laneNo"]).and_then(|line| u32::try_from(line).ok()),
        confidence: text(&["confidenceLevel"]),
        list_name: text(&["vehicleListName"]),
        uuid: text(&["UUID"]),
    }
}

impl PageStatus {
    fn parse(text: &str) -> Self {
        match text.to_ascii_uppercase().as_str() {
            "OK" => Self::Ok,
            "MORE" => Self::More,
            "NO MATCH" | "NO MATCHES" | "NO_MATCH" | "NOMATCH" => Self::NoMatch,
            _ => Self::Unknown(text.to_owned()),
        }
    }
}

/// Reads a page of the event search; `None` when the body is none.
#[must_use]
pub fn event_page(body: &Node) -> Option<EventPage> {
    let is_page = |node: &Node| node.child("InfoList").is_some() || node.text("responseStatusStrg").is_some();
    let page = wrapped_page(body, WRAPPERS).or_else(|| is_page(body).then_some(body))?;
    let time_diff = page.text("timeDiff");
    let entries = page.child("InfoList").map(entries).unwrap_or_default();
    Some(EventPage {
        status: PageStatus::parse(page.text("responseStatusStrg").unwrap_or_default()),
        num_of_matches: page.u64("numOfMatches"),
        total_matches: page.u64("totalMatches"),
        events: entries.iter().map(|entry| page_entry(entry, time_diff)).collect(),
        search_id: page.text("searchID").map(str::to_owned),
        error: status::error_in(page),
    })
}

/// The innermost `AcsEvent`, in itself or in envelopes of gateways (`{"code":0,"data":{…}}`).
fn wrapped_page(node: &Node, wrappers: usize) -> Option<&Node> {
    if let Some(page @ Node::Object(_)) = node.child("AcsEvent") {
        return Some(if wrappers > 0 { wrapped_page(page, wrappers - 1).unwrap_or(page) } else { page });
    }
    let children = node.fields().iter().filter(|_| wrappers > 0).map(|(_, child)| child);
    children
        .filter(|child| matches!(child, Node::Object(_)))
        .find_map(|child| wrapped_page(child, wrappers - 1))
}

/// What the pictures of an alert are called in their `Content-ID`.
pub(crate) fn picture_names(body: &Node) -> Vec<&str> {
    let mut found = Vec::new();
    envelopes(body, WRAPPERS, &mut found);
    let inner = found.iter().filter_map(|envelope| envelope.child(ACCESS)).collect::<Vec<_>>();
    let scopes = found.into_iter().chain(inner);
    scopes.flat_map(|scope| ["pid", "contentID"].into_iter().filter_map(|name| scope.text(name))).collect()
}

/// Reads one entry of a page.
///
/// # Errors
/// When it is no event, or does not say what happened.
pub fn page_entry(entry: &Node, time_diff: Option<&str>) -> Result<DeviceEvent, EventError> {
    if !matches!(entry, Node::Object(_)) {
        return Err(EventError::NotAnEvent(root_name(entry)));
    }
    let inner = entry.child(ACCESS);
    access_event(&Scopes([inner, Some(entry)]), time_diff)
}

/// The entries of an `InfoList`: an array, a single entry in its place, or, in XML, an element
/// around the entries.
pub(crate) fn entries(list: &Node) -> &[Node] {
    match list {
        Node::Object(fields) => match fields.as_slice() {
            [] => &[],
            [(_, wrapped @ (Node::Object(_) | Node::List(_)))] => wrapped.items(),
            _ => list.items(),
        },
        _ => list.items(),
    }
}

#[cfg(test)]
mod tests;
