//! What is asked of a device around its event log, and what it says of itself.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Serialize;
use vakhta_domain::device_time::{DeviceTime, Reading};
use vakhta_domain::ids::HardwareSerial;

use crate::node::Node;
use crate::time::{device_time, posix_offset, text_offset};

/// The highest serial by the vendor's guide: "to the end of the log" for firmware that wants an end.
pub const LAST_SERIAL: u64 = 3_000_000_000;

/// A page to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSearch<'a> {
    /// The same for all pages of one run, fresh for each run.
    pub search_id: &'a str,
    /// How many events of the run were had already.
    pub position: u64,
    /// At most as many events.
    pub max_results: u32,
    /// Of which part of the log.
    pub range: SearchRange,
}

/// A part of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchRange {
    /// By serial, both included.
    Serials {
        /// First.
        begin: u64,
        /// Last.
        end: u64,
    },
    /// By the device's time, for devices that know no search by serial.
    Times {
        /// From.
        start: Timestamp,
        /// To.
        end: Timestamp,
        /// In which offset to write both: the device's own.
        offset: Offset,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Condition<'a> {
    #[serde(rename = "searchID")]
    search_id: &'a str,
    search_result_position: u64,
    max_results: u32,
    major: u32,
    minor: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    begin_serial_no: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_serial_no: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<String>,
    pic_enable: bool,
}

impl EventSearch<'_> {
    /// The body of `POST /ISAPI/AccessControl/AcsEvent?format=json`: everything, no pictures.
    #[must_use]
    pub fn body(&self) -> String {
        let (serials, times) = match self.range {
            SearchRange::Serials { begin, end } => (Some((begin, end)), None),
            SearchRange::Times { start, end, offset } => {
                (None, Some((time_text(start, offset), time_text(end, offset))))
            }
        };
        let (start_time, end_time) = times.unzip();
        let condition = Condition {
            search_id: self.search_id,
            search_result_position: self.position,
            max_results: self.max_results,
            major: 0,
            minor: 0,
            begin_serial_no: serials.map(|(begin, _)| begin),
            end_serial_no: serials.map(|(_, end)| end),
            start_time,
            end_time,
            pic_enable: false,
        };
        serde_json::json!({ "AcsEventCond": condition }).to_string()
    }
}

/// Local time and offset, in whole seconds: the form that every firmware takes.
#[must_use]
pub fn time_text(at: Timestamp, offset: Offset) -> String {
    let clock = offset.to_datetime(at);
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{}{sign}{:02}:{:02}", clock.strftime("%Y-%m-%dT%H:%M:%S"), minutes / 60, minutes % 60)
}

/// What a device says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceInfo {
    /// `DS-K1T342MFWX` and the like.
    pub model: Option<String>,
    /// The hardware: what a device is known by, whatever its address.
    pub serial_number: Option<HardwareSerial>,
    /// Version and, where it is told, build.
    pub firmware: Option<String>,
    /// As written.
    pub mac: Option<String>,
    /// As its owner named it.
    pub name: Option<String>,
}

/// Reads `System/deviceInfo`; what is missing is `None`.
#[must_use]
pub fn device_info(body: &Node) -> DeviceInfo {
    let info = body.child("DeviceInfo").unwrap_or(body);
    let text = |name| info.text(name).map(str::to_owned);
    let firmware = ["firmwareVersion", "firmwareReleasedDate"].into_iter().filter_map(|name| info.text(name));
    let firmware = firmware.collect::<Vec<_>>().join(" ");
    DeviceInfo {
        model: text("model"),
        serial_number: text("serialNumber").map(HardwareSerial),
        firmware: Some(firmware).filter(|firmware| !firmware.is_empty()),
        mac: text("macAddress"),
        name: text("deviceName"),
    }
}

/// A device's clock as it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemTime {
    /// Now, by the device.
    pub local_time: DeviceTime,
    /// Its offset from UTC: that of the time itself, else by its zone.
    pub offset: Option<Offset>,
}

/// Reads `System/time`; `None` without a time in it.
#[must_use]
pub fn system_time(body: &Node) -> Option<SystemTime> {
    let time = body.child("Time").unwrap_or(body);
    let text = time.text("localTime")?;
    let time_diff = time.text("timeDiff");
    let local_time = device_time(text, time_diff);
    let clock = match local_time.reading {
        Some(Reading::WallClock(clock)) => Some(clock),
        Some(Reading::Instant(instant)) => Some(Offset::UTC.to_datetime(instant)),
        None => None,
    };
    let zone = || time.text("timeZone").and_then(|zone| posix_offset(zone, clock));
    // A time in UTC says nothing of the zone that the device's other times are in.
    let own = text_offset(text).filter(|offset| *offset != Offset::UTC || !text.ends_with(['Z', 'z']));
    let diff = || text_offset(&format!("1970-01-01T00:00:00{}", time_diff?));
    let offset = own.or_else(diff).or_else(zone).or_else(|| text_offset(text));
    Some(SystemTime { local_time, offset })
}

/// What a device's event search can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SearchCapabilities {
    /// The largest page; asking for more is refused by some and clamped by others.
    pub max_results: Option<u32>,
    /// Whether a search by serial is offered.
    pub by_serial: bool,
}

