//! The page as a browser meets it: what it may ask, and what it is told.

use std::time::Duration;

use reqwest::{StatusCode, header};
use serde_json::{Value, json};

use crate::browser::{Browser, client};
use crate::desk::Desk;
use crate::device::{stranger, turnstile};

fn expected(visitor: &str) -> Value {
    json!({
        "visitor": visitor, "host": "Ким Д.", "purpose": null, "person_no": "1001", "card_no": null,
        "from": null, "until": null, "profile": "single",
    })
}

#[tokio::test]
async fn a_link_lets_one_browser_set_the_site_up_and_serves_once() {
    let mut desk = Desk::new();
    let link = desk.serve(0).await;
    let stranger = Browser::stranger(&link);
    assert_eq!(stranger.stage().await, "not_let_in");
    let draft = json!({
        "language": "en", "login": "admin", "name": "Nobody", "password": "x", "roles": [], "factor": null,
        "site": { "name": "" },
    });
    assert_eq!(stranger.refusal("set_up", draft).await, "sign_in");

    let browser = Browser::let_in(&link).await;
    assert_eq!(browser.stage().await, "set_up");
    let again = client().get(&link).send().await.expect("an answer");
    assert_eq!(again.status(), StatusCode::GONE);

    let link = desk.ask(&["link", "--json"]).await.only()["address"].as_str().expect("text").to_owned();
    assert_eq!(Browser::let_in(&link).await.stage().await, "set_up");
}

#[tokio::test]
async fn another_sites_page_gets_nothing() {
    let mut desk = Desk::new();
    let browser = Browser::at_work(&mut desk).await;
    let rpc = format!("{}/rpc", browser.base);
    let body = json!({ "command": "status", "with": null }).to_string();
    let asked = |name: header::HeaderName, value: &str| {
        let request = browser.client.post(&rpc).header(header::COOKIE, browser.cookie());
        let request = request.header(header::CONTENT_TYPE, "application/json").body(body.clone());
        request.header(name, value.to_owned()).send()
    };
    let foreign = asked(header::ORIGIN, "http://evil.example").await.expect("an answer");
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    let rebound = asked(header::HOST, "evil.example").await.expect("an answer");
    assert_eq!(rebound.status(), StatusCode::MISDIRECTED_REQUEST);
    // What a form of another site can send without being asked first.
    let form = browser.client.post(&rpc).header(header::COOKIE, browser.cookie());
    let form = form.header(header::CONTENT_TYPE, "text/plain").body(body.clone()).send().await;
    assert_eq!(form.expect("an answer").status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);

    let page = browser.client.get(format!("{}/", browser.base)).send().await.expect("an answer");
    let policy = page.headers()["content-security-policy"].to_str().expect("text");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert_eq!(page.headers()["x-frame-options"], "DENY");
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    // What is refused says the same of itself, and nothing is kept by a cache.
    let again = asked(header::HOST, "evil.example").await.expect("an answer");
    let status = browser.client.post(&rpc).header(header::COOKIE, browser.cookie());
    let status = status.header(header::CONTENT_TYPE, "application/json").body(body.clone()).send().await;
    for answer in [again, status.expect("an answer")] {
        for (name, value) in [
            ("content-security-policy", policy),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.headers()[name], value, "{}: {name}", answer.status());
        }
    }
}

#[tokio::test]
async fn a_page_may_not_act_as_the_owner() {
    let mut desk = Desk::new();
    let browser = Browser::at_work(&mut desk).await;
    for (command, with) in
        [("link", Value::Null), ("watch", json!({ "after": 0, "reader": "notify.os", "wait_ms": 0 }))]
    {
        let (status, refusal) = browser.refused(command, with).await;
        assert_eq!((status, &refusal["code"]), (StatusCode::FORBIDDEN, &json!("forbidden")), "{command}");
    }
    let (status, refusal) = browser.refused("no_such_command", Value::Null).await;
    assert_eq!((status, &refusal["code"]), (StatusCode::BAD_REQUEST, &json!("invalid")));
}

