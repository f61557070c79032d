//! The table of faults: name, value, checklist row, meaning, and how the value is read.

use std::str::FromStr;
use std::time::Duration;

use crate::clock::{TimeFormat, Zone};
use crate::faults::{
    BoundaryStyle, Challenges, Countdown, Drift, FaultInfo, Faults, MaxResults, MoreForever, Namespace,
    NoBlankLine, NonceLife, NonceReuse, Refusal, SerialRange, Spec, Unsorted,
};

type Set = fn(&mut Faults, Option<&str>) -> Result<(), String>;

const fn row(
    name: &'static str,
    value: &'static str,
    row: &'static str,
    what: &'static str,
    set: Set,
) -> Spec {
    Spec { info: FaultInfo { name, value, row, what }, set }
}

fn flag(value: Option<&str>) -> Result<bool, String> {
    match value {
        None => Ok(false),
        Some("" | "on" | "true") => Ok(true),
        Some(other) => Err(format!("takes no value, got {other:?}")),
    }
}

fn parse<T: FromStr>(value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("not a fitting number: {value:?}"))
}

fn number<T: FromStr>(value: Option<&str>) -> Result<Option<T>, String> {
    value.map(parse).transpose()
}

/// A number that may be left out.
fn number_or<T: FromStr>(value: Option<&str>, missing: T) -> Result<Option<T>, String> {
    match value {
        Some("") => Ok(Some(missing)),
        other => number(other),
    }
}

/// "Every Nth" needs an N of at least 1.
fn nth(value: Option<&str>, missing: u64) -> Result<Option<u64>, String> {
    match number_or(value, missing)? {
        Some(0) => Err("must be at least 1".into()),
        n => Ok(n),
    }
}

fn seconds(value: &str) -> Result<Duration, String> {
    Duration::try_from_secs_f64(parse(value)?).map_err(|e| e.to_string())
}

fn one_of<T: Copy + Default>(value: Option<&str>, choices: &[(&str, T)]) -> Result<T, String> {
    match value {
        None => Ok(T::default()),
        Some(v) => {
            choices.iter().find(|(n, _)| *n == v).map(|(_, t)| *t).ok_or_else(|| format!("unknown: {v:?}"))
        }
    }
}

fn max_results(value: Option<&str>) -> Result<Option<MaxResults>, String> {
    let Some(value) = value else { return Ok(None) };
    match value.split_once(':') {
        Some(("clamp", n)) => Ok(Some(MaxResults::Clamp(parse(n)?))),
        Some(("reject", n)) => Ok(Some(MaxResults::Reject(parse(n)?))),
        _ => Err(format!("unknown: {value:?}")),
    }
}

fn nonce_life(value: Option<&str>) -> Result<Option<NonceLife>, String> {
    let Some(value) = value else { return Ok(None) };
    match value.strip_suffix('s') {
        Some(time) => Ok(Some(NonceLife::Time(seconds(time)?))),
        None => Ok(Some(NonceLife::Uses(parse(value)?))),
    }
}

fn countdown(value: Option<&str>) -> Result<Option<Countdown>, String> {
    Ok(number_or(value, i64::MAX)?.map(Countdown::new))
}

const DIGESTS: &[(&str, Challenges)] = &[
    ("md5", Challenges::Md5),
    ("md5-explicit", Challenges::Md5Explicit),
    ("md5-noqop", Challenges::Md5NoQop),
    ("md5-sess", Challenges::Md5Sess),
    ("md5-qop-list", Challenges::Md5QopList),
    ("sha256", Challenges::Sha256),
    ("sha256-noqop", Challenges::Sha256NoQop),
    ("both", Challenges::Both),
    ("both-joined", Challenges::BothJoined),
    ("both-reversed", Challenges::BothReversed),
];
const BOUNDARIES: &[(&str, BoundaryStyle)] = &[
    ("plain", BoundaryStyle::Plain),
    ("quoted", BoundaryStyle::Quoted),
    ("angle", BoundaryStyle::Angle),
    ("dashed", BoundaryStyle::Dashed),
    ("dashed-rfc", BoundaryStyle::DashedRfc),
    ("missing", BoundaryStyle::Missing),
];
const FORMATS: &[(&str, TimeFormat)] = &[
    ("offset", TimeFormat::Offset),
    ("no-offset", TimeFormat::Bare),
    ("minutes", TimeFormat::Minutes),
    ("millis", TimeFormat::Millis),
    ("utc", TimeFormat::Utc),
];
const REFUSALS: &[(&str, Refusal)] =
    &[("", Refusal::NotFound), ("404", Refusal::NotFound), ("notsupport", Refusal::NotSupported)];

