use proptest::prelude::*;
use serde_json::{Value, json};

use super::decode;

const BEAT: &str = r#"{"ipAddress":"192.0.0.64","channelID":3,"dateTime":"2026-07-06T11:00:00+03:00",
"activePostCount":0,"eventType":"videoloss","eventState":"inactive","eventDescription":"videoloss alarm"}"#;
const JPEG: &[u8] = b"\xff\xd8\xff\xe0 {\"a\":\r\n--MIME\r\n<x> \xff\xd9";

fn grant(serial: u64) -> String {
    format!(
        r#"{{"dateTime":"2026-07-06T03:00:00+03:00","eventType":"AccessControllerEvent","eventState":"active",
        "AccessControllerEvent":{{"majorEventType":5,"subEventType":75,"employeeNoString":"0042",
        "serialNo":{serial},"currentEvent":true,"cardReaderNo":1,"doorNo":1}}}}"#
    )
}

fn part(boundary: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let mut part =
        format!("--{boundary}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n", body.len())
            .into_bytes();
    part.extend_from_slice(body);
    part.extend_from_slice(b"\r\n");
    part
}

fn stream() -> Vec<u8> {
    let json = |body: &str| part("MIME", "application/json; charset=\"UTF-8\"", body.as_bytes());
    let picture = || part("MIME", "image/jpeg", JPEG);
    [json(BEAT), json(&grant(7)), picture(), picture(), json("{\"eventType\":"), picture(), json(&grant(6))]
        .concat()
}

fn serials(values: &[Value]) -> Vec<Option<u64>> {
    values.iter().map(|value| value.get("serial").and_then(Value::as_u64)).collect()
}

/// Heartbeat, event with two pictures, something broken with its offset, event without.
fn assert_stream(values: &[Value], input: &[u8]) {
    assert_eq!(serials(values), [None, Some(7), None, Some(6)], "{values:#?}");
    assert_eq!(values[0], json!({ "heartbeat": "2026-07-06T11:00:00+03:00" }));
    assert_eq!(values[1]["pictures"], 2);
    assert_eq!(values[3]["pictures"], 0);
    let offset = usize::try_from(values[2]["offset"].as_u64().unwrap()).unwrap();
    let broken = input.windows(14).position(|window| window == b"{\"eventType\":\r\n").unwrap_or(offset);
    assert!(offset <= broken + 1 && broken < offset + 120, "{offset} is not near {broken}");
}

#[test]
fn a_page_with_everything() {
    let input = br#"{"AcsEvent":{"searchID":"1","responseStatusStrg":"OK","numOfMatches":"4","InfoList":[
        {"major":5,"minor":75,"time":"2026-07-06T03:00:00+03:00","employeeNoString":"0042","cardNo":"",
         "cardReaderNo":"1","doorNo":1,"serialNo":168411},
        {"major":"5","minor":76,"time":"2026-07-06T01:00:00","cardNo":18446744073709551886,"serialNo":"168409"},
        {"minor":1},
        {"major":5,"minor":1300,"time":"soon","serialNo":0,"employeeNoString":"0","doorNo":0}]}}"#;
    let values = decode(input, Some("application/json"));
    let [grant, refusal, broken, custom] = values.as_slice() else { panic!("{values:#?}") };
    let meaning = &grant["meaning"];
    assert!(meaning.is_string());
    assert_eq!(
        grant,
        &json!({"major":5,"minor":75,"meaning":meaning,"serial":168_411,
            "device_time":"2026-07-06T03:00:00+03:00","at":"2026-07-06T00:00:00Z","person_no":"0042",
            "card_no":null,"reader_no":1,"door_no":1,"verdict":"granted","live":null,"pictures":0})
    );
    assert_eq!(refusal["card_no"], "18446744073709551886");
    assert_eq!((&refusal["at"], &refusal["verdict"]), (&Value::Null, &json!("refused")));
    assert_eq!(
        &input[usize::try_from(broken["offset"].as_u64().unwrap()).unwrap()..][..11],
        b"{\"minor\":1}"
    );
    assert_eq!(custom["device_time"], "soon");
    for absent in ["meaning", "serial", "at", "person_no", "door_no", "reader_no"] {
        assert_eq!(custom[absent], Value::Null, "{absent}");
    }
}