#[tokio::test]
async fn what_the_desk_does_can_be_taken_back_and_everything_stays_to_be_seen() {
    let mut desk = Desk::new();
    let browser = Browser::at_work(&mut desk).await;
    let visit = browser.call("visit_add", expected("Қуанышбекова Айгерім")).await;
    let id = visit["id"].clone();
    assert_eq!(visit["status"], "expected");
    assert_eq!(visit["actions"], json!(["check_in", "cancel"]));
    assert_eq!(visit["turns"]["status"], "no_show");

    let act = |action: &str| {
        let (browser, with) = (&browser, json!({ "id": id, "action": action }));
        async move { browser.call("visit_act", with).await }
    };
    assert_eq!(act("check_in").await["status"], "checked_in");
    assert_eq!(act("undo").await["status"], "expected");
    assert_eq!(act("cancel").await["status"], "cancelled");
    assert_eq!(act("undo").await["status"], "expected");
    assert_eq!(act("check_in").await["status"], "checked_in");
    assert_eq!(act("check_out").await["status"], "checked_out");
    assert_eq!(act("undo").await["status"], "checked_in");

    let detail = browser.call("visit_detail", json!({ "id": id })).await;
    let facts = detail["facts"].as_array().expect("facts");
    let kinds: Vec<&str> = facts.iter().filter_map(|fact| fact["kind"].as_str()).collect();
    let as_it_was = ["planned", "entered", "undone", "cancelled", "undone", "entered", "left", "reopened"];
    assert_eq!(kinds, as_it_was);
    let revoked: Vec<bool> = facts.iter().filter_map(|fact| fact["revoked"].as_bool()).collect();
    assert_eq!(revoked, [false, true, false, true, false, false, true, false]);
    assert!(facts.iter().all(|fact| fact["origin"] == "desk"));

    let (status, refusal) = browser.refused("visit_act", json!({ "id": id, "action": "check_in" })).await;
    assert_eq!((status, &refusal["code"]), (StatusCode::CONFLICT, &json!("wrong_state")));
    desk.verify().await;
}

#[tokio::test]
async fn a_few_letters_find_a_visit_in_either_layout() {
    let mut desk = Desk::new();
    let browser = Browser::at_work(&mut desk).await;
    for (visitor, number) in
        [("Иванов Пётр", "1001"), ("Қуанышбекова Айгерім", "1002"), ("Greene, Thomas", "1003")]
    {
        let mut draft = expected(visitor);
        draft["person_no"] = json!(number);
        browser.call("visit_add", draft).await;
    }
    for (text, found) in [
        ("ива", &["Иванов Пётр"][..]),
        ("петр иванов", &["Иванов Пётр"]),
        ("bdfyjd", &["Иванов Пётр"]),
        ("куанышб", &["Қуанышбекова Айгерім"]),
        ("пкуу", &["Greene, Thomas"]),
        ("1001", &["Иванов Пётр"]),
        ("100", &["Greene, Thomas", "Қуанышбекова Айгерім", "Иванов Пётр"]),
        ("%", &[]),
        ("", &[]),
        ("нет такого", &[]),
    ] {
        let reply = browser.call("search", json!({ "text": text, "limit": 20 })).await;
        let names: Vec<&str> = reply["visits"]
            .as_array()
            .expect("visits")
            .iter()
            .filter_map(|v| v["visitor"].as_str())
            .collect();
        assert_eq!(names, found, "{text}");
    }
}

