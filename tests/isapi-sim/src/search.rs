//! `AcsEvent`, its capabilities and its total: finding stored events.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use serde_json::Value;

use crate::device::{Device, State, lock, zone};
use crate::documents::{Trouble, json};
use crate::event::Event;
use crate::faults::{Drift, Faults, MaxResults, MoreForever, Refusal, SerialRange, Unsorted};
use crate::http::{Request, Response};
use crate::json::{Node, num, obj, text};
use crate::part::append_columns;

const PAGE: usize = 30;
const LYING_PAGE: usize = 10;
const MAX_SERIAL: u64 = 3_000_000_000;

struct Conditions {
    search_id: String,
    position: usize,
    max_results: usize,
    serials: Option<(u64, u64)>,
    from_ms: Option<i64>,
    to_ms: Option<i64>,
    major: u64,
    minor: u64,
    person_no: Option<String>,
    card_no: Option<String>,
    newest_first: bool,
}

fn refused(faults: &Faults) -> Result<(), Trouble> {
    match faults.no_search {
        Refusal::Off => Ok(()),
        Refusal::NotFound => Err(Trouble::NOT_FOUND),
        Refusal::NotSupported => Err(Trouble::NOT_SUPPORT),
    }
}

/// `POST AcsEvent`.
pub(crate) fn search(device: &Device, request: &Request, faults: &Faults) -> Result<Response, Trouble> {
    refused(faults)?;
    let mut state = lock(&device.state);
    let body = body(request)?;
    let cond = body.get("AcsEventCond").ok_or(Trouble::missing("AcsEventCond"))?;
    let mut wanted = conditions(cond, &state, faults)?;
    let search_id = cond.get("searchID").and_then(Value::as_str).ok_or(Trouble::missing("searchID"))?;
    if search_id.is_empty() || search_id.len() > 64 {
        return Err(Trouble::bad_parameter("searchID"));
    }
    search_id.clone_into(&mut wanted.search_id);
    let number = |name: &'static str| {
        let value = cond.get(name).ok_or(Trouble::missing(name))?;
        value.as_u64().and_then(|n| usize::try_from(n).ok()).ok_or(Trouble::bad_parameter(name))
    };
    wanted.position = number("searchResultPosition")?;
    if wanted.position > 300_000 {
        return Err(Trouble::bad_parameter("searchResultPosition"));
    }
    wanted.max_results = page_size(number("maxResults")?, faults)?;
    if faults.search_id_strict && wanted.position > 0 && !state.known_searches.contains(search_id) {
        return Err(Trouble::NO_SEARCH_ID);
    }
    state.known_searches.insert(search_id.to_owned());
    if state.known_searches.len() > 10_000 {
        state.known_searches.clear();
    }
    let found = find(device, &state, &wanted, faults);
    drop(state);
    Ok(json(&page(device, &wanted, &found, faults)))
}

/// `POST AcsEventTotalNum`.
pub(crate) fn total(device: &Device, request: &Request, faults: &Faults) -> Result<Response, Trouble> {
    refused(faults)?;
    if faults.no_total {
        return Err(Trouble::NOT_FOUND);
    }
    let state = lock(&device.state);
    let body = body(request)?;
    let cond = body.get("AcsEventTotalNumCond").ok_or(Trouble::missing("AcsEventTotalNumCond"))?;
    let wanted = conditions(cond, &state, faults)?;
    let total = find(device, &state, &wanted, faults).total;
    Ok(json(&obj([("AcsEventTotalNum", obj([("totalNum", num(total))]))])))
}

/// `GET AcsEvent/capabilities`.
pub(crate) fn capabilities(faults: &Faults) -> Result<Response, Trouble> {
    refused(faults)?;
    if faults.no_event_caps {
        return Err(Trouble::NOT_SUPPORT);
    }
    let range = |min: u64, max: u64| obj([("@min", num(min)), ("@max", num(max))]);
    let options = |list: &str| obj([("@opt", text(list))]);
    let page = match faults.max_results {
        _ if faults.capability_lies => 100,
        Some(MaxResults::Clamp(n) | MaxResults::Reject(n)) => n,
        None => PAGE,
    };
    let cond = obj([
        ("searchID", range(1, 64)),
        ("searchResultPosition", range(0, 300_000)),
        ("maxResults", range(1, page as u64)),
        ("major", options("0,1,2,3,5")),
        ("minorAlarm", options("1024,1025,1026,1028,1029,1031,1034,1036")),
        ("minorException", options("39,40,1024,1025,1031,1032")),
        ("minorOperation", options("80,112,113,121,122,123,1024,1025")),
        (
            "minorEvent",
            options("1,6,7,8,9,10,21,22,23,24,25,26,27,28,37,38,39,75,76,104,113,133,134,135,136,137"),
        ),
        ("startTime", range(0, 32)),
        ("endTime", range(0, 32)),
        ("cardNo", range(1, 32)),
        ("name", range(0, 128)),
        ("employeeNoString", range(0, 32)),
        ("beginSerialNo", range(1, MAX_SERIAL)),
        ("endSerialNo", range(1, MAX_SERIAL)),
        ("picEnable", options("true,false")),
        ("timeReverseOrder", Node::Bool(true)),
    ]);
    Ok(json(&obj([("AcsEvent", obj([("AcsEventCond", cond)]))])))
}

