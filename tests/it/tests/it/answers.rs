//! Answers that are not what they seem: rows 4 and 16, and fields that change their type.

use isapi_sim::Pass;

use crate::desk::Desk;
use crate::device::{bear, stranger, turnstile};

#[tokio::test(flavor = "multi_thread")]
async fn row_04_an_error_under_http_200_is_an_error() {
    let mut desk = Desk::running().await;
    let sets: &[&[&str]] = &[
        &["error-200=2"],
        &["busy-503=2"],
        &["not-found-html", "stream-absent", "no-total"],
        &["bom", "content-type-lies"],
        &["namespace=none"],
        &["ns-prefix"],
        &["slow-answer=40"],
    ];
    bear(&mut desk, sets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_04_errors_in_the_middle_of_the_work_lose_nothing() {
    let mut desk = Desk::running().await;
    for (name, fault) in [
        ("Gate 1", "error-200=3"),
        ("Gate 2", "busy-503=3"),
        ("Gate 3", "cut-body"),
        ("Gate 4", "drop-connection-every=4"),
    ] {
        let device = turnstile(&[]).await;
        desk.add_device(&device, name, "in").await;
        desk.device_state(name, "online").await;
        device.set_fault(fault).expect("a fault");
        device.burst(50, 0.0).await;
        // The driver has met the fault when it has asked this often.
        let asked = |stats: &isapi_sim::Stats| stats.requests.values().sum::<u64>();
        let before = asked(&device.stats());
        assert!(device.wait_until(crate::desk::BOUND, |stats| asked(stats) >= before + 4).await);
        device.clear_faults();
        device.burst(10, 0.0).await;
        desk.all_once(name, &device).await;
        assert_eq!(device.stats().refusals, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_16_capabilities_that_lie() {
    let mut desk = Desk::running().await;
    let sets: &[&[&str]] =
        &[&["capability-lies"], &["no-event-caps"], &["capability-lies", "max-results=reject:10"]];
    bear(&mut desk, sets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_beyond_64_bits_and_fields_that_change_their_type() {
    let mut desk = Desk::running().await;
    bear(&mut desk, &[&["card-beyond-64-bit"], &["fill-columns"]]).await;
    for (name, fault) in [("Drift", "type-drift"), ("Drift all", "type-drift=all")] {
        let device = turnstile(&[fault, "card-beyond-64-bit"]).await;
        desk.add_device(&device, name, "in").await;
        let card = device.pass(Pass::granted().person("1001").card("5"));
        let told = desk.feed().passage(name, card).await;
        assert_eq!(told.card_no.as_deref(), Some("18446744073709551621"));
        assert_eq!(told.person_no.as_deref(), Some("1001"));
        assert_eq!((told.major, told.minor), (5, 1));
        device.burst(40, 0.0).await;
        desk.all_once(name, &device).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_lost_its_leading_zeros_on_the_way_still_belongs_to_its_visit() {
    let mut desk = Desk::running().await;
    let visit = desk.visit_add("Anna Orlova", &["--card-no", "0012345678"]).await;
    let device = turnstile(&["type-drift"]).await;
    desk.add_device(&device, "Gate", "in").await;
    let serial = device.pass(Pass::granted().card("0012345678"));
    assert_eq!(desk.feed().passage("Gate", serial).await.visit, Some(visit));
    let serial = device.pass(stranger());
    assert_eq!(desk.feed().passage("Gate", serial).await.visit, None);
}
