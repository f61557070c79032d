//! Logging in: rows 1 to 3, and digests as they are in the wild.

use std::time::Duration;

use crate::desk::{Desk, PASSWORD};
use crate::device::{bear, stranger, turnstile};

/// Long enough for a driver that does not wait to try again.
const A_WHILE: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread")]
async fn row_01_a_wrong_password_is_named_costs_two_refusals_at_most_and_waits() {
    let mut desk = Desk::running().await;
    let device = turnstile(&[]).await;
    desk.add_device_with(&device, "Gate", "in", "not it").await.only();

    let told = desk.device_state("Gate", "refused").await;
    assert!(told.words.contains("wrong user name or password"), "{}", told.words);
    assert!(told.words.contains("4 tries are left"), "{}", told.words);
    assert_eq!(told.tries_left, Some(4));
    assert!(!device.wait_until(A_WHILE, |stats| stats.refusals > 2).await, "it goes on trying");

    desk.stop().await;
    desk.run().await;
    let told = desk.device_state("Gate", "refused").await;
    assert!(told.words.contains("wrong user name or password"), "{}", told.words);
    assert!(!device.wait_until(A_WHILE, |stats| stats.refusals > 2).await, "a restart tries again");

    let serial = device.pass(stranger());
    desk.with_password(&["device", "change", "Gate", "--password", "--json"], PASSWORD).await.only();
    desk.feed().passage("Gate", serial).await;
    let told = desk.device_state("Gate", "online").await;
    assert_eq!(told.words, "");
    assert!(device.stats().refusals <= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_01_a_password_changed_on_the_device_pauses_it_and_a_test_by_hand_lets_it_go_on() {
    let mut desk = Desk::running().await;
    let device = turnstile(&[]).await;
    desk.add_device(&device, "Gate", "in").await;
    desk.device_state("Gate", "online").await;

    device.set_password("another 1");
    let serial = device.pass(stranger());
    desk.device_state("Gate", "refused").await;
    assert!(!device.wait_until(A_WHILE, |stats| stats.refusals > 2).await, "{:?}", device.stats());

    device.set_password(PASSWORD);
    let report = desk.ask(&["device", "test", "Gate", "--json"]).await.only();
    assert_eq!(report["ok"], true, "{report}");
    desk.feed().passage("Gate", serial).await;
    desk.device_state("Gate", "online").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_01_a_locked_device_is_said_to_be_locked() {
    let desk = Desk::running().await;
    let device = turnstile(&["lock-tries=1"]).await;
    desk.add_device_with(&device, "Gate", "in", "not it").await.only();
    let told = desk.device_state("Gate", "refused").await;
    assert!(told.words.contains("locked itself"), "{}", told.words);
    assert!(device.stats().refusals <= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_02_a_401_without_challenge_on_a_reused_nonce_is_no_wrong_password() {
    let mut desk = Desk::running().await;
    let sets: &[&[&str]] = &[
        &["nonce-reuse=refuse"],
        &["nonce-reuse=half"],
        &["nonce-bound"],
        &["nonce-stale=3"],
        &["nonce-stale=0.2s"],
    ];
    bear(&mut desk, sets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_03_the_body_of_a_401_is_read_and_the_connection_may_close_after_it() {
    let mut desk = Desk::running().await;
    let sets: &[&[&str]] = &[
        &["body-401=100000"],
        &["close-after-401"],
        &["nonce-per-connection", "body-401=30000"],
        &["close-after-401", "nonce-reuse=refuse", "body-401=5000"],
    ];
    bear(&mut desk, sets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn digests_as_they_are_in_the_wild() {
    let mut desk = Desk::running().await;
    let sets: &[&[&str]] = &[
        &["digest=md5-noqop"],
        &["digest=md5-sess"],
        &["digest=md5-qop-list"],
        &["digest=sha256"],
        &["digest=sha256-noqop"],
        &["digest=both", "challenge-extras"],
        &["digest=both-joined"],
        &["digest=both-reversed", "basic-offered"],
    ];
    bear(&mut desk, sets).await;
}
