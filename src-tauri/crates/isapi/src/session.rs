//! A session: from the first answer of a device until it is lost. Catch up, listen, and read
//! the log whenever something says that there is more.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use vakhta_app::device::{
    Anchor, Batch, DeviceInbox, DeviceState, EpochReason, EventPicture, LogPosition, ReceivedEvent, drift_ms,
};
use vakhta_domain::device_event::DeviceEvent;
use vakhta_domain::device_time::{DRIFT_LIMIT, DeviceClock};
use vakhta_domain::ids::{DeviceId, Epoch};
use vakhta_domain::passage::LogEntry;

use crate::client::{Client, ClientError};
use crate::driver::{End, Reporter, Settings, back_off, scatter};
use crate::log_cursor::{Announcement, LogCursor, LogVerdict, verdict};
use crate::probe::{Identity, measure};
use crate::reading::{Beginning, Manners, Run, has_no_search};
use crate::status::StatusKind;
use crate::stream::{self, Notice, Silence, Stream};
use crate::time::device_time;

/// Bytes that announce nothing wake the reading at most this often.
const UNSAID: Duration = Duration::from_secs(1);
/// An announced event that the log does not show within this time is taken from the stream.
const NOT_FOUND: SignedDuration = SignedDuration::from_secs(30);
/// A silent device is asked whether it lives this often.
const ASK: Duration = Duration::from_secs(10);
/// Pictures that wait for their event; older ones are given up.
const PICTURES: usize = 64;
/// A stream that ends within this time of its opening was no use.
const USELESS: Duration = Duration::from_secs(5);

/// How the stream is.
enum Listening {
    /// Open.
    Open { stream: Stream, since: Instant, silent: bool },
    /// Not there; to be tried again at a time.
    Closed { reason: String, again: Instant },
}

pub(crate) struct Session<'a, I: DeviceInbox> {
    client: &'a Arc<Client>,
    device: DeviceId,
    inbox: &'a Arc<I>,
    settings: &'a Settings,
    reporter: &'a mut Reporter<I>,
    identity: Identity,
    epoch: Epoch,
    anchor: Option<Anchor>,
    cursor: LogCursor,
    manners: Manners,
    /// The device has no event search: its stream is the record.
    no_search: bool,
    listening: Listening,
    silence: Silence,
    stream_failures: u32,
    /// Live events that contradict the log as it was: it may have been cleared.
    suspects: Vec<(DeviceEvent, Timestamp)>,
    /// Connections that broke in a row while reading.
    read_failures: u32,
    /// Why the log cannot be read at the moment.
    trouble: Option<String>,
    /// The last run looked as if the log had begun anew.
    seems_cleared: bool,
    next_read: Instant,
    read_took: Duration,
    retries: u32,
    next_measure: Instant,
    next_ask: Instant,
    pictures: VecDeque<(LogEntry, Vec<u8>)>,
    /// Pictures that the log says the device keeps, newest last.
    to_fetch: VecDeque<(LogEntry, String)>,
}

enum Next {
    Notice(Option<Notice>),
    Read,
    Stream,
    Measure,
    Watch,
    Fetch,
}

impl<'a, I: DeviceInbox> Session<'a, I> {
    pub(crate) fn new(
        client: &'a Arc<Client>,
        device: DeviceId,
        inbox: &'a Arc<I>,
        settings: &'a Settings,
        reporter: &'a mut Reporter<I>,
        identity: Identity,
        position: LogPosition,
    ) -> Self {
        let now = Instant::now();
        let learned = reporter.condition.heartbeat_ms.map(Duration::from_millis);
        Self {
            client,
            device,
            inbox,
            settings,
            reporter,
            identity,
            epoch: position.epoch,
            cursor: LogCursor::resume(position.anchor.clone()),
            anchor: position.anchor,
            manners: Manners::default(),
            no_search: false,
            listening: Listening::Closed { reason: "its event stream is being opened".into(), again: now },
            silence: Silence::begin(inbox.now(), learned),
            stream_failures: 0,
            suspects: Vec::new(),
            read_failures: 0,
            trouble: None,
            seems_cleared: false,
            next_read: now,
            read_took: Duration::ZERO,
            retries: 0,
            next_measure: now + settings.measure,
            next_ask: now,
            pictures: VecDeque::new(),
            to_fetch: VecDeque::new(),
        }
    }

