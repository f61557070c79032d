//! `GET /ISAPI/Event/notification/alertStream`: one endless answer.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

use crate::device::{Device, Told};
use crate::documents::Trouble;
use crate::event::Event;
use crate::faults::Faults;
use crate::http::{Connection, Request, Response, append_chunk};
use crate::part;

/// Events joined into one write when a client reads slower than they come.
const BATCH: usize = 64;

/// Why no stream opens.
pub(crate) fn refusal(device: &Device, request: &Request, faults: &Faults) -> Option<Response> {
    if request.method != "GET" {
        return Some(Trouble::METHOD.response(request, faults));
    }
    if faults.stream_absent {
        return Some(Trouble::NOT_FOUND.response(request, faults));
    }
    if let Some(http) = faults.stream_refused {
        return Some(Trouble { http, ..Trouble::ARMING_FULL }.response(request, faults));
    }
    let open = device.streams_open.load(Ordering::Acquire);
    faults.stream_limit.is_some_and(|n| open >= n).then(|| Trouble::ARMING_FULL.response(request, faults))
}

/// Counts an open stream for as long as it lives, however it ends.
struct Open<'a>(&'a Device);

impl<'a> Open<'a> {
    fn new(device: &'a Device) -> Open<'a> {
        device.streams_open.fetch_add(1, Ordering::AcqRel);
        device.count(|s| s.streams += 1);
        Open(device)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.stream_ended();
    }
}

/// What one stream remembers.
struct Stream<'a> {
    device: &'a Device,
    chunked: bool,
    parts: u64,
    heartbeats: u64,
    events: u64,
    garbage: u64,
}

/// Serves the stream until the client goes or a fault ends it. The connection is over then.
pub(crate) async fn serve(connection: &mut Connection, device: &Device) -> io::Result<()> {
    let mut changes = device.faults.subscribe();
    let faults = changes.borrow_and_update().clone();
    let head = format!(
        "HTTP/1.1 200 OK\r\nMIME-Version: 1.0\r\nConnection: close\r\nContent-Type: {}\r\n{}\r\n",
        part::stream_content_type(faults.boundary_style),
        if faults.chunked { "Transfer-Encoding: chunked\r\n" } else { "" },
    );
    if faults.stream_stub {
        device.count(|s| s.streams += 1);
        connection.write(head.as_bytes(), &faults).await?;
        let mut stub = Vec::new();
        let forty = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n";
        if faults.chunked {
            append_chunk(&mut stub, forty)
        } else {
            stub.extend_from_slice(forty)
        }
        return connection.write(&stub, &faults).await;
    }
    let (stored, mut told) = device.listen();
    let _open = Open::new(device);
    connection.write(head.as_bytes(), &faults).await?;
    let mut stream =
        Stream { device, chunked: faults.chunked, parts: 0, heartbeats: 0, events: 0, garbage: 0 };
    if faults.preamble {
        stream.send(connection, b"This text is not a part.\r\n", &faults).await?;
    }
    if let Some(newest) = faults.replay {
        let from = stored.len().saturating_sub(newest);
        for events in stored[from..].chunks(BATCH) {
            if !stream.tell(connection, events, faults.replay_as_current, &faults).await? {
                return Ok(());
            }
        }
    }
    drop(stored);
    let mut last_beat: Option<Instant> = None;
    let mut batch = Vec::new();
    loop {
        let faults = changes.borrow_and_update().clone();
        let beat_at = match (last_beat, interval(device, &faults)) {
            (_, None) => None,
            (None, Some(_)) => Some(Instant::now()),
            (Some(last), Some(every)) => Some(last + every),
        };
        let go_on = tokio::select! {
            biased;
            () = connection.closed() => false,
            changed = changes.changed() => changed.is_ok(),
            () = sleep_until(beat_at) => {
                last_beat = Some(Instant::now());
                stream.beat(connection, &faults).await?
            }
            more = receive(&mut told, &mut batch) => {
                let events = std::mem::take(&mut batch);
                stream.tell(connection, &events, true, &faults).await? && more
            }
        };
        if !go_on {
            return Ok(());
        }
    }
}

fn interval(device: &Device, faults: &Faults) -> Option<Duration> {
    let wished = faults.heartbeat.unwrap_or(Some(device.config.heartbeat));
    wished.map(|every| every.max(Duration::from_millis(10)))
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Takes what has come, at least one event. False at the end; what came before the end is still
/// to be told. Loses nothing when cancelled: only the first step waits.
async fn receive(told: &mut UnboundedReceiver<Told>, batch: &mut Vec<Arc<Event>>) -> bool {
    match told.recv().await {
        Some(Told::Event(event)) => batch.push(event),
        Some(Told::End) | None => return false,
    }
    while batch.len() < BATCH {
        match told.try_recv() {
            Ok(Told::Event(event)) => batch.push(event),
            Ok(Told::End) => return false,
            Err(_) => break,
        }
    }
    true
}

impl Stream<'_> {
    fn is_mute(&self, faults: &Faults) -> bool {
        faults.stream_silent || faults.stream_freeze.is_some_and(|n| self.parts >= n)
    }

    async fn beat(&mut self, connection: &mut Connection, faults: &Faults) -> io::Result<bool> {
        if self.is_mute(faults) {
            return Ok(true);
        }
        let mut bytes = Vec::new();
        part::heartbeat(&mut bytes, self.device, faults, self.heartbeats);
        self.heartbeats += 1;
        self.send(connection, &bytes, faults).await?;
        Ok(self.lives(faults, 1))
    }

    /// Counts parts, and says whether the stream goes on.
    fn lives(&mut self, faults: &Faults, parts: u64) -> bool {
        self.parts += parts;
        faults.stream_drop_every.is_none_or(|n| self.parts < n)
    }

    async fn tell(
        &mut self,
        connection: &mut Connection,
        events: &[Arc<Event>],
        current: bool,
        faults: &Faults,
    ) -> io::Result<bool> {
        let mut bytes = Vec::with_capacity(1024 * events.len());
        let mut go_on = true;
        for event in events {
            self.events += 1;
            let lost = faults.stream_loses.is_some_and(|n| self.events.is_multiple_of(n));
            if lost || self.is_mute(faults) {
                continue;
            }
            if faults.bad_part.is_some_and(|n| self.events.is_multiple_of(n)) {
                part::garbage(&mut bytes, faults, self.garbage);
                self.garbage += 1;
            }
            for _ in 0..1 + u8::from(faults.stream_duplicates) {
                part::event(&mut bytes, self.device, faults, event, current);
            }
            go_on = self.lives(faults, 1);
            if !go_on {
                break;
            }
        }
        self.send(connection, &bytes, faults).await?;
        for event in events {
            event.told.store(true, Ordering::Release);
        }
        Ok(go_on)
    }

    async fn send(&self, connection: &mut Connection, bytes: &[u8], faults: &Faults) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        if !self.chunked {
            return connection.write(bytes, faults).await;
        }
        let mut chunks = Vec::with_capacity(bytes.len() + 64);
        for chunk in bytes.chunks(700) {
            append_chunk(&mut chunks, chunk);
        }
        connection.write(&chunks, faults).await
    }
}