#[tokio::test]
async fn settings_are_kept_and_a_wrong_one_is_named() {
    let mut desk = Desk::new();
    let browser = Browser::at_work(&mut desk).await;
    let mut settings = browser.call("settings", Value::Null).await;
    assert_eq!(settings["site"]["day_end"], "23:59");
    let seq = browser.call("snapshot", Value::Null).await["seq"].as_i64().expect("a place");
    let mut events = browser.follow(seq).await;

    settings["site"]["zone"] = json!("Asia/Nowhere");
    let (status, refusal) = browser.refused("site_settings", settings["site"].clone()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!((&refusal["field"], &refusal["problem"]), (&json!("zone"), &json!("unknown_zone")));

    settings["site"]["zone"] = json!("Asia/Almaty");
    settings["site"]["name"] = json!("Главный корпус");
    settings["desk"]["theme"] = json!("dark");
    browser.call("site_settings", settings["site"].clone()).await;
    let changed = browser.call("desk_settings", settings["desk"].clone()).await;
    assert_eq!(changed["site"]["zone_in_force"], "Asia/Almaty");
    events.until(|item| item["kind"] == "settings" && item["item"]["desk"]["theme"] == "dark").await;

    let port = browser.port;
    desk.stop().await;
    desk.serve(port).await;
    assert_eq!(browser.call("settings", Value::Null).await, changed, "also for a browser of before");
}

#[tokio::test]
async fn events_go_on_where_they_were_when_vakhta_is_killed() {
    let device = turnstile(&[]).await;
    let mut desk = Desk::new();
    let browser = Browser::at_work(&mut desk).await;
    desk.add_device(&device, "Gate", "in").await;
    desk.device_state("Gate", "online").await;
    let mut seen: Vec<u64> = Vec::new();
    let mut events = browser.follow(0).await;
    let read = |batch: &Value, seen: &mut Vec<u64>| {
        for item in batch["items"].as_array().into_iter().flatten().filter(|item| item["kind"] == "passage") {
            seen.push(item["item"]["serial"].as_u64().expect("a serial"));
        }
    };
    for round in 0..3u64 {
        for _ in 0..20 {
            device.pass(stranger());
        }
        while seen.len() < 10 + 20 * usize::try_from(round).expect("small") {
            read(&events.batch().await.expect("an open socket"), &mut seen);
        }
        desk.kill9().await;
        while let Some(batch) = events.batch().await {
            read(&batch, &mut seen);
        }
        let after = events.after;
        desk.serve(browser.port).await;
        events = browser.follow(after).await;
    }
    while seen.len() < 60 {
        read(&events.batch().await.expect("an open socket"), &mut seen);
    }
    assert_eq!(seen, (1..=60).collect::<Vec<u64>>(), "none lost, none twice, in order");
}

#[tokio::test]
async fn a_page_that_was_away_too_long_is_told_to_read_anew() {
    let mut desk = Desk::new();
    let browser = Browser::at_work(&mut desk).await;
    // A place that this journal has not come to: the page knew another one.
    let mut events = browser.follow(1_000_000).await;
    let batch = events.batch().await.expect("an open socket");
    assert_eq!(batch["behind"], true);
    let snapshot = browser.call("snapshot", Value::Null).await;
    let behind = batch["next"].as_i64().expect("a place");
    assert!(behind <= snapshot["seq"].as_i64().expect("a place"));
    browser.call("visit_add", expected("Иванов Пётр")).await;
    let told = events.until(|item| item["kind"] == "visit").await;
    assert_eq!(told["item"]["visit"]["visitor"], "Иванов Пётр");
}

#[tokio::test]
async fn devices_are_told_of_at_once_and_their_signs_of_life_once_a_second() {
    let device = turnstile(&[]).await;
    let mut desk = Desk::new();
    let browser = Browser::at_work(&mut desk).await;
    let mut events = browser.follow(0).await;
    desk.add_device(&device, "Gate", "in").await;
    loop {
        let batch = events.batch().await.expect("an open socket");
        let online = |device: &Value| device["state"] == "online" && device["heard"].is_string();
        if batch["devices"].as_array().is_some_and(|devices| devices.iter().any(online)) {
            break;
        }
    }
    drop(device);
    let begun = tokio::time::Instant::now();
    loop {
        let batch = events.batch().await.expect("an open socket");
        let gone = |device: &Value| device["state"] != "online";
        if batch["devices"].as_array().is_some_and(|devices| devices.iter().any(gone)) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "still online");
    }
}
