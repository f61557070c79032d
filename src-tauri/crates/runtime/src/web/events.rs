//! `/ws`: what happens, for a page that is open.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use vakhta_app::request::EventsRequest;

use super::Served;
use crate::access::{Actor, Caller};
use crate::dispatch::{PAGE_WAIT_MS, events};
use crate::local::stopped;

/// Between two messages: at most 20 a second.
pub const BETWEEN: Duration = Duration::from_millis(50);
/// A page that does not take what it is sent within this time is let go.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// A page has little to say here.
const MESSAGE: usize = 4 * 1024;

#[derive(Deserialize)]
pub(super) struct From {
    after: i64,
    devices: Option<u64>,
    /// From `POST /ticket`.
    ticket: String,
}

pub(super) async fn ws(
    State(served): State<Served>,
    Query(from): Query<From>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Some(page) = served.core.doorkeeper.page_of(&from.ticket) else {
        return (StatusCode::UNAUTHORIZED, "that ticket opens nothing (any more)\n").into_response();
    };
    upgrade.max_message_size(MESSAGE).on_upgrade(move |socket| tell(socket, served, from, Caller::Page(page)))
}

/// Each message is an event batch. A slow page holds up only itself: what it has not been told
/// yet stays in the journal, not in memory, and is told in one message.
async fn tell(mut socket: WebSocket, mut served: Served, mut from: From, caller: Caller) {
    loop {
        let request = EventsRequest { after: from.after, devices: from.devices, wait_ms: PAGE_WAIT_MS };
        // Each time anew: whoever was signed in may have left, or the desk be locked since.
        let Ok(actor) = Actor::of(&served.core, &caller).await else { return };
        let batch = tokio::select! {
            batch = events(&served.core, &actor, request) => batch,
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
            () = stopped(&mut served.stop) => return,
        };
        let Ok(batch) = batch else { return };
        (from.after, from.devices) = (batch.next, Some(batch.devices_version));
        // An empty one too: it is how the page knows that nothing has happened.
        let Ok(text) = serde_json::to_string(&batch) else { return };
        let sent = tokio::time::timeout(PATIENCE, socket.send(Message::Text(text.into()))).await;
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
        tokio::time::sleep(BETWEEN).await;
    }
}
