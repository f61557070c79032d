//! The stream's side of a session: what it tells, and how silent it is.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use vakhta_app::device::{Cause, DeviceInbox, DeviceState, Reason, ReceivedEvent};
use vakhta_domain::device_event::DeviceEvent;

use super::{ASK, Listening, PICTURES, Session, UNSAID, USELESS};
use crate::client::ClientError;
use crate::driver::{End, back_off};
use crate::log_cursor::Announcement;
use crate::probe::is_still;
use crate::status::StatusKind;
use crate::stream::{self, Notice, Silence};

impl<I: DeviceInbox> Session<'_, I> {
    pub(super) async fn open_stream(&mut self) {
        // One stream per device: the old one is closed before the new one is opened.
        self.listening = Listening::Closed { reason: Cause::OpeningStream.into(), again: Instant::now() };
        match stream::open(self.client, self.inbox).await {
            Ok(stream) => {
                self.silence = Silence::begin(self.inbox.now(), self.silence.interval());
                self.listening = Listening::Open { stream, since: Instant::now() };
                self.wake(Duration::ZERO);
            }
            Err(why) => {
                self.close_stream(match &why {
                    ClientError::Status { http: 404, .. } => Cause::NoStream.into(),
                    ClientError::Status { status, .. } if status.kind() == StatusKind::NotSupported => {
                        Cause::NoStream.into()
                    }
                    ClientError::Status { status, .. } if status.kind() == StatusKind::ArmedElsewhere => {
                        Cause::StreamHeldElsewhere.into()
                    }
                    other => Reason::new(Cause::StreamDoesNotOpen, other.to_string()),
                });
            }
        }
        self.show();
    }

    /// Opens the stream once more, unless other hardware answers by now.
    pub(super) async fn reopen_stream(&mut self) -> Result<(), End> {
        if !is_still(self.client, &self.identity.hardware).await? {
            return self.swapped().await;
        }
        self.open_stream().await;
        Ok(())
    }

    pub(super) fn close_stream(&mut self, reason: Reason) {
        self.stream_failures += 1;
        let (first, longest) = self.settings.back_off;
        let pause = back_off((first, longest * 2), self.stream_failures);
        self.listening = Listening::Closed { reason, again: Instant::now() + pause };
        self.wake(Duration::ZERO);
    }

    pub(super) fn stream_ended(&mut self, cause: Cause, parts: u64) {
        let useful = match &self.listening {
            Listening::Open { since, .. } => parts > 0 || since.elapsed() > USELESS,
            Listening::Closed { .. } => false,
        };
        if useful {
            self.stream_failures = 0;
        }
        self.close_stream(if useful { cause } else { Cause::StreamUseless }.into());
        self.show();
    }

    pub(super) async fn heed(&mut self, notice: Notice) -> Result<(), End> {
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
            Notice::Ended(cause, parts) => self.stream_ended(cause, parts),
        }
        Ok(())
    }

    pub(super) async fn announced(&mut self, event: DeviceEvent, received: Timestamp) -> Result<(), End> {
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
    pub(super) async fn take_from_stream(
        &mut self,
        event: DeviceEvent,
        received: Timestamp,
    ) -> Result<(), End> {
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

    /// Takes note of what the stream has told and nobody has looked at yet: the session ends.
    pub(super) fn hear_out(&mut self) {
        while let Listening::Open { stream, .. } = &mut self.listening {
            match stream.notices.try_recv() {
                Ok(Notice::Event(event, received)) => {
                    self.cursor.announce(*event, received);
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
    }

    pub(super) async fn watch_silence(&mut self) -> Result<(), End> {
        let now = self.inbox.now();
        let overdue = self.silence.is_overdue(now);
        let dead = self.silence.is_dead(now);
        if overdue && self.silent_since.is_none() {
            self.silent_since = Some(self.silence.heard());
            self.next_ask = Instant::now();
            self.wake(Duration::ZERO);
        }
        self.show();
        if overdue && self.next_ask <= Instant::now() {
            self.next_ask = Instant::now() + ASK;
            self.client.get("/ISAPI/System/deviceInfo").await?;
        }
        if dead { self.reopen_stream().await } else { Ok(()) }
    }

    pub(super) fn heard(&mut self, now: Timestamp) {
        self.reporter.condition.heard = Some(now);
        self.silent_since = None;
        self.show();
    }

    pub(super) fn show(&mut self) {
        let state = match (&self.trouble, &self.listening, self.silent_since) {
            (Some(reason), ..) => DeviceState::Faulty { reason: reason.clone() },
            (None, Listening::Closed { .. }, _) if self.no_search => {
                DeviceState::Faulty { reason: Cause::NothingRecorded.into() }
            }
            (None, Listening::Closed { reason, .. }, _) => DeviceState::Polling { reason: reason.clone() },
            (None, Listening::Open { .. }, Some(since)) => DeviceState::StreamSilent { since },
            (None, Listening::Open { .. }, None) if self.no_search => DeviceState::StreamOnly,
            (None, Listening::Open { .. }, None) => DeviceState::Online,
        };
        self.reporter.state(state);
    }
}
