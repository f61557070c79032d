//! One process a data folder: commands with and without it, its end, its feed.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use isapi_sim::Config;
use tokio::io::AsyncReadExt;

use crate::desk::Desk;
use crate::device::{start, stranger, turnstile};
use crate::feed::Feed;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_on_the_same_folder_fails_clearly() {
    let mut desk = Desk::running().await;
    let answer = desk.ask(&["run"]).await;
    assert!(!answer.status.success());
    assert!(answer.stderr.contains("another Vakhta works on"), "{}", answer.stderr);
    // The first is none the worse for it.
    desk.ask(&["status"]).await;
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_works_with_and_without_a_running_process() {
    let mut desk = Desk::new();
    let device = turnstile(&[]).await;
    for running in [false, true, false] {
        if running {
            desk.run().await;
        }
        let name = format!("Gate {}", desk.ask(&["device", "list", "--json"]).await.lines().len());
        let fresh = turnstile(&[]).await;
        desk.add_device(&fresh, &name, "in").await;
        let said = desk.device(&name).await;
        assert_eq!(said.words.contains("does not run"), !running, "{}", said.words);
        let report = desk.ask(&["device", "test", &name, "--json"]).await.only();
        assert_eq!(report["ok"], true, "{report}");
        let visit = desk.visit_add("Anna Orlova", &["--person-no", "2001"]).await;
        assert_eq!(desk.visit(&visit).await["status"], "expected");
        desk.ask(&["visit", "cancel", &visit, "--json"]).await.only();
        assert_eq!(desk.visit(&visit).await["status"], "cancelled");
        let status = desk.ask(&["status", "--json"]).await.only();
        assert_eq!(status["running"], running);
        desk.verify().await;
        desk.passages().await;
        desk.incidents().await;
        desk.ask(&["device", "remove", &name, "--json"]).await.only();
        desk.add_device(&device, "Keeps", "in").await;
        desk.ask(&["device", "remove", "Keeps", "--json"]).await.only();
        if running {
            desk.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_makes_no_sense_is_refused_in_plain_words() {
    let desk = Desk::running().await;
    let device = turnstile(&[]).await;
    desk.add_device(&device, "Gate", "in").await;
    let again = desk.add_device_with(&device, "gate", "in", "x").await;
    assert!(!again.status.success() && again.stderr.contains("Gate"), "{}", again.stderr);
    let nobody = desk.ask(&["device", "test", "No Such"]).await;
    assert!(!nobody.status.success() && nobody.stderr.contains("No Such"), "{}", nobody.stderr);
    let url = ["device", "add", "Other", "--url", "ftp://10.0.0.1", "--user", "admin"];
    let scheme = desk.with_password(&url, "x").await;
    assert!(!scheme.status.success() && scheme.stderr.contains("http"), "{}", scheme.stderr);
    let url = ["device", "add", "Other", "--url", "http://10.0.0.1", "--user", "admin"];
    let without = desk.ask(&url).await;
    assert!(!without.status.success() && without.stderr.contains("no password"), "{}", without.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_within_two_seconds_whatever_its_devices_do() {
    let mut desk = Desk::running().await;
    let (sound, hanging, gone) = (turnstile(&[]).await, turnstile(&["hang"]).await, turnstile(&[]).await);
    gone.unplug().await;
    for (device, name) in [(&sound, "Sound"), (&hanging, "Hanging"), (&gone, "Gone")] {
        desk.add_device(device, name, "in").await;
    }
    desk.device_state("Sound", "online").await;
    sound.burst(3000, 0.0).await;
    let took = desk.stop().await;
    assert!(took < Duration::from_secs(2), "{took:?}");
    desk.run().await;
    desk.all_once("Sound", &sound).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_of_a_device_is_in_no_file() {
    const PASSWORD: &str = "Tr1cky-Passw0rd";
    let mut desk = Desk::running().await;
    let config = Config { password: PASSWORD.into(), ..Config::default() };
    let device = start(config, &[]).await;
    desk.add_device_with(&device, "Gate", "in", PASSWORD).await.only();
    let serial = device.pass(stranger().tiny_picture());
    desk.feed().passage("Gate", serial).await;
    desk.kill9().await;
    let folder = desk.data();
    let root = folder.parent().expect("the test's folder");
    let mut searched = 0;
    for file in files(root) {
        let bytes = std::fs::read(&file).expect("a file of the data folder");
        let found = bytes.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes());
        assert!(!found, "the password stands in {}", file.display());
        searched += 1;
    }
    assert!(searched >= 4, "only {searched} files");
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    entries
        .flat_map(|entry| match entry.file_type().expect("a type") {
            kind if kind.is_dir() => files(&entry.path()),
            kind if kind.is_file() => vec![entry.path()],
            _ => Vec::new(),
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_reader_goes_on_across_restarts_without_loss_or_repetition() {
    let mut desk = Desk::running().await;
    let device = turnstile(&[]).await;
    desk.add_device(&device, "Gate", "in").await;
    let words = ["watch", "--json", "--reader", "screen"];

    let mut reader = Feed::follow(desk.command(&words));
    device.burst(200, 0.0).await;
    reader.passage("Gate", 200).await;
    // A restart of Vakhta, gently and not: the same reader goes on by itself.
    desk.stop().await;
    device.burst(200, 0.0).await;
    desk.run().await;
    reader.passage("Gate", 400).await;
    desk.kill9().await;
    device.burst(200, 0.0).await;
    desk.run().await;
    reader.passage("Gate", 600).await;
    let told: Vec<u64> = serials(&reader);
    assert_eq!(told, (1..=600).collect::<Vec<u64>>());
    // When the next item has been told, the one before it is known to have been dealt with.
    let last = device.pass(stranger());
    reader.passage("Gate", last).await;
    reader.kill().await;

    let next = device.pass(stranger());
    let mut reader = Feed::follow(desk.command(&words));
    reader.passage("Gate", next).await;
    let told = serials(&reader);
    assert!(told.iter().all(|serial| *serial >= last) && told.contains(&next), "{told:?}");
}

fn serials(reader: &Feed) -> Vec<u64> {
    reader.seen().iter().filter_map(|item| item.passage_of("Gate")?.serial).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_the_output_that_goes_away_is_no_error() {
    let desk = Desk::running().await;
    let mut child = desk.command(&["watch", "--json", "--after", "0"]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a watch");
    drop(child.stdout.take());
    desk.visit_add("Anna Orlova", &[]).await;
    let mut said = String::new();
    let mut stderr = child.stderr.take().expect("its words");
    let ended = tokio::time::timeout(crate::desk::BOUND, child.wait()).await.expect("it ends");
    stderr.read_to_string(&mut said).await.expect("text");
    assert!(ended.expect("a status").success() && said.is_empty(), "{said}");
}
