//! Passwords, tokens and numbers of documents are sent through every way in, right and wrong; none of
//! them may be in a file, a log, an error or a list afterwards.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::browser::{Browser, client, code};
use crate::desk::Desk;
use crate::device::turnstile;

/// What nobody may find again. Each is long enough not to turn up by chance.
const ADMIN: &str = "канарейка в шахте 7391";
const SECOND: &str = "canary-second-5f1c9b";
const WRONG: &str = "canary-wrong-9d7e2a";
const TYPED_AS_LOGIN: &str = "canary.login.4c81d0";
const PIN: &str = "73915582";
const DEVICE: &str = "canary-device-0b6a";
const DEVICE_WRONG: &str = "canary-device-77aa";
const DOCUMENT: &str = "KN55660123";
const DOCUMENT_WRONG: &str = "KN<5566>9987";
const IIN: &str = "910317373910";
const IIN_WRONG: &str = "910317373915";
const PHONE: &str = "77018835517";
const PHONE_AS_TYPED: &str = "8 (701) 883-55-17";

pub fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if let Ok(bytes) = std::fs::read(&path) {
            // A socket is no file.
            all.push((path, bytes));
        }
    }
    all
}

pub fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Everything that Vakhta said where it was not asked for a secret.
#[derive(Default)]
struct Heard(Mutex<Vec<(String, String)>>);

impl Heard {
    fn hear(&self, what: &str, said: impl ToString) {
        self.0.lock().expect("no test has panicked with it").push((what.to_owned(), said.to_string()));
    }

    async fn post(&self, browser: &Browser, command: &str, with: Value) -> Value {
        let (status, answer) = browser.post(command, with).await;
        self.hear(command, &answer);
        if status == StatusCode::OK { answer["value"].clone() } else { answer["refused"].clone() }
    }
}

