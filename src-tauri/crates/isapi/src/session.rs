//! A session: from the first answer of a device until it is lost. Catch up, listen, and read
//! the log whenever something says that there is more.

mod extras;
mod listening;
mod log;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use vakhta_app::device::{Anchor, Cause, DeviceInbox, LogPosition, Reason};
use vakhta_domain::device_event::DeviceEvent;
use vakhta_domain::ids::{DeviceId, Epoch, EventSerial};
use vakhta_domain::passage::LogEntry;

use crate::client::Client;
use crate::driver::{End, Reporter, Settings};
use crate::log_cursor::{Announced, LogCursor};
use crate::probe::Identity;
use crate::reading::Manners;
use crate::stream::{Notice, Silence, Stream};

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
    Open { stream: Stream, since: Instant },
    /// Not there; to be tried again at a time.
    Closed { reason: Reason, again: Instant },
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
    /// Since when nothing has been heard on an open stream; only bytes end that.
    silent_since: Option<Timestamp>,
    stream_failures: u32,
    /// Live events that contradict the log as it was: it may have been cleared.
    suspects: Vec<(DeviceEvent, Timestamp)>,
    /// Connections that broke in a row while reading.
    read_failures: u32,
    /// Why the log cannot be read at the moment.
    trouble: Option<Reason>,
    /// Since when runs look as if the log had begun anew.
    seems_cleared: Option<Instant>,
    /// The event that stands last in the log, of those that were read, and when it was by the
    /// device's clock.
    newest_told: Option<(EventSerial, Timestamp)>,
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
            listening: Listening::Closed { reason: Cause::OpeningStream.into(), again: now },
            silence: Silence::begin(inbox.now(), learned),
            silent_since: None,
            stream_failures: 0,
            suspects: Vec::new(),
            read_failures: 0,
            trouble: None,
            seems_cleared: None,
            newest_told: None,
            next_read: now,
            read_took: Duration::ZERO,
            retries: 0,
            next_measure: now + settings.measure,
            next_ask: now,
            pictures: VecDeque::new(),
            to_fetch: VecDeque::new(),
        }
    }

    /// The life of the log that is read.
    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Looks for what the stream of a session before told.
    pub(crate) fn resume(&mut self, told: Vec<Announced>) {
        for told in told {
            self.cursor.announce(told.event, told.at);
        }
    }

    /// What the stream told and the log has not shown.
    pub(crate) fn told(&mut self) -> Vec<Announced> {
        self.hear_out();
        self.cursor.told_before(Timestamp::MAX)
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
                Next::Notice(None) => {
                    self.stream_ended(Cause::StreamClosed, 0);
                    Ok(())
                }
                Next::Read => self.read_log().await,
                Next::Stream => self.reopen_stream().await,
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
}
