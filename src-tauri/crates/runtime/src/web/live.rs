//! `/live`: the feed for programs, a WebSocket that tells what happens from a place in the
//! journal on, one object a message. They show the token that stands in the data folder.

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use vakhta_app::request::WatchRequest;

use super::Served;
use super::door::random;
use super::events::PATIENCE;
use crate::core::Core;
use crate::dispatch::watch;
use crate::folder::write_private;
use crate::local::stopped;

/// The file that holds the token.
pub const TOKEN_FILE: &str = "live.token";
const WAIT_MS: u32 = 20_000;

/// A new token, in its file.
pub(super) fn new_token(core: &Core) -> anyhow::Result<String> {
    let token = random()?;
    write_private(&core.folder.path().join(TOKEN_FILE), token.as_bytes())?;
    Ok(token)
}

pub(super) async fn with_token(
    State(served): State<Served>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|text| text.strip_prefix("Bearer ")).unwrap_or_default();
    if !same(given.as_bytes(), served.token.as_bytes()) {
        let words = format!("show the token from the file {TOKEN_FILE} in the data folder\n");
        return (StatusCode::UNAUTHORIZED, words).into_response();
    }
    next.run(request).await
}

/// Compares without telling by its time where two texts part.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[derive(Deserialize)]
pub(super) struct From {
    after: Option<i64>,
}

pub(super) async fn live(
    State(served): State<Served>,
    Query(from): Query<From>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade.on_upgrade(move |socket| tell(socket, served, from.after))
}

/// Sends what happens as it happens, one object a message. A slow listener holds up only
/// itself: what it has not read yet stays in the journal, not in memory.
async fn tell(mut socket: WebSocket, mut served: Served, mut after: Option<i64>) {
    loop {
        let request = WatchRequest { after, reader: None, wait_ms: WAIT_MS };
        let page = tokio::select! {
            page = watch(&served.core, request) => page,
            message = socket.recv() => match message {
                // The listener has nothing to say; a close or an error ends it.
                Some(Ok(Message::Text(_) | Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => continue,
                _ => return,
            },
            () = stopped(&mut served.stop) => return,
        };
        let Ok(page) = page else { return };
        after = Some(page.next);
        let mut messages = Vec::new();
        for item in &page.items {
            match serde_json::to_string(item) {
                Ok(text) => messages.push(Message::Text(text.into())),
                Err(_) => return,
            }
        }
        if messages.is_empty() {
            messages.push(Message::Ping(Vec::new().into()));
        }
        for message in messages {
            match tokio::time::timeout(PATIENCE, socket.send(message)).await {
                Ok(Ok(())) => {}
                _ => return,
            }
        }
    }
}