fn body(request: &Request) -> Result<Value, Trouble> {
    if request.method != "POST" {
        return Err(Trouble::METHOD);
    }
    if !request.wants_json() {
        return Err(Trouble::BAD_XML);
    }
    serde_json::from_slice(&request.body).map_err(|_| Trouble::BAD_JSON)
}

fn page_size(wished: usize, faults: &Faults) -> Result<usize, Trouble> {
    if wished == 0 {
        return Err(Trouble::bad_parameter("maxResults"));
    }
    match faults.max_results {
        Some(MaxResults::Reject(n)) if wished > n => Err(Trouble::bad_parameter("maxResults")),
        Some(MaxResults::Clamp(n) | MaxResults::Reject(n)) => Ok(wished.min(n)),
        None if faults.capability_lies => Ok(wished.min(LYING_PAGE)),
        None => Ok(wished.min(PAGE)),
    }
}

fn conditions(cond: &Value, state: &State, faults: &Faults) -> Result<Conditions, Trouble> {
    let code = |name: &'static str| match cond.get(name) {
        None | Some(Value::Null) => Ok(0),
        Some(value) => value.as_u64().ok_or(Trouble::bad_parameter(name)),
    };
    let words =
        |name: &str| cond.get(name).and_then(Value::as_str).filter(|s| !s.is_empty()).map(str::to_owned);
    let time = |name: &'static str| match words(name) {
        None => Ok(None),
        Some(source) => zone(state, faults).read(&source).map(Some).ok_or(Trouble::bad_parameter(name)),
    };
    let serial = |name: &'static str, missing: u64| match cond.get(name) {
        None | Some(Value::Null) => Ok(missing),
        Some(value) => {
            value.as_u64().filter(|n| (1..=MAX_SERIAL).contains(n)).ok_or(Trouble::bad_parameter(name))
        }
    };
    let by_serial = cond.get("beginSerialNo").is_some() || cond.get("endSerialNo").is_some();
    if by_serial && faults.serial_range == SerialRange::Rejected {
        return Err(Trouble::bad_parameter("beginSerialNo"));
    }
    let range = (serial("beginSerialNo", 1)?, serial("endSerialNo", MAX_SERIAL)?);
    Ok(Conditions {
        search_id: String::new(),
        position: 0,
        max_results: 0,
        serials: (by_serial && faults.serial_range == SerialRange::Honoured).then_some(range),
        from_ms: time("startTime")?,
        to_ms: time("endTime")?,
        major: code("major")?,
        minor: code("minor")?,
        person_no: words("employeeNoString"),
        card_no: words("cardNo"),
        newest_first: cond.get("timeReverseOrder").and_then(Value::as_bool).unwrap_or(false),
    })
}

struct Found {
    total: usize,
    /// Just the page.
    events: Vec<Arc<Event>>,
    /// The page began at this position.
    position: usize,
}

impl Conditions {
    fn has_filter(&self) -> bool {
        self.from_ms.is_some()
            || self.to_ms.is_some()
            || self.major != 0
            || self.minor != 0
            || self.person_no.is_some()
            || self.card_no.is_some()
    }

    fn matches(&self, e: &Event) -> bool {
        self.from_ms.is_none_or(|from| e.instant_ms >= from)
            // The end is a whole second, and the event's milliseconds are not in its text.
            && self.to_ms.is_none_or(|to| e.instant_ms < to + 1000)
            && (self.major == 0 || self.major == u64::from(e.major))
            && (self.minor == 0 || self.minor == u64::from(e.minor))
            && (self.person_no.is_none() || self.person_no == e.person_no)
            && (self.card_no.is_none() || self.card_no == e.card_no)
    }
}

