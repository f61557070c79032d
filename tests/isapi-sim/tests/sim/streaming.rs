//! The alert stream and its faults.

use isapi_sim::{Pass, Simulator, tiny_jpeg};

use crate::client::{Client, LIMIT, find, start};

const QUIET: &str = "heartbeat=none";

async fn open(sim: &Simulator) -> Client {
    let mut client = Client::to(sim).await;
    let head = client.stream().await;
    assert_eq!(head.status, 200);
    assert!(sim.wait_until(LIMIT, |s| s.streams_open > 0).await);
    client
}

/// What a stream gives for one event with a picture, up to a closing marker event.
async fn told(sim: &Simulator, pass: Pass) -> String {
    let mut client = open(sim).await;
    sim.pass(pass);
    sim.pass(Pass::code(3, 77));
    let mut text = client.until("77,").await;
    text.push_str(&client.until("\n").await);
    text
}

fn value(part: &str, key: &str) -> serde_json::Value {
    let start = part.find('{').unwrap();
    let end = part.rfind('}').unwrap();
    let json: serde_json::Value = serde_json::from_str(&part[start..=end]).unwrap();
    json.pointer(key).cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_heartbeat_comes_at_once_and_then_in_time() {
    let sim = start(&["heartbeat=0.05"]).await;
    let mut client = open(&sim).await;
    for count in 0..3 {
        client.until("Content-Type: application/json; charset=\"UTF-8\"\r\n").await;
        let part = client.until("}\n\r\n").await;
        assert_eq!(value(&part, "/eventType"), "videoloss");
        assert_eq!(value(&part, "/eventState"), "inactive");
        assert_eq!(value(&part, "/activePostCount"), count);
    }
    sim.set_fault("empty-active-post-count").unwrap();
    client.until("\"activePostCount\":\t\"\"").await;
    sim.set_fault("xml-stream").unwrap();
    client.until("<activePostCount/>").await;
    sim.set_fault("videoloss-active").unwrap();
    client.until("<eventState>active</eventState>").await;
}

#[tokio::test]
async fn an_event_is_told_with_its_picture() {
    let sim = start(&[QUIET, "content-id"]).await;
    let mut client = open(&sim).await;
    let picture = isapi_sim::jpeg_of(3000);
    let serial =
        sim.pass(Pass::granted().person("1001").name("Anna \"A\"").card("0012").picture(picture.clone()));
    client.until("--MIME_boundary\r\n").await;
    let part = client.until("}\n\r\n").await;
    let length: usize =
        part.split("Content-Length: ").nth(1).unwrap().split('\r').next().unwrap().parse().unwrap();
    let body = part.split("\r\n\r\n").nth(1).unwrap();
    assert_eq!(body.len(), length + "\r\n".len());
    let expected: [(&str, serde_json::Value); 11] = [
        ("/eventType", "AccessControllerEvent".into()),
        ("/dateTime", sim.log()[0].time.as_str().into()),
        ("/AccessControllerEvent/majorEventType", 5.into()),
        ("/AccessControllerEvent/subEventType", 1.into()),
        ("/AccessControllerEvent/serialNo", serial.into()),
        ("/AccessControllerEvent/frontSerialNo", 0.into()),
        ("/AccessControllerEvent/currentEvent", true.into()),
        ("/AccessControllerEvent/employeeNoString", "1001".into()),
        ("/AccessControllerEvent/cardNo", "0012".into()),
        ("/AccessControllerEvent/name", "Anna \"A\"".into()),
        ("/AccessControllerEvent/pid", "pictureImage".into()),
    ];
    for (key, expected) in expected {
        assert_eq!(value(&part, key), expected, "{key}");
    }
    let head = client.until("\r\n\r\n").await;
    assert!(head.contains("filename=\"Picture.jpg\"") && head.contains("Content-ID: pictureImage"));
    assert!(head.contains(&format!("Content-Length: {}", picture.len())));
    while client.buffer.len() < picture.len() + 2 {
        assert!(client.more().await);
    }
    assert!(client.buffer[..picture.len()] == picture && client.buffer.ends_with(b"\r\n"));
}

#[tokio::test]
async fn history_is_replayed_and_may_look_live() {
    let sim = start(&[QUIET, "replay-on-connect=2"]).await;
    sim.burst(3, 0.0).await;
    let mut client = open(&sim).await;
    let text = client.until("\"serialNo\":\t3").await + &client.until("\r\n").await;
    assert!(!text.contains("\"serialNo\":\t1,") && text.contains("\"currentEvent\":\tfalse"));
    sim.pass(Pass::granted().person("4"));
    let live = client.until("}\n\r\n").await;
    assert!(live.contains("\"currentEvent\":\ttrue") && live.contains("\"serialNo\":\t4"));
    sim.set_fault("replay-as-current").unwrap();
    let mut client = open(&sim).await;
    let text = client.until("\"serialNo\":\t4").await + &client.until("\r\n").await;
    assert!(!text.contains("\"currentEvent\":\tfalse"));
    sim.set_fault("no-current-event").unwrap();
    let mut client = open(&sim).await;
    assert!(!(client.until("\"serialNo\":\t4").await + &client.until("\r\n").await).contains("currentEvent"));
}

#[tokio::test]
async fn boundaries_are_spelt_in_many_ways() {
    let sim = start(&[QUIET]).await;
    for (style, header, delimiter) in [
        ("plain", "multipart/mixed; boundary=MIME_boundary", "--MIME_boundary\r\n"),
        ("quoted", "multipart/mixed; boundary=\"MIME_boundary\"", "--MIME_boundary\r\n"),
        ("angle", "multipart/mixed; boundary=<MIME_boundary>", "--<MIME_boundary>\r\n"),
        ("dashed", "multipart/mixed; boundary=--MIME_boundary", "--MIME_boundary\r\n"),
        ("dashed-rfc", "multipart/mixed; boundary=--MIME_boundary", "----MIME_boundary\r\n"),
        ("missing", "multipart/mixed", "--MIME_boundary\r\n"),
    ] {
        sim.set_fault(&format!("boundary-style={style}")).unwrap();
        let mut client = Client::to(&sim).await;
        assert_eq!(client.stream().await.header("content-type"), header);
        assert!(sim.wait_streams(1, LIMIT).await);
        sim.pass(Pass::doorbell());
        assert_eq!(client.until("\r\n").await, delimiter, "{style}");
        drop(client);
        assert!(sim.wait_streams(0, LIMIT).await, "the device notices that the client went");
    }
}

#[tokio::test]
async fn parts_may_be_malformed() {
    let bell = Pass::doorbell;
    let text = told(&start(&[QUIET, "part-no-blank-line"]).await, bell()).await;
    assert!(text.starts_with("--MIME_boundary\r\n{\n"), "{text}");
    let text = told(&start(&[QUIET, "part-no-blank-line=headers"]).await, bell()).await;
    assert!(text.contains("\r\nContent-Length: ") && !text.contains("\r\n\r\n{"), "{text}");
    let text = told(&start(&[QUIET, "part-no-length"]).await, bell()).await;
    assert!(!text.contains("Content-Length"), "{text}");
    let text = told(&start(&[QUIET, "part-lf"]).await, bell()).await;
    assert!(text.starts_with("--MIME_boundary\nContent-Type"), "{text}");
    let text = told(&start(&[QUIET, "preamble"]).await, bell()).await;
    assert!(text.starts_with("This text"), "{text}");
    let text = told(&start(&[QUIET, "no-pictures"]).await, bell().tiny_picture()).await;
    assert!(!text.contains("image/jpeg"), "{text}");
    let text = told(&start(&[QUIET, "stream-duplicates"]).await, bell()).await;
    assert_eq!(text.matches("\"serialNo\":\t1,").count(), 2, "{text}");

    let sim = start(&[QUIET, "stream-loses=2"]).await;
    let mut client = open(&sim).await;
    sim.burst(3, 0.0).await;
    let text = client.until("\"serialNo\":\t3,").await;
    assert!(text.contains("\"serialNo\":\t1,") && !text.contains("\"serialNo\":\t2,"), "{text}");
}

#[tokio::test]
async fn lengths_lie_both_ways() {
    for (lie, by) in [("length-lies=7", 7), ("length-lies=-7", -7_i64)] {
        let sim = start(&[QUIET, lie]).await;
        let mut client = open(&sim).await;
        sim.pass(Pass::doorbell());
        let head = client.until("\r\n\r\n").await;
        let said: i64 =
            head.split("Content-Length: ").nth(1).unwrap().split('\r').next().unwrap().parse().unwrap();
        let body = client.until("}\n\r\n").await;
        assert_eq!(said - by, body.len() as i64 - 2);
    }
}

#[tokio::test]
async fn a_picture_may_hold_the_boundary() {
    let sim = start(&[QUIET, "boundary-in-picture"]).await;
    let mut client = open(&sim).await;
    sim.pass(Pass::doorbell().picture(tiny_jpeg()));
    client.until("Content-Type: image/jpeg\r\n").await;
    let length: usize = client.until("\r\n\r\n").await.trim()["Content-Length: ".len()..].parse().unwrap();
    while client.buffer.len() < length + 2 {
        assert!(client.more().await);
    }
    let picture = &client.buffer[..length];
    assert!(picture.ends_with(&[0xff, 0xd9]) && find(picture, b"\r\n--MIME_boundary\r\n").is_some());
    assert_eq!(&client.buffer[length..], b"\r\n");
}

#[tokio::test]
async fn garbage_comes_between_good_parts() {
    let sim = start(&[QUIET, "bad-part", "chunked", "drip=3"]).await;
    let mut client = open(&sim).await;
    sim.burst(4, 0.0).await;
    let mut body = Vec::new();
    // Undo the chunks.
    while find(&body, b"\"serialNo\":\t4").is_none() {
        let size = usize::from_str_radix(client.until("\r\n").await.trim(), 16).unwrap();
        while client.buffer.len() < size + 2 {
            assert!(client.more().await);
        }
        body.extend(client.buffer.drain(..size));
        client.buffer.drain(..2);
    }
    assert_eq!(String::from_utf8_lossy(&body).matches("--MIME_boundary").count(), 8);
}

#[tokio::test]
async fn xml_parts() {
    let sim = start(&[QUIET, "xml-stream", "ns-prefix"]).await;
    let mut client = open(&sim).await;
    sim.pass(Pass::granted().person("1001"));
    let text = client.until("</ns1:EventNotificationAlert>").await;
    assert!(text.contains("<ns1:subEventType>75</ns1:subEventType>"), "{text}");
    assert!(text.contains("Content-Type: application/xml"), "{text}");
}

#[tokio::test]
async fn streams_that_do_not_stream() {
    let sim = start(&["stream-stub"]).await;
    let mut client = Client::to(&sim).await;
    assert_eq!(client.stream().await.status, 200);
    assert_eq!(client.rest().await.len(), 40);
    sim.clear_faults();

    let target = "/ISAPI/Event/notification/alertStream";
    for (fault, status, word) in [
        ("stream-absent", 404, "notSupport"),
        ("stream-refused", 400, "armingFull"),
        ("stream-refused=503", 503, "armingFull"),
    ] {
        sim.clear_faults();
        sim.set_fault(fault).unwrap();
        let answer = Client::to(&sim).await.get(target).await;
        assert_eq!(answer.status, status, "{fault}");
        assert!(answer.text().contains(word), "{fault}");
    }
    sim.clear_faults();
    sim.set_fault("stream-limit=1").unwrap();
    let first = open(&sim).await;
    assert_eq!(Client::to(&sim).await.get(target).await.status, 400);
    drop(first);
    assert!(sim.wait_streams(0, LIMIT).await);
    open(&sim).await;
}

#[tokio::test]
async fn silence_can_begin_in_the_middle() {
    let sim = start(&["heartbeat=0.02"]).await;
    let mut client = open(&sim).await;
    client.until("videoloss").await;
    sim.set_fault("stream-silent").unwrap();
    sim.pass(Pass::granted().person("1"));
    sim.set_fault("stream-silent=off").unwrap();
    sim.pass(Pass::granted().person("2"));
    // The lost event may slip through if the fault was off again before the stream looked; the
    // one after is told in any case.
    client.until("\"employeeNoString\":\t\"2\"").await;

    sim.set_fault("stream-freeze=0").unwrap();
    let mut frozen = open(&sim).await;
    sim.pass(Pass::granted().person("3"));
    let silence = tokio::time::timeout(std::time::Duration::from_millis(80), frozen.more()).await;
    assert!(silence.is_err());
    sim.clear_faults();
    sim.set_fault("heartbeat=none").unwrap();
    sim.set_fault("stream-drop-every=2").unwrap();
    let mut client = open(&sim).await;
    sim.burst(5, 0.0).await;
    assert_eq!(String::from_utf8_lossy(&client.rest().await).matches("--MIME_boundary").count(), 2);
}

#[tokio::test]
async fn a_swap_cuts_the_stream_and_a_clearing_does_not() {
    let sim = start(&[QUIET]).await;
    let mut client = open(&sim).await;
    sim.clear_log();
    sim.pass(Pass::granted().person("1"));
    client.until("}\n\r\n").await;
    sim.swap_hardware();
    assert_eq!(client.rest().await, b"");
    assert!(sim.wait_streams(0, LIMIT).await);
}
