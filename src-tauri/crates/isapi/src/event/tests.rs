use vakhta_domain::device_time::Reading;

use super::*;
use crate::node::parse;

fn page(body: &str) -> EventPage {
    event_page(&parse(body.as_bytes()).unwrap()).unwrap()
}

fn read(body: &str) -> Alert {
    alert(&parse(body.as_bytes()).unwrap()).unwrap()
}

fn access(body: &str) -> DeviceEvent {
    match read(body) {
        Alert::Access(event) => *event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_page_with_drifting_types() {
    let page = page(
        r#"{"AcsEvent":{"searchID":"7c1","totalMatches":"5","responseStatusStrg":"MORE","numOfMatches":"4",
        "InfoList":[
        {"major":5,"minor":75,"time":"2026-07-06T08:00:00+08:00","employeeNoString":"00417","cardNo":"",
         "cardReaderNo":"1","doorNo":1,"serialNo":168410,"attendanceStatus":"overTimeOut"},
        {"major":"5","minor":"0x4b","time":"2026-07-06T07:59:58+08:00","employeeNo":418,
         "cardNo":18446744073709551886,"serialNo":"168409","cardReaderNo":0,"doorNo":"0"},
        "noise",
        {"major":5,"time":"2026-07-06T08:00:02+08:00","serialNo":168411},
        {"major":2,"minor":1024,"employeeNoString":"0","employeeNo":"","cardNo":"000000","serialNo":0}
        ]}}"#,
    );
    assert_eq!(page.status, PageStatus::More);
    assert_eq!((page.num_of_matches, page.total_matches), (Some(4), Some(5)));
    assert_eq!(page.search_id.as_deref(), Some("7c1"));
    let [first, second, noise, no_code, bare] = page.events.as_slice() else { panic!("five") };
    let first = first.as_ref().unwrap();
    assert_eq!(first.code, EventCode { major: 5, minor: 75 });
    assert_eq!(first.person_no.as_ref().unwrap().as_str(), "00417");
    assert_eq!((first.reader_no, first.door_no), (Some(1), Some(1)));
    assert_eq!((first.serial, first.current), (Some(EventSerial(168_410)), None));
    assert_eq!(first.attendance, Some(Attendance::Out));
    assert!(first.card_no.is_none());
    let second = second.as_ref().unwrap();
    assert_eq!(second.code, EventCode { major: 5, minor: 75 });
    assert_eq!(second.person_no.as_ref().unwrap().as_str(), "418");
    assert_eq!(second.card_no.as_ref().unwrap().as_str(), "18446744073709551886");
    assert_eq!((second.reader_no, second.door_no), (None, None));
    assert!(matches!(noise, Err(EventError::NotAnEvent(_))));
    assert_eq!(no_code, &Err(EventError::NoCode("minor")));
    let bare = bare.as_ref().unwrap();
    assert!(bare.person_no.is_none() && bare.card_no.is_none() && bare.serial.is_none());
}