#[test]
fn a_stream_bare_with_a_type_and_with_a_header() {
    let bare = stream();
    assert_stream(&decode(&bare, None), &bare);
    assert_stream(&decode(&bare, Some("multipart/mixed; boundary=MIME")), &bare);
    assert_stream(&decode(&bare, Some("application/octet-stream")), &bare);
    let header = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=MIME\r\nConnection: close\r\n";
    let with_header = [&header[..], b"\r\n", &bare].concat();
    assert_stream(&decode(&with_header, None), &with_header);
    let no_status = [&b"Content-Type: multipart/mixed; boundary=MIME\r\n\r\n"[..], &bare].concat();
    assert_stream(&decode(&no_status, None), &no_status);
    let mut chunked = [&header[..], b"Transfer-Encoding: chunked\r\n\r\n"].concat();
    for chunk in bare.chunks(41) {
        chunked.extend(format!("{:x}\r\n", chunk.len()).bytes());
        chunked.extend(chunk.iter().chain(b"\r\n"));
    }
    assert_stream(&decode(&chunked, None), &chunked);
    chunked.extend(b"0\r\n\r\n");
    assert_stream(&decode(&chunked, None), &chunked);
}

#[test]
fn a_dump_that_is_cut_tells_what_came_whole() {
    let whole = stream();
    let cut = &whole[..whole.len() - 30];
    let values = decode(cut, None);
    assert_eq!(serials(&values), [None, Some(7), None, None], "{values:#?}");
    assert!(values[3]["error"].is_string());
    assert!(values[3]["offset"].as_u64().unwrap() < cut.len() as u64);
    for length in 0..whole.len() {
        let events = serials(&decode(&whole[..length], None)).into_iter().flatten().count();
        assert!(events <= 2);
    }
}

#[test]
fn a_dump_that_begins_in_the_middle() {
    let whole = stream();
    for start in 0..whole.len() {
        let values = decode(&whole[start..], None);
        // The last event is whole until the cut has reached it.
        let whole_last = start <= whole.len() - grant(6).len() - 2;
        assert!(!whole_last || values.last().is_some_and(|last| last["serial"] == 6), "{start}: {values:#?}");
        assert!(values.len() <= 6, "{start}: {values:#?}");
    }
}

#[test]
fn a_push_with_its_request() {
    let body = [
        &b"--B\r\nContent-Disposition: form-data; name=\"event_log\"\r\n\r\n"[..],
        grant(9).as_bytes(),
        b"\r\n--B\r\nContent-Disposition: form-data; name=\"Picture\"; filename=\"Picture.jpg\"\r\n\
          Content-Type: image/jpeg\r\n\r\n",
        b"\xff\xd8\xff\xd9\r\n--B--\r\n",
    ]
    .concat();
    let header = format!(
        "POST /push HTTP/1.1\r\nContent-Length: {}\r\nContent-Type: multipart/form-data; boundary=B\r\n\r\n",
        body.len()
    );
    for input in [body.clone(), [header.as_bytes(), &body].concat()] {
        let values = decode(&input, None);
        assert_eq!((serials(&values), &values[0]["pictures"]), (vec![Some(9)], &json!(1)), "{values:#?}");
        assert_eq!(values[0]["live"], true);
    }
}

#[test]
fn documents_in_a_row_and_something_broken_between() {
    let xml = "<?xml version=\"1.0\"?>\n<EventNotificationAlert><eventType>VMD</eventType>\
        <eventState>active</eventState></EventNotificationAlert>";
    let input = format!("{}{}\n{{\"a\" oops}}\n{xml}\r\n{BEAT}", grant(1), grant(2));
    let values = decode(input.as_bytes(), None);
    assert_eq!(serials(&values), [Some(1), Some(2), None, None, None], "{values:#?}");
    assert_eq!(values[2]["offset"], input.find("{\"a\" oops").unwrap());
    assert_eq!(values[3]["event_type"], "VMD");
    assert_eq!(values[4]["heartbeat"], "2026-07-06T11:00:00+03:00");
    let cut = format!("{}\n{}", &xml[..60], xml);
    let values = decode(cut.as_bytes(), None);
    assert_eq!((values.len(), &values[0]["offset"]), (2, &json!(0)), "{values:#?}");
    assert_eq!(values[1]["event_type"], "VMD");
    let list = format!("[{},{}]", grant(1), grant(2));
    assert_eq!(serials(&decode(list.as_bytes(), None)), [Some(1), Some(2)]);
}

