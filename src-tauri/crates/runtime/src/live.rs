//! The live feed over HTTP, on loopback only: `/live`, a WebSocket that tells what happens from
//! a place in the journal on, and `/health/live`.
//!
//! Whoever asks must name this machine as host (a page that rebinds a name does not), come from
//! no foreign origin, and hold the token that stands in the data folder.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use vakhta_app::command::Reply;

use crate::core::Core;
use crate::dispatch::feed;
use crate::folder::write_private;
use crate::local::stopped;

/// The file that holds the token.
pub const TOKEN_FILE: &str = "live.token";
/// A page that does not take what it is sent within this time is let go.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Served {
    core: Arc<Core>,
    token: Arc<str>,
    port: u16,
    stop: watch::Receiver<bool>,
}

/// Takes an address of this machine alone.
///
/// # Errors
/// When the address is not loopback, or cannot be had.
pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    anyhow::ensure!(
        address.ip().is_loopback(),
        "--listen {address}: only an address of this machine alone can be served (127.0.0.1)"
    );
    TcpListener::bind(address).await.with_context(|| format!("--listen {address}"))
}

/// Serves until `stop` turns true.
///
/// # Errors
/// When the token cannot be written.
pub fn serve(
    core: Arc<Core>,
    listener: TcpListener,
    mut stop: watch::Receiver<bool>,
) -> anyhow::Result<SocketAddr> {
    let bound = listener.local_addr()?;
    let mut random = [0; 32];
    getrandom::fill(&mut random)?;
    let token = hex::encode(random);
    write_private(&core.folder.path().join(TOKEN_FILE), token.as_bytes())?;
    let served = Served { core, token: token.into(), port: bound.port(), stop: stop.clone() };
    let app = Router::new()
        .route("/live", get(live))
        .route_layer(middleware::from_fn_with_state(served.clone(), with_token))
        .route("/health/live", get(|| async { "alive\n" }))
        .layer(middleware::from_fn_with_state(served.clone(), from_here))
        .with_state(served);
    tokio::spawn(async move {
        let until = async move {
            stopped(&mut stop).await;
        };
        if let Err(why) = axum::serve(listener, app).with_graceful_shutdown(until).await {
            tracing::error!(%why, "the live feed is no longer served");
        }
    });
    Ok(bound)
}

async fn from_here(State(served): State<Served>, request: Request, next: Next) -> Response {
    match stranger(request.headers(), served.port) {
        Some(refused) => refused.into_response(),
        None => next.run(request).await,
    }
}

/// Host first: a name that somebody else's DNS points at this machine is not ours. Then Origin.
fn stranger(headers: &HeaderMap, port: u16) -> Option<(StatusCode, &'static str)> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let ours = |authority: &str| {
        let names = ["127.0.0.1", "localhost", "[::1]"];
        names.iter().any(|name| authority == format!("{name}:{port}"))
    };
    if !text(header::HOST).is_some_and(ours) {
        return Some((StatusCode::MISDIRECTED_REQUEST, "not a name of this machine\n"));
    }
    let foreign = headers.contains_key(header::ORIGIN)
        && !text(header::ORIGIN).and_then(|origin| origin.strip_prefix("http://")).is_some_and(ours);
    foreign.then_some((StatusCode::FORBIDDEN, "not from another site's page\n"))
}

async fn with_token(
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
struct From {
    after: Option<i64>,
}

async fn live(State(served): State<Served>, Query(from): Query<From>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| tell(socket, served, from.after))
}

/// Sends what happens as it happens, one object a message. A slow listener holds up only
/// itself: what it has not read yet stays in the journal, not in memory.
async fn tell(mut socket: WebSocket, mut served: Served, mut after: Option<i64>) {
    loop {
        let waiting = feed(&served.core, after, None, Duration::from_secs(20));
        let reply = tokio::select! {
            reply = waiting => reply,
            message = socket.recv() => match message {
                // The listener has nothing to say; a close or an error ends it.
                Some(Ok(Message::Text(_) | Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => continue,
                _ => return,
            },
            () = stopped(&mut served.stop) => return,
        };
        let Ok(Reply::Feed { items, next }) = reply else { return };
        after = Some(next);
        let mut messages = Vec::new();
        for item in &items {
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