/// Reads `AccessControl/AcsEvent/capabilities`; `None` when the body is no such thing.
#[must_use]
pub fn search_capabilities(body: &Node) -> Option<SearchCapabilities> {
    let event = body.child("AcsEvent").unwrap_or(body);
    let condition = event.child("AcsEventCond").or_else(|| body.child("AcsEventCond")).unwrap_or(event);
    let results = condition.child("maxResults");
    let by_serial = condition.child("beginSerialNo").is_some();
    (results.is_some() || by_serial).then(|| {
        let largest = results.and_then(|results| ["@max", "max"].iter().find_map(|name| results.u64(name)));
        let largest = largest.filter(|&largest| largest > 0);
        SearchCapabilities { max_results: largest.and_then(|largest| u32::try_from(largest).ok()), by_serial }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::parse;

    #[test]
    fn a_search_by_serial() {
        let range = SearchRange::Serials { begin: 12, end: LAST_SERIAL };
        let body = EventSearch { search_id: "a-1", position: 30, max_results: 30, range }.body();
        let body = parse(body.as_bytes()).unwrap();
        let condition = body.child("AcsEventCond").unwrap();
        assert_eq!(condition.text("searchID"), Some("a-1"));
        let numbers =
            ["searchResultPosition", "maxResults", "major", "minor", "beginSerialNo", "endSerialNo"];
        assert_eq!(numbers.map(|name| condition.u64(name).unwrap()), [30, 30, 0, 0, 12, LAST_SERIAL]);
        assert_eq!(condition.bool("picEnable"), Some(false));
        assert_eq!(condition.child("startTime"), None);
    }

    #[test]
    fn a_search_by_time_is_in_the_devices_offset() {
        let offset = Offset::from_seconds(3 * 3600).unwrap();
        let start = "2026-07-05T21:00:00.7Z".parse().unwrap();
        let end = "2026-07-06T00:00:00Z".parse().unwrap();
        let range = SearchRange::Times { start, end, offset };
        let body = EventSearch { search_id: "a", position: 0, max_results: 10, range }.body();
        assert!(body.contains(r#""startTime":"2026-07-06T00:00:00+03:00""#), "{body}");
        assert!(body.contains(r#""endTime":"2026-07-06T03:00:00+03:00""#), "{body}");
        assert!(!body.contains("SerialNo"));
        let west = Offset::from_seconds(-12_600).unwrap();
        assert_eq!(time_text(end, west), "2026-07-05T20:30:00-03:30");
    }

    #[test]
    fn what_a_device_says_of_itself() {
        let body = parse(
            b"<DeviceInfo version=\"2.0\"><deviceName>T&amp;A Access Controller</deviceName>\
              <model>DS-K1T000MFWX</model><serialNumber>DS-K1T000MFWX20210101V010300ENX00000001</serialNumber>\
              <macAddress>00:00:5e:00:53:01</macAddress><firmwareVersion>V1.3.37</firmwareVersion>\
              <firmwareReleasedDate>build 210802</firmwareReleasedDate></DeviceInfo>",
        );
        let info = device_info(&body.unwrap());
        assert_eq!(info.name.as_deref(), Some("T&A Access Controller"));
        assert_eq!(info.firmware.as_deref(), Some("V1.3.37 build 210802"));
        assert!(info.serial_number.unwrap().0.ends_with("00000001"));
        assert_eq!(device_info(&Node::Null), DeviceInfo::default());
    }

    #[test]
    fn the_clock_and_its_offset() {
        let offset = |body: &str| {
            let time = system_time(&parse(body.as_bytes()).unwrap()).unwrap();
            time.offset.map(Offset::seconds)
        };
        let own =
            "<Time><localTime>2026-07-06T08:00:00+02:00</localTime><timeZone>CST-8:00:00</timeZone></Time>";
        assert_eq!(offset(own), Some(7200));
        assert_eq!(offset(&own.replace("+02:00", "")), Some(28800));
        assert_eq!(offset(&own.replace("+02:00", "Z")), Some(28800));
        assert_eq!(offset("<Time><localTime>2026-07-06T08:00:00Z</localTime></Time>"), Some(0));
        let diff = r#"{"Time":{"localTime":"2026-07-06T08:00:00Z","timeDiff":"+08:00"}}"#;
        assert_eq!(offset(diff), Some(28800));
        assert_eq!(offset("<Time><localTime>2026-07-06T08:00:00</localTime></Time>"), None);
        assert_eq!(system_time(&Node::Null), None);
    }

    #[test]
    fn what_the_search_can_do() {
        let read = |body: &str| search_capabilities(&parse(body.as_bytes()).unwrap());
        let full = r#"{"AcsEvent":{"AcsEventCond":{"maxResults":{"@min":1,"@max":30},
            "beginSerialNo":{"@min":1,"@max":3000000000}}}}"#;
        assert_eq!(read(full), Some(SearchCapabilities { max_results: Some(30), by_serial: true }));
        let old = r#"{"AcsEvent":{"AcsEventCond":{"maxResults":{"@max":"10"}}}}"#;
        assert_eq!(read(old), Some(SearchCapabilities { max_results: Some(10), by_serial: false }));
        assert_eq!(read(r#"{"statusCode":4}"#), None);
    }
}