#[test]
fn a_broken_page_costs_only_what_is_broken() {
    let page = r#"{"AcsEvent":{"responseStatusStrg":"MORE","InfoList":[{"major":5,"minor":75,"serialNo":3},
        {"major":5,"minor" 75,"serialNo":4},{"major":5,"minor":1,"serialNo":5}],"numOfMatches":3}}"#;
    let values = decode(page.as_bytes(), None);
    assert_eq!(serials(&values), [Some(3), None, Some(5)], "{values:#?}");
    assert_eq!(values[1]["offset"], page.find("{\"major\":5,\"minor\" 75").unwrap());
    let page = page.replace("\"minor\" 75", "\"minor\":75");
    let cut = &page[..page.find("],\"num").unwrap()];
    let values = decode(cut.as_bytes(), None);
    assert_eq!(serials(&values), [Some(3), Some(4), Some(5), None], "{values:#?}");
}

#[test]
fn errors_of_devices_and_bodies_that_are_none() {
    let status = br#"{"statusCode":4,"statusString":"Invalid Operation","subStatusCode":"notSupport"}"#;
    assert_eq!(decode(status, None), [json!({ "error": "Invalid Operation/notSupport", "offset": 0 })]);
    let bomb = b"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>";
    let values = decode(bomb, None);
    assert_eq!((values.len(), &values[0]["offset"]), (1, &json!(0)), "{values:#?}");
    for odd in [&b"hello"[..], b"<html><body>404</body></html>", b"{}", &[b'['; 5000]] {
        let values = decode(odd, None);
        assert_eq!((values.len(), &values[0]["offset"]), (1, &json!(0)), "{values:#?}");
    }
    assert!(decode(b"", None).is_empty());
    assert!(decode(b"\xef\xbb\xbf \r\n\0", Some("multipart/mixed")).is_empty());
}

#[test]
fn a_camera_with_plates_and_prefixes() {
    let alert = "<?xml version=\"1.0\"?><ns1:EventNotificationAlert xmlns:ns1=\"http://x\">\
        <ns1:dateTime>2026-07-06T03:00:00.250+03:00</ns1:dateTime><ns1:activePostCount/>\
        <ns1:eventType>ANPR</ns1:eventType><ns1:ANPR><ns1:licensePlate>A123BC777</ns1:licensePlate>\
        <ns1:direction>forward</ns1:direction></ns1:ANPR></ns1:EventNotificationAlert>";
    let input = [part("b", "application/xml", alert.as_bytes()), part("b", "application/octet-stream", JPEG)];
    let expected = json!({"plate":"A123BC777","device_time":"2026-07-06T03:00:00.250+03:00",
        "at":"2026-07-06T00:00:00.25Z","direction":"forward","pictures":1});
    assert_eq!(decode(&input.concat(), None), [expected]);
}

