//! Signing in, tried over HTTP: what is shown once, what is replayed, who may come back.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::browser::{Browser, WORD, code, code_at};
use crate::desk::Desk;

fn sign_in(login: &str, password: &str, code: Option<&str>) -> Value {
    json!({ "login": login, "password": password, "code": code })
}

#[tokio::test]
async fn the_second_factor_is_asked_for_after_the_password_and_serves_once() {
    let mut desk = Desk::new();
    let (admin, secret) = Browser::set_up(&mut desk).await;
    let other = Browser::stranger(&admin.base);
    assert_eq!(other.refusal("sign_in", sign_in("admin", "not the word", None)).await, "wrong_credential");
    assert_eq!(other.refusal("sign_in", sign_in("nobody", WORD, None)).await, "wrong_credential");
    assert_eq!(other.refusal("sign_in", sign_in("ADMIN", WORD, None)).await, "second_factor");
    // The code of this moment was used when the site was set up.
    let used = code(&secret);
    assert_eq!(other.refusal("sign_in", sign_in("admin", WORD, Some(&used))).await, "wrong_credential");
    assert_eq!(other.stage().await, "sign_in");
    // One of the next step is within the window, as on a phone whose clock is a little ahead.
    let next = code_at(&secret, SystemTime::now() + Duration::from_secs(30));
    let access = other.call("sign_in", sign_in("admin", WORD, Some(&next))).await;
    assert_eq!((&access["stage"], &access["me"]["login"]), (&json!("signed_in"), &json!("admin")));
    let third = Browser::stranger(&admin.base);
    assert_eq!(third.refusal("sign_in", sign_in("admin", WORD, Some(&next))).await, "wrong_credential");
    desk.verify().await;
}

