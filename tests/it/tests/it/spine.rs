//! From a door to a durable decision: visits, facts by door, exits that wait, grants taken back.

use std::time::Duration;

use isapi_sim::{Config, Kind, Pass, Simulator};
use serde_json::Value;

use crate::desk::{BOUND, Desk};
use crate::device::{start, stranger, turnstile, way_out};

/// Nobody is in and out within the second that two devices' clocks are known to.
const STAY: Duration = Duration::from_secs(10);

/// A desk with a way in and a way out.
async fn site(way_in: &[&str]) -> (Desk, Simulator, Simulator) {
    let desk = Desk::running().await;
    let (way_in, way_out) = (turnstile(way_in).await, way_out(&[]).await);
    desk.add_device(&way_in, "In", "in").await;
    desk.add_device(&way_out, "Out", "out").await;
    for name in ["In", "Out"] {
        desk.device_until(name, BOUND, |told| told.last_serial.is_some() || told.epoch.is_some()).await;
    }
    (desk, way_in, way_out)
}

/// Plans a visit that began some time ago.
async fn planned_before(desk: &Desk, visitor: &str, number: &str) -> String {
    let from = (jiff::Timestamp::now() - Duration::from_secs(600)).to_string();
    desk.visit_add(visitor, &["--person-no", number, "--from", &from]).await
}

fn by(number: &str) -> Pass {
    Pass::granted().person(number)
}

