//! The page as a browser meets it: who is let in, what it may ask, and what it is told.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::{Client, StatusCode, header};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::desk::{BOUND, Desk};
use crate::device::{stranger, turnstile};

/// A browser that was let in.
struct Browser {
    client: Client,
    base: String,
    port: u16,
    cookie: String,
}

fn client() -> Client {
    // The first to come installs it; it is the same for all.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let none = reqwest::redirect::Policy::none();
    Client::builder().redirect(none).timeout(BOUND).build().expect("a client")
}

fn base(link: &str) -> (String, u16) {
    let (base, _) = link.split_once("/start/").expect("a link");
    let port = base.rsplit(':').next().and_then(|port| port.parse().ok());
    (base.to_owned(), port.expect("a port"))
}

impl Browser {
    async fn let_in(link: &str) -> Self {
        let client = client();
        let answer = client.get(link).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(answer.headers()[header::LOCATION], "/");
        let cookie = answer.headers()[header::SET_COOKIE].to_str().expect("text").to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        let cookie = cookie.split(';').next().expect("a cookie").to_owned();
        let (base, port) = base(link);
        Self { client, base, port, cookie }
    }

    async fn post(&self, command: &str, with: Value) -> (StatusCode, Value) {
        let body = json!({ "command": command, "with": with });
        let request = self.client.post(format!("{}/rpc", self.base)).header(header::COOKIE, &self.cookie);
        let answer = request.json(&body).send().await.expect("an answer");
        (answer.status(), answer.json().await.expect("JSON"))
    }

    async fn call(&self, command: &str, with: Value) -> Value {
        let (status, answer) = self.post(command, with).await;
        assert_eq!(status, StatusCode::OK, "{command}: {answer}");
        assert_eq!(answer["reply"], command);
        answer["value"].clone()
    }

    async fn refused(&self, command: &str, with: Value) -> (StatusCode, Value) {
        let (status, answer) = self.post(command, with).await;
        (status, answer["refused"].clone())
    }

