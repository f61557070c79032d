//! Who a visitor is: entered at the desk, masked for everybody, shown to who may see it, forgotten.

use isapi_sim::{Pass, jpeg_of};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::desk::Desk;
use crate::device::turnstile;

fn expected(visitor: &str, phone: Option<&str>, iin: Option<&str>, person_no: &str) -> Value {
    json!({
        "visitor": visitor, "host": "Ким Д.", "purpose": null, "person_no": person_no, "card_no": null,
        "document": "N 70205566", "iin": iin, "phone": phone, "from": null, "until": null, "profile": "single",
    })
}

#[tokio::test]
async fn a_document_is_masked_for_the_desk_and_each_view_of_it_is_written_down() {
    let mut desk = Desk::new();
    let admin = Browser::at_work(&mut desk).await;
    let mut limits = admin.call("settings", Value::Null).await["security"].clone();
    limits["factor_roles"] = json!([]);
    admin.call("security_settings", limits).await;
    let operator = admin.hired("operator", &["operator"]).await;
    let security = admin.hired("security", &["security"]).await;

    let wrong = expected("Пётр Иванов", None, Some("910317373911"), "1001");
    let (_, refusal) = operator.refused("visit_add", wrong).await;
    assert_eq!((&refusal["field"], &refusal["problem"]), (&json!("iin"), &json!("mistyped")));
    let visit = expected("Пётр Иванов", Some("8 701 000 00 42"), Some("910317373910"), "1001");
    let visit = operator.call("visit_add", visit).await;
    let detail = operator.call("visit_detail", json!({ "id": visit["id"] })).await;
    let masked = json!([
        { "kind": "document", "masked": "•••566" },
        { "kind": "iin", "masked": "•••910" },
        { "kind": "phone", "masked": "•••0042" },
    ]);
    assert_eq!((&detail["visitor"]["identity"], &detail["visitor"]["erased"]), (&masked, &json!(false)));
    for text in ["910317373910", "n70205566", "+7 701 000-00-42", "0042"] {
        let found = operator.call("search", json!({ "text": text, "limit": 10 })).await;
        assert_eq!(found["visits"][0]["id"], visit["id"], "{text}");
        assert_eq!(found["visits"].as_array().map(Vec::len), Some(1), "{text}");
    }

    let wanted = json!({ "visitor": detail["visitor"]["id"], "kind": "iin" });
    assert_eq!(operator.refusal("visitor_reveal", wanted.clone()).await, "forbidden");
    assert_eq!(security.call("visitor_reveal", wanted.clone()).await, "910317373910");
    let views = json!({ "author": null, "kinds": ["visitor.revealed"], "entity": null, "from": null,
                        "until": null, "before": null, "limit": 10 });
    let entries = admin.call("audit", views).await;
    assert_eq!(entries.as_array().map(Vec::len), Some(1), "{entries}");
    assert_eq!(entries[0]["author_name"], "security of the tests");
    assert!(entries[0]["fields"].as_str().is_some_and(|fields| fields.contains("iin")), "{entries}");

    // The same IIN is the same person; another document of theirs is not taken without a word.
    let mut again = expected("Пётр Иванов", None, Some("910317373910"), "1002");
    again["document"] = json!("N 11111111");
    let (_, refusal) = operator.refused("visit_add", again.clone()).await;
    assert_eq!((&refusal["field"], &refusal["problem"]), (&json!("document"), &json!("differs")));
    again["document"] = Value::Null;
    let visit = operator.call("visit_add", again).await;
    let second = operator.call("visit_detail", json!({ "id": visit["id"] })).await;
    assert_eq!(second["visitor"], detail["visitor"]);

    let change = json!({ "visitor": detail["visitor"]["id"], "kind": "iin", "value": null });
    let left = operator.call("visitor_identity", change).await;
    assert_eq!(left["identity"].as_array().map(Vec::len), Some(2), "{left}");
    assert_eq!(security.refusal("visitor_reveal", wanted).await, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_erased_is_gone_from_lists_pictures_and_files() {
    let mut desk = Desk::new();
    let admin = Browser::at_work(&mut desk).await;
    let device = turnstile(&[]).await;
    desk.add_device(&device, "Entry", "in").await;
    let snapshot = admin.call("snapshot", Value::Null).await;
    let mut events = admin.follow(snapshot["seq"].as_i64().expect("a place")).await;

    let visit = admin.call("visit_add", expected("Erasmus Vanished", None, None, "70771")).await;
    let jpeg = jpeg_of(3_000);
    device.pass(Pass::granted().person("70771").card("0").picture(jpeg.as_slice()));
    let pictured = events.until(|item| item["kind"] == "picture").await;
    let picture = pictured["item"]["picture"].as_str().expect("a name").to_owned();
    assert_eq!(pictured["item"]["visitor"], "Erasmus Vanished");
    let answer = desk.ask(&["picture", &picture]).await;
    assert!(answer.stdout == jpeg, "{}", answer.stderr);

    let detail = admin.call("visit_detail", json!({ "id": visit["id"] })).await;
    let who = json!({ "id": detail["visitor"]["id"] });
    assert_eq!(admin.refusal("visitor_erase", who.clone()).await, "wrong_state");
    admin.call("visit_act", json!({ "id": visit["id"], "action": "check_out" })).await;
    let mut open = admin.follow(events.after).await;
    admin.call("visitor_erase", who.clone()).await;
    // Every page that is open reads everything anew.
    loop {
        let batch = open.batch().await.expect("an open socket");
        if batch["behind"] == true {
            break;
        }
    }
    let snapshot = admin.call("snapshot", Value::Null).await.to_string();
    assert!(!snapshot.contains("Erasmus") && !snapshot.contains("70771"), "{snapshot}");
    assert!(!desk.ask(&["picture", &picture]).await.status.success());
    let detail = admin.call("visit_detail", json!({ "id": visit["id"] })).await;
    assert_eq!((&detail["visitor"]["erased"], &detail["visit"]["visitor"]), (&json!(true), &json!("")));
    assert_eq!(admin.refusal("visitor_erase", who.clone()).await, "not_found");
    // Nothing can be done with what is left of them.
    let act = json!({ "id": visit["id"], "action": "reopen" });
    assert_eq!(admin.refusal("visit_act", act).await, "wrong_state");
    let phone = json!({ "visitor": who["id"], "kind": "phone", "value": "+7 701 000 00 42" });
    assert_eq!(admin.refusal("visitor_identity", phone).await, "not_found");
    assert!(desk.ask(&["journal", "verify", "--json"]).await.only()["whole"] == true);
    for (path, bytes) in crate::canary::files(&desk.data()) {
        for word in ["Erasmus", "Vanished", "erasmus", "70771"] {
            assert!(!crate::canary::contains(&bytes, word.as_bytes()), "{word} in {}", path.display());
        }
        assert!(!path.ends_with(&picture), "{}", path.display());
    }
}
