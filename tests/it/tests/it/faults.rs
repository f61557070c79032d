//! A disk that is full, a disk that can make nothing durable, a clock that is set: the machine's own faults.
//! They are made as Linux makes them, so only Linux is shown.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::browser::Browser;
use crate::desk::{ASK_EVERY, BOUND, Desk};

/// A machine whose disk and clock do as they are told. It has to outlive the desk.
struct Machine {
    folder: PathBuf,
}

impl Machine {
    /// Whatever is started on the desk from now on runs on it.
    fn under(desk: &mut Desk) -> Self {
        let folder = desk.folder().join("machine");
        std::fs::create_dir(&folder).expect("a folder");
        let library = folder.join("machine.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("faults/machine.c");
        let compiled =
            Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).status();
        assert!(compiled.expect("cc").success());
        desk.on_a_machine([("LD_PRELOAD", library), ("VAKHTA_FAULTS", folder.clone())]);
        Self { folder }
    }

    fn durable(&self, durable: bool) {
        let file = self.folder.join("fsync");
        if durable {
            std::fs::remove_file(file).expect("it was not");
        } else {
            std::fs::write(file, "").expect("written");
        }
    }

    /// The wall clock is wrong by so many hours.
    fn clock(&self, hours: i64) {
        // In one step: who reads half a number has another fault than this one.
        let new = self.folder.join("clock.new");
        std::fs::write(&new, (hours * 3_600).to_string()).expect("written");
        std::fs::rename(new, self.folder.join("clock")).expect("renamed");
    }
}

fn names(visits: &[Value]) -> Vec<&str> {
    visits.iter().filter_map(|visit| visit["visitor"].as_str()).collect()
}

async fn refused(desk: &Desk, visitor: &str) -> String {
    let words = ["visit", "add", "--visitor", visitor, "--host", "Boris Petrov"];
    let answer = desk.ask(&words).await;
    assert!(!answer.status.success(), "{visitor} was confirmed");
    answer.stderr
}