#[test]
fn hostile_input_takes_no_time() {
    for (begin, piece) in
        [("", "<?xml "), ("", "<EventNotificationAlert "), ("", "\n{\"a\":["), ("", "}{"), ("", "--\n")]
            .into_iter()
            .chain([
                ("{\"AcsEvent\":{\"InfoList\":[", ",{\"a\":\""),
                ("{\"InfoList\":[", ",{\"a\":[1"),
                ("", "<?xml ?>"),
                ("", "HTTP/1.1 200 OK\n\n{\"a"),
                ("", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nfffff\n"),
                ("", "HTTP/1.1 200 OK\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"),
                ("--b\n\n\u{0}", "\nHTTP/1.1 200 OK"),
                ("", "1\r\n{\r\n"),
                ("", "<!DOCTYPE"),
                ("<a><InfoList>", "<a>"),
            ])
    {
        let input = format!("{begin}{}", piece.repeat(1_000_000 / piece.len()));
        let start = std::time::Instant::now();
        let _ = decode(input.as_bytes(), None);
        assert!(start.elapsed().as_secs() < 5, "{piece:?} takes {:?}", start.elapsed());
    }
}

#[test]
fn nobody_was_let_in_while_the_remote_check_is_open() {
    let open = grant(1).replace("\"doorNo\"", "\"remoteCheck\":true,\"doorNo\"");
    assert_eq!(decode(open.as_bytes(), None)[0]["verdict"], "none");
    let done = open.replace("\"doorNo\"", "\"frontSerialNo\":1,\"doorNo\"");
    assert_eq!(decode(done.as_bytes(), None)[0]["verdict"], "granted");
}

#[test]
fn a_part_within_a_picture_is_no_event() {
    let inner = part("MIME", "application/json", grant(666).as_bytes());
    let jpeg = [b"\xff\xd8 x\r\n", inner.as_slice(), b"HTTP/1.1 200 OK\r\n\r\n{} \xff\xd9"].concat();
    let event = |serial| part("MIME", "application/json", grant(serial).as_bytes());
    let values = decode(&[event(1), part("MIME", "image/jpeg", &jpeg), event(2)].concat(), None);
    assert_eq!((serials(&values), &values[0]["pictures"]), (vec![Some(1), Some(2)], &json!(1)));
}

fn message(content_type: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n\r\n{body}")
}

#[test]
fn one_message_after_the_other() {
    let of =
        |boundary: &str, serial| String::from_utf8(part(boundary, "x/y", grant(serial).as_bytes())).unwrap();
    let mixed = |boundary: &str, body: &str| message(&format!("multipart/mixed; boundary={boundary}"), body);
    let login = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 178\r\n\r\n";
    let bad = mixed(
        "c",
        &part("c", "x/y", b"{\"a\":").escape_ascii().to_string().replace("\\r\\n", "\r\n").replace('\\', ""),
    );
    for (input, expected) in [
        (mixed("a", &of("a", 1)) + &mixed("c", &of("c", 2)), vec![Some(1), Some(2)]),
        (mixed("a", &(of("a", 1) + "--a--\r\n")) + &mixed("c", &of("c", 2)), vec![Some(1), Some(2)]),
        (of("a", 1) + &mixed("c", &of("c", 2)), vec![Some(1), Some(2)]),
        (mixed("a", &of("a", 1)) + &message("application/json", &grant(2)), vec![Some(1), Some(2)]),
        (message("application/json", &grant(1)) + &message("x/y", &grant(2)), vec![Some(1), Some(2)]),
        (
            login.to_owned() + &message("x/y", &grant(1)) + login + &mixed("a", &of("a", 2)),
            vec![Some(1), Some(2)],
        ),
        (mixed("a", &of("a", 1)) + &bad, vec![Some(1), None]),
    ] {
        let values = decode(input.as_bytes(), None);
        assert_eq!(serials(&values), expected, "{input}\n{values:#?}");
        if let Some(offset) = values[1]["offset"].as_u64() {
            assert_eq!(&input[usize::try_from(offset).unwrap()..][..13], "Content-Type:");
        }
    }
}

#[test]
fn chunks_without_their_header() {
    let bare = stream();
    for size in [900, 41] {
        let chunk = |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
        let chunked: Vec<u8> = bare.chunks(size).flat_map(chunk).collect();
        let values = decode(&chunked, None);
        assert_eq!(serials(&values), [None, Some(7), None, Some(6)], "{values:#?}");
    }
}

#[test]
fn what_follows_a_closed_stream_is_told() {
    let first = [part("a", "x/y", grant(1).as_bytes()), b"--a--\r\n".to_vec()].concat();
    let json = |body: &str| body.as_bytes().to_vec();
    for (tail, expected) in [
        (part("c", "x/y", grant(2).as_bytes()), vec![Some(1), Some(2)]),
        (json(&grant(2)), vec![Some(1), Some(2)]),
        (json("--what\r\never that is\r\n"), vec![Some(1), None]),
        (json("{\"a\" oops}"), vec![Some(1), None]),
        (json("epilogue\r\n"), vec![Some(1)]),
        (json("\r\n--a--\r\n--"), vec![Some(1)]),
    ] {
        let values = decode(&[first.clone(), tail].concat(), None);
        assert_eq!(serials(&values), expected, "{values:#?}");
    }
    let many: String = (0..500).map(|n| format!("--b{n}\r\n\r\n{}\r\n--b{n}--\r\n", grant(1))).collect();
    assert!(decode(many.as_bytes(), None).last().is_some_and(|last| last["error"].is_string()));
    let note = format!("{}\nnote: this came\n", grant(1));
    assert_eq!(serials(&decode(note.as_bytes(), None)), [Some(1), None]);
}

#[test]
fn pages_in_envelopes_and_pages_with_nothing() {
    let page = r#""AcsEvent":{"responseStatusStrg":"OK","InfoList":[{"major":5,"minor":75,"serialNo":3}]}"#;
    for body in [format!("{{\"AcsEvent\":{{{page}}}}}"), format!("{{\"code\":0,\"data\":{{{page}}}}}")] {
        assert_eq!(serials(&decode(body.as_bytes(), None)), [Some(3)], "{body}");
    }
    for body in [
        r#"{"AcsEvent":{"responseStatusStrg":"OK","numOfMatches":3}}"#,
        r#"{"AcsEvent":{"statusCode":4,"statusString":"Invalid Operation","subStatusCode":"notSupport"}}"#,
    ] {
        let values = decode(body.as_bytes(), None);
        assert!(values.len() == 1 && values[0]["error"].is_string(), "{values:#?}");
    }
    assert!(decode(br#"{"AcsEvent":{"responseStatusStrg":"NO MATCH","numOfMatches":0}}"#, None).is_empty());
}

#[test]
fn a_page_in_xml_that_is_cut_keeps_its_entries() {
    let entry = |serial| format!("<major>5</major><minor>75</minor><serialNo>{serial}</serialNo>");
    let list = |name: &str| format!("<{name}>{}</{name}>\n<{name}>{}</{name}>", entry(1), entry(2));
    let each = format!("<?xml version=\"1.0\"?>\n<AcsEvent>{}</AcsEvent>", list("InfoList"));
    let around = format!("<AcsEvent><InfoList>{}</InfoList></AcsEvent>", list("Info"));
    for page in [each, around] {
        assert_eq!(serials(&decode(page.as_bytes(), None)), [Some(1), Some(2)]);
        let cut = &page[..page.rfind("<serialNo>").unwrap()];
        assert_eq!(serials(&decode(cut.as_bytes(), None)), [Some(1), None], "{cut}");
    }
    let nothing = "<AcsEvent><InfoList><major>5</major><min";
    assert_eq!(serials(&decode(nothing.as_bytes(), None)), [None]);
}

#[test]
fn a_document_with_a_type_declaration_is_refused_whole() {
    let alert = "<EventNotificationAlert><eventType>VMD</eventType></EventNotificationAlert>";
    let typed = format!("<?xml version=\"1.0\"?>\n<!DOCTYPE x>\n{alert}\n");
    for (input, expected) in [
        (typed.clone(), [true].as_slice()),
        (format!("<!DOCTYPE x [<!ENTITY y \"z\">]>{alert}"), &[true]),
        (format!("{typed}<?xml version=\"1.0\"?>{alert}"), &[true, false]),
        (typed.repeat(2), &[true, true]),
    ] {
        let values = decode(input.as_bytes(), None);
        let errors: Vec<bool> = values.iter().map(|value| value["error"].is_string()).collect();
        assert_eq!(errors, expected, "{input}");
    }
}

#[test]
fn pictures_go_to_the_event_that_names_them() {
    let named = |serial, name: &str| grant(serial).replacen('{', &format!("{{\"pid\":\"{name}\","), 1);
    let event = |serial, name| part("b", "x/y", named(serial, name).as_bytes());
    let picture = |id: &str| part("b", &format!("image/jpeg\r\nContent-ID: {id}"), JPEG);
    let input =
        [event(1, "p1"), event(2, "p2"), picture("<p1>"), picture("p2"), picture("p1"), picture("other")];
    let values = decode(&input.concat(), None);
    assert_eq!((&values[0]["pictures"], &values[1]["pictures"]), (&json!(2), &json!(2)), "{values:#?}");
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = decode(&bytes, None);
        let _ = decode(&bytes, Some("multipart/mixed; boundary=b"));
    }

    #[test]
    fn damaged_streams_never_panic(at in 0_usize..2000, byte in any::<u8>(), header in any::<bool>()) {
        let mut bytes = stream();
        if let Some(hit) = bytes.get_mut(at) {
            *hit = byte;
        }
        if header {
            bytes.splice(0..0, *b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        }
        let _ = decode(&bytes, None);
    }
}
