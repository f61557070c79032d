//! The page and what it needs, over HTTP: plain for browsers of this machine, by TLS for others.
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
//! Whoever asks must call this machine by one of its names (a page that rebinds a name does not),
//! then come from no foreign origin. Then the core decides, by who has signed in.

mod address;
mod bind;
mod certificate;
mod door;
mod events;
mod health;
mod live;
mod page;
mod rpc;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;
use vakhta_app::view::AuthorityView;

pub use bind::{Listening, bind};
pub use door::Doorkeeper;
pub use live::TOKEN_FILE;

use crate::access::{Actor, Caller};
use crate::core::Core;
use crate::dispatch;
use crate::local::stopped;
use address::Address;
use certificate::Shown;

/// A command of a page is at most this long, in bytes.
const REQUEST: usize = 1024 * 1024;
/// It has come to its end within this time.
const ARRIVAL: Duration = Duration::from_secs(30);

#[derive(Clone)]
struct Served {
    core: Arc<Core>,
    /// What programs show at `/live`.
    token: Arc<str>,
    address: Arc<Address>,
    stop: watch::Receiver<bool>,
}

/// Where what is served.
#[derive(Debug)]
pub struct Serving {
    /// Where it is served, with the port that was found free.
    pub address: SocketAddr,
    /// The address of the live feed.
    pub feed: String,
    /// What browsers on other machines have to trust, where they are served.
    pub authority: Option<AuthorityView>,
}

/// Serves until `stop` turns true: by plain HTTP on this machine, by TLS beyond it.
///
/// # Errors
/// When the token cannot be written, or there is no certificate for what browsers are to call
/// this machine.
pub async fn serve(
    core: Arc<Core>,
    listening: Listening,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<Serving> {
    let Listening { listener, names } = listening;
    let bound = listener.local_addr()?;
    let Some(names) = names else {
        let (feed, app) = opened(&core, Address::loopback(bound), stop.clone())?;
        tokio::spawn(plain(listener, app, stop));
        return Ok(Serving { address: bound, feed, authority: None });
    };
    let author = Actor::of(&core, &Caller::Owner).await?.author;
    let authority = dispatch::authority(&core, names.all(), false, author).await?;
    let names = names.of(&authority)?;
    let view = authority.view(core.folder.path());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let shown = {
        let (names, provider) = (names.clone(), Arc::clone(&provider));
        core.blocking(move |core| {
            Shown::begin(&authority, core.secrets.as_ref(), names, provider, core.now())
        })
    };
    let shown = Arc::new(shown.await??);
    let config = tls::config(Arc::clone(&shown), provider)?;
    let (feed, app) = opened(&core, Address::secure(names, bound.port()), stop.clone())?;
    tokio::spawn(certificate::keep_good(shown, core, stop.clone()));
    tokio::spawn(tls::serve(listener, config, app, stop));
    Ok(Serving { address: bound, feed, authority: Some(view) })
}

/// The page and all that it needs, with the address of the feed.
fn opened(
    core: &Arc<Core>,
    address: Address,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<(String, Router)> {
    let token = live::new_token(core)?;
    let feed = address.feed();
    core.doorkeeper.serves_at(address.page());
    let served = Served { core: Arc::clone(core), token: token.into(), address: Arc::new(address), stop };
    let with_token = middleware::from_fn_with_state(served.clone(), live::with_token);
    let app = Router::new()
        .route("/rpc", post(rpc::rpc))
        .route("/ticket", post(door::ticket))
        .route("/ws", get(events::ws))
        .route("/picture/{name}", get(rpc::picture))
        .merge(Router::new().route("/live", get(live::live)).route_layer(with_token))
        .route("/start/{token}", get(door::start))
        .route("/health", get(health::health))
        .route("/health/live", get(|| async { "alive\n" }))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(health::numbers))
        .fallback(get(page::file))
        .layer(middleware::from_fn(arrived))
        .layer(middleware::from_fn_with_state(served.clone(), from_here))
        // The last one is the outermost: what is refused is guarded too.
        .layer(middleware::from_fn(page::guarded))
        .with_state(served);
    Ok((feed, app))
}

async fn plain(listener: TcpListener, app: Router, mut stop: watch::Receiver<bool>) {
    let until = async move { stopped(&mut stop).await };
    if let Err(why) = axum::serve(listener, app).with_graceful_shutdown(until).await {
        tracing::error!(%why, "the page is no longer served");
    }
}

/// Nobody keeps a place with a request that does not come to its end.
async fn arrived(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    match timeout(ARRIVAL, to_bytes(body, REQUEST)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(head, Body::from(body))).await,
        Ok(Err(_)) => (StatusCode::PAYLOAD_TOO_LARGE, "a command is at most 1 MiB long\n").into_response(),
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "the command did not come to its end\n").into_response(),
    }
}

async fn from_here(State(served): State<Served>, request: Request, next: Next) -> Response {
    match served.address.stranger(request.headers()) {
        Some(refused) => refused.into_response(),
        None => next.run(request).await,
    }
}
