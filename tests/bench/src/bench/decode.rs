//! The alert stream taken apart: events with pictures of 20 kB between them.

use std::time::Instant;

use anyhow::ensure;
use vakhta_isapi::event::{Alert, alerts};
use vakhta_isapi::multipart::{Splitter, StreamItem};
use vakhta_isapi::node;

use super::{Setting, peer};
use crate::process::cpu;
use crate::table::{Row, median, thousands};

const CHUNK: usize = 16 * 1024;
const PICTURE: usize = 20_000;

pub(super) async fn rows(setting: Setting<'_>) -> anyhow::Result<Vec<Row>> {
    let parts = setting.choose(500, 2_000);
    let stream = capture(parts);
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), &stream)?;
    let beside = peer::decode(&file.path().to_string_lossy());
    let (mut with_pictures, mut events_only) = (Vec::new(), Vec::new());
    let plain: Vec<u8> = (0..parts as u64 * 10).flat_map(event_part).collect();
    for _ in 0..3 {
        with_pictures.push(measure(&stream, parts)?);
        events_only.push(measure(&plain, parts * 10)?);
    }
    let speed = |mut speeds: Vec<f64>| format!("{} MB/s", thousands(median(&mut speeds)));
    Ok(vec![
        Row::new("alert stream: split and read, pictures of 20 kB (CPU time)", "–", speed(with_pictures))
            .peer(beside),
        Row::new("alert stream: split and read, events only (CPU time)", "–", speed(events_only)),
    ])
}

fn measure(stream: &[u8], expected: usize) -> anyhow::Result<f64> {
    // Processor time, as the peer's: the machine is shared.
    let (before, begun) = (cpu(std::process::id()), Instant::now());
    let mut splitter = Splitter::new(Some("multipart/mixed; boundary=MIME_boundary"));
    let mut events = 0;
    for chunk in stream.chunks(CHUNK) {
        for item in splitter.feed(chunk) {
            let StreamItem::Part(part) = item else { continue };
            if part.content_type.as_deref().is_some_and(|kind| kind.contains("json")) {
                let found = alerts(&node::parse(&part.body)?);
                events += found.iter().filter(|alert| matches!(alert, Ok(Alert::Access(_)))).count();
            }
        }
    }
    let spent = cpu(std::process::id()).zip(before).map(|(after, before)| after.saturating_sub(before));
    let took = spent.filter(|spent| !spent.is_zero()).unwrap_or_else(|| begun.elapsed()).as_secs_f64();
    ensure!(events == expected, "{events} of {expected} events were read");
    Ok(stream.len() as f64 / 1e6 / took)
}

fn capture(parts: usize) -> Vec<u8> {
    let picture = isapi_sim::jpeg_of(PICTURE);
    let mut stream = Vec::new();
    for serial in 0..parts as u64 {
        stream.extend(event_part(serial));
        let head = format!(
            "--MIME_boundary\r\nContent-Disposition: form-data; name=\"Picture\"\r\nContent-Type: image/jpeg\r\n\
             Content-Length: {}\r\n\r\n",
            picture.len()
        );
        stream.extend_from_slice(head.as_bytes());
        stream.extend_from_slice(&picture);
        stream.extend_from_slice(b"\r\n");
    }
    stream.extend_from_slice(b"--MIME_boundary\r\n");
    stream
}

fn event_part(serial: u64) -> Vec<u8> {
    let body = format!(
        r#"{{"ipAddress":"192.0.0.64","portNo":80,"protocol":"HTTP","macAddress":"bc:ba:c2:00:00:01","channelID":1,"dateTime":"2026-11-23T09:00:00+03:00","activePostCount":1,"eventType":"AccessControllerEvent","eventState":"active","eventDescription":"Access Controller Event","AccessControllerEvent":{{"deviceName":"Turnstile IN","majorEventType":5,"subEventType":75,"name":"Anna Orlova","cardReaderNo":1,"doorNo":1,"employeeNoString":"{}","serialNo":{},"userType":"normal","currentVerifyMode":"faceOrFpOrCardOrPw","frontSerialNo":{serial},"attendanceStatus":"undefined","mask":"no","picturesNumber":1,"purePwdVerifyEnable":true}}}}"#,
        1001 + serial % 200,
        serial + 1,
    );
    format!(
        "--MIME_boundary\r\nContent-Type: application/json; charset=\"UTF-8\"\r\nContent-Length: {}\r\n\r\n{body}\r\n",
        body.len()
    )
    .into_bytes()
}
