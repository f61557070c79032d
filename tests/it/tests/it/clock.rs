//! Row 14: clocks that are wrong, step back, begin in 1970, or say no offset.

use std::time::Duration;

use isapi_sim::Simulator;
use jiff::{SignedDuration, Timestamp};

use crate::desk::{BOUND, Desk};
use crate::device::{stranger, turnstile};
use crate::tell::Passage;

/// How far from the moment of the passage its time may lie, seconds of resolution included.
const NEAR: SignedDuration = SignedDuration::from_secs(5);

/// Somebody passes; the passage is told as happening now, whatever the device's clock says.
async fn passes_now(desk: &mut Desk, name: &str, device: &Simulator) -> Passage {
    let now = Timestamp::now();
    let serial = device.pass(stranger());
    let told = desk.feed().passage(name, serial).await;
    assert!(told.at.duration_since(now).abs() < NEAR, "{name}: it was {now}; {told:?}");
    assert!(told.live, "{name}: {told:?}");
    told
}

async fn added(desk: &Desk, name: &str, faults: &[&str]) -> Simulator {
    let device = turnstile(faults).await;
    desk.add_device(&device, name, "in").await;
    // A live event is one that a stream tells; it has to be open for that.
    desk.device_state(name, "online").await;
    device
}

#[tokio::test(flavor = "multi_thread")]
async fn row_14_a_small_drift_is_taken_out_and_a_large_one_is_said() {
    let mut desk = Desk::running().await;
    for (offset, certainty) in
        [(0, "measured"), (90, "measured"), (-90, "measured"), (7200, "received"), (-7200, "received")]
    {
        let name = format!("Gate {offset}");
        let device = added(&desk, &name, &[&format!("clock-offset={offset}")]).await;
        let told = passes_now(&mut desk, &name, &device).await;
        assert_eq!(told.certainty, certainty, "{name}");
        let said = desk.device(&name).await;
        let drift = said.drift_ms.expect("measured");
        assert!((drift - offset * 1000).abs() < 2000, "{name}: {drift}");
        assert_eq!(said.words.contains("its clock is"), offset != 0, "{name}: {}", said.words);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_14_a_clock_that_steps_while_we_watch() {
    let mut desk = Desk::running().await;
    for seconds in [-3600, 3600, -86_400] {
        let name = format!("Gate {seconds}");
        let device = added(&desk, &name, &[]).await;
        assert_eq!(passes_now(&mut desk, &name, &device).await.certainty, "measured");
        device.step_clock(seconds);
        for _ in 0..5 {
            passes_now(&mut desk, &name, &device).await;
        }
        let said = desk.device_until(&name, BOUND, |said| said.words.contains("its clock is")).await;
        assert!((said.drift_ms.expect("measured") - seconds * 1000).abs() < 2000, "{said:?}");
        device.set_clock_offset(0);
        assert_eq!(passes_now(&mut desk, &name, &device).await.certainty, "measured");
        desk.device_until(&name, BOUND, |said| said.words.is_empty()).await;
        desk.all_once(&name, &device).await;
        assert_eq!(desk.device(&name).await.epoch, Some(1), "a clock that steps back is no cleared log");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_14_a_clock_that_began_in_1970() {
    let mut desk = Desk::running().await;
    let device = added(&desk, "Gate", &["clock-1970"]).await;
    assert_eq!(passes_now(&mut desk, "Gate", &device).await.certainty, "received");
    device.clear_fault("clock-1970").expect("a fault");
    assert_eq!(passes_now(&mut desk, "Gate", &device).await.certainty, "measured");
    desk.all_once("Gate", &device).await;
    assert_eq!(desk.device("Gate").await.epoch, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_14_times_without_an_offset_and_other_spellings() {
    let mut desk = Desk::running().await;
    for faults in [
        &["clock-no-offset"][..],
        &["clock-no-offset", "zone=CST+5:00:00"],
        &["clock-no-offset", "zone=CST-5:30:00"],
        &["clock-format=minutes"],
        &["clock-format=millis"],
        &["clock-format=utc"],
    ] {
        let name = faults.join(" ");
        let device = added(&desk, &name, faults).await;
        let told = passes_now(&mut desk, &name, &device).await;
        assert_eq!(told.certainty, "measured", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_14_an_offset_that_changes_on_the_day_of_summer_time() {
    let mut desk = Desk::running().await;
    for faults in [&[][..], &["clock-no-offset"]] {
        let name = format!("Gate{}", faults.join(""));
        let device = added(&desk, &name, faults).await;
        passes_now(&mut desk, &name, &device).await;
        device.set_fault("zone-shift=3600").expect("a fault");
        for _ in 0..3 {
            passes_now(&mut desk, &name, &device).await;
        }
        device.set_fault("zone-shift=off").expect("a fault");
        passes_now(&mut desk, &name, &device).await;
        desk.all_once(&name, &device).await;
        assert_eq!(desk.device(&name).await.epoch, Some(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_14_history_by_a_wrong_clock_is_uncertain() {
    let mut desk = Desk::running().await;
    let device = turnstile(&["clock-offset=-7200"]).await;
    let serial = device.pass(stranger().ago(Duration::from_secs(3600)));
    desk.add_device(&device, "Gate", "in").await;
    let told = desk.feed().passage("Gate", serial).await;
    assert_eq!((told.certainty.as_str(), told.live), ("uncertain", false));
}

/// As it also is for an event that is read from the log before the stream's word of it is heard.
#[tokio::test(flavor = "multi_thread")]
async fn row_14_a_clock_that_steps_where_only_the_log_tells() {
    let mut desk = Desk::running().await;
    for seconds in [-3600, 3600] {
        let name = format!("Gate {seconds}");
        let device = turnstile(&["stream-absent"]).await;
        desk.add_device(&device, &name, "in").await;
        desk.device_state(&name, "polling").await;
        assert_eq!(passes_now(&mut desk, &name, &device).await.certainty, "measured");
        device.step_clock(seconds);
        for _ in 0..3 {
            assert_eq!(passes_now(&mut desk, &name, &device).await.certainty, "received");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_14_a_clock_that_steps_in_the_middle_of_a_burst() {
    let mut desk = Desk::running().await;
    for seconds in [-3600, 3600] {
        let name = format!("Gate {seconds}");
        let device = added(&desk, &name, &[]).await;
        device.burst(50, 200.0).await;
        device.step_clock(seconds);
        let begun = Timestamp::now();
        device.burst(200, 200.0).await;
        desk.all_once(&name, &device).await;
        let ended = Timestamp::now();
        let after: Vec<Passage> = desk
            .passages()
            .await
            .into_iter()
            .filter(|told| told.device == name && told.serial > Some(50))
            .collect();
        let wrong: Vec<&Passage> = after
            .iter()
            .filter(|told| told.at < begun - NEAR || told.at > ended + NEAR || !told.live)
            .collect();
        assert!(wrong.is_empty(), "{} of {}: {:?}", wrong.len(), after.len(), wrong.first());
    }
}