fn visit(document: Option<&str>, iin: Option<&str>, phone: Option<&str>) -> Value {
    json!({
        "visitor": "Пётр Иванов", "host": "Ким Д.", "purpose": null, "person_no": "1001", "card_no": null,
        "document": document, "iin": iin, "phone": phone, "from": null, "until": null, "profile": "single",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_secret_is_found_nowhere() {
    let heard = Heard::default();
    let mut desk = Desk::new();
    desk.log_everything();
    let device = turnstile(&[]).await;
    let link = desk.serve(0).await;
    let admin = Browser::let_in(&link).await;
    let mut secrets: Vec<String> = [
        ADMIN,
        SECOND,
        WRONG,
        TYPED_AS_LOGIN,
        PIN,
        DEVICE,
        DEVICE_WRONG,
        DOCUMENT,
        DOCUMENT_WRONG,
        IIN,
        IIN_WRONG,
        PHONE,
        PHONE_AS_TYPED,
        "8835517",
        "883-55-17",
    ]
    .map(str::to_owned)
    .to_vec();
    let start = link.rsplit('/').next().expect("a token").to_owned();
    secrets.push(start);

    // The first start, with a second factor.
    let offer = admin.call("factor_offer", json!({ "login": "admin" })).await;
    let factor = offer["secret"].as_str().expect("a secret").to_owned();
    let site = json!({ "name": "", "zone": null, "day_end": "23:59",
                       "hours": [null, null, null, null, null, null, null], "holidays": [] });
    let draft = |password: &str, code: String| {
        json!({ "language": "en", "site": site, "login": "admin", "name": "Ким Дана", "password": password,
                "roles": ["operator", "supervisor", "security"], "factor": { "secret": factor, "code": code } })
    };
    heard.post(&admin, "set_up", draft(WRONG, "000000".into())).await;
    let done = admin.call("set_up", draft(ADMIN, code(&factor))).await;
    secrets.push(factor.clone());
    let words = |value: &Value| value.as_str().expect("text").to_owned();
    secrets.extend(done["recovery_codes"].as_array().expect("codes").iter().map(words));
    let kit = words(&done["kit"]["code"]);
    secrets.push(kit.replace('-', ""));
    secrets.push(kit);
    let kit = admin.call("kit_make", Value::Null).await;
    secrets.push(words(&kit["code"]));
    heard.post(&admin, "kit_confirm", json!({ "group": WRONG })).await;
    secrets.push(admin.cookie().split('=').nth(1).expect("a token").to_owned());

    // In, wrongly and rightly.
    let stranger = Browser::stranger(&admin.base);
    for (login, password, code) in [
        ("admin", WRONG, None),
        (TYPED_AS_LOGIN, WRONG, None),
        ("admin", ADMIN, Some(WRONG)),
        ("admin", ADMIN, Some("123456")),
    ] {
        let with = json!({ "login": login, "password": password, "code": code });
        heard.post(&stranger, "sign_in", with).await;
    }
    let given =
        admin.call("user_add", json!({ "login": "second", "name": "Second", "roles": ["security"] })).await;
    secrets.push(words(&given["password"]));
    let second = Browser::stranger(&admin.base);
    heard
        .post(&second, "sign_in", json!({ "login": "second", "password": given["password"], "code": null }))
        .await;
    heard.post(&second, "password_change", json!({ "old": WRONG, "new": SECOND })).await;
    heard.post(&second, "password_change", json!({ "old": given["password"], "new": SECOND })).await;
    heard.post(&admin, "pin_change", json!({ "password": ADMIN, "pin": PIN })).await;
    heard.post(&admin, "step_up", json!({ "secret": WRONG })).await;

    // Devices and visitors.
    for (name, password) in [("First", DEVICE_WRONG), ("Second", DEVICE)] {
        let draft = json!({ "name": name, "url": device.url(), "user": "admin",
                            "direction": "in", "password": password });
        heard.post(&admin, "device_try", draft.clone()).await;
        heard.post(&admin, "device_add", draft).await;
    }
    for (document, iin, phone) in [
        (Some(DOCUMENT_WRONG), None, None),
        (None, Some(IIN_WRONG), None),
        (None, None, Some("8835517 canary")),
        (Some(DOCUMENT), Some(IIN), Some(PHONE_AS_TYPED)),
    ] {
        heard.post(&admin, "visit_add", visit(document, iin, phone)).await;
    }
    for text in [DOCUMENT, IIN, PHONE_AS_TYPED, PHONE, WRONG] {
        heard.post(&admin, "search", json!({ "text": text, "limit": 10 })).await;
    }
    let visits = admin.call("visit_list", json!({ "after": 0, "limit": 10 })).await;
    let detail = heard.post(&admin, "visit_detail", json!({ "id": visits[0]["id"] })).await;
    let wanted = |kind: &str| json!({ "visitor": detail["visitor"]["id"], "kind": kind });
    assert_eq!(admin.call("visitor_reveal", wanted("iin")).await, IIN);
    assert_eq!(admin.call("visitor_reveal", wanted("document")).await, DOCUMENT);
    let wrong = json!({ "visitor": detail["visitor"]["id"], "kind": "document", "value": DOCUMENT_WRONG });
    heard.post(&admin, "visitor_identity", wrong).await;

    // What is no command at all.
    for body in [
        format!("{{\"command\":\"sign_in\",\"with\":{{\"login\":\"x\",\"password\":\"{WRONG}\"}}}}"),
        format!("{{\"command\":\"visit_add\",\"with\":{{\"document\":\"{DOCUMENT}\",\"phone\":7}}}}"),
        format!("{{\"command\":\"step_up\",\"with\":\"{WRONG}\"}}"),
        format!("{{\"{WRONG}\":1}}"),
        format!("{WRONG} is not JSON"),
    ] {
        let request = client().post(format!("{}/rpc", admin.base)).header("content-type", "application/json");
        let answer = request.header("cookie", admin.cookie()).body(body).send().await.expect("an answer");
        heard.hear("no command", answer.text().await.expect("text"));
    }
    for path in
        [format!("/start/{WRONG}"), format!("/ws?after=0&ticket={WRONG}"), format!("/picture/{WRONG}")]
    {
        let answer = client().get(format!("{}{path}", admin.base)).send().await.expect("an answer");
        heard.hear(&path.replace(WRONG, ""), answer.text().await.expect("text"));
    }

    // Whatever lists, exports and shows.
    let everything = json!({ "author": null, "kinds": [], "entity": null, "from": null, "until": null,
                             "before": null, "limit": 1000 });
    heard.post(&admin, "audit", everything.clone()).await;
    heard.post(&admin, "audit_export", everything).await;
    for command in ["snapshot", "status", "settings", "users", "sessions", "device_list", "matrix", "access"]
    {
        heard.post(&admin, command, Value::Null).await;
    }
    heard.post(&admin, "events", json!({ "after": 0, "devices": null, "wait_ms": 0 })).await;
    for words in [
        &["audit", "--json"][..],
        &["visit", "list", "--json"],
        &["status", "--json"],
        &["user", "list", "--json"],
        &["device", "list", "--json"],
        &["passages", "--json"],
    ] {
        let answer = desk.ask(words).await;
        heard
            .hear(&words.join(" "), format!("{} {}", String::from_utf8_lossy(&answer.stdout), answer.stderr));
    }
    desk.with_password(&["device", "add", "Other", "--url", "not an address", "--user", "x"], DEVICE_WRONG)
        .await;
    // Once as it is while it runs, once as it is left.
    search(&desk.folder(), &secrets, "while it runs");
    desk.stop().await;
    search(&desk.folder(), &secrets, "after its end");
    for (what, said) in heard.0.lock().expect("no test has panicked with it").iter() {
        for secret in &secrets {
            assert!(!said.contains(secret.as_str()), "{what} tells {secret}: {said}");
        }
    }
}

fn search(folder: &Path, secrets: &[String], when: &str) {
    let all = files(folder);
    assert!(all.iter().any(|(path, bytes)| path.ends_with("vakhta.sqlite3") && !bytes.is_empty()));
    assert!(
        all.iter().any(|(path, bytes)| path.ends_with("vakhtad.log") && bytes.len() > 1_000),
        "a log was kept"
    );
    // What is not sealed is found: so it is looked for in the right places.
    assert!(all.iter().any(|(_, bytes)| contains(bytes, "Пётр Иванов".as_bytes())));
    for (path, bytes) in &all {
        for secret in secrets {
            assert!(!contains(bytes, secret.as_bytes()), "{when}: {secret} is in {}", path.display());
        }
    }
}
