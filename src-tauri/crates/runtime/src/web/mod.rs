//! The page and what it needs, over HTTP on loopback only.
//!
//! | path | |
//! | --- | --- |
//! | `/` and files | the page itself, built into the program |
//! | `/start/TOKEN` | lets one browser in to set the site up, once |
//! | `/rpc`, `/picture/NAME` | commands and pictures, for whoever has signed in in that browser |
//! | `/ticket`, `/ws` | a ticket, and the events that it opens once |
//! | `/live` | the live feed for programs that hold the token in the data folder |
//! | `/health/live` | that somebody is at home |
//!
//! Whoever asks must name this machine as host (a page that rebinds a name does not), then come
//! from no foreign origin. Then the core decides, by who has signed in.

mod door;
mod events;
mod live;
mod page;
mod rpc;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use door::Doorkeeper;
pub use live::TOKEN_FILE;

use crate::core::Core;
use crate::local::stopped;

/// A command of a page is at most this long, in bytes.
const REQUEST: usize = 1024 * 1024;

#[derive(Clone)]
struct Served {
    core: Arc<Core>,
    /// What programs show at `/live`.
    token: Arc<str>,
    port: u16,
    /// Served by TLS.
    secure: bool,
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
    let token = live::new_token(&core)?;
    core.doorkeeper.serves_at(bound);
    let served = Served { core, token: token.into(), port: bound.port(), secure: false, stop: stop.clone() };
    let with_token = middleware::from_fn_with_state(served.clone(), live::with_token);
    let app = Router::new()
        .route("/rpc", post(rpc::rpc))
        .route("/ticket", post(door::ticket))
        .route("/ws", get(events::ws))
        .route("/picture/{name}", get(rpc::picture))
        .merge(Router::new().route("/live", get(live::live)).route_layer(with_token))
        .route("/start/{token}", get(door::start))
        .route("/health/live", get(|| async { "alive\n" }))
        .fallback(get(page::file))
        .layer(DefaultBodyLimit::max(REQUEST))
        .layer(middleware::from_fn(page::guarded))
        .layer(middleware::from_fn_with_state(served.clone(), from_here))
        .with_state(served);
    tokio::spawn(async move {
        let until = async move {
            stopped(&mut stop).await;
        };
        if let Err(why) = axum::serve(listener, app).with_graceful_shutdown(until).await {
            tracing::error!(%why, "the page is no longer served");
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
    let origin = text(header::ORIGIN).and_then(|origin| origin.strip_prefix("http://"));
    let foreign = headers.contains_key(header::ORIGIN) && origin != text(header::HOST);
    foreign.then_some((StatusCode::FORBIDDEN, "not from another site's page\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(host: &str, origin: Option<&str>) -> Option<u16> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        stranger(&headers, 8137).map(|(status, _)| status.as_u16())
    }

    #[test]
    fn the_host_is_looked_at_first_and_then_the_origin() {
        for host in ["127.0.0.1:8137", "localhost:8137", "[::1]:8137"] {
            assert_eq!(judged(host, None), None);
            assert_eq!(judged(host, Some(&format!("http://{host}"))), None);
            assert_eq!(judged(host, Some("http://evil.example")), Some(403));
            assert_eq!(judged(host, Some("null")), Some(403));
        }
        assert_eq!(judged("127.0.0.1:8137", Some("http://127.0.0.1:8138")), Some(403));
        for host in ["127.0.0.1", "127.0.0.1:80", "evil.example:8137", "localhost.evil.example:8137"] {
            assert_eq!(judged(host, None), Some(421), "{host}");
            assert_eq!(judged(host, Some("http://127.0.0.1:8137")), Some(421), "{host}");
        }
    }
}