#[test]
fn pages_with_one_entry_or_none() {
    let one =
        page(r#"{"AcsEvent":{"responseStatusStrg":"OK","InfoList":{"major":5,"minor":38,"serialNo":1}}}"#);
    assert_eq!((one.status, one.events.len()), (PageStatus::Ok, 1));
    let none = page(r#"{"AcsEvent":{"responseStatusStrg":"NO MATCH","numOfMatches":0}}"#);
    assert_eq!((none.status, none.events.len()), (PageStatus::NoMatch, 0));
    assert_eq!(page(r#"{"AcsEvent":{"InfoList":[]}}"#).status, PageStatus::Unknown(String::new()));
    let xml = page(
        "<AcsEvent><responseStatusStrg>OK</responseStatusStrg><InfoList>\
         <Info><major>5</major><minor>75</minor></Info><Info><major>5</major><minor>76</minor></Info>\
         </InfoList></AcsEvent>",
    );
    assert_eq!(xml.events.iter().filter(|event| event.is_ok()).count(), 2);
    for other in [r#"{"UserInfoSearch":{"responseStatusStrg":"OK"}}"#, "[]", "<a/>"] {
        assert_eq!(event_page(&parse(other.as_bytes()).unwrap()), None);
    }
}

const LIVE: &str = r#"{"ipAddress":"192.0.0.64","dateTime":"2026-07-06T11:00:00+03:00","activePostCount":1,
    "eventType":"AccessControllerEvent","eventState":"active","currentEvent":true,
    "AccessControllerEvent":{"deviceName":"Gate","majorEventType":5,"subEventType":75,"name":"x",
    "employeeNoString":"A-7","serialNo":12,"frontSerialNo":11,"currentEvent":false,"remoteCheck":true,
    "cardReaderNo":2,"doorNo":1,"pictureURL":"http://192.0.0.64/LOCALS/pic/1.jpeg@WEB1"}}"#;

#[test]
fn an_alert_wrapped_or_not() {
    let bare = access(LIVE);
    assert_eq!(bare.current, Some(false), "inside counts");
    assert_eq!(bare.front_serial, Some(EventSerial(11)));
    assert!(!bare.undecided);
    assert_eq!(bare.time.as_ref().unwrap().text, "2026-07-06T11:00:00+03:00");
    assert!(bare.picture_url.as_ref().unwrap().contains("LOCALS"));
    assert_eq!(access(&format!(r#"{{"EventNotificationAlert":{LIVE}}}"#)), bare);
    assert_eq!(alerts(&parse(format!("[{LIVE},{LIVE}]").as_bytes()).unwrap()).len(), 2);
}

#[test]
fn current_event_falls_back_to_the_root() {
    let body = r#"{"eventType":"AccessControllerEvent","currentEvent":"true","dateTime":"2026-07-06T11:00:00",
        "AccessControllerEvent":{"major":"5","minor":1}}"#;
    let event = access(body);
    assert_eq!(event.current, Some(true));
    assert!(matches!(event.time.unwrap().reading, Some(Reading::WallClock(_))));
}

#[test]
fn xml_with_a_prefix_and_without() {
    let xml = r#"<ns1:EventNotificationAlert xmlns:ns1="http://www.hikvision.com/ver20/XMLSchema">
        <ns1:dateTime>2026-07-06T08:00+08:00</ns1:dateTime><ns1:activePostCount/>
        <ns1:eventType>AccessControllerEvent</ns1:eventType>
        <ns1:AccessControllerEvent><ns1:majorEventType>5</ns1:majorEventType>
        <ns1:subEventType>8</ns1:subEventType><ns1:cardNo>00012345678901234</ns1:cardNo>
        </ns1:AccessControllerEvent></ns1:EventNotificationAlert>"#;
    let event = access(xml);
    assert_eq!(event.code, EventCode { major: 5, minor: 8 });
    assert_eq!(event.card_no.as_ref().unwrap().as_str(), "00012345678901234");
    assert_eq!(access(&xml.replace("ns1:", "")), event);
}

#[test]
fn undecided_only_without_any_outcome() {
    let undecided = r#"{"AccessControllerEvent":{"major":5,"minor":75,"remoteCheck":true}}"#;
    assert!(access(undecided).undecided);
    for field in [r#""frontSerialNo":4"#, r#""statusValue":0"#, r#""remoteCheckResult":"success""#] {
        let body = undecided.replace(r#""remoteCheck":true"#, &format!(r#""remoteCheck":"true",{field}"#));
        assert!(!access(&body).undecided, "{field}");
    }
}

#[test]
fn heartbeats_and_real_video_loss() {
    let beat = |kind: &str, state: &str| {
        read(&format!(
            "<EventNotificationAlert><dateTime>2026-07-06T08:00:00Z</dateTime><activePostCount/>\
             <eventType>{kind}</eventType><eventState>{state}</eventState></EventNotificationAlert>"
        ))
    };
    assert!(matches!(beat("videoloss", "inactive"), Alert::Heartbeat { time: Some(_) }));
    assert!(matches!(beat("heartBeat", "active"), Alert::Heartbeat { .. }));
    assert!(matches!(beat("VideoLoss", "active"), Alert::Other { .. }));
    assert!(matches!(beat("VMD", "inactive"), Alert::Other { .. }));
}

#[test]
fn a_plate() {
    let body = "<EventNotificationAlert><dateTime>2026-07-06T08:00:00.250+03:00</dateTime>\
        <eventType>ANPR</eventType><ANPR><licensePlate>A123BC777</licensePlate><line>1</line>\
        <direction>forward</direction><confidenceLevel>97.5</confidenceLevel></ANPR></EventNotificationAlert>";
    let Alert::Plate(plate) = read(body) else { panic!("no plate") };
    assert_eq!(plate.plate.as_deref(), Some("A123BC777"));
    assert_eq!(plate.direction.as_deref(), Some("forward"));
    assert_eq!((plate.line, plate.confidence.as_deref()), (Some(1), Some("97.5")));
    assert_eq!(plate.time.unwrap().instant(None).unwrap().to_string(), "2026-07-06T05:00:00.25Z");
}

#[test]
fn what_is_no_alert() {
    for body in ["{}", "[]", "<html><body>404</body></html>", r#"{"AcsEvent":{"InfoList":[]}}"#] {
        let error = alert(&parse(body.as_bytes()).unwrap());
        assert!(matches!(error, Err(EventError::NotAnEvent(_))), "{body}");
    }
    let lame = r#"{"eventType":"AccessControllerEvent","AccessControllerEvent":{}}"#;
    assert_eq!(alert(&parse(lame.as_bytes()).unwrap()), Err(EventError::NoCode("major")));
    let odd = r#"{"AccessControllerEvent":{"major":"five","minor":-1}}"#;
    assert_eq!(alert(&parse(odd.as_bytes()).unwrap()), Err(EventError::BadCode("major")));
}