#[tokio::test]
async fn a_code_of_another_time_is_said_to_be_of_a_wrong_clock() {
    let mut desk = Desk::new();
    let (admin, secret) = Browser::set_up(&mut desk).await;
    let other = Browser::stranger(&admin.base);
    let late = code_at(&secret, SystemTime::now() - Duration::from_secs(20 * 60));
    let (_, refusal) = other.refused("sign_in", sign_in("admin", WORD, Some(&late))).await;
    assert_eq!(refusal["code"], "wrong_clock");
    let seconds = refusal["wait_s"].as_i64().expect("how far");
    assert!((1170..=1230).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn many_failures_wait_and_the_right_password_waits_with_them() {
    let mut desk = Desk::new();
    let admin = Browser::at_work(&mut desk).await;
    let op = admin.hired("anna", &["operator"]).await;
    op.call("sign_out", Value::Null).await;
    let other = Browser::stranger(&admin.base);
    let mut codes = Vec::new();
    for _ in 0..5 {
        codes.push(other.refusal("sign_in", sign_in("anna", "not the word", None)).await);
    }
    assert_eq!(codes[..3], ["wrong_credential", "wrong_credential", "wrong_credential"]);
    assert_eq!(codes[4], "too_many");
    let (_, refusal) = other.refused("sign_in", sign_in("Anna ", WORD, None)).await;
    assert_eq!(refusal["code"], "too_many");
    assert!(refusal["wait_s"].as_u64().is_some_and(|seconds| seconds >= 1), "{refusal}");
    // Whoever manages users lets them in again.
    let users = admin.call("users", Value::Null).await;
    let anna = users.as_array().expect("users").iter().find(|user| user["login"] == "anna").expect("anna");
    let given = admin.call("user_password", json!({ "id": anna["id"] })).await["password"].clone();
    let given = given.as_str().expect("a password");
    assert_eq!(other.call("sign_in", sign_in("anna", given, None)).await["stage"], "new_password");
}

#[tokio::test]
async fn a_shared_desk_is_unlocked_by_whoever_is_signed_in_there_and_pins_unlock_only() {
    let mut desk = Desk::new();
    let admin = Browser::at_work(&mut desk).await;
    let seat = admin.hired("anna", &["operator"]).await;
    let anna = seat.call("access", Value::Null).await["me"]["id"].clone();
    seat.call("pin_change", json!({ "password": WORD, "pin": "1379" })).await;
    let elsewhere = admin.hired("boris", &["operator"]).await;
    let boris = elsewhere.call("access", Value::Null).await["me"]["id"].clone();
    // Boris signs in at Anna's desk too: both may come back there.
    seat.call("sign_in", sign_in("boris", WORD, None)).await;
    let access = seat.call("lock", Value::Null).await;
    assert_eq!(access["stage"], "locked");
    assert_eq!(access["me"], Value::Null);
    let people = access["people"].as_array().expect("people");
    assert_eq!(people.iter().map(|p| p["pin"].as_bool()).collect::<Vec<_>>(), [Some(false), Some(true)]);
    let unlock =
        |user: &Value, secret: &str, pin: bool| json!({ "user": user, "secret": secret, "pin": pin });
    let access = seat.call("unlock", unlock(&anna, "1379", true)).await;
    assert_eq!(access["me"]["login"], "anna");
    // At a desk where she is not signed in the PIN is worth nothing.
    elsewhere.call("lock", Value::Null).await;
    assert_eq!(elsewhere.refusal("unlock", unlock(&anna, "1379", true)).await, "sign_in");
    assert_eq!(elsewhere.call("unlock", unlock(&boris, WORD, false)).await["me"]["login"], "boris");
    // Five wrong PINs end her session here.
    seat.call("lock", Value::Null).await;
    for _ in 0..4 {
        assert_eq!(seat.refusal("unlock", unlock(&anna, "8642", true)).await, "wrong_credential");
    }
    assert_eq!(seat.refusal("unlock", unlock(&anna, "8642", true)).await, "sign_in");
    assert_eq!(seat.refusal("unlock", unlock(&anna, "1379", true)).await, "sign_in");
    assert_eq!(seat.call("unlock", unlock(&boris, WORD, false)).await["me"]["login"], "boris");
}

#[tokio::test]
async fn what_a_page_showed_before_signing_in_and_after_leaving_opens_nothing() {
    let mut desk = Desk::new();
    let admin = Browser::at_work(&mut desk).await;
    let seat = admin.hired("anna", &["operator"]).await;
    let first = seat.cookie();
    seat.call("sign_in", sign_in("anna", WORD, None)).await;
    let second = seat.cookie();
    assert_ne!(first, second);
    let thief = Browser::stranger(&admin.base);
    thief.pretend(&first);
    assert_eq!(thief.stage().await, "sign_in");
    let ticket = seat.ticket().await.expect("a ticket");
    seat.call("sign_out", Value::Null).await;
    thief.pretend(&second);
    assert_eq!(thief.refusal("snapshot", Value::Null).await, "sign_in");
    // A ticket from before opens a feed that tells nothing.
    let mut events = thief.open(0, &ticket).await.expect("a socket");
    assert_eq!(events.batch().await, None);
    assert!(thief.open(0, &ticket).await.is_none(), "a ticket serves once");
}

#[tokio::test]
async fn a_locked_desk_hears_of_incidents_and_of_no_person() {
    let mut desk = Desk::new();
    let admin = Browser::at_work(&mut desk).await;
    let device = crate::device::turnstile(&[]).await;
    desk.add_device(&device, "Out", "out").await;
    desk.device_state("Out", "online").await;
    let draft = json!({
        "visitor": "Иванов Пётр", "host": "Ким Д.", "purpose": null, "person_no": "1001", "card_no": null,
        "from": null, "until": null, "profile": "single",
    });
    admin.call("visit_add", draft).await;
    let seq = admin.call("snapshot", Value::Null).await["seq"].as_i64().expect("a place");
    let mut open = admin.follow(seq).await;
    admin.call("lock", Value::Null).await;
    // A page that is open hears of the lock, whoever it was that locked.
    while open.batch().await.expect("an open socket")["locked"] != true {}
    let mut events = admin.follow(seq).await;
    device.pass(isapi_sim::Pass::granted().person("1001"));
    let told = events.until(|item| {
        assert_eq!(item["kind"], "incident", "{item}");
        true
    });
    let told = told.await;
    assert_eq!((&told["item"]["visitor"], &told["item"]["visit"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_session_is_ended_by_hand_and_who_is_kept_out_is_out_at_once() {
    let mut desk = Desk::new();
    let admin = Browser::at_work(&mut desk).await;
    let anna = admin.hired("anna", &["operator"]).await;
    let boris = admin.hired("boris", &["operator"]).await;
    let sessions = admin.call("sessions", Value::Null).await;
    let sessions = sessions.as_array().expect("sessions");
    assert_eq!(sessions.len(), 3);
    let of = |name: &str| {
        let found =
            sessions.iter().find(|session| session["name"].as_str().is_some_and(|n| n.starts_with(name)));
        found.expect("a session").clone()
    };
    assert_eq!(anna.call("sessions", Value::Null).await.as_array().expect("sessions").len(), 1);
    let refusal = anna.refusal("session_end", json!({ "id": of("boris")["id"] })).await;
    assert_eq!(refusal, "forbidden");
    admin.call("session_end", json!({ "id": of("anna")["id"] })).await;
    assert_eq!(anna.refusal("snapshot", Value::Null).await, "sign_in");
    let change = json!({ "id": of("boris")["user"], "name": null, "roles": null, "disabled": true });
    admin.call("user_change", change).await;
    assert_eq!(boris.refusal("snapshot", Value::Null).await, "sign_in");
    assert_eq!(boris.refusal("sign_in", sign_in("boris", WORD, None)).await, "wrong_credential");
}

#[tokio::test]
async fn a_lost_second_factor_takes_two_people_and_the_last_administrator_stays() {
    let mut desk = Desk::new();
    let admin = Browser::at_work(&mut desk).await;
    let me = admin.call("access", Value::Null).await["me"]["id"].clone();
    let id = json!({ "id": me });
    assert_eq!(admin.refusal("factor_lost", id.clone()).await, "two_people");
    assert_eq!(admin.refusal("factor_remove", id.clone()).await, "two_people");
    let change = json!({ "id": me, "name": null, "roles": ["operator"], "disabled": null });
    assert_eq!(admin.refusal("user_change", change).await, "last_administrator");
    let anna = admin.hired("anna", &["supervisor"]).await;
    let vouched = anna.call("factor_lost", id.clone()).await;
    assert_eq!(vouched["factor_lost"]["confirmable"], false);
    assert_eq!(admin.refusal("factor_remove", id).await, "two_people");
    // On the machine itself the folder's owner is the other one.
    // Who that is, is what the system says and not what the environment does.
    let words = ["user", "factor-remove", "admin", "--json"];
    let mut command = desk.command(&words);
    command.env("USER", "anna").env("LOGNAME", "anna");
    desk.finish(command, &words).await.only();
    assert_eq!(admin.stage().await, "sign_in");
    let access = admin.call("sign_in", sign_in("admin", WORD, None)).await;
    assert_eq!(access["stage"], "new_factor");
    let entries = desk.ask(&["audit", "--kind", "user.factor_gone", "--json"]).await.only();
    let author = entries["author"].as_str().expect("an author");
    assert!(author.starts_with("owner/") && author != "owner/anna", "{entries}");
}

#[tokio::test]
async fn init_does_for_a_service_what_the_first_start_does() {
    let mut desk = Desk::new();
    let words = [
        "init",
        "--login",
        "admin",
        "--name",
        "Ким Дана",
        "--site",
        "Корпус",
        "--zone",
        "Asia/Almaty",
        "--json",
    ];
    let mut command = desk.command(&words);
    command.env("VAKHTA_PASSWORD", WORD);
    let done = desk.finish(command, &words).await.only();
    assert!(done["kit"]["code"].as_str().is_some_and(|code| code.len() > 30), "{done}");
    let mut command = desk.command(&words);
    command.env("VAKHTA_PASSWORD", WORD);
    assert!(!desk.finish(command, &words).await.status.success(), "a second time");
    let address = desk.serve(0).await;
    assert!(!address.contains("/start/"), "{address}");
    let browser = Browser::stranger(&address);
    let access = browser.call("sign_in", sign_in("admin", WORD, None)).await;
    assert_eq!((&access["stage"], &access["site"]), (&json!("new_factor"), &json!("Корпус")));
    let secret = browser.call("factor_offer", json!({ "login": "admin" })).await["secret"].clone();
    let shown = code(secret.as_str().expect("a secret"));
    let codes = browser.call("factor_change", json!({ "secret": secret, "code": shown })).await;
    assert_eq!(codes["codes"].as_array().expect("codes").len(), 10);
    assert_eq!(browser.stage().await, "signed_in");
    // A recovery code stands in for the phone, once.
    let other = Browser::stranger(&address);
    let first = codes["codes"][0].as_str().expect("a code");
    let access = other.call("sign_in", sign_in("admin", WORD, Some(first))).await;
    assert_eq!(access["me"]["recovery_codes"], 9);
    assert_eq!(
        Browser::stranger(&address).refusal("sign_in", sign_in("admin", WORD, Some(first))).await,
        "wrong_credential"
    );
}

#[tokio::test]
async fn what_proves_somebody_was_changed_and_other_sessions_end() {
    let mut desk = Desk::new();
    let admin = Browser::at_work(&mut desk).await;
    let anna = admin.hired("anna", &["operator"]).await;
    let elsewhere = Browser::stranger(&admin.base);
    elsewhere.call("sign_in", sign_in("anna", WORD, None)).await;
    let new = "река под дождём";
    assert_eq!(
        anna.refusal("password_change", json!({ "old": "not it at all", "new": new })).await,
        "wrong_credential"
    );
    assert_eq!(elsewhere.stage().await, "signed_in");
    let pin = |password: &str| json!({ "password": password, "pin": "1379" });
    assert_eq!(anna.call("pin_change", pin(WORD)).await["me"]["pin"], true);
    let access = anna.call("password_change", json!({ "old": WORD, "new": new })).await;
    assert_eq!(access["me"]["pin"], false, "a PIN goes with the password that allowed it");
    assert_eq!((anna.stage().await, elsewhere.stage().await), ("signed_in".into(), "sign_in".into()));

    elsewhere.call("sign_in", sign_in("anna", new, None)).await;
    let secret = anna.call("factor_offer", json!({ "login": "anna" })).await["secret"].clone();
    let shown = code(secret.as_str().expect("a secret"));
    anna.call("factor_change", json!({ "secret": secret, "code": shown })).await;
    assert_eq!((anna.stage().await, elsewhere.stage().await), ("signed_in".into(), "sign_in".into()));
    // A code that was used is a failure that is written down.
    assert_eq!(elsewhere.refusal("sign_in", sign_in("anna", new, Some(&shown))).await, "wrong_credential");
    let failures = desk.ask(&["audit", "--kind", "user.refused", "--json"]).await.lines();
    assert!(
        failures[0]["fields"].as_str().is_some_and(|fields| fields.contains("used code")),
        "{failures:?}"
    );
}

#[tokio::test]
async fn a_password_that_was_given_allows_no_pin_and_a_factor_is_offered_for_one_that_will_do() {
    let mut desk = Desk::new();
    let admin = Browser::at_work(&mut desk).await;
    let draft = json!({ "login": "anna", "name": "Anna", "roles": ["operator"] });
    let given = admin.call("user_add", draft).await["password"].clone();
    let anna = Browser::stranger(&admin.base);
    anna.call("sign_in", json!({ "login": "anna", "password": given, "code": null })).await;
    let pin = json!({ "password": given, "pin": "1379" });
    assert_eq!(anna.refusal("pin_change", pin).await, "forbidden");

    let wanted = |password: &str| json!({ "login": "boris", "password": password });
    let (_, refusal) = admin.refused("factor_offer", wanted("qwertyuiop")).await;
    assert_eq!((&refusal["field"], &refusal["problem"]), (&json!("password"), &json!("common")));
    admin.call("factor_offer", wanted(WORD)).await;
}

#[tokio::test]
async fn who_may_not_see_the_settings_learns_nothing_of_how_the_desk_is_kept() {
    let mut desk = Desk::new();
    let admin = Browser::at_work(&mut desk).await;
    let host = admin.hired("host", &["employee"]).await;
    let operator = admin.hired("operator", &["operator"]).await;
    assert_eq!(host.refusal("settings", Value::Null).await, "forbidden");
    for browser in [&host, &operator] {
        let status = browser.call("status", Value::Null).await;
        assert_eq!((&status["secrets"], &status["kit"]["id"]), (&json!(""), &Value::Null));
        let told = browser.call("snapshot", Value::Null).await.to_string();
        assert!(!told.contains(desk.data().to_str().expect("text")), "{told}");
    }
}

#[tokio::test]
async fn an_administrator_alone_is_told_of_no_visitor() {
    let mut desk = Desk::new();
    let admin = Browser::at_work(&mut desk).await;
    let mut limits = admin.call("settings", Value::Null).await["security"].clone();
    limits["factor_roles"] = json!([]);
    admin.call("security_settings", limits).await;
    let clerk = admin.hired("clerk", &["administrator"]).await;
    let draft = json!({
        "visitor": "Secret Guest", "host": "Secret Host", "purpose": null, "person_no": "1001", "card_no": null,
        "from": null, "until": null, "profile": "single",
    });
    admin.call("visit_add", draft).await;
    let everything = json!({ "author": null, "kinds": [], "entity": null, "from": null, "until": null,
                             "before": null, "limit": 1000 });
    for (command, with) in [
        ("snapshot", Value::Null),
        ("events", json!({ "after": 0, "devices": null, "wait_ms": 0 })),
        ("audit", everything.clone()),
        ("audit_export", everything),
    ] {
        let told = clerk.call(command, with).await.to_string();
        assert!(!told.contains("Secret"), "{command}: {told}");
    }
}