fn find(device: &Device, state: &State, wanted: &Conditions, faults: &Faults) -> Found {
    let range = match wanted.serials {
        Some((first, last)) => state.serial_range(first, last),
        None => 0..state.log.len(),
    };
    let now = Instant::now();
    let waits_for_stream = faults.announce_first && device.streams_open.load(Ordering::Acquire) > 0;
    let visible = |e: &Event| {
        faults.search_lag.is_none_or(|lag| now.duration_since(e.emitted_at) >= lag)
            && (!waits_for_stream || e.told.load(Ordering::Acquire))
    };
    let hides = faults.search_lag.is_some() || waits_for_stream;
    // Without conditions a position is an index: a page from a log of 100,000 costs nothing.
    let matching: Option<Vec<usize>> = (hides || wanted.has_filter()).then(|| {
        range.clone().filter(|i| wanted.matches(&state.log[*i]) && visible(&state.log[*i])).collect()
    });
    let total = matching.as_ref().map_or(range.len(), Vec::len);
    let total = faults.truncate_ok.map_or(total, |n| total.min(n));
    let mut position = if faults.repeat_page { 0 } else { wanted.position };
    if faults.more_forever == MoreForever::LastPage && position >= total {
        position = total.saturating_sub(wanted.max_results);
    }
    let end = (position + wanted.max_results).min(total);
    let events = (position..end.max(position))
        .filter(|i| *i < total)
        .map(|i| if faults.unsorted == Unsorted::All { in_blocks(i, total) } else { i })
        .map(|i| if wanted.newest_first { total - 1 - i } else { i })
        .map(|i| matching.as_ref().map_or(range.start + i, |m| m[i]))
        .map(|i| state.log[i].clone())
        .collect();
    Found { total, events, position }
}

/// A permutation that crosses page borders: blocks of 7 backwards.
fn in_blocks(i: usize, total: usize) -> usize {
    let start = i / 7 * 7;
    let last = (start + 6).min(total - 1);
    start + (last - i)
}

fn page(device: &Device, wanted: &Conditions, found: &Found, faults: &Faults) -> Node {
    let mut items: Vec<Node> = found.events.iter().map(|e| item(device, e, faults)).collect();
    if faults.unsorted == Unsorted::Pairs {
        items.chunks_mut(2).for_each(|pair| pair.reverse());
    }
    let is_last = found.position + items.len() >= found.total;
    let endless = faults.more_forever != MoreForever::Off
        || (faults.repeat_page && found.total > items.len() && !items.is_empty());
    let status = if endless && found.total > 0 {
        "MORE"
    } else if items.is_empty() {
        "NO MATCH"
    } else if is_last {
        "OK"
    } else {
        "MORE"
    };
    let mut head = obj([
        ("searchID", text(wanted.search_id.clone())),
        ("totalMatches", num(found.total)),
        ("responseStatusStrg", text(status)),
        ("numOfMatches", num(items.len())),
    ]);
    if faults.type_drift == Drift::All {
        head.set("totalMatches", text(found.total.to_string()));
        head.set("numOfMatches", text(items.len().to_string()));
    }
    if !items.is_empty() {
        head.push("InfoList", Node::List(items));
    }
    obj([("AcsEvent", head)])
}

fn item(device: &Device, event: &Event, faults: &Faults) -> Node {
    let mut node =
        obj([("major", num(event.major)), ("minor", num(event.minor)), ("time", text(event.time.clone()))]);
    if let Some(difference) = &event.time_difference {
        node.push("timeDiff", text(difference.clone()));
    }
    append_columns(&mut node, event, faults);
    if event.picture.is_some() {
        let own = lock(&device.address).to_string();
        let host = faults.picture_host.as_deref().unwrap_or(&own);
        node.push("pictureURL", text(format!("http://{host}{}", event.picture_path())));
        node.push("picturesNumber", num(1));
    }
    if faults.type_drift != Drift::Off {
        node.drift();
    }
    node
}

/// The picture behind a `pictureURL`.
pub(crate) fn picture(device: &Device, path: &str) -> Option<Arc<[u8]>> {
    let name = path.rsplit('/').next()?;
    let serial: u64 = name.split('_').next()?.parse().ok()?;
    let state = lock(&device.state);
    let event = state.log.get(state.serial_range(serial, serial).start)?;
    (event.picture_path() == path.replace("%40", "@")).then(|| event.picture.clone())?
}
