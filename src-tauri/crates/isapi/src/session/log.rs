//! The log's side of a session: when it is read, and what of it is settled.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use vakhta_app::device::{Anchor, Batch, Cause, DeviceInbox, EpochReason, Reason, ReceivedEvent};
use vakhta_domain::device_event::DeviceEvent;
use vakhta_domain::device_time::{DRIFT_LIMIT, DeviceClock};
use vakhta_domain::ids::EventSerial;
use vakhta_domain::passage::LogEntry;

use super::{Listening, NOT_FOUND, PICTURES, Session};
use crate::client::ClientError;
use crate::driver::{End, scatter};
use crate::log_cursor::{Announced, LogCursor, LogVerdict, verdict};
use crate::probe::is_still;
use crate::reading::{Beginning, Run, has_no_search};
use crate::time::device_time;

/// An announced event is looked for after 50 ms, then twice as long each time, up to 800 ms.
const LAST_RETRY: u32 = 5;

/// A log that has lost its anchor is looked at again after this long before that is believed.
const SURELY: Duration = Duration::from_secs(2);
/// The same where the stream contradicts the log as well.
const SOON: Duration = Duration::from_millis(50);

impl<I: DeviceInbox> Session<'_, I> {
    /// Reads soon, but not sooner after the last reading than that reading took: a slow device
    /// is asked less often, and what it tells in the meantime is read together.
    pub(super) fn wake(&mut self, at_least: Duration) {
        let at = Instant::now() + at_least.max(self.gap());
        self.next_read = self.next_read.min(at);
    }

    fn gap(&self) -> Duration {
        self.read_took.clamp(Duration::from_millis(2), Duration::from_millis(500))
    }

    pub(super) fn plan_next_read(&mut self) {
        let pause = match &self.listening {
            _ if self.cursor.awaiting() => {
                self.retries = (self.retries + 1).min(LAST_RETRY);
                Duration::from_millis(25) * (1 << self.retries)
            }
            Listening::Open { .. } if self.silent_since.is_none() => scatter(self.settings.sweep),
            _ => scatter(self.settings.poll),
        };
        // What woke it during the reading counts.
        let now = Instant::now();
        self.next_read = self.next_read.min(now + pause).max(now + self.gap());
    }

    pub(super) async fn read_log(&mut self) -> Result<(), End> {
        if self.no_search {
            self.next_read = Instant::now() + scatter(self.settings.sweep);
            return Ok(self.client.get("/ISAPI/System/deviceInfo").await.map(|_| ())?);
        }
        let begun = Instant::now();
        self.next_read = begun + self.settings.sweep * 2;
        let read_up_to = self.inbox.now();
        let outcome = self.run_search().await;
        self.read_took = begun.elapsed();
        self.plan_next_read();
        match outcome {
            Ok(()) => {
                self.read_failures = 0;
                if self.trouble.take().is_some() {
                    self.show();
                }
                if !self.cursor.awaiting() {
                    self.reporter.condition.read_up_to = Some(read_up_to);
                }
                self.reporter.condition.heard = Some(self.inbox.now());
                self.reporter.tell();
                self.keep_pictures().await
            }
            Err(End::Lost(why)) if has_no_search(&why) => {
                self.no_search = true;
                self.show();
                self.take_overdue(SignedDuration::ZERO).await
            }
            // Once a connection may break; a second time running the device is lost.
            Err(End::Lost(ClientError::Broken(_) | ClientError::Unreachable(_)))
                if self.read_failures == 0 =>
            {
                self.read_failures = 1;
                self.next_read = Instant::now() + scatter(Duration::from_millis(200));
                Ok(())
            }
            Err(End::Lost(why @ (ClientError::Status { .. } | ClientError::Unreadable(_)))) => {
                tracing::warn!(device = %self.device, %why, "the log could not be searched");
                self.trouble = Some(Reason::new(Cause::LogNotSearchable, why.to_string()));
                self.show();
                self.next_read = Instant::now() + scatter(Duration::from_secs(2));
                // The log is not behind, it is away: the stream's own copy counts at once.
                self.take_overdue(SignedDuration::from_secs(1)).await
            }
            Err(other) => Err(other),
        }
    }

    pub(super) async fn run_search(&mut self) -> Result<(), End> {
        let beginning = Beginning {
            serial: self.cursor.begin(),
            time: self.anchor.as_ref().and_then(|anchor| anchor_time(anchor, &self.identity.clock)),
            clock: self.identity.clock,
            now: self.inbox.now(),
        };
        let mut run = Run::from(beginning, self.manners)?;
        let mut all = Vec::new();
        let mut met = false;
        let newest = self.cursor.newest();
        let smells_truncated = loop {
            let page = run.next(self.client, &mut self.manners).await?;
            if page.unreadable > 0 {
                tracing::warn!(device = %self.device, entries = page.unreadable, "entries could not be read");
            }
            all.extend(page.events.iter().filter(|event| event.serial.is_some()).cloned());
            met = met || met_again(self.anchor.as_ref(), &page.events);
            if met {
                self.take(page.events).await?;
            }
            self.drain_notices().await?;
            if page.last {
                break page.smells_truncated;
            }
        };
        let cleared = self.anchor.as_ref().is_some_and(|anchor| verdict(anchor, &all) == LogVerdict::Cleared);
        if cleared {
            // Said once it may be a slip of the device, said again a while later it is so; at once
            // where the stream contradicts the log as well.
            let first = self.seems_cleared.is_none();
            let since = *self.seems_cleared.get_or_insert_with(Instant::now);
            let patience = if self.suspects.is_empty() { SURELY } else { SOON };
            if first || since.elapsed() < patience {
                self.next_read = self.next_read.min(since + patience);
                return Ok(());
            }
            self.seems_cleared = None;
            if !is_still(self.client, &self.identity.hardware).await? {
                return self.swapped().await;
            }
            self.begin_epoch().await?;
            self.wake(Duration::ZERO);
            return Ok(());
        }
        self.seems_cleared = None;
        for (suspect, _) in self.suspects.drain(..) {
            self.cursor.trust(&suspect);
        }
        self.take(all).await?;
        self.cursor.on_run_complete(self.inbox.now(), smells_truncated);
        self.take_overdue(NOT_FOUND).await?;
        let anchor = self.cursor.settle();
        self.record(Vec::new(), anchor).await?;
        if smells_truncated && self.cursor.newest() > newest {
            self.wake(Duration::ZERO);
        }
        Ok(())
    }

    /// What the stream tells during a long run is taken note of between its pages.
    pub(super) async fn drain_notices(&mut self) -> Result<(), End> {
        while let Listening::Open { stream, .. } = &mut self.listening {
            match stream.notices.try_recv() {
                Ok(notice) => Box::pin(self.heed(notice)).await?,
                Err(_) => break,
            }
        }
        Ok(())
    }

    /// Writes down what is new of a page.
    pub(super) async fn take(&mut self, events: Vec<DeviceEvent>) -> Result<(), End> {
        let now = self.inbox.now();
        let heard: HashMap<EventSerial, Timestamp> = events
            .iter()
            .filter_map(|event| Some((event.serial?, self.cursor.announced_at(event.serial?)?)))
            .collect();
        let new = self.cursor.take_new(events);
        if new.is_empty() {
            return Ok(());
        }
        let received: Vec<ReceivedEvent> = new
            .into_iter()
            .map(|event| {
                let announced_current = event.serial.and_then(|serial| self.cursor.announced_current(serial));
                // A log that shows its events late does not make them happen later.
                let heard = event.serial.and_then(|serial| heard.get(&serial).copied());
                ReceivedEvent { event, received: heard.unwrap_or(now).min(now), announced_current }
            })
            .collect();
        let stepped_back = self.stepped_back(&received);
        if stepped_back || received.iter().any(|event| disproves(&self.identity.clock, event)) {
            self.measure().await?;
        }
        for new in &received {
            if let Some(url) = &new.event.picture_url {
                self.to_fetch.push_back((LogEntry::of(&new.event), url.clone()));
            }
        }
        while self.to_fetch.len() > PICTURES {
            self.to_fetch.pop_front();
        }
        let anchor = self.cursor.settle();
        self.record(received, anchor).await
    }

    /// Whether an event is told to be earlier than one that stands before it in the log: the
    /// device's clock was set back in between.
    fn stepped_back(&mut self, received: &[ReceivedEvent]) -> bool {
        let offset = self.identity.clock.offset;
        let mut told: Vec<(EventSerial, Timestamp)> = received
            .iter()
            .filter_map(|new| Some((new.event.serial?, new.event.time.as_ref()?.instant(offset)?)))
            .collect();
        told.sort_unstable();
        let mut back = false;
        for (serial, at) in told {
            match self.newest_told {
                Some((before, _)) if serial <= before => {}
                newest => {
                    back |= newest.is_some_and(|(_, before)| before.duration_since(at) > DRIFT_LIMIT);
                    self.newest_told = Some((serial, at));
                }
            }
        }
        back
    }

    pub(super) async fn take_overdue(&mut self, limit: SignedDuration) -> Result<(), End> {
        let overdue: Vec<ReceivedEvent> =
            self.cursor.overdue(self.inbox.now(), limit).into_iter().map(Announced::received).collect();
        if overdue.is_empty() {
            return Ok(());
        }
        tracing::warn!(device = %self.device, events = overdue.len(), "not found in the log; taken from the stream");
        let anchor = self.cursor.settle();
        self.record(overdue, anchor).await
    }

    pub(super) async fn record(
        &mut self,
        events: Vec<ReceivedEvent>,
        settled: Option<Anchor>,
    ) -> Result<(), End> {
        if events.is_empty() && settled.is_none() {
            return Ok(());
        }
        let batch = Batch {
            device: self.device,
            epoch: self.epoch,
            clock: self.identity.clock,
            events,
            settled: settled.clone(),
        };
        self.inbox.record(batch).await.map_err(|why| End::NotWritten(why.to_string()))?;
        if settled.is_some() {
            self.anchor = settled;
        }
        Ok(())
    }

    /// What the stream told of a log that is gone can be had from nowhere else. What it told
    /// after its first contradiction is of the new log, and stands there.
    async fn save_told(&mut self) -> Result<(), End> {
        let until = self.suspects.iter().map(|(_, heard)| *heard).min().unwrap_or(Timestamp::MAX);
        let told = self.cursor.told_before(until).into_iter().map(Announced::received).collect();
        self.record(told, None).await
    }

    /// Other hardware answers: this session has nothing more to read.
    pub(super) async fn swapped(&mut self) -> Result<(), End> {
        self.hear_out();
        self.save_told().await?;
        Err(End::Swapped)
    }

    pub(super) async fn begin_epoch(&mut self) -> Result<(), End> {
        self.save_told().await?;
        let next = self.inbox.next_epoch(self.device, &self.identity.hardware, EpochReason::LogCleared);
        let position = next.await.map_err(|why| End::NotWritten(why.to_string()))?;
        self.epoch = position.epoch;
        self.anchor = None;
        self.newest_told = None;
        self.cursor = LogCursor::resume(None);
        for (suspect, heard) in self.suspects.drain(..) {
            self.cursor.announce(suspect, heard);
        }
        Ok(())
    }
}

/// Nothing is written of a run before the anchor has been met again: a log that was cleared
/// would be taken for the old one.
fn met_again(anchor: Option<&Anchor>, page: &[DeviceEvent]) -> bool {
    anchor.is_none_or(|anchor| {
        page.iter().any(|event| event.serial == Some(anchor.serial))
            && verdict(anchor, page) == LogVerdict::Same
    })
}

/// When the anchor happened by the device's own clock, as a search by time needs it.
fn anchor_time(anchor: &Anchor, clock: &DeviceClock) -> Option<Timestamp> {
    device_time(anchor.time_text.as_deref()?, None).instant(clock.offset)
}

/// A live event far from now says that the device's clock has moved since it was measured; so does
/// one of the future, whether or not the stream has told of it yet.
fn disproves(clock: &DeviceClock, received: &ReceivedEvent) -> bool {
    let live = received.announced_current == Some(true);
    let corrected = received.event.time.as_ref().and_then(|time| clock.corrected(time));
    corrected.is_some_and(|at| {
        let age = received.received.duration_since(at);
        age < -DRIFT_LIMIT || live && age > DRIFT_LIMIT
    })
}
