//! Devices whose log cannot be searched: what the stream tells is the record, so every part of
//! it must be understood (row 12, without the log to fall back on).

use isapi_sim::{Pass, Simulator};

use crate::desk::{BOUND, Desk};
use crate::device::{stranger, turnstile};

/// One device for each set of faults, on one desk; everything is told by the stream alone.
async fn told_by_the_stream(sets: &[&[&str]]) {
    let mut desk = Desk::running().await;
    let mut devices: Vec<(String, Simulator)> = Vec::new();
    for faults in sets {
        let device = turnstile(&[faults, &["no-search"][..]].concat()).await;
        let name = faults.join(" ");
        desk.add_device(&device, &name, "in").await;
        devices.push((name, device));
    }
    for (name, device) in &devices {
        let said = desk.device_until(name, BOUND, |told| told.words.contains("cannot be searched")).await;
        assert_eq!(said.state.as_deref(), Some("stream_only"), "{name}");
        assert!(device.wait_streams(1, BOUND).await);
        for pass in [stranger(), stranger().tiny_picture(), Pass::code(5, 25), Pass::refused(9).card("00123")]
        {
            let serial = device.pass(pass);
            desk.feed().passage(name, serial).await;
        }
        device.burst(60, 0.0).await;
    }
    for (name, device) in &devices {
        desk.all_once(name, device).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_the_framing_of_parts_without_a_log() {
    let sets: &[&[&str]] = &[
        &["part-no-blank-line"],
        &["part-no-blank-line=headers"],
        &["part-no-length"],
        &["length-lies=1"],
        &["length-lies=40"],
        &["length-lies=-1"],
        &["length-lies=-40"],
        &["part-lf"],
        &["part-lf", "part-no-length"],
        &["preamble", "bad-part=3"],
    ];
    told_by_the_stream(sets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_boundaries_and_chunks_without_a_log() {
    let sets: &[&[&str]] = &[
        &["drip"],
        &["drip=7", "chunked"],
        &["chunked"],
        &["boundary-style=quoted"],
        &["boundary-style=angle"],
        &["boundary-style=dashed"],
        &["boundary-style=dashed-rfc"],
        &["boundary-style=missing"],
        &["boundary-in-picture"],
        &["boundary-in-picture", "part-no-length"],
        &["boundary-in-picture", "length-lies=5"],
        &["xml-stream", "content-id", "stream-duplicates"],
        &["type-drift=all"],
    ];
    told_by_the_stream(sets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_the_device_does_not_support_is_none() {
    told_by_the_stream(&[&["no-search=notsupport", "no-event-caps"], &["replay-on-connect"]]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_07_a_log_cleared_or_a_device_swapped_is_noticed_by_the_stream_alone() {
    let mut desk = Desk::running().await;
    let device = turnstile(&["no-search"]).await;
    desk.add_device(&device, "Gate", "in").await;
    assert!(device.wait_streams(1, BOUND).await);
    desk.device_until("Gate", BOUND, |told| told.words.contains("cannot be searched")).await;
    device.burst(5, 0.0).await;
    desk.all_once("Gate", &device).await;
    device.clear_log();
    device.burst_with(3, 0.0, |_| Pass::refused(6)).await;
    desk.all_once("Gate", &device).await;
    assert_eq!(desk.device("Gate").await.epoch, Some(2));

    device.swap_hardware();
    desk.device_until("Gate", BOUND, |told| told.epoch == Some(3)).await;
    assert!(device.wait_until(BOUND, |stats| stats.streams >= 2 && stats.streams_open == 1).await);
    device.burst_with(3, 0.0, |_| Pass::refused(7)).await;
    desk.all_once("Gate", &device).await;

    let streams = device.stats().streams;
    desk.stop().await;
    desk.run().await;
    assert!(device.wait_until(BOUND, |stats| stats.streams > streams && stats.streams_open == 1).await);
    device.pass(stranger());
    desk.all_once("Gate", &device).await;
    assert_eq!(desk.device("Gate").await.epoch, Some(3));
}
