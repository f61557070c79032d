//! The alert stream: rows 10 to 13 and 25, and devices that have none.

use std::time::Duration;

use crate::desk::{BOUND, Desk};
use crate::device::{bear, stranger, turnstile};

/// Within this time `device list` says what is the matter, whatever it is.
const SAID_WITHIN: Duration = Duration::from_secs(40);

#[tokio::test(flavor = "multi_thread")]
async fn row_10_a_stream_that_falls_silent_is_said_so_events_arrive_and_it_heals() {
    let mut desk = Desk::running().await;
    let device = turnstile(&["heartbeat=1"]).await;
    desk.add_device(&device, "Gate", "in").await;
    // Its interval is learned from a few heartbeats.
    let enough = jiff::Timestamp::now() + Duration::from_secs(3);
    desk.device_until("Gate", BOUND, |told| told.heard > Some(enough)).await;
    device.set_fault("stream-silent").expect("a fault");
    let told = desk.device_until("Gate", SAID_WITHIN, |told| told.state.as_deref() == Some("stream_silent"));
    let told = told.await;
    assert!(told.words.contains("silent since"), "{}", told.words);
    for _ in 0..3 {
        let serial = device.pass(stranger());
        desk.feed().passage("Gate", serial).await;
    }
    assert_eq!(desk.device("Gate").await.state.as_deref(), Some("stream_silent"));
    device.clear_fault("stream-silent").expect("a fault");
    desk.device_state("Gate", "online").await;
    device.burst(20, 0.0).await;
    desk.all_once("Gate", &device).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_10_a_stream_that_never_said_a_word_is_named_within_40_seconds() {
    let mut desk = Desk::running().await;
    let device = turnstile(&["stream-silent"]).await;
    desk.add_device(&device, "Gate", "in").await;
    let told = desk.device_until("Gate", SAID_WITHIN, |told| told.state.as_deref() == Some("stream_silent"));
    told.await;
    let serial = device.pass(stranger());
    desk.feed().passage("Gate", serial).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_10_a_stream_frozen_for_good_is_opened_anew() {
    let mut desk = Desk::running().await;
    let device = turnstile(&["heartbeat=1", "stream-freeze=4"]).await;
    desk.add_device(&device, "Gate", "in").await;
    desk.device_state("Gate", "stream_silent").await;
    let serial = device.pass(stranger());
    desk.feed().passage("Gate", serial).await;
    device.clear_fault("stream-freeze").expect("a fault");
    assert!(device.wait_until(BOUND, |stats| stats.streams_open > 0).await);
    desk.device_state("Gate", "online").await;
    assert!(device.wait_streams(1, BOUND).await, "one stream is open, not one more each time");
    desk.all_once("Gate", &device).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_11_a_stream_of_40_bytes_that_closes_is_said_and_events_are_asked_for_in_turn() {
    let mut desk = Desk::running().await;
    let device = turnstile(&["stream-stub"]).await;
    desk.add_device(&device, "Gate", "in").await;
    let told = desk
        .device_until("Gate", SAID_WITHIN, |told| told.words.contains("closes as soon as it is opened"))
        .await;
    assert_eq!(told.state.as_deref(), Some("polling"));
    for _ in 0..3 {
        let serial = device.pass(stranger());
        desk.feed().passage("Gate", serial).await;
    }
    // It is not asked for its stream again and again without a pause.
    assert!(device.stats().streams < 12, "{:?}", device.stats());
    device.clear_fault("stream-stub").expect("a fault");
    desk.device_state("Gate", "online").await;
    desk.all_once("Gate", &device).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_parts_that_are_not_what_they_should_be() {
    let mut desk = Desk::running().await;
    let sets: &[&[&str]] = &[
        &["part-no-blank-line"],
        &["part-no-blank-line=headers"],
        &["part-no-length"],
        &["length-lies=7"],
        &["length-lies=-7"],
        &["part-lf", "preamble"],
        &["bad-part=3"],
        &["xml-stream", "chunked"],
        &["boundary-style=angle", "drip=3"],
    ];
    for (name, _device) in &bear(&mut desk, sets).await {
        desk.device_state(name, "online").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_13_an_empty_active_post_count_is_still_a_heartbeat() {
    let mut desk = Desk::running().await;
    let sets: &[&[&str]] =
        &[&["empty-active-post-count"], &["empty-active-post-count", "xml-stream"], &["videoloss-active"]];
    for (name, _device) in &bear(&mut desk, sets).await {
        desk.device_state(name, "online").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25_a_device_armed_elsewhere_is_polled_and_said_to_be() {
    let mut desk = Desk::running().await;
    for fault in ["stream-refused", "stream-refused=403", "stream-refused=503", "stream-limit=0"] {
        let device = turnstile(&[fault]).await;
        desk.add_device(&device, fault, "in").await;
        let told = desk.device_state(fault, "polling").await;
        assert!(told.words.contains("another program holds its event stream"), "{fault}: {}", told.words);
        let serial = device.pass(stranger());
        desk.feed().passage(fault, serial).await;
        device.clear_faults();
        desk.device_state(fault, "online").await;
        desk.all_once(fault, &device).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_without_a_stream_is_polled_and_said_to_be() {
    let mut desk = Desk::running().await;
    let device = turnstile(&["stream-absent"]).await;
    device.burst(45, 0.0).await;
    desk.add_device(&device, "Gate", "in").await;
    let told = desk.device_state("Gate", "polling").await;
    assert!(told.words.contains("has no event stream"), "{}", told.words);
    let serial = device.pass(stranger());
    desk.feed().passage("Gate", serial).await;
    device.burst(45, 0.0).await;
    desk.all_once("Gate", &device).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_unplugged_is_named_and_heals_by_itself() {
    let mut desk = Desk::running().await;
    let device = turnstile(&[]).await;
    desk.add_device(&device, "Gate", "in").await;
    desk.device_state("Gate", "online").await;
    device.unplug().await;
    let told = desk.device_until("Gate", SAID_WITHIN, |told| told.state.as_deref() == Some("offline")).await;
    assert!(told.words.contains("does not answer since"), "{}", told.words);
    // It goes on letting people through.
    device.burst(30, 0.0).await;
    device.plug().await.expect("its port");
    desk.device_state("Gate", "online").await;
    desk.all_once("Gate", &device).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_hangs_is_named_within_40_seconds() {
    let mut desk = Desk::running().await;
    let device = turnstile(&[]).await;
    desk.add_device(&device, "Gate", "in").await;
    desk.device_state("Gate", "online").await;
    device.set_fault("hang").expect("a fault");
    device.set_fault("stream-silent").expect("a fault");
    let serial = device.pass(stranger().silent());
    let told = desk.device_until("Gate", SAID_WITHIN, |told| told.state.as_deref() == Some("offline")).await;
    assert!(told.words.contains("has not answered"), "{}", told.words);
    device.clear_faults();
    desk.feed().passage("Gate", serial).await;
}
