//! What `--json` tells of a passage, and what must be true of every device in the end.

use std::collections::BTreeMap;

use isapi_sim::Simulator;
use jiff::Timestamp;
use serde::Deserialize;

use crate::desk::Desk;

/// A passage in `passages --json` and in the feed.
#[derive(Clone, Debug, Deserialize)]
pub struct Passage {
    pub device: String,
    pub serial: Option<u64>,
    pub epoch: u32,
    pub major: u32,
    pub minor: u32,
    pub at: Timestamp,
    pub certainty: String,
    pub live: bool,
    pub direction: String,
    pub person_no: Option<String>,
    pub card_no: Option<String>,
    pub verdict: String,
    pub visit: Option<String>,
}

type Key = (u32, Option<u64>);
type Told = (u32, u32, Option<String>, Option<String>);

impl Passage {
    fn key(&self) -> Key {
        (self.epoch, self.serial)
    }

    fn told(&self) -> Told {
        (self.major, self.minor, self.person_no.clone(), self.card_no.clone())
    }
}

impl Desk {
    /// Everything that the device has ever logged is told by the feed and stands in the list,
    /// once, as the device logged it. The device's lives are ours counted from one.
    pub async fn all_once(&mut self, name: &str, device: &Simulator) {
        let logged: BTreeMap<Key, Told> = device
            .everything()
            .into_iter()
            .map(|entry| {
                let told = (entry.major, entry.minor, entry.person_no, entry.card_no);
                ((entry.epoch + 1, Some(entry.serial)), told)
            })
            .collect();
        self.all_told(name, logged.keys().copied().collect()).await;
        let listed = self.passages().await;
        let listed: Vec<Passage> = listed.into_iter().filter(|passage| passage.device == name).collect();
        assert_eq!(listed.len(), logged.len(), "{name}: as many are listed as were logged");
        let listed: BTreeMap<Key, Told> =
            listed.iter().map(|passage| (passage.key(), passage.told())).collect();
        for (key, told) in &logged {
            assert_eq!(listed.get(key), Some(told), "{name}: {key:?}");
        }
    }

    /// Waits until the feed has told all of these, and sees that it told each once and no other.
    pub async fn all_told(&mut self, name: &str, mut wanted: Vec<Key>) {
        let mut missing: std::collections::BTreeSet<Key> = wanted.iter().copied().collect();
        if !missing.is_empty() {
            let what = format!("all {} events of {name}", missing.len());
            self.feed()
                .until(&what, |item| {
                    missing.remove(&item.passage_of(name)?.key());
                    missing.is_empty().then_some(())
                })
                .await;
        }
        let mut told: Vec<Key> =
            self.feed().seen().iter().filter_map(|item| item.passage_of(name)).map(|p| p.key()).collect();
        told.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(told, wanted, "{name}: each once");
    }
}
