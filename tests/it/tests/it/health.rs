//! How Vakhta is: told to people, to programs that watch it, and to support.

use reqwest::{StatusCode, header};
use serde_json::{Value, json};

use crate::browser::{Browser, client};
use crate::canary::contains;
use crate::desk::{ASK_EVERY, BOUND, Desk};
use crate::device::turnstile;

async fn get(base: &str, path: &str, token: Option<&str>) -> (StatusCode, String) {
    let mut request = client().get(format!("{base}{path}"));
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let answer = request.send().await.expect("an answer");
    (answer.status(), answer.text().await.expect("text"))
}

/// Asks until a part is as wished.
async fn until(browser: &Browser, part: &str, wished: impl Fn(&Value) -> bool) -> Value {
    let deadline = tokio::time::Instant::now() + BOUND;
    let mut pace = tokio::time::interval(ASK_EVERY);
    loop {
        pace.tick().await;
        let report = browser.call("health", Value::Null).await;
        let checks = report["checks"].as_array().expect("checks").clone();
        let check = checks.into_iter().find(|check| check["part"] == part).expect("the part");
        if wished(&check) {
            return check;
        }
        assert!(tokio::time::Instant::now() < deadline, "{part} stays {check}");
    }
}

fn finds(check: &Value, finding: &str) -> bool {
    check["findings"].as_array().is_some_and(|all| all.iter().any(|one| one["finding"] == finding))
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_hear_little_without_the_token_and_all_with_it() {
    let mut desk = Desk::new();
    let admin = Browser::at_work(&mut desk).await;
    let draft = json!({ "visitor": "Nadezhda Kept", "host": "Ким Д.", "purpose": null, "person_no": null,
                        "card_no": null, "from": null, "until": null, "profile": "single" });
    admin.call("visit_add", draft).await;
    until(&admin, "database", |check| finds(check, "fine")).await;
    let (status, text) = get(&admin.base, "/health", None).await;
    assert_eq!((status, text.as_str()), (StatusCode::OK, r#"{"level":"warning"}"#));
    assert_eq!(get(&admin.base, "/health/live", None).await.0, StatusCode::OK);
    assert_eq!(get(&admin.base, "/health/ready", None).await.0, StatusCode::OK);
    assert_eq!(get(&admin.base, "/metrics", None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(get(&admin.base, "/metrics", Some("not it")).await.0, StatusCode::UNAUTHORIZED);

    let token = admin.call("monitoring_token_make", Value::Null).await["token"].clone();
    let token = token.as_str().expect("a token").to_owned();
    let (status, text) = get(&admin.base, "/health", Some(&token)).await;
    assert_eq!(status, StatusCode::OK);
    let report: Value = serde_json::from_str(&text).expect("a report");
    let parts: Vec<&str> = report["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .filter_map(|check| check["part"].as_str())
        .collect();
    assert_eq!(parts, ["database", "writer", "disk", "devices", "backup", "queues", "clock", "keyring"]);
    let (status, numbers) = get(&admin.base, "/metrics", Some(&token)).await;
    assert_eq!(status, StatusCode::OK);
    for line in ["vakhta_health{part=\"writer\"} 0", "vakhta_backup_age_seconds -1", "vakhta_visits_inside 0"]
    {
        assert!(numbers.lines().any(|other| other == line), "{line} in {numbers}");
    }
    assert!(!text.contains("Nadezhda") && !numbers.contains("Nadezhda"));
    assert!(admin.call("monitoring", Value::Null).await["used"].is_string());
    admin.call("monitoring_token_remove", Value::Null).await;
    assert_eq!(get(&admin.base, "/metrics", Some(&token)).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_the_matter_is_told_part_by_part() {
    let mut desk = Desk::new();
    let admin = Browser::at_work(&mut desk).await;
    let backup = until(&admin, "backup", |check| finds(check, "no_backup")).await;
    assert!(finds(&backup, "backup_only_here") && finds(&backup, "kit_not_confirmed"), "{backup}");
    desk.ask(&["backup", "create", "--json"]).await.only();
    until(&admin, "backup", |check| !finds(check, "no_backup")).await;
    let device = turnstile(&[]).await;
    desk.add_device(&device, "Entry", "in").await;
    until(&admin, "devices", |check| finds(check, "fine")).await;
    drop(device);
    let devices = until(&admin, "devices", |check| finds(check, "devices_away")).await;
    assert_eq!(devices["level"], "warning");
    let lines = desk.list(&["doctor"]).await;
    let found = |what: &str| lines.iter().find(|line| line["what"] == what).cloned().unwrap_or_default();
    assert_eq!(found("process")["level"], "healthy");
    assert!(found("devices")["todo"].as_str().is_some_and(|todo| todo.contains("device list")), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_written_no_more_and_a_backup_takes_its_place() {
    let mut desk = Desk::new();
    let (admin, _) = Browser::set_up(&mut desk).await;
    let visit = |visitor: &str| {
        json!({ "visitor": visitor, "host": "Ким Д.", "purpose": null, "person_no": null, "card_no": null,
                "from": null, "until": null, "profile": "single" })
    };
    for n in 0..200 {
        admin.call("visit_add", visit(&format!("Visitor {n}"))).await;
    }
    let name =
        desk.ask(&["backup", "create", "--json"]).await.only()["targets"][0]["copies"][0]["name"].clone();
    desk.stop().await;
    damage(&desk);
    // At the same port the cookie is the same.
    let address = desk.serve(admin.port).await;
    let again = Browser::stranger(&address);
    again.pretend(&admin.kept());
    desk.task_until("integrity", |result| result.contains("damaged")).await;
    assert_eq!(again.refusal("visit_add", visit("One more")).await, "damaged");
    until(&again, "database", |check| finds(check, "damaged")).await;
    assert_eq!(get(&again.base, "/health", None).await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(get(&again.base, "/health/ready", None).await.0, StatusCode::SERVICE_UNAVAILABLE);
    let words = ["backup", "restore", name.as_str().expect("a name"), "--target", "here", "--json"];
    desk.ask(&words).await.only();
    desk.task_until("integrity", |result| result.contains("whole")).await;
    assert_eq!(desk.list(&["visit", "list"]).await.len(), 200);
    desk.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_that_somebody_comes_across_stops_writing_at_once() {
    let mut desk = Desk::running().await;
    for n in 0..50 {
        desk.visit_add(&format!("Visitor {n}"), &[]).await;
    }
    // Into the file, and out of the log.
    desk.stop().await;
    desk.run().await;
    desk.task_until("integrity", |result| result.contains("whole")).await;
    damage(&desk);
    assert!(!desk.ask(&["visit", "list"]).await.status.success());
    let answer = desk.ask(&["visit", "add", "--visitor", "One More", "--host", "Boris Petrov"]).await;
    assert!(answer.stderr.contains("damaged"), "{}", answer.stderr);
}

/// Bytes of a page in the middle of the table of visits are turned over.
fn damage(desk: &Desk) {
    use std::io::{Seek, SeekFrom, Write};
    let path = desk.data().join("vakhta.sqlite3");
    let file = rusqlite::Connection::open(&path).expect("the database");
    let visit: i64 = file
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'visit'", [], |row| row.get(0))
        .expect("a root page");
    drop(file);
    let mut file = std::fs::OpenOptions::new().write(true).open(&path).expect("the file");
    let page = u64::try_from(visit - 1).expect("a page") * 4_096;
    file.seek(SeekFrom::Start(page + 12)).expect("there");
    file.write_all(&[0xff; 40]).expect("damaged");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_to_support_has_no_person_and_no_secret_in_it() {
    let mut desk = Desk::running().await;
    let device = turnstile(&[]).await;
    desk.add_device(&device, "Entry of the east gate", "in").await;
    desk.visit_add("Nadezhda Kept", &["--person-no", "70771"]).await;
    device.pass(isapi_sim::Pass::granted().person("70771"));
    desk.feed().until("the passage", |item| (item.kind == "passage").then_some(())).await;
    let out = desk.folder().join("sent.tar.zst");
    desk.ask(&["diagnostics", "--out", out.to_str().expect("text"), "--json"]).await.only();
    let opened = zstd::decode_all(std::fs::File::open(&out).expect("written")).expect("zstd");
    for name in ["about.json", "health.json", "devices.json", "logs/vakhta.log"] {
        assert!(contains(&opened, name.as_bytes()), "{name}");
    }
    for word in ["Nadezhda", "Kept", "70771", "Boris", "east gate", "127.0.0.1", crate::desk::PASSWORD] {
        assert!(!contains(&opened, word.as_bytes()), "{word}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_service_manager_hears_that_it_runs_and_that_it_goes_on() {
    let mut desk = Desk::new();
    let path = desk.folder().join("notify");
    let manager = tokio::net::UnixDatagram::bind(&path).expect("a socket");
    desk.on_a_machine([("NOTIFY_SOCKET", path)]);
    desk.run().await;
    let mut said = String::new();
    while !(said.contains("READY=1") && said.matches("WATCHDOG=1").count() >= 2) {
        let mut words = [0; 4_096];
        let size = tokio::time::timeout(BOUND, manager.recv(&mut words)).await;
        let size = size.unwrap_or_else(|_| panic!("no more than {said}")).expect("a datagram");
        said.push_str(std::str::from_utf8(&words[..size]).expect("text"));
    }
    assert!(said.contains("STATUS=how it is: "), "{said}");
}