fn is_incident(item: &crate::feed::Item, visit: &str) -> Option<Value> {
    (item.kind == "incident" && item.item["visit"] == visit).then(|| item.item.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expected_visitor_comes_in_and_leaves() {
    let (mut desk, way_in, way_out) = site(&[]).await;
    let visit = desk.visit_add("Anna Orlova", &["--person-no", "2001"]).await;
    assert_eq!(desk.visit(&visit).await["status"], "expected");

    let serial = way_in.pass(by("2001").tiny_picture());
    let fact = desk.feed().fact(&visit, "entered").await;
    assert_eq!((&fact["origin"], &fact["visit"]["status"]), (&"door".into(), &"checked_in".into()));
    let passage = desk.feed().passage("In", serial).await;
    assert_eq!((passage.verdict.as_str(), passage.direction.as_str()), ("granted", "in"));
    assert_eq!(passage.visit.as_deref(), Some(visit.as_str()));

    way_out.pass(by("2001"));
    let fact = desk.feed().fact(&visit, "left").await;
    assert_eq!((&fact["origin"], &fact["visit"]["status"]), (&"door".into(), &"checked_out".into()));

    let told = desk.visit(&visit).await;
    assert_eq!(told["status"], "checked_out");
    assert_eq!((&told["entered_by"], &told["left_by"]), (&"door".into(), &"door".into()));
    assert!(told["entered"].as_str() <= told["left"].as_str(), "{told}");
    assert!(desk.incidents().await.is_empty());
    desk.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passage_belongs_to_a_visit_by_number_then_by_card_never_by_name() {
    let (mut desk, way_in, _way_out) = site(&[]).await;
    let by_card = desk.visit_add("Pavel Sorokin", &["--card-no", "0099002002"]).await;
    let by_number = desk.visit_add("Maria Weiss", &["--person-no", "2005", "--card-no", "0099002005"]).await;

    let serial = way_in.pass(Pass::granted().card("0099002002"));
    assert_eq!(desk.feed().passage("In", serial).await.visit, Some(by_card.clone()));
    // The number decides, whatever the card says.
    let serial = way_in.pass(by("2005").card("0099002002"));
    assert_eq!(desk.feed().passage("In", serial).await.visit, Some(by_number));
    let serial = way_in.pass(stranger().name("Maria Weiss"));
    assert_eq!(desk.feed().passage("In", serial).await.visit, None);
    assert_eq!(desk.visit(&by_card).await["status"], "checked_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_and_a_reader_that_does_not_tell_the_way_change_no_status() {
    let (mut desk, way_in, _way_out) = site(&[]).await;
    let door = start(Config::kind(Kind::DoorStation).serial_number("DOOR"), &[]).await;
    desk.add_device(&door, "Door", "both").await;
    let visit = desk.visit_add("Erlan Bekov", &["--person-no", "2006"]).await;

    let serial = way_in.pass(Pass::refused(7).person("2006"));
    assert_eq!(desk.feed().passage("In", serial).await.verdict, "refused");
    let serial = door.pass(by("2006"));
    assert_eq!(desk.feed().passage("Door", serial).await.direction, "seen");
    assert_eq!(desk.visit(&visit).await["status"], "expected");
    // The device itself may tell the way.
    door.pass(by("2006").attendance("checkIn"));
    desk.feed().fact(&visit, "entered").await;
    assert_eq!(desk.visit(&visit).await["status"], "checked_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exit_without_entry_is_an_incident_once_the_entry_readers_have_been_read() {
    let (mut desk, _way_in, way_out) = site(&[]).await;
    let visit = desk.visit_add("Timur Akhmetov", &["--person-no", "2004"]).await;
    way_out.pass(by("2004"));
    let incident = desk.feed().until("the incident", |item| is_incident(item, &visit)).await;
    assert_eq!(incident["kind"], "exit_without_entry");
    assert_eq!((&incident["severity"], &incident["late"]), (&"high".into(), &false.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exit_waits_for_the_entry_of_a_device_that_was_away() {
    let (mut desk, way_in, way_out) = site(&[]).await;
    let visit = planned_before(&desk, "Dilnoza Karimova", "2003").await;
    way_in.unplug().await;
    way_in.pass(by("2003").ago(STAY));
    way_out.pass(by("2003"));
    desk.feed().fact(&visit, "left").await;
    assert!(desk.incidents().await.is_empty(), "the entry may be on its way");

    way_in.plug().await.expect("its port");
    desk.feed().fact(&visit, "entered").await;
    assert_eq!(desk.visit(&visit).await["status"], "checked_out");
    // Another exit, of somebody who never came, is decided now: so the first has been, too.
    let other = desk.visit_add("Timur Akhmetov", &["--person-no", "2004"]).await;
    way_out.pass(by("2004"));
    desk.feed().until("the other's incident", |item| is_incident(item, &other)).await;
    assert_eq!(desk.incidents().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exit_waits_for_an_entry_that_the_log_shows_late() {
    let (mut desk, way_in, way_out) = site(&["search-lag=3000"]).await;
    let visit = planned_before(&desk, "Dilnoza Karimova", "2003").await;
    way_in.pass(by("2003").ago(STAY));
    way_out.pass(by("2003"));
    desk.feed().fact(&visit, "left").await;
    desk.feed().fact(&visit, "entered").await;
    assert_eq!(desk.visit(&visit).await["status"], "checked_out");
    assert!(desk.incidents().await.is_empty(), "the stream had told of the entry");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_went_through_takes_the_grant_back() {
    let (mut desk, way_in, _way_out) = site(&[]).await;
    let visit = desk.visit_add("Maria Weiss", &["--person-no", "2005"]).await;
    way_in.pass(by("2005"));
    desk.feed().fact(&visit, "entered").await;
    way_in.pass(Pass::code(5, 137));
    desk.feed().fact(&visit, "not_passed").await;
    assert_eq!(desk.visit(&visit).await["status"], "expected");
    way_in.pass(by("2005"));
    let back = |item: &crate::feed::Item| {
        let entered = item.kind == "visit" && item.item["visit"]["id"] == visit.as_str();
        (entered && item.item["fact"] == "entered").then_some(item.seq)
    };
    let mut entries = 0;
    desk.feed()
        .until("the second entry", |item| {
            entries += i32::from(back(item).is_some());
            (entries == 2).then_some(())
        })
        .await;
    assert_eq!(desk.visit(&visit).await["status"], "checked_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_visit_that_is_entered_and_a_single_pass_used_twice_are_incidents() {
    let (mut desk, way_in, way_out) = site(&[]).await;
    let cancelled = desk.visit_add("Erlan Bekov", &["--person-no", "2006"]).await;
    desk.ask(&["visit", "cancel", &cancelled, "--json"]).await.only();
    way_in.pass(by("2006"));
    let incident = desk.feed().until("the entry", |item| is_incident(item, &cancelled)).await;
    assert_eq!(incident["kind"], "entry_on_cancelled");

    let single = desk.visit_add("Anna Orlova", &["--person-no", "2001"]).await;
    way_in.pass(by("2001"));
    desk.feed().fact(&single, "entered").await;
    way_out.pass(by("2001"));
    desk.feed().fact(&single, "left").await;
    way_in.pass(by("2001"));
    let incident = desk.feed().until("the second use", |item| is_incident(item, &single)).await;
    assert_eq!(incident["kind"], "expired_pass");
}
