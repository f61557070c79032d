//! Serving by TLS, for browsers of other machines: whoever is in the same network can come here, so
//! that nobody who says nothing, or says it slowly, keeps a place from others.

use std::collections::VecDeque;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::version::{TLS12, TLS13};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::certificate::Shown;
use crate::local::stopped;

/// A handshake takes two ways there and back; a slow line has time enough.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Handshakes at the same time. The oldest goes for a new one: who is honest needs milliseconds, so
/// that the silent ones are those that go.
const UNFINISHED: usize = 64;
/// Connections at the same time, without those of the feed, for which one must have signed in.
const CONNECTIONS: usize = 512;
/// The head of a request is here within this time, and an idle connection asks again within it.
const HEAD: Duration = Duration::from_secs(30);
/// Before the system is asked again that has no more handles for connections.
const PAUSE: Duration = Duration::from_millis(500);

/// TLS 1.3, and 1.2 for browsers that know no better, with what is shown at the moment.
pub(super) fn config(shown: Arc<Shown>, provider: Arc<CryptoProvider>) -> anyhow::Result<ServerConfig> {
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(shown);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Serves until `stop` turns true.
pub(super) async fn serve(
    listener: TcpListener,
    config: ServerConfig,
    app: Router,
    mut stop: watch::Receiver<bool>,
) {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut unfinished: VecDeque<AbortHandle> = VecDeque::new();
    let mut full = false;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => return,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(why) => {
                pause(&why).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            if !full {
                tracing::warn!(CONNECTIONS, "all places are taken: further connections are closed");
            }
            full = true;
            continue;
        };
        full = false;
        unfinished.retain(|handshake| !handshake.is_finished());
        if unfinished.len() >= UNFINISHED
            && let Some(oldest) = unfinished.pop_front()
        {
            oldest.abort();
        }
        let handshake = tokio::spawn(shake(acceptor.clone(), stream, app.clone(), place, stop.clone()));
        unfinished.push_back(handshake.abort_handle());
    }
}

/// One that went before it was taken is no trouble; with others it is best to wait.
async fn pause(why: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(why.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::warn!(%why, "a connection could not be taken");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Whoever speaks no TLS, such as a browser that was sent to `http://`, is told so by an alert and
/// closed.
async fn shake(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    app: Router,
    place: OwnedSemaphorePermit,
    stop: watch::Receiver<bool>,
) {
    // Small messages of the feed are not held back until there are more.
    let _ = stream.set_nodelay(true);
    match timeout(HANDSHAKE, acceptor.accept(stream)).await {
        // On its own, so that the end of an old handshake ends no conversation.
        Ok(Ok(stream)) => {
            tokio::spawn(converse(stream, app, place, stop));
        }
        Ok(Err(why)) => tracing::debug!(%why, "a handshake failed"),
        Err(_) => tracing::debug!("a handshake was not finished in time"),
    }
}

async fn converse(
    stream: TlsStream<TcpStream>,
    app: Router,
    place: OwnedSemaphorePermit,
    mut stop: watch::Receiver<bool>,
) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(app));
    let mut connection = pin!(connection.with_upgrades());
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(why) = ended {
        tracing::debug!(%why, "a connection broke off");
    }
    drop(place);
}