#[rustfmt::skip] // One fault a line: a table is read by columns.
pub(crate) const TABLE: &[Spec] = &[
    // Authentication.
    row("digest", "md5|md5-explicit|md5-noqop|md5-sess|md5-qop-list|sha256|sha256-noqop|both|both-joined|both-reversed", "1.2", "which challenges are offered", |f, v| { f.challenges = one_of(v, DIGESTS)?; Ok(()) }),
    row("basic-offered", "", "1.2", "a Basic challenge comes first; whoever takes it is refused (and it counts)", |f, v| { f.basic_offered = flag(v)?; Ok(()) }),
    row("challenge-extras", "", "1.2", "challenges carry domain=\"::\" and an empty opaque; echoing the latter is refused", |f, v| { f.challenge_extras = flag(v)?; Ok(()) }),
    row("nonce-reuse", "refuse|half|accept", "2", "a nonce used again (or every other time) gives 401 without a challenge", |f, v| { f.nonce_reuse = one_of(v, &[("accept", NonceReuse::Accept), ("refuse", NonceReuse::Refuse), ("half", NonceReuse::Half)])?; Ok(()) }),
    row("nonce-bound", "", "2", "a nonce is good only for the URL that it was given for", |f, v| { f.nonce_bound = flag(v)?; Ok(()) }),
    row("nonce-per-connection", "", "3", "a nonce is good only on the connection that it was given on", |f, v| { f.nonce_per_connection = flag(v)?; Ok(()) }),
    row("nonce-stale", "N|SECONDSs", "2", "a nonce is stale after N uses (nonce-stale=3) or so many seconds (nonce-stale=0.5s)", |f, v| { f.nonce_life = nonce_life(v)?; Ok(()) }),
    row("close-after-401", "", "3", "the connection closes after each 401", |f, v| { f.close_after_401 = flag(v)?; Ok(()) }),
    row("body-401", "BYTES", "3", "401 bodies are padded to this size", |f, v| { f.body_401 = number(v)?; Ok(()) }),
    row("lock-tries", "N", "1", "wrong passwords before the account locks (5)", |f, v| { f.lock_tries = number(v)?; Ok(()) }),
    row("lock-seconds", "N", "1", "how long the account stays locked (1800)", |f, v| { f.lock_seconds = number(v)?; Ok(()) }),
    // Transport and HTTP.
    row("close-on-accept", "", "21", "a connection is closed as soon as it is accepted", |f, v| { f.close_on_accept = flag(v)?; Ok(()) }),
    row("hang", "[PATH]", "10", "requests (below PATH) are read and never answered", |f, v| { f.hang = v.map(str::to_owned); Ok(()) }),
    row("slow-answer", "MS", "10", "every answer comes so much later", |f, v| { f.slow_answer = number(v)?.map(Duration::from_millis); Ok(()) }),
    row("drop-connection-every", "N", "26", "every Nth request ends with a closed connection instead of an answer", |f, v| { f.drop_every = nth(v, 1)?; Ok(()) }),
    row("drip", "[BYTES]", "12", "everything is sent one byte (or BYTES) at a time", |f, v| { f.drip = number_or(v, 1)?; Ok(()) }),
    row("chunked", "", "12", "bodies and streams use Transfer-Encoding: chunked", |f, v| { f.chunked = flag(v)?; Ok(()) }),
    row("cut-body", "", "26", "half of each body is sent, then the connection closes", |f, v| { f.cut_body = flag(v)?; Ok(()) }),
    row("error-200", "[N]", "4", "(the next N) authenticated requests get HTTP 200 with an error body", |f, v| { f.error_200 = countdown(v)?; Ok(()) }),
    row("busy-503", "[N]", "4", "(the next N) authenticated requests get HTTP 503 deviceBusy", |f, v| { f.busy_503 = countdown(v)?; Ok(()) }),
    row("not-found-html", "", "4", "404 comes as an HTML page", |f, v| { f.not_found_html = flag(v)?; Ok(()) }),
    row("bom", "", "1.1", "text bodies begin with a byte order mark", |f, v| { f.bom = flag(v)?; Ok(()) }),
    row("content-type-lies", "", "1.1", "JSON is called application/xml and the reverse", |f, v| { f.content_type_lies = flag(v)?; Ok(()) }),
    row("namespace", "URI|none", "1.1", "XML namespace of all documents", |f, v| { f.namespace = match v { None => Namespace::Isapi, Some("none") => Namespace::None, Some(uri) => Namespace::Other(uri.into()) }; Ok(()) }),
    row("ns-prefix", "[NAME]", "1.1", "XML elements have a prefix (ns1)", |f, v| { f.ns_prefix = v.map(|p| if p.is_empty() { "ns1".into() } else { p.into() }); Ok(()) }),
    // What the device says that it can do.
    row("capability-lies", "", "16", "says pages of 100 but gives 10; declares work status and subscription but answers 404; denies AcsEvent though it works", |f, v| { f.capability_lies = flag(v)?; Ok(()) }),
    row("no-search", "[404|notsupport]", "16", "no AcsEvent, its capabilities or its total", |f, v| { f.no_search = one_of(v, REFUSALS)?; Ok(()) }),
    row("no-total", "", "16", "no AcsEventTotalNum", |f, v| { f.no_total = flag(v)?; Ok(()) }),
    row("no-work-status", "", "16", "no AcsWorkStatus", |f, v| { f.no_work_status = flag(v)?; Ok(()) }),
    row("no-event-caps", "", "16", "no AcsEvent/capabilities", |f, v| { f.no_event_caps = flag(v)?; Ok(()) }),
    // Search.
    row("max-results", "clamp:N|reject:N", "5", "a larger maxResults is cut to N, or refused with 400 (default clamp:30)", |f, v| { f.max_results = max_results(v)?; Ok(()) }),
    row("more-forever", "[repeat]", "6", "every page says MORE, also past the end, where it is empty (or the last page again)", |f, v| { f.more_forever = one_of(v, &[("", MoreForever::Empty), ("empty", MoreForever::Empty), ("repeat", MoreForever::LastPage)])?; Ok(()) }),
    row("repeat-page", "", "6", "the position is ignored: the first page comes again and again, with MORE", |f, v| { f.repeat_page = flag(v)?; Ok(()) }),
    row("unsorted", "[all]", "6", "neighbours in a page are swapped; all: serials out of order across pages too", |f, v| { f.unsorted = one_of(v, &[("", Unsorted::Pairs), ("all", Unsorted::All)])?; Ok(()) }),
    row("truncate-ok", "N", "6", "no more than N results, with status OK, though more match", |f, v| { f.truncate_ok = number(v)?; Ok(()) }),
    row("search-lag", "MS", "8", "an event can be found only MS after the stream told of it", |f, v| { f.search_lag = number(v)?.map(Duration::from_millis); Ok(()) }),
    row("announce-first", "", "8", "an event can be found only after a stream has written it (at once when no stream is open)", |f, v| { f.announce_first = flag(v)?; Ok(()) }),
    row("search-id-strict", "", "6", "a page at a position above 0 under an unknown searchID gives noSearchIDResource", |f, v| { f.search_id_strict = flag(v)?; Ok(()) }),
    row("serial-range", "ignore|reject", "6", "beginSerialNo and endSerialNo have no effect, or give 400", |f, v| { f.serial_range = one_of(v, &[("ignore", SerialRange::Ignored), ("reject", SerialRange::Rejected)])?; Ok(()) }),
    row("type-drift", "[all]", "3.1", "in events numbers are strings and digit strings are numbers (also cardNo); all: also in the page's head", |f, v| { f.type_drift = one_of(v, &[("", Drift::Events), ("all", Drift::All)])?; Ok(()) }),
    row("fill-columns", "", "3.1", "absent columns are 0, \"\" or normal instead", |f, v| { f.fill_columns = flag(v)?; Ok(()) }),
    row("card-beyond-64-bit", "", "3.1", "2^64 is added to the card numbers of new events", |f, v| { f.card_beyond_64 = flag(v)?; Ok(()) }),
    row("picture-host", "[AUTHORITY]", "3.1", "pictureURL names this host (192.0.0.64) instead of the true one", |f, v| { f.picture_host = v.map(|h| if h.is_empty() { "192.0.0.64".into() } else { h.into() }); Ok(()) }),
    row("log-capacity", "N", "7", "only the newest N events are kept", |f, v| { f.log_capacity = number(v)?; Ok(()) }),
    row("serial-gap", "N", "7", "every Nth serial is skipped", |f, v| { f.serial_gap = nth(v, 2)?.map(|n| n.max(2)); Ok(()) }),
    row("history-before", "N", "9", "N events, a minute apart, are put into the log now; no stream tells of them live", |f, v| { let _: Option<u32> = number(v)?; let _ = f; Ok(()) }),
    // Stream: history.
    row("replay-on-connect", "[N]", "8", "a new stream first tells all (the newest N) stored events, with currentEvent false", |f, v| { f.replay = number_or(v, usize::MAX)?; Ok(()) }),
    row("replay-as-current", "", "9", "replayed events say currentEvent true", |f, v| { f.replay_as_current = flag(v)?; Ok(()) }),
    row("no-current-event", "", "9", "events have no currentEvent at all", |f, v| { f.no_current_event = flag(v)?; Ok(()) }),
    // Stream: life.
    row("stream-silent", "", "10", "streams open and stay empty; open ones fall silent", |f, v| { f.stream_silent = flag(v)?; Ok(()) }),
    row("stream-freeze", "N", "10", "a stream falls silent for good after N parts", |f, v| { f.stream_freeze = number(v)?; Ok(()) }),
    row("stream-stub", "", "11", "a stream gives 40 bytes and closes", |f, v| { f.stream_stub = flag(v)?; Ok(()) }),
    row("stream-absent", "", "11", "no alertStream: 404", |f, v| { f.stream_absent = flag(v)?; Ok(()) }),
    row("stream-refused", "[400|403|503]", "25", "armed elsewhere: ResponseStatus armingFull", |f, v| { f.stream_refused = number_or(v, 400)?; Ok(()) }),
    row("stream-limit", "N", "25", "more than N streams at once are refused with 400", |f, v| { f.stream_limit = number(v)?; Ok(()) }),
    row("stream-drop-every", "N", "11", "a stream closes after N parts", |f, v| { f.stream_drop_every = nth(v, 1)?; Ok(()) }),
    row("stream-loses", "N", "8", "every Nth event is not told on a stream", |f, v| { f.stream_loses = nth(v, 2)?; Ok(()) }),
    row("stream-duplicates", "", "8", "each event is told twice", |f, v| { f.stream_duplicates = flag(v)?; Ok(()) }),
    row("heartbeat", "SECONDS|none", "10", "time between heartbeats", |f, v| { f.heartbeat = match v { None => None, Some("none" | "0") => Some(None), Some(s) => Some(Some(seconds(s)?)) }; Ok(()) }),
    // Stream: parts.
    row("part-no-blank-line", "[bare|headers]", "12", "parts have no headers and no blank line (or headers only, without the blank line)", |f, v| { f.no_blank_line = one_of(v, &[("", NoBlankLine::Bare), ("bare", NoBlankLine::Bare), ("headers", NoBlankLine::Headers)])?; Ok(()) }),
    row("part-no-length", "", "12", "parts have no Content-Length", |f, v| { f.part_no_length = flag(v)?; Ok(()) }),
    row("length-lies", "N", "12", "a part's Content-Length is wrong by N (may be negative)", |f, v| { f.length_lies = number(v)?.unwrap_or(0); Ok(()) }),
    row("part-lf", "", "12", "lines of the multipart framing end with a bare LF", |f, v| { f.part_lf = flag(v)?; Ok(()) }),
    row("preamble", "", "12", "text comes before the first boundary", |f, v| { f.preamble = flag(v)?; Ok(()) }),
    row("boundary-in-picture", "", "12", "pictures of new events contain the boundary, braces and part headers", |f, v| { f.boundary_in_picture = flag(v)?; Ok(()) }),
    row("boundary-style", "plain|quoted|angle|dashed|dashed-rfc|missing", "12", "how the header spells the boundary", |f, v| { f.boundary_style = one_of(v, BOUNDARIES)?; Ok(()) }),
    row("bad-part", "[N]", "12", "a garbage part comes before every (Nth) event", |f, v| { f.bad_part = nth(v, 1)?; Ok(()) }),
    row("empty-active-post-count", "", "13", "activePostCount is empty", |f, v| { f.empty_post_count = flag(v)?; Ok(()) }),
    row("videoloss-active", "", "10", "heartbeats alternate with real videoloss alarms (eventState active)", |f, v| { f.videoloss_active = flag(v)?; Ok(()) }),
    row("xml-stream", "", "12", "parts are XML", |f, v| { f.xml_stream = flag(v)?; Ok(()) }),
    row("content-id", "", "12", "picture parts carry Content-ID, and events the pid that names it", |f, v| { f.content_id = flag(v)?; Ok(()) }),
    row("no-pictures", "", "12", "streams send no picture parts", |f, v| { f.no_pictures = flag(v)?; Ok(()) }),
    // Clock. Events keep the text that they were written with.
    row("clock-offset", "SECONDS", "14", "the clock is wrong by so much, on top of what was set", |f, v| { f.clock_offset_s = number(v)?.unwrap_or(0); Ok(()) }),
    row("clock-1970", "", "14", "the clock starts at 1970 with the device", |f, v| { f.clock_1970 = flag(v)?; Ok(()) }),
    row("clock-no-offset", "", "14", "times have no offset (same as clock-format=no-offset)", |f, v| { f.clock_format = if flag(v)? { TimeFormat::Bare } else { TimeFormat::Offset }; Ok(()) }),
    row("clock-format", "offset|no-offset|minutes|millis|utc", "14", "how times are written; utc adds timeDiff", |f, v| { f.clock_format = one_of(v, FORMATS)?; Ok(()) }),
    row("zone", "CST-3:00:00", "14", "another time zone; with DST rules in the vendor's spelling if wanted", |f, v| { f.zone = v.map(Zone::parse).transpose()?; Ok(()) }),
    row("zone-shift", "SECONDS", "14", "the offset changes by so much, as on the day of a DST change; instants stay right", |f, v| { f.zone_shift_s = number(v)?.unwrap_or(0); Ok(()) }),
];
