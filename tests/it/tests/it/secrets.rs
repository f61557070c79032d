//! The site's key and the recovery kit: confirmed, made anew, and used when everything else is lost.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::desk::Desk;

fn last_group(code: &Value) -> String {
    code.as_str().and_then(|code| code.rsplit('-').next()).expect("a code").to_owned()
}

#[tokio::test]
async fn a_kit_counts_once_somebody_has_shown_that_it_is_on_paper() {
    let mut desk = Desk::new();
    let words = ["init", "--login", "admin", "--name", "Ким Дана", "--json"];
    let mut command = desk.command(&words);
    command.env("VAKHTA_PASSWORD", crate::browser::WORD);
    let first = desk.finish(command, &words).await.only()["kit"].clone();
    desk.run().await;
    let kit = desk.ask(&["status", "--json"]).await.only()["kit"].clone();
    assert_eq!((&kit["id"], &kit["confirmed"]), (&first["id"], &json!(false)));

    let words = ["kit", "confirm", "--json"];
    let typed = |group: String| {
        let mut command = desk.command(&words);
        command.env("VAKHTA_KIT_GROUP", group);
        desk.finish(command, &words)
    };
    assert!(!typed("AAAAA".into()).await.status.success());
    let confirmed = typed(last_group(&first["code"]).to_lowercase()).await.only();
    assert_eq!((&confirmed["id"], &confirmed["confirmed"]), (&first["id"], &json!(true)));
}

#[tokio::test]
async fn the_kit_alone_brings_everything_back_when_keyring_and_key_files_are_lost() {
    let mut desk = Desk::new();
    let (admin, _) = Browser::set_up(&mut desk).await;
    let draft = json!({
        "visitor": "Пётр Иванов", "host": "Ким Д.", "purpose": null, "person_no": null, "card_no": null,
        "document": "N 70205566", "iin": null, "phone": "+7 701 000 00 42", "from": null, "until": null,
        "profile": "single",
    });
    let visit = admin.call("visit_add", draft).await;
    // A new kit: until it is confirmed the first one is good; what is drawn and not confirmed is nothing.
    let dropped = admin.call("kit_make", Value::Null).await;
    let kit = admin.call("kit_make", Value::Null).await;
    assert_eq!(
        admin.refusal("kit_confirm", json!({ "group": last_group(&dropped["code"]) })).await,
        "invalid"
    );
    let state = admin.call("kit_confirm", json!({ "group": last_group(&kit["code"]) })).await;
    assert_eq!((&state["id"], &state["confirmed"]), (&kit["id"], &json!(true)));
    // One that was drawn and left does not stand in the way of confirming the present one.
    admin.call("kit_make", Value::Null).await;
    let state = admin.call("kit_confirm", json!({ "group": last_group(&kit["code"]) })).await;
    assert_eq!(state["id"], kit["id"]);
    // The kit follows a new key of the site.
    let changed = admin.call("site_key_change", Value::Null).await;
    assert_eq!((&changed["number"], &changed["rewrapped"]), (&json!(2), &json!(1)));
    let detail = admin.call("visit_detail", json!({ "id": visit["id"] })).await;
    assert_eq!(detail["visitor"]["identity"][0]["masked"], "•••566");
    desk.stop().await;

    desk.lose_secrets();
    assert!(!desk.ask(&["status"]).await.status.success(), "the secrets are lost");
    let recover = |code: &Value| {
        let mut command = desk.command(&["recover"]);
        command.env("VAKHTA_RECOVERY_KIT", code.as_str().expect("a code"));
        desk.finish(command, &["recover"])
    };
    assert!(!recover(&dropped["code"]).await.status.success());
    let answer = recover(&kit["code"]).await;
    assert!(answer.status.success(), "{}", answer.stderr);

    let used = desk.ask(&["audit", "--kind", "kit.used", "--json"]).await.only();
    assert!(used["author"].as_str().is_some_and(|author| author.starts_with("owner/")), "{used}");
    let address = desk.serve(0).await;
    let found = desk.ask(&["visit", "list", "--json"]).await.only();
    assert_eq!(found["visitor"], "Пётр Иванов");
    assert!(desk.ask(&["journal", "verify", "--json"]).await.only()["whole"] == true);
    let again = Browser::stranger(&address);
    let given =
        desk.ask(&["user", "add", "second", "--name", "Second", "--roles", "security", "--json"]).await;
    let given = given.only()["password"].clone();
    let access = again.call("sign_in", json!({ "login": "second", "password": given, "code": null })).await;
    assert_eq!(access["stage"], "new_password");
}

#[tokio::test]
async fn a_journal_whose_end_was_cut_off_is_noticed() {
    let mut desk = Desk::new();
    let (admin, _) = Browser::set_up(&mut desk).await;
    let draft = json!({
        "visitor": "Пётр Иванов", "host": "Ким Д.", "purpose": null, "person_no": null, "card_no": null,
        "from": null, "until": null, "profile": "single",
    });
    admin.call("visit_add", draft).await;
    desk.stop().await;
    let verify = || desk.ask(&["journal", "verify", "--json"]);
    let report = verify().await.only();
    assert_eq!(report["whole"], true);
    assert!(report["anchored"]["oseq"].as_u64().is_some_and(|oseq| oseq > 2), "{report}");
    let file = rusqlite::Connection::open(desk.data().join("vakhta.sqlite3")).expect("the database");
    file.execute_batch(
        "DROP TRIGGER op_is_never_deleted; DELETE FROM op WHERE seq > (SELECT max(seq) FROM op) - 2;",
    )
    .expect("shortened by force");
    drop(file);
    let answer = verify().await;
    assert!(!answer.status.success());
    let told: Value = serde_json::from_slice(&answer.stdout).expect("a report");
    assert!(told["broken"].as_str().is_some_and(|broken| broken.contains("cut off")), "{told}");
    desk.run().await;
    desk.task_until("anchor", |result| result.contains("cut off")).await;
}
