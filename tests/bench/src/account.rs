//! The account of what Vakhta wrote down, against what the devices logged. Every event is about
//! a person of its own, so that it is known again whatever number or epoch it was given.

use std::collections::{HashMap, HashSet};

use anyhow::ensure;
use isapi_sim::{Handle, LogEntry};
use vakhta_app::view::PassageView;

use crate::child::Asked;

const PAGE: u32 = 5_000;

struct Seen {
    device: String,
    epoch: u32,
    serial: Option<u64>,
    code: (u32, u32),
}

/// What was read of the passages, in the order in which they were written down.
#[derive(Default)]
pub(crate) struct Account {
    after: i64,
    last: Option<String>,
    seen: HashMap<String, Seen>,
    violations: Vec<String>,
}

/// A simulated device under the name that Vakhta knows it by.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) device: Handle,
}

/// An event that Vakhta does not have.
#[derive(Clone, Debug)]
pub(crate) struct Missing {
    pub(crate) device: String,
    pub(crate) entry: LogEntry,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let LogEntry { epoch, serial, time, .. } = &self.entry;
        write!(f, "{}: serial {serial} of the device's life {epoch} ({time})", self.device)
    }
}

impl Account {
    /// Reads what has come since. Returns how many there are in all.
    pub(crate) async fn read(&mut self, asked: &mut Asked) -> anyhow::Result<usize> {
        loop {
            let page = asked.passages(self.after, PAGE).await?;
            let more = page.len() >= PAGE as usize;
            page.into_iter().for_each(|passage| self.take(passage));
            if !more {
                return Ok(self.seen.len());
            }
        }
    }

    fn take(&mut self, passage: PassageView) {
        self.after = passage.row;
        let PassageView { device, serial, epoch, major, minor, person_no, .. } = passage;
        let Some(person) = person_no else {
            self.violations.push(format!("{device}: serial {serial:?} of nobody, which nothing sent"));
            return;
        };
        self.last = Some(person.clone());
        let seen = Seen { device, epoch, serial, code: (major, minor) };
        if let Some(before) = self.seen.get(&person) {
            self.violations.push(format!(
                "{}: written twice: serial {:?} of epoch {} and serial {serial:?} of epoch {epoch}",
                before.device, before.serial, before.epoch
            ));
            return;
        }
        self.seen.insert(person, seen);
    }

    /// After a restart: what had been shown before is still there.
    pub(crate) async fn confirm(&mut self, asked: &mut Asked) -> anyhow::Result<()> {
        let Some(last) = &self.last else { return Ok(()) };
        let page = asked.passages(self.after - 1, 1).await?;
        let there = page.first().is_some_and(|passage| passage.person_no.as_ref() == Some(last));
        if !there {
            self.violations.push(format!("row {} had been shown, and is gone after a restart", self.after));
        }
        Ok(())
    }

    pub(crate) fn count(&self) -> usize {
        self.seen.len()
    }

    pub(crate) fn violations(&self) -> &[String] {
        &self.violations
    }

    /// Compares with everything that the devices ever logged; returns what is missing. What is
    /// twice, wrong or invented becomes a violation.
    pub(crate) fn compare(&mut self, devices: &[Known]) -> Vec<Missing> {
        let mut missing = Vec::new();
        let mut expected = HashSet::new();
        let mut lives: HashMap<(String, u32), u32> = HashMap::new();
        let mut epochs: HashMap<(String, u32), u32> = HashMap::new();
        for Known { name, device } in devices {
            for entry in device.everything() {
                let Some(person) = entry.person_no.clone() else { continue };
                let Some(seen) = self.seen.get(&person) else {
                    expected.insert(person);
                    missing.push(Missing { device: name.clone(), entry });
                    continue;
                };
                let right = seen.device == *name
                    && seen.serial == Some(entry.serial)
                    && seen.code == (entry.major, entry.minor);
                if !right {
                    self.violations.push(format!(
                        "{name}: serial {} ({}/{}) was written as serial {:?} ({}/{}) of {}",
                        entry.serial,
                        entry.major,
                        entry.minor,
                        seen.serial,
                        seen.code.0,
                        seen.code.1,
                        seen.device
                    ));
                }
                let life = *lives.entry((name.clone(), seen.epoch)).or_insert(entry.epoch);
                let epoch = *epochs.entry((name.clone(), entry.epoch)).or_insert(seen.epoch);
                if life != entry.epoch || epoch != seen.epoch {
                    self.violations.push(format!(
                        "{name}: serial {} of the device's life {} was written in epoch {}; that epoch is life \
                         {life}, that life is epoch {epoch}",
                        entry.serial, entry.epoch, seen.epoch
                    ));
                }
                expected.insert(person);
            }
        }
        let invented = self.seen.keys().filter(|person| !expected.contains(*person)).count();
        if invented > 0 {
            self.violations.push(format!("{invented} passages that no device logged"));
        }
        missing
    }
}

/// The chain is whole.
pub(crate) async fn journal_is_whole(asked: &mut Asked) -> anyhow::Result<u64> {
    let report = asked.journal().await?;
    ensure!(report.whole, "the journal is broken: {}", report.broken.unwrap_or_default());
    Ok(report.operations)
}