    /// The page's events from a place on.
    async fn follow(&self, after: i64) -> Events {
        let address = format!("ws://127.0.0.1:{}/ws?after={after}", self.port);
        let mut request = address.into_client_request().expect("a request");
        request.headers_mut().insert("cookie", self.cookie.parse().expect("a value"));
        request.headers_mut().insert("origin", self.base.parse().expect("a value"));
        let (socket, _) = connect_async(request).await.expect("a socket");
        Events { socket, after }
    }
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

struct Events {
    socket: Socket,
    /// The place that a page would resume from.
    after: i64,
}

impl Events {
    /// The next batch; `None` when the socket is gone.
    async fn batch(&mut self) -> Option<Value> {
        loop {
            match timeout(BOUND, self.socket.next()).await.expect("a message in time") {
                Some(Ok(Message::Text(text))) => {
                    let batch: Value = serde_json::from_str(&text).expect("JSON");
                    self.after = batch["next"].as_i64().expect("a place");
                    return Some(batch);
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// Reads until an item is as wanted.
    async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let batch = self.batch().await.expect("an open socket");
            let items = batch["items"].as_array().cloned().unwrap_or_default();
            if let Some(found) = items.into_iter().find(|item| wanted(item)) {
                return found;
            }
        }
    }
}

fn expected(visitor: &str) -> Value {
    json!({
        "visitor": visitor, "host": "Ким Д.", "purpose": null, "person_no": "1001", "card_no": null,
        "from": null, "until": null, "profile": "single",
    })
}

#[tokio::test]
async fn a_link_lets_one_browser_in_once() {
    let mut desk = Desk::new();
    let link = desk.serve(0).await;
    let (base, _) = base(&link);
    let stranger = client();
    for path in ["/ws?after=0", "/picture/00"] {
        let answer = stranger.get(format!("{base}{path}")).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    let body = json!({ "command": "status", "with": null });
    let answer = stranger.post(format!("{base}/rpc")).json(&body).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);

    let browser = Browser::let_in(&link).await;
    assert_eq!(browser.call("status", Value::Null).await["running"], true);
    let again = stranger.get(&link).send().await.expect("an answer");
    assert_eq!(again.status(), StatusCode::GONE);

    let link = desk.ask(&["link", "--json"]).await.only()["address"].as_str().expect("text").to_owned();
    let second = Browser::let_in(&link).await;
    second.call("snapshot", Value::Null).await;
    browser.call("snapshot", Value::Null).await;
}

#[tokio::test]
async fn another_sites_page_gets_nothing() {
    let mut desk = Desk::new();
    let browser = Browser::let_in(&desk.serve(0).await).await;
    let rpc = format!("{}/rpc", browser.base);
    let body = json!({ "command": "status", "with": null }).to_string();
    let asked = |name: header::HeaderName, value: &str| {
        let request = browser.client.post(&rpc).header(header::COOKIE, &browser.cookie);
        let request = request.header(header::CONTENT_TYPE, "application/json").body(body.clone());
        request.header(name, value.to_owned()).send()
    };
    let foreign = asked(header::ORIGIN, "http://evil.example").await.expect("an answer");
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    let rebound = asked(header::HOST, "evil.example").await.expect("an answer");
    assert_eq!(rebound.status(), StatusCode::MISDIRECTED_REQUEST);
    // What a form of another site can send without being asked first.
    let form = browser.client.post(&rpc).header(header::COOKIE, &browser.cookie);
    let form = form.header(header::CONTENT_TYPE, "text/plain").body(body.clone()).send().await;
    assert_eq!(form.expect("an answer").status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);

    let page = browser.client.get(format!("{}/", browser.base)).send().await.expect("an answer");
    let policy = page.headers()["content-security-policy"].to_str().expect("text");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert_eq!(page.headers()["x-frame-options"], "DENY");
}

#[tokio::test]
async fn a_page_may_not_act_as_the_owner() {
    let mut desk = Desk::new();
    let browser = Browser::let_in(&desk.serve(0).await).await;
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
    let browser = Browser::let_in(&desk.serve(0).await).await;
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
    let browser = Browser::let_in(&desk.serve(0).await).await;
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
    let browser = Browser::let_in(&desk.serve(0).await).await;
    let mut settings = browser.call("settings", Value::Null).await;
    assert_eq!(settings["site"]["day_end"], "23:59");
    let seq = browser.call("snapshot", Value::Null).await["seq"].as_i64().expect("a place");
    let mut events = browser.follow(seq).await;

    settings["site"]["zone"] = json!("Asia/Nowhere");
    let change = |settings: &Value| json!({ "desk": settings["desk"], "site": settings["site"] });
    let (status, refusal) = browser.refused("settings_change", change(&settings)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!((&refusal["field"], &refusal["problem"]), (&json!("zone"), &json!("unknown_zone")));

    settings["site"]["zone"] = json!("Asia/Almaty");
    settings["site"]["name"] = json!("Главный корпус");
    settings["desk"]["theme"] = json!("dark");
    let changed = browser.call("settings_change", change(&settings)).await;
    assert_eq!(changed["site"]["zone_in_force"], "Asia/Almaty");
    let told = events.until(|item| item["kind"] == "settings").await;
    assert_eq!(told["item"]["desk"]["theme"], "dark");

    let port = browser.port;
    desk.stop().await;
    desk.serve(port).await;
    assert_eq!(browser.call("settings", Value::Null).await, changed, "also for a browser of before");
}

#[tokio::test]
async fn events_go_on_where_they_were_when_vakhta_is_killed() {
    let device = turnstile(&[]).await;
    let mut desk = Desk::new();
    let browser = Browser::let_in(&desk.serve(0).await).await;
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
    let browser = Browser::let_in(&desk.serve(0).await).await;
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
    let browser = Browser::let_in(&desk.serve(0).await).await;
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
