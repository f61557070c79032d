//! The live feed as tests follow it.

use std::process::Stdio;

use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{Instant, timeout_at};

use crate::desk::BOUND;
use crate::tell::Passage;

/// A line of the feed.
#[derive(Clone, Debug, Deserialize)]
pub struct Item {
    pub seq: i64,
    pub kind: String,
    pub item: Value,
}

impl Item {
    /// The passage that it tells, if it is one of this device.
    pub fn passage_of(&self, device: &str) -> Option<Passage> {
        if self.kind != "passage" || self.item["device"] != device {
            return None;
        }
        Some(serde_json::from_value(self.item.clone()).expect("a passage"))
    }
}

/// `vakhtad watch` as a child process, and what it has told so far.
pub struct Feed {
    seen: Vec<Item>,
    lines: Lines<BufReader<ChildStdout>>,
    child: Child,
}

impl Feed {
    pub fn follow(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a watch");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        Self { seen: Vec::new(), lines, child }
    }

    /// Everything that has been read of it.
    pub fn seen(&self) -> &[Item] {
        &self.seen
    }

    /// Gives every item to `wanted`, from the first on, each once, until that is satisfied.
    pub async fn until<T>(&mut self, what: &str, mut wanted: impl FnMut(&Item) -> Option<T>) -> T {
        if let Some(found) = self.seen.iter().find_map(&mut wanted) {
            return found;
        }
        let deadline = Instant::now() + BOUND;
        loop {
            let Ok(line) = timeout_at(deadline, self.lines.next_line()).await else {
                let tail: Vec<&Item> = self.seen.iter().rev().take(3).collect();
                panic!("not within {BOUND:?}: {what}. {} items came, the last: {tail:?}", self.seen.len());
            };
            let line =
                line.expect("the feed can be read").unwrap_or_else(|| panic!("the feed ended: {what}"));
            self.seen.push(serde_json::from_str(&line).unwrap_or_else(|why| panic!("{why}: {line}")));
            if let Some(found) = self.seen.last().and_then(&mut wanted) {
                return found;
            }
        }
    }

    /// Waits for the passage of a serial (in the log's first life).
    pub async fn passage(&mut self, device: &str, serial: u64) -> Passage {
        self.until(&format!("event {serial} of {device}"), |item| {
            item.passage_of(device).filter(|passage| passage.serial == Some(serial))
        })
        .await
    }

    /// Waits for a fact of a visit.
    pub async fn fact(&mut self, visit: &str, fact: &str) -> Value {
        self.until(&format!("{fact} of {visit}"), |item| {
            let fits = item.kind == "visit" && item.item["visit"]["id"] == visit && item.item["fact"] == fact;
            fits.then(|| item.item.clone())
        })
        .await
    }

    /// Ends the child at once.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("killed");
    }
}
