//! Nothing is ever lost: backups made, read back, restored; at places that fail.

use isapi_sim::{Pass, jpeg_of};
use serde_json::{Value, json};

use crate::browser::{Browser, WORD};
use crate::canary::{contains, files};
use crate::desk::{Answer, Desk};
use crate::device::turnstile;
use crate::s3::{BUCKET, Fault, KEY, S3, SECRET};

/// A site that is set up as a service is, with its kit; nothing runs on it yet.
async fn settled(desk: &Desk) -> Value {
    let words = ["init", "--login", "admin", "--name", "Ким Дана", "--json"];
    let mut command = desk.command(&words);
    command.env("VAKHTA_PASSWORD", WORD);
    desk.finish(command, &words).await.only()["kit"].clone()
}

async fn confirmed(desk: &Desk, kit: &Value) {
    let words = ["kit", "confirm", "--json"];
    let mut command = desk.command(&words);
    command.env(
        "VAKHTA_KIT_GROUP",
        kit["code"].as_str().and_then(|code| code.rsplit('-').next()).expect("a code"),
    );
    assert!(desk.finish(command, &words).await.status.success());
}

async fn with_secret(desk: &Desk, words: &[&str]) -> Answer {
    let mut command = desk.command(words);
    command.env("VAKHTA_S3_SECRET", SECRET);
    desk.finish(command, words).await
}

async fn add_bucket(desk: &Desk, s3: &S3) -> Value {
    let place = format!("s3://{BUCKET}/desks");
    let words = [
        "backup",
        "target",
        "add",
        "Cloud",
        &place,
        "--endpoint",
        &s3.endpoint,
        "--access-key",
        KEY,
        "--json",
    ];
    with_secret(desk, &words).await.only()
}

async fn create(desk: &Desk) -> Value {
    desk.ask(&["backup", "create", "--json"]).await.only()
}

fn copies(view: &Value, target: usize) -> Vec<Value> {
    view["targets"][target]["copies"].as_array().cloned().unwrap_or_default()
}

