//! The faults that are switched on, and how they are switched.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::clock::{TimeFormat, Zone};
use crate::fault_table::TABLE;

/// Why a fault could not be switched.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FaultError {
    /// There is no fault of this name.
    #[error("no such fault: {0:?} (see --list-faults)")]
    Unknown(String),
    /// The value does not fit.
    #[error("fault {name}: {reason} (value: {expected})")]
    Value {
        /// The fault's name.
        name: &'static str,
        /// What is wrong with the value.
        reason: String,
        /// What the value should look like.
        expected: &'static str,
    },
}

/// One row of [`list_faults`].
#[derive(Clone, Copy, Debug)]
pub struct FaultInfo {
    /// The name used with `--fault` and [`crate::Handle::set_fault`].
    pub name: &'static str,
    /// What may follow `=`; empty for a plain switch, in brackets when optional.
    pub value: &'static str,
    /// The row (or section) of the checklist it stands for.
    pub row: &'static str,
    /// What happens.
    pub what: &'static str,
}

/// Every fault there is.
pub fn list_faults() -> Vec<FaultInfo> {
    TABLE.iter().map(|spec| spec.info).collect()
}

/// The table that `--list-faults` prints.
pub fn faults_as_text() -> String {
    let mut out = format!("{:<36} {:<8} what happens\n", "name=value", "row");
    for FaultInfo { name, value, row, what } in list_faults() {
        let head = match value.strip_prefix('[') {
            _ if value.is_empty() => name.to_owned(),
            Some(inner) => format!("{name}[={inner}"),
            None => format!("{name}={value}"),
        };
        let _ = if head.len() > 36 {
            writeln!(out, "{head}\n{:<36} {row:<8} {what}", "")
        } else {
            writeln!(out, "{head:<36} {row:<8} {what}")
        };
    }
    out
}

/// One row of the table: what `list_faults` shows, and how the value is read. `None` is "off".
pub(crate) struct Spec {
    pub(crate) info: FaultInfo,
    pub(crate) set: fn(&mut Faults, Option<&str>) -> Result<(), String>,
}

/// A fault that lasts for a number of requests.
#[derive(Clone, Debug)]
pub(crate) struct Countdown(Arc<AtomicI64>);

impl Countdown {
    pub(crate) fn new(times: i64) -> Countdown {
        Countdown(Arc::new(AtomicI64::new(times)))
    }

