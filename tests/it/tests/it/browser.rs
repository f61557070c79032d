//! A browser: what it keeps, what it asks, and what it is told; and who sits before it.

use std::sync::Mutex;
use std::time::SystemTime;

use futures_util::StreamExt;
use reqwest::{Client, StatusCode, header};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use totp_rs::{Builder, Secret};

use crate::desk::{BOUND, Desk};

/// Of everybody in these tests.
pub const WORD: &str = "дождь над рекой";

/// A browser, signed in or not.
pub struct Browser {
    pub client: Client,
    pub base: String,
    pub port: u16,
    /// As it was set last.
    kept: Mutex<String>,
}

/// The first to come installs it; it is the same for all.
pub fn provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

pub fn client() -> Client {
    provider();
    let none = reqwest::redirect::Policy::none();
    Client::builder().redirect(none).timeout(BOUND).build().expect("a client")
}

/// What a phone shows for a second factor.
pub fn code(secret: &str) -> String {
    code_at(secret, SystemTime::now())
}

pub fn code_at(secret: &str, at: SystemTime) -> String {
    let key = Secret::try_from_base32(secret).expect("base32");
    let totp = Builder::new().with_secret(key).build().expect("a generator");
    let seconds = at.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
    totp.generate(seconds).to_string()
}

impl Browser {
    /// One that nobody has let in anywhere.
    pub fn stranger(address: &str) -> Self {
        Self::with(client(), address)
    }

    fn with(client: Client, address: &str) -> Self {
        let base = address.split_once("/start/").map_or(address.trim_end_matches('/'), |(base, _)| base);
        let port = base.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        Self { client, base: base.to_owned(), port, kept: Mutex::default() }
    }

    /// One that was let in by a link.
    pub async fn let_in(link: &str) -> Self {
        Self::let_in_by(client(), link).await
    }

    /// The same, which trusts whom this client trusts.
    pub async fn let_in_by(client: Client, link: &str) -> Self {
        let browser = Self::with(client, link);
        let answer = browser.client.get(link).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(answer.headers()[header::LOCATION], "/");
        browser.keep(answer.headers());
        browser
    }

    /// Serves a fresh site, sets it up, and is at work there with every role; the second factor's
    /// secret comes along.
    pub async fn set_up(desk: &mut Desk) -> (Self, String) {
        let browser = Self::let_in(&desk.serve(0).await).await;
        let offer = browser.call("factor_offer", json!({ "login": "admin" })).await;
        let secret = offer["secret"].as_str().expect("a secret").to_owned();
        let settings_site = json!({ "name": "", "zone": null, "day_end": "23:59", "hours":
            [null, null, null, null, null, null, null], "holidays": [] });
        let factor = json!({ "secret": secret, "code": code(&secret) });
        let draft = json!({
            "language": "en", "site": settings_site, "login": "admin", "name": "Ким Дана",
            "password": WORD, "roles": ["operator", "supervisor", "security"], "factor": factor,
        });
        let done = browser.call("set_up", draft).await;
        assert_eq!(done["access"]["stage"], "signed_in");
        (browser, secret)
    }

    /// As [`Browser::set_up`], where the factor does not matter.
    pub async fn at_work(desk: &mut Desk) -> Self {
        Self::set_up(desk).await.0
    }

    /// Another browser of the same address, where somebody who was just entered signs in and
    /// replaces the password that they were given.
    pub async fn hired(&self, login: &str, roles: &[&str]) -> Self {
        let draft = json!({ "login": login, "name": format!("{login} of the tests"), "roles": roles });
        let given = self.call("user_add", draft).await;
        let other = Self::stranger(&self.base);
        let given = given["password"].clone();
        let access = other.call("sign_in", json!({ "login": login, "password": given, "code": null })).await;
        assert_eq!(access["stage"], "new_password");
        other.call("password_change", json!({ "old": given, "new": WORD })).await;
        other
    }

    pub fn cookie(&self) -> String {
        self.kept().split(';').next().unwrap_or_default().to_owned()
    }

