//! Reading a device's log: rows 5 to 9, and logs that are stranger than the guide.

use std::time::Duration;

use isapi_sim::{Config, Pass};
use jiff::Timestamp;

use crate::desk::Desk;
use crate::device::{bear, start, stranger, turnstile};

/// Within this time `device list` says what is the matter, whatever it is.
const SAID_WITHIN: Duration = Duration::from_secs(40);

#[tokio::test(flavor = "multi_thread")]
async fn row_05_pages_smaller_than_asked_for_and_a_refusal_of_larger_ones() {
    let mut desk = Desk::running().await;
    let sets: &[&[&str]] = &[
        &["max-results=reject:10"],
        &["max-results=reject:10", "no-event-caps"],
        &["max-results=clamp:10"],
        &["max-results=clamp:10", "no-event-caps"],
        &["max-results=clamp:1"],
    ];
    bear(&mut desk, sets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_06_more_forever_repeated_and_unsorted_pages() {
    let mut desk = Desk::running().await;
    let sets: &[&[&str]] = &[
        &["more-forever"],
        &["more-forever=repeat"],
        &["repeat-page"],
        &["unsorted"],
        &["unsorted=all"],
        &["search-id-strict", "unsorted=all", "more-forever=repeat"],
        &["truncate-ok=30"],
        &["truncate-ok=10", "max-results=clamp:10"],
    ];
    bear(&mut desk, sets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_07_a_log_cleared_again_and_again_begins_a_new_life_each_time() {
    let mut desk = Desk::running().await;
    let device = turnstile(&[]).await;
    device.burst(40, 0.0).await;
    desk.add_device(&device, "Gate", "in").await;
    desk.all_once("Gate", &device).await;
    // Within one second only the code tells two lives apart.
    for (life, code) in [(2, 6), (3, 7), (4, 9)] {
        device.clear_log();
        device.burst_with(5, 0.0, |_| Pass::refused(code).person("9002")).await;
        desk.all_once("Gate", &device).await;
        let told = desk.device("Gate").await;
        assert_eq!(told.epoch, Some(life));
        assert!(told.has_note("log_cleared"), "{told:?}");
    }
    desk.stop().await;
    desk.run().await;
    let serial = device.pass(stranger());
    desk.all_once("Gate", &device).await;
    desk.device_until("Gate", SAID_WITHIN, |told| told.last_serial == Some(serial)).await;
    desk.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_07_a_log_cleared_while_nobody_looked_and_longer_than_before() {
    let mut desk = Desk::running().await;
    let device = turnstile(&[]).await;
    let hour = Duration::from_secs(3600);
    device.burst_with(40, 0.0, |_| stranger().ago(hour)).await;
    desk.add_device(&device, "Gate", "in").await;
    desk.all_once("Gate", &device).await;
    desk.stop().await;
    device.clear_log();
    device.burst(60, 0.0).await;
    desk.run().await;
    desk.all_once("Gate", &device).await;
    assert_eq!(desk.device("Gate").await.epoch, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_07_a_log_that_stays_empty_after_it_was_cleared_is_told_all_the_same() {
    let mut desk = Desk::running().await;
    let device = turnstile(&[]).await;
    device.burst(40, 0.0).await;
    desk.add_device(&device, "Gate", "in").await;
    desk.all_once("Gate", &device).await;
    device.clear_log();
    desk.device_until("Gate", SAID_WITHIN, |told| told.has_note("log_cleared")).await;
    device.pass(stranger());
    desk.all_once("Gate", &device).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_07_what_only_the_stream_told_of_a_log_that_is_gone_is_kept() {
    let mut desk = Desk::running().await;
    let device = turnstile(&[]).await;
    device.burst(40, 0.0).await;
    desk.add_device(&device, "Gate", "in").await;
    desk.all_once("Gate", &device).await;
    device.pass(stranger());
    device.clear_log();
    device.pass(stranger());
    desk.all_once("Gate", &device).await;
    desk.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_07_a_swapped_device_begins_a_new_life_and_keeps_it() {
    let mut desk = Desk::running().await;
    for faults in [&[][..], &["stream-absent"]] {
        let device = turnstile(faults).await;
        let name = format!("Gate{}", faults.join(""));
        device.burst(40, 0.0).await;
        desk.add_device(&device, &name, "in").await;
        desk.all_once(&name, &device).await;
        device.swap_hardware();
        device.burst(5, 0.0).await;
        desk.all_once(&name, &device).await;
        desk.device_until(&name, SAID_WITHIN, |told| told.has_note("hardware_swapped")).await;
        // Who it was is known for good: nothing is read again after a restart.
        desk.stop().await;
        desk.run().await;
        device.pass(stranger());
        desk.all_once(&name, &device).await;
        assert_eq!(desk.device(&name).await.epoch, Some(2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_08_the_same_event_told_again() {
    let mut desk = Desk::running().await;
    let sets: &[&[&str]] = &[
        &["replay-on-connect", "stream-drop-every=20"],
        &["replay-on-connect", "replay-as-current", "stream-drop-every=100"],
        &["stream-duplicates"],
        &["no-current-event", "replay-on-connect"],
    ];
    bear(&mut desk, sets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_08_events_that_the_stream_loses_or_the_log_shows_late() {
    let mut desk = Desk::running().await;
    let sets: &[&[&str]] = &[
        &["search-lag=700"],
        &["search-lag=2500"],
        &["announce-first"],
        &["announce-first", "search-lag=300", "stream-duplicates"],
        &["search-lag=300", "unsorted=all", "serial-gap=7"],
    ];
    bear(&mut desk, sets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_08_an_event_that_no_stream_tells_is_found_in_the_log() {
    let mut desk = Desk::running().await;
    let device = turnstile(&["stream-loses=3"]).await;
    desk.add_device(&device, "Gate", "in").await;
    desk.device_state("Gate", "online").await;
    device.burst(300, 0.0).await;
    let silent = device.pass(stranger().silent());
    desk.feed().passage("Gate", silent).await;
    desk.all_once("Gate", &device).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_09_history_is_never_live_and_its_incidents_are_late() {
    let mut desk = Desk::running().await;
    let now = Timestamp::now();
    let hours_ago = |hours: u64| (now - Duration::from_secs(hours * 3600)).to_string();
    let (from, until) = (hours_ago(5), hours_ago(3));
    let window = ["--person-no", "2001", "--from", &from, "--until", &until];
    let over = desk.visit_add("Too Late", &window).await;
    let right = desk.visit_add("Right Time", &["--person-no", "2002", "--from", &from]).await;
    for (name, faults) in [
        ("Gate 1", &["history-before=40", "replay-on-connect"][..]),
        ("Gate 2", &["history-before=40", "replay-on-connect", "replay-as-current"]),
        ("Gate 3", &["history-before=40"]),
    ] {
        let device = turnstile(faults).await;
        let ago = Duration::from_secs(2 * 3600);
        device.pass(Pass::granted().person("2001").ago(ago));
        device.pass(Pass::granted().person("2002").ago(ago));
        desk.add_device(&device, name, "in").await;
        desk.all_once(name, &device).await;
    }
    let old = now - Duration::from_secs(300);
    for passage in desk.passages().await.iter().filter(|passage| passage.at < old) {
        assert!(!passage.live, "{passage:?}");
    }
    let incidents = desk.incidents().await;
    assert!(!incidents.is_empty());
    for incident in &incidents {
        assert_eq!(incident["kind"], "expired_pass", "{incident}");
        assert_eq!(incident["visit"], over.as_str(), "{incident}");
        assert_eq!(incident["late"], true, "{incident}");
    }
    assert_eq!(desk.visit(&right).await["status"], "checked_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn serials_that_are_left_out_or_cannot_be_searched_for() {
    let mut desk = Desk::running().await;
    let sets: &[&[&str]] = &[
        &["serial-gap=3"],
        &["serial-range=ignore"],
        &["serial-range=reject"],
        &["serial-range=ignore", "max-results=clamp:10", "unsorted=all"],
        &["no-total", "no-work-status"],
    ];
    bear(&mut desk, sets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_forgets_its_oldest_events_is_the_same_log() {
    let mut desk = Desk::running().await;
    let device = start(Config { first_serial: 70_000, ..Config::default() }, &["log-capacity=100"]).await;
    device.burst(50, 0.0).await;
    desk.add_device(&device, "Gate", "in").await;
    desk.all_once("Gate", &device).await;
    desk.stop().await;
    // More than it keeps: what fell out before anybody looked is gone, the rest is not.
    device.burst(130, 0.0).await;
    let kept: Vec<(u32, Option<u64>)> = device.log().iter().map(|entry| (1, Some(entry.serial))).collect();
    let before: Vec<(u32, Option<u64>)> = (70_000..70_050).map(|serial| (1, Some(serial))).collect();
    desk.run().await;
    desk.all_told("Gate", [before, kept].concat()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_07_a_device_swapped_before_it_logged_anything() {
    let mut desk = Desk::running().await;
    let device = turnstile(&[]).await;
    desk.add_device(&device, "Gate", "in").await;
    desk.device_state("Gate", "online").await;
    device.swap_hardware();
    desk.device_until("Gate", SAID_WITHIN, |told| told.epoch == Some(2)).await;
    device.burst(5, 0.0).await;
    desk.all_once("Gate", &device).await;
    desk.stop().await;
    desk.run().await;
    device.pass(stranger());
    desk.all_once("Gate", &device).await;
}
