//! The alert stream as a task: bytes to notices. It decides nothing; what it tells wakes the
//! reading of the log.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use vakhta_app::device::{Cause, DeviceInbox};
use vakhta_domain::device_event::DeviceEvent;
use vakhta_domain::passage::LogEntry;

use crate::client::{Client, ClientError};
use crate::event::{Alert, EventError, alerts};
use crate::multipart::{Part, Splitter, StreamItem};
use crate::node;

/// Where streams are found; the second is what some old firmware has.
const TARGETS: [&str; 2] = ["/ISAPI/Event/notification/alertStream", "/Event/notification/alertStream"];
/// Notices that wait for the reader; beyond them the stream itself waits.
const NOTICES: usize = 256;

/// What a stream told.
#[derive(Debug)]
pub(crate) enum Notice {
    /// Some bytes, whatever they are.
    Bytes,
    /// The device is alive.
    Heartbeat,
    /// Something happened.
    Event(Box<DeviceEvent>, Timestamp),
    /// The picture of an event told before.
    Picture(LogEntry, Vec<u8>),
    /// Something that could not be read; the stream goes on.
    Malformed(String),
    /// The stream has ended; with how many whole parts it told.
    Ended(Cause, u64),
}

/// An open stream; closed when dropped.
pub(crate) struct Stream {
    /// What it tells.
    pub(crate) notices: mpsc::Receiver<Notice>,
    task: JoinHandle<()>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Opens a device's stream.
///
/// # Errors
/// When the device has none, or somebody else holds it.
pub(crate) async fn open<I: DeviceInbox>(
    client: &Client,
    inbox: &std::sync::Arc<I>,
) -> Result<Stream, ClientError> {
    let response = opened(client).await?;
    let (tell, notices) = mpsc::channel(NOTICES);
    let task = tokio::spawn(read(response, tell, std::sync::Arc::clone(inbox)));
    Ok(Stream { notices, task })
}

async fn opened(client: &Client) -> Result<reqwest::Response, ClientError> {
    match client.open(TARGETS[0]).await {
        Err(ClientError::Status { http: 404, .. }) => client.open(TARGETS[1]).await,
        other => other,
    }
}

/// Whether the device has a stream at all. It is closed again at once.
pub(crate) async fn can_open(client: &Client) -> bool {
    opened(client).await.is_ok()
}

async fn read<I: DeviceInbox>(
    mut response: reqwest::Response,
    tell: mpsc::Sender<Notice>,
    inbox: std::sync::Arc<I>,
) {
    let content_type = response.headers().get(reqwest::header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut splitter = Splitter::new(content_type.as_deref());
    let mut parts = Parts::default();
    let ended = loop {
        match response.chunk().await {
            Ok(Some(bytes)) => {
                // The wake-up comes first: an event whose part is not whole yet may be in the
                // log already.
                if tell.send(Notice::Bytes).await.is_err() {
                    return;
                }
                for item in splitter.feed(&bytes) {
                    for notice in parts.understand(item, inbox.now()) {
                        if tell.send(notice).await.is_err() {
                            return;
                        }
                    }
                }
            }
            Ok(None) => break Cause::StreamClosed,
            Err(_) => break Cause::StreamBroke,
        }
    };
    for item in splitter.finish() {
        for notice in parts.understand(item, inbox.now()) {
            let _ = tell.send(notice).await;
        }
    }
    let _ = tell.send(Notice::Ended(ended, parts.whole)).await;
}

/// Pictures belong to the event before them.
#[derive(Default)]
struct Parts {
    last_event: Option<LogEntry>,
    whole: u64,
}

impl Parts {
    fn understand(&mut self, item: StreamItem, now: Timestamp) -> Vec<Notice> {
        let part = match item {
            StreamItem::Part(part) => part,
            StreamItem::Malformed { reason, .. } => return vec![Notice::Malformed(reason)],
        };
        self.whole += 1;
        if is_picture(&part) {
            let entry = self.last_event.clone();
            return entry.map(|entry| Notice::Picture(entry, part.body)).into_iter().collect();
        }
        match node::parse(&part.body) {
            Ok(node) => alerts(&node).into_iter().filter_map(|alert| self.notice(alert, now)).collect(),
            Err(why) => vec![Notice::Malformed(why.to_string())],
        }
    }

    fn notice(&mut self, alert: Result<Alert, EventError>, now: Timestamp) -> Option<Notice> {
        match alert {
            Ok(Alert::Heartbeat { .. }) => Some(Notice::Heartbeat),
            Ok(Alert::Access(event)) => {
                self.last_event = Some(LogEntry::of(&event));
                Some(Notice::Event(event, now))
            }
            Ok(Alert::Plate(_) | Alert::Other { .. }) => {
                self.last_event = None;
                None
            }
            Err(why) => Some(Notice::Malformed(why.to_string())),
        }
    }
}

fn is_picture(part: &Part) -> bool {
    part.body.starts_with(&[0xff, 0xd8])
        || part.content_type.as_deref().is_some_and(|kind| kind.trim_start().starts_with("image/"))
}

/// Learns how far apart a device's heartbeats are, and tells when it has been silent too long.
#[derive(Clone, Debug)]
pub(crate) struct Silence {
    heard: Timestamp,
    heartbeat: Option<Timestamp>,
    gaps: Vec<Duration>,
}

/// Until a device has shown its own interval: terminals send one about every 30 s.
const USUAL: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(60);

impl Silence {
    /// The stream has just been opened.
    pub(crate) fn begin(now: Timestamp, learned: Option<Duration>) -> Self {
        Self { heard: now, heartbeat: None, gaps: learned.into_iter().collect() }
    }

    pub(crate) fn bytes(&mut self, now: Timestamp) {
        self.heard = now;
    }

    pub(crate) fn heartbeat(&mut self, now: Timestamp) {
        if let Some(before) = self.heartbeat.replace(now) {
            let gap = now.duration_since(before).unsigned_abs();
            if self.gaps.len() >= 5 {
                self.gaps.remove(0);
            }
            self.gaps.push(gap.min(LONGEST));
        }
    }

    /// The longest of the last gaps.
    pub(crate) fn interval(&self) -> Option<Duration> {
        self.gaps.iter().max().copied()
    }

    pub(crate) fn heard(&self) -> Timestamp {
        self.heard
    }

    fn silent_for(&self, now: Timestamp) -> Duration {
        let silent = now.duration_since(self.heard);
        if silent.is_negative() { Duration::ZERO } else { silent.unsigned_abs() }
    }

    /// Longer than a heartbeat should take, with some grace.
    pub(crate) fn is_overdue(&self, now: Timestamp) -> bool {
        let interval = self.interval().unwrap_or(USUAL);
        self.silent_for(now) > interval + (interval / 7).max(Duration::from_secs(3))
    }

    /// Three heartbeats did not come.
    pub(crate) fn is_dead(&self, now: Timestamp) -> bool {
        let three = self.interval().unwrap_or(USUAL) * 3;
        self.is_overdue(now) && self.silent_for(now) > three.max(Duration::from_secs(10))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000).unwrap() + SignedDuration::from_millis(millis)
    }

    #[test]
    fn a_terminal_is_overdue_soon_after_its_usual_half_minute() {
        let silence = Silence::begin(at(0), None);
        assert!(!silence.is_overdue(at(34_000)));
        assert!(silence.is_overdue(at(35_000)), "noticed within 40 s");
        assert!(!silence.is_dead(at(60_000)));
        assert!(silence.is_dead(at(91_000)));
    }

    #[test]
    fn the_interval_is_learned_from_the_device() {
        let mut silence = Silence::begin(at(0), None);
        for beat in 0..6 {
            silence.bytes(at(beat * 10_000));
            silence.heartbeat(at(beat * 10_000));
        }
        assert_eq!(silence.interval(), Some(Duration::from_secs(10)));
        assert!(!silence.is_overdue(at(62_000)));
        assert!(silence.is_overdue(at(63_500)));
        assert!(silence.is_dead(at(81_000)));
    }

    #[test]
    fn any_bytes_are_a_sign_of_life_and_a_clock_set_back_is_none_of_death() {
        let mut silence = Silence::begin(at(0), Some(Duration::from_millis(300)));
        silence.bytes(at(5_000));
        assert!(!silence.is_overdue(at(8_000)));
        assert!(silence.is_overdue(at(8_500)));
        assert!(!silence.is_overdue(at(-3_600_000)));
    }
}