    /// The cookie with all that was said of it.
    pub fn kept(&self) -> String {
        self.kept.lock().expect("no test has panicked with it").clone()
    }

    /// As a browser does with what an answer sets.
    fn keep(&self, headers: &header::HeaderMap) {
        let Some(cookie) = headers.get(header::SET_COOKIE) else { return };
        let cookie = cookie.to_str().expect("text");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        self.pretend(cookie);
    }

    /// Shows another cookie from now on.
    pub fn pretend(&self, cookie: &str) {
        *self.kept.lock().expect("no test has panicked with it") = cookie.to_owned();
    }

    pub async fn post(&self, command: &str, with: Value) -> (StatusCode, Value) {
        let body = json!({ "command": command, "with": with });
        let request = self.client.post(format!("{}/rpc", self.base)).header(header::COOKIE, self.cookie());
        let answer = request.json(&body).send().await.expect("an answer");
        self.keep(answer.headers());
        (answer.status(), answer.json().await.expect("JSON"))
    }

    /// As [`Browser::post`], of whoever may be killed before the answer; `None` then.
    pub async fn attempt(&self, command: &str, with: Value) -> Option<StatusCode> {
        let body = json!({ "command": command, "with": with });
        let request = self.client.post(format!("{}/rpc", self.base)).header(header::COOKIE, self.cookie());
        request.json(&body).send().await.ok().map(|answer| answer.status())
    }

    pub async fn call(&self, command: &str, with: Value) -> Value {
        let (status, answer) = self.post(command, with).await;
        assert_eq!(status, StatusCode::OK, "{command}: {answer}");
        assert_eq!(answer["reply"], command);
        answer["value"].clone()
    }

    pub async fn refused(&self, command: &str, with: Value) -> (StatusCode, Value) {
        let (status, answer) = self.post(command, with).await;
        assert_ne!(status, StatusCode::OK, "{command}: {answer}");
        (status, answer["refused"].clone())
    }

    /// The code of a refusal.
    pub async fn refusal(&self, command: &str, with: Value) -> String {
        let (_, refusal) = self.refused(command, with).await;
        refusal["code"].as_str().unwrap_or_default().to_owned()
    }

    /// How far whoever sits there has come.
    pub async fn stage(&self) -> String {
        self.call("access", Value::Null).await["stage"].as_str().expect("a stage").to_owned()
    }

    /// What opens the feed, once.
    pub async fn ticket(&self) -> Option<String> {
        let request = self.client.post(format!("{}/ticket", self.base)).header(header::COOKIE, self.cookie());
        let answer = request.json(&json!({})).send().await.expect("an answer");
        let answer: Value = answer.json().await.expect("JSON");
        answer["ticket"].as_str().map(str::to_owned)
    }

    /// The page's events from a place on.
    pub async fn follow(&self, after: i64) -> Events {
        let ticket = self.ticket().await.expect("a ticket");
        self.open(after, &ticket).await.expect("a socket")
    }

    /// The same with a given ticket; `None` when it opens nothing.
    pub async fn open(&self, after: i64, ticket: &str) -> Option<Events> {
        let address = format!("ws://127.0.0.1:{}/ws?after={after}&ticket={ticket}", self.port);
        let mut request = address.into_client_request().expect("a request");
        request.headers_mut().insert("origin", self.base.parse().expect("a value"));
        let (socket, _) = connect_async(request).await.ok()?;
        Some(Events { socket, after })
    }
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

pub struct Events {
    socket: Socket,
    /// The place that a page would resume from.
    pub after: i64,
}

impl Events {
    /// The next batch; `None` when the socket is gone.
    pub async fn batch(&mut self) -> Option<Value> {
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
    pub async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let batch = self.batch().await.expect("an open socket");
            let items = batch["items"].as_array().cloned().unwrap_or_default();
            if let Some(found) = items.into_iter().find(|item| wanted(item)) {
                return found;
            }
        }
    }
}