fn copies(view: &Value) -> Vec<Value> {
    view["targets"][0]["copies"].as_array().cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_made_durable_is_not_confirmed_and_is_over_when_it_can() {
    let mut desk = Desk::new();
    let machine = Machine::under(&mut desk);
    desk.run().await;
    desk.visit_add("Before", &[]).await;
    machine.durable(false);
    for _ in 0..3 {
        let said = refused(&desk, "Meanwhile").await;
        assert!(said.contains("disk I/O error"), "{said}");
    }
    assert_eq!(names(&desk.list(&["visit", "list"]).await), ["Before"]);
    until_line(&desk, &["doctor"], |line| line["what"] == "writer" && line["level"] == "unhealthy").await;
    let answer = desk.ask(&["backup", "create", "--json"]).await;
    assert!(!answer.status.success(), "no backup is made of what may be lost");
    machine.durable(true);
    desk.visit_add("After", &[]).await;
    desk.kill9().await;
    desk.run().await;
    let visits = desk.list(&["visit", "list"]).await;
    let mut names = names(&visits);
    names.sort_unstable();
    assert_eq!(names, ["After", "Before"]);
    assert!(desk.ask(&["backup", "create", "--json"]).await.status.success());
    desk.verify().await;
}

/// Asks until a line of the answer is as wished.
async fn until_line(desk: &Desk, words: &[&str], wished: impl Fn(&Value) -> bool) {
    let deadline = tokio::time::Instant::now() + BOUND;
    let mut pace = tokio::time::interval(ASK_EVERY);
    loop {
        pace.tick().await;
        let answer = desk.ask(&[words, &["--json"]].concat()).await;
        let text = String::from_utf8(answer.stdout).expect("text");
        if text.lines().any(|line| wished(&serde_json::from_str(line).expect("an object a line"))) {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "{words:?} stays {text}");
    }
}

/// Waits until so many copies are there, all of them verified, and a drill has been held if one is due.
async fn until_copies(desk: &Desk, count: usize, drilled: bool) {
    until_line(desk, &["backup", "list"], |view| {
        let verified = copies(view).iter().filter(|copy| copy["verified"].is_string()).count();
        verified == count && view["work"].is_null() && (!drilled || view["drill"].is_object())
    })
    .await;
}

/// Whole hours from now to the newest verified one.
fn hours_ahead(view: &Value) -> i64 {
    let verified: Option<jiff::Timestamp> = view["verified"].as_str().and_then(|at| at.parse().ok());
    verified.expect("a moment").duration_since(jiff::Timestamp::now()).as_hours()
}

/// Makes a backup, once nothing else is being done.
async fn made(desk: &Desk) -> Value {
    loop {
        let answer = desk.ask(&["backup", "create", "--json"]).await;
        if answer.status.success() {
            return answer.only();
        }
        assert!(answer.stderr.contains("already"), "{}", answer.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_makes_backups_due_and_never_keeps_them_from_being_made() {
    let mut desk = Desk::new();
    let machine = Machine::under(&mut desk);
    Browser::at_work(&mut desk).await;
    desk.ask(&["backup", "create", "--json"]).await.only();
    // Two days go by at once, as after a battery died: the missed one is made up for.
    machine.clock(48);
    until_copies(&desk, 2, false).await;
    // A year too far, for as long as it takes to be noticed.
    machine.clock(400 * 24);
    until_copies(&desk, 3, true).await;
    machine.clock(0);
    let view = made(&desk).await;
    assert_eq!(copies(&view).len(), 4, "nothing went for those that are dated ahead");
    assert_eq!(hours_ahead(&view), 0, "the newest is the one of now");
    // The next night's is made, though one of a year later lies there.
    machine.clock(24);
    until_line(&desk, &["backup", "list"], |view| hours_ahead(view) == 23 && view["work"].is_null()).await;
    let before = copies(&made(&desk).await).len();
    machine.clock(-24 * 365);
    let view = made(&desk).await;
    assert_eq!(copies(&view).len(), before + 1, "{view}");
    desk.verify().await;
}

/// A disk of its own, gone when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where only an administrator may have one.
    fn at(folder: PathBuf, size: &str) -> Option<Self> {
        std::fs::create_dir_all(&folder).expect("a folder");
        let options = format!("size={size},mode=700");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&folder).status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(folder))
    }

    /// Leaves room for so many bytes.
    fn fill(&self, left: usize) {
        use std::io::Write;
        let mut file = std::fs::File::create(self.0.join("filler")).expect("a file");
        let block = [0; 4_096];
        while file.write_all(&block).is_ok() {}
        let size = file.metadata().expect("its size").len();
        file.set_len(size.saturating_sub(left as u64)).expect("shorter");
    }

    fn empty(&self) {
        std::fs::remove_file(self.0.join("filler")).expect("it was full");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_is_said_and_survived_by_backups_too() {
    let mut desk = Desk::new();
    let Some(disk) = SmallDisk::at(desk.data(), "24m") else {
        eprintln!("skipped: nobody but an administrator may mount a small disk");
        return;
    };
    desk.run().await;
    desk.visit_add("Before", &[]).await;
    let made = desk.ask(&["backup", "create", "--json"]).await.only();
    // Room for a visit, none for a copy of the database.
    disk.fill(128 * 1_024);
    let answer = desk.ask(&["backup", "create", "--json"]).await;
    assert!(!answer.status.success());
    assert!(answer.stderr.contains("full") || answer.stderr.contains("No space"), "{}", answer.stderr);
    let view: Value = serde_json::from_slice(&answer.stdout).expect("a view");
    assert_eq!(copies(&view), copies(&made), "what was there stays");
    assert!(!desk.data().join("backup.work").exists(), "and nothing half done takes up room");
    // Room for nothing, but for what the write-ahead log has already.
    disk.fill(0);
    let mut confirmed = vec!["Before".to_owned()];
    let said = loop {
        let visitor = format!("Visitor {}", confirmed.len());
        let words = ["visit", "add", "--visitor", &visitor, "--host", "Boris Petrov"];
        let answer = desk.ask(&words).await;
        if !answer.status.success() {
            break answer.stderr;
        }
        confirmed.push(visitor);
    };
    assert!(said.contains("full"), "{said}");
    disk.empty();
    confirmed.push("After".to_owned());
    desk.visit_add("After", &[]).await;
    let view = desk.ask(&["backup", "create", "--json"]).await.only();
    assert_eq!(copies(&view).len(), 2);
    let visits = desk.list(&["visit", "list"]).await;
    let mut there = names(&visits);
    there.sort_unstable();
    confirmed.sort_unstable();
    assert_eq!(there, confirmed);
    desk.verify().await;
    desk.stop().await;
}