    /// True while some are left; takes one.
    pub(crate) fn take(&self) -> bool {
        self.0.fetch_sub(1, Ordering::Relaxed) > 0
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Challenges {
    /// One challenge, MD5 without saying so, qop "auth": the vendor's own sample.
    #[default]
    Md5,
    Md5Explicit,
    Md5NoQop,
    Md5Sess,
    Md5QopList,
    Sha256,
    Sha256NoQop,
    /// Two headers.
    Both,
    /// Two challenges in one header.
    BothJoined,
    /// The weak one first.
    BothReversed,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum NonceReuse {
    #[default]
    Accept,
    Refuse,
    /// Every other reuse.
    Half,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum NonceLife {
    Uses(u32),
    Time(Duration),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum MaxResults {
    Clamp(usize),
    Reject(usize),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum MoreForever {
    #[default]
    Off,
    /// Past the end: MORE and nothing in it.
    Empty,
    /// Past the end: MORE and the last page again.
    LastPage,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Unsorted {
    #[default]
    Off,
    Pairs,
    All,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BoundaryStyle {
    #[default]
    Plain,
    Quoted,
    Angle,
    /// The header's value has the dashes; the delimiter is just that value.
    Dashed,
    /// The header's value has dashes, and the delimiter two more.
    DashedRfc,
    Missing,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum NoBlankLine {
    #[default]
    Off,
    /// No part headers at all.
    Bare,
    /// Headers, and the body on the next line.
    Headers,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Refusal {
    #[default]
    Off,
    NotFound,
    NotSupported,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SerialRange {
    #[default]
    Honoured,
    Ignored,
    Rejected,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Drift {
    #[default]
    Off,
    Events,
    All,
}

#[derive(Clone, Debug, Default)]
pub(crate) enum Namespace {
    #[default]
    Isapi,
    None,
    Other(String),
}

/// All faults, off by default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    pub challenges: Challenges,
    pub basic_offered: bool,
    pub challenge_extras: bool,
    pub nonce_reuse: NonceReuse,
    pub nonce_bound: bool,
    pub nonce_per_connection: bool,
    pub nonce_life: Option<NonceLife>,
    pub close_after_401: bool,
    pub body_401: Option<usize>,
    pub lock_tries: Option<u32>,
    pub lock_seconds: Option<u64>,

    pub close_on_accept: bool,
    pub hang: Option<String>,
    pub slow_answer: Option<Duration>,
    pub drop_every: Option<u64>,
    pub drip: Option<usize>,
    pub chunked: bool,
    pub cut_body: bool,
    pub error_200: Option<Countdown>,
    pub busy_503: Option<Countdown>,
    pub not_found_html: bool,
    pub bom: bool,
    pub content_type_lies: bool,
    pub namespace: Namespace,
    pub ns_prefix: Option<String>,

    pub capability_lies: bool,
    pub no_search: Refusal,
    pub no_total: bool,
    pub no_work_status: bool,
    pub no_event_caps: bool,

    pub max_results: Option<MaxResults>,
    pub more_forever: MoreForever,
    pub repeat_page: bool,
    pub unsorted: Unsorted,
    pub truncate_ok: Option<usize>,
    pub search_lag: Option<Duration>,
    pub announce_first: bool,
    pub search_id_strict: bool,
    pub serial_range: SerialRange,
    pub type_drift: Drift,
    pub fill_columns: bool,
    pub card_beyond_64: bool,
    pub picture_host: Option<String>,
    pub log_capacity: Option<usize>,
    pub serial_gap: Option<u64>,

    pub replay: Option<usize>,
    pub replay_as_current: bool,
    pub no_current_event: bool,
    pub stream_silent: bool,
    pub stream_freeze: Option<u64>,
    pub stream_stub: bool,
    pub stream_absent: bool,
    pub stream_refused: Option<u16>,
    pub stream_limit: Option<u64>,
    pub stream_drop_every: Option<u64>,
    pub stream_loses: Option<u64>,
    pub stream_duplicates: bool,
    pub no_blank_line: NoBlankLine,
    pub part_no_length: bool,
    pub length_lies: i64,
    pub part_lf: bool,
    pub preamble: bool,
    pub boundary_in_picture: bool,
    pub boundary_style: BoundaryStyle,
    pub bad_part: Option<u64>,
    pub empty_post_count: bool,
    pub videoloss_active: bool,
    pub xml_stream: bool,
    pub content_id: bool,
    pub no_pictures: bool,
    /// `Some(None)` is "no heartbeat".
    pub heartbeat: Option<Option<Duration>>,

    pub clock_offset_s: i64,
    pub clock_1970: bool,
    pub clock_format: TimeFormat,
    pub zone: Option<Zone>,
    pub zone_shift_s: i32,

    /// What was switched on, for showing.
    pub active: BTreeMap<&'static str, String>,
}

impl Faults {
    /// Switches a fault on (`Some(value)`, empty for none) or off (`None`).
    pub(crate) fn set(&mut self, name: &str, value: Option<&str>) -> Result<&'static str, FaultError> {
        let spec =
            TABLE.iter().find(|s| s.info.name == name).ok_or_else(|| FaultError::Unknown(name.to_owned()))?;
        let value = value.filter(|v| *v != "off").map(str::trim);
        (spec.set)(self, value).map_err(|reason| FaultError::Value {
            name: spec.info.name,
            reason,
            expected: if spec.info.value.is_empty() { "none" } else { spec.info.value },
        })?;
        match value {
            Some(v) => self.active.insert(spec.info.name, v.to_owned()),
            None => self.active.remove(spec.info.name),
        };
        Ok(spec.info.name)
    }
}

/// Splits `name=value`.
pub(crate) fn split(fault: &str) -> (&str, &str) {
    fault.split_once('=').unwrap_or((fault, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_can_be_switched_on_by_an_example_and_off_again() {
        for spec in TABLE {
            let mut faults = Faults::default();
            let examples = [
                "",
                "1",
                "refuse",
                "md5",
                "clamp:5",
                "quoted",
                "ignore",
                "CST-3:00:00",
                "bare",
                "urn:x",
                "utc",
                "400",
            ];
            assert!(
                examples.iter().any(|e| faults.set(spec.info.name, Some(e)).is_ok()),
                "no example fits {}",
                spec.info.name
            );
            assert_eq!(faults.active.len(), 1);
            faults.set(spec.info.name, None).unwrap();
            assert!(faults.active.is_empty());
        }
    }

    #[test]
    fn names_are_unique_and_the_list_shows_each() {
        let mut names: Vec<_> = TABLE.iter().map(|s| s.info.name).collect();
        let text = faults_as_text();
        assert!(names.iter().all(|n| text.contains(n)));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TABLE.len());
    }

    #[test]
    fn wrong_names_and_values_are_refused() {
        let mut faults = Faults::default();
        assert_eq!(faults.set("nonsense", Some("")), Err(FaultError::Unknown("nonsense".into())));
        assert!(matches!(faults.set("max-results", Some("clamp:x")), Err(FaultError::Value { .. })));
        assert!(matches!(faults.set("digest", Some("rot13")), Err(FaultError::Value { .. })));
        assert!(faults.active.is_empty());
    }
}
