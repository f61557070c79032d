//! The power goes: `kill -9` in the middle of things, and every event once all the same.

use crate::desk::Desk;
use crate::device::{stranger, turnstile};

/// In the middle of a burst: killed when so many of its events have been told, then run again.
async fn killed_in_the_middle(desk: &mut Desk, name: &str, after: &[u64]) {
    for serial in after {
        // Not that one event, but any so far on: the order is the device's own affair.
        let what = format!("event {serial} of {name} or a later one");
        desk.feed()
            .until(&what, |item| item.passage_of(name).filter(|told| told.serial >= Some(*serial)).map(drop))
            .await;
        desk.kill9().await;
        desk.run().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_fifty_times_within_a_burst_of_ten_thousand() {
    let mut desk = Desk::running().await;
    let device = turnstile(&[]).await;
    desk.add_device(&device, "Gate", "in").await;
    desk.device_state("Gate", "online").await;
    let handle = device.handle();
    let burst = tokio::spawn(async move { handle.burst(10_000, 0.0).await });
    let after: Vec<u64> = (1..=50).map(|kill| kill * 190).collect();
    killed_in_the_middle(&mut desk, "Gate", &after).await;
    burst.await.expect("the burst ends");
    desk.all_once("Gate", &device).await;
    desk.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_the_log_lies_in_every_way() {
    let mut desk = Desk::running().await;
    let faults = [
        "search-lag=200",
        "unsorted=all",
        "more-forever=repeat",
        "stream-duplicates",
        "replay-on-connect=100",
        "stream-drop-every=400",
        "serial-gap=11",
        "nonce-reuse=half",
    ];
    let device = turnstile(&faults).await;
    desk.add_device(&device, "Gate", "in").await;
    let handle = device.handle();
    let burst = tokio::spawn(async move { handle.burst(2000, 500.0).await });
    killed_in_the_middle(&mut desk, "Gate", &[100, 600, 1200]).await;
    burst.await.expect("the burst ends");
    desk.all_once("Gate", &device).await;
    assert_eq!(device.stats().refusals, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_around_a_cleared_log() {
    let mut desk = Desk::running().await;
    let device = turnstile(&[]).await;
    desk.add_device(&device, "Gate", "in").await;
    for _ in 0..3 {
        device.burst(300, 0.0).await;
        desk.all_once("Gate", &device).await;
        device.clear_log();
        device.pass(stranger());
        desk.kill9().await;
        desk.run().await;
        desk.all_once("Gate", &device).await;
    }
    desk.verify().await;
}