fn is_verified(copy: &Value) -> bool {
    copy["verified"].is_string() && copy["problem"].is_null()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_machine_comes_back_from_the_bucket_with_the_recovery_kit_alone() {
    let s3 = S3::start().await;
    let mut lost = Desk::new();
    let kit = settled(&lost).await;
    lost.run().await;
    let device = turnstile(&[]).await;
    lost.add_device(&device, "Entry", "in").await;
    let visit = lost.visit_add("Nadezhda Kept", &["--person-no", "1001"]).await;
    let jpeg = jpeg_of(5_000);
    device.pass(Pass::granted().person("1001").picture(jpeg.as_slice()));
    let picture = lost
        .feed()
        .until("a picture", |item| {
            (item.kind == "picture").then(|| item.item["picture"].as_str().expect("a name").to_owned())
        })
        .await;
    add_bucket(&lost, &s3).await;
    let view = create(&lost).await;
    assert_eq!(view["recoverable"], false, "the kit is not on paper yet: {view}");
    confirmed(&lost, &kit).await;
    // A second one of the same day has nothing to send but itself.
    let before = s3.files().len();
    let view = create(&lost).await;
    assert_eq!(s3.files().len(), before + 1, "each picture once");
    assert_eq!(view["recoverable"], true, "{view}");
    for target in [0, 1] {
        assert!(copies(&view, target).len() == 2 && copies(&view, target).iter().all(is_verified), "{view}");
    }
    // Nothing of it can be read by whoever keeps it.
    for path in s3.files() {
        let bytes = std::fs::read(&path).expect("what the service keeps");
        for word in ["Nadezhda", "Kept", "Boris", "Petrov", "1001", "SQLite format", KEY, SECRET] {
            assert!(!contains(&bytes, word.as_bytes()), "{word} in {}", path.display());
        }
    }
    lost.stop().await;

    let mut new = Desk::new();
    let place = format!("s3://{BUCKET}/desks");
    let words =
        ["backup", "restore", "--from", &place, "--endpoint", &s3.endpoint, "--access-key", KEY, "--json"];
    let mut command = new.command(&words);
    command.env("VAKHTA_S3_SECRET", SECRET).env("VAKHTA_RECOVERY_KIT", kit["code"].as_str().expect("a code"));
    let restored = new.finish(command, &words).await.only();
    assert_eq!(restored["restored"], copies(&view, 1)[0]["name"]);
    new.run().await;
    let back = new.visit(&visit).await;
    assert_eq!((&back["visitor"], &back["status"]), (&json!("Nadezhda Kept"), &json!("checked_in")));
    assert!(new.ask(&["picture", &picture]).await.stdout == jpeg, "the picture too");
    let report = new.ask(&["journal", "verify", "--json"]).await.only();
    assert_eq!(
        (&report["whole"], report["heads"].as_array().map(Vec::len)),
        (&json!(true), Some(2)),
        "{report}"
    );
    let entry = new.ask(&["audit", "--kind", "backup.restored", "--json"]).await.only();
    assert!(entry["author"].as_str().is_some_and(|author| author.starts_with("owner/")), "{entry}");
    // The device's password came with the kit.
    new.device_state("Entry", "online").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_lies_cuts_or_is_full_is_named_and_the_other_place_has_its_backup() {
    let s3 = S3::start().await;
    let mut desk = Desk::new();
    settled(&desk).await;
    desk.run().await;
    add_bucket(&desk, &s3).await;
    for (fault, kind) in [(Fault::Lies, "missing"), (Fault::Full, "target"), (Fault::Cuts, "target")] {
        s3.switch(fault);
        let answer = desk.ask(&["backup", "create", "--json"]).await;
        assert!(!answer.status.success(), "{fault:?}");
        let view: Value = serde_json::from_slice(&answer.stdout).expect("a view");
        assert_eq!(view["targets"][1]["problem"]["kind"], kind, "{fault:?}: {view}");
        assert_eq!(view["targets"][0]["problem"], Value::Null, "{view}");
        assert_eq!(copies(&view, 1), Vec::<Value>::new(), "{view}");
        assert!(is_verified(&copies(&view, 0)[0]), "{view}");
    }
    s3.switch(Fault::None);
    let view = create(&desk).await;
    assert_eq!(view["targets"][1]["problem"], Value::Null, "{view}");
    assert!(is_verified(&copies(&view, 1)[0]), "{view}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_never_answers_is_given_up_when_somebody_cancels() {
    let s3 = S3::start().await;
    let mut desk = Desk::new();
    settled(&desk).await;
    desk.run().await;
    add_bucket(&desk, &s3).await;
    s3.switch(Fault::Hangs);
    let words = ["backup", "create", "--json"];
    let creating = desk.finish(desk.command(&words), &words);
    let cancelling = async {
        // Once it waits for the service it is cancelled.
        loop {
            let view = desk.ask(&["backup", "list", "--json"]).await.only();
            let parts = view["work"]["parts"].as_array().cloned().unwrap_or_default();
            let elsewhere = |part: &Value| part["target"].as_str().is_some_and(|target| target != "here");
            if parts.iter().any(elsewhere) {
                break;
            }
        }
        desk.ask(&["backup", "cancel", "--json"]).await.only()
    };
    let (created, _) = tokio::join!(creating, cancelling);
    assert!(created.stderr.contains("cancelled"), "{}", created.stderr);
    let view = desk.ask(&["backup", "list", "--json"]).await.only();
    assert_eq!((&view["work"], &view["last"]["cancelled"]), (&Value::Null, &json!(true)));
    assert!(!desk.data().join("backup.work").exists(), "nothing of it is left");
}

/// What no compression makes smaller than a part of an upload.
fn make_large(desk: &Desk) {
    let file = rusqlite::Connection::open(desk.data().join("vakhta.sqlite3")).expect("the database");
    file.execute("INSERT INTO setting VALUES ('ballast', hex(randomblob(9000000)))", []).expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_backup_goes_in_parts_and_those_of_one_that_was_cut_off_are_cleared_away() {
    let s3 = S3::start().await;
    let mut desk = Desk::new();
    settled(&desk).await;
    make_large(&desk);
    desk.run().await;
    add_bucket(&desk, &s3).await;
    s3.switch(Fault::Stalls);
    let mut creating = desk.command(&["backup", "create"]).spawn().expect("vakhtad");
    while s3.unfinished() < 2 {
        desk.ask(&["backup", "list"]).await;
    }
    desk.kill9().await;
    let _ = creating.wait().await;
    s3.switch(Fault::None);
    desk.run().await;
    let view = create(&desk).await;
    assert!(copies(&view, 1).len() == 1 && is_verified(&copies(&view, 1)[0]), "{view}");
    assert_eq!(s3.unfinished(), 0, "nothing stays that somebody would have to pay for");
    assert!(s3.files().iter().all(|path| path.extension().is_none_or(|ending| ending != "part")));
    let name = copies(&view, 1)[0]["name"].as_str().expect("a name").to_owned();
    desk.ask(&["backup", "restore", &name, "--target", "Cloud", "--json"]).await.only();
    desk.task_until("integrity", |result| result.contains("whole")).await;
    desk.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_silent_keeps_no_other_waiting() {
    let s3 = S3::start().await;
    let mut desk = Desk::new();
    settled(&desk).await;
    desk.run().await;
    add_bucket(&desk, &s3).await;
    let other = desk.folder().join("share");
    std::fs::create_dir(&other).expect("a folder");
    let words = ["backup", "target", "add", "Share", other.to_str().expect("text"), "--json"];
    desk.ask(&words).await.only();
    s3.switch(Fault::Hangs);
    let mut creating = desk.command(&["backup", "create"]).spawn().expect("vakhtad");
    // The bucket was added before the share, and is the only one that is still waited for.
    loop {
        let view = desk.ask(&["backup", "list", "--json"]).await.only();
        let parts = view["work"]["parts"].as_array().cloned().unwrap_or_default();
        if copies(&view, 2).iter().any(is_verified) && parts.len() == 1 {
            assert_eq!(parts[0]["target"], view["targets"][1]["id"]);
            break;
        }
    }
    desk.ask(&["backup", "cancel", "--json"]).await.only();
    let _ = creating.wait().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_the_data_folder_is_not_elsewhere() {
    let desk = Desk::new();
    settled(&desk).await;
    for inside in ["", "backups", "share/of/nobody"] {
        let path = desk.data().join(inside);
        let words = ["backup", "target", "add", "Inside", path.to_str().expect("text")];
        let answer = desk.ask(&words).await;
        assert!(!answer.status.success(), "{inside}");
        assert!(answer.stderr.contains("in the data folder"), "{}", answer.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_takes_no_older_backup_away() {
    let mut desk = Desk::new();
    settled(&desk).await;
    desk.run().await;
    desk.visit_add("Nadezhda Kept", &[]).await;
    let first = copies(&create(&desk).await, 0)[0]["name"].as_str().expect("a name").to_owned();
    desk.stop().await;
    // A month of nights, each of them whole.
    let folder = crate::canary::files(&desk.data().join("backups"))
        .into_iter()
        .find_map(|(path, _)| path.ends_with(&first).then_some(path))
        .expect("the file");
    let night = |back: i64| {
        let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * back);
        folder.with_file_name(format!("{}.vakhta", at.strftime("%Y-%m-%dT03-00-00Z")))
    };
    for back in 1..=30 {
        std::fs::copy(&folder, night(back)).expect("a copy");
    }
    desk.ask(&["backup", "restore", &first, "--json"]).await.only();
    desk.run().await;
    let view = create(&desk).await;
    // Seven days, five weeks, two months at least.
    assert!(copies(&view, 0).len() >= 10, "{view}");
    assert!((1..7).all(|back| night(back).exists()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrupted_object_is_found_and_never_restored() {
    let s3 = S3::start().await;
    let mut desk = Desk::new();
    settled(&desk).await;
    desk.run().await;
    let visit = desk.visit_add("Still Here", &[]).await;
    add_bucket(&desk, &s3).await;
    let name = copies(&create(&desk).await, 1)[0]["name"].as_str().expect("a name").to_owned();
    let object = s3.backups().remove(0);
    let mut bytes = std::fs::read(&object).expect("the object");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&object, bytes).expect("corrupted");
    let answer = desk.ask(&["backup", "verify", &name, "--target", "Cloud", "--json"]).await;
    assert!(!answer.status.success());
    let view: Value = serde_json::from_slice(&answer.stdout).expect("a view");
    assert_eq!(copies(&view, 1)[0]["problem"]["kind"], "broken", "{view}");
    let answer = desk.ask(&["backup", "restore", &name, "--target", "Cloud", "--json"]).await;
    assert!(!answer.status.success(), "{}", answer.stderr);
    assert_eq!(desk.visit(&visit).await["visitor"], "Still Here");
    assert!(!desk.data().join("kept").exists(), "nothing was moved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_behind_an_authority_of_its_own_is_trusted_when_it_is_named() {
    let s3 = S3::start_secure().await;
    let mut desk = Desk::new();
    settled(&desk).await;
    desk.run().await;
    let place = format!("s3://{BUCKET}");
    let words = ["backup", "target", "try", &place, "--endpoint", &s3.endpoint, "--access-key", KEY];
    assert!(!with_secret(&desk, &words).await.status.success(), "nobody vouches for it");
    let authority = desk.folder().join("authority.pem");
    std::fs::write(&authority, s3.authority.as_deref().expect("by TLS")).expect("written");
    let words = [&words[..], &["--authority", authority.to_str().expect("text"), "--json"]].concat();
    let tried = with_secret(&desk, &words).await.only();
    assert_eq!((&tried["backups"], &tried["desks"]), (&json!(0), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_restored_over_a_running_desk_begins_a_new_life_and_forgets_who_was_erased_since() {
    let mut desk = Desk::new();
    let admin = Browser::at_work(&mut desk).await;
    let visit = |visitor: &str, no: &str| {
        json!({ "visitor": visitor, "host": "Ким Д.", "purpose": null, "person_no": no, "card_no": null,
                "from": null, "until": null, "profile": "single" })
    };
    let stays = admin.call("visit_add", visit("Vera Stays", "1")).await;
    let erased = admin.call("visit_add", visit("Erasmus Vanished", "2")).await;
    admin.call("visit_act", json!({ "id": erased["id"], "action": "cancel" })).await;
    let view = create(&desk).await;
    let name = copies(&view, 0)[0]["name"].clone();
    let later = admin.call("visit_add", visit("Later Lost", "3")).await;
    let detail = admin.call("visit_detail", json!({ "id": erased["id"] })).await;
    admin.call("visitor_erase", json!({ "id": detail["visitor"]["id"] })).await;

    let wanted = json!({ "target": "here", "name": name });
    admin.call("backup_restore", wanted).await;
    // The core that opens the folder anew has it in its journal, and a page at the same address where
    // nobody is signed in any more.
    loop {
        let noted = desk.ask(&["audit", "--kind", "backup.restored", "--json"]).await;
        if noted.status.success() && !noted.lines().is_empty() {
            break;
        }
    }
    desk.task_until("integrity", |result| result.contains("whole")).await;
    assert_eq!(admin.stage().await, "sign_in");
    let back = desk.list(&["visit", "list"]).await;
    let names: Vec<&str> = back.iter().filter_map(|visit| visit["visitor"].as_str()).collect();
    assert_eq!(names, ["Vera Stays", ""], "{back:?}");
    assert_eq!((&back[0]["id"], later["id"].is_string()), (&stays["id"], true));
    desk.verify().await;
    let kept = desk.data().join("kept");
    for (path, bytes) in files(&desk.data()) {
        if !path.starts_with(&kept) && !path.starts_with(desk.data().join("backups")) {
            assert!(!contains(&bytes, b"Erasmus"), "{}", path.display());
        }
    }
    assert_eq!(std::fs::read_dir(&kept).expect("what was there").count(), 1);
    // Whoever went back too far finds the others there still.
    while copies(&desk.ask(&["backup", "list", "--json"]).await.only(), 0).is_empty() {}
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_restores_the_newest_by_itself_and_says_what_it_saw() {
    let mut desk = Desk::new();
    settled(&desk).await;
    desk.run().await;
    desk.visit_add("Nadezhda Kept", &[]).await;
    assert!(!desk.ask(&["backup", "drill", "--json"]).await.status.success(), "there is none yet");
    let name = copies(&create(&desk).await, 0)[0]["name"].clone();
    let view = desk.ask(&["backup", "drill", "--json"]).await.only();
    let drill = &view["drill"];
    assert_eq!((&drill["name"], &drill["problem"]), (&name, &Value::Null), "{drill}");
    assert!(drill["rows"].as_u64().is_some_and(|rows| rows > 5), "{drill}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_database_cannot_be_opened_the_newest_backup_brings_it_back() {
    let mut desk = Desk::new();
    settled(&desk).await;
    desk.run().await;
    let visit = desk.visit_add("Nadezhda Kept", &[]).await;
    create(&desk).await;
    desk.stop().await;
    let file = desk.data().join("vakhta.sqlite3");
    // Garbage, nothing in it, not there: none of them is a desk that has only just begun.
    for content in [Some(vec![0xaa; 65_536]), Some(Vec::new()), None] {
        match content {
            Some(bytes) => std::fs::write(&file, bytes).expect("damaged"),
            None => std::fs::remove_file(&file).expect("gone"),
        }
        assert!(!desk.ask(&["visit", "list"]).await.status.success(), "it is no database any more");
        desk.ask(&["backup", "restore", "--json"]).await.only();
        desk.run().await;
        assert_eq!(desk.visit(&visit).await["visitor"], "Nadezhda Kept");
        desk.stop().await;
    }
    desk.run().await;
    desk.verify().await;
}
