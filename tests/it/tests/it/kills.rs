//! kill -9, again and again, over everything that writes: what was confirmed is there, nothing is twice, and
//! nobody has to lend a hand. Devices' events are in `crash`.
//!
//! No test waits for a moment to kill at. It kills at a step: the n-th answer, or the n-th time that what
//! stands in the data folder has changed.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::browser::Browser;
use crate::canary::files;
use crate::desk::Desk;

/// `cargo xtask torture` sets another number.
const KILLS: usize = 50;
/// Whoever works at the same time.
const HANDS: usize = 4;

fn kills_wanted() -> usize {
    std::env::var("VAKHTA_KILLS").map_or(KILLS, |number| number.parse().expect("a number of kills"))
}

/// Files with their lengths: a step of whoever works in the folder shows here.
fn standing(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        // What is gone since it was seen has changed too.
        for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(of) if of.is_dir() => folders.push(entry.path()),
                Ok(of) => found.push((entry.path(), of.len())),
                Err(_) => {}
            }
        }
    }
    found.sort();
    found
}

/// Returns when what stands in a folder has changed so many times.
async fn changed(folder: PathBuf, times: usize) {
    let mut before = standing(&folder);
    let mut seen = 0;
    while seen < times {
        tokio::task::yield_now().await;
        let now = standing(&folder);
        if now != before {
            before = now;
            seen += 1;
        }
    }
}

/// Steps to kill at: early ones more often, because most of what can go wrong is there.
fn step(round: usize) -> usize {
    1 + (round * 7) % 23
}