    pub(crate) async fn run(&mut self) -> End {
        match Manners::learn(self.client).await {
            Ok(manners) => self.manners = manners,
            Err(why) => return why.into(),
        }
        // The stream first, then the log: what happens in between is announced.
        self.open_stream().await;
        loop {
            let step = match self.next().await {
                Next::Notice(Some(notice)) => self.heed(notice).await,
                Next::Notice(None) => self.stream_ended("its event stream ended".into(), 0),
                Next::Read => self.read_log().await,
                Next::Stream => {
                    self.open_stream().await;
                    Ok(())
                }
                Next::Measure => self.measure().await,
                Next::Watch => self.watch_silence().await,
                Next::Fetch => self.fetch_picture().await,
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn next(&mut self) -> Next {
        let (read_at, measure_at, now) = (self.next_read, self.next_measure, Instant::now());
        if read_at <= now {
            return Next::Read;
        }
        if !self.to_fetch.is_empty() {
            return Next::Fetch;
        }
        match &mut self.listening {
            Listening::Open { stream, .. } => tokio::select! {
                biased;
                notice = stream.notices.recv() => Next::Notice(notice),
                () = tokio::time::sleep_until(read_at) => Next::Read,
                () = tokio::time::sleep_until(measure_at) => Next::Measure,
                () = tokio::time::sleep(Duration::from_millis(500)) => Next::Watch,
            },
            Listening::Closed { again, .. } => tokio::select! {
                () = tokio::time::sleep_until(*again) => Next::Stream,
                () = tokio::time::sleep_until(read_at) => Next::Read,
                () = tokio::time::sleep_until(measure_at) => Next::Measure,
            },
        }
    }

    // --- the stream ---

    async fn open_stream(&mut self) {
        // One stream per device: the old one is closed before the new one is opened.
        self.listening = Listening::Closed { reason: String::new(), again: Instant::now() };
        match stream::open(self.client, self.inbox).await {
            Ok(stream) => {
                self.silence = Silence::begin(self.inbox.now(), self.silence.interval());
                self.listening = Listening::Open { stream, since: Instant::now(), silent: false };
                self.wake(Duration::ZERO);
            }
            Err(why) => {
                let reason = match &why {
                    ClientError::Status { http: 404, .. } => "it has no event stream".to_owned(),
                    ClientError::Status { status, .. } if status.kind() == StatusKind::NotSupported => {
                        "it has no event stream".to_owned()
                    }
                    ClientError::Status { status, .. } if status.kind() == StatusKind::ArmedElsewhere => {
                        "another program holds its event stream".to_owned()
                    }
                    other => format!("its event stream does not open: {other}"),
                };
                self.close_stream(reason);
            }
        }
        self.show();
    }

    fn close_stream(&mut self, reason: String) {
        self.stream_failures += 1;
        let pause = back_off(
            &Settings {
                back_off: (self.settings.back_off.0, self.settings.back_off.1 * 2),
                ..self.settings.clone()
            },
            self.stream_failures,
        );
        self.listening = Listening::Closed { reason, again: Instant::now() + pause };
        self.wake(Duration::ZERO);
    }

    fn stream_ended(&mut self, reason: String, parts: u64) -> Result<(), End> {
        let useful = match &self.listening {
            Listening::Open { since, .. } => parts > 0 || since.elapsed() > USELESS,
            Listening::Closed { .. } => false,
        };
        if useful {
            self.stream_failures = 0;
        }
        let reason =
            if useful { reason } else { "its event stream closes as soon as it is opened".to_owned() };
        self.close_stream(reason);
        self.show();
        Ok(())
    }

    async fn heed(&mut self, notice: Notice) -> Result<(), End> {
        let now = self.inbox.now();
        match notice {
            Notice::Bytes => {
                self.silence.bytes(now);
                self.heard(now);
                self.wake(UNSAID);
            }
            Notice::Heartbeat => {
                self.silence.heartbeat(now);
                self.stream_failures = 0;
                let interval = self.silence.interval();
                self.reporter.condition.heartbeat_ms =
                    interval.map(|gap| u64::try_from(gap.as_millis()).unwrap_or(u64::MAX));
            }
            Notice::Event(event, received) => {
                self.stream_failures = 0;
                return self.announced(*event, received).await;
            }
            Notice::Picture(entry, jpeg) => {
                if self.pictures.len() >= PICTURES {
                    self.pictures.pop_front();
                }
                self.pictures.push_back((entry, jpeg));
                return self.keep_pictures().await;
            }
            Notice::Malformed(why) => {
                tracing::warn!(device = %self.device, %why, "a part of the stream could not be read");
            }
            Notice::Ended(reason, parts) => return self.stream_ended(reason, parts),
        }
        Ok(())
    }

    async fn announced(&mut self, event: DeviceEvent, received: Timestamp) -> Result<(), End> {
        if self.no_search || event.serial.is_none() {
            return self.take_from_stream(event, received).await;
        }
        match self.cursor.announce(event.clone(), received) {
            Announcement::Known => return Ok(()),
            Announcement::New => {}
            Announcement::Suspicious => self.suspects.push((event, received)),
        }
        self.retries = 0;
        self.wake(Duration::ZERO);
        Ok(())
    }

    /// The stream itself is the record: where there is no search, or no number to search by.
    async fn take_from_stream(&mut self, event: DeviceEvent, received: Timestamp) -> Result<(), End> {
        if event.serial.is_some() && self.cursor.announce(event.clone(), received) == Announcement::Suspicious
        {
            self.begin_epoch().await?;
            self.cursor.announce(event.clone(), received);
        }
        let current = event.current;
        let new = self.cursor.take_new(vec![event]);
        self.cursor.on_run_complete(received, false);
        let anchor = self.cursor.settle();
        let received = new
            .into_iter()
            .map(|event| ReceivedEvent { event, received, announced_current: current })
            .collect();
        self.record(received, anchor).await?;
        self.reporter.condition.read_up_to = Some(self.inbox.now());
        self.keep_pictures().await
    }

    async fn watch_silence(&mut self) -> Result<(), End> {
        let now = self.inbox.now();
        let overdue = self.silence.is_overdue(now);
        let dead = self.silence.is_dead(now);
        if let Listening::Open { silent, .. } = &mut self.listening {
            let turned = overdue && !*silent;
            *silent = overdue;
            if turned {
                self.next_ask = Instant::now();
                self.wake(Duration::ZERO);
            }
        }
        self.show();
        if overdue && self.next_ask <= Instant::now() {
            self.next_ask = Instant::now() + ASK;
            self.client.get("/ISAPI/System/deviceInfo").await?;
        }
        if dead {
            self.open_stream().await;
            // Until it is heard from, it stays silent.
            if let Listening::Open { silent, .. } = &mut self.listening {
                *silent = true;
            }
            self.show();
        }
        Ok(())
    }

    fn heard(&mut self, now: Timestamp) {
        self.reporter.condition.heard = Some(now);
        if let Listening::Open { silent, .. } = &mut self.listening {
            *silent = false;
        }
        self.show();
    }

    fn show(&mut self) {
        let state = match &self.listening {
            _ if self.trouble.is_some() => {
                DeviceState::Faulty { reason: self.trouble.clone().unwrap_or_default() }
            }
            Listening::Open { silent: false, .. } if self.no_search => DeviceState::Polling {
                reason: "its log cannot be searched: what it tells while it is away from us is lost".into(),
            },
            Listening::Open { silent: false, .. } => DeviceState::Online,
            Listening::Open { silent: true, .. } => {
                let since = match &self.reporter.condition.state {
                    DeviceState::StreamSilent { since } => *since,
                    _ => self.silence.heard(),
                };
                DeviceState::StreamSilent { since }
            }
            Listening::Closed { reason, .. } => DeviceState::Polling { reason: reason.clone() },
        };
        self.reporter.state(state);
    }

    // --- the log ---

    /// Reads soon, but not sooner after the last reading than that reading took: a slow device
    /// is asked less often, and what it tells in the meantime is read together.
    fn wake(&mut self, at_least: Duration) {
        let gap = self.read_took.clamp(Duration::from_millis(2), Duration::from_millis(500));
        let at = Instant::now() + at_least.max(gap);
        self.next_read = self.next_read.min(at);
    }

    fn plan_next_read(&mut self) {
        let pause = match &self.listening {
            _ if self.cursor.awaiting() => {
                self.retries = (self.retries + 1).min(8);
                Duration::from_millis(25) * (1 << self.retries)
            }
            Listening::Open { silent: false, .. } => scatter(self.settings.sweep),
            _ => scatter(self.settings.poll),
        };
        self.next_read = Instant::now() + pause;
    }

    async fn read_log(&mut self) -> Result<(), End> {
        if self.no_search {
            self.next_read = Instant::now() + scatter(self.settings.sweep);
            return Ok(self.client.get("/ISAPI/System/deviceInfo").await.map(|_| ())?);
        }
        let begun = Instant::now();
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
                self.reporter.condition.read_up_to = Some(read_up_to);
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
            Err(End::Lost(ClientError::Unreachable(_))) if self.read_failures == 0 => {
                self.read_failures = 1;
                self.next_read = Instant::now() + scatter(Duration::from_millis(200));
                Ok(())
            }
            Err(End::Lost(why @ (ClientError::Status { .. } | ClientError::Unreadable(_)))) => {
                tracing::warn!(device = %self.device, %why, "the log could not be searched");
                self.trouble = Some(format!("its event log cannot be searched at the moment: {why}"));
                self.show();
                self.next_read = Instant::now() + scatter(Duration::from_secs(2));
                self.take_overdue(NOT_FOUND).await
            }
            Err(other) => Err(other),
        }
    }

    async fn run_search(&mut self) -> Result<(), End> {
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
            // Said once it may be a slip of the device, said twice it is so.
            if std::mem::replace(&mut self.seems_cleared, true) {
                self.seems_cleared = false;
                self.begin_epoch().await?;
            }
            self.wake(Duration::ZERO);
            return Ok(());
        }
        self.seems_cleared = false;
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
    async fn drain_notices(&mut self) -> Result<(), End> {
        while let Listening::Open { stream, .. } = &mut self.listening {
            match stream.notices.try_recv() {
                Ok(notice) => Box::pin(self.heed(notice)).await?,
                Err(_) => break,
            }
        }
        Ok(())
    }

    /// Writes down what is new of a page.
    async fn take(&mut self, events: Vec<DeviceEvent>) -> Result<(), End> {
        let now = self.inbox.now();
        let new = self.cursor.take_new(events);
        if new.is_empty() {
            return Ok(());
        }
        let received: Vec<ReceivedEvent> = new
            .into_iter()
            .map(|event| {
                let announced_current = event.serial.and_then(|serial| self.cursor.announced_current(serial));
                ReceivedEvent { event, received: now, announced_current }
            })
            .collect();
        if received.iter().any(|event| disproves(&self.identity.clock, event)) {
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

    async fn take_overdue(&mut self, limit: SignedDuration) -> Result<(), End> {
        let overdue: Vec<ReceivedEvent> = self
            .cursor
            .overdue(self.inbox.now(), limit)
            .into_iter()
            .map(|announced| {
                let announced_current = announced.event.current;
                ReceivedEvent { event: announced.event, received: announced.at, announced_current }
            })
            .collect();
        if overdue.is_empty() {
            return Ok(());
        }
        tracing::warn!(device = %self.device, events = overdue.len(), "not found in the log; taken from the stream");
        let anchor = self.cursor.settle();
        self.record(overdue, anchor).await
    }

    async fn record(&mut self, events: Vec<ReceivedEvent>, settled: Option<Anchor>) -> Result<(), End> {
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

    async fn begin_epoch(&mut self) -> Result<(), End> {
        let next = self.inbox.next_epoch(self.device, &self.identity.hardware, EpochReason::LogCleared);
        let position = next.await.map_err(|why| End::NotWritten(why.to_string()))?;
        self.epoch = position.epoch;
        self.anchor = None;
        self.cursor = LogCursor::resume(None);
        for (suspect, heard) in self.suspects.drain(..) {
            self.cursor.announce(suspect, heard);
        }
        let at = self.inbox.now();
        self.reporter.condition.note =
            Some(format!("its event log was cleared (noticed {at}); reading goes on from its new beginning"));
        self.reporter.tell();
        Ok(())
    }

    // --- the clock and the pictures ---

    async fn measure(&mut self) -> Result<(), End> {
        self.next_measure = Instant::now() + scatter(self.settings.measure);
        self.identity.clock = measure(self.client, || self.inbox.now()).await?;
        self.reporter.condition.drift_ms = self.identity.clock.drift.map(drift_ms);
        self.reporter.tell();
        Ok(())
    }

    /// Keeps the pictures whose events have been written down.
    async fn keep_pictures(&mut self) -> Result<(), End> {
        let waiting = std::mem::take(&mut self.pictures);
        for (entry, jpeg) in waiting {
            let known = match entry.serial() {
                Some(serial) => self.cursor.met(serial),
                None => true,
            };
            if known {
                self.to_fetch.retain(|(wanted, _)| *wanted != entry);
                self.keep(entry, jpeg).await?;
            } else {
                self.pictures.push_back((entry, jpeg));
            }
        }
        Ok(())
    }

    async fn fetch_picture(&mut self) -> Result<(), End> {
        let Some((entry, url)) = self.to_fetch.pop_front() else { return Ok(()) };
        match self.client.picture(&url).await {
            Ok(jpeg) => self.keep(entry, jpeg).await,
            Err(why @ (ClientError::Refused { .. } | ClientError::Unreachable(_))) => Err(why.into()),
            Err(why) => {
                tracing::warn!(device = %self.device, %why, "a picture could not be fetched");
                Ok(())
            }
        }
    }

    async fn keep(&self, entry: LogEntry, jpeg: Vec<u8>) -> Result<(), End> {
        let picture = EventPicture { device: self.device, epoch: self.epoch, entry, jpeg };
        self.inbox.keep_picture(picture).await.map_err(|why| End::NotWritten(why.to_string()))
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

/// A live event far from now says that the device's clock has moved since it was measured.
fn disproves(clock: &DeviceClock, received: &ReceivedEvent) -> bool {
    let live = received.announced_current == Some(true);
    let corrected = received.event.time.as_ref().and_then(|time| clock.corrected(time));
    live && corrected.is_some_and(|at| received.received.duration_since(at).abs() > DRIFT_LIMIT)
}