fn backups_of(desk: &Desk) -> Vec<PathBuf> {
    let found = files(&desk.data().join("backups")).into_iter().map(|(path, _)| path);
    found.filter(|path| path.extension().is_some_and(|ending| ending == "vakhta")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_in_that_was_confirmed_is_there_and_no_visit_is_entered_twice() {
    let mut desk = Desk::new();
    let admin = Arc::new(Browser::at_work(&mut desk).await);
    let mut waiting = Vec::new();
    for n in 0..kills_wanted() * HANDS {
        let draft = json!({ "visitor": format!("Visitor {n}"), "host": "Ким Д.", "purpose": null, "person_no": null,
                            "card_no": null, "from": null, "until": null, "profile": "single" });
        waiting.push(admin.call("visit_add", draft).await["id"].clone());
    }
    let (mut confirmed, mut begun) = (Vec::new(), Vec::new());
    for round in 0..kills_wanted() {
        let answers = Arc::new(AtomicUsize::new(0));
        let hands: Vec<_> = waiting
            .split_off(waiting.len() - HANDS)
            .into_iter()
            .map(|id| {
                begun.push(id.clone());
                let (admin, answers) = (Arc::clone(&admin), Arc::clone(&answers));
                tokio::spawn(async move {
                    let told = admin.attempt("visit_act", json!({ "id": id, "action": "check_in" })).await;
                    answers.fetch_add(1, Ordering::SeqCst);
                    told.is_some_and(|status| status.is_success()).then_some(id)
                })
            })
            .collect();
        // After none, one, two … of the answers, while the others are on their way.
        while answers.load(Ordering::SeqCst) < round % HANDS {
            tokio::task::yield_now().await;
        }
        desk.kill9().await;
        for hand in hands {
            confirmed.extend(hand.await.expect("it is told or it is not"));
        }
        desk.serve(admin.port).await;
    }
    assert!(!confirmed.is_empty() && confirmed.len() < begun.len(), "{} of {}", confirmed.len(), begun.len());
    for id in &begun {
        let detail = admin.call("visit_detail", json!({ "id": id })).await;
        let facts = detail["facts"].as_array().expect("facts");
        let entered = facts.iter().filter(|fact| fact["kind"] == "entered").count();
        assert!(entered <= 1, "{detail}");
        assert!(entered == 1 || !confirmed.contains(id), "it was confirmed: {detail}");
        if entered == 0 {
            // Whoever was told nothing tries again.
            admin.call("visit_act", json!({ "id": id, "action": "check_in" })).await;
        }
    }
    desk.verify().await;
}

/// The database as the version before wrote it: what the last migration brought is taken away again.
fn as_before(desk: &Desk) -> PathBuf {
    let path = desk.data().join("vakhta.sqlite3");
    let file = Connection::open(&path).expect("the database");
    file.execute_batch("DROP TABLE backup_copy; DROP TABLE picture_gone; PRAGMA user_version = 4;")
        .expect("the schema before");
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
    let older = Connection::open_in_memory().expect("a database");
    for name in ["0001_spine.sql", "0002_window.sql", "0003_users.sql", "0004_visitors.sql"] {
        let text = std::fs::read_to_string(migrations.join(name)).expect("a migration");
        older.execute_batch(&text).expect("it applies");
    }
    assert_eq!(schema(&file), schema(&older), "that is what the version before had");
    file.pragma_update(None, "wal_checkpoint", "TRUNCATE").expect("one file");
    path
}

fn schema(file: &Connection) -> Vec<String> {
    let query = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name";
    let mut statement = file.prepare(query).expect("a schema");
    let rows = statement.query_map([], |row| row.get(0)).expect("a schema");
    rows.map(|row| row.expect("text")).collect()
}

fn version(desk: &Desk) -> i64 {
    let file = Connection::open(desk.data().join("vakhta.sqlite3")).expect("the database");
    file.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a version")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_is_done_or_not_begun_and_a_backup_of_before_is_there() {
    let mut desk = Desk::running().await;
    let visit = desk.visit_add("Nadezhda Kept", &[]).await;
    desk.stop().await;
    let now = version(&desk);
    std::fs::copy(as_before(&desk), desk.folder().join("before")).expect("kept for each round");
    let mut kills = 0;
    while kills < kills_wanted() {
        std::fs::copy(desk.folder().join("before"), desk.data().join("vakhta.sqlite3")).expect("as before");
        assert!(!desk.data().join("vakhta.sqlite3-wal").exists(), "nothing of the file before is beside it");
        let _ = std::fs::remove_dir_all(desk.data().join("backups"));
        // Again while it is still at it, until one comes through.
        for _ in 0..5 {
            let mut command = desk.command(&["run"]);
            let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("vakhtad");
            let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
            tokio::select! {
                () = changed(desk.data(), step(kills)) => {}
                line = lines.next_line() => assert!(line.expect("its output").is_some(), "it starts"),
            }
            child.kill().await.expect("killed");
            kills += 1;
        }
        desk.run().await;
        assert_eq!(desk.visit(&visit).await["visitor"], "Nadezhda Kept");
        desk.verify().await;
        desk.stop().await;
        assert_eq!(version(&desk), now);
        assert!(!backups_of(&desk).is_empty(), "one of before");
        assert!(!desk.data().join("backup.work").exists(), "nothing half done is left");
    }
    // What an older version wrote is brought up to date when it comes back.
    let oldest = backups_of(&desk).remove(0);
    let name = oldest.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
    desk.ask(&["backup", "restore", &name, "--json"]).await.only();
    desk.run().await;
    assert_eq!(desk.visit(&visit).await["visitor"], "Nadezhda Kept");
    assert_eq!(version(&desk), now);
    desk.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_whole_or_is_none_and_what_it_is_made_of_stays() {
    let mut desk = Desk::running().await;
    for round in 0..kills_wanted() {
        let visit = desk.visit_add(&format!("Visitor {round}"), &[]).await;
        let mut creating =
            desk.command(&["backup", "create"]).stderr(Stdio::null()).spawn().expect("vakhtad");
        tokio::select! {
            () = changed(desk.data(), step(round)) => {}
            ended = creating.wait() => { ended.expect("it ended"); }
        }
        desk.kill9().await;
        let _ = creating.wait().await;
        desk.run().await;
        assert_eq!(desk.visit(&visit).await["visitor"], format!("Visitor {round}"));
    }
    let view = desk.ask(&["backup", "create", "--json"]).await.only();
    let copies = view["targets"][0]["copies"].as_array().expect("copies");
    assert!(copies.iter().any(|copy| copy["verified"].is_string()), "{view}");
    // Whatever lies there opens, whether or not its maker lived to say so.
    for copy in copies {
        let name = copy["name"].as_str().expect("a name");
        let view = desk.ask(&["backup", "verify", name, "--json"]).await.only();
        assert_eq!(view["last"]["problem"], Value::Null, "{view}");
    }
    let left = files(&desk.data().join("backups"));
    assert!(left.iter().all(|(path, _)| path.extension().is_none_or(|ending| ending != "part")));
    desk.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_is_done_or_not_begun_and_what_was_there_is_kept() {
    let mut desk = Desk::running().await;
    desk.visit_add("Always There", &[]).await;
    desk.ask(&["backup", "create", "--json"]).await.only();
    let (mut restored, mut kept) = (0, 0);
    desk.visit_add("Later", &[]).await;
    desk.stop().await;
    for round in 0..kills_wanted() {
        let mut restoring =
            desk.command(&["backup", "restore"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let restoring = restoring.as_mut().expect("vakhtad");
        tokio::select! {
            () = changed(desk.data(), step(round)) => {}
            ended = restoring.wait() => assert!(ended.expect("it ended").success()),
        }
        // It may have come to its end.
        let _ = restoring.kill().await;
        let visits = desk.list(&["visit", "list"]).await;
        let names: Vec<&str> = visits.iter().filter_map(|visit| visit["visitor"].as_str()).collect();
        assert!(names.contains(&"Always There"), "{names:?}");
        if !names.contains(&"Later") {
            restored += 1;
            kept += 1;
            desk.visit_add("Later", &[]).await;
        }
        let folders = std::fs::read_dir(desk.data().join("kept")).into_iter().flatten().count();
        assert!(folders <= kept && (folders > 0 || kept == 0), "{folders} of {kept}");
        assert!(!desk.data().join("restore/ready.json").exists(), "nothing waits to be done");
    }
    assert!(restored > 0 && restored < kills_wanted(), "{restored}");
    desk.verify().await;
}
